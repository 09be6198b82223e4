package csvio

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// A window is what 64 bytes have that matters: bit i of each mask is byte i.
type window struct {
	delim uint64
	lf    uint64
	cr    uint64
	quote uint64
	edge  uint64 // what is looked at closer at the beginning of a cell: a space, =, ' and #; a space is at the end too
	odd   uint64 // others that are no printable ASCII, and question marks
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	lows  = 0x7f7f7f7f7f7f7f7f

	quotes  = '"' * ones
	feeds   = '\n' * ones
	returns = '\r' * ones

	// gather multiplied with a word that has only its bytes' highest bits set brings them together in the highest byte.
	gather = 0x0002040810204081
)

// lookPlainly makes the windows of the first 64 bytes of b for each. delim is the delimiter, an ASCII character. It is what every
// faster way has to come to.
func lookPlainly(windows []window, b []byte, delim byte) {
	b = b[:64*len(windows)]
	withCR := bytes.IndexByte(b, '\r') >= 0
	pattern := uint64(delim) * ones
	for i := range windows {
		windows[i].look((*[64]byte)(b[64*i:]), pattern, withCR)
	}
}

// look makes the masks of b, eight bytes at a time. delim is the delimiter in every byte of a word; withCR says that there may be
// a CR.
func (w *window) look(b *[64]byte, delim uint64, withCR bool) {
	x0, x1, x2, x3 := word(b, 0), word(b, 8), word(b, 16), word(b, 24)
	d0, l0, q0 := eight(x0, delim)
	d1, l1, q1 := eight(x1, delim)
	d2, l2, q2 := eight(x2, delim)
	d3, l3, q3 := eight(x3, delim)
	d := d0 | d1<<8 | d2<<16 | d3<<24
	l := l0 | l1<<8 | l2<<16 | l3<<24
	q := q0 | q1<<8 | q2<<16 | q3<<24
	x4, x5, x6, x7 := word(b, 32), word(b, 40), word(b, 48), word(b, 56)
	d4, l4, q4 := eight(x4, delim)
	d5, l5, q5 := eight(x5, delim)
	d6, l6, q6 := eight(x6, delim)
	d7, l7, q7 := eight(x7, delim)
	w.delim = d | d4<<32 | d5<<40 | d6<<48 | d7<<56
	w.lf = l | l4<<32 | l5<<40 | l6<<48 | l7<<56
	w.quote = q | q4<<32 | q5<<40 | q6<<48 | q7<<56
	w.cr = 0
	if withCR {
		for i := 0; i < 64; i += 8 {
			x := word(b, i)
			w.cr |= equal(x&lows, x|lows, returns) << (i & 63)
		}
	}
	w.edge = edges(x0) | edges(x1)<<8 | edges(x2)<<16 | edges(x3)<<24 | edges(x4)<<32 | edges(x5)<<40 | edges(x6)<<48 | edges(x7)<<56
	odd := unplain(x0) | unplain(x1)<<8 | unplain(x2)<<16 | unplain(x3)<<24 | unplain(x4)<<32 | unplain(x5)<<40 | unplain(x6)<<48 | unplain(x7)<<56
	w.odd = odd &^ (w.delim | w.lf | w.cr)
}

// eight looks at eight bytes for delimiters, LF and quotes.
func eight(x, delim uint64) (d, l, q uint64) {
	low, high := x&lows, x|lows
	return equal(low, high, delim), equal(low, high, feeds), equal(low, high, quotes)
}

// equal sets bit i of its result if byte i is the ASCII character that pattern has in every byte. low has the bytes' low seven
// bits; high has their highest bits and all others set. Adding lows to what differs in the low bits sets a byte's highest bit
// unless nothing differs, so what has it neither before nor after is equal.
func equal(low, high, pattern uint64) uint64 {
	return ^((low ^ pattern) + lows | high) * gather >> 56
}

// edges sets bit i of its result if byte i is one of those that are looked at closer where a cell begins.
func edges(x uint64) uint64 {
	low, high := x&lows, x|lows
	none := (low ^ ' '*ones + lows) & (low ^ '='*ones + lows) & (low ^ '\''*ones + lows) & (low ^ '#'*ones + lows)
	return ^(none | high) * gather >> 56
}

// unplain sets bit i of its result if byte i is no printable ASCII, or is a question mark.
func unplain(x uint64) uint64 {
	low := x & lows
	control, del, question := ^(low + 0x60*ones), low+ones, ^((low ^ '?'*ones) + lows)
	return (x | control | del | question) & highs * gather >> 56
}

func word(b *[64]byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at : at+8]) }

// prefixXor gives in bit i the parity of the bits 0 to i of x: from every odd bit to the next even one it is set.
func prefixXor(x uint64) uint64 {
	x ^= x << 1
	x ^= x << 2
	x ^= x << 4
	x ^= x << 8
	x ^= x << 16
	x ^= x << 32
	return x
}

// below is a mask of the bits under i.
func below(i int) uint64 { return 1<<uint(i) - 1 }

// lowest is the place of the lowest bit of x, which is not 0.
func lowest(x uint64) int { return bits.TrailingZeros64(x) }
