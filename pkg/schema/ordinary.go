package schema

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
)

// A sieve tells the rows of a block about which no rule of cells has anything to say, which nearly all are. It goes through the block column
// by column: what it needs to know of a column stays at hand, and what is rare is not asked of every row. Of the rows that it holds back
// it knows nothing.
type sieve struct {
	c       *Checker
	b       *Block
	rows    []sifted
	moments []Moment
	found   []int32 // room for rows
}

// sifted is what the sieve knows of a row.
type sifted struct {
	start, end int32 // day numbers of the contract's dates; noDay where there is none
	marks      uint8
}

const (
	held  = 1 << iota // not recognised as ordinary
	lacks             // a cell is blank that a new record must have, or that a rule of the person's own may ask for
	own               // the manager may be the person
)

// quickColumn is what the sieve needs to know of a column.
type quickColumn struct {
	column       int
	blank        uint8 // what a blank cell marks
	looks        *[256]uint64
	namesSomeone bool
	name         bool // somebody's first or last name
	looked       bool // who is named is looked up
	mail         bool // of contacts: a mail address, else a phone number
	most         int  // bytes that are not too long
}

// sort puts a column where the sieve looks for it.
func (c *Checker) sort(i int) {
	col := &c.columns[i]
	q := quickColumn{
		column: i, namesSomeone: col.namesSomeone,
		name:   i == c.first || i == c.last,
		looked: col.kind == kindIdentity && c.options.Reading.Managers != nil, mail: col.kind == kindMail, most: c.maxLength,
	}
	if q.most < 0 {
		q.most = math.MaxInt
	}
	if col.blankMatters {
		q.blank |= held
	}
	if col.lackMatters {
		q.blank |= lacks
	}
	switch col.kind {
	case kindDate:
		c.dates = append(c.dates, q)
	case kindMail, kindPhone:
		c.contacts = append(c.contacts, q)
	default:
		q.looks = q.lengths()
		c.texts = append(c.texts, q)
	}
}

// longest is the length from which on a text is looked at by itself.
const longest = 63

// lengths has, by the first byte of a text, a bit for each length that a text has to be looked at more closely for: a placeholder,
// a quantity, one that is too long, or one that begins with a sign. Bit 63 is for all lengths from 63 on, and bit 0 for blank cells, if these
// matter; they begin with 0.
func (q *quickColumn) lengths() *[256]uint64 {
	var all [256]uint64
	for c := range all {
		bits := uint64(1) << longest
		switch {
		case q.looked || c < 0x80 && !isOrdinary([]byte{byte(c)}):
			bits = math.MaxUint64 &^ 1
		case c < 0x80 && byte(c)-'0' <= 9:
			if q.namesSomeone {
				bits = math.MaxUint64 &^ 31
			}
		case c < 0x80:
			for n := 1; n <= longestPlaceholder; n++ {
				if placeholderEnds[n][byte(c)|0x20-'a'] != 0 {
					bits |= 1 << n
				}
			}
		}
		if q.most < longest {
			bits |= math.MaxUint64 << (q.most + 1)
		}
		if q.blank != 0 {
			bits |= 1
		}
		all[c] = bits
	}
	return &all
}

// isHeld is asked of a text for whose first byte and length there is a bit among lengths.
func (q *quickColumn) isHeld(cell []byte) bool {
	if q.looked || len(cell) > q.most {
		return true
	}
	switch first := cell[0]; {
	case first >= 0x80:
		return false // all of it is looked at
	case !isOrdinary(cell[:1]):
		return true
	case first-'0' <= 9:
		return q.namesSomeone && mayBeQuantity(cell)
	}
	return mayBePlaceholder(cell) && isPlaceholder(cell)
}

// sift goes through a block. What it returns is given back to c.sieves.
func (c *Checker) sift(b *Block) *sieve {
	s, _ := c.sieves.Get().(*sieve)
	if s == nil {
		s = &sieve{c: c}
	}
	s.b = b
	s.rows = slices.Grow(s.rows[:0], b.Len())[:b.Len()]
	for i := range s.rows {
		s.rows[i] = sifted{start: noDay, end: noDay}
	}
	s.found = slices.Grow(s.found[:0], b.Len()+1)[:b.Len()+1]
	for i := range c.texts {
		s.texts(&c.texts[i])
	}
	s.characters()
	for i := range c.contacts {
		s.contacts(&c.contacts[i])
	}
	for i := range c.dates {
		s.dates(&c.dates[i])
	}
	s.terms()
	if c.manager >= 0 {
		s.managers()
	}
	s.b = nil
	return s
}

// texts looks at the beginnings and lengths of a column of texts.
func (s *sieve) texts(q *quickColumn) {
	b := s.b
	for _, i := range q.lookedAt(b, s.found) {
		cell := b.Cell(int(i), q.column)
		if len(cell) == 0 {
			s.rows[i].marks |= q.blank
		} else if q.isHeld(cell) {
			s.rows[i].marks |= held
		}
	}
}

