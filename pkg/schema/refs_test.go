package schema

import (
	"math/rand/v2"
	"testing"
)

// TestRefsGiveBackWhatTheyWereGiven stores places that are near each other and far apart.
func TestRefsGiveBackWhatTheyWereGiven(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var r Refs
	var want []Ref
	ref := Ref{Row: 2, Line: 2, Offset: 57}
	for i := range 50_000 {
		switch {
		case i%1000 == 999:
			ref = Ref{Row: random.Int64N(1 << 40), Line: random.Int64N(1 << 40), Offset: random.Int64N(1 << 50)}
		case i%100 == 99:
			ref.Row, ref.Line, ref.Offset = ref.Row+random.Int64N(600), ref.Line+random.Int64N(600), ref.Offset+random.Int64N(200_000)
		default:
			ref.Row, ref.Line, ref.Offset = ref.Row+1, ref.Line+random.Int64N(3), ref.Offset+random.Int64N(300)
		}
		want = append(want, ref)
		r.Add(ref)
	}
	for i := range want {
		if got := r.At(i); got != want[i] {
			t.Fatalf("row %d: %+v, want %+v", i, got, want[i])
		}
	}
}
