package plan

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// newYork is five hours behind UTC on the day of planning, so that its evenings are the next day in UTC.
func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

var fields = []string{"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate", "vendor"}

// person is a record of the tenant; changes are pairs of an attribute and its value.
func person(name string, changes ...string) *schema.Record {
	r := &schema.Record{Names: fields, ID: "id-" + name, Values: []string{name, "F", "L", "5551234567", name + "@acme.com", "jane.doe", "2025-01-01T05:00:00Z", "2026-12-31T23:59:59-05:00", "ACME"}}
	for i := 0; i < len(changes); i += 2 {
		for j, n := range fields {
			if n == changes[i] {
				r.Values[j] = changes[i+1]
			}
		}
	}
	return r
}

func wanted(row int64, name string, changes ...string) *schema.Record {
	r := person(name, changes...)
	r.ID, r.Ref = "", schema.Ref{Row: row, Line: row}
	return r
}

func updateOf(name string, changes ...schema.FieldChange) diff.Change {
	return diff.Change{Kind: diff.Update, Key: name, Desired: wanted(7, name), Current: person(name), Fields: changes}
}

func to(attribute, was, will string) schema.FieldChange {
	return schema.FieldChange{Attribute: attribute, Old: was, New: will}
}

func missing(name string, changes ...string) diff.Change {
	return diff.Change{Kind: diff.Missing, Key: name, Current: person(name, changes...)}
}

func creation(name string) diff.Change {
	return diff.Change{Kind: diff.Create, Key: name, Desired: wanted(3, name)}
}

// options are those of an administrator planning at nine in the morning of 2 March 2026 in New York.
func options(t *testing.T) Options {
	names := &schema.Schema{Attributes: append(schema.System(), schema.Attribute{TechnicalName: "vendor", Type: schema.Text})}
	return Options{
		Now:     time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC),
		Source:  schema.Source{Tenant: schema.Tenant{ID: "t1", Org: "acme"}, ID: "a03", SourceID: "2c9", Name: "Contractors"},
		Access:  schema.Access{User: true, UserName: "ada", Admin: true},
		Schema:  names,
		Reading: schema.Reading{Zone: newYork(t)},
		Managed: fields,
		EndDate: time.Date(2026, 3, 2, 23, 59, 59, 0, newYork(t)),
		Limits:  Limits{MaxRemovals: NoLimit(), MaxUpdates: NoLimit(), MinInput: NoLimit()},
	}
}

// build plans the changes for a source of 1,000 records of which the list has 990.
func build(t *testing.T, o Options, changes ...diff.Change) (*Plan, error) {
	t.Helper()
	return buildOf(t, o, diff.Summary{Desired: 990, Current: 1000}, changes...)
}

func buildOf(t *testing.T, o Options, seen diff.Summary, changes ...diff.Change) (*Plan, error) {
	t.Helper()
	var file bytes.Buffer
	s, refused := Build(func(emit func(diff.Change) error) (diff.Summary, error) {
		for _, c := range changes {
			if err := emit(c); err != nil {
				return diff.Summary{}, err
			}
		}
		return seen, nil
	}, &file, o)
	p, err := Read(&file)
	if err != nil {
		t.Fatalf("what Build wrote cannot be read: %v (Build: %v)", err, refused)
	}
	if diff := cmp.Diff(s.Trailer, p.Trailer, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the summary is not what was written (-summary +file):\n%s", diff)
	}
	return p, refused
}

