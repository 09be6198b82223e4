package plan

import "testing"

// TestHintNamesAllThatWouldAllow: a refusal with advice of its own does not keep the flags of the others from being named.
func TestHintNamesAllThatWouldAllow(t *testing.T) {
	updates := Refusal{Code: "updates", Flag: "--max-updates", Value: "20000"}
	full := Refusal{Code: "capacity", Hint: "delete ended records first"}
	for _, tt := range []struct {
		refusals []Refusal
		want     string
	}{
		{[]Refusal{updates}, "if it is really meant:  --max-updates 20000"},
		{[]Refusal{full}, "delete ended records first"},
		{[]Refusal{updates, full}, "delete ended records first; for the rest, if it is really meant:  --max-updates 20000"},
	} {
		if got := Hint(tt.refusals); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
