package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// nth fails the given calls of one kind, and no others.
func nth(kind string, err error, which ...int) func(string, int) error {
	return func(call string, n int) error {
		if call == kind && slices.Contains(which, n) {
			return err
		}
		return nil
	}
}

func is(names ...string) func(string) bool {
	return func(account string) bool { return slices.Contains(names, account) }
}

// once is true for each account the first time only.
func once(names ...string) func(string) bool {
	seen := make(map[string]bool)
	return func(account string) bool {
		first := slices.Contains(names, account) && !seen[account]
		seen[account] = true
		return first
	}
}

func TestRunAmongFaults(t *testing.T) {
	all := []string{"ana verified", "ben verified", "cleo verified", "dan verified", "emil verified", "fay verified"}
	but := func(changes ...string) []string {
		want := slices.Clone(all)
		for _, c := range changes {
			name, _, _ := strings.Cut(c, " ")
			want[slices.IndexFunc(want, func(s string) bool { return strings.HasPrefix(s, name+" ") })] = c
		}
		return want
	}
	for _, test := range []struct {
		why    string
		faults faults
		want   []string
		calls  map[string]int // how often some were made
		says   string         // in the message of the first that is not verified
	}{
		{why: "nothing is wrong", want: all, calls: map[string]int{"upload": 1, "create": 0, "patch": 2, "delete": 1, "list": 2}},
		{why: "changes show late", faults: faults{lag: 12 * time.Second}, want: all, calls: map[string]int{"upload": 1, "create": 0, "patch": 2, "delete": 1}},
		{why: "the status is the one of an older job for a while", faults: faults{stale: 6 * time.Second}, want: all, calls: map[string]int{"upload": 1, "create": 0}},
		{why: "an uploaded row is lost", faults: faults{drop: once("emil")}, want: all, calls: map[string]int{"upload": 1, "create": 1}},
		{why: "an uploaded row is lost, and alone it is refused", faults: faults{drop: is("emil"), before: nth("create", fmt.Errorf("%w: no such manager", errRefused), 1)},
			want: but("emil not applied"), says: "no such manager"},
		{why: "a patch is answered with success and lost", faults: faults{drop: once("ana")}, want: all, calls: map[string]int{"patch": 3}},
		{why: "a patch is lost every time", faults: faults{drop: is("ana")}, want: but("ana not applied"), says: "although it took the request"},
		{why: "an uploaded row lands with another value", faults: faults{alter: is("fay")}, want: but("fay differs"), says: "other values"},
		{why: "an upload is refused for one row", faults: faults{reject: is("emil")}, want: but("emil not applied"), says: "lastName is required"},
		{why: "a patch is refused", faults: faults{reject: is("ben")}, want: but("ben not applied"), says: "no such manager", calls: map[string]int{"patch": 2}},
		{why: "the job ends in an error", faults: faults{fail: func(n int) bool { return n == 1 }}, want: all},
		{why: "the job hangs", faults: faults{hang: func(int) bool { return true }}, want: but("emil unknown", "fay unknown"), says: "may still change it", calls: map[string]int{"upload": 1, "create": 0}},
		{why: "the upload has no answer and did not arrive", faults: faults{before: nth("upload", errUnclear, 1)}, want: all, calls: map[string]int{"upload": 2}},
		{why: "the upload has no answer and did arrive", faults: faults{after: nth("upload", errUnclear, 1)}, want: all, calls: map[string]int{"upload": 1, "create": 0}},
		{why: "a patch has no answer and did not arrive", faults: faults{before: nth("patch", errUnclear, 1)}, want: all, calls: map[string]int{"patch": 3}},
		{why: "a patch has no answer and did arrive", faults: faults{after: nth("patch", errUnclear, 1)}, want: all, calls: map[string]int{"patch": 2}},
		{why: "the delete has no answer and did not arrive", faults: faults{before: nth("delete", errUnclear, 1)}, want: all, calls: map[string]int{"delete": 2}},
		{why: "the delete has no answer and did arrive", faults: faults{after: nth("delete", errUnclear, 1)}, want: all, calls: map[string]int{"delete": 1}},
		{why: "the delete spares one", faults: faults{spare: once("dan")}, want: all, calls: map[string]int{"delete": 2}},
		{why: "the delete spares one every time", faults: faults{spare: is("dan")}, want: but("dan not applied"), says: "did not delete it"},
		{why: "the delete is refused because of one id", faults: faults{strict: func(ids []string) string {
			if slices.Contains(ids, "id-00004") {
				return "id-00004"
			}
			return ""
		}}, want: but("dan not applied"), says: "id-00004"},
		{why: "the status cannot be read for a while", faults: faults{before: nth("status", errUnavailable, 2, 3)}, want: all},
		{why: "the list fails once while reading back", faults: faults{before: nth("list", errUnavailable, 2)}, want: all},
	} {
		t.Run(test.why, func(t *testing.T) {
			ten := newTenant()
			for _, name := range []string{"ana", "ben", "cleo", "dan", "other"} {
				ten.add(name)
			}
			p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New", "phone", "9").
				remove("cleo").remove("dan").create("emil").create("fay").plan(t)
			ten.faults = test.faults
			f := newFolder()
			res, err := Run(t.Context(), p, ten, options(ten, f))
			if diff := cmp.Diff(test.want, states(res)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			var partial *PartialError
			if whole := slices.Equal(test.want, all); whole && err != nil || !whole && !errors.As(err, &partial) {
				t.Errorf("got error %v", err)
			}
			for call, want := range test.calls {
				if ten.calls[call] != want {
					t.Errorf("%d calls of %s, want %d", ten.calls[call], call, want)
				}
			}
			for _, o := range res.Outcomes {
				if o.State != Verified {
					if !strings.Contains(o.Message, test.says) {
						t.Errorf("%s: message %q does not say %q", o.AccountName, o.Message, test.says)
					}
					break
				}
			}
			if sum := res.Verified + res.NotApplied + res.Differs + res.Skipped + res.Unknown; sum != res.Planned || res.Planned != len(res.Outcomes) {
				t.Errorf("the counts do not add up: %s", &res)
			}
			truthful(t, p, ten, res)
		})
	}
}

// truthful checks the one promise that everything rests on: what is called verified is so.
func truthful(t testing.TB, p *plan.Plan, ten *tenant, res Result) {
	t.Helper()
	ops := make(map[int64]*plan.Operation)
	for i := range p.Operations {
		ops[p.Operations[i].N] = &p.Operations[i]
	}
	for _, o := range res.Outcomes {
		if o.State != Verified {
			continue
		}
		op := ops[o.N]
		rec, ok := ten.byName(op.AccountName)
		if ok != (op.Action != plan.Delete) {
			t.Errorf("the %s of %s is called verified, and its record is there: %t", op.Action, op.AccountName, ok)
			continue
		}
		for _, f := range op.Fields {
			if v, _ := rec.Get(f.Attribute); v != f.New {
				t.Errorf("%s is called verified, and %s is %q, want %q", op.AccountName, f.Attribute, v, f.New)
			}
		}
	}
}

func TestDiffersSaysWhat(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Upload, "phone", "9").create("emil").plan(t)
	ten.faults.alter = is("ana", "emil")
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	var partial *PartialError
	if !errors.As(err, &partial) {
		t.Fatalf("got %v", err)
	}
	want := [][]schema.FieldChange{
		{{Attribute: "lastName", Old: "Altered", New: "Last"}}, // not even planned, but sent along and changed
		{{Attribute: "lastName", Old: "Altered", New: "Last"}},
	}
	var got [][]schema.FieldChange
	for _, o := range res.Outcomes {
		got = append(got, o.Fields)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestUploadKeepsWhatThePlanDoesNotManage(t *testing.T) {
	ten := newTenant("vendor", "note")
	ten.add("ana", "Ana", "Old", "1", "a@x.org", "boss", "2026-01-01T00:00Z", "2026-06-30T23:59:59.5", "ACME", "keep me")
	p := newDraft(ten).manage("accountName", "lastName").change("ana", plan.Upload, "lastName", "New").plan(t)
	ten.set("ana", "note", "changed by somebody after the plan was made")
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !res.Whole() {
		t.Fatalf("got %s, %v", &res, err)
	}
	want := map[string]string{"ana": "Ana|New|1|a@x.org|boss|2026-01-01T00:00:00Z|2026-06-30T23:59:59.5Z|ACME|changed by somebody after the plan was made"}
	if diff := cmp.Diff(want, ten.content()); diff != "" {
		t.Errorf("tenant (-want +got):\n%s", diff)
	}
}

func TestUploadsInChunksOneAfterAnother(t *testing.T) {
	ten := newTenant()
	d := newDraft(ten)
	for i := range 25 {
		d.create(fmt.Sprint("p", i))
	}
	p := d.plan(t)
	o := options(ten, newFolder())
	o.ChunkRows = 10
	var sizes []int
	o.Payload = func(names []string, rows [][]string) ([]byte, error) {
		sizes = append(sizes, len(rows))
		for _, j := range ten.jobs {
			if !j.done {
				t.Error("an upload begins while a job is running")
			}
		}
		return payload(names, rows)
	}
	if _, err := Run(t.Context(), p, ten, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{10, 10, 5}, sizes); diff != "" {
		t.Errorf("rows per upload (-want +got):\n%s", diff)
	}
}

// Of many rows a few are bad: halving finds them, and everybody else lands.
func TestUploadIsHalvedUntilTheBadRowsAreAlone(t *testing.T) {
	for _, how := range []string{"refused", "failed job"} {
		t.Run(how, func(t *testing.T) {
			ten := newTenant()
			d := newDraft(ten)
			for i := range 300 {
				d.create(fmt.Sprintf("p%03d", i))
			}
			p := d.plan(t)
			bad := is("p007", "p123", "p299")
			ten.faults.reject = bad
			if how == "failed job" {
				ten.faults.reject = nil
				ten.faults.drop = bad
				ten.faults.fail = func(n int) bool {
					return slices.ContainsFunc(ten.jobs[n-1].rows, func(r map[string]string) bool { return bad(r["accountName"]) })
				}
				ten.faults.before = func(call string, n int) error { return nil }
			}
			res, _ := Run(t.Context(), p, ten, options(ten, newFolder()))
			if how == "refused" && (res.Verified != 297 || res.NotApplied != 3) {
				t.Errorf("got %s, want 297 verified and 3 not applied", &res)
			}
			if how == "failed job" && res.Verified != 300 { // alone they are created, not uploaded
				t.Errorf("got %s, want 300 verified", &res)
			}
			if ten.calls["upload"] > 30 {
				t.Errorf("%d uploads", ten.calls["upload"])
			}
			truthful(t, p, ten, res)
		})
	}
}

func TestRowsThatTheTenantComplainsAboutAreTakenOut(t *testing.T) {
	for _, test := range []struct{ why, complaint string }{
		{"by account name in quotes", `the accountName "p002" is not a person`},
		{"by account name as a word", "p002: manager is required"},
		{"by line", "line 5: lastName is required"},
		{"not at all", "one of them is wrong"},
	} {
		t.Run(test.why, func(t *testing.T) {
			ten := newTenant()
			d := newDraft(ten)
			d.create("p000").create("p001", "two\nlines").create("p002")
			for i := 3; i < 60; i++ {
				d.create(fmt.Sprintf("p%03d", i))
			}
			p := d.plan(t)
			ten.faults.reject = is("p002")
			o := options(ten, newFolder())
			o.Complaints = func(error) []string { return []string{"please correct the file", test.complaint} }
			res, _ := Run(t.Context(), p, ten, o)
			if res.Verified != 59 || res.NotApplied != 1 || res.Outcomes[2].State != NotApplied {
				t.Errorf("got %s, want only p002 not applied", &res)
			}
			if test.why != "not at all" && (ten.calls["upload"] != 2 || ten.calls["create"] != 1) {
				t.Errorf("calls %v, want one upload with it, one without it, and one create of it alone", ten.calls)
			}
		})
	}
}

// If it is not a row that is wrong, no row is tried forever.
func TestAnUploadThatIsAlwaysRefusedEnds(t *testing.T) {
	ten := newTenant()
	d := newDraft(ten)
	for i := range 5000 {
		d.create(fmt.Sprint("p", i))
	}
	p := d.plan(t)
	ten.faults.reject = func(string) bool { return true }
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	var partial *PartialError
	if !errors.As(err, &partial) || res.NotApplied != 5000 || writes(ten) > 100 {
		t.Errorf("got %s, %v after %d writes", &res, err, writes(ten))
	}
}

func TestAnUploadInTheWayOfAnotherJobWaits(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("emil").plan(t)
	ten.faults.before = nth("upload", errConflict, 1)
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !res.Whole() || ten.calls["upload"] != 2 {
		t.Errorf("got %s, %v, %d uploads", &res, err, ten.calls["upload"])
	}
}

func TestAnApplicationsTokenGoesByUploadAlone(t *testing.T) {
	ten := newTenant()
	ten.access = schema.Access{}
	ten.add("ana")
	ten.add("ben")
	p := newDraft(ten).change("ana", plan.Upload, "lastName", "New").change("ben", plan.Upload, "lastName", "New").remove("ben").plan(t)
	p.Operations = p.Operations[:2]
	ten.faults.drop = once("ana")
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !res.Whole() || ten.calls["patch"] > 0 || ten.calls["upload"] != 2 {
		t.Errorf("got %s, %v, calls %v, want the lost row uploaded again", &res, err, ten.calls)
	}
}

func TestAnOwnersTokenMovesEndDates(t *testing.T) {
	ten := newTenant()
	ten.access.Admin = false
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "endDate", "2026-04-01T00:00:00Z").plan(t)
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !res.Whole() {
		t.Errorf("got %s, %v", &res, err)
	}
}

func TestDeletesComeFirstWhereThereIsNoRoom(t *testing.T) {
	ten := newTenant()
	for i := range schema.MaxRecords {
		ten.add(fmt.Sprint("x", i))
	}
	p := newDraft(ten).create("emil").remove("x7").plan(t)
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !res.Whole() {
		t.Fatalf("got %s, %v", &res, err)
	}
	if diff := cmp.Diff([]string{"delete x7", "create emil"}, ten.log); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestDeletesInGroups(t *testing.T) {
	ten := newTenant()
	for i := range 250 {
		ten.add(fmt.Sprint("x", i))
	}
	d := newDraft(ten)
	for i := range 250 {
		d.remove(fmt.Sprint("x", i))
	}
	res, err := Run(t.Context(), d.plan(t), ten, options(ten, newFolder()))
	if err != nil || res.Verified != 250 || ten.calls["delete"] != 3 {
		t.Errorf("got %s, %v, %d deletes, want 3 of at most 100", &res, err, ten.calls["delete"])
	}
}

func TestADeletedRecordThatSomebodyChangedDuringTheRunStays(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("cleo")
	p := newDraft(ten).create("emil").remove("cleo").plan(t)
	ten.faults.seen = func(ten *tenant, call string) {
		if call == "upload" {
			ten.set("cleo", "endDate", "2030-01-01T00:00:00Z")
			ten.clock.Sleep(context.Background(), 2*time.Minute)
		}
	}
	res, _ := Run(t.Context(), p, ten, options(ten, newFolder()))
	if diff := cmp.Diff([]string{"emil verified", "cleo skipped"}, states(res)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestWritesThatAreDenied(t *testing.T) {
	t.Run("the upload, before anything else", func(t *testing.T) {
		ten := newTenant()
		ten.add("ana")
		p := newDraft(ten).create("emil").change("ana", plan.Patch, "lastName", "New").plan(t)
		ten.faults.before = nth("upload", errDenied, 1)
		res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
		var denied *DeniedError
		if !errors.As(err, &denied) || !errors.Is(err, errDenied) {
			t.Errorf("got %v, want a *DeniedError: nothing was changed", err)
		}
		if diff := cmp.Diff([]string{"emil not applied", "ana skipped"}, states(res)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
	t.Run("one patch after another", func(t *testing.T) {
		ten := newTenant()
		d := newDraft(ten)
		for i := range 100 {
			ten.add(fmt.Sprint("x", i))
			d.change(fmt.Sprint("x", i), plan.Patch, "lastName", "New")
		}
		p := d.plan(t)
		ten.faults.before = func(call string, n int) error {
			if call == "patch" && n > 5 {
				return errDenied
			}
			return nil
		}
		f := newFolder()
		res, err := Run(t.Context(), p, ten, options(ten, f))
		var partial *PartialError
		if !errors.As(err, &partial) || !res.Resumable {
			t.Errorf("got %v, resumable %t, want a *PartialError that can be resumed", err, res.Resumable)
		}
		if n := ten.calls["patch"]; n > 5+mostSilence+DefaultParallel {
			t.Errorf("%d patches were sent, most of them to be denied", n)
		}
		if res.Verified != 5 {
			t.Errorf("got %s, want 5 verified", &res)
		}
		ten.faults = faults{} // the token has got its rights back
		res, err = Resume(t.Context(), f, ten, options(ten, f))
		if err != nil || !res.Whole() {
			t.Errorf("resumed: %s, %v", &res, err)
		}
	})
}

func TestWritesThatAreRefusedForNowAreSentAgain(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("cleo")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").remove("cleo").plan(t)
	ten.faults.before = func(call string, n int) error {
		if (call == "patch" || call == "delete") && n == 1 {
			return errUnavailable
		}
		return nil
	}
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !res.Whole() {
		t.Errorf("got %s, %v", &res, err)
	}
}

func TestATenantThatGoesAwayMidway(t *testing.T) {
	ten := newTenant()
	d := newDraft(ten)
	for i := range 100 {
		ten.add(fmt.Sprint("x", i))
		d.change(fmt.Sprint("x", i), plan.Patch, "lastName", "New")
	}
	p := d.plan(t)
	ten.faults.before = func(call string, n int) error {
		if ten.calls["patch"] > 5 {
			return errUnclear
		}
		return nil
	}
	f := newFolder()
	o := options(ten, f)
	o.Parallel = 1
	res, err := Run(t.Context(), p, ten, o)
	var partial *PartialError
	if !errors.As(err, &partial) || !res.Resumable {
		t.Fatalf("got %v, resumable %t", err, res.Resumable)
	}
	if res.Verified != 0 || res.Unknown != 5+mostSilence {
		t.Errorf("got %s: nothing could be read back, so nothing is verified, and all that was sent is unknown", &res)
	}
	ten.faults = faults{}
	res, err = Resume(t.Context(), f, ten, options(ten, f))
	if err != nil || !res.Whole() {
		t.Errorf("resumed: %s, %v", &res, err)
	}
	if n := strings.Count(strings.Join(ten.log, "\n"), "patch"); n != 100 {
		t.Errorf("%d patches had an effect, want each once", n)
	}
}

func TestFailFast(t *testing.T) {
	ten := newTenant()
	d := newDraft(ten)
	for i := range 50 {
		ten.add(fmt.Sprintf("x%02d", i))
		d.change(fmt.Sprintf("x%02d", i), plan.Patch, "lastName", "New")
	}
	ten.faults.reject = is("x10")
	o := options(ten, newFolder())
	o.FailFast, o.Parallel = true, 1
	res, err := Run(t.Context(), d.plan(t), ten, o)
	var partial *PartialError
	if !errors.As(err, &partial) || !errors.Is(err, errRefused) {
		t.Errorf("got %v", err)
	}
	if res.Verified != 10 || res.NotApplied != 1 || res.Skipped != 39 {
		t.Errorf("got %s, want 10 verified, 1 not applied, 39 skipped", &res)
	}
}

func TestInterrupted(t *testing.T) {
	ten := newTenant()
	d := newDraft(ten)
	for i := range 40 {
		ten.add(fmt.Sprintf("x%02d", i))
		d.change(fmt.Sprintf("x%02d", i), plan.Patch, "lastName", "New")
	}
	d.remove("x39")
	d.p.Operations = append(d.p.Operations[:39], d.p.Operations[40])
	d.p.Trailer.Counts.Update--
	p := d.plan(t)
	ctx, cancel := context.WithCancel(t.Context())
	ten.faults.seen = func(ten *tenant, call string) {
		if call == "patch" {
			ten.mu.Lock()
			n := ten.calls["patch"]
			ten.mu.Unlock()
			if n == 10 {
				cancel()
			}
		}
	}
	f := newFolder()
	res, err := Run(ctx, p, ten, options(ten, f))
	var stopped *InterruptedError
	if !errors.As(err, &stopped) || stopped.Run != f.Name() || !strings.Contains(err.Error(), "apply --resume "+f.Name()) {
		t.Fatalf("got %v, want an *InterruptedError that says how to go on", err)
	}
	n := ten.calls["patch"]
	if n < 10 || n > 10+DefaultParallel {
		t.Errorf("%d patches, want those under way to end and no new one", n)
	}
	if len(ten.log) != n || res.Unknown != n || res.Skipped != res.Planned-n {
		t.Errorf("%d patches had an effect, %s", len(ten.log), &res)
	}
	if _, ok := f.files[ResultFile]; !ok {
		t.Error("no result was written")
	}
	looked, err := Look(f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(states(res), states(looked)); diff != "" {
		t.Errorf("what is told of the run later (-then +later):\n%s", diff)
	}
	ten.faults = faults{}
	res, err = Resume(t.Context(), f, ten, options(ten, f))
	if err != nil || !res.Whole() || res.Planned != 40 {
		t.Errorf("resumed: %s, %v", &res, err)
	}
	if ten.calls["patch"] != 39 {
		t.Errorf("%d patches in all, want 39", ten.calls["patch"])
	}
	var finished *FinishedError
	if _, err := Resume(t.Context(), f, ten, options(ten, f)); !errors.As(err, &finished) || !finished.Result.Whole() {
		t.Errorf("resumed again: %v, want a *FinishedError", err)
	}
}

func TestAJournalThatCannotBeWrittenStopsTheRun(t *testing.T) {
	ten := newTenant()
	d := newDraft(ten)
	for i := range 20 {
		ten.add(fmt.Sprintf("x%02d", i))
		d.change(fmt.Sprintf("x%02d", i), plan.Patch, "lastName", "New")
	}
	f := newFolder()
	full := errors.New("no space left on device")
	f.onAppend = func(n int, _ []byte) error {
		if n >= 8 {
			return full
		}
		return nil
	}
	o := options(ten, f)
	o.Parallel = 1
	_, err := Run(t.Context(), d.plan(t), ten, o)
	if !errors.Is(err, full) {
		t.Errorf("got %v, want it to say that the disk is full", err)
	}
	if writes(ten) > 4 { // a run record, then three with intent and outcome, and the fourth announced
		t.Errorf("%d writes were sent, some unannounced", writes(ten))
	}
	f.onAppend = nil
	res, err := Resume(t.Context(), f, ten, options(ten, f))
	if err != nil || !res.Whole() {
		t.Errorf("resumed with room again: %s, %v", &res, err)
	}
}

func TestVanishedRecordsAreSaid(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("bystander")
	p := newDraft(ten).create("emil").plan(t)
	ten.faults.seen = func(ten *tenant, call string) {
		if call == "upload" { // as if an upload removed whom it does not name
			ten.mu.Lock()
			delete(ten.records, "id-00002")
			ten.mu.Unlock()
		}
	}
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"bystander"}, res.Vanished); diff != "" {
		t.Errorf("vanished (-want +got):\n%s", diff)
	}
}

func TestUploadsBehindAJobThatHangsAreSentWhenTheRunGoesOn(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("emil").create("fay").create("gus").plan(t)
	ten.faults.hang = func(n int) bool { return n == 1 }
	f := newFolder()
	o := options(ten, f)
	o.ChunkRows = 1
	res, err := Run(t.Context(), p, ten, o)
	var partial *PartialError
	if !errors.As(err, &partial) || !res.Resumable || res.Unknown != 1 || res.Skipped != 2 || !strings.Contains(res.Outcomes[1].Message, "job before it") {
		t.Fatalf("got %s, %v, resumable %t, %q", &res, err, res.Resumable, res.Outcomes[1].Message)
	}
	ten.jobs[0].hang = false
	res, err = Resume(t.Context(), f, ten, o)
	if err != nil || !res.Whole() {
		t.Errorf("when it has ended: %s, %v", &res, err)
	}
}

// In a plan that was made against a file no operation has an id; they are found by account name.
func TestAPlanWithoutIDs(t *testing.T) {
	ten := newTenant()
	for _, name := range []string{"ana", "ben", "cleo"} {
		ten.add(name)
	}
	d := newDraft(ten).change("ana", plan.Patch, "lastName", "New").remove("cleo")
	for i := range d.p.Operations {
		d.p.Operations[i].ID = ""
	}
	f := newFolder()
	res, err := Run(t.Context(), d.plan(t), ten, options(ten, f))
	if err != nil || !res.Whole() {
		t.Fatalf("got %s, %v", &res, err)
	}
	if diff := cmp.Diff([]string{"patch ana", "delete cleo"}, ten.log); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if res.Outcomes[0].ID != "id-00001" || res.Outcomes[1].ID != "id-00003" {
		t.Errorf("the outcomes name the records %q and %q", res.Outcomes[0].ID, res.Outcomes[1].ID)
	}
}

// A write that waits for the service's permission when the run is interrupted is not waited for without end.
func TestInterruptedWhileAWriteWaits(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	ctx, cancel := context.WithCancel(t.Context())
	res, err := Run(ctx, p, &slow{tenant: ten, cancel: cancel}, options(ten, newFolder()))
	var stopped *InterruptedError
	if !errors.As(err, &stopped) || res.Unknown != 1 {
		t.Errorf("got %s, %v", &res, err)
	}
}

// A slow tenant keeps a patch waiting for as long as its context lives.
type slow struct {
	*tenant
	cancel context.CancelFunc
}

func (s *slow) Patch(ctx context.Context, _ schema.Record, _ []schema.FieldChange) (schema.Record, error) {
	s.cancel()
	<-ctx.Done()
	return schema.Record{}, ctx.Err()
}

// While a job shows no status it has not ended, however long that takes.
func TestAJobWithoutAStatusIsWaitedFor(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("emil").create("fay").plan(t)
	ten.faults.mute, ten.faults.slow = true, 3*time.Minute
	o := options(ten, newFolder())
	o.ChunkRows = 1
	o.Payload = func(names []string, rows [][]string) ([]byte, error) {
		for _, j := range ten.jobs {
			if !j.done {
				t.Error("an upload begins while a job is running")
			}
		}
		return payload(names, rows)
	}
	if res, err := Run(t.Context(), p, ten, o); err != nil || !res.Whole() || ten.calls["upload"] != 2 {
		t.Errorf("got %s, %v, calls %v", &res, err, ten.calls)
	}
}

// Two looks that fail are no looks: what could not be seen often enough is not said to be unchanged.
func TestTooFewLooksLeaveItUnknown(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("ben")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New").plan(t)
	ten.faults.drop = is("ana")
	ten.faults.before = func(call string, n int) error {
		if call == "list" && n >= 3 || call == "get" {
			return errUnavailable
		}
		return nil
	}
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	var partial *PartialError
	if !errors.As(err, &partial) || !res.Resumable || !cmp.Equal(states(res), []string{"ana unknown", "ben verified"}) {
		t.Errorf("got %v, %v, resumable %t", states(res), err, res.Resumable)
	}
}

// What was looked at before the last write says nothing about it.
func TestInterruptedWhileSendingAgain(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	ctx, cancel := context.WithCancel(t.Context())
	ten.faults.drop = once("ana")
	ten.faults.after = func(call string, n int) error {
		if call == "patch" && n == 2 {
			cancel()
		}
		return nil
	}
	res, err := Run(ctx, p, ten, options(ten, newFolder()))
	var stopped *InterruptedError
	if !errors.As(err, &stopped) || res.Unknown != 1 || !strings.Contains(res.Outcomes[0].Message, "took it") {
		t.Errorf("got %s, %v: %+v", &res, err, res.Outcomes)
	}
}

// After an upload the whole list is read, however few rows it had: nobody promises that an upload leaves others alone.
func TestAnUploadIsFollowedByAWholeList(t *testing.T) {
	ten := newTenant()
	for i := range 1000 {
		ten.add(fmt.Sprintf("x%04d", i))
	}
	p := newDraft(ten).change("x0001", plan.Upload, "lastName", "New").plan(t)
	ten.faults.seen = func(ten *tenant, call string) {
		if call == "upload" {
			ten.mu.Lock()
			delete(ten.records, "id-00777")
			ten.mu.Unlock()
		}
	}
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !cmp.Equal(res.Vanished, []string{"x0776"}) {
		t.Errorf("vanished %v, %v", res.Vanished, err)
	}
}

func TestSingleReadsThatFailGiveWayToAList(t *testing.T) {
	ten := newTenant()
	for i := range 1000 {
		ten.add(fmt.Sprintf("x%04d", i))
	}
	p := newDraft(ten).change("x0001", plan.Patch, "lastName", "New").remove("x0002").plan(t)
	ten.faults.before = func(call string, n int) error {
		if call == "get" {
			return errRefused // as a service may answer for a record that is gone
		}
		return nil
	}
	if res, err := Run(t.Context(), p, ten, options(ten, newFolder())); err != nil || !res.Whole() {
		t.Errorf("got %s, %v", &res, err)
	}
}

func TestDeletesComeFirstWhereThePlanSaysSo(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	d := newDraft(ten).create("emil").remove("ana")
	d.p.Trailer.DeletesFirst = true
	if _, err := Run(t.Context(), d.plan(t), ten, options(ten, newFolder())); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"delete ana", "create emil"}, ten.log); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// The end stands in the journal only if the result can be read.
func TestAResultThatCannotBeWritten(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	f := newFolder()
	full := errors.New("no space left on device")
	f.onWrite = func(name string) error {
		if name == ResultFile {
			return full
		}
		return nil
	}
	if res, err := Run(t.Context(), p, ten, options(ten, f)); !errors.Is(err, full) || !res.Whole() {
		t.Errorf("got %s, %v, want the result, and that it could not be written", &res, err)
	}
	f.onWrite = nil
	if res, err := Resume(t.Context(), f, ten, options(ten, f)); err != nil || !res.Whole() || ten.calls["patch"] != 1 {
		t.Errorf("resumed: %s, %v", &res, err)
	}
}

// A write under way when the run is interrupted comes to its end.
func TestInterruptionDoesNotCutOffAWrite(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	ctx, cancel := context.WithCancel(t.Context())
	f := newFolder()
	o := options(ten, f)
	o.Clock = systemClock{}
	res, err := Run(ctx, p, &steady{tenant: ten, cancel: cancel}, o)
	var stopped *InterruptedError
	if !errors.As(err, &stopped) || len(ten.log) != 1 || !strings.Contains(res.Outcomes[0].Message, "took it") {
		t.Errorf("got %s, %v, %d patches had an effect", &res, err, len(ten.log))
	}
}

// A steady tenant carries out a patch although the run is interrupted meanwhile, unless the patch itself is cut off.
type steady struct {
	*tenant
	cancel context.CancelFunc
}

func (s *steady) Patch(ctx context.Context, rec schema.Record, changes []schema.FieldChange) (schema.Record, error) {
	s.cancel()
	if err := ctx.Err(); err != nil {
		return schema.Record{}, err
	}
	return s.tenant.Patch(ctx, rec, changes)
}

// An account name that the service spells in another way is not missing, and is not created twice.
func TestAnAccountNameThatTheServiceSpellsAnotherWay(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("Emil").plan(t)
	ten.faults.recase = true
	res, _ := Run(t.Context(), p, ten, options(ten, newFolder()))
	want := []schema.FieldChange{{Attribute: "accountName", Old: "emil", New: "Emil"}}
	if diff := cmp.Diff(want, res.Outcomes[0].Fields); diff != "" || res.Differs != 1 || ten.calls["create"] != 0 {
		t.Errorf("got %s, %d creates, fields (-want +got):\n%s", &res, ten.calls["create"], diff)
	}
}

// The end of the job before is not taken for the end of this one.
func TestTheStatusOfTheJobBeforeIsNotBelieved(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("emil").create("fay").create("gus").plan(t)
	ten.faults.stale = 4 * time.Second
	o := options(ten, newFolder())
	o.ChunkRows = 1
	o.Payload = func(names []string, rows [][]string) ([]byte, error) {
		for _, j := range ten.jobs {
			if !j.done {
				t.Error("an upload begins while a job is running")
			}
		}
		return payload(names, rows)
	}
	if res, err := Run(t.Context(), p, ten, o); err != nil || !res.Whole() || ten.calls["upload"] != 3 {
		t.Errorf("got %s, %v, calls %v", &res, err, ten.calls)
	}
}

// What the plan does not manage may become anything in a record that is created.
func TestACreatedRecordThatTheServiceCompletes(t *testing.T) {
	ten := newTenant("vendor")
	p := newDraft(ten).manage((&schema.Schema{Attributes: schema.System()}).Names()...).create("emil").plan(t)
	ten.faults.fill = true
	if res, err := Run(t.Context(), p, ten, options(ten, newFolder())); err != nil || !res.Whole() {
		t.Errorf("got %s, %v: %+v", &res, err, res.Outcomes)
	}
}

func TestAnUploadThatIsNotTakenForNow(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("emil").plan(t)
	ten.faults.before = nth("upload", errUnavailable, 1, 2, 3)
	f := newFolder()
	res, err := Run(t.Context(), p, ten, options(ten, f))
	var partial *PartialError
	if !errors.Is(err, errUnavailable) || errors.As(err, &partial) || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("got %s, %v, want the tenant's own error: nothing was changed", &res, err)
	}
}

// Only what has not been seen as planned is read again.
func TestReadingBackGoesOnWithWhatIsOpen(t *testing.T) {
	ten := newTenant()
	for i := range 1000 {
		ten.add(fmt.Sprintf("x%04d", i))
	}
	p := newDraft(ten).change("x0001", plan.Patch, "lastName", "New").change("x0002", plan.Patch, "lastName", "New").plan(t)
	ten.faults.drop = once("x0001")
	if res, err := Run(t.Context(), p, ten, options(ten, newFolder())); err != nil || !res.Whole() {
		t.Fatalf("got %s, %v", &res, err)
	}
	if ten.calls["get"] != 2+1+1+1 { // both; twice more the one that does not show; and that one after it was sent again
		t.Errorf("%d single reads, want 5", ten.calls["get"])
	}
}
