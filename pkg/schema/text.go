package schema

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// isSpace is what trimming takes away: white space of any script, and the two characters that a person cannot see and that
// spreadsheets and web pages leave at the ends of cells, the zero-width space and the byte order mark.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }

// trim returns the cell without the space around it, in place. Nearly every cell begins and ends in printable ASCII.
func trim(b []byte) []byte {
	if n := len(b); n > 0 && b[0]-'!' < 0x7f-'!' && b[n-1]-'!' < 0x7f-'!' {
		return b
	}
	return trimSpace(b)
}

func trimSpace(b []byte) []byte {
	if n := len(b); n > 1 && isNoSpace(b[0]) && (b[n-1]-'!' < 0x7f-'!' || b[n-1] >= 0x80 && b[n-2] >= 0xc3 && b[n-2] < 0xe0) {
		return b // it ends in a letter of two bytes
	}
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if !isSpace(r) {
			break
		}
		b = b[size:]
	}
	for len(b) > 0 {
		r, size := utf8.DecodeLastRune(b)
		if !isSpace(r) {
			break
		}
		b = b[:len(b)-size]
	}
	return b
}

// isNoSpace says whether no space of any script begins with a byte.
func isNoSpace(c byte) bool {
	return c-'!' < 0x7f-'!' || c >= 0xc3 && c <= 0xee && c-0xe1 > 2
}

// Trim returns text without the space around it as every comparison of this package takes it away: white space of any
// script, the zero-width space and the byte order mark.
func Trim(cell []byte) []byte { return trim(cell) }

// isASCII says whether no byte is 0x80 or above.
func isASCII(b []byte) bool {
	if n := len(b); n >= 8 {
		high := binary.LittleEndian.Uint64(b[n-8:])
		for ; len(b) > 8; b = b[8:] {
			high |= binary.LittleEndian.Uint64(b)
		}
		return high&highBits == 0
	}
	return shortWord(b)&highBits == 0
}

// isComposed says whether a cell is in normalisation form C. The scripts in which most names are written are recognised by
// their bytes; about all else the library is asked.
func isComposed(b []byte) bool {
	if isASCII(b) {
		return true
	}
	for i := 0; i < len(b); i++ {
		if b[i] >= 0xcc {
			size := ComposedSize(b[i:])
			if size == 0 {
				return norm.NFC.IsNormal(b)
			}
			i += size - 1
		}
	}
	return true
}

// ComposedSize is how many bytes the character at the start of b has if it begins with 0xcc or more, is composed by itself and
// never joins with one before it: letters of Greek, Cyrillic, Hebrew, Arabic and Japanese, Han characters and whole
// syllables of Hangul. 0 means that this is not known. Every character below U+0300, whose first byte is below 0xcc, is such.
func ComposedSize(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	second := b[1]
	fits := false
	switch b[0] {
	case 0xce:
		fits = second != 0x87 && second >= 0x91
	case 0xcf, 0xd0, 0xd1:
		fits = true
	case 0xd7:
		fits = second >= 0x90
	case 0xd8:
		fits = second >= 0xa0
	case 0xd9:
		fits = second <= 0x8a
	}
	if fits {
		return 2
	}
	if len(b) < 3 {
		return 0
	}
	switch b[0] {
	case 0xe3:
		fits = second == 0x81 && b[2] != 0x80 || second == 0x83
	case 0xe4:
		fits = second >= 0xb8
	case 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xeb, 0xec:
		fits = true
	case 0xea:
		fits = second >= 0xb0
	case 0xed:
		fits = second <= 0x9d
	}
	if fits {
		return 3
	}
	return 0
}

// appendText appends trimmed text in Unicode normalisation form C.
func appendText(dst, cell []byte) []byte {
	cell = trim(cell)
	if isComposed(cell) {
		return append(dst, cell...)
	}
	return norm.NFC.Append(dst, cell...)
}

