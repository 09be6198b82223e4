package csvio

import (
	"math/bits"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A sweep finds the delimiters and ends of rows in a text that is written by RFC 4180 to the letter, 64 bytes at a time. It
// stops before the first row that is not, or that has no end; what it finds is exactly what grammar.next finds.
//
// A byte is inside quotes if an odd number of quotes went before it. That holds if every opening quote follows a
// delimiter, the end of a row or a closing quote, and if one of these or an opening quote follows every closing quote. (A
// doubled quote, seen so, closes and opens again at once.) Both are checked for 64 bytes by a few instructions, with the quotes as
// the bits of a word.
type sweep struct {
	raw      []byte
	delim    byte
	recoded  bool
	oddDelim uint64 // all ones if the delimiter is no printable character, so that none is plain text in quotes

	marks []uint32   // places of delimiters and ends of rows, in order
	edges []uint32   // of the marks those of cells that begin with a quote or begin or end with what is looked at closer, some of them twice
	rows  []sweptRow // whole rows

	windows   [windowsAtATime]window
	taken     int    // of windows
	looked    int    // of windows
	pos       int    // of the next window
	rowStart  int    // of the row that is not yet whole
	rowMarks  int    // marks of the rows that are whole
	checked   int    // up to here bytes outside ASCII were looked at
	inside    uint64 // all ones if the window begins inside quotes
	mayOpen   uint64 // 1 if the byte before it is one that an opening quote may follow
	mustFit   uint64 // 1 if the byte before it is a closing quote
	afterCR   uint64 // 1 if the byte before it is a CR that ends a row
	afterPart uint64 // 1 if the byte before it parts cells or ends a row
	afterEdge uint64 // 1 if the byte before it is one that is looked at closer at the end of a cell
	flags     rowFlag
	exhausted bool
}

type rowFlag uint8

const (
	hasDoubled rowFlag = 1 << iota // a doubled quote
	hasBreak                       // the end of a line inside quotes
	hasStrange                     // bytes that may be no text
	hasOdd                         // characters that a text in need of repair may have
	notPlain                       // more than letters and the printable characters of ASCII without question marks
)

// A sweptRow is a whole row: its cells end at marks up to upTo.
type sweptRow struct {
	start, end int // end is where the next row begins
	upTo       int
	flags      rowFlag
}

// The marks and rows that are gathered before they are made into cells: few enough to stay in the cache. Windows are looked
// at by the kilobyte: where a row has to be read the careful way, what was seen behind it is looked at again.
const (
	marksAtATime   = 8 << 10
	rowsAtATime    = 1 << 10
	windowsAtATime = 16
)

func (s *sweep) begin(raw []byte, pos int, delim byte, recoded bool) {
	if s.marks == nil {
		s.marks = make([]uint32, 0, marksAtATime+128)
		s.rows = make([]sweptRow, 0, rowsAtATime+64)
		s.edges = make([]uint32, 0, marksAtATime/8)
	}
	s.raw, s.delim, s.recoded, s.oddDelim = raw, delim, recoded, 0
	if delim < ' ' || delim > '~' {
		s.oddDelim = ^uint64(0)
	}
	s.marks, s.rows, s.edges, s.rowMarks = s.marks[:0], s.rows[:0], s.edges[:0], 0
	s.taken, s.looked = 0, 0
	s.pos, s.rowStart, s.checked = pos, pos, pos
	s.inside, s.mayOpen, s.mustFit, s.afterCR, s.afterPart, s.afterEdge = 0, 1, 0, 0, 1, 0
	s.flags, s.exhausted = 0, false
}

// more finds the next rows. The rows of the call before are gone then. It returns false where the sweep has ended.
func (s *sweep) more() bool {
	edges := s.edges
	s.edges = s.edges[:0]
	for _, e := range edges {
		if int(e) >= s.rowMarks {
			s.edges = append(s.edges, e-uint32(s.rowMarks))
		}
	}
	kept := copy(s.marks[:cap(s.marks)], s.marks[s.rowMarks:])
	s.marks, s.rows, s.rowMarks = s.marks[:kept], s.rows[:0], 0
	for !s.exhausted && len(s.marks) <= marksAtATime && len(s.rows) <= rowsAtATime {
		if s.taken == s.looked && !s.look() || !s.take(&s.windows[s.taken]) {
			s.exhausted = true
			break
		}
		s.taken++
	}
	if len(s.rows) == 0 {
		s.exhausted = true // no row is whole, or one has too many cells
	}
	return len(s.rows) > 0
}

// first finds the one row at pos. It returns false where that is not whole, or not written to the letter.
func (s *sweep) first(raw []byte, pos int, delim byte, recoded bool) bool {
	const near = 4 * 64
	s.begin(raw, pos, delim, recoded)
	for len(s.rows) == 0 && len(s.marks) <= marksAtATime {
		if s.taken == s.looked {
			s.taken, s.looked = 0, min((len(raw)-s.pos)/64, near/64)
			if s.looked <= 0 {
				if !s.look() {
					return false
				}
			} else {
				look(s.windows[:s.looked], raw[s.pos:], delim)
			}
		}
		if !s.take(&s.windows[s.taken]) && len(s.rows) == 0 {
			return false
		}
		s.taken++
	}
	s.rows = s.rows[:min(1, len(s.rows))]
	return len(s.rows) == 1
}

// look makes the next windows. It returns false where there are none.
func (s *sweep) look() bool {
	rest := s.raw[min(s.pos, len(s.raw)):]
	s.taken, s.looked = 0, min(len(rest)/64, windowsAtATime)
	switch {
	case s.looked > 0:
		look(s.windows[:s.looked], rest, s.delim)
	case len(rest) > 0:
		var last [64]byte
		for i := copy(last[:], rest); i < len(last); i++ {
			last[i] = ' '
		}
		s.looked = 1
		look(s.windows[:1], last[:], s.delim)
	}
	return s.looked > 0
}

// take adds a window's marks and rows. It returns false where the text is not written to the letter.
func (s *sweep) take(w *window) bool {
	in := prefixXor(w.quote) ^ s.inside
	lf, cr := w.lf&^in, w.cr&^in
	ends := lf&^(cr<<1|s.afterCR) | cr // the LF of a CR LF: the row has ended with the CR
	open, closing := w.quote&in, w.quote&^in
	parts := w.delim&^in | lf | cr
	follows := closing<<1 | s.mustFit
	bad := open&^((parts|closing)<<1|s.mayOpen) | follows&^(parts|open)
	sep := w.delim&^in | ends
	if bad != 0 {
		trusted := below(lowest(bad))
		sep &= trusted
		ends &= trusted
	}
	n := len(s.marks)
	s.mark(sep)
	for e := (parts<<1|s.afterPart)&(w.edge|w.quote) | sep&(w.edge<<1|s.afterEdge); e != 0; e &= e - 1 {
		s.edges = append(s.edges, uint32(n+bits.OnesCount64(sep&below(lowest(e)))))
	}
	if special := open&follows | (w.lf|w.cr|w.delim&s.oddDelim)&in | w.odd; special != 0 || cr != 0 || s.flags != 0 {
		if !s.takeRows(w, in, open&follows, sep, ends, n) {
			return false
		}
	} else {
		for e := ends; e != 0; e &= e - 1 {
			i := lowest(e)
			end, upTo := s.pos+i+1, n+bits.OnesCount64(sep&(e^(e-1)))
			s.rows = append(s.rows, sweptRow{start: s.rowStart, end: end, upTo: upTo})
			s.rowStart, s.rowMarks = end, upTo
		}
	}
	if bad != 0 {
		return false
	}
	s.inside = uint64(int64(in) >> 63)
	s.mustFit = closing >> 63
	s.mayOpen = parts>>63 | s.mustFit
	s.afterCR = cr >> 63
	s.afterPart = parts >> 63
	s.afterEdge = w.edge >> 63
	s.pos += 64
	return true
}

// takeRows adds a window's rows where more is to be noted of them than where they end; n is the number of marks before it.
func (s *sweep) takeRows(w *window, in, redoubled, sep, ends uint64, n int) bool {
	broken := (w.lf | w.cr) & in
	unplain := broken | w.delim&s.oddDelim&in
	var strange, odd uint64
	if w.odd != 0 {
		var more uint64
		strange, odd, more = s.examine(w.odd)
		unplain |= more
	}
	for from := uint64(0); ends != 0; ends &= ends - 1 {
		i := lowest(ends)
		end := s.pos + i + 1
		upTo := below(i) | 1<<uint(i)
		if s.raw[end-1] == '\r' {
			if end == len(s.raw) {
				return false // an LF may follow
			}
			if s.raw[end] == '\n' {
				end++
			}
		}
		s.note(upTo&^from, redoubled, broken, strange, odd, unplain)
		marks := n + bits.OnesCount64(sep&upTo)
		s.rows = append(s.rows, sweptRow{start: s.rowStart, end: end, upTo: marks, flags: s.flags})
		s.rowStart, s.rowMarks, s.flags = end, marks, 0
		from = upTo
		redoubled, broken, strange, odd, unplain = redoubled&^upTo, broken&^upTo, strange&^upTo, odd&^upTo, unplain&^upTo
	}
	s.note(^uint64(0), redoubled, broken, strange, odd, unplain)
	return true
}

// note adds to the flags of the row at hand what a window shows of it.
func (s *sweep) note(of, redoubled, broken, strange, odd, unplain uint64) {
	if redoubled&of != 0 {
		s.flags |= hasDoubled
	}
	if broken&of != 0 {
		s.flags |= hasBreak
	}
	if strange&of != 0 {
		s.flags |= hasStrange
	}
	if odd&of != 0 {
		s.flags |= hasOdd
	}
	if unplain&of != 0 {
		s.flags |= notPlain
	}
}

// mark adds the places of the bits of a window, eight at a time: a window seldom has more, so the loop is seldom mispredicted.
// What is written behind the last bit is written over.
func (s *sweep) mark(mask uint64) {
	n, base := len(s.marks), uint32(s.pos)
	count := bits.OnesCount64(mask)
	for at := n; mask != 0; at += 8 {
		m := (*[8]uint32)(s.marks[at : at+8])
		m[0] = base + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		m[1] = base + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		m[2] = base + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		m[3] = base + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		m[4] = base + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		m[5] = base + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		m[6] = base + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		m[7] = base + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
	}
	s.marks = s.marks[:n+count]
}

// examine gives those of a window's odd bytes that begin no character, or one that says that text was lost, and those that begin one
// of which a text may need repair, and those that begin no letter.
func (s *sweep) examine(bytes uint64) (strange, odd, unplain uint64) {
	for bytes != 0 {
		bit := lowest(bytes)
		i := s.pos + bit
		bytes &= bytes - 1
		if i < s.checked {
			continue
		}
		c := s.raw[i]
		if c < utf8.RuneSelf {
			unplain |= 1 << uint(bit)
			if c == 0 {
				strange |= 1 << uint(bit)
			}
			continue
		}
		if schema.LetterSize(s.raw, i) == 0 {
			unplain |= 1 << uint(bit)
		}
		if c >= 0xC3 && c < 0xE0 && i+1 < len(s.raw) && s.raw[i+1]&0xC0 == 0x80 {
			if (maybeOddText(c) || c == 0xCE && s.raw[i+1] == 0x87) && schema.ComposedSize(s.raw[i:]) == 0 {
				odd |= 1 << uint(bit)
			}
			s.checked = i + 2
			continue
		}
		r, n := utf8.DecodeRune(s.raw[i:])
		if r == utf8.RuneError || s.recoded && r < 0xA0 {
			strange |= 1 << uint(bit)
		}
		if maybeOddText(c) && schema.ComposedSize(s.raw[i:]) == 0 {
			odd |= 1 << uint(bit)
		}
		s.checked = i + n
	}
	return strange, odd, unplain
}
