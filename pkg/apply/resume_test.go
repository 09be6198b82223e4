package apply

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestResumeWaitsForTheJobItLeftBehind(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("emil").create("fay").plan(t)
	f := newFolder()
	dead := false
	ten.faults.before = func(call string, _ int) error {
		if call == "status" && len(ten.jobs) > 0 { // killed while the job runs
			dead = true
		}
		if dead {
			return errKilled
		}
		return nil
	}
	f.onAppend = func(int, []byte) error {
		if dead {
			return errKilled
		}
		return nil
	}
	f.onWrite = func(string) error { return f.onAppend(0, nil) }
	if _, err := Run(t.Context(), p, ten, options(ten, f)); err == nil {
		t.Fatal("the run was not killed")
	}
	f = f.survive()
	ten.faults = faults{}
	ten.jobs[0].start = ten.clock.Now()
	ten.jobs[0].end = ten.clock.Now().Add(90 * 1e9)
	ten.jobs[0].done = false
	ten.records = nil
	ten.records = newTenant().records
	res, err := Resume(t.Context(), f, ten, options(ten, f))
	if err != nil || !res.Whole() || ten.calls["upload"] != 1 {
		t.Errorf("%s, %v, %d uploads, want the job waited for and nothing sent again", &res, err, ten.calls["upload"])
	}
}

func TestResumeGoesOnWithoutTheRowsOfAJobThatHangs(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("ben")
	p := newDraft(ten).create("emil").change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New").plan(t)
	ten.faults.hang = func(n int) bool { return n == 1 }
	ten.faults.before = func(call string, n int) error {
		if call == "patch" && n == 2 {
			return errRefused
		}
		return nil
	}
	f := newFolder()
	o := options(ten, f)
	o.FailFast, o.Parallel = true, 1
	if res, _ := Run(t.Context(), p, ten, o); !cmp.Equal(states(res), []string{"emil unknown", "ana verified", "ben not applied"}) {
		t.Fatalf("got %v", states(res))
	}
	ten.faults.before = nil
	res, err := Resume(t.Context(), f, ten, options(ten, f))
	var partial *PartialError
	if !errors.As(err, &partial) || !res.Resumable || !cmp.Equal(states(res), []string{"emil unknown", "ana verified", "ben not applied"}) {
		t.Errorf("while it hangs: %v, %v", states(res), err)
	}
	ten.faults.hang = nil
	ten.jobs[0].hang = false // the vendor has cleared it, and it ends
	res, err = Resume(t.Context(), f, ten, options(ten, f))
	if !errors.As(err, &partial) || res.Resumable || !cmp.Equal(states(res), []string{"emil verified", "ana verified", "ben not applied"}) {
		t.Errorf("when it has ended: %v, %v", states(res), err)
	}
	if ten.calls["upload"] != 1 || ten.calls["create"] != 0 {
		t.Errorf("calls %v, want nothing sent twice", ten.calls)
	}
}

func TestResumeLeavesSomebodyElsesJobAlone(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	f := newFolder()
	interrupt(t, ten, p, f, "patch")
	ten.faults = faults{}
	ten.jobs = append(ten.jobs, &uploadJob{hang: true})
	var busy *BusyError
	if _, err := Resume(t.Context(), f, ten, options(ten, f)); !errors.As(err, &busy) {
		t.Errorf("got %v, want a *BusyError", err)
	}
}

func TestResumeRefusesWhatMovedBeforeItsTurn(t *testing.T) {
	ctx, ten, p, f, o := cutAtFirstPatch(t, 20)
	if _, err := Run(ctx, p, ten, o); err == nil {
		t.Fatal("the run was not interrupted")
	}
	ten.faults = faults{}
	ten.set("x00", "phone", "somebody changed it after we did")
	ten.set("x19", "phone", "somebody changed it before we did")
	var stale *StaleError
	if _, err := Resume(t.Context(), f, ten, options(ten, f)); !errors.As(err, &stale) || len(stale.Drift) != 1 || stale.Drift[0].AccountName != "x19" {
		t.Fatalf("got %v, want a *StaleError about x19 alone", err)
	}
	o = options(ten, f)
	o.SkipDrifted = true
	res, err := Resume(t.Context(), f, ten, o)
	var partial *PartialError
	if !errors.As(err, &partial) || res.Verified != 18 || res.Skipped != 1 || res.Differs != 1 {
		t.Errorf("got %s, %v, want 18 verified, x19 skipped, and x00 said to differ", &res, err)
	}
}

