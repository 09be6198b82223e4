package csvio

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// A window is what 64 bytes have that matters, as far as they are written to the letter: bit i of each mask is byte i.
type window struct {
	sep       uint64 // delimiters and ends of rows: what ends cells
	ends      uint64 // of rows: an LF, or a CR even where an LF follows
	edges     uint64 // cells begin here with a quote or with what is looked at closer, or end here behind such
	special   uint64 // any of those below, and a CR that ends a row
	odd       uint64 // neither printable ASCII nor a sign of the dialect, and question marks
	redoubled uint64 // quotes that stand for one, the second of each
	broken    uint64 // ends of lines inside quotes
	unplain   uint64 // these, and delimiters in quotes that are no printable character
}

// A carry is what a window needs to know of those before it: whether the byte before it is what the name says, as 0 or 1.
type carry struct {
	inside    uint64 // in quotes: all ones if so
	mayOpen   uint64 // one that an opening quote may follow
	mustFit   uint64 // a closing quote
	afterCR   uint64 // a CR that ends a row
	afterPart uint64 // one that parts cells or ends a row
	afterEdge uint64 // one that is looked at closer at the end of a cell

	oddDelim uint64 // all ones if the delimiter is no printable character, so that none is plain text in quotes
	bad      uint64 // where quotes stand that the text is not written to the letter; nothing is looked at behind that
}

// A raw is what 64 bytes have of the characters that matter: bit i of each mask is byte i.
type raw struct {
	delim uint64
	lf    uint64
	cr    uint64
	quote uint64
	odd   uint64 // others that are no printable ASCII, and question marks
}

// edgeOf has bit 0 for the bytes that are looked at closer where a cell ends behind them, and bit 1 for those where one begins: both for a
// space, =, ' and #; the other for a quote.
var edgeOf = [256]uint8{' ': 3, '=': 3, '\'': 3, '#': 3, '"': 2}

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

// lookPlainly makes the windows of b, 64 bytes for each, and writes the places of what ends cells to marks, whose first byte is at base.
// delim is the delimiter, an ASCII character. It returns how many windows it made: those up to the first that is bad. It is
// what every faster way has to come to. marks has room for a place for every byte and eight more.
func lookPlainly(b []byte, delim byte, c *carry, windows []window, marks []uint32, base uint32) int {
	b = b[:64*len(windows)]
	rare := rarities{cr: bytes.IndexByte(b, '\r') >= 0, question: bytes.IndexByte(b, '?') >= 0, del: bytes.IndexByte(b, 0x7f) >= 0}
	pattern := uint64(delim) * ones
	n := 0
	for i := range windows {
		var r raw
		text := (*[64]byte)(b[64*i:])
		r.look(text, pattern, rare)
		n += windows[i].settle(&r, text, c, marks[n:], base+uint32(64*i))
		if c.bad != 0 {
			return i + 1
		}
	}
	return len(windows)
}

// rarities are characters that may be there at all.
type rarities struct{ cr, question, del bool }

// settle makes a window of what is in it and before it, and returns how many places it wrote to marks.
//
// A byte is inside quotes if an odd number of quotes went before it. That holds if every opening quote follows a
// delimiter, the end of a row or a closing quote, and if one of these or an opening quote follows every closing quote. (A
// doubled quote, seen so, closes and opens again at once.) Both are checked for 64 bytes by a few instructions, with the quotes as
// the bits of a word.
func (w *window) settle(r *raw, b *[64]byte, c *carry, marks []uint32, base uint32) (n int) {
	in := prefixXor(r.quote) ^ c.inside
	lf, cr := r.lf&^in, r.cr&^in
	open, closing := r.quote&in, r.quote&^in
	parts := r.delim&^in | lf | cr
	follows := closing<<1 | c.mustFit
	w.ends = lf&^(cr<<1|c.afterCR) | cr // the LF of a CR LF: the row has ended with the CR
	w.sep = r.delim&^in | w.ends
	w.odd, w.redoubled, w.broken = r.odd, open&follows, (r.lf|r.cr)&in
	w.unplain = w.broken | r.delim&in&c.oddDelim
	w.special = w.odd | w.redoubled | w.unplain | cr
	trusted := ^uint64(0)
	if c.bad = open&^((parts|closing)<<1|c.mayOpen) | follows&^(parts|open); c.bad != 0 {
		trusted = below(lowest(c.bad))
		w.sep, w.ends = w.sep&trusted, w.ends&trusted
	}
	edges := c.afterPart&uint64(edgeOf[b[0]]>>1) | c.afterEdge&w.sep
	for p := parts; p != 0; p &= p - 1 {
		i := uint(bits.TrailingZeros64(p)) & 63
		marks[n] = base + uint32(i)
		n += int(w.sep >> i & 1)
		before, behind := edgeOf[b[(i-1)&63]]&1, edgeOf[b[(i+1)&63]]>>1 // of the first bit and the last another window has these
		edges |= uint64(before)<<i&^1&w.sep | uint64(behind)<<i<<1
	}
	w.edges = edges & trusted
	c.inside = uint64(int64(in) >> 63)
	c.mustFit = closing >> 63
	c.mayOpen = parts>>63 | c.mustFit
	c.afterCR = cr >> 63
	c.afterPart = parts >> 63
	c.afterEdge = uint64(edgeOf[b[63]] & 1)
	return n
}

// look makes the masks of b, eight bytes at a time. delim is the delimiter in every byte of a word.
func (r *raw) look(b *[64]byte, delim uint64, rare rarities) {
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
	r.delim = d | d4<<32 | d5<<40 | d6<<48 | d7<<56
	r.lf = l | l4<<32 | l5<<40 | l6<<48 | l7<<56
	r.quote = q | q4<<32 | q5<<40 | q6<<48 | q7<<56
	r.cr = 0
	if rare.cr {
		for i := 0; i < 64; i += 8 {
			x := word(b, i)
			r.cr |= equal(x&lows, x|lows, returns) << (i & 63)
		}
	}
	r.odd = control(x0) | control(x1)<<8 | control(x2)<<16 | control(x3)<<24 | control(x4)<<32 | control(x5)<<40 | control(x6)<<48 | control(x7)<<56
	if rare.question || rare.del {
		for i := 0; i < 64; i += 8 {
			x := word(b, i)
			r.odd |= (equal(x&lows, x|lows, '?'*ones) | equal(x&lows, x|lows, 0x7f*ones)) << (i & 63)
		}
	}
	r.odd &^= r.delim | r.lf | r.cr
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

// control sets bit i of its result if byte i is a control character or outside ASCII.
func control(x uint64) uint64 { return (x | ^(x&lows + 0x60*ones)) & highs * gather >> 56 }

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
