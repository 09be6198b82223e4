package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Scope is the part of a source that a list speaks for: the records with one value of one attribute. The zero Scope is the
// whole source.
type Scope struct {
	Attribute string // technical name
	Value     string // compared without case and surrounding spaces
}

// ParseScope reads ATTRIBUTE=VALUE, such as vendor=ACME, for a source with the given attributes.
func ParseScope(s string, names []string) (Scope, error) {
	if s == "" {
		return Scope{}, nil
	}
	attribute, value, ok := strings.Cut(s, "=")
	attribute, value = strings.TrimSpace(attribute), strings.TrimSpace(value)
	if !ok || attribute == "" || value == "" {
		return Scope{}, fmt.Errorf("%q is no scope: give ATTRIBUTE=VALUE, such as vendor=ACME", s)
	}
	for _, n := range names {
		if n == attribute {
			return Scope{Attribute: attribute, Value: value}, nil
		}
	}
	return Scope{}, fmt.Errorf("the scope's attribute %q is none of the source's: %s", attribute, strings.Join(names, ", "))
}

// String is the scope as ParseScope reads it.
func (s Scope) String() string {
	if s.Attribute == "" {
		return ""
	}
	return s.Attribute + "=" + s.Value
}

// Covers reports whether a value of the scope's attribute lies in the scope.
func (s Scope) Covers(value string) bool {
	return s.Attribute == "" || strings.EqualFold(strings.TrimSpace(value), s.Value)
}

// outside says how a record lies outside the scope; empty where it lies in it.
func (s Scope) outside(r *schema.Record) string {
	if s.Attribute == "" {
		return ""
	}
	value, _ := r.Get(s.Attribute)
	if s.Covers(value) {
		return ""
	}
	return fmt.Sprintf("outside the scope %s (%s is %q)", s, s.Attribute, value)
}

// Count is the number of records that the scope covers: what percentages of limits are of, see [ReadState].
func (s Scope) Count(records []schema.Record) int64 {
	var n int64
	for i := range records {
		if s.outside(&records[i]) == "" {
			n++
		}
	}
	return n
}

// CodeScope is the finding of a row that lies outside the scope.
const CodeScope = "E-SCOPE"

// Guard returns the list with an error on every row that lies outside the scope, so that nothing of it is sent and its account
// still counts as present. A blank cell is left to the plan, which knows the record. It fails on a list that has no column
// for the scope's attribute.
func (s Scope) Guard(list schema.Table) (schema.Table, error) {
	if s.Attribute == "" {
		return list, nil
	}
	for i, c := range list.Columns() {
		if c.Name == s.Attribute {
			return &guarded{Table: list, scope: s, at: i}, nil
		}
	}
	return nil, fmt.Errorf("the list has no column for %s, so nobody can say which of its rows are of the scope %s", s.Attribute, s)
}

// guarded is a list whose rows are held against a scope.
type guarded struct {
	schema.Table
	scope Scope
	at    int // the scope's column
}

// Blocks implements [schema.Table].
func (g *guarded) Blocks(ctx context.Context, f func(*schema.Block) error) error {
	column := g.Columns()[g.at]
	return g.Table.Blocks(ctx, func(b *schema.Block) error {
		var found []schema.Finding
		for row := range b.Len() {
			value := string(schema.Trim(b.Cell(row, g.at)))
			if value == "" || value == schema.ClearCell || g.scope.Covers(value) {
				continue
			}
			found = append(found, schema.Finding{
				Code: CodeScope, Severity: schema.Error, Attribute: g.scope.Attribute, Value: value,
				Origin:  schema.Origin{Row: b.Rows[row].Row, Line: b.Rows[row].Line, Column: column.Letter(), Header: column.Header},
				Message: fmt.Sprintf("%s is %q, outside the scope %s", g.scope.Attribute, value, g.scope),
				Hint:    "take the row out of this list, or plan it under its own scope",
			})
		}
		if len(found) == 0 {
			return f(b)
		}
		withScope := *b
		withScope.Findings = append(slices.Clone(b.Findings), found...)
		slices.SortStableFunc(withScope.Findings, func(x, y schema.Finding) int { return cmp.Compare(x.Origin.Row, y.Origin.Row) })
		return f(&withScope)
	})
}
