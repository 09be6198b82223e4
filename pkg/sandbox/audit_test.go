package sandbox

import (
	"fmt"
	"testing"
)

// The trail is bounded: the oldest events go, and the newest stay in order.
func TestTheAuditTrailIsBounded(t *testing.T) {
	box, _ := fuzzBox(t, nil)
	for i := range 2 * maxEvents {
		box.tenant.audit("NON_EMPLOYEE_UPDATE_PASSED", "x", fmt.Sprint(i), nil)
	}
	events := box.tenant.events
	if len(events) > maxEvents || len(events) < maxEvents/2 {
		t.Errorf("%d events are kept", len(events))
	}
	for i, e := range events {
		if want := fmt.Sprint(2*maxEvents - len(events) + i); e.target != want {
			t.Fatalf("event %d is of %s, want %s", i, e.target, want)
		}
	}
}
