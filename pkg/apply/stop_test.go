package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// patches are a tenant of n people, x00 and so on, and a draft that patches each of them.
func patches(n int) (*tenant, *draft) {
	ten := newTenant()
	d := newDraft(ten)
	for i := range n {
		ten.add(fmt.Sprintf("x%02d", i))
		d.change(fmt.Sprintf("x%02d", i), plan.Patch, "lastName", "New")
	}
	return ten, d
}

// cutAtFirstPatch is a plan of n patches, with what a run of it needs, one at a time, that ends when the first is sent.
func cutAtFirstPatch(t *testing.T, n int) (context.Context, *tenant, *plan.Plan, *folder, Options) {
	ten, d := patches(n)
	p := d.plan(t)
	f := newFolder()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	ten.faults.seen = func(_ *tenant, call string) {
		if call == "patch" {
			cancel()
		}
	}
	o := options(ten, f)
	o.Parallel = 1
	return ctx, ten, p, f, o
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
	// One after another the bound is exact. Several at once it is certain only where no answer that comes late can be a good
	// one, which would begin the row anew.
	for _, test := range []struct{ parallel, taken, most int }{
		{1, 5, 5 + mostSilence},
		{DefaultParallel, 0, mostSilence + DefaultParallel},
	} {
		t.Run(fmt.Sprintf("patches, %d at once, the first %d taken", test.parallel, test.taken), func(t *testing.T) {
			ten, d := patches(100)
			p := d.plan(t)
			ten.faults.before = func(call string, n int) error {
				if call == "patch" && n > test.taken {
					return errDenied
				}
				return nil
			}
			f := newFolder()
			o := options(ten, f)
			o.Parallel = test.parallel
			res, err := Run(t.Context(), p, ten, o)
			var partial *PartialError
			var denied *DeniedError
			switch {
			case test.taken > 0 && (!errors.As(err, &partial) || !res.Resumable):
				t.Errorf("got %v, resumable %t, want a *PartialError that can be resumed", err, res.Resumable)
			case test.taken == 0 && !errors.As(err, &denied):
				t.Errorf("got %v, want a *DeniedError: nothing was changed", err)
			}
			if n := ten.calls["patch"]; n < mostSilence || n > test.most {
				t.Errorf("%d patches were sent, want %d at most: the rest would be denied too", n, test.most)
			}
			if res.Verified != test.taken {
				t.Errorf("got %s, want %d verified", &res, test.taken)
			}
			ten.faults = faults{} // the token has got its rights back
			res, err = Resume(t.Context(), f, ten, options(ten, f))
			if err != nil || !res.Whole() {
				t.Errorf("resumed: %s, %v", &res, err)
			}
		})
	}
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
	ten, d := patches(100)
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
	ten, d := patches(50)
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
	ten, d := patches(40)
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
			if n >= 10 { // not == : two may have been counted before either looks
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
	ten, d := patches(20)
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
