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

// appendInstant appends a date of a column that is hashed by instants: 2026-03-31T23:59:59Z, with a fraction if it has one; what is
// no date is hashed as text.
func (c *comparison) appendInstant(dst, cell []byte, m *managed, desired bool) []byte {
	if isMilliStamp(cell) {
		return append(append(dst, cell[:19]...), 'Z')
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
