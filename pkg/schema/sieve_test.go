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

// nearTo gives texts with every byte changed to every other, and their beginnings.
func nearTo(texts ...string) (all [][]byte) {
	for _, text := range texts {
		for at := range len(text) {
			all = append(all, []byte(text[:at]))
			for c := range 256 {
				near := []byte(text)
				near[at] = byte(c)
				all = append(all, near)
			}
		}
	}
	return all
}

// blockOf is a block of two columns, of which the second has the cells.
func blockOf(cells [][]byte) *Block {
	b := &Block{Width: 2}
	for _, cell := range cells {
		b.Cells = append(b.Cells, Span{}, Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
		b.Data = append(b.Data, cell...)
		b.Rows = append(b.Rows, Ref{})
	}
	return b
}

// Of many phone numbers those are odd that are so by themselves.
func TestOddPhones(t *testing.T) {
	b := blockOf(append(nearTo("+49301234567", "+49 30 1234-567", "+ (1) 1-11 11112", "+123456789012345", "+1 (2) 3-4 5 6 7 8 9 10 1"),
		[]byte("+1111111111"), []byte("+ (1) 1-11 11111"), []byte("+0123456789"), []byte("+1234567890123456"), []byte("+12 34 56 78 ")))
	got, want := oddPhones(b, 1, make([]int32, b.Len())), oddPhonesInTurn(b, 1, make([]int32, b.Len()))
	if len(want) == 0 || len(want) == b.Len() {
		t.Fatalf("%d of %d are odd", len(want), b.Len())
	}
	for i := range b.Rows {
		if is, should := slices.Contains(got, int32(i)), slices.Contains(want, int32(i)); is != should {
			t.Fatalf("%q is odd among many: %t, by itself: %t", b.Cell(i, 1), is, should)
		}
	}
}

// The shapes of many mail addresses are those of each by itself.
func TestMailShapes(t *testing.T) {
	b := blockOf(nearTo("ann@x.org", "a.b-c+d_e@mail-1.example.co", "Ann@Example.ORG", "x@y.zz", "a@b-c.d.ef", strings.Repeat("a", 56)+"@b.info"))
	got := make([]MailShape, b.Len())
	MailShapes(b.Data, b.Cells[1:], b.Width, got)
	for i := range b.Rows {
		cell := b.Cell(i, 1)
		want := MailShape(0)
		if isPlainMailBytewise(string(cell)) {
			if want = MailPlain; hasNoCapital(cell) {
				want |= MailSmall
			}
		}
		if got[i] != want {
			t.Fatalf("%q has the shape %d among many, %d by itself", cell, got[i], want)
		}
	}
}
