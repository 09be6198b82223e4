package schema

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Of many texts those are looked at that are of each by itself, however long they are and wherever they stand.
func TestLookedAt(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	b := &Block{Width: 3}
	for range 3000 {
		for range b.Width {
			cell := strings.Repeat(string(rune(random.IntN(300))), random.IntN(4)*random.IntN(70))
			b.Cells = append(b.Cells, Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
			b.Data = append(b.Data, cell...)
		}
		b.Rows = append(b.Rows, Ref{})
	}
	b.Cells[len(b.Cells)-1] = Span{Off: uint32(len(b.Data))} // where nothing is any more
	var looks [256]uint64
	for i := range looks {
		looks[i] = random.Uint64() & random.Uint64()
	}
	for column := range b.Width {
		for _, looks[0] = range []uint64{0, 1} {
			q := &quickColumn{column: column, looks: &looks}
			want := q.lookedAtInTurn(b, make([]int32, b.Len()+1))
			if got := q.lookedAt(b, make([]int32, b.Len()+1)); !slices.Equal(got, want) || len(want) == 0 {
				t.Fatalf("column %d: at %d rows is looked, and at %d if at each by itself", column, len(got), len(want))
			}
		}
	}
	if got := (&quickColumn{looks: &looks}).lookedAt(&Block{Width: 1}, make([]int32, 1)); len(got) != 0 {
		t.Errorf("%d rows of none are looked at", len(got))
	}
}

// Of many phone numbers those are odd that are so by themselves.
func TestOddPhones(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := &Block{Width: 2}
		for range rapid.IntRange(1, 40).Draw(r, "rows") {
			phone := rapid.OneOf(
				rapid.SampledFrom([]string{"+49301234567", "+49 30 1234-567", "", "+1111111111", "+ (1) 1-11 11111", "+ (1) 1-11 11112", "+0123456789", "+123456789012345", "+1234567890123456", "49301234567", "+4930123456 "}),
				rapid.StringMatching(`[+]?[ ()-]{0,3}[0-9 ()x.-]{5,22}`),
				rapid.StringMatching(`[+][ (]?1{4,12}[0-9]?[ )]?`),
				rapid.StringN(0, 30, -1),
			).Draw(r, "phone")
			b.Cells = append(b.Cells, Span{}, Span{Off: uint32(len(b.Data)), Len: uint32(len(phone))})
			b.Data = append(b.Data, phone...)
			b.Rows = append(b.Rows, Ref{})
		}
		got, want := oddPhones(b, 1, make([]int32, b.Len())), oddPhonesInTurn(b, 1, make([]int32, b.Len()))
		if !slices.Equal(got, want) {
			r.Errorf("odd are %v of %q, and %v each by itself", got, b.Data, want)
		}
	})
}
