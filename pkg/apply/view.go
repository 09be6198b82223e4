package apply

import (
	"fmt"
	"strings"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A view is the source as one list showed it.
type view struct {
	records []schema.Record
	byID    map[string]int
	byName  map[string]int
	byFold  map[string]int // by account name without case and surrounding spaces
	at      time.Time      // when reading it began: what came later may be missing from it
	tick    int64          // the same on the scale of run.tick, or when single records of it were read again
	listed  int64          // tick of the list
}

func newView(records []schema.Record, at time.Time, tick int64) *view {
	v := &view{records: records, at: at, tick: tick, listed: tick, byID: make(map[string]int, len(records)), byName: make(map[string]int, len(records)), byFold: make(map[string]int, len(records))}
	for i := range records {
		v.byID[records[i].ID] = i
		if name, ok := records[i].Get(schema.AccountName); ok {
			v.byName[name], v.byFold[fold(name)] = i, i
		}
	}
	return v
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// find returns the record with an id, or where there is no id the one with an account name; nil where there is none. A name
// that only differs in case or surrounding spaces is found if no other fits: the service may have changed it so.
func (v *view) find(id, name string) *schema.Record {
	i, ok := v.byID[id]
	if id == "" {
		if i, ok = v.byName[name]; !ok {
			i, ok = v.byFold[fold(name)]
		}
	}
	if !ok {
		return nil
	}
	return &v.records[i]
}

// A standing is how the record of an operation stands to it.
type standing uint8

const (
	before  standing = iota // as it was when the plan was made: the operation is still to be done
	partway                 // some attributes are as before, the others as planned
	planned                 // as planned
	moved                   // neither
)

// A sight is one operation's record as a view shows it.
type sight struct {
	standing standing
	rec      *schema.Record       // nil where there is none
	open     []schema.FieldChange // attributes that are not as planned; Old is what is there, New what is planned
	strange  []schema.FieldChange // attributes that are neither as before nor as planned
	renamed  *schema.Record       // what looks like the record that the operation made, under another account name
	undone   bool                 // the record is as before and was changed since: what was sent may have been put back
}

// A meaning compares values the way the plan did.
type meaning struct {
	compare map[string]*schema.Comparer
	dates   map[string]bool
	managed []string
}

// newMeaning rests on the plan alone, so that what is verified is what was reviewed.
func newMeaning(p *plan.Plan) (*meaning, error) {
	zone, err := time.LoadLocation(p.Header.Options.Zone)
	if err != nil {
		return nil, fmt.Errorf("the plan's time zone: %w", err)
	}
	// An operation's values are what is sent: an empty one is meant.
	reading := schema.Reading{Zone: zone, Blank: schema.BlankClear, PhoneDigits: p.Header.Options.PhoneDigits}
	m := &meaning{compare: make(map[string]*schema.Comparer), dates: make(map[string]bool), managed: p.Header.Managed}
	for _, a := range p.Header.Schema.Attributes {
		col := schema.Column{Name: a.TechnicalName, Index: -1, Dates: schema.YearFirst}
		c := schema.NewComparer(a, col, col, reading)
		m.compare[a.TechnicalName] = &c
		m.dates[a.TechnicalName] = a.Type == schema.Date
	}
	return m, nil
}

// same reports whether a value that is wanted and one that is there mean the same.
func (m *meaning) same(attribute, want, there string) bool {
	if want == there {
		return true
	}
	c, ok := m.compare[attribute]
	return ok && c.Equal([]byte(want), []byte(there))
}

// resend is a value that was read, as it is sent back unchanged in a complete row: a date that came without seconds or
// without a zone is written out, because what an upload accepts is not documented beyond RFC 3339.
func (m *meaning) resend(attribute, there string) string {
	if !m.dates[attribute] {
		return there
	}
	if _, err := time.Parse(time.RFC3339, there); err == nil {
		return there
	}
	w, err := schema.ParseDate([]byte(there), schema.YearFirst, time.UTC)
	if err != nil || !w.HasTime {
		return there
	}
	return w.Instant.Format(time.RFC3339Nano)
}

// sight finds out how an operation stands.
func (m *meaning) sight(t *task, v *view) sight {
	op := t.op
	s := sight{rec: v.find(t.id, op.AccountName)}
	switch op.Action {
	case plan.Create:
		if s.rec == nil {
			s.standing = before
			return s
		}
		s.open = m.differences(s.rec, op.Fields)
		s.strange = s.open
	case plan.Delete:
		s.standing = before
		if s.rec == nil {
			s.standing = planned
		}
		return s
	default:
		if s.rec == nil {
			s.standing = moved
			return s
		}
		s.open = m.differences(s.rec, op.Fields)
		for _, f := range s.open {
			if old, _ := oldValue(op, f.Attribute); !m.same(f.Attribute, old, f.Old) {
				s.strange = append(s.strange, f)
			}
		}
	}
	s.strange = append(s.strange, m.differences(s.rec, m.bystanders(t))...)
	switch {
	case len(s.strange) > 0:
		s.standing = moved
	case len(s.open) == 0:
		s.standing = planned
	case len(s.open) == len(op.Fields):
		s.standing = before
	default:
		s.standing = partway
	}
	return s
}

// sight finds out how an operation stands, and whether somebody has undone by hand what was sent for it: that is not sent again, which
// would make a second record, or take a person's decision back without a word.
func (x *run) sight(t *task) sight {
	s := x.meaning.sight(t, x.view)
	if !t.tried || t.without() || x.snapshot == nil {
		return s
	}
	switch {
	case t.op.Action == plan.Create:
		if s.rec == nil {
			if s.renamed = x.renamed(t); s.renamed != nil {
				s.standing = moved
			}
		}
	case t.recalled && t.at == 0 && s.standing == before && s.rec != nil:
		// What this run sends itself is seen to for half a minute; what it sent before it broke off may lie days back.
		if i, known := x.snapshot.byID[s.rec.ID]; known && x.snapshot.records[i].Modified != s.rec.Modified {
			s.standing, s.undone = moved, true
		}
	}
	return s
}

// renamed is a record that was not there before the run and is no operation's, and that has all values of a create but for its account
// name; nil where there is none.
func (x *run) renamed(t *task) *schema.Record {
	if x.newcomers.of != x.view {
		ours := make(map[string]bool, len(x.tasks))
		for _, t := range x.tasks {
			if t.op.Action == plan.Create {
				ours[fold(t.op.AccountName)] = true
			}
		}
		x.newcomers.of, x.newcomers.records = x.view, nil
		for i := range x.view.records {
			rec := &x.view.records[i]
			name, _ := rec.Get(schema.AccountName)
			if _, before := x.snapshot.byID[rec.ID]; !before && !ours[fold(name)] {
				x.newcomers.records = append(x.newcomers.records, rec)
			}
		}
	}
	var wanted []schema.FieldChange
	for _, f := range t.op.Fields {
		if f.Attribute != schema.AccountName {
			wanted = append(wanted, f)
		}
	}
	for _, rec := range x.newcomers.records {
		if len(wanted) > 0 && len(x.meaning.differences(rec, wanted)) == 0 {
			return rec
		}
	}
	return nil
}

// newcomers are the records of a view that were not there before the run and that it was not to make.
type newcomers struct {
	of      *view
	records []*schema.Record
}

// bystanders are the attributes that the operation must leave alone, with the values that they must keep: the managed ones,
// and all others that an upload has sent along.
func (m *meaning) bystanders(t *task) []schema.FieldChange {
	if t.op.Action == plan.Create {
		return nil
	}
	touched := make(map[string]bool, len(t.op.Fields))
	for _, f := range t.op.Fields {
		touched[f.Attribute] = true
	}
	var keep []schema.FieldChange
	if t.row != nil {
		for i, name := range t.names {
			if !touched[name] {
				keep = append(keep, schema.FieldChange{Attribute: name, New: t.row[i]})
			}
		}
		return keep
	}
	for i, name := range m.managed {
		if !touched[name] && i < len(t.op.Current) {
			keep = append(keep, schema.FieldChange{Attribute: name, New: t.op.Current[i]})
		}
	}
	return keep
}

// differences are the wanted values that the record does not have; Old becomes what it has.
func (m *meaning) differences(rec *schema.Record, wanted []schema.FieldChange) []schema.FieldChange {
	var open []schema.FieldChange
	for _, f := range wanted {
		there, _ := rec.Get(f.Attribute)
		if !m.same(f.Attribute, f.New, there) {
			open = append(open, schema.FieldChange{Attribute: f.Attribute, Old: there, New: f.New})
		}
	}
	return open
}

func oldValue(op *plan.Operation, attribute string) (string, bool) {
	for _, f := range op.Fields {
		if f.Attribute == attribute {
			return f.Old, true
		}
	}
	return "", false
}
