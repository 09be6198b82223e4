package csvio

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A window is what is to be said of 64 bytes besides the marks in them, as far as they are written to the letter: bit i of each mask is
// byte i.
type window struct {
	at        int    // marks before it
	pos       int    // of its first byte
	sep       uint64 // delimiters and ends of rows: what ends cells
	ends      uint64 // of rows: an LF, or a CR even where an LF follows
	odd       uint64 // neither printable ASCII nor a sign of the dialect nor of one of the most common letters, and question marks
	redoubled uint64 // quotes that stand for one, the second of each
	broken    uint64 // ends of lines inside quotes
	unplain   uint64 // these, and delimiters in quotes that are no printable character
}

// A seen is what windows show of 64 cells, by the marks that end them: bit i of each mask is mark i.
type seen struct {
	ends  uint64 // they are the last of a row
	edges uint64 // they begin with a quote, or begin or end with what is looked at closer
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
	odd   uint64 // others that are no printable ASCII, and question marks; save letters of plainPair that are whole
}

// isEdge are the bytes that are looked at closer at the beginning and the end of a cell, save quotes.
var isEdge = [256]bool{' ': true, '=': true, '\'': true, '#': true}

// plainPair are the first bytes of two of letters that are always plain and never odd; those that may be garbled behind others are not
// among them.
var plainPair = [256]bool{0xC3: true, 0xC4: true, 0xC7: true, 0xC8: true, 0xC9: true, 0xCA: true, 0xD0: true, 0xD1: true}

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

// A sight is what looking at text has shown so far.
type sight struct {
	marks   []uint32 // places of delimiters and ends of rows, in order
	seen    []seen   // of the cells that these end, and of the one behind them
	special []window // those of which there is more to be said
}

// roomForMarks is how many marks more than it has bytes have room in a sight.
const roomForMarks = 16

// roomForSpans is how many cells more than it is asked for spansBetween may write.
const roomForSpans = 8

// spansPlainly makes the cells that end at marks but for the first of them, which begins anywhere.
func spansPlainly(spans []schema.Span, marks []uint32) {
	for i, end := range marks[1:] {
		off := marks[i] + 1
		spans[i] = schema.Span{Off: off, Len: end - off}
	}
}

// grow makes room for what n windows show, and returns the marks up to there.
func (s *sight) grow(n int) []uint32 {
	marks := s.marks[:len(s.marks)+64*n+roomForMarks]
	s.seen = s.seen[:len(marks)/64+2]
	s.special = s.special[:n]
	return marks
}

// lookPlainly looks at n windows of b, whose first byte is at pos, and adds what they show to s; windows that are special replace those
// of the call before. delim is the delimiter, an ASCII character. It returns how many windows it looked at: those up to the first
// that is bad. It is what every faster way has to come to.
func (s *sight) lookPlainly(b []byte, n int, delim byte, c *carry, pos int) int {
	b = b[:64*n]
	marks, at := s.grow(n), len(s.marks)
	s.special = s.special[:0]
	rare := rarities{cr: bytes.IndexByte(b, '\r') >= 0, question: bytes.IndexByte(b, '?') >= 0, del: bytes.IndexByte(b, 0x7f) >= 0}
	pattern := uint64(delim) * ones
	looked := 0
	for ; looked < n && c.bad == 0; looked++ {
		var r raw
		text := (*[64]byte)(b[64*looked:])
		r.look(text, pattern, rare)
		w := window{at: at, pos: pos + 64*looked}
		edges := w.settle(&r, text, c)
		to := &s.seen[at/64]
		s.seen[at/64+1] = seen{}
		for sep := w.sep; sep != 0; sep &= sep - 1 {
			i := lowest(sep)
			marks[at] = uint32(w.pos + i)
			if w.ends>>uint(i)&1 != 0 {
				to.ends |= 1 << uint(at%64)
			}
			if at++; at%64 == 0 {
				to = &s.seen[at/64]
				s.seen[at/64+1] = seen{}
			}
		}
		for ; edges != 0; edges &= edges - 1 {
			at := w.at + bits.OnesCount64(w.sep&below(lowest(edges)))
			s.seen[at/64].edges |= 1 << uint(at%64)
		}
		if w.odd|w.redoubled|w.unplain != 0 {
			s.special = append(s.special, w)
		}
	}
	s.marks = marks[:at]
	return looked
}

// rarities are characters that may be there at all.
type rarities struct{ cr, question, del bool }

// settle makes a window of what is in it and before it, and returns where cells begin or end that are looked at closer.
//
// A byte is inside quotes if an odd number of quotes went before it. That holds if every opening quote follows a
// delimiter, the end of a row or a closing quote, and if one of these or an opening quote follows every closing quote. (A
// doubled quote, seen so, closes and opens again at once.) Both are checked for 64 bytes by a few instructions, with the quotes as
// the bits of a word.
func (w *window) settle(r *raw, b *[64]byte, c *carry) (edges uint64) {
	in := prefixXor(r.quote) ^ c.inside
	lf, cr := r.lf&^in, r.cr&^in
	open, closing := r.quote&in, r.quote&^in
	parts := r.delim&^in | lf | cr
	follows := closing<<1 | c.mustFit
	w.ends = lf&^(cr<<1|c.afterCR) | cr // the LF of a CR LF: the row has ended with the CR
	w.sep = r.delim&^in | w.ends
	w.odd, w.redoubled, w.broken = r.odd, open&follows, (r.lf|r.cr)&in
	w.unplain = w.broken | r.delim&in&c.oddDelim
	begins := parts<<1 | c.afterPart
	if c.bad = open&^((parts|closing)<<1|c.mayOpen) | follows&^(parts|open); c.bad != 0 {
		trusted := below(lowest(c.bad))
		w.sep, w.ends = w.sep&trusted, w.ends&trusted
		begins &= trusted
	}
	for p := begins; p != 0; p &= p - 1 {
		if i := lowest(p); isEdge[b[i]] || b[i] == '"' {
			edges |= 1 << uint(i)
		}
	}
	edges |= c.afterEdge & w.sep
	for p := w.sep &^ 1; p != 0; p &= p - 1 {
		if i := lowest(p); isEdge[b[i-1]] {
			edges |= 1 << uint(i)
		}
	}
	c.inside = uint64(int64(in) >> 63)
	c.mustFit = closing >> 63
	c.mayOpen = parts>>63 | c.mustFit
	c.afterCR = cr >> 63
	c.afterPart = parts >> 63
	if c.afterEdge = 0; isEdge[b[63]] {
		c.afterEdge = 1
	}
	return edges
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
	for e := r.odd; e != 0; e &= e - 1 {
		if i := lowest(e); i < 63 && plainPair[b[i]] && b[i+1]&0xC0 == 0x80 {
			r.odd &^= 3 << uint(i)
		}
	}
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
