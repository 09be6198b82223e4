package schema

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"
)

// A Comparer decides for one attribute whether a cell of the list and a cell of the tenant mean the same, and what is sent
// for a cell of the list. It is safe for use by several goroutines.
//
// Text is the same if it is equal after trimming and in Unicode normalisation form C; of a mail address the domain's case
// does not count; of a phone number only the digits do if [Reading.PhoneDigits] is set; of an identity the alias if [Reading.Managers] knows it. Dates are the same if they are the same
// instant; a day without a time in the list is the same as every instant of that day in [Reading.Zone]; times of the tenant
// without an offset are UTC. Cells that cannot be read as what they should be are compared as text.
type Comparer struct {
	kind     kind
	end      bool
	reading  Reading
	calendar *calendar
	desired  DateOrder
	current  DateOrder
}

// kind is how cells of an attribute are treated; types that are not known are text.
type kind uint8

const (
	kindText kind = iota
	kindMail
	kindPhone
	kindDate
	kindIdentity
)

// IsDate reports whether the cells of an attribute are read as dates, which is so of startDate and endDate whatever their type.
func IsDate(a Attribute) bool { return kindOf(a) == kindDate }

// kindOf is the kind of an attribute. The published description knows no type for phones and mails, the live service does, and
// what either says of the system attributes is not documented: one that is called TEXT is what its technical name says.
func kindOf(a Attribute) kind {
	if a.System && a.Type == Text {
		switch a.TechnicalName {
		case PhoneName:
			return kindPhone
		case EmailName:
			return kindMail
		case Manager:
			return kindIdentity
		case StartDate, EndDate:
			return kindDate
		}
	}
	switch a.Type {
	case Date:
		return kindDate
	case Phone:
		return kindPhone
	case Email:
		return kindMail
	case Identity:
		return kindIdentity
	}
	return kindText
}

// NewComparer returns the comparer of an attribute that stands in the given column of the list and of the tenant's records.
func NewComparer(a Attribute, desired, current Column, r Reading) Comparer {
	c := Comparer{kind: kindOf(a), end: a.TechnicalName == EndDate, reading: r, desired: desired.Dates, current: current.Dates}
	if c.kind == kindDate {
		zone := r.Zone
		if zone == nil {
			zone = time.UTC
		}
		c.calendar = newCalendar(zone)
	}
	return c
}

// Equal says whether nothing needs to be done about the attribute. Under [BlankKeep] a blank desired cell equals everything.
func (c *Comparer) Equal(desired, current []byte) bool {
	if bytes.Equal(desired, current) && c.meansOne(desired) {
		return true
	}
	desired, current = trim(desired), trim(current)
	if len(desired) == 0 && c.reading.Blank == BlankKeep {
		return true
	}
	if len(desired) == 0 || isClear(desired) {
		return len(current) == 0
	}
	switch {
	case len(current) == 0:
		return false
	case c.kind == kindDate:
		return c.sameDate(desired, current)
	case bytes.Equal(desired, current):
		return true
	case c.kind != kindMail && c.kind != kindPhone && (c.kind != kindIdentity || c.reading.Managers == nil) && isASCII(desired) && isASCII(current):
		return false
	}
	return c.sameMeaning(desired, current)
}

// meansOne tells cells of which two that are spelt alike are the same: no ClearCell, which begins with a sign, and no date that counts by its zone.
func (c *Comparer) meansOne(cell []byte) bool {
	if c.kind == kindDate {
		return isOrdinaryInstant(cell)
	}
	return len(cell) == 0 || isOrdinary(cell[:1])
}

func (c *Comparer) sameMeaning(desired, current []byte) bool {
	return bytes.Equal(c.appendMeaning(nil, desired), c.appendMeaning(nil, current))
}

// sameDate compares two trimmed cells that are not blank. Where no zone is named a day equals the same day, and a time without
// an offset the same time without one, but neither is known to equal an instant.
func (c *Comparer) sameDate(desired, current []byte) bool {
	if isOrdinaryInstant(desired) && isOrdinaryInstant(current) {
		return bytes.Equal(desired, current)
	}
	d, badDesired := readStamp(desired, c.desired)
	was, badCurrent := readStamp(current, c.current)
	if badDesired != dateFine || badCurrent != dateFine {
		return badDesired != dateFine && badCurrent != dateFine && bytes.Equal(appendText(nil, desired), appendText(nil, current))
	}
	if c.reading.Zone == nil && d.form != zoned {
		return d == was
	}
	d, was = d.in(c.reading.Zone), was.in(time.UTC)
	switch {
	case d.form == dayOnly && was.form == dayOnly:
		return d.day == was.day
	case d.form == dayOnly:
		return d.day == c.calendar.day(was.unix())
	case was.form == dayOnly:
		return c.reading.Zone != nil && d.nanos == 0 && d.unix() == c.instant(was).Unix()
	}
	return d.unix() == was.unix() && d.nanos == was.nanos
}

// instant is what is sent for a day alone.
func (c *Comparer) instant(s stamp) time.Time {
	w := When{Day: dayOf(s.day)}
	if c.end {
		return w.EndOf(c.reading.Zone)
	}
	return w.StartOf(c.reading.Zone)
}

