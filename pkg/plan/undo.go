package plan

import (
	"fmt"
	"io"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Undo writes to sink the plan that reverses p: accounts that p created are deleted, values that it changed go back, and
// accounts that it deleted are created again. before is the source as it was saved before p was applied; after is what was
// read back when it had been, and is what the new plan is fresh against. What p planned and did not come about is left alone, and so
// is what o.Idle names, whatever has become of its record since. With o.Live, after is the source as it is now: a value
// that is neither what p wrote nor what was there before it is somebody else's then, and its record is blocked. Without, it is what the tenant
// made of p's.
//
// What no plan can restore is said on its line: a record that is created again has a new id, and neither its approvals nor
// the access that hung on it come back. o gives time, source, rights, schema and limits; the rest of it is taken from p. It is
// a plan like any other, with the same limits and the same errors as [Build].
func Undo(p *Plan, before, after []schema.Record, sink io.Writer, o Options) (Summary, error) {
	o.Managed = undoManaged(p)
	o.Reading.Zone, o.Reading.PhoneDigits = p.Header.Options.location(), p.Header.Options.PhoneDigits
	o.OnMissing, o.Undoes, o.Input, o.Settled, o.Scope = KeepMissing, p.Header.ID, p.Header.Input, nil, Scope{}
	o.Limits.AllowEmpty, o.ZoneShiftOK = true, true
	o.Read.Records, o.Read.InScope = int64(len(after)), 0 // what the source holds now is for CheckFresh to compare, when it is applied
	b, err := newBuilder(sink, o)
	if err != nil {
		return Summary{}, err
	}
	defer b.w.Stop()
	beforeIDs, beforeNames := index(before)
	afterIDs, afterNames := index(after)
	same := comparers(p)
	for i := range p.Operations {
		was := &p.Operations[i]
		if !was.Action.Sent() {
			continue
		}
		op := Operation{AccountName: was.AccountName, Row: was.Row, Line: was.Line}
		now := find(after, afterIDs, afterNames, was)
		then := find(before, beforeIDs, beforeNames, was)
		switch {
		case o.Idle[was.N]:
			leave(&op, "was not sent, or refused, so there is nothing to take back")
		case was.Action == Create && now == nil:
			leave(&op, "was not created, so there is nothing to take back")
		case was.Action == Create && then != nil:
			leave(&op, "was there before the plan was applied, so it is not taken back")
		case was.Action == Create && o.Live && othersOf(p, was, nil, now, same) != "":
			block(&op, othersOf(p, was, nil, now, same)+": somebody else has written it, so it is not deleted; look at it by hand")
		case was.Action == Create:
			b.before(&op, now)
			op.Action = Delete
			op.Reason = "created by the plan; with the record go its approvals and any access that hangs on it" + neither(othersOf(p, was, nil, now, same))
		case then == nil:
			leave(&op, "was not there before the plan was applied")
		case was.Action == Delete && now != nil:
			leave(&op, "was not deleted, so there is nothing to bring back")
		case was.Action == Delete:
			op.Action = Create
			op.Fields = valuesOf(then, p.Header.Schema.Names)
			op.Reason = "deleted by the plan; the record gets a new id, and neither its approvals nor its access come back"
		case now == nil:
			block(&op, "was deleted since, so its values cannot be put back")
		case o.Live && othersOf(p, was, then, now, same) != "":
			block(&op, othersOf(p, was, then, now, same)+": somebody else has written it, or the tenant changed it, so nothing is put back; look at it by hand")
		default:
			b.before(&op, now)
			op.Action, op.Fields = Update, reversed(was, then, now, same)
			if len(op.Fields) == 0 {
				leave(&op, "has its first values already")
				break
			}
			op.Reason = fmt.Sprintf("puts back what it had before the %s", was.Action) + neither(othersOf(p, was, then, now, same))
		}
		if err := b.allow(&op, now); err != nil {
			return Summary{}, err
		}
		if err := b.put(&op); err != nil {
			return Summary{}, err
		}
	}
	return b.finishOf(int64(len(after)), p.Trailer.Counts.Sent())
}

// undoManaged are the attributes that p managed and those that it wrote.
func undoManaged(p *Plan) []string {
	managed := append([]string(nil), p.Header.Managed...)
	seen := make(map[string]bool, len(managed))
	for _, n := range managed {
		seen[n] = true
	}
	for i := range p.Operations {
		for _, f := range p.Operations[i].Fields {
			if !seen[f.Attribute] {
				seen[f.Attribute] = true
				managed = append(managed, f.Attribute)
			}
		}
	}
	return managed
}

// find finds the record of an operation: by id where it has one, else by account name.
func find(records []schema.Record, ids, names map[string]int, op *Operation) *schema.Record {
	if op.ID != "" {
		if at, ok := ids[op.ID]; ok {
			return &records[at]
		}
		return nil
	}
	if at, ok := names[fold(op.AccountName)]; ok {
		return &records[at]
	}
	return nil
}

// valuesOf are all values of a record that are not empty, in template order.
func valuesOf(rec *schema.Record, names []string) []schema.FieldChange {
	var out []schema.FieldChange
	for _, n := range names {
		if v, ok := rec.Get(n); ok && v != "" {
			out = append(out, schema.FieldChange{Attribute: n, New: v})
		}
	}
	return out
}

// reversed are the attributes that an operation wrote and that now mean something else than before it.
func reversed(op *Operation, then, now *schema.Record, same map[string]schema.Comparer) []schema.FieldChange {
	var out []schema.FieldChange
	for _, f := range op.Fields {
		first, _ := then.Get(f.Attribute)
		value, _ := now.Get(f.Attribute)
		if c, known := same[f.Attribute]; first == value || known && c.Equal([]byte(first), []byte(value)) {
			continue
		}
		out = append(out, schema.FieldChange{Attribute: f.Attribute, Old: value, New: first})
	}
	return out
}

// neither is what is added to the reason of an operation that takes back values which the run was read back to have left otherwise than
// planned: whether the tenant made them so or somebody wrote them before they were read back, nobody can tell.
func neither(others string) string {
	if others == "" {
		return ""
	}
	return "; " + others + ": the tenant made it so, or somebody else has written it before the run was read back, and this takes that back too"
}

// othersOf tells in words which values of a record are neither what an operation wrote nor what was there before; nothing, if none is. Of what an
// operation created, those that it did not write are others' too.
func othersOf(p *Plan, op *Operation, then, now *schema.Record, same map[string]schema.Comparer) string {
	var others []string
	wrote := make(map[string]bool)
	for _, f := range op.Fields {
		wrote[f.Attribute] = true
		value, _ := now.Get(f.Attribute)
		is := func(other string) bool {
			c, known := same[f.Attribute]
			return value == other || known && c.Equal([]byte(value), []byte(other))
		}
		first := f.New
		if then != nil {
			first, _ = then.Get(f.Attribute)
		}
		if is(f.New) || is(first) {
			continue
		}
		text := fmt.Sprintf("%s is %q, and the run sent %q", f.Attribute, value, f.New)
		if then != nil {
			text += fmt.Sprintf(" for %q", first)
		}
		others = append(others, text)
	}
	if then == nil {
		for _, name := range p.Header.Schema.Names {
			if value, ok := now.Get(name); ok && value != "" && !wrote[name] && name != schema.AccountName {
				others = append(others, fmt.Sprintf("%s is %q, and the run sent none", name, value))
			}
		}
	}
	return strings.Join(others, "; ")
}

// allow lets an operation of an undo stand, or blocks it for want of rights.
func (b *builder) allow(op *Operation, now *schema.Record) error {
	switch {
	case op.Action.Sent() && op.Action != Create && op.ID == "":
		return fmt.Errorf("undo: the record of %q was read without an id", op.AccountName)
	case b.rights.endOnly && (op.Action == Create || op.Action == Delete):
		block(op, "this token is not an administrator's: it may only move end dates")
	case op.Action == Update:
		b.update(op, now)
	}
	return nil
}