// lookedAtInTurn gives the rows whose text has a bit among looks, in found, where there is room for one more than there are rows.
func (q *quickColumn) lookedAtInTurn(b *Block, found []int32) []int32 {
	n := 0
	for i := range b.Rows {
		cell := b.Cell(i, q.column)
		first := byte(0)
		if len(cell) > 0 {
			first = cell[0]
		}
		found[n] = int32(i)
		n += int(q.looks[first] >> min(len(cell), longest) & 1)
	}
	return found[:n]
}

// characters looks at all characters of the texts, in the rows that are not known to have plain ones only.
func (s *sieve) characters() {
	b := s.b
	for i := range s.rows {
		if b.is(i, PlainText) {
			continue
		}
		cells := b.Cells[i*b.Width : (i+1)*b.Width]
		for t := range s.c.texts {
			q := &s.c.texts[t]
			span := cells[q.column]
			if span.Len == 0 {
				continue
			}
			cell := b.Data[span.Off : span.Off+span.Len]
			if !isPlainText(b.Data, span) && !isPlainLetters(cell) || q.name && bytes.IndexByte(cell, '?') >= 0 {
				s.rows[i].marks |= held
			}
		}
	}
}

// contacts looks at a column of mail addresses or phone numbers.
func (s *sieve) contacts(q *quickColumn) {
	b := s.b
	odd := s.found[:0]
	if q.mail {
		for i := range s.rows {
			cell := b.Cells[i*b.Width+q.column]
			if b.is(i, PlainMails) && (cell.Len > 0 || q.blank == 0) {
				continue
			}
			if plain, _ := PlainMail(b.Data, cell); !plain {
				odd = append(odd, int32(i))
			}
		}
	} else {
		odd = oddPhones(b, q.column, s.found)
	}
	for _, i := range odd {
		mark := uint8(held)
		if b.Cells[int(i)*b.Width+q.column].Len == 0 {
			mark = q.blank
		}
		s.rows[i].marks |= mark
	}
}

// oddPhonesInTurn gives the rows of which the cell in a column is blank or not what isReadablePhone accepts, in found, where there is room
// for all.
func oddPhonesInTurn(b *Block, column int, found []int32) []int32 {
	found = found[:0]
	for i := range b.Rows {
		if !isReadablePhone(b.Cell(i, column)) {
			found = append(found, int32(i))
		}
	}
	return found
}

// dates looks at a column of dates.
func (s *sieve) dates(q *quickColumn) {
	b, at := s.b, q.column
	s.moments = slices.Grow(s.moments[:0], b.Len())[:b.Len()]
	b.Moments(at, s.moments, 1)
	dayFits := s.c.options.Reading.Zone != nil
	isStart, isEnd := q.column == s.c.start, q.column == s.c.end
	for i, m := range s.moments {
		if m.Second == noSecond && !(m.Day != noDay && dayFits) {
			cell := b.Cell(i, at)
			if len(cell) == 0 {
				s.rows[i].marks |= q.blank
				continue
			}
			if m.Day == noDay {
				when, ok := readStrict(cell)
				if !ok || when.form != zoned && when.form != dayOnly || when.day < ordinaryFrom || when.day > ordinaryTo || !isRealOffset(when.east) {
					s.rows[i].marks |= held
				}
				m.Day = when.day
			}
			if !dayFits && len(cell) == len("2006-01-02") {
				s.rows[i].marks |= held
			}
		}
		switch {
		case isStart:
			s.rows[i].start = m.Day
		case isEnd:
			s.rows[i].end = m.Day
		}
	}
}

// terms compares the dates of the contracts.
func (s *sieve) terms() {
	c := s.c
	for i := range s.rows {
		r := &s.rows[i]
		switch {
		case c.now != 0 && (r.end != noDay && r.end <= c.today+1 || c.options.StartAhead >= 0 && r.start > c.aheadDay),
			r.start != noDay && r.end != noDay && (r.end-r.start <= 1 || c.termDays > 0 && r.end-r.start > c.termDays):
			r.marks |= held
		}
	}
}

// managers looks for rows whose manager may be named as the person is: as far as the first bytes tell, and the length of the mail address.
func (s *sieve) managers() {
	c, b := s.c, s.b
	for i := range s.rows {
		cells := b.Cells[i*b.Width : (i+1)*b.Width]
		manager, key := cells[c.manager], cells[c.key]
		if manager.Len == 0 {
			continue
		}
		if c.options.Reading.Managers != nil || !b.is(i, PlainText) || key.Len == 0 {
			s.rows[i].marks |= own
			continue
		}
		first, of := b.Data[manager.Off], b.Data[key.Off]
		mailed := c.mail >= 0 && cells[c.mail].Len == manager.Len
		if first|of >= 0x80 || first|0x20 == of|0x20 || mailed {
			s.rows[i].marks |= own
		}
	}
}

// firstDays has the number of the first day of each month from January 1970 to January 2100.
var firstDays = func() (first [12*(lastOrdinaryYear+1-firstOrdinaryYear) + 1]int32) {
	for i := range first {
		first[i] = dayNumber(firstOrdinaryYear+i/12, 1+i%12, 1)
	}
	return first
}()

