package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// columns says which cells of the two sides belong together.
type columns struct {
	desiredColumns         []schema.Column
	currentColumns         []schema.Column
	desiredKey, currentKey int
	recordKeys             bool     // the current side holds a tenant's records, not a file's rows
	names                  []string // what the desired list manages, the key included, in template order
	managed                []managed
	key                    int    // place of the key in names
	given                  []part // what a new record is given, in template order
	givenNames             []string
	currentNames           []string
}

// part is an attribute of a new record. A new record has nothing that could be kept, so attributes that are not compared are
// parts of it too.
type part struct {
	attribute schema.Attribute
	column    int // of the desired list; -1 where it has none
	comparer  schema.Comparer
	fallback  string // what is sent for a blank cell or without a column
}

// managed is an attribute that both sides carry and that is compared.
type managed struct {
	attribute        schema.Attribute
	desired, current int // columns
	name             int // place in names
	comparer         schema.Comparer
	form             form
}

// pair settles the columns. It fails where the comparison could not mean anything: no key, an attribute twice, one that the
// schema lacks, or one that the desired list manages and the current side does not carry.
func pair(desired, current schema.Table, o Options) (*columns, error) {
	c := &columns{desiredColumns: desired.Columns(), currentColumns: current.Columns(), key: -1}
	inDesired, err := places("desired list", c.desiredColumns)
	if err != nil {
		return nil, err
	}
	inCurrent, err := places("current side", c.currentColumns)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(inDesired)) {
		if _, ok := o.Schema.Attribute(name); !ok {
			return nil, fmt.Errorf("column %q of the desired list is not in the schema, which has %s", name, strings.Join(o.Schema.Names(), ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Defaults)) {
		if _, ok := o.Schema.Attribute(name); !ok {
			return nil, fmt.Errorf("the default %s=%s is of no attribute of the schema, which has %s", name, o.Defaults[name], strings.Join(o.Schema.Names(), ", "))
		}
	}
	for _, name := range o.Ignore {
		if name == o.key() {
			return nil, fmt.Errorf("%q cannot be ignored: rows are found by it", name)
		}
	}
	if err := c.find(inDesired, inCurrent, o.key()); err != nil {
		return nil, err
	}
	for _, a := range o.Schema.Attributes {
		d, listed := inDesired[a.TechnicalName]
		if err := c.give(a, d, listed, o); err != nil {
			return nil, err
		}
		if !listed || slices.Contains(o.Ignore, a.TechnicalName) {
			continue
		}
		if a.TechnicalName == o.key() {
			c.key = len(c.names)
			c.names = append(c.names, a.TechnicalName)
			continue
		}
		n, ok := inCurrent[a.TechnicalName]
		if !ok {
			return nil, fmt.Errorf("the desired list has a column for %q and the current side has none, so every record would seem to change in it: take it out of the list, ignore it, or compare with a current side that has it", a.TechnicalName)
		}
		comparer := schema.NewComparer(a, c.desiredColumns[d], c.currentColumns[n], o.Reading)
		c.managed = append(c.managed, managed{
			attribute: a, desired: d, current: n, name: len(c.names), comparer: comparer, form: formOf(&comparer, a, o.Reading),
		})
		c.names = append(c.names, a.TechnicalName)
	}
	for _, column := range c.currentColumns {
		c.currentNames = append(c.currentNames, column.Name)
	}
	return c, nil
}

// give settles what a new record has of an attribute.
func (c *columns) give(a schema.Attribute, column int, listed bool, o Options) error {
	p := part{attribute: a, column: -1}
	var from schema.Column
	if listed {
		p.column, from = column, c.desiredColumns[column]
	}
	p.comparer = schema.NewComparer(a, from, schema.Column{}, o.Reading)
	value, ok := o.Defaults[a.TechnicalName]
	if ok {
		var err error
		if p.fallback, err = p.comparer.Send([]byte(value)); err != nil {
			return fmt.Errorf("the default %q for %s cannot be sent: %w", value, a.TechnicalName, err)
		}
	}
	// Without a column, a default or the duty to have one, there is nothing to say about it.
	if listed || ok || a.Required {
		c.given = append(c.given, p)
		c.givenNames = append(c.givenNames, a.TechnicalName)
	}
	return nil
}

func (c *columns) find(inDesired, inCurrent map[string]int, key string) error {
	var ok bool
	if c.desiredKey, ok = inDesired[key]; !ok {
		return fmt.Errorf("the desired list has no column for the key %q, only %s", key, listed(c.desiredColumns))
	}
	if c.currentKey, ok = inCurrent[key]; !ok {
		return fmt.Errorf("the current side has no column for the key %q, only %s", key, listed(c.currentColumns))
	}
	c.recordKeys = isRecordColumn(c.currentColumns[c.currentKey])
	return nil
}

// places maps technical names to columns.
func places(side string, columns []schema.Column) (map[string]int, error) {
	at := make(map[string]int, len(columns))
	for i, c := range columns {
		if _, twice := at[c.Name]; twice {
			return nil, fmt.Errorf("the %s has two columns for %q", side, c.Name)
		}
		at[c.Name] = i
	}
	return at, nil
}

func listed(columns []schema.Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}
