package csvio

import (
	"unicode"
	"unicode/utf8"
)

// RuleTrim is the repair that takes spaces of every kind off the ends of a cell: blanks, tabs, line breaks, no-break
// spaces and what else Unicode counts as white space, and the invisible marks U+200B, U+200E, U+200F and U+FEFF.
const RuleTrim = "trim"

// trimmed gives the part of b that is left without the spaces around it.
func trimmed(b []byte) []byte {
	for len(b) > 0 {
		if c := b[0]; c < utf8.RuneSelf {
			if c > ' ' || !isSpace(rune(c)) {
				break
			}
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if !isSpace(r) {
			break
		}
		b = b[n:]
	}
	for len(b) > 0 {
		if c := b[len(b)-1]; c < utf8.RuneSelf {
			if c > ' ' || !isSpace(rune(c)) {
				break
			}
			b = b[:len(b)-1]
			continue
		}
		r, n := utf8.DecodeLastRune(b)
		if !isSpace(r) {
			break
		}
		b = b[:len(b)-n]
	}
	return b
}

func isSpace(r rune) bool {
	switch r {
	case '\u200b', '\u200e', '\u200f', '\ufeff':
		return true
	}
	return unicode.IsSpace(r)
}

// trimmedLeft is b without the spaces before it.
func trimmedLeft(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if !isSpace(r) {
			break
		}
		b = b[n:]
	}
	return b
}
