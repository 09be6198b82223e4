package apply

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// What a run did and did not read back is read for its undo; what was read before the run is never taken for that.
func TestLookBackShowsWhatWasNotReadBack(t *testing.T) {
	for _, test := range []struct {
		why  string
		hurt func(ten *tenant, cancel func())
		idle map[int64]bool
	}{
		{"interrupted while its first patch is under way", func(ten *tenant, cancel func()) {
			ten.faults.seen = func(_ *tenant, call string) {
				if call == "patch" {
					cancel()
				}
			}
		}, map[int64]bool{1: false, 2: false, 3: true}},
		{"nothing can be read when all is sent", func(ten *tenant, _ func()) {
			ten.faults.before = func(call string, _ int) error {
				if (call == "list" || call == "get") && ten.calls["patch"] == 2 {
					return errUnclear
				}
				return nil
			}
		}, map[int64]bool{1: false, 2: false, 3: false}},
		{"a patch is refused, and nothing can be read when all is sent", func(ten *tenant, _ func()) {
			ten.faults.before = func(call string, _ int) error {
				if (call == "list" || call == "get") && ten.calls["patch"] == 2 {
					return errUnclear
				}
				if call == "patch" && ten.calls["patch"] == 1 {
					return errRefused
				}
				return nil
			}
		}, map[int64]bool{1: false, 2: true, 3: false}},
	} {
		t.Run(test.why, func(t *testing.T) {
			ten := newTenant()
			ten.add("ana")
			ten.add("ben")
			p := newDraft(ten).create("emil").change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New").plan(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			test.hurt(ten, cancel)
			f := newFolder()
			o := options(ten, f)
			o.Parallel = 1
			res, err := Run(ctx, p, ten, o)
			if err == nil || res.Unknown == 0 {
				t.Fatalf("got %s, %v, want a run that does not know what became of all", &res, err)
			}
			if _, there := f.files[ReadbackFile]; there {
				t.Error("a read-back was written, and there was none")
			}
			s, err := Load(f)
			if err != nil || s.After != nil {
				t.Fatalf("got %v, %v, want that nothing is known", s.After, err)
			}
			if diff := cmp.Diff(test.idle, s.Idle); diff != "" {
				t.Errorf("what changed nothing for certain (-want +got):\n%s", diff)
			}
			ten.faults = faults{}
			sent := writes(ten)
			got, err := LookBack(t.Context(), f, ten, Options{Judge: judge, Clock: ten.clock})
			if err != nil || writes(ten) != sent {
				t.Fatalf("%v, %d more writes", err, writes(ten)-sent)
			}
			there := make(map[string]schema.Record)
			for _, r := range got {
				there[r.ID] = r
			}
			if diff := cmp.Diff(ten.records, there); diff != "" {
				t.Errorf("what is there (-want +got):\n%s", diff)
			}
		})
	}
}

// A read-back that an earlier end of the run has left does not count when it was gone on with and interrupted.
func TestLoadBelievesNoReadBackFromBeforeTheLastWrite(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("ben")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New").plan(t)
	f := newFolder()
	o := options(ten, f)
	o.Parallel, o.FailFast = 1, true
	ten.faults.before = nth("patch", errDenied, 2)
	if res, _ := Run(t.Context(), p, ten, o); !res.Resumable || res.Verified != 1 {
		t.Fatalf("got %s", &res)
	}
	if s, err := Load(f); err != nil || s.After == nil {
		t.Fatalf("got %v, %v, want what was read back", s.After, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ten.faults = faults{after: func(call string, _ int) error {
		if call == "patch" {
			cancel()
		}
		return nil
	}}
	var stopped *InterruptedError
	if _, err := Resume(ctx, f, ten, o); !errors.As(err, &stopped) {
		t.Fatalf("got %v", err)
	}
	if s, err := Load(f); err != nil || s.After != nil || len(f.files[ReadbackFile]) == 0 {
		t.Errorf("got %v, %v, want that nothing is known", s.After, err)
	}
}

func TestLookBackWaitsForWhatDoesNotShowYet(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	f := newFolder()
	ten.faults.lag = 15 * time.Second
	interrupt(t, ten, p, f, "patch")
	got, err := LookBack(t.Context(), f, ten, Options{Judge: judge, Clock: ten.clock})
	if err != nil || len(got) != 1 || got[0].Values[2] != "New" {
		t.Errorf("got %v, %v, want what was sent", got, err)
	}
}

func TestLookBackRefusesToReadWhileTheJobRuns(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("emil").plan(t)
	f := newFolder()
	ctx, cancel := context.WithCancel(t.Context())
	ten.faults.slow = time.Hour
	ten.faults.seen = func(_ *tenant, call string) {
		if call == "status" && ten.calls["upload"] > 0 {
			cancel()
		}
	}
	var stopped *InterruptedError
	if _, err := Run(ctx, p, ten, options(ten, f)); !errors.As(err, &stopped) {
		t.Fatalf("got %v", err)
	}
	ten.faults.seen = nil
	if err := ten.clock.Sleep(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	var busy *BusyError
	if _, err := LookBack(t.Context(), f, ten, Options{Judge: judge, Clock: ten.clock}); !errors.As(err, &busy) {
		t.Errorf("while it runs: %v, want a *BusyError", err)
	}
	if err := ten.clock.Sleep(t.Context(), 2*time.Hour); err != nil {
		t.Fatal(err)
	}
	if got, err := LookBack(t.Context(), f, ten, Options{Judge: judge, Clock: ten.clock}); err != nil || len(got) != 1 {
		t.Errorf("when it has ended: %v, %v", got, err)
	}
}
