package schema

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A Person is somebody who can be a manager.
type Person struct {
	ID       string // of the identity
	Alias    string // what a record's manager is sent as
	Email    string
	Name     string // for display
	Inactive bool   // has left, or is away for long
}

// A Directory knows the people of a tenant.
type Directory interface {
	// Lookup returns for each value everybody who answers to it, as alias, id, mail address or display name, in any case. A
	// value that nobody answers to is left out. It is called once for a list, with every distinct value in it.
	Lookup(ctx context.Context, values []string) (map[string][]Person, error)
}

// Managers are what a directory answered about the identities that a list names. They do not change.
type Managers struct{ found map[string]verdict }

// A verdict is what is known of one value.
type verdict struct {
	alias    string // empty where nobody or several were found
	inactive bool
	several  []string // aliases
}

// FindManagers asks a directory once about every distinct value in the identity columns of the tables. The answer goes into
// [Reading].Managers: then a mail address or a display name in a list means the alias of that person.
func FindManagers(ctx context.Context, s *Schema, d Directory, tables ...Table) (*Managers, error) {
	distinct := make(map[string]bool)
	for _, t := range tables {
		var identity []int
		for i, col := range t.Columns() {
			if a, ok := s.Attribute(col.Name); ok && kindOf(a) == kindIdentity {
				identity = append(identity, i)
			}
		}
		var buf []byte
		err := t.Blocks(ctx, func(b *Block) error {
			for row := range b.Rows {
				for _, i := range identity {
					if buf = appendText(buf[:0], b.Cell(row, i)); len(buf) > 0 && !isClear(buf) && !distinct[string(buf)] {
						distinct[string(buf)] = true
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read the list for its managers: %w", err)
		}
	}
	values := make([]string, 0, len(distinct))
	for v := range distinct {
		values = append(values, v)
	}
	slices.Sort(values)
	m := &Managers{found: make(map[string]verdict, len(values))}
	if len(values) == 0 {
		return m, nil
	}
	people, err := d.Lookup(ctx, values)
	if err != nil {
		return nil, fmt.Errorf("look up %d managers: %w", len(values), err)
	}
	for _, v := range values {
		if found := people[v]; len(found) > 0 {
			m.found[v] = judge(v, found)
		}
	}
	return m, nil
}

// judge settles whom a value means. An alias counts before an id or a mail address, these before a name; of people with the same
// name the one who is still there.
func judge(value string, people []Person) verdict {
	folded := string(AppendFolded(nil, []byte(value)))
	matches := func(fields func(Person) []string) []Person {
		var found []Person
		for _, p := range people {
			for _, f := range fields(p) {
				if string(AppendFolded(nil, []byte(f))) == folded && !slices.ContainsFunc(found, func(q Person) bool { return q.Alias == p.Alias }) {
					found = append(found, p)
				}
			}
		}
		return found
	}
	found := matches(func(p Person) []string { return []string{p.Alias} })
	if len(found) == 0 {
		found = matches(func(p Person) []string { return []string{p.ID, p.Email} })
	}
	if len(found) == 0 {
		found = matches(func(p Person) []string { return []string{p.Name} })
	}
	if active := slices.DeleteFunc(slices.Clone(found), func(p Person) bool { return p.Inactive }); len(found) > 1 && len(active) == 1 {
		found = active
	}
	switch len(found) {
	case 0:
		return verdict{}
	case 1:
		return verdict{alias: found[0].Alias, inactive: found[0].Inactive}
	}
	var v verdict
	for _, p := range found {
		v.several = append(v.several, p.Alias)
	}
	slices.Sort(v.several)
	return v
}

// Alias returns the alias of the one person whom a cell means, and whether there is exactly one.
func (m *Managers) Alias(cell []byte) (string, bool) {
	v := m.verdict(cell)
	return v.alias, v.alias != ""
}

func (m *Managers) verdict(cell []byte) verdict {
	cell = trim(cell)
	if isPrintable(cell) {
		return m.found[string(cell)]
	}
	return m.found[string(appendText(nil, cell))]
}

// identity looks at who is named in an identity cell.
func (in *inspector) identity(i int, cell []byte) {
	if len(cell) == 0 || isClear(cell) {
		return
	}
	v := in.c.options.Reading.Managers.verdict(cell)
	switch {
	case v.alias != "":
		if v.inactive && in.tell(CodeManagerInactive, i) {
			in.report(CodeManagerInactive, i, quote(cell)+" is known in the tenant but no longer active", "name somebody who is there")
		}
	case len(v.several) > 0:
		if in.tell(CodeManagerAmbiguous, i) {
			in.report(CodeManagerAmbiguous, i, fmt.Sprintf("%s can be any of %d people: %s", quote(cell), len(v.several), shortList(v.several)), "write the alias of the one who is meant")
		}
	default:
		if in.tell(CodeManagerUnknown, i) {
			in.report(CodeManagerUnknown, i, "nobody in the tenant is known as "+quote(cell), "write the alias of an identity, which the tenant shows as account name or user name")
		}
	}
}

// shortList is a few of several names.
func shortList(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// manager looks for people who are their own manager.
func (in *inspector) manager(manager, key Span) {
	c := in.c
	if manager.Len == 0 {
		return
	}
	cell := trim(in.b.Data[manager.Off : manager.Off+manager.Len])
	self := false
	switch {
	case len(cell) == 0 || isClear(cell):
		return
	case c.options.Reading.Managers != nil:
		alias, ok := c.options.Reading.Managers.Alias(cell)
		self = ok && sameFolded([]byte(alias), in.cell(c.key))
	}
	if !self {
		own := in.b.Data[key.Off : key.Off+key.Len]
		self = len(own) > 0 && (cell[0] >= 0x80 || own[0]|0x20 == cell[0]|0x20 || own[0] <= ' ' || own[0] >= 0x80) && sameFolded(cell, trim(own))
	}
	if !self && c.mail >= 0 {
		own := in.b.Cell(in.row, c.mail)
		self = len(own) == len(cell) && sameFolded(cell, own)
	}
	if self && in.tell(CodeManagerSelf, c.manager) {
		in.report(CodeManagerSelf, c.manager, fmt.Sprintf("%s is named as their own manager", quote(cell)), "name the person to whom they report")
	}
}
