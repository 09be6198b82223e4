package report

import (
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
