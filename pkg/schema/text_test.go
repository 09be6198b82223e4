package schema

import (
	"bytes"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The general rule of folding, without the ways round it.
func slowFold(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return unicode.ToLower(least)
}

func TestFoldRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if got := foldRune(r); got != slowFold(r) {
			t.Fatalf("%U folds to %U, want %U", r, got, slowFold(r))
		}
		if next := unicode.SimpleFold(r); foldRune(next) != foldRune(r) {
			t.Fatalf("%U and %U are cases of one letter and fold to %U and %U", r, next, foldRune(r), foldRune(next))
		}
		if r < 0x300 && !norm.NFC.IsNormalString(string(r)+"a"+string(r)) {
			t.Fatalf("%U is not composed by itself", r)
		}
	}
}

func FuzzFolded(f *testing.F) {
	for _, s := range []string{"Ana", "JOSÉ ", "jose\u0301", "\u212a", "ẞ", "Ω\u0345", "\xff", "ﬃ", "ΐ", "I\u0307"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		once := AppendFolded(nil, cell)
		if twice := AppendFolded(nil, once); !bytes.Equal(once, twice) {
			t.Errorf("%q folds to %q and that to %q", cell, once, twice)
		}
		if !utf8.Valid(cell) {
			return
		}
		for _, other := range [][]byte{bytes.ToUpper(cell), norm.NFD.Bytes(cell), norm.NFC.Bytes(cell), append([]byte(" "), cell...)} {
			if utf8.RuneCount(other) == 0 || !sameLetters(cell, other) {
				continue
			}
			if got := AppendFolded(nil, other); !bytes.Equal(once, got) {
				t.Errorf("%q folds to %q and %q to %q", cell, once, other, got)
			}
		}
		if isPlainText(append([]byte("a"), cell...)) && !utf8.Valid(cell) {
			t.Errorf("%q was taken for plain text", cell)
		}
	})
}

// sameLetters says whether b differs from a in what folding takes away and in nothing else: case conversion also does
// more, such as making one letter of another language's two.
func sameLetters(a, b []byte) bool {
	x, y := []rune(string(norm.NFC.Bytes(trim(a)))), []rune(string(norm.NFC.Bytes(trim(b))))
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if slowFold(x[i]) != slowFold(y[i]) {
			return false
		}
	}
	return true
}
