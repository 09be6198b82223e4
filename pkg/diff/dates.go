package diff

import (
	"errors"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Dates mean the same in two ways that one hash cannot hold: a day alone is every instant of that day, and two instants of
// one day are not each other. So a column of the list is hashed by its calendar days, and a cell of it that has a time of
// day is read again to be compared; or, where its first rows have mostly instants, by instants, and a day alone is read
// again. Which of the two is a matter of speed only.

// chooseDates looks at the first rows of the desired list to say which of its date columns are hashed by instants.
func (c *comparison) chooseDates(b *schema.Block) {
	for n := range c.managed {
		m := &c.managed[n]
		if m.form != formDay {
			continue
		}
		instants, days := 0, 0
		for i := range b.Rows {
			when, err := schema.ParseDate(b.Cell(i, m.desired), c.desiredColumns[m.desired].Dates, c.o.Reading.Zone)
			switch {
			case err != nil: // a blank cell, mostly
			case when.HasTime:
				instants++
			default:
				days++
			}
		}
		if instants > days {
			m.form = formInstant
		}
	}
}

// What is a date and no instant, in a column that is hashed by instants, begins with one of these, so that it is never taken for a
// cell of the other side.
const (
	ofDesired = 1
	ofCurrent = 2
)

// appendStamp appends a second since 1970 as 2026-03-31T23:59:59Z, if its year has four digits. Years begin in March inside, so that
// the leap day is their last.
func appendStamp(dst []byte, sec int64) ([]byte, bool) {
	const daySeconds, first, last = 86_400, -62_135_596_800, 253_402_300_799 // the years 1 to 9999
	if sec < first || sec > last {
		return dst, false
	}
	days := uint64(sec-first)/daySeconds + 306 // since 0000-03-01
	of := uint64(sec-first) % daySeconds
	era := days / 146_097
	inEra := days % 146_097
	year := (inEra - inEra/1460 + inEra/36_524 - inEra/146_096) / 365
	inYear := inEra - (365*year + year/4 - year/100)
	m := (5*inYear + 2) / 153
	day := inYear - (153*m+2)/5 + 1
	month := m + 3
	if year += era * 400; m >= 10 {
		month, year = m-9, year+1
	}
	digits := func(n uint64) (byte, byte) { return byte('0' + n/10), byte('0' + n%10) }
	var b [20]byte
	copy(b[:], "0000-00-00T00:00:00Z")
	b[0], b[1] = digits(year / 100)
	b[2], b[3] = digits(year % 100)
	b[5], b[6] = digits(month)
	b[8], b[9] = digits(day)
	b[11], b[12] = digits(of / 3600)
	b[14], b[15] = digits(of / 60 % 60)
	b[17], b[18] = digits(of % 60)
	return append(dst, b[:]...), true
}

// appendInstant appends a date of a column that is hashed by instants: 2026-03-31T23:59:59Z, with a fraction if it has one; what is
// no date is hashed as text.
func (c *comparison) appendInstant(dst, cell []byte, m *managed, desired bool) []byte {
	if isMilliStamp(cell) {
		return append(append(dst, cell[:19]...), 'Z')
	}
	if sec, nanos, ok := schema.Instant(cell); ok && nanos == 0 {
		if stamp, ok := appendStamp(dst, sec); ok {
			return stamp
		}
	}
	cell = schema.Trim(cell)
	if len(cell) == 0 || desired && string(cell) == schema.ClearCell {
		return dst
	}
	zone, order := time.UTC, c.currentColumns[m.current].Dates
	if desired {
		zone, order = c.o.Reading.Zone, c.desiredColumns[m.desired].Dates
	}
	when, err := schema.ParseDate(cell, order, zone)
	var fault *schema.DateError
	switch {
	case errors.As(err, &fault) && fault.Code == schema.CodeDateZone:
		return append(append(dst, ofDesired), cell...) // it can be read, if not as an instant
	case err != nil:
		return norm.NFC.Append(dst, cell...)
	case when.HasTime:
		return when.Instant.UTC().AppendFormat(dst, time.RFC3339Nano)
	case desired:
		return append(append(dst, ofDesired), cell...)
	case c.o.Reading.Zone == nil:
		return append(append(dst, ofCurrent), cell...)
	case m.attribute.TechnicalName == schema.EndDate:
		return when.EndOf(c.o.Reading.Zone).UTC().AppendFormat(dst, time.RFC3339)
	}
	return when.StartOf(c.o.Reading.Zone).UTC().AppendFormat(dst, time.RFC3339)
}
