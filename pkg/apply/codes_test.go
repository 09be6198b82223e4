package apply

import "testing"

// What kept an operation from being verified has a code; what was verified has none.
func TestCodesOfOutcomes(t *testing.T) {
	for state, want := range map[State]string{NotApplied: "E-NOT-APPLIED", Differs: "E-DIFFERS", Skipped: "E-SKIPPED", Unknown: "E-UNKNOWN", Verified: ""} {
		if got := (Outcome{State: state}).Code(); got != want {
			t.Errorf("%s has the code %q, want %q", state, got, want)
		}
	}
}
