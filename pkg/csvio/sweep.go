package csvio

import (
	"math/bits"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A sweep finds the delimiters and ends of rows in a text that is written by RFC 4180 to the letter, 64 bytes at a time. It
// stops before the first row that is not, or that has no end; what it finds is exactly what grammar.next finds.
type sweep struct {
	raw     []byte
	delim   byte
	recoded bool

	marks []uint32   // places of delimiters and ends of rows, in order
	edges []uint32   // of the marks those of cells that begin with a quote or begin or end with what is looked at closer, some of them twice
	rows  []sweptRow // whole rows

	windows   [windowsAtATime]window
	carry     carry
	pos       int // of the window at hand, or the next
	rowStart  int // of the row that is not yet whole
	rowMarks  int // marks of the rows that are whole
	checked   int // up to here bytes outside ASCII were looked at
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
		s.marks = make([]uint32, 0, marksAtATime+64*windowsAtATime+8)
		s.rows = make([]sweptRow, 0, rowsAtATime+64)
		s.edges = make([]uint32, 0, marksAtATime/8)
	}
	s.raw, s.delim, s.recoded = raw, delim, recoded
	s.marks, s.rows, s.edges, s.rowMarks = s.marks[:0], s.rows[:0], s.edges[:0], 0
	s.pos, s.rowStart, s.checked = pos, pos, pos
	s.carry = carry{mayOpen: 1, afterPart: 1}
	if delim < ' ' || delim > '~' {
		s.carry.oddDelim = ^uint64(0)
	}
	s.flags, s.exhausted = 0, false
}

// more finds the next rows. The rows of the call before are gone then. It returns false where the sweep has ended.
func (s *sweep) more() bool {
	kept := copy(s.marks[:cap(s.marks)], s.marks[s.rowMarks:])
	edges := s.edges
	s.edges = s.edges[:0]
	for _, e := range edges {
		if int(e) >= s.rowMarks {
			s.edges = append(s.edges, e-uint32(s.rowMarks))
		}
	}
	s.marks, s.rows, s.rowMarks = s.marks[:kept], s.rows[:0], 0
	for !s.exhausted && len(s.marks) <= marksAtATime && len(s.rows) <= rowsAtATime {
		s.look(windowsAtATime)
	}
	if len(s.rows) == 0 {
		s.exhausted = true // no row is whole, or one has too many cells
	}
	return len(s.rows) > 0
}

// first finds the one row at pos. It returns false where that is not whole, or not written to the letter.
func (s *sweep) first(raw []byte, pos int, delim byte, recoded bool) bool {
	const near = 4
	s.begin(raw, pos, delim, recoded)
	for !s.exhausted && len(s.rows) == 0 && len(s.marks) <= marksAtATime {
		s.look(near)
	}
	s.rows = s.rows[:min(1, len(s.rows))]
	return len(s.rows) == 1
}

// look takes the next windows, up to n. Where there are no more, or the text is not written to the letter, the sweep is exhausted.
func (s *sweep) look(n int) {
	rest := s.raw[min(s.pos, len(s.raw)):]
	n = min(len(rest)/64, n)
	if n == 0 {
		var last [64]byte
		for i := copy(last[:], rest); i < len(last); i++ {
			last[i] = ' '
		}
		s.exhausted = true
		if len(rest) > 0 {
			s.take(last[:], 1)
		}
		return
	}
	s.take(rest, n)
}

// take adds the marks and rows of n windows of b.
func (s *sweep) take(b []byte, n int) {
	windows := s.windows[:n]
	n = look(b, s.delim, &s.carry, windows, s.marks[len(s.marks):cap(s.marks)], uint32(s.pos))
	for i := range windows[:n] {
		w := &windows[i]
		n := len(s.marks)
		s.marks = s.marks[:n+bits.OnesCount64(w.sep)]
		for e := w.edges; e != 0; e &= e - 1 {
			s.edges = append(s.edges, uint32(n+bits.OnesCount64(w.sep&below(lowest(e)))))
		}
		if w.special != 0 || s.flags != 0 {
			if !s.takeRows(w, n) {
				s.exhausted = true
				return
			}
		} else {
			for e := w.ends; e != 0; e &= e - 1 {
				end, upTo := s.pos+lowest(e)+1, n+bits.OnesCount64(w.sep&(e^(e-1)))
				s.rows = append(s.rows, sweptRow{start: s.rowStart, end: end, upTo: upTo})
				s.rowStart, s.rowMarks = end, upTo
			}
		}
		s.pos += 64
	}
	if s.carry.bad != 0 {
		s.exhausted = true
	}
}

// takeRows adds a window's rows where more is to be noted of them than where they end; n is the number of marks before it. It returns
// false where it is not known whether a row has ended.
func (s *sweep) takeRows(w *window, n int) bool {
	ends, redoubled, broken, unplain := w.ends, w.redoubled, w.broken, w.unplain
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
		marks := n + bits.OnesCount64(w.sep&upTo)
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

// latin are the first bytes of two of letters that are always plain and never odd; those that may be garbled behind others are not
// among them.
var latin = [256]bool{0xC3: true, 0xC4: true, 0xC7: true, 0xC8: true, 0xC9: true, 0xCA: true}

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
		if latin[c] && i+1 < len(s.raw) && s.raw[i+1]&0xC0 == 0x80 {
			s.checked = i + 2
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