func TestOneChange(t *testing.T) {
	owner := schema.Access{User: true, UserName: "olga"}
	application := schema.Access{}
	for _, test := range []struct {
		why    string
		set    func(*Options)
		change diff.Change
		action Action
		route  Route
		reason string // part of it
		fields []schema.FieldChange
	}{
		{why: "a create carries every value in template order", change: diff.Change{Kind: diff.Create, Key: "a", Desired: &schema.Record{Names: []string{"vendor", "accountName", "phone"}, Values: []string{"ACME", "a", ""}}},
			action: Create, route: Upload, fields: []schema.FieldChange{to("accountName", "", "a"), to("vendor", "", "ACME")}},
		{why: "an update carries what changes", change: updateOf("a", to("manager", "jane.doe", "p.meyer")),
			action: Update, route: Patch, fields: []schema.FieldChange{to("manager", "jane.doe", "p.meyer")}},
		{why: "an application's token cannot patch", set: func(o *Options) { o.Access = application }, change: updateOf("a", to("manager", "jane.doe", "p.meyer")),
			action: Update, route: Upload, fields: []schema.FieldChange{to("manager", "jane.doe", "p.meyer")}},
		{why: "an upload cannot clear, so an application cannot", set: func(o *Options) { o.Access = application }, change: updateOf("a", to("vendor", "ACME", "")),
			action: Blocked, route: None, reason: "clearing a value needs a patch"},
		{why: "a person can clear even where updates go by upload", set: func(o *Options) { o.Route = "bulk" }, change: updateOf("a", to("vendor", "ACME", "")),
			action: Update, route: Patch, fields: []schema.FieldChange{to("vendor", "ACME", "")}},
		{why: "an owner may move an end date", set: func(o *Options) { o.Access = owner }, change: updateOf("a", to("endDate", "2026-12-31T23:59:59-05:00", "2027-12-31T23:59:59-05:00")),
			action: Update, route: Patch, fields: []schema.FieldChange{to("endDate", "2026-12-31T23:59:59-05:00", "2027-12-31T23:59:59-05:00")}},
		{why: "an owner may move nothing else", set: func(o *Options) { o.Access = owner }, change: updateOf("a", to("manager", "jane.doe", "p.meyer")),
			action: Blocked, route: None, reason: "may only move end dates, and manager would change too"},
		{why: "an owner may not create", set: func(o *Options) { o.Access = owner }, change: creation("a"), action: Blocked, route: None, reason: "not create"},
		{why: "an owner may not delete", set: func(o *Options) { o.Access, o.OnMissing = owner, DeleteMissing }, change: missing("a"), action: Blocked, route: None, reason: "not delete"},
		{why: "a required value is never cleared", change: updateOf("a", to("phone", "5551234567", "")), action: Blocked, route: None, reason: "phone is required"},
		{why: "an account name is never changed", change: updateOf("a", to("accountName", "a", "b")), action: Blocked, route: None, reason: "it would be another account"},
		{why: "a contract that would end before it starts, though the list has only its end", change: updateOf("a", to("endDate", "2026-12-31T23:59:59-05:00", "2024-06-30T23:59:59-04:00")),
			action: Blocked, route: None, reason: "would end (2024-06-30) before it starts (2025-01-01)"},
		{why: "a request for the same account waits", set: func(o *Options) { o.Pending = map[string]string{"a.b": "request pending approval since 27 Feb"} }, change: creation("A.B"),
			action: Blocked, route: None, reason: "request pending approval since 27 Feb"},
		{why: "a row with an error is blocked for that reason", set: func(o *Options) { o.SkipInvalid = true },
			change: diff.Change{Kind: diff.Blocked, Key: "a", Desired: wanted(9, "a"), Findings: []schema.Finding{{Severity: schema.Warning, Message: "w"}, {Severity: schema.Error, Message: "the mail is broken"}}},
			action: Blocked, route: None, reason: "the mail is broken"},
		{why: "a suspected rename", change: diff.Change{Kind: diff.Rename, Key: "k.ono", Desired: wanted(5, "K.Ono"), Current: person("k.ono"), Findings: []schema.Finding{{Severity: schema.Error, Message: "K.Ono and k.ono differ only in case"}}},
			action: Blocked, route: None, reason: "suspected rename: K.Ono and k.ono differ only in case"},

		{why: "missing people are kept unless said otherwise", change: missing("a"), action: Untouched, route: None, reason: "--on-missing keep"},
		{why: "missing people end", set: func(o *Options) { o.OnMissing = EndMissing }, change: missing("a"),
			action: End, route: Patch, reason: "endDate 2026-03-02", fields: []schema.FieldChange{to("endDate", "2026-12-31T23:59:59-05:00", "2026-03-02T23:59:59-05:00")}},
		{why: "an end only ever moves earlier", set: func(o *Options) { o.OnMissing = EndMissing }, change: missing("a", "endDate", "2026-02-01T00:00:00Z"),
			action: Untouched, route: None, reason: "already ended on 2026-01-31"},
		{why: "who ends later on that very day is left alone, though by UTC it is another day", set: func(o *Options) {
			o.OnMissing = EndMissing
			o.EndDate = time.Date(2026, 3, 2, 12, 0, 0, 0, newYork(t))
		}, change: missing("a", "endDate", "2026-03-03T04:30:00Z"), action: Untouched, route: None, reason: "already ends on that day, 2026-03-02"},
		{why: "who has not started yet cannot end", set: func(o *Options) { o.OnMissing = EndMissing }, change: missing("a", "startDate", "2026-04-01T00:00:00-04:00"),
			action: Blocked, route: None, reason: "starts on 2026-04-01, after the end date 2026-03-02"},
		{why: "an end date that nobody can read is not overwritten", set: func(o *Options) { o.OnMissing = EndMissing }, change: missing("a", "endDate", "soon"),
			action: Blocked, route: None, reason: `endDate "soon" cannot be read`},
		{why: "who has no end date gets one", set: func(o *Options) { o.OnMissing = EndMissing }, change: missing("a", "endDate", ""),
			action: End, route: Patch, fields: []schema.FieldChange{to("endDate", "", "2026-03-02T23:59:59-05:00")}},
		{why: "missing people are deleted only on request", set: func(o *Options) { o.OnMissing = DeleteMissing }, change: missing("a"), action: Delete, route: BulkDelete, reason: "--on-missing delete"},
		{why: "who ended a week ago is not deleted after 30 days", set: func(o *Options) { o.OnMissing, o.DeleteAfter = DeleteMissing, 30*24*time.Hour }, change: missing("a", "endDate", "2026-02-23T00:00:00Z"),
			action: Untouched, route: None, reason: "its end on 2026-02-22 is not 30 days ago"},
		{why: "who ended last year is", set: func(o *Options) { o.OnMissing, o.DeleteAfter = DeleteMissing, 30*24*time.Hour }, change: missing("a", "endDate", "2025-12-31T00:00:00Z"),
			action: Delete, route: BulkDelete},
		{why: "who never ended is not", set: func(o *Options) { o.OnMissing, o.DeleteAfter = DeleteMissing, 30*24*time.Hour }, change: missing("a", "endDate", ""),
			action: Untouched, route: None, reason: "no end date"},

		{why: "missing people outside the scope are nobody's business", set: func(o *Options) { o.OnMissing, o.Scope = DeleteMissing, Scope{"vendor", "Globex"} }, change: missing("a"),
			action: Untouched, route: None, reason: `outside the scope vendor=Globex (vendor is "ACME")`},
		{why: "nor may a list reach out of its scope", set: func(o *Options) { o.Scope = Scope{"vendor", "Globex"} }, change: updateOf("a", to("manager", "jane.doe", "p.meyer")),
			action: Blocked, route: None, reason: "the record in the tenant is outside the scope"},
		{why: "nor create outside it", set: func(o *Options) { o.Scope = Scope{"vendor", "Globex"} }, change: creation("a"), action: Blocked, route: None, reason: "the row is outside the scope"},
		{why: "nor move somebody out of it", set: func(o *Options) { o.Scope = Scope{"vendor", "acme"} }, change: updateOf("a", to("vendor", "ACME", "Globex")),
			action: Blocked, route: None, reason: "would leave the scope vendor=acme"},
	} {
		o := options(t)
		if test.set != nil {
			test.set(&o)
		}
		p, err := build(t, o, test.change)
		if err != nil {
			t.Errorf("%s: %v", test.why, err)
			continue
		}
		op := p.Operations[0]
		if op.Action != test.action || op.Route != test.route || !strings.Contains(op.Reason, test.reason) {
			t.Errorf("%s: %s by %s because %q, want %s by %s because …%s…", test.why, op.Action, op.Route, op.Reason, test.action, test.route, test.reason)
		}
		if diff := cmp.Diff(test.fields, op.Fields); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", test.why, diff)
		}
		if !op.Action.Sent() && op.Reason == "" {
			t.Errorf("%s: nothing is sent and nothing says why", test.why)
		}
		if c := test.change.Current; c != nil && op.Fingerprint != RecordFingerprint(*c, p.Header.Managed) {
			t.Errorf("%s: the fingerprint is not that of the record", test.why)
		}
	}
}

