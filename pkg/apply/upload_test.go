package apply

import (
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
