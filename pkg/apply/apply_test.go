package apply

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A draft makes plans for a tenant as it is now, with the operations in the order in which they are asked for.
type draft struct {
	t      *tenant
	p      *plan.Plan
	routes map[plan.Class]plan.Route
}

func newDraft(t *tenant) *draft {
	names := t.schema.Names()
	return &draft{t: t, routes: make(map[plan.Class]plan.Route), p: &plan.Plan{
		Header: plan.Header{
			ID: "plan-1", Created: t.clock.Now(), Source: t.source,
			Schema:  plan.Schema{Fingerprint: t.schema.Fingerprint(), Names: names, Attributes: t.schema.Attributes},
			Managed: names,
			Options: plan.Settings{OnMissing: plan.DeleteMissing, Zone: "UTC", Blank: "keep"},
			Access:  t.access,
		},
		Trailer: plan.Trailer{Safe: true},
	}}
}

func (d *draft) manage(names ...string) *draft {
	d.p.Header.Managed = names
	return d
}

func (d *draft) add(op plan.Operation, r plan.Route) *draft {
	op.Type, op.N, op.Route, op.Row = "operation", int64(len(d.p.Operations)+1), r, int64(len(d.p.Operations)+2)
	d.p.Operations = append(d.p.Operations, op)
	if class := op.Class(); class != "" {
		d.routes[class] = r
	}
	c := &d.p.Trailer.Counts
	switch op.Action {
	case plan.Create:
		c.Create++
	case plan.Update:
		c.Update++
	case plan.End:
		c.End++
	case plan.Delete:
		c.Delete++
	case plan.Untouched:
		c.Untouched++
	}
	return d
}

func (d *draft) create(account string, values ...string) *draft {
	op := plan.Operation{Action: plan.Create, AccountName: account}
	full := row(account, values...)
	for i, name := range d.p.Header.Schema.Names {
		if i < len(full) && slices.Contains(d.p.Header.Managed, name) {
			op.Fields = append(op.Fields, schema.FieldChange{Attribute: name, New: full[i]})
		}
	}
	return d.add(op, plan.Upload)
}

// change plans an update; changes are attribute and new value by turns.
func (d *draft) change(account string, route plan.Route, changes ...string) *draft {
	op := d.existing(account, plan.Update)
	rec, _ := d.t.byName(account)
	for i := 0; i < len(changes); i += 2 {
		old, _ := rec.Get(changes[i])
		op.Fields = append(op.Fields, schema.FieldChange{Attribute: changes[i], Old: old, New: changes[i+1]})
	}
	return d.add(op, route)
}

func (d *draft) remove(account string) *draft {
	return d.add(d.existing(account, plan.Delete), plan.BulkDelete)
}

func (d *draft) existing(account string, action plan.Action) plan.Operation {
	rec, ok := d.t.byName(account)
	if !ok {
		panic("no record " + account)
	}
	op := plan.Operation{Action: action, AccountName: account, ID: rec.ID, Fingerprint: plan.RecordFingerprint(rec, d.p.Header.Managed)}
	for _, name := range d.p.Header.Managed {
		v, _ := rec.Get(name)
		op.Current = append(op.Current, v)
	}
	return op
}

