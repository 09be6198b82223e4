package csvio

import (
	"encoding/binary"
	"math/bits"
)

// A window is what 64 bytes have that matters: bit i of each mask is byte i.
type window struct {
	delim uint64
	line  uint64 // LF, and CR where the text has any
	quote uint64
	high  uint64 // bytes outside ASCII
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

// zeros sets the highest bit of every byte of x that is zero, and no other bit.
func zeros(x uint64) uint64 { return ^(((x & lows) + lows) | x | lows) }

// look makes the masks of b. delim is the delimiter in every byte of a word; withCR says whether to look for CR too.
func (w *window) look(b *[64]byte, delim uint64, withCR bool) {
	x0, x1 := word(b, 0), word(b, 8)
	x2, x3 := word(b, 16), word(b, 24)
	x4, x5 := word(b, 32), word(b, 40)
	x6, x7 := word(b, 48), word(b, 56)
	w.delim = equal(x0, delim) | equal(x1, delim)<<8 | equal(x2, delim)<<16 | equal(x3, delim)<<24 |
		equal(x4, delim)<<32 | equal(x5, delim)<<40 | equal(x6, delim)<<48 | equal(x7, delim)<<56
	w.quote = equal(x0, quotes) | equal(x1, quotes)<<8 | equal(x2, quotes)<<16 | equal(x3, quotes)<<24 |
		equal(x4, quotes)<<32 | equal(x5, quotes)<<40 | equal(x6, quotes)<<48 | equal(x7, quotes)<<56
	w.line = equal(x0, feeds) | equal(x1, feeds)<<8 | equal(x2, feeds)<<16 | equal(x3, feeds)<<24 |
		equal(x4, feeds)<<32 | equal(x5, feeds)<<40 | equal(x6, feeds)<<48 | equal(x7, feeds)<<56
	if withCR {
		w.line |= equal(x0, returns) | equal(x1, returns)<<8 | equal(x2, returns)<<16 | equal(x3, returns)<<24 |
			equal(x4, returns)<<32 | equal(x5, returns)<<40 | equal(x6, returns)<<48 | equal(x7, returns)<<56
	}
	w.high = 0
	if (x0|x1|x2|x3|x4|x5|x6|x7)&highs != 0 {
		w.high = (x0&highs)*gather>>56 | (x1&highs)*gather>>56<<8 | (x2&highs)*gather>>56<<16 | (x3&highs)*gather>>56<<24 |
			(x4&highs)*gather>>56<<32 | (x5&highs)*gather>>56<<40 | (x6&highs)*gather>>56<<48 | (x7&highs)*gather>>56<<56
	}
}

func word(b *[64]byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at : at+8]) }

// equal sets bit i of its result if byte i of x is that of pattern.
func equal(x, pattern uint64) uint64 { return zeros(x^pattern) * gather >> 56 }

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
