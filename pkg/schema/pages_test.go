package schema

import "testing"

// Memory is there to be written and read, whatever the system makes of the wish.
func TestWordsToStay(t *testing.T) {
	for _, n := range []int{0, 1, 511, largePage / 8, 3 * largePage / 8, 3*largePage/8 + 1} {
		words := wordsToStay(n)
		if len(words) != n {
			t.Fatalf("%d words instead of %d", len(words), n)
		}
		for i := range words {
			if words[i] != 0 {
				t.Fatal("there is something in it")
			}
			words[i] = uint64(i)
		}
		for i := range words {
			if words[i] != uint64(i) {
				t.Fatal("what was written is gone")
			}
		}
	}
}