func many(n int, make func(name string) diff.Change) []diff.Change {
	var out []diff.Change
	for i := range n {
		out = append(out, make("p"+grouped(int64(i))))
	}
	return out
}

func TestLimits(t *testing.T) {
	limit := func(s string) Limit {
		l, err := ParseLimit(s)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	manager := func(name string) diff.Change { return updateOf(name, to("manager", "jane.doe", "p.meyer")) }
	ended := func(name string) diff.Change {
		return updateOf(name, to("endDate", "2026-12-31T23:59:59-05:00", "2025-12-31T23:59:59-05:00"))
	}
	gone := func(name string) diff.Change { return missing(name) }
	broken := func(name string) diff.Change {
		return diff.Change{Kind: diff.Blocked, Key: name, Findings: []schema.Finding{{Severity: schema.Error, Message: "x"}}}
	}
	for _, test := range []struct {
		why     string
		set     func(*Options)
		seen    diff.Summary
		changes []diff.Change
		want    string // of the error; empty for a safe plan
		hint    string
	}{
		{why: "5% of 1,000 is 50", set: func(o *Options) { o.OnMissing, o.Limits = DeleteMissing, Limits{} }, changes: many(50, gone)},
		{why: "51 is more", set: func(o *Options) { o.OnMissing, o.Limits = DeleteMissing, Limits{} }, changes: many(51, gone),
			want: "refusing to plan 51 deletes: 5.1% of 1,000 records, limit 5% (--max-removals)", hint: "if it is really meant:  --allow-removals 51"},
		{why: "the exact number is allowed", set: func(o *Options) { o.OnMissing, o.Limits = DeleteMissing, Limits{AllowRemovals: 51} }, changes: many(51, gone)},
		{why: "another number is not", set: func(o *Options) { o.OnMissing, o.Limits = DeleteMissing, Limits{AllowRemovals: 52} }, changes: many(51, gone),
			want: "--allow-removals 52 allows exactly that many and no others", hint: "if it is really meant:  --allow-removals 51"},
		{why: "ends are removals", set: func(o *Options) { o.OnMissing, o.Limits = EndMissing, Limits{MaxRemovals: limit("2")} }, changes: many(3, gone), want: "refusing to plan 3 ends: 0.3% of 1,000 records, limit 2 (--max-removals)"},
		{why: "so are updates that end somebody now or in the past", set: func(o *Options) { o.Limits = Limits{MaxRemovals: limit("2")} }, changes: many(3, ended), want: "refusing to plan 3 removals"},
		{why: "an update of an end that was over already is none", set: func(o *Options) { o.Limits = Limits{MaxRemovals: limit("0")} },
			changes: []diff.Change{{Kind: diff.Update, Key: "a", Desired: wanted(1, "a"), Current: person("a", "endDate", "2026-01-01T00:00:00Z"), Fields: []schema.FieldChange{to("endDate", "2026-01-01T00:00:00Z", "2025-12-01T00:00:00Z")}}}},
		{why: "a percentage is never below one", set: func(o *Options) { o.OnMissing, o.Limits = DeleteMissing, Limits{MinInput: NoLimit()} }, seen: diff.Summary{Desired: 3, Current: 4}, changes: many(1, gone)},
		{why: "none bounds nothing", set: func(o *Options) { o.OnMissing, o.Limits = DeleteMissing, Limits{MaxRemovals: NoLimit()} }, changes: many(900, gone)},
		{why: "updates", set: func(o *Options) { o.Limits = Limits{} }, changes: many(301, manager), want: "refusing to plan 301 updates: 30.1% of 1,000 records, limit 30% (--max-updates)", hint: "--max-updates 301"},
		{why: "creates are free", set: func(o *Options) { o.Limits = Limits{} }, changes: many(999, creation)},
		{why: "unless bounded", set: func(o *Options) { o.Limits = Limits{MaxCreates: limit("1%")} }, changes: many(11, creation), want: "refusing to plan 11 creates", hint: "--max-creates 11"},
		{why: "a list that shrank", set: func(o *Options) { o.OnMissing, o.Limits = DeleteMissing, Limits{} }, seen: diff.Summary{Desired: 23, Current: 1262}, changes: many(1239, gone),
			want: "refusing to plan 1,239 deletes: 98.2% of 1,262 records, limit 5% (--max-removals)\n  the input has 23 rows, 1.8% of the remote (--min-input 70%): is this the whole list?",
			hint: "if it is really meant:  --allow-removals 1239 --min-input 23"},
		{why: "a short list that removes nobody is not looked at twice", set: func(o *Options) { o.Limits = Limits{} }, seen: diff.Summary{Desired: 23, Current: 1262}, changes: many(1239, gone)},
		{why: "an empty list", set: func(o *Options) { o.Limits = Limits{} }, seen: diff.Summary{Current: 10}, changes: many(10, gone), want: "empty list", hint: "--allow-empty"},
		{why: "an empty list that is meant still removes nobody beyond the limit", set: func(o *Options) { o.OnMissing, o.Limits = EndMissing, Limits{AllowEmpty: true} }, seen: diff.Summary{Current: 10}, changes: many(10, gone),
			want: "refusing to plan 10 ends: 100.0% of 10 records", hint: "if it is really meant:  --allow-removals 10"},
		{why: "the source is full", seen: diff.Summary{Desired: 9, Current: 19_999}, changes: many(2, creation), want: "the source would hold 20,001 records, and it has room for 20,000", hint: "another source"},
		{why: "deletes make room", set: func(o *Options) { o.OnMissing = DeleteMissing }, seen: diff.Summary{Desired: 9, Current: 20_000}, changes: append(many(2, creation), many(2, gone)...)},
		{why: "a part of a list tells nobody to be missing, with no flag that helps", set: func(o *Options) { o.OnMissing, o.Partial = EndMissing, "it carries the column nelm_row" }, changes: many(1, gone),
			want: "refusing --on-missing end: it carries the column nelm_row", hint: "--on-missing keep"},
		{why: "which may be known only at its end", set: func(o *Options) {
			o.OnMissing = DeleteMissing
			o.Settled = func() (Input, string) { return Input{Rows: 990}, "it ends inside a quoted value" }
		}, changes: many(1, gone), want: "it ends inside a quoted value", hint: "give the whole list"},
		{why: "and rows without a key make it a part", set: func(o *Options) { o.OnMissing = DeleteMissing }, seen: diff.Summary{Desired: 990, Current: 1000, NoKey: 2}, changes: many(1, gone), want: "the key of 2 rows cannot be read"},
		{why: "a part of a list is welcome where missing people are kept", set: func(o *Options) { o.Partial = "it carries the column nelm_row" }, changes: many(1, gone)},
		{why: "30% of 990 rows may be left out", set: func(o *Options) { o.SkipInvalid, o.Limits = true, Limits{} }, changes: many(297, broken)},
		{why: "a row more is a list that is broken as a whole", set: func(o *Options) { o.SkipInvalid, o.Limits = true, Limits{} }, changes: many(298, broken),
			want: "refusing to leave out 298 rows with errors: 30.1% of 990 rows, limit 30% (--max-invalid)", hint: "if it is really meant:  --max-invalid 298"},
		{why: "unless it is meant", set: func(o *Options) { o.SkipInvalid, o.Limits = true, Limits{MaxInvalid: NoLimit()} }, changes: many(990, broken)},
		{why: "what the tenant holds back is no fault of the list", set: func(o *Options) {
			o.SkipInvalid, o.Limits = true, Limits{MaxInvalid: LimitOf(0)}
			o.Pending = map[string]string{"p0": "a request waits for approval"}
		}, changes: many(1, creation)},
		{why: "rows with errors", changes: []diff.Change{{Kind: diff.Blocked, Key: "a", Findings: []schema.Finding{{Severity: schema.Error, Message: "x"}}}}, want: "1 row of the list has an error"},
	} {
		o := options(t)
		if test.set != nil {
			test.set(&o)
		}
		if test.seen.Current == 0 {
			test.seen = diff.Summary{Desired: 990, Current: 1000}
		}
		p, err := buildOf(t, o, test.seen, test.changes...)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", test.why, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want …%s…", test.why, err, test.want)
		}
		if p.Trailer.Safe != (err == nil) {
			t.Errorf("%s: the plan says safe %t", test.why, p.Trailer.Safe)
		}
		if int64(len(p.Operations)) != p.Trailer.Counts.Operations() || len(p.Operations) != len(test.changes) {
			t.Errorf("%s: the refused plan is not whole: %d operations", test.why, len(p.Operations))
		}
		var le *LimitError
		if errors.As(err, &le) && !strings.Contains(le.Hint(), test.hint) {
			t.Errorf("%s: the hint is %q, want …%s…", test.why, le.Hint(), test.hint)
		}
	}
}

