package csvio

import "unicode/utf8"

// A sweep finds the delimiters and ends of rows in a text that is written by RFC 4180 to the letter, 64 bytes at a time. It
// stops before the first row that is not, or that has no end; what it finds is exactly what grammar.next finds.
//
// A byte is inside quotes if an odd number of quotes went before it. That holds if every opening quote follows a
// delimiter, the end of a row or a closing quote, and if one of these or an opening quote follows every closing quote. (A
// doubled quote, seen so, closes and opens again at once.) Both are checked for 64 bytes by a few instructions, with the quotes as
// the bits of a word.
type sweep struct {
	raw     []byte
	delim   uint64 // in every byte
	withCR  bool   // the text has CR somewhere
	recoded bool

	marks []uint32   // places of delimiters and ends of rows, in order
	rows  []sweptRow // whole rows

	pos       int    // of the next window
	rowStart  int    // of the row that is not yet whole
	rowMarks  int    // marks of the rows that are whole
	checked   int    // up to here bytes outside ASCII were looked at
	skip      int    // an LF that belongs to the CR before it; -1 for none
	inside    uint64 // all ones if the window begins inside quotes
	mayOpen   uint64 // 1 if the byte before it is one that an opening quote may follow
	mustFit   uint64 // 1 if the byte before it is a closing quote
	flags     rowFlag
	exhausted bool
}

type rowFlag uint8

const (
	hasDoubled rowFlag = 1 << iota // a doubled quote
	hasBreak                       // the end of a line inside quotes
	hasStrange                     // bytes that may be no text
	hasOdd                         // characters that a text in need of repair may have
)

// A sweptRow is a whole row: its cells end at marks up to upTo.
type sweptRow struct {
	start, end int // end is where the next row begins
	upTo       int
	flags      rowFlag
}

// The marks and rows that are gathered before they are made into cells: few enough to stay in the cache.
const (
	marksAtATime = 8 << 10
	rowsAtATime  = 1 << 10
)

func (s *sweep) begin(raw []byte, pos int, delim byte, withCR, recoded bool) {
	if s.marks == nil {
		s.marks = make([]uint32, 0, marksAtATime+128)
		s.rows = make([]sweptRow, 0, rowsAtATime+64)
	}
	*s = sweep{
		raw: raw, delim: uint64(delim) * ones, withCR: withCR, recoded: recoded, marks: s.marks[:0], rows: s.rows[:0],
		pos: pos, rowStart: pos, checked: pos, skip: -1, mayOpen: 1,
	}
}

// more finds the next rows. The rows of the call before are gone then. It returns false where the sweep has ended.
func (s *sweep) more() bool {
	kept := copy(s.marks[:cap(s.marks)], s.marks[s.rowMarks:])
	s.marks, s.rows, s.rowMarks = s.marks[:kept], s.rows[:0], 0
	if s.exhausted {
		return false
	}
	var w window
	var rest [64]byte
	for len(s.marks) <= marksAtATime && len(s.rows) <= rowsAtATime {
		b := &rest
		if s.pos+64 <= len(s.raw) {
			b = (*[64]byte)(s.raw[s.pos:])
		} else {
			if s.pos >= len(s.raw) {
				s.exhausted = true
				break
			}
			clear(rest[copy(rest[:], s.raw[s.pos:]):])
		}
		w.look(b, s.delim, s.withCR)
		if !s.take(&w) {
			s.exhausted = true
			break
		}
	}
	if len(s.rows) == 0 {
		s.exhausted = true // no row is whole, or one has too many cells
	}
	return len(s.rows) > 0
}

// take adds a window's marks and rows. It returns false where the text is not written to the letter.
func (s *sweep) take(w *window) bool {
	in := prefixXor(w.quote) ^ s.inside
	ends := w.line &^ in
	sep := w.delim&^in | ends
	open, closing := w.quote&in, w.quote&^in
	follows := closing<<1 | s.mustFit
	var strange, odd uint64
	if w.high != 0 {
		strange, odd = s.examine(w.high)
	}
	redoubled := open & follows
	broken := w.line & in
	bad := open&^((sep|closing)<<1|s.mayOpen) | follows&^(sep|open)
	lastParts := sep >> 63
	if s.skip == s.pos { // the LF of a CR LF: the row has ended with the CR
		sep &^= 1
		ends &^= 1
	}
	if bad != 0 {
		trusted := below(lowest(bad))
		sep &= trusted
		ends &= trusted
	}
	for ends != 0 {
		i := lowest(ends)
		end := s.pos + i + 1
		upTo := below(i) | 1<<uint(i)
		if s.withCR && s.raw[end-1] == '\r' {
			if end == len(s.raw) {
				return false // an LF may follow
			}
			if s.raw[end] == '\n' {
				s.skip = end
				end++
				if i < 63 {
					sep &^= 2 << uint(i)
					ends &^= 2 << uint(i)
				}
			}
		}
		s.mark(sep & upTo)
		if redoubled&upTo != 0 {
			s.flags |= hasDoubled
		}
		if broken&upTo != 0 {
			s.flags |= hasBreak
		}
		if strange&upTo != 0 {
			s.flags |= hasStrange
		}
		if odd&upTo != 0 {
			s.flags |= hasOdd
		}
		s.rows = append(s.rows, sweptRow{start: s.rowStart, end: end, upTo: len(s.marks), flags: s.flags})
		s.rowStart, s.rowMarks, s.flags = end, len(s.marks), 0
		rest := ^upTo
		sep, ends, redoubled, broken, strange, odd = sep&rest, ends&rest, redoubled&rest, broken&rest, strange&rest, odd&rest
	}
	if bad != 0 {
		return false
	}
	s.mark(sep)
	if redoubled != 0 {
		s.flags |= hasDoubled
	}
	if broken != 0 {
		s.flags |= hasBreak
	}
	if strange != 0 {
		s.flags |= hasStrange
	}
	if odd != 0 {
		s.flags |= hasOdd
	}
	s.inside = uint64(int64(in) >> 63)
	s.mustFit = closing >> 63
	s.mayOpen = lastParts | s.mustFit
	s.pos += 64
	return true
}

// mark adds the places of the bits of a window.
func (s *sweep) mark(mask uint64) {
	n := len(s.marks)
	marks := s.marks[:n+64]
	for mask != 0 {
		marks[n] = uint32(s.pos + lowest(mask))
		mask &= mask - 1
		n++
	}
	s.marks = marks[:n]
}

// examine gives those of a window's bytes outside ASCII that begin no character, or one that says that text was lost, and
// those that begin one of which a text may need repair.
func (s *sweep) examine(high uint64) (strange, odd uint64) {
	for high != 0 {
		bit := lowest(high)
		i := s.pos + bit
		high &= high - 1
		if i < s.checked {
			continue
		}
		c := s.raw[i]
		if c >= 0xC3 && c < 0xE0 && i+1 < len(s.raw) && s.raw[i+1]&0xC0 == 0x80 {
			if maybeOddText(c) || c == 0xCE && s.raw[i+1] == 0x87 {
				odd |= 1 << uint(bit)
			}
			s.checked = i + 2
			continue
		}
		r, n := utf8.DecodeRune(s.raw[i:])
		if r == utf8.RuneError || s.recoded && r < 0xA0 {
			strange |= 1 << uint(bit)
		}
		if maybeOddText(c) {
			odd |= 1 << uint(bit)
		}
		s.checked = i + n
	}
	return strange, odd
}
