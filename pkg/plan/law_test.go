package plan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A tenant is one source in memory, by id.
type tenant struct {
	names   []string
	records map[string][]string
	next    int
}

func (s *tenant) clone() *tenant {
	c := &tenant{names: s.names, records: map[string][]string{}, next: s.next}
	for id, values := range s.records {
		c.records[id] = slices.Clone(values)
	}
	return c
}

func (s *tenant) list() []schema.Record {
	var out []schema.Record
	for _, id := range slices.Sorted(maps.Keys(s.records)) {
		out = append(out, schema.Record{Names: s.names, Values: slices.Clone(s.records[id]), ID: id})
	}
	return out
}

// apply does what a plan says and nothing else.
func (s *tenant) apply(t *rapid.T, p *Plan) {
	set := func(values []string, changes []schema.FieldChange) {
		for _, f := range changes {
			i := slices.Index(s.names, f.Attribute)
			if f.Old != values[i] {
				t.Fatalf("%s: the plan took %q for the old value, the tenant has %q", f.Attribute, f.Old, values[i])
			}
			values[i] = f.New
		}
	}
	for _, op := range p.Operations {
		switch op.Action {
		case Create:
			s.next++
			values := make([]string, len(s.names))
			set(values, op.Fields)
			s.records[fmt.Sprintf("id%03d", s.next)] = values
		case Update, End:
			values, ok := s.records[op.ID]
			if !ok || values[0] != op.AccountName {
				t.Fatalf("the %s of %q addresses the record %q, which is not theirs", op.Action, op.AccountName, op.ID)
			}
			if op.Route == Upload && op.Clears() {
				t.Fatalf("%q is cleared by upload", op.AccountName)
			}
			set(values, op.Fields)
		case Delete:
			if values, ok := s.records[op.ID]; !ok || values[0] != op.AccountName {
				t.Fatalf("the delete of %q addresses the record %q, which is not theirs", op.AccountName, op.ID)
			}
			delete(s.records, op.ID)
		}
	}
}

// byName are the values of every account.
func (s *tenant) byName() map[string][]string {
	out := map[string][]string{}
	for _, values := range s.records {
		out[values[0]] = values
	}
	return out
}

// Values that lists are made of; the same meaning is spelt in several ways, and a few are broken on purpose. An attribute that
// is not named takes a text.
var (
	good = map[string][]string{
		"accountName": {"ana", "bo", "cy", "dee", "Eve", "zoë", "fay", "gus"},
		"text":        {"A", "B", " A ", "Zoë", "Zoe\u0308"},
		"phone":       {"+1 555 0100", "15550100"},
		"email":       {"a@x.org", "a@X.org", "b@x.org"},
		"startDate":   {"2025-01-01", "2025-01-01T05:00:00Z", "1 Jan 2025"},
		"endDate":     {"2026-12-31", "2026-03-02", "31 Dec 2026", "2027-01-01T04:59:59Z", "2027-06-30T12:00:00-04:00"},
		"vendor":      {"ACME", "Globex", "", schema.ClearCell},
	}
	odd = map[string][]string{
		"accountName": {"eve", "EVE", "zoe\u0308", " ana ", ""},
		"text":        {"", schema.ClearCell, "a\x00b"},
		"phone":       {"", "5.55E+09", schema.ClearCell},
		"email":       {"broken", "", schema.ClearCell},
		"startDate":   {"2024-02-30", "03/04/2026", "", "2026-04-01", schema.ClearCell},
		"endDate":     {"soon", "", "2024-06-30", schema.ClearCell},
		"vendor":      {" ACME ", "acme"},
	}
	days = []string{"2025-06-30T05:00:00Z", "2026-12-31T23:59:59-05:00", "2027-01-01T04:59:59.000Z", "2026-03-02T15:00:00Z", "2027-06-30T12:00:00-04:00"}
)

