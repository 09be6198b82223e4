package report

import (
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Line is one attribute of one operation, as one line of a table. Its fields are those of a line of csvio's tables, in the
// same order, so that one can be converted to the other.
type Line struct {
	AccountName string
	Row         int64
	Kind        string
	Attribute   string
	Old         string
	New         string
	Reason      string
}

// PlanLines are the operations of a plan attribute by attribute, in plan order, with the values as they are sent. What changes
// no attribute has one line all the same.
func PlanLines(p *plan.Plan) []Line {
	lines := make([]Line, 0, len(p.Operations))
	for i := range p.Operations {
		op := &p.Operations[i]
		l := Line{AccountName: op.AccountName, Row: op.Row, Kind: string(op.Action), Reason: op.Reason}
		if len(op.Fields) == 0 {
			lines = append(lines, l)
			continue
		}
		for _, f := range op.Fields {
			if op.Action == plan.Create && f.Attribute == schema.AccountName && len(op.Fields) > 1 {
				continue
			}
			l.Attribute, l.Old, l.New = f.Attribute, f.Old, f.New
			lines = append(lines, l)
		}
	}
	return lines
}

// ChangeLines are differences attribute by attribute, with the values as they are sent. Of a create every value is a line; what
// has no attribute to show has one line all the same.
func ChangeLines(list []diff.Change) []Line {
	lines := make([]Line, 0, len(list))
	for i := range list {
		ch := &list[i]
		l := Line{AccountName: ch.Key, Kind: string(ch.Kind), Reason: reasonOf(ch)}
		if ch.Desired != nil {
			l.Row = ch.Desired.Ref.Row
		}
		fields := fieldsOf(ch)
		if len(fields) == 0 {
			lines = append(lines, l)
		}
		for _, f := range fields {
			l.Attribute, l.Old, l.New = f.Attribute, f.Old, f.New
			lines = append(lines, l)
		}
	}
	return lines
}

// fieldsOf are the attributes of a difference: those of an update, or all values of a create but its account name.
func fieldsOf(ch *diff.Change) []schema.FieldChange {
	if ch.Kind != diff.Create || ch.Desired == nil {
		return ch.Fields
	}
	var fields []schema.FieldChange
	for i, n := range ch.Desired.Names {
		if n != schema.AccountName && ch.Desired.Values[i] != "" {
			fields = append(fields, schema.FieldChange{Attribute: n, New: ch.Desired.Values[i]})
		}
	}
	return fields
}