// AppendFolded appends a cell as account names and people are matched: trimmed, in normalisation form C, and case folded rune
// by rune, so that two names which differ only in case, Unicode form or the space around them become the same bytes.
func AppendFolded(dst, cell []byte) []byte {
	cell = trim(cell)
	from := len(dst)
	dst, ascii := appendLower(dst, cell)
	if ascii {
		return dst
	}
	return appendFoldedRunes(dst[:from], cell)
}

// appendFoldedRunes is AppendFolded for a trimmed cell with other letters than those of ASCII. What ComposedSize knows stays
// composed when it is folded, so only the rest needs the library's normalisation.
func appendFoldedRunes(dst, cell []byte) []byte {
	from := len(dst)
	for i := 0; i < len(cell); {
		c := cell[i]
		if c < utf8.RuneSelf {
			if c-'A' <= 'Z'-'A' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		if c < 0xe0 && i+1 < len(cell) && cell[i+1]&0xc0 == 0x80 {
			if pair := foldedPairs[c&0x1f][cell[i+1]&0x3f]; pair != [2]byte{} {
				dst = append(dst, pair[0], pair[1])
				i += 2
				continue
			}
		}
		if c >= 0xcc && ComposedSize(cell[i:]) == 0 {
			return appendFoldedByLibrary(dst[:from], cell)
		}
		r, size := utf8.DecodeRune(cell[i:])
		if folded := foldRune(r); folded == r && r != utf8.RuneError {
			dst = append(dst, cell[i:i+size]...)
		} else {
			dst = utf8.AppendRune(dst, folded)
		}
		i += size
	}
	return dst
}

// foldedPairs are the letters of two bytes, folded, by the bits of the two; nothing where a letter needs another way, as it is not known
// to be composed or has another number of bytes once it is folded.
var foldedPairs = func() (pairs [32][64][2]byte) {
	for r := rune(0x80); r < 0x800; r++ {
		b := utf8.AppendRune(nil, r)
		if folded := utf8.AppendRune(nil, foldRune(r)); len(folded) == 2 && (b[0] < 0xcc || ComposedSize(b) != 0) {
			pairs[b[0]&0x1f][b[1]&0x3f] = [2]byte(folded)
		}
	}
	return pairs
}()

func appendFoldedByLibrary(dst, cell []byte) []byte {
	var folded []byte
	for _, r := range string(norm.NFC.Bytes(cell)) {
		folded = utf8.AppendRune(folded, foldRune(r))
	}
	return norm.NFC.Append(dst, folded...)
}

// foldRune is one spelling for all the cases of a letter: the first small one of them, so that ASCII stays ASCII and the
// Kelvin sign is a k. The Turkish İ and ı have no other case and stay themselves.
func foldRune(r rune) rune {
	switch { // what follows from the general rule below, sooner
	case r < 0x100:
		if r >= 'A' && r <= 'Z' || r >= 0xc0 && r <= 0xde && r != 0xd7 {
			return r + 0x20
		}
		return r
	case r < 0x178 && r != 0x130 && r != 0x131 && r != 0x138 && r != 0x149:
		if r >= 0x139 && r <= 0x148 {
			return r + r&1
		}
		return r | 1
	case r >= 0x410 && r <= 0x42f:
		return r + 0x20
	case r >= 0x430 && r <= 0x45f, r >= 0x3ac && r <= 0x3af, r >= 0x5d0 && r <= 0x64a, r >= 0x900 && r <= 0xdff, r >= 0x3041 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return r
	}
	return foldByOrbit(r)
}

// foldByOrbit is the general rule.
func foldByOrbit(r rune) rune {
	least, small := r, rune(-1)
	for next := r; ; {
		least = min(least, next)
		if unicode.IsLower(next) && (small < 0 || next < small) {
			small = next
		}
		if next = unicode.SimpleFold(next); next == r {
			break
		}
	}
	if small >= 0 {
		return small
	}
	return least
}