// list draws rows under a part of the columns.
func list(t *rapid.T, names []string) []schema.Record {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) schema.Record {
		r := schema.Record{}
		oddRow := rapid.IntRange(0, 3).Draw(t, "odd row") == 0
		for _, n := range names {
			pools := good
			if oddRow && rapid.IntRange(0, 2).Draw(t, "odd cell") == 0 {
				pools = odd
			}
			pool, ok := pools[n]
			if !ok {
				pool = pools["text"]
			}
			r.Values = append(r.Values, rapid.SampledFrom(pool).Draw(t, n))
		}
		return r
	}), 0, 6).Draw(t, "list")
}

func source(t *rapid.T, names []string) *tenant {
	s := &tenant{names: names, records: map[string][]string{}}
	pools := map[string][]string{"email": {"a@x.org", "b@x.org"}, "startDate": {"2025-01-01T05:00:00Z", "2025-01-01T00:00:00-05:00", "2026-04-01T04:00:00Z"}, "endDate": days, "vendor": {"ACME", "Globex", ""}, "phone": {"+1 555 0100", "15550100"}}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ana", "bo", "cy", "dee", "Eve", "eve", "zoë", "hal", "ida"}), 0, 8, rapid.ID).Draw(t, "tenant") {
		s.next++
		values := []string{key}
		for _, n := range names[1:] {
			pool, ok := pools[n]
			if !ok {
				pool = []string{"A", "B", "Zoë"}
			}
			values = append(values, rapid.SampledFrom(pool).Draw(t, n))
		}
		s.records[fmt.Sprintf("id%03d", s.next)] = values
	}
	return s
}