func TestParseLimit(t *testing.T) {
	for _, test := range []struct {
		in    string
		of    int64
		bound int64
	}{{"5%", 1262, 63}, {"5%", 3, 1}, {"0%", 1000, 1}, {"2.5%", 1000, 25}, {"0.05%", 10_000, 5}, {"100%", 7, 7}, {"12", 5, 12}, {"0", 5, 0}, {"none", 5, -1}} {
		l, err := ParseLimit(test.in)
		if err != nil || l.Bound(test.of) != test.bound || l.String() != test.in {
			t.Errorf("ParseLimit(%q) = %s bounding %d of %d, %v; want %d", test.in, l, l.Bound(test.of), test.of, err, test.bound)
		}
	}
	for _, in := range []string{"-1", "5 %", "%", "101%", "1.234%", "1.%", "many", "1e3", " 5"} {
		if l, err := ParseLimit(in); err == nil {
			t.Errorf("ParseLimit(%q) = %s, want an error", in, l)
		}
	}
}

func TestZoneShift(t *testing.T) {
	base := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	moved := func(by ...time.Duration) []diff.Change {
		var out []diff.Change
		for _, d := range by {
			out = append(out, updateOf("a", to("endDate", base.Format(time.RFC3339), base.Add(d).Format(time.RFC3339))))
		}
		return out
	}
	const h = time.Hour
	for _, test := range []struct {
		why     string
		moves   []time.Duration
		allowed bool
		want    string
	}{
		{why: "everything by five hours is a wrong zone", moves: []time.Duration{-5 * h, -5 * h, -5 * h, -5 * h, -5 * h}, want: "5 of 5 moved dates move by the same -5h"},
		{why: "so is everything by one day", moves: []time.Duration{24 * h, 24 * h, 24 * h, 24 * h, 720 * h}, want: "4 of 5 moved dates move by the same 24h"},
		{why: "summer time splits one shift in two", moves: []time.Duration{-5 * h, -5 * h, -4 * h, -4 * h, -4 * h, 720 * h, 720 * h}, want: "5 of 7 moved dates"},
		{why: "half an hour's zone", moves: []time.Duration{5*h + h/2, 5*h + h/2, 5*h + h/2, 5*h + h/2, 5*h + h/2}, want: "the same 5h30m"},
		{why: "extensions are meant", moves: []time.Duration{4416 * h, 4416 * h, 4416 * h, 4416 * h, 4416 * h}},
		{why: "half is not most", moves: []time.Duration{-5 * h, -5 * h, -5 * h, 720 * h, 720 * h, 720 * h}},
		{why: "of a few nothing can be said", moves: []time.Duration{24 * h, 24 * h, 24 * h, 24 * h}},
		{why: "unless it is meant", moves: []time.Duration{24 * h, 24 * h, 24 * h, 24 * h, 24 * h}, allowed: true},
	} {
		o := options(t)
		o.ZoneShiftOK = test.allowed
		_, err := build(t, o, moved(test.moves...)...)
		if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "E-ZONE-SHIFT")) {
			t.Errorf("%s: got %v, want …%s…", test.why, err, test.want)
		}
	}
}