// Send is a cell of the list as it is sent: empty for [ClearCell] and for a blank (which under [BlankKeep] the caller must not
// send at all), a date in RFC 3339 with an offset (a day alone as 00:00:00 in [Reading.Zone], for endDate as 23:59:59), an
// identity as its alias if [Reading.Managers] knows it, all else as trimmed text in normalisation form C. The error is a *DateError.
func (c *Comparer) Send(desired []byte) (string, error) {
	desired = trim(desired)
	if len(desired) == 0 || isClear(desired) {
		return "", nil
	}
	if c.kind == kindIdentity && c.reading.Managers != nil {
		if alias, ok := c.reading.Managers.Alias(desired); ok {
			return alias, nil
		}
	}
	if c.kind != kindDate {
		return string(appendText(nil, desired)), nil
	}
	if isOrdinaryInstant(desired) {
		return string(desired), nil
	}
	s, fault := readStamp(desired, c.desired)
	if fault != dateFine {
		return "", dateError(fault, desired, c.desired)
	}
	if s.form != zoned && c.reading.Zone == nil {
		return "", zoneError(desired)
	}
	switch s.form {
	case dayOnly:
		return c.instant(s).Format(time.RFC3339), nil
	case floating:
		return s.in(c.reading.Zone).time().Format(time.RFC3339Nano), nil
	}
	return s.time().Format(time.RFC3339Nano), nil
}

// The first byte of a date's canonical form says what follows, so that no text can be taken for a day.
const (
	canonicalDay  = 1
	canonicalText = 2
)

// AppendCanonical appends bytes by which cells can be hashed: two cells that [Comparer.Equal] finds equal have the same, so
// different bytes mean a change. The other way round holds unless [Comparer.NeedsEqual] says otherwise of the desired
// cell. A date's bytes are those of its calendar day in [Reading.Zone]; desired says which side the cell is of.
func (c *Comparer) AppendCanonical(dst, cell []byte, desired bool) []byte {
	cell = trim(cell)
	if len(cell) == 0 || desired && isClear(cell) {
		return dst
	}
	if c.kind != kindDate {
		return c.appendMeaning(dst, cell)
	}
	order, zone := c.current, time.UTC
	if desired {
		order = c.desired
		if c.reading.Zone != nil {
			zone = c.reading.Zone
		}
	}
	s, fault := readStamp(cell, order)
	if fault != dateFine {
		return appendText(append(dst, canonicalText), cell)
	}
	day := s.day
	if s.form != dayOnly {
		day = c.calendar.day(s.in(zone).unix())
	}
	return binary.BigEndian.AppendUint32(append(dst, canonicalDay), uint32(day))
}

// NeedsEqual says whether, for this desired cell, equal canonical bytes do not settle equality, or different ones do not
// settle a change, so that [Comparer.Equal] has to be asked: blank cells that keep, dates with a time of day, and days whose
// zone nobody has named.
func (c *Comparer) NeedsEqual(desired []byte) bool {
	desired = trim(desired)
	if len(desired) == 0 {
		return c.reading.Blank == BlankKeep
	}
	if c.kind != kindDate || isClear(desired) {
		return false
	}
	s, fault := readStamp(desired, c.desired)
	return fault == dateFine && (s.form != dayOnly || c.reading.Zone == nil)
}

// appendMeaning appends what counts of a trimmed cell that is not a date.
func (c *Comparer) appendMeaning(dst, cell []byte) []byte {
	switch c.kind {
	case kindMail:
		from := len(dst)
		dst = appendText(dst, cell)
		if at := bytes.LastIndexByte(dst[from:], '@'); at >= 0 {
			for i := from + at; i < len(dst); i++ {
				if dst[i]-'A' <= 'Z'-'A' {
					dst[i] += 'a' - 'A'
				}
			}
		}
		return dst
	case kindIdentity:
		if c.reading.Managers != nil {
			if alias, ok := c.reading.Managers.Alias(cell); ok {
				return append(dst, alias...)
			}
		}
	case kindPhone:
		if c.reading.PhoneDigits {
			if isPlainPhone(cell) {
				return append(dst, cell[1:]...)
			}
			from := len(dst)
			if dst = appendDigits(dst, cell); len(dst) > from {
				return dst
			}
		}
	}
	return appendText(dst, cell)
}

// appendDigits appends the digits of a phone number, without the 00 that stands for the plus sign, and an x before
// those of an extension.
func appendDigits(dst, cell []byte) []byte {
	from := len(dst)
	// Without branches, as where signs stand cannot be guessed.
	dst = slices.Grow(dst, len(cell))
	room := dst[from : from+len(cell)]
	n, all := 0, uint8(0)
	for _, c := range cell {
		kind := phoneKinds[c]
		room[n] = c
		n += int(kind & phoneDigit)
		all |= kind
	}
	if all&phoneX == 0 {
		if n > 2 && room[0] == '0' && room[1] == '0' {
			n = copy(room, room[2:n])
		}
		return dst[:from+n]
	}
	for i, b := range cell {
		switch {
		case b-'0' <= 9:
			dst = append(dst, b)
		case b|0x20 == 'x' && len(dst) > from && i+1 < len(cell):
			dst = append(dst, 'x')
		}
	}
	if len(dst)-from > 2 && dst[from] == '0' && dst[from+1] == '0' {
		dst = append(dst[:from], dst[from+2:]...)
	}
	return dst
}
