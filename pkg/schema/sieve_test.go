package schema

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
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