// planned compares a list with the tenant and plans the difference.
func planned(t *rapid.T, rows []schema.Record, names []string, s *tenant, o Options) (*Plan, []diff.Change) {
	desired, err := schema.NewMemory(names, rows)
	if err != nil {
		t.Fatal(err)
	}
	guarded, err := o.Scope.Guard(desired)
	if err != nil {
		t.Fatal(err)
	}
	o.Read.InScope = o.Scope.Count(s.list())
	current, err := schema.NewMemory(s.names, s.list())
	if err != nil {
		t.Fatal(err)
	}
	checker, err := schema.NewChecker(o.Schema, desired.Columns(), schema.CheckOptions{Reading: o.Reading, AsOf: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	var all []diff.Change
	var file bytes.Buffer
	_, err = Build(func(emit func(diff.Change) error) (diff.Summary, error) {
		return diff.Compare(context.Background(), guarded, current, diff.Options{Schema: o.Schema, Reading: o.Reading, Check: checker}, func(c diff.Change) error {
			all = append(all, c)
			return emit(c)
		})
	}, &file, o)
	var limit *LimitError
	if err != nil && !errors.As(err, &limit) {
		t.Fatal(err)
	}
	p, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	return p, all
}

// readable are the keys of a list that could be read, folded as far as two keys may be taken for one.
func readable(rows []schema.Record) map[string]bool {
	out := map[string]bool{}
	for _, r := range rows {
		if key := strings.TrimSpace(r.Values[0]); key != "" {
			out[strings.ToLower(norm.NFC.String(key))] = true
		}
	}
	return out
}

// TestLaw: whatever the list and the tenant, a plan that is applied gives the list's meaning and touches nothing else, a
// second one is empty, an undo gives the first values back, and nobody whose key could be read is removed as missing.
func TestLaw(t *testing.T) {
	zone, sent := newYork(t), map[Action]int{}
	rapid.Check(t, func(t *rapid.T) {
		full := &schema.Schema{Attributes: append(schema.System(), schema.Attribute{TechnicalName: "vendor", Type: schema.Text})}
		all := full.Names()
		names, complete := []string{"accountName"}, rapid.Bool().Draw(t, "complete")
		for _, n := range all[1:] {
			if complete || rapid.IntRange(0, 3).Draw(t, "with "+n) > 0 {
				names = append(names, n)
			}
		}
		rows, first := list(t, names), source(t, all)
		o := Options{
			Now: time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC), Source: schema.Source{Tenant: schema.Tenant{ID: "t"}, ID: "s", SourceID: "s"},
			Schema: full, Reading: schema.Reading{Zone: zone, Blank: rapid.SampledFrom([]schema.Blank{schema.BlankKeep, schema.BlankClear}).Draw(t, "blank")},
			Managed: names, OnMissing: rapid.SampledFrom([]OnMissing{KeepMissing, EndMissing, DeleteMissing}).Draw(t, "on missing"),
			EndDate: time.Date(2026, 3, 2, 23, 59, 59, 0, zone), SkipInvalid: true, ZoneShiftOK: true,
			Access: rapid.SampledFrom([]schema.Access{{User: true, Admin: true}, {User: true, Admin: true}, {User: true}, {}}).Draw(t, "access"),
			Route:  rapid.SampledFrom([]string{"auto", "bulk"}).Draw(t, "route"),
			Limits: Limits{MaxRemovals: NoLimit(), MaxUpdates: NoLimit(), MinInput: NoLimit(), MaxInvalid: NoLimit(), AllowEmpty: true},
		}
		if slices.Contains(names, "vendor") && rapid.Bool().Draw(t, "scoped") {
			o.Scope = Scope{"vendor", "ACME"}
		}
		p, changes := planned(t, rows, names, first, o)

		present := readable(rows)
		for _, op := range p.Operations {
			if (op.Action == End || op.Action == Delete) && present[strings.ToLower(norm.NFC.String(strings.TrimSpace(op.AccountName)))] {
				t.Fatalf("%q stands in the list and is to %s: %s", op.AccountName, op.Action, op.Reason)
			}
		}
		if drift := CheckFresh(p, first.list()); len(drift) > 0 {
			t.Fatalf("stale against what it was made from: %v", drift)
		}

		// A plan that may not be applied is not: nothing can be said of what it would have done.
		if !p.Trailer.Safe {
			return
		}
		last := first.clone()
		last.apply(t, p)

		// Nothing outside the plan moves.
		touched := map[string]bool{}
		for _, op := range p.Operations {
			if op.Action.Sent() {
				sent[op.Action]++
				touched[op.AccountName] = true
			}
		}
		was, is := first.byName(), last.byName()
		for name, values := range was {
			if diff := cmp.Diff(values, is[name]); diff != "" && !touched[name] {
				t.Fatalf("%q is not in the plan and moved:\n%s", name, diff)
			}
			if o.Scope.Attribute != "" && touched[name] && values[8] != "ACME" {
				t.Fatalf("%q lies outside the scope and moved", name)
			}
		}

		// What was planned of a row has the row's meaning now.
		for _, c := range changes {
			if (c.Kind != diff.Create && c.Kind != diff.Update) || !touched[c.Key] {
				continue
			}
			for i, n := range names {
				a, _ := full.Attribute(n)
				same := schema.NewComparer(a, schema.Column{Name: n}, schema.Column{Name: n}, o.Reading)
				if cell, got := rows[c.Desired.Ref.Row-1].Values[i], is[c.Key][slices.Index(all, n)]; !same.Equal([]byte(cell), []byte(got)) {
					t.Fatalf("%s of %q is %q after the plan, the list says %q", n, c.Key, got, cell)
				}
			}
		}

		second, _ := planned(t, rows, names, last, o)
		if n := second.Trailer.Counts.Sent(); n != 0 {
			t.Fatalf("the second plan has %d operations: %+v", n, second.Operations)
		}

		// Undo, by an administrator.
		o.Access = schema.Access{User: true, Admin: true}
		var file bytes.Buffer
		if _, err := Undo(p, first.list(), last.list(), &file, o); err != nil {
			t.Fatal(err)
		}
		u, err := Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		if drift := CheckFresh(u, last.list()); len(drift) > 0 {
			t.Fatalf("the undo is stale against what it was made from: %v", drift)
		}
		last.apply(t, u)
		if diff := cmp.Diff(was, last.byName()); diff != "" {
			t.Fatalf("after undo (-first +last):\n%s", diff)
		}
	})
	for _, a := range []Action{Create, Update, End, Delete} {
		if sent[a] == 0 {
			t.Errorf("no plan of all that were drawn has a %s: the law was not put to the test", a)
		}
	}
	t.Logf("operations put to the test: %v", sent)
}
