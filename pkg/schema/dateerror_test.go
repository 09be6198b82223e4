package schema

import "testing"

func TestNeedsZone(t *testing.T) {
	for _, test := range []struct {
		cell string
		want bool
	}{
		{"2026-03-31", true},
		{"31/03/2026", true},
		{"2026-03-31 17:00", true},
		{"2026-03-31T17:00:00+02:00", false},
		{"2026-03-31T15:00:00Z", false},
		{"", false},
		{"soon", false},
		{"03/04/2026", false}, // that it is ambiguous comes first
		{ClearCell, false},
	} {
		if got := NeedsZone([]byte(test.cell), Unsettled); (got != nil) != test.want || got != nil && got.Code != CodeDateZone {
			t.Errorf("%q: %v, want an error: %t", test.cell, got, test.want)
		}
	}
}