func TestResumeDryAndAgain(t *testing.T) {
	ctx, ten, p, f, o := cutAtFirstPatch(t, 6)
	first, err := Run(ctx, p, ten, o)
	if err == nil {
		t.Fatal("the run was not interrupted")
	}
	ten.faults = faults{}
	ten.clock.Sleep(t.Context(), 3*time.Hour)
	sent := writes(ten)
	o.DryRun = true
	res, err := Resume(t.Context(), f, ten, o)
	if err != nil || res.Verified != 1 || res.Skipped != 5 || writes(ten) != sent {
		t.Errorf("dry: %s, %v, %d more writes", &res, err, writes(ten)-sent)
	}
	o.DryRun = false
	var asked Summary
	o.Confirm = func(s Summary) error { asked = s; return nil }
	res, err = Resume(t.Context(), f, ten, o)
	if err != nil || !res.Whole() || asked.Counts.Update != 5 {
		t.Errorf("%s, %v, asked to confirm %d updates, want the 5 that were left", &res, err, asked.Counts.Update)
	}
	if !res.Started.Equal(first.Started) || !res.Ended.After(res.Started.Add(3*time.Hour)) {
		t.Errorf("from %v to %v, want from the first beginning %v", res.Started, res.Ended, first.Started)
	}
}

// What was left out because it had moved stays left out, however often the run is resumed.
func TestResumeKeepsWhatWasLeftOut(t *testing.T) {
	ten, d := patches(4)
	p := d.plan(t)
	ten.set("x01", "phone", "moved")
	f := newFolder()
	o := options(ten, f)
	o.SkipDrifted, o.Parallel = true, 1
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		ten.faults.seen = func(_ *tenant, call string) {
			if call == "patch" {
				cancel()
			}
		}
		var err error
		if len(f.journal) == 0 {
			_, err = Run(ctx, p, ten, o)
		} else {
			_, err = Resume(ctx, f, ten, o)
		}
		cancel()
		var stopped *InterruptedError
		if !errors.As(err, &stopped) {
			t.Fatalf("got %v", err)
		}
	}
	ten.faults = faults{}
	o.SkipDrifted = false
	res, err := Resume(t.Context(), f, ten, o)
	var partial *PartialError
	if !errors.As(err, &partial) || res.Resumable || !cmp.Equal(states(res), []string{"x00 verified", "x01 skipped", "x02 verified", "x03 verified"}) {
		t.Errorf("got %v, %v", states(res), err)
	}
}

// Right after a kill a list may not show yet what was sent: it is waited for before anything is sent again.
func TestResumeWaitsForWhatDoesNotShowYet(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("ben")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New").plan(t)
	ten.faults.lag = 15 * time.Second
	f := newFolder()
	m := &mortal{left: -1}
	f.onAppend = func(_ int, rec []byte) error {
		if bytes.Contains(rec, []byte(`"type":"outcome"`)) {
			m.dead = true // killed between the answer and its record
		}
		if m.dead {
			return errKilled
		}
		return nil
	}
	f.onWrite = func(string) error { return f.onAppend(0, nil) }
	o := options(ten, f)
	o.Parallel = 1
	if _, err := Run(t.Context(), p, ten, o); err == nil {
		t.Fatal("the run was not killed")
	}
	f = f.survive()
	res, err := Resume(t.Context(), f, ten, options(ten, f))
	if err != nil || !res.Whole() || ten.calls["patch"] != 2 {
		t.Errorf("%s, %v, %d patches, want each sent once", &res, err, ten.calls["patch"])
	}
}

func TestResumeRefusesAJournalOfAnotherPlan(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	f := newFolder()
	ten.faults.before = nth("patch", errDenied, 1)
	if _, err := Run(t.Context(), p, ten, options(ten, f)); err == nil {
		t.Fatal("the run was not to end well")
	}
	ten.faults = faults{}
	f.journal[0] = bytes.Replace(f.journal[0], []byte("plan-1"), []byte("plan-2"), 1)
	if _, err := Resume(t.Context(), f, ten, options(ten, f)); err == nil || !strings.Contains(err.Error(), "another plan") {
		t.Errorf("got %v", err)
	}
}

