package schema

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// isSpace is what trimming takes away: white space of any script, and the two characters that a person cannot see and that
// spreadsheets and web pages leave at the ends of cells, the zero-width space and the byte order mark.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }

// trim returns the cell without the space around it, in place.
func trim(b []byte) []byte {
	if n := len(b); n > 0 && b[0]-'!' < 0x7f-'!' && b[n-1]-'!' < 0x7f-'!' {
		return b
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

// Trim returns text without the space around it as every comparison of this package takes it away: white space of any
// script, the zero-width space and the byte order mark.
func Trim(cell []byte) []byte { return trim(cell) }

// isASCII says whether no byte is 0x80 or above.
func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if (uint64(b[0])|uint64(b[1])|uint64(b[2])|uint64(b[3])|uint64(b[4])|uint64(b[5])|uint64(b[6])|uint64(b[7]))&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isComposed says whether a cell is in normalisation form C for certain. Every character below U+0300, whose first byte
// in UTF-8 is below 0xcc, is so by itself and beside any other of them.
func isComposed(b []byte) bool {
	for _, c := range b {
		if c >= 0xcc {
			return norm.NFC.IsNormal(b)
		}
	}
	return true
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
	dst = dst[:from]
	if !isComposed(cell) {
		cell = norm.NFC.Bytes(cell)
	}
	for len(cell) > 0 {
		r, size := utf8.DecodeRune(cell)
		dst = utf8.AppendRune(dst, foldRune(r))
		cell = cell[size:]
	}
	if folded := dst[from:]; !isComposed(folded) {
		dst = append(dst[:from], norm.NFC.Bytes(folded)...)
	}
	return dst
}

// foldRune is one spelling for all the cases of a letter: the lower case of the first in their order, so that ASCII
// stays ASCII and the Kelvin sign is a k.
func foldRune(r rune) rune {
	switch { // what follows from the general rule, sooner
	case r >= 'A' && r <= 'Z', r >= 0xc0 && r <= 0xde && r != 0xd7:
		return r + 0x20
	case r < 0x100:
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return unicode.ToLower(least)
}