// isOrdinaryInstant tells a second in UTC as nearly all are spelt, 2026-12-31T23:59:59Z, in which none can be spelt in two ways.
func isOrdinaryInstant(cell []byte) bool {
	if len(cell) != len("2006-01-02T15:04:05Z") {
		return false
	}
	_, ok := ordinaryDay(cell)
	return ok
}

// The shapes of parts of a timestamp, first byte lowest. A part less its shape has digits as 0 to 9 and signs as 0; adding the room lifts a byte
// that is more to 0x80.
const (
	yearMonth, yearMonthRoom = 0x2d30302d30303030, 0x7f76767f76767676 // 0000-00-
	dayHour, dayHourRoom     = 0x30303a3030543030, 0x767a7f767d7f767c // 00T00:00, to 39, 29 and 59
	minute, minuteRoom       = 0x5a30303a30303a30, 0x7f767a7f767a7f76 // 0:00:00Z
	offset, offsetRoom       = 0x30303a3030, 0x767a7f767d             // 00:00, to 29 and 59
	wholeSecond              = 0x5a3030302e                           // .000Z
)

// commonInstant reads an instant of the years 1970 to 2099 as 2026-12-31T23:59:59Z, with .000 before the Z, or with an offset such as +05:30 in
// place of it that some place has. It is the day as it stands there, and the second since the beginning of that day in UTC, which may be of another day. What follows
// the second is told without branches: in one column it may be anything, and nothing could be guessed.
func commonInstant(cell []byte) (day, sec int32, ok bool) {
	n := uint64(len(cell))
	if n-20 > 25-20 {
		return 0, 0, false
	}
	x := binary.LittleEndian.Uint64(cell) ^ yearMonth
	y := binary.LittleEndian.Uint64(cell[8:]) ^ dayHour
	z := (binary.LittleEndian.Uint64(cell[12:]) ^ minute) &^ (0xff << 56)
	tail := binary.LittleEndian.Uint64(cell[n-8:])
	east, west := is(tail>>16&255, '+'), is(tail>>16&255, '-')
	away := is(n, 25) & (east | west)
	ends := away | is(n, 20)&is(tail>>56, 'Z') | is(n, 24)&is(tail>>24, wholeSecond)
	o := (tail>>24 ^ offset) & -away
	hour, by := y>>24&15*10+y>>32&15, o&15*10+o>>8&15
	bad := x | (x + yearMonthRoom) | y | (y + dayHourRoom) | z | (z + minuteRoom) | o | (o + offsetRoom) | (23 - hour) | (ends - 1)
	minutes := by*60 + o>>24&15*10 + o>>32&15
	bad |= (mostEast*60 - west*(mostEast-mostWest)*60 - minutes) & (1 << 63)
	away = minutes * 60
	month := x>>40&15*10 + x>>48&15 - 1
	at := (x&15*1000+x>>8&15*100+x>>16&15*10+x>>24&15-firstOrdinaryYear)*12 + month
	if bad&highBits != 0 || month > 11 || at >= uint64(len(firstDays)-1) {
		return 0, 0, false
	}
	day = firstDays[at] + int32(y&15*10+y>>8&15) - 1
	sec = int32(hour*3600 + (y>>48&15*10+y>>56&15)*60 + z>>40&15*10 + z>>48&15 + away*west - away*east)
	return day, sec, day >= firstDays[at] && day < firstDays[at+1]
}

// is gives 1 where two numbers are the same, else 0.
func is(a, b uint64) uint64 {
	d := a ^ b
	return ^(d | -d) >> 63
}

// ordinaryDay reads a day between 1970 and 2099 from a cell like 2026-12-31 or 2026-12-31T23:59:59Z, the two spellings that nearly all
// dates have. Of any other it knows nothing.
func ordinaryDay(cell []byte) (day int32, ok bool) {
	if len(cell) != 10 && len(cell) != 20 {
		return 0, false
	}
	x := binary.LittleEndian.Uint64(cell) ^ yearMonth
	bad := x | (x + yearMonthRoom)
	var d uint64
	if len(cell) == 20 {
		y := binary.LittleEndian.Uint64(cell[8:]) ^ dayHour
		z := binary.LittleEndian.Uint64(cell[12:]) ^ minute
		bad |= y | (y + dayHourRoom) | z | (z + minuteRoom)
		d = y
		if y>>24&255 == 2 && y>>32&255 > 3 {
			return 0, false
		}
	} else {
		d = uint64(binary.LittleEndian.Uint16(cell[8:])) ^ dayHour&0xffff
		bad |= d | (d + dayHourRoom&0xffff)
	}
	month := int(x>>40&15)*10 + int(x>>48&15) - 1
	at := uint(int(x&15)*1000+int(x>>8&15)*100+int(x>>16&15)*10+int(x>>24&15)-firstOrdinaryYear)*12 + uint(month)
	if bad&highBits != 0 || uint(month) > 11 || at >= uint(len(firstDays)-1) {
		return 0, false
	}
	day = firstDays[at] + int32(d&15)*10 + int32(d>>8&15) - 1
	return day, day >= firstDays[at] && day < firstDays[at+1]
}
