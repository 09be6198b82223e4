package csvio

import (
	"math/bits"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A sweep finds the delimiters and ends of rows in a text that is written by RFC 4180 to the letter, 64 bytes at a time. It
// stops before the first row that is not, or that has no end; what it finds is exactly what grammar.next finds.
type sweep struct {
	sight
	raw     []byte
	delim   byte
	recoded bool

	notes     []note // of the cells that the marks of sight end, 64 at a time
	whole     int    // marks of whole rows
	start     int    // of the first row that is not taken yet
	carry     carry
	pos       int // of the windows that are looked at next
	checked   int // up to here bytes outside ASCII were looked at
	exhausted bool
}

// A note is what there is to say of 64 cells, by the marks that end them. Of most there is nothing.
type note struct {
	any     uint64 // any of those below
	doubled uint64 // a doubled quote
	broken  uint64 // the end of a line inside quotes
	strange uint64 // bytes that may be no text
	odd     uint64 // characters that a text in need of repair may have
	unplain uint64 // more than letters and the printable characters of ASCII without question marks
}

// rowFlag is what there is to say of a row, as of its cells in a note.
type rowFlag uint8

const (
	hasDoubled rowFlag = 1 << iota
	hasBreak
	hasStrange
	hasOdd
	notPlain
)

// The marks that are gathered before they are made into cells: few enough to stay in the cache. Windows are looked at by the
// kilobyte: where a row has to be read the careful way, what was seen behind it is looked at again.
const (
	marksAtATime   = 8 << 10
	windowsAtATime = 16
	marksAtMost    = marksAtATime + 64*windowsAtATime + roomForMarks
)

// begin begins a sweep at a row.
func (s *sweep) begin(raw []byte, pos int, delim byte, recoded bool) {
	if s.marks == nil {
		s.marks = make([]uint32, 0, marksAtMost)
		s.seen = make([]seen, marksAtMost/64+2)
		s.notes = make([]note, marksAtMost/64+2)
		s.special = make([]window, windowsAtATime)
	}
	s.raw, s.delim, s.recoded = raw, delim, recoded
	s.exhausted = false
	s.restart(pos)
}

// restart lets go of all that was found and goes on at a row.
func (s *sweep) restart(pos int) {
	clear(s.notes[:len(s.marks)/64+1])
	s.marks, s.whole, s.seen[0] = s.marks[:0], 0, seen{}
	s.pos, s.start, s.checked = pos, pos, pos
	s.carry = carry{mayOpen: 1, afterPart: 1}
	if s.delim < ' ' || s.delim > '~' {
		s.carry.oddDelim = ^uint64(0)
	}
}

// more finds the next rows, behind those that were taken. It returns false where the sweep has ended.
func (s *sweep) more() bool {
	if s.exhausted {
		return false
	}
	s.restart(s.start)
	for !s.exhausted && len(s.marks) <= marksAtATime {
		s.look(windowsAtATime)
	}
	for i := len(s.marks) / 64; i >= 0; i-- {
		if ends := s.seen[i].ends; ends != 0 {
			s.whole = i*64 + bits.Len64(ends)
			return true
		}
	}
	s.exhausted = true // no row is whole, or one has too many cells
	return false
}

// first finds the one row at pos. It returns false where that is not whole, or not written to the letter.
func (s *sweep) first(raw []byte, pos int, delim byte, recoded bool) bool {
	const near = 4
	s.begin(raw, pos, delim, recoded)
	for i := 0; !s.exhausted && len(s.marks) <= marksAtATime; {
		s.look(near)
		for ; i <= len(s.marks)/64; i++ {
			if ends := s.seen[i].ends; ends != 0 {
				s.whole = i*64 + lowest(ends) + 1
				return true
			}
		}
		i--
	}
	return false
}

// width is how many cells the row has that begins behind the marks before at.
func (s *sweep) width(at int) int {
	i, shift := at/64, uint(at%64)
	if ends := s.seen[i].ends>>shift | s.seen[i+1].ends<<(64-shift); ends != 0 {
		return lowest(ends) + 1
	}
	for i++; s.seen[i].ends == 0; i++ {
	}
	return i*64 + lowest(s.seen[i].ends) + 1 - at
}

// closer has a bit for each of up to 64 of n cells behind the marks before at that is looked at closer.
func (s *sweep) closer(at, n int) uint64 {
	i, shift := at/64, uint(at%64)
	edges := s.seen[i].edges>>shift | s.seen[i+1].edges<<(64-shift)
	if n < 64 {
		edges &= below(n)
	}
	return edges
}

// flags is what there is to say of the row of n cells that begins behind the marks before at.
func (s *sweep) flags(at, n int) rowFlag {
	i, shift := at/64, uint(at%64)
	if any := s.notes[i].any>>shift | s.notes[i+1].any<<(64-shift); n < 64 && any&below(n) == 0 {
		return 0
	}
	var all note
	for to := at + n; at < to; at = (at/64 + 1) * 64 {
		of := ^uint64(0) << uint(at%64)
		if to-at < 64-at%64 {
			of &= below(to % 64)
		}
		k := &s.notes[at/64]
		all.doubled |= k.doubled & of
		all.broken |= k.broken & of
		all.strange |= k.strange & of
		all.odd |= k.odd & of
		all.unplain |= k.unplain & of
	}
	var flags rowFlag
	if all.doubled != 0 {
		flags |= hasDoubled
	}
	if all.broken != 0 {
		flags |= hasBreak
	}
	if all.strange != 0 {
		flags |= hasStrange
	}
	if all.odd != 0 {
		flags |= hasOdd
	}
	if all.unplain != 0 {
		flags |= notPlain
	}
	return flags
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

// take adds what n windows of b show.
func (s *sweep) take(b []byte, n int) {
	s.pos += 64 * s.sight.look(b, n, s.delim, &s.carry, s.pos)
	for i := range s.special {
		s.note(&s.special[i])
	}
	if s.carry.bad != 0 {
		s.exhausted = true
	}
}

// note notes what a window shows of its cells.
func (s *sweep) note(w *window) {
	unplain := w.unplain
	if w.odd != 0 {
		strange, odd, more := s.examine(w)
		unplain |= more
		for ; strange != 0; strange &= strange - 1 {
			k, cell := s.noteOf(w, strange)
			k.strange |= cell
		}
		for ; odd != 0; odd &= odd - 1 {
			k, cell := s.noteOf(w, odd)
			k.odd |= cell
		}
	}
	for of := w.redoubled; of != 0; of &= of - 1 {
		k, cell := s.noteOf(w, of)
		k.doubled |= cell
	}
	for of := w.broken; of != 0; of &= of - 1 {
		k, cell := s.noteOf(w, of)
		k.broken |= cell
	}
	for ; unplain != 0; unplain &= unplain - 1 {
		k, cell := s.noteOf(w, unplain)
		k.unplain |= cell
	}
}

// noteOf is the note that has the cell with the lowest byte of a mask of a window, and the cell's bit in it, which is there to be noted.
func (s *sweep) noteOf(w *window, of uint64) (*note, uint64) {
	at := w.at + bits.OnesCount64(w.sep&below(lowest(of)))
	k, cell := &s.notes[at/64], uint64(1)<<uint(at%64)
	k.any |= cell
	return k, cell
}

// quiet are the bytes that begin letters of which there is nothing to be said, with the size of these; 0 for others.
var quiet = func() (sizes [256]int) {
	for c := range sizes {
		switch {
		case plainPair[c] || c >= 0xCF && c <= 0xD5:
			sizes[c] = 2
		case c >= 0xE4 && c <= 0xE9: // no surrogates, and nothing that can be written shorter
			sizes[c] = 3
		}
	}
	return sizes
}()

// examine gives those of a window's odd bytes that begin no character, or one that says that text was lost, and those that begin one
// of which a text may need repair, and those that begin no letter.
func (s *sweep) examine(w *window) (strange, odd, unplain uint64) {
	for of := w.odd; of != 0; of &= of - 1 {
		bit := lowest(of)
		i := w.pos + bit
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
		if size := quiet[c]; size > 0 && i+2 < len(s.raw) && s.raw[i+1]&0xC0 == 0x80 && (size == 2 || s.raw[i+2]&0xC0 == 0x80) {
			s.checked = i + size
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
