package apply

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// full is a tenant whose source has room for so many more, and takes no more than it may.
func full(room int) *tenant {
	ten := newTenant()
	for i := range schema.MaxRecords - room {
		ten.add(fmt.Sprint("x", i))
	}
	return ten
}

// What a run has created before it was interrupted is not created once more, and needs no room for that.
func TestResumeNeedsNoRoomForWhatItHasCreated(t *testing.T) {
	ten := full(2)
	p := newDraft(ten).create("emil").create("fay").plan(t)
	f := newFolder()
	interrupt(t, ten, p, f, "status")
	ten.faults = faults{}
	if err := ten.clock.Sleep(t.Context(), time.Minute); err != nil { // the job comes to its end
		t.Fatal(err)
	}
	res, err := Resume(t.Context(), f, ten, options(ten, f))
	if err != nil || !res.Whole() || ten.calls["upload"] != 1 {
		t.Errorf("got %s, %v, %d uploads, want all verified and nothing sent again", &res, err, ten.calls["upload"])
	}
}

// What it has deleted makes no more room.
func TestResumeHasNoRoomFromWhatItHasDeleted(t *testing.T) {
	ten := full(0)
	p := newDraft(ten).create("emil").remove("x1").plan(t)
	f := newFolder()
	ctx, cancel := context.WithCancel(t.Context())
	ten.faults.seen = func(_ *tenant, call string) {
		if call == "delete" {
			cancel()
		}
	}
	var stopped *InterruptedError
	if res, err := Run(ctx, p, ten, options(ten, f)); !errors.As(err, &stopped) || !cmp.Equal(states(res), []string{"emil skipped", "x1 unknown"}) {
		t.Fatalf("got %v, %v", states(res), err)
	}
	ten.faults = faults{}
	ten.add("somebody else's")
	var none *CapacityError
	if _, err := Resume(t.Context(), f, ten, options(ten, f)); !errors.As(err, &none) || *none != (CapacityError{Records: schema.MaxRecords, Creates: 1, Limit: schema.MaxRecords}) {
		t.Errorf("got %v, want no room for 1", err)
	}
}
