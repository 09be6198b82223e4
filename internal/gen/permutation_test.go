package gen

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPermutationIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, 1000).Draw(t, "size")
		p := newPermutation(size, rapid.Uint64().Draw(t, "seed"))
		seen := make([]bool, size)
		for x := range size {
			y := p.at(x)
			if y < 0 || y >= size || seen[y] {
				t.Fatalf("at(%d) = %d is out of range or was there before", x, y)
			}
			seen[y] = true
			if back := p.find(y); back != x {
				t.Fatalf("find(at(%d)) = %d", x, back)
			}
		}
	})
}

func TestPermutationShuffles(t *testing.T) {
	const size = 10_000
	p := newPermutation(size, 7)
	var near, backwards int
	for x := range size - 1 {
		a, b := p.at(x), p.at(x+1)
		if a-b < 100 && b-a < 100 {
			near++
		}
		if b < a {
			backwards++
		}
	}
	if near > size/20 {
		t.Errorf("%d of %d neighbours stay within 100 of each other, want about 2 %%", near, size)
	}
	if backwards < size*45/100 || backwards > size*55/100 {
		t.Errorf("%d of %d steps go backwards, want about half", backwards, size)
	}
}