func TestResumeAsksWhetherThePlanIsStillItsOwn(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	f := newFolder()
	ten.faults.before = nth("patch", errDenied, 1)
	if _, err := Run(t.Context(), p, ten, options(ten, f)); err == nil {
		t.Fatal("the run was not to end well")
	}
	ten.faults = faults{}
	taken := errors.New("applied by another run")
	o := options(ten, f)
	o.Claim = func(Folder) error { return taken }
	if _, err := Resume(t.Context(), f, ten, o); err != taken || writes(ten) != 1 {
		t.Errorf("got %v after %d writes", err, writes(ten))
	}
}

// The records that a run deletes are known by id: somebody who has come back meanwhile under the same account name is not
// deleted for it, even where the plan itself knew no ids.
func TestResumeDoesNotDeleteANewcomerOfTheSameName(t *testing.T) {
	ten := newTenant()
	ten.add("cleo")
	d := newDraft(ten).remove("cleo")
	d.p.Operations[0].ID = ""
	p := d.plan(t)
	f := newFolder()
	ten.faults.after = nth("delete", errUnclear, 1)
	interrupt(t, ten, p, f, "delete")
	ten.faults = faults{}
	ten.add("cleo", "Cleo", "The Second")
	res, err := Resume(t.Context(), f, ten, options(ten, f))
	if _, there := ten.byName("cleo"); err != nil || !res.Whole() || !there {
		t.Errorf("%s, %v, cleo the second is there: %t", &res, err, there)
	}
}

// What somebody has done by hand between a run that broke off and its resumption is neither done again nor doubled.
func TestResumeLeavesAloneWhatSomebodyHasUndone(t *testing.T) {
	for _, test := range []struct {
		why     string
		plan    func(*draft) *draft
		until   string // the call at which the run breaks off
		byHand  func(*tenant)
		state   State
		fields  []schema.FieldChange
		message string
	}{
		{
			"a new record was given another account name",
			func(d *draft) *draft { return d.create("emil", "Emil", "Berg") }, "status",
			func(ten *tenant) { ten.set("emil", schema.AccountName, "emil.berg") },
			Differs, []schema.FieldChange{{Attribute: schema.AccountName, Old: "emil.berg", New: "emil"}}, "under another account name",
		},
		{
			"a value was put back",
			func(d *draft) *draft { return d.change("ana", plan.Upload, "lastName", "New") }, "status",
			func(ten *tenant) { ten.set("ana", "lastName", "Last") },
			NotApplied, nil, "somebody may have put it back",
		},
	} {
		t.Run(test.why, func(t *testing.T) {
			ten := newTenant()
			ten.add("ana")
			p := test.plan(newDraft(ten)).plan(t)
			f := newFolder()
			interrupt(t, ten, p, f, test.until)
			ten.faults = faults{}
			ten.clock.Sleep(t.Context(), 3*time.Hour)
			if _, err := ten.UploadStatus(t.Context()); err != nil { // lets the job end
				t.Fatal(err)
			}
			test.byHand(ten)
			sent, records := writes(ten), len(ten.records)
			o := options(ten, f)
			var asked Summary
			o.Confirm = func(s Summary) error { asked = s; return nil }
			res, err := Resume(t.Context(), f, ten, o)
			if asked.Counts.Sent() != 0 {
				t.Errorf("asked to confirm %d operations, and none is sent", asked.Counts.Sent())
			}
			var partial *PartialError
			if !errors.As(err, &partial) || writes(ten) != sent || len(ten.records) != records {
				t.Fatalf("%s, %v, %d more writes, %d more records", &res, err, writes(ten)-sent, len(ten.records)-records)
			}
			got := res.Outcomes[0]
			if got.State != test.state || !strings.Contains(got.Message, test.message) || res.Resumable {
				t.Errorf("got %s (resumable: %t): %s", got.State, res.Resumable, got.Message)
			}
			if d := cmp.Diff(test.fields, got.Fields); d != "" {
				t.Errorf("fields (-want +got):\n%s", d)
			}
		})
	}
}

// A newcomer who shares some values with a record that did not come is no reason to leave it out.
func TestResumeMakesARecordBesideAnother(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).create("emil", "Emil", "Berg").plan(t)
	f := newFolder()
	ten.faults.drop = func(string) bool { return true }
	interrupt(t, ten, p, f, "status")
	ten.faults = faults{}
	ten.clock.Sleep(t.Context(), 3*time.Hour)
	ten.add("emil2", "Emil", "Berg") // with a mail address of his own
	res, err := Resume(t.Context(), f, ten, options(ten, f))
	if _, there := ten.byName("emil"); err != nil || !res.Whole() || !there {
		t.Errorf("%s, %v, emil is there: %t", &res, err, there)
	}
}
