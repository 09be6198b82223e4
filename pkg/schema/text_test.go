package schema

import (
	"bytes"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestFoldRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if got := foldRune(r); got != foldByOrbit(r) {
			t.Fatalf("%U folds to %U, want %U", r, got, foldByOrbit(r))
		}
		if next := unicode.SimpleFold(r); foldRune(next) != foldRune(r) {
			t.Fatalf("%U and %U are cases of one letter and fold to %U and %U", r, next, foldRune(r), foldRune(next))
		}
		if again := foldRune(foldRune(r)); again != foldRune(r) {
			t.Fatalf("%U folds to %U and that to %U", r, foldRune(r), again)
		}
	}
}

// What is taken for composed by its bytes is so by itself and beside any other: it joins with nothing before it.
func TestComposedSize(t *testing.T) {
	taken := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		text := string(r)
		if r >= 0xd800 && r <= 0xdfff || text[0] >= 0xcc && ComposedSize([]byte(text)) == 0 {
			continue
		}
		taken++
		if p := norm.NFC.PropertiesString(text); !p.BoundaryBefore() || !norm.NFC.IsNormalString(text) {
			t.Errorf("%U is taken for composed", r)
		}
		folded := string(foldRune(r))
		if p := norm.NFC.PropertiesString(folded); !p.BoundaryBefore() || !norm.NFC.IsNormalString(folded) {
			t.Errorf("%U folds to %q, which is not composed", r, folded)
		}
		if text[0] >= 0xcc && ComposedSize([]byte(text)) != len(text) {
			t.Errorf("%U has %d bytes, not %d", r, len(text), ComposedSize([]byte(text)))
		}
	}
	if taken < 30_000 {
		t.Errorf("only %d characters are recognised", taken)
	}
}

func FuzzFolded(f *testing.F) {
	for _, s := range []string{"Ana", "JOSÉ ", "jose\u0301", "\u212a", "ẞ", "Ω\u0345", "\xff", "ﬃ", "ΐ", "I\u0307"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		once := AppendFolded(nil, cell)
		if slow := appendFoldedByLibrary(nil, trim(cell)); utf8.Valid(cell) && !bytes.Equal(once, slow) {
			t.Errorf("%q folds to %q, and by the library to %q", cell, once, slow)
		}
		if h := foldedOf(once, new([]byte)); !bytes.Equal(once, cell) && foldedOf(trim(cell), new([]byte)) != h {
			t.Errorf("%q has another hash than %q, to which it folds", cell, once)
		}
		if begin, want := beginning(trim(cell), new([]byte)), beginningPlainly(once); begin != want {
			t.Errorf("%q begins with %x, and what it folds to, %q, with %x", cell, begin, once, want)
		}
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
	})
}

// beginningPlainly is the beginning of a folded text.
func beginningPlainly(folded []byte) uint64 {
	ascii := 0
	for ascii < len(folded) && folded[ascii] < utf8.RuneSelf {
		ascii++
	}
	if r, _ := utf8.DecodeRune(folded[ascii:]); r >= 0x300 && r <= 0x36f && ascii > 0 && ascii < 9 {
		ascii--
	}
	return wordOf(folded[:min(ascii, 8)])
}

// Every letter has the beginning of what it folds to, behind others and before marks. Of those that no Latin text has some are tried.
func TestBeginning(t *testing.T) {
	const digits = "12345678"
	b := &Block{Width: 2, Data: []byte("+" + digits)}
	var want []uint64
	for r := rune(0x80); r <= utf8.MaxRune; r++ {
		if r > 0x3000 {
			r += 96
		}
		if r >= 0xd800 && r <= 0xdfff {
			continue
		}
		for _, text := range []string{string(r), "Ze" + string(r), "Ze" + string(r) + "\u0301n", "Abcdefg" + string(r), "Abcdefgh" + string(r) + "ij", "e\u0301" + string(r), "A" + string(r) + "\u0308"} {
			cell := trim([]byte(text))
			folded := AppendFolded(nil, cell)
			if begin, want := beginning(cell, new([]byte)), beginningPlainly(folded); begin != want {
				t.Fatalf("%q (%U) begins with %x, and what it folds to, %q, with %x", text, r, begin, folded, want)
			}
			b.Rows = append(b.Rows, Ref{})
			b.Cells = append(b.Cells, Span{Len: uint32(len("+" + digits))}, Span{Off: uint32(len(b.Data)), Len: uint32(len(text))})
			b.Data = append(b.Data, text...)
			want = append(want, beginningPlainly(folded))
		}
	}
	// And so it has among many.
	of, atOnce := make([]uint64, b.Len()), 0
	if !b.personsAtOnce(0, 1, 1, of) {
		t.Log("this processor hashes each by itself")
		return
	}
	for row, h := range of {
		if h == hashApart {
			continue
		}
		if atOnce++; h != personOf([]byte(digits), want[row], want[row]) {
			t.Fatalf("%q begins otherwise among many", b.Cell(row, 1))
		}
	}
	if atOnce < 1000 {
		t.Errorf("only %d of %d were hashed at once", atOnce, len(of))
	}
}

// sameLetters says whether b differs from a in what folding takes away and in nothing else: case conversion also does
// more, such as making one letter of another language's two.
func sameLetters(a, b []byte) bool {
	x, y := []rune(string(norm.NFC.Bytes(trim(a)))), []rune(string(norm.NFC.Bytes(trim(b))))
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if foldByOrbit(x[i]) != foldByOrbit(y[i]) {
			return false
		}
	}
	return true
}
