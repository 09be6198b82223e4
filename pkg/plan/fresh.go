package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Moved says what happened to a record since it was planned.
type Moved string

const (
	Changed   Moved = "changed"    // a managed value is another one
	Gone      Moved = "deleted"    // there is no such record any more
	Replaced  Moved = "replaced"   // the account has another record now, with another id
	NowExists Moved = "now exists" // an account that was to be created is there already
)

// A Drift is one account that moved since it was planned.
type Drift struct {
	N           int64                `json:"n"` // of the operation
	AccountName string               `json:"accountName"`
	Action      Action               `json:"action"` // what was planned
	What        Moved                `json:"what"`
	Fields      []schema.FieldChange `json:"fields,omitempty"`   // managed values: Old as planned on, New as they are now
	Modified    string               `json:"modified,omitempty"` // when the tenant says that it was last changed
}

// A StaleError says that the tenant moved since the plan was made: exit 6.
type StaleError struct {
	Drift   []Drift
	Planned int64     // operations that send something
	Since   time.Time // when the plan was made
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("the plan is stale: %s of %s records changed since %s", grouped(int64(len(e.Drift))), grouped(e.Planned), e.Since.Format("15:04 MST on 2 January 2006"))
}

// CheckFresh compares the whole current list of the source with what the plan was made on, and returns the accounts that
// moved, in plan order. Records that the plan does not touch do not matter, nor do attributes that the list does not manage.
// Values are compared by meaning, so that a plan that was made against an export can be held against the tenant. A record that
// was to be deleted and is gone has not moved.
func CheckFresh(p *Plan, current []schema.Record) []Drift {
	ids, names := index(current)
	same := comparers(p)
	var drift []Drift
	for i := range p.Operations {
		op := &p.Operations[i]
		if !op.Action.Sent() {
			continue
		}
		d := Drift{N: op.N, AccountName: op.AccountName, Action: op.Action}
		named, exists := names[fold(op.AccountName)]
		if op.Action == Create {
			if exists {
				d.What, d.Modified = NowExists, current[named].Modified
				drift = append(drift, d)
			}
			continue
		}
		at, found := named, exists
		if op.ID != "" {
			at, found = ids[op.ID]
		}
		switch {
		case !found && exists:
			d.What, d.Modified = Replaced, current[named].Modified
		case !found && op.Action == Delete:
			continue
		case !found:
			d.What = Gone
		default:
			rec := &current[at]
			if RecordFingerprint(*rec, p.Header.Managed) == op.Fingerprint {
				continue
			}
			d.Fields = moved(p.Header.Managed, op.Current, rec, same)
			if len(d.Fields) == 0 && len(op.Current) > 0 {
				continue
			}
			d.What, d.Modified = Changed, rec.Modified
		}
		drift = append(drift, d)
	}
	return drift
}

// index finds records by id and by folded account name.
func index(records []schema.Record) (ids, names map[string]int) {
	ids, names = make(map[string]int, len(records)), make(map[string]int, len(records))
	for i := range records {
		if id := records[i].ID; id != "" {
			ids[id] = i
		}
		if name, ok := records[i].Get(schema.AccountName); ok {
			names[fold(name)] = i
		}
	}
	return ids, names
}

// fold makes account names that the service might take for one another equal.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func moved(managed, was []string, rec *schema.Record, same map[string]schema.Comparer) []schema.FieldChange {
	var out []schema.FieldChange
	for i, n := range managed {
		if i >= len(was) {
			break
		}
		now, _ := rec.Get(n)
		if c, known := same[n]; was[i] == now || known && c.Equal([]byte(was[i]), []byte(now)) {
			continue
		}
		out = append(out, schema.FieldChange{Attribute: n, Old: was[i], New: now})
	}
	return out
}

// comparers compare values of the tenant with one another under the plan's rules. A blank is a value here.
func comparers(p *Plan) map[string]schema.Comparer {
	r := schema.Reading{Zone: p.Header.Options.location(), Blank: schema.BlankClear, PhoneDigits: p.Header.Options.PhoneDigits}
	same := make(map[string]schema.Comparer, len(p.Header.Schema.Attributes))
	for _, a := range p.Header.Schema.Attributes {
		same[a.TechnicalName] = schema.NewComparer(a, schema.Column{Name: a.TechnicalName}, schema.Column{Name: a.TechnicalName}, r)
	}
	return same
}

// location is the zone of the plan. One that this machine does not know is no zone: days then equal the same day alone, which
// is the stricter comparison.
func (s *Settings) location() *time.Location {
	if s.Zone == "" {
		return nil
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil
	}
	return zone
}

// Identify gives the operations of a plan that was made against a file the ids of the records that they are about, found by
// account name. An account that is not there keeps no id; [CheckFresh] says so.
func Identify(p *Plan, current []schema.Record) {
	_, names := index(current)
	for i := range p.Operations {
		op := &p.Operations[i]
		if op.ID != "" || op.Action == Create {
			continue
		}
		if at, ok := names[fold(op.AccountName)]; ok {
			op.ID = current[at].ID
		}
	}
}

// Drop returns the plan without the operations that moved: each becomes untouched and says why. Numbers, order and routes
// stay, counts are made anew; the fingerprint stays that of the plan that was reviewed.
func Drop(p *Plan, drift []Drift) *Plan {
	out := &Plan{Header: p.Header, Trailer: p.Trailer, Operations: make([]Operation, len(p.Operations))}
	copy(out.Operations, p.Operations)
	why := make(map[int64]Moved, len(drift))
	for _, d := range drift {
		why[d.N] = d.What
	}
	classes, zone := map[Class]int64{}, p.Header.Options.location()
	old := p.Trailer.Counts
	counts := Counts{Same: old.Same, Invalid: old.Invalid, Removals: old.Removals}
	out.Trailer.Fields = map[string]int64{}
	for i := range out.Operations {
		op := &out.Operations[i]
		if what, dropped := why[op.N]; dropped && op.Action.Sent() {
			if op.removes(p.Header.asOf(), zone) {
				counts.Removals--
			}
			leave(op, fmt.Sprintf("left out: the record %s since the plan was made", what.clause()))
			op.Route = None
		}
		counts.add(op.Action)
		if class := op.Class(); class != "" {
			classes[class]++
		}
		if op.Action == Update {
			for _, f := range op.Fields {
				out.Trailer.Fields[f.Attribute]++
			}
		}
	}
	out.Trailer.Counts = counts
	out.Trailer.Routes = nil
	for _, rc := range p.Trailer.Routes {
		if rc.Operations = classes[rc.Class]; rc.Operations > 0 {
			out.Trailer.Routes = append(out.Trailer.Routes, rc)
		}
	}
	out.Trailer.Requests = requests(out.Trailer.Routes, counts, p.Header.Read.Records)
	return out
}

func (m Moved) clause() string {
	switch m {
	case Gone:
		return "was deleted"
	case Replaced:
		return "was replaced"
	case NowExists:
		return "came into being"
	}
	return "changed"
}