// plan writes the draft as a file and reads it, so that it is a plan like any other.
func (d *draft) plan(t testing.TB) *plan.Plan {
	t.Helper()
	d.p.Trailer.Routes = nil
	for class, route := range d.routes {
		d.p.Trailer.Routes = append(d.p.Trailer.Routes, plan.RouteCount{Class: class, Route: route, Operations: 1, Reason: "test"})
	}
	slices.SortFunc(d.p.Trailer.Routes, func(a, b plan.RouteCount) int { return strings.Compare(string(a.Class), string(b.Class)) })
	var b bytes.Buffer
	if err := d.p.Write(&b); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func options(t *tenant, f *folder) Options {
	return Options{Begin: func() (Folder, error) { return f, nil }, Payload: payload, Judge: judge, Clock: t.clock}
}

// states are the outcomes in short: "a.b verified".
func states(r Result) []string {
	var s []string
	for _, o := range r.Outcomes {
		s = append(s, o.AccountName+" "+string(o.State))
	}
	return s
}

func writes(t *tenant) int {
	return t.calls["upload"] + t.calls["create"] + t.calls["patch"] + t.calls["delete"]
}

func TestRunCarriesOutAPlan(t *testing.T) {
	ten := newTenant("vendor")
	ten.add("ana", "Ana", "Old", "1", "a@x.org", "boss", "2026-01-01T00:00:00Z", "2026-06-30T23:59:59Z", "ACME")
	ten.add("ben", "Ben", "Keep", "2", "b@x.org", "boss", "2026-01-01T00:00:00Z", "2026-06-30T23:59:59Z", "ACME")
	ten.add("cleo", "Cleo", "Gone", "3", "c@x.org", "boss", "2026-01-01T00:00:00Z", "2026-06-30T23:59:59Z", "ACME")
	ten.add("dora", "Dora", "Other", "4", "d@x.org", "boss", "2026-01-01T00:00:00Z", "2026-06-30T23:59:59Z", "ACME")
	p := newDraft(ten).manage("accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate").
		change("ana", plan.Patch, "lastName", "New", "endDate", "2026-12-31T23:59:59Z").
		create("emil", "Emil", "Fresh", "5", "e@x.org", "boss", "2026-02-01T00:00:00Z", "2026-08-31T23:59:59Z").
		remove("cleo").
		add(plan.Operation{Action: plan.Untouched, AccountName: "dora", Reason: "missing from the list"}, plan.None).
		plan(t)
	f := newFolder()
	var asked Summary
	o := options(ten, f)
	o.Confirm = func(s Summary) error { asked = s; return nil }
	var claimed []string
	o.Claim = func(f Folder) error { claimed = append(claimed, f.Name()); return nil }
	res, err := Run(t.Context(), p, ten, o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ana verified", "emil verified", "cleo verified"}, states(res)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	want := map[string]string{
		"ana":  "Ana|New|1|a@x.org|boss|2026-01-01T00:00:00Z|2026-12-31T23:59:59Z|ACME",
		"ben":  "Ben|Keep|2|b@x.org|boss|2026-01-01T00:00:00Z|2026-06-30T23:59:59Z|ACME",
		"dora": "Dora|Other|4|d@x.org|boss|2026-01-01T00:00:00Z|2026-06-30T23:59:59Z|ACME",
		"emil": "Emil|Fresh|5|e@x.org|boss|2026-02-01T00:00:00Z|2026-08-31T23:59:59Z|",
	}
	if diff := cmp.Diff(want, ten.content()); diff != "" {
		t.Errorf("tenant (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"create emil", "patch ana", "delete cleo"}, ten.log); diff != "" {
		t.Errorf("writes in order (-want +got):\n%s", diff)
	}
	if asked.Counts.Create != 1 || asked.Counts.Update != 1 || asked.Counts.Delete != 1 || asked.Records != 4 {
		t.Errorf("asked to confirm %+v", asked)
	}
	if len(claimed) != 1 {
		t.Errorf("the plan was claimed %d times", len(claimed))
	}

	saved, err := ReadSnapshot(bytes.NewReader(f.files[SnapshotFile]))
	if err != nil {
		t.Fatal(err)
	}
	if len(saved.Records) != 4 || saved.Records[0].ID != "id-00001" || saved.Records[0].Modified == "" {
		t.Errorf("the snapshot has %+v, want the four records as they were, with id and time", saved.Records)
	}
	if v, _ := saved.Records[0].Get("lastName"); v != "Old" {
		t.Errorf("the snapshot has ana as %q, want the value before", v)
	}
	read, err := ReadResult(bytes.NewReader(f.files[ResultFile]))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(res, read, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("result.json (-returned +written):\n%s", diff)
	}
	again, err := plan.Read(bytes.NewReader(f.files[PlanFile]))
	if err != nil {
		t.Fatal(err)
	}
	if again.Trailer.Fingerprint != p.Trailer.Fingerprint {
		t.Errorf("the saved plan has fingerprint %s, want %s", again.Trailer.Fingerprint, p.Trailer.Fingerprint)
	}
}

func TestRunRefusesBeforeAnythingIsSent(t *testing.T) {
	type world struct {
		ten *tenant
		p   *plan.Plan
		o   *Options
	}
	for _, test := range []struct {
		why   string
		spoil func(w world)
		want  any // pointer to the error's type
	}{
		{"another tenant, although the source looks the same", func(w world) { w.ten.source.Tenant.ID = "t-2" }, new(*WrongPlaceError)},
		{"another source of the tenant", func(w world) { w.ten.source.SourceID = "2c9181" }, new(*WrongPlaceError)},
		{"an attribute was added to the source since", func(w world) {
			w.ten.schema.Attributes = append(w.ten.schema.Attributes, schema.Attribute{TechnicalName: "vendor", Type: schema.Text})
		}, new(*WrongPlaceError)},
		{"the plan broke a limit", func(w world) {
			w.p.Trailer.Safe = false
			w.p.Trailer.Refusals = []plan.Refusal{{Message: "too many deletes"}}
		}, new(*UnsafeError)},
		{"not the plan that was reviewed", func(w world) { w.o.Expect = "aaaa-bbbb-cccc-dddd" }, new(*ExpectError)},
		{"an application's token cannot patch", func(w world) { w.ten.access = schema.Access{Admin: true} }, new(*DeniedError)},
		{"an owner's token may only move end dates", func(w world) { w.ten.access.Admin = false }, new(*DeniedError)},
		{"somebody's upload is running", func(w world) {
			w.ten.jobs = append(w.ten.jobs, &uploadJob{hang: true})
		}, new(*BusyError)},
		{"a record that is to change has changed", func(w world) { w.ten.set("ana", "lastName", "Other") }, new(*StaleError)},
		{"a record that is to change is gone", func(w world) { delete(w.ten.records, "id-00001") }, new(*StaleError)},
		{"an account that is to be created exists now", func(w world) { w.ten.add("emil") }, new(*StaleError)},
		{"a record that is to be deleted has changed", func(w world) { w.ten.set("cleo", "endDate", "2027-01-01T00:00:00Z") }, new(*StaleError)},
		{"the source is full", func(w world) {
			for i := range schema.MaxRecords {
				w.ten.add(fmt.Sprint("x", i))
			}
		}, new(*CapacityError)},
	} {
		t.Run(test.why, func(t *testing.T) {
			ten := newTenant()
			ten.add("ana")
			ten.add("cleo")
			p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").create("emil").create("fay").remove("cleo").plan(t)
			o := options(ten, nil)
			o.Begin = func() (Folder, error) { t.Error("a run was begun"); return newFolder(), nil }
			o.Confirm = func(Summary) error { t.Error("a person was asked"); return nil }
			test.spoil(world{ten, p, &o})
			_, err := Run(t.Context(), p, ten, o)
			if err == nil || !errors.As(err, test.want) {
				t.Errorf("got %v, want a %T", err, test.want)
			}
			if writes(ten) > 0 {
				t.Errorf("%d writes were sent", writes(ten))
			}
		})
	}
}

func TestRunLooksAgainAfterALongConfirmation(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	o := options(ten, newFolder())
	o.Confirm = func(Summary) error {
		ten.set("ana", "lastName", "Meanwhile")
		return ten.clock.Sleep(t.Context(), time.Hour)
	}
	var stale *StaleError
	if _, err := Run(t.Context(), p, ten, o); !errors.As(err, &stale) || writes(ten) > 0 {
		t.Errorf("got %v after %d writes, want a *StaleError after none", err, writes(ten))
	}
}

func TestRunDeclined(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	o := options(ten, nil)
	o.Begin = func() (Folder, error) { t.Error("a run was begun"); return newFolder(), nil }
	no := errors.New("no")
	o.Confirm = func(Summary) error { return no }
	if _, err := Run(t.Context(), p, ten, o); err != no || writes(ten) > 0 {
		t.Errorf("got %v after %d writes, want the person's no", err, writes(ten))
	}
}

func TestDryRunEndsAfterThePreflight(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").create("emil").plan(t)
	res, err := Run(t.Context(), p, ten, Options{DryRun: true, Payload: payload, Clock: ten.clock})
	if err != nil || writes(ten) > 0 {
		t.Fatalf("got %v after %d writes", err, writes(ten))
	}
	if res.Planned != 2 || res.Skipped != 2 {
		t.Errorf("got %s, want two skipped", &res)
	}
	ten.set("ana", "lastName", "Meanwhile")
	var stale *StaleError
	if _, err := Run(t.Context(), p, ten, Options{DryRun: true, Payload: payload, Clock: ten.clock}); !errors.As(err, &stale) {
		t.Errorf("got %v, want what a real run would say", err)
	}
}

func TestSkipDriftedLeavesOutExactlyTheMoved(t *testing.T) {
	ten := newTenant()
	for _, name := range []string{"ana", "ben", "cleo"} {
		ten.add(name)
	}
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New").remove("cleo").create("emil").plan(t)
	ten.set("ana", "lastName", "Meanwhile")
	ten.add("emil", "Somebody", "Else")
	o := options(ten, newFolder())
	o.SkipDrifted = true
	var asked Summary
	o.Confirm = func(s Summary) error { asked = s; return nil }
	res, err := Run(t.Context(), p, ten, o)
	var partial *PartialError
	if !errors.As(err, &partial) {
		t.Fatalf("got %v, want a *PartialError", err)
	}
	if diff := cmp.Diff([]string{"ana skipped", "ben verified", "cleo verified", "emil skipped"}, states(res)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if asked.Counts.Update != 1 || asked.Counts.Create != 0 || len(asked.Skipped) != 2 {
		t.Errorf("asked to confirm %+v", asked)
	}
	if res.Resumable {
		t.Error("what moved cannot be resumed, it needs a new plan")
	}
	if diff := cmp.Diff([]string{"patch ben", "delete cleo"}, ten.log); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// What is left out takes no room.
func TestSkippedCreatesTakeNoRoom(t *testing.T) {
	ten := newTenant()
	for i := range schema.MaxRecords - 1 {
		ten.add(fmt.Sprint("x", i))
	}
	p := newDraft(ten).create("emil").change("x1", plan.Patch, "lastName", "New").plan(t)
	ten.add("emil")
	o := options(ten, newFolder())
	o.SkipDrifted = true
	if res, _ := Run(t.Context(), p, ten, o); !cmp.Equal(states(res), []string{"emil skipped", "x1 verified"}) {
		t.Errorf("got %v", states(res))
	}
}

func TestAnEmptyPlanAsksNothing(t *testing.T) {
	ten := newTenant()
	res, err := Run(t.Context(), newDraft(ten).plan(t), ten, options(ten, newFolder()))
	if err != nil || res.Planned != 0 || len(ten.calls) != 0 {
		t.Errorf("got %s, %v, calls %v", &res, err, ten.calls)
	}
}

func TestRunNeedsItsOptions(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("emil").plan(t)
	if _, err := Run(t.Context(), p, ten, Options{Payload: payload, Clock: ten.clock}); err == nil {
		t.Error("without a folder")
	}
	if _, err := Run(t.Context(), p, ten, Options{Begin: func() (Folder, error) { return newFolder(), nil }, Clock: ten.clock}); err == nil {
		t.Error("without a way to make the upload")
	}
	if len(ten.calls) > 0 {
		t.Errorf("calls %v", ten.calls)
	}
}

func TestInterruptedBeforeItBegan(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("emil").plan(t)
	ctx, cancel := context.WithCancel(t.Context())
	ten.faults.seen = func(_ *tenant, call string) {
		if call == "list" {
			cancel()
		}
	}
	o := options(ten, nil)
	o.Begin = func() (Folder, error) { t.Error("a run was begun"); return newFolder(), nil }
	var stopped *InterruptedError
	if _, err := Run(ctx, p, ten, o); !errors.As(err, &stopped) || stopped.Run != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want an *InterruptedError without a run", err)
	}
}

// A few patches in a large source are read back one by one, not by eighty pages.
func TestReadingBackTakesTheCheaperWay(t *testing.T) {
	for _, test := range []struct {
		why        string
		patches    int
		removes    int
		creates    int
		lists, get int
	}{
		{"fewer records than pages", 3, 1, 0, 1, 4},
		{"as many records as pages", 4, 0, 0, 1, 4},
		{"more records than pages", 5, 0, 0, 2, 0},
		{"an upload wants the whole list", 1, 0, 1, 2, 0},
	} {
		t.Run(test.why, func(t *testing.T) {
			ten := newTenant()
			for i := range 1000 {
				ten.add(fmt.Sprintf("x%04d", i))
			}
			d := newDraft(ten)
			for i := range test.patches {
				d.change(fmt.Sprintf("x%04d", i), plan.Patch, "lastName", "New")
			}
			for i := range test.removes {
				d.remove(fmt.Sprintf("x%04d", 999-i))
			}
			for i := range test.creates {
				d.create(fmt.Sprintf("new%d", i))
			}
			p := d.plan(t)
			res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
			if err != nil || !res.Whole() {
				t.Fatalf("%s, %v", &res, err)
			}
			if ten.calls["list"] != test.lists || ten.calls["get"] != test.get {
				t.Errorf("%d lists and %d single reads, want %d and %d", ten.calls["list"], ten.calls["get"], test.lists, test.get)
			}
		})
	}
}

func TestLoadGivesWhatUndoingNeeds(t *testing.T) {
	ten := newTenant()
	ten.add("ana", "Ana", "Old")
	ten.add("ben")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").create("emil").plan(t)
	before := ten.content()
	f := newFolder()
	if _, err := Run(t.Context(), p, ten, options(ten, f)); err != nil {
		t.Fatal(err)
	}
	after := ten.content()
	delete(after, "ben") // not touched
	s, err := Load(f)
	if err != nil {
		t.Fatal(err)
	}
	values := func(s *Snapshot) map[string]string {
		m := make(map[string]string)
		for _, r := range s.Records {
			m[r.Values[0]] = strings.Join(r.Values[1:], "|")
		}
		return m
	}
	if diff := cmp.Diff(before, values(s.Before)); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(after, values(s.After)); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	delete(f.files, ReadbackFile)
	if s, err := Load(f); err != nil || s.After != nil {
		t.Errorf("of a run that was killed: %v, %v", s.After, err)
	}
}

// A ledger checks that stages follow one another, that each counts to its total, and says which there were.
type ledger struct {
	mu     sync.Mutex
	t      *testing.T
	stages []string
	open   string
	total  int
	done   int
}

func (l *ledger) Stage(name string, total int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open != "" {
		l.t.Errorf("stage %s begins within stage %s", name, l.open)
	}
	l.stages, l.open, l.total, l.done = append(l.stages, name), name, total, 0
}

func (l *ledger) Add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == "" || n < 0 {
		l.t.Errorf("%d more of nothing", n)
	}
	l.done += n
}

func (l *ledger) End(string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == "" || l.done > l.total {
		l.t.Errorf("stage %q ends with %d of %d", l.open, l.done, l.total)
	}
	l.stages[len(l.stages)-1] += fmt.Sprintf(" %d/%d", l.done, l.total)
	l.open = ""
}

func TestProgress(t *testing.T) {
	for _, test := range []struct {
		why    string
		faults faults
		want   []string
	}{
		{"nothing is wrong", faults{}, []string{"read 3/3", "upload 2/2", "patch 1/1", "delete 1/1", "verify 4/4"}},
		{"a job takes long, so the list is read again before a delete", faults{seen: func(ten *tenant, call string) {
			if call == "patch" {
				ten.clock.Sleep(context.Background(), 10*time.Minute)
			}
		}}, []string{"read 3/3", "upload 2/2", "patch 1/1", "read 3/3", "delete 1/1", "verify 4/4"}},
		{"an upload is refused for one row", faults{reject: is("emil")}, []string{"read 3/3", "upload 2/2", "patch 1/1", "delete 1/1", "verify 2/4", "retry 2/2", "verify 3/4"}},
		{"a run that stops counts what was sent", faults{before: nth("upload", errDenied, 1)}, []string{"read 3/3", "upload 2/2", "verify 0/2"}},
		{"the job fails", faults{fail: func(n int) bool { return n == 1 }}, []string{"read 3/3", "upload 2/2", "patch 1/1", "delete 1/1", "verify 2/4", "retry 2/2", "verify 4/4"}},
	} {
		t.Run(test.why, func(t *testing.T) {
			ten := newTenant()
			for _, name := range []string{"ana", "ben", "cleo"} {
				ten.add(name)
			}
			p := newDraft(ten).create("emil").create("fay").change("ana", plan.Patch, "lastName", "New").remove("cleo").plan(t)
			ten.faults = test.faults
			l := &ledger{t: t}
			o := options(ten, newFolder())
			o.Progress = l
			if res, err := Run(t.Context(), p, ten, o); res.Whole() != (err == nil) {
				t.Errorf("%s, and the error is %v", &res, err)
			}
			if diff := cmp.Diff(test.want, l.stages); diff != "" {
				t.Errorf("stages (-want +got):\n%s", diff)
			}
		})
	}
}

// A fingerprint that was read aloud is the same one.
func TestRunTakesAFingerprintAsItIsHeard(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	o := options(ten, nil)
	o.DryRun = true
	o.Expect = strings.ToUpper(strings.ReplaceAll(p.Trailer.Fingerprint, "-", " "))
	if _, err := Run(t.Context(), p, ten, o); err != nil {
		t.Error(err)
	}
}
