package schema

import (
	"encoding/binary"
	"math/bits"
)

// mailKinds has a bit for each of up to 64 bytes of a cell in the masks of their kinds.
type mailKinds struct {
	ats, dots, hyphens, signs uint64 // @ . - and _ or +
	letters                   uint64
	others                    uint64 // what no plain address has
	small                     uint64 // those that are no capitals, if they are letters
}

// A MailShape is what [PlainMail] says of a cell.
type MailShape uint8

const (
	MailPlain MailShape = 1 << iota
	MailSmall
)

// MailShapes tells the shapes of cells of data, the first and each width behind the one before.
func MailShapes(data []byte, cells []Span, width int, to []MailShape) {
	if len(to) == 0 || mailsAtOnce(data, cells[:(len(to)-1)*width+1], width, to) {
		return
	}
	for i := range to {
		to[i] = ShapeOfMail(data, cells[i*width])
	}
}

// ShapeOfMail is the shape of one.
func ShapeOfMail(data []byte, cell Span) MailShape {
	switch plain, small := PlainMail(data, cell); {
	case !plain:
		return 0
	case !small:
		return MailPlain
	}
	return MailPlain | MailSmall
}

// PlainMail is isPlainMail for a cell at a place of data, and says of such a cell whether it is without capitals and underscores.
func PlainMail(data []byte, cell Span) (plain, small bool) {
	var k mailKinds
	if !kindsOf(data, cell, &k) {
		text := data[cell.Off : cell.Off+cell.Len]
		return isPlainMail(text), hasNoCapital(text)
	}
	n := uint(cell.Len)
	all := uint64(1)<<n - 1
	if n < 6 || k.others&all != 0 {
		return false, false
	}
	ats, dots := k.ats&all, k.dots&all
	if !standWell(ats, dots, k.hyphens&all, k.signs&all) {
		return false, false
	}
	domain := -ats << 1
	last := 63 - uint(bits.LeadingZeros64(dots&domain|1)) // the last dot of the domain, or 0
	label := all &^ (2<<last - 1)
	return last > 0 && label&(label-1) != 0 && label&^k.letters == 0, all&(k.letters|k.signs)&^k.small == 0
}

// isPlainMail recognises the addresses that nearly everybody has: ASCII letters, digits and . _ - + before the @, a domain of
// labels of letters, digits and inner hyphens after it, the last at least two letters, in all at most 64 characters. What it accepts,
// the library accepts too.
//
// It notes where dots, hyphens and the @ stand in the bits of words, eight bytes at a time, and asks these what may stand beside what.
func isPlainMail(b []byte) bool {
	n := len(b)
	if n < 6 || n > 64 {
		return false
	}
	text, before := b, 0
	var short [8]byte
	if n < len(short) {
		before = copy(short[:], "aa"[:len(short)-n])
		copy(short[before:], b)
		text = short[:]
	}
	var dots, ats, hyphens, signs uint64
	for at := 0; ; at = min(at+8, len(text)-8) {
		w := binary.LittleEndian.Uint64(text[at:])
		small := w | 0x20*everyByte
		letters := (small + (0x80-'a')*everyByte) &^ (small + (0x80-'z'-1)*everyByte)
		digits := (w + (0x80-'0')*everyByte) &^ (w + (0x80-'9'-1)*everyByte)
		dot, hyphen := equalTo(w, '.'), equalTo(w, '-')
		sign, mark := equalTo(w, '@'), equalTo(w, '_')|equalTo(w, '+')
		if w&highBits != 0 || (letters|digits|dot|hyphen|sign|mark)&highBits != highBits {
			return false
		}
		dots |= gathered(dot) << at
		ats |= gathered(sign) << at
		if hyphen|mark != 0 {
			hyphens |= gathered(hyphen) << at
			signs |= gathered(mark) << at
		}
		if at == len(text)-8 {
			break
		}
	}
	dots, ats, hyphens, signs = dots>>before, ats>>before, hyphens>>before, signs>>before
	if !standWell(ats, dots, hyphens, signs) {
		return false
	}
	domain := -ats << 1
	letters := 0
	for i := n - 1; i >= 0 && b[i]|0x20-'a' <= 'z'-'a'; i-- {
		letters++
	}
	i := n - 1 - letters
	return letters >= 2 && letters <= 63 && i >= 0 && dots&domain>>uint(i)&1 == 1
}

// standWell says of the places of the signs in a cell whether there is one @, not the first, and none is beside what it may not be beside.
func standWell(ats, dots, hyphens, signs uint64) bool {
	if ats&1 != 0 || ats == 0 || ats&(ats-1) != 0 {
		return false
	}
	domain := -ats << 1
	return dots&1|dots&(dots<<1|ats<<1|ats>>1)|signs&domain|(hyphens<<1&dots|(dots|ats)<<1&hyphens)&domain == 0
}

// hasNoCapital says whether a cell has neither a capital of ASCII nor an underscore.
func hasNoCapital(b []byte) bool {
	for _, c := range b {
		if c-'A' <= 'Z'-'A' || c == '_' {
			return false
		}
	}
	return true
}

// equalTo sets the high bit of each of eight ASCII bytes that is c.
func equalTo(w uint64, c byte) uint64 {
	return ^((w ^ uint64(c)*everyByte) + 0x7f*everyByte) & highBits
}

// gathered brings the high bits of eight bytes together.
func gathered(w uint64) uint64 { return w >> 7 * 0x0102040810204080 >> 56 }