func TestRoutes(t *testing.T) {
	manager := func(name string) diff.Change { return updateOf(name, to("manager", "jane.doe", "p.meyer")) }
	clear := func(name string) diff.Change { return updateOf(name, to("vendor", "ACME", "")) }
	for _, test := range []struct {
		why     string
		set     func(*Options)
		changes []diff.Change
		want    map[Class]Route
	}{
		{why: "600 patches fit", changes: many(600, manager), want: map[Class]Route{ClassUpdate: Patch}},
		{why: "601 do not", changes: many(601, manager), want: map[Class]Route{ClassUpdate: Upload}},
		{why: "ends count, and go by patch where they fit alone", set: func(o *Options) { o.OnMissing = EndMissing }, changes: append(many(590, manager), many(11, func(n string) diff.Change { return missing(n) })...), want: map[Class]Route{ClassUpdate: Upload, ClassEnd: Patch}},
		{why: "many ends go by upload", set: func(o *Options) { o.OnMissing = EndMissing }, changes: many(601, func(n string) diff.Change { return missing(n) }), want: map[Class]Route{ClassEnd: Upload}},
		{why: "clearing is always by patch", changes: append(many(600, manager), many(2, clear)...), want: map[Class]Route{ClassUpdate: Upload, ClassClear: Patch}},
		{why: "patch on request", set: func(o *Options) { o.Route = "patch" }, changes: many(601, manager), want: map[Class]Route{ClassUpdate: Patch}},
		{why: "upload on request", set: func(o *Options) { o.Route = "bulk" }, changes: many(1, manager), want: map[Class]Route{ClassUpdate: Upload}},
	} {
		o := options(t)
		if test.set != nil {
			test.set(&o)
		}
		p, err := build(t, o, test.changes...)
		if err != nil {
			t.Errorf("%s: %v", test.why, err)
		}
		got := map[Class]Route{}
		for _, rc := range p.Trailer.Routes {
			got[rc.Class] = rc.Route
			if rc.Reason == "" {
				t.Errorf("%s: no reason for %s by %s", test.why, rc.Class, rc.Route)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
}

func TestRequests(t *testing.T) {
	o := options(t)
	o.OnMissing = DeleteMissing
	p, err := build(t, o, append(many(30, creation), many(101, func(n string) diff.Change { return missing(n) })...)...)
	if err != nil {
		t.Fatal(err)
	}
	want := Requests{Reads: 4 + 4, Uploads: 7, Deletes: 2, Other: 4, Total: 21, Seconds: 0}
	if diff := cmp.Diff(want, p.Trailer.Requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if p, err = build(t, options(t)); err != nil || p.Trailer.Requests.Total != 0 || !p.Trailer.Safe {
		t.Errorf("a plan of nothing takes %d requests, safe %t, %v; want none, safe", p.Trailer.Requests.Total, p.Trailer.Safe, err)
	}
}

func TestDeletesFirst(t *testing.T) {
	o := options(t)
	o.OnMissing = DeleteMissing
	for _, test := range []struct {
		why     string
		current int64
		want    bool
	}{{"there is room for both", 19_998, false}, {"there is not", 20_000, true}} {
		p, err := buildOf(t, o, diff.Summary{Desired: 9, Current: test.current}, creation("a"), creation("b"), missing("c"), missing("d"))
		if err != nil || p.Trailer.DeletesFirst != test.want {
			t.Errorf("%s: deletes first %t, %v; want %t", test.why, p.Trailer.DeletesFirst, err, test.want)
		}
	}
}

func TestSameFingerprint(t *testing.T) {
	for _, test := range []struct {
		why, said string
		same      bool
	}{
		{"as it is written", "k7q0-3a19-c2mt-8wpx", true},
		{"in capitals", "K7Q0-3A19-C2MT-8WPX", true},
		{"without groups, or in others", "k7q03a 19c2mt 8wpx", true},
		{"with letters that are none of its", "k7qo-3ai9-c2mt-8wpx", true},
		{"an l for the one", "k7q0-3al9-c2mt-8wpx", true},
		{"another letter", "k7q0-3a19-c2mt-8wpy", false},
		{"cut off", "k7q0-3a19-c2mt", false},
	} {
		if got := SameFingerprint(test.said, "k7q0-3a19-c2mt-8wpx"); got != test.same {
			t.Errorf("%s: %t, want %t", test.why, got, test.same)
		}
	}
}

func TestFingerprintOfAPlan(t *testing.T) {
	change := updateOf("a", to("manager", "jane.doe", "p.meyer"))
	first, err := build(t, options(t), change)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		why  string
		set  func(*Options)
		same bool
	}{
		{"made again later from a file of another name", func(o *Options) { o.Now, o.Input = o.Now.Add(time.Hour), Input{File: "other.csv"} }, true},
		{"for another tenant", func(o *Options) { o.Source.Tenant.ID = "t2" }, false},
		{"for another source", func(o *Options) { o.Source.SourceID = "2ca" }, false},
		{"by another route", func(o *Options) { o.Route = "bulk" }, false},
		{"under another limit", func(o *Options) { o.Limits.MaxUpdates = LimitOf(3) }, false},
	} {
		o := options(t)
		test.set(&o)
		p, err := build(t, o, change)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Trailer.Fingerprint == first.Trailer.Fingerprint; got != test.same {
			t.Errorf("%s: same fingerprint %t, want %t", test.why, got, test.same)
		}
		if (p.Header.ID == first.Header.ID) && test.why == "made again later from a file of another name" {
			t.Error("two plans have one id")
		}
	}
}

func TestBuildFails(t *testing.T) {
	broken := errors.New("row 9: connection reset")
	_, err := Build(func(func(diff.Change) error) (diff.Summary, error) { return diff.Summary{}, broken }, &bytes.Buffer{}, options(t))
	if !errors.Is(err, broken) {
		t.Errorf("a failed read gives %v, want it to come through", err)
	}
	for _, test := range []struct {
		why  string
		set  func(*Options)
		emit diff.Change
		want string
	}{
		{why: "no time", set: func(o *Options) { o.Now = time.Time{} }, want: "time of planning"},
		{why: "no schema", set: func(o *Options) { o.Schema = nil }, want: "schema"},
		{why: "no column", set: func(o *Options) { o.Managed = nil }, want: "no column"},
		{why: "ends without a day", set: func(o *Options) { o.OnMissing, o.EndDate = EndMissing, time.Time{} }, want: "end date"},
		{why: "an unknown route", set: func(o *Options) { o.Route = "fax" }, want: "no route"},
		{why: "patches by an application", set: func(o *Options) { o.Route, o.Access = "patch", schema.Access{} }, want: "refuses an application's patches"},
		{why: "a record that cannot be addressed", emit: diff.Change{Kind: diff.Missing, Key: "a", Current: &schema.Record{Names: fields, Values: person("a").Values}}, want: "without an id"},
		{why: "a part of the source was compared", set: func(o *Options) { o.Read.Records = 1001 }, want: "nothing can be planned on a part"},
	} {
		o := options(t)
		if test.set != nil {
			test.set(&o)
		}
		_, err := Build(func(emit func(diff.Change) error) (diff.Summary, error) {
			if test.emit.Kind != "" {
				if err := emit(test.emit); err != nil {
					return diff.Summary{}, err
				}
			}
			return diff.Summary{Desired: 1, Current: 1000}, nil
		}, &bytes.Buffer{}, o)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want …%s…", test.why, err, test.want)
		}
	}
}
