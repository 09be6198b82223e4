package diff

import (
	"fmt"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A fallback is what new records get for an attribute that the list has no column for, as it is sent.
type fallback struct {
	before int // place in the list's names before which it stands, in template order
	name   string
	value  string
}

// settleDefaults reads the defaults of attributes without a column. One that cannot be sent, or that no attribute takes, is the
// caller's mistake and not a row's.
func (c *comparison) settleDefaults() error {
	for name, value := range c.o.Defaults {
		a, ok := c.o.Schema.Attribute(name)
		if !ok {
			return fmt.Errorf("the default %s=%s: the source has no such attribute, only %q", name, value, c.o.Schema.Names())
		}
		column := schema.Column{Name: name, Index: -1}
		m := schema.NewComparer(a, column, column, c.o.Reading)
		sent, err := m.Send([]byte(value))
		if err != nil {
			return fmt.Errorf("the default %s=%s: %w", name, value, err)
		}
		if !slices.Contains(c.names, name) && !slices.Contains(c.o.Ignore, name) {
			c.fallbacks = append(c.fallbacks, fallback{name: name, value: sent})
		}
	}
	order := c.o.Schema.Names()
	place := func(name string) int { return slices.Index(order, name) }
	slices.SortFunc(c.fallbacks, func(a, b fallback) int { return place(a.name) - place(b.name) })
	for i := range c.fallbacks {
		for _, name := range c.names {
			if place(name) < place(c.fallbacks[i].name) {
				c.fallbacks[i].before++
			}
		}
	}
	return nil
}

// withDefaults adds the attributes that only a default has to a new record, in template order.
func (c *comparison) withDefaults(values []string) (names, all []string) {
	if len(c.fallbacks) == 0 {
		return c.names, values
	}
	at := 0
	for _, f := range c.fallbacks {
		names, all = append(names, c.names[at:f.before]...), append(all, values[at:f.before]...)
		names, all = append(names, f.name), append(all, f.value)
		at = f.before
	}
	return append(names, c.names[at:]...), append(all, values[at:]...)
}
