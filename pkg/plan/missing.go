package plan

import (
	"fmt"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// OnMissing says what happens to accounts of the tenant that the list does not name.
type OnMissing string

const (
	KeepMissing   OnMissing = "keep" // the default
	EndMissing    OnMissing = "end"
	DeleteMissing OnMissing = "delete"
)

// ParseOnMissing reads keep, end or delete; nothing means keep.
func ParseOnMissing(s string) (OnMissing, error) {
	switch m := OnMissing(s); m {
	case "":
		return KeepMissing, nil
	case KeepMissing, EndMissing, DeleteMissing:
		return m, nil
	}
	return "", fmt.Errorf("%q is none of keep, end, delete", s)
}

// missing decides about one account that the list does not name. diff reports it only after the list was read to a clean
// end; every key that could be read counted as present, whatever else was wrong with its row.
func (b *builder) missing(op *Operation, current *schema.Record) {
	if reason := b.o.Scope.outside(current); reason != "" {
		leave(op, "missing from the list, and "+reason)
		return
	}
	value, _ := current.Get(schema.EndDate)
	end, ends := b.when(value)
	if !ends && value != "" && b.o.OnMissing != KeepMissing {
		block(op, fmt.Sprintf("missing from the list; its endDate %q cannot be read", value))
		return
	}
	switch b.o.OnMissing {
	case KeepMissing:
		leave(op, "missing from the list (--on-missing keep)")
	case EndMissing:
		b.end(op, current, value, end, ends)
	case DeleteMissing:
		b.remove(op, end, ends)
	}
}

// end moves an end date earlier and never later.
func (b *builder) end(op *Operation, current *schema.Record, value string, end time.Time, ends bool) {
	switch startValue, _ := current.Get(schema.StartDate); {
	case ends && !end.After(b.o.EndDate):
		leave(op, "missing from the list; it already ended on "+b.day(end))
		if end.After(b.o.Now) {
			op.Reason = "missing from the list; it already ends on " + b.day(end)
		}
	case ends && b.day(end) == b.day(b.o.EndDate):
		leave(op, "missing from the list; it already ends on that day, "+b.day(end))
	default:
		if start, ok := b.when(startValue); ok && start.After(b.o.EndDate) {
			block(op, fmt.Sprintf("missing from the list; it starts on %s, after the end date %s", b.day(start), b.day(b.o.EndDate)))
			return
		}
		op.Action = End
		op.Fields = []schema.FieldChange{{Attribute: schema.EndDate, Old: value, New: b.target}}
		op.Reason = fmt.Sprintf("missing from the list (--on-missing end → endDate %s)", b.day(b.o.EndDate))
	}
}

func (b *builder) remove(op *Operation, end time.Time, ends bool) {
	switch after := b.o.DeleteAfter; {
	case b.rights.endOnly:
		block(op, "missing from the list; this token is not an administrator's: it may only move end dates, not delete")
	case after > 0 && !ends:
		leave(op, "missing from the list; it has no end date (--delete-after)")
	case after > 0 && end.Add(after).After(b.o.Now):
		leave(op, fmt.Sprintf("missing from the list; its end on %s is not %d days ago (--delete-after)", b.day(end), int(after.Hours()/24)))
	default:
		op.Action, op.Reason = Delete, "missing from the list (--on-missing delete)"
	}
}
