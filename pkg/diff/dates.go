package diff

import (
	"encoding/binary"
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

// In a column that is hashed by instants, what a cell is stands before its bytes, so that nothing is taken for anything else.
const (
	ofDesired = 1 + iota // a date and no instant, of the list
	ofCurrent            // the same, of the other side
	ofSecond             // a second since 1970
	ofMoment             // an instant with a fraction of a second
	ofText               // no date
)

// appendSecond appends a second since 1970, as bytes below 0x80, which are no odd text.
func appendSecond(dst []byte, sec int64) []byte {
	v := uint64(sec) + 1<<55
	v = v&(1<<28-1) | v>>28<<32
	v = v&0x0000_3fff_0000_3fff | v&0x0fff_c000_0fff_c000<<2
	v = v&0x007f_007f_007f_007f | v&0x3f80_3f80_3f80_3f80<<1
	return binary.LittleEndian.AppendUint64(append(dst, ofSecond), v)
}

func appendMoment(dst []byte, t time.Time) []byte {
	if t.Nanosecond() == 0 {
		return appendSecond(dst, t.Unix())
	}
	return t.UTC().AppendFormat(append(dst, ofMoment), time.RFC3339Nano)
}

// appendInstant appends a date of a column that is hashed by instants; what is no date is hashed as text.
func (c *comparison) appendInstant(dst, cell []byte, m *managed, desired bool) []byte {
	if sec, ok := schema.Instant(cell); ok {
		return appendSecond(dst, sec)
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
		return norm.NFC.Append(append(dst, ofText), cell...)
	case when.HasTime:
		return appendMoment(dst, when.Instant)
	case desired:
		return append(append(dst, ofDesired), cell...)
	case c.o.Reading.Zone == nil:
		return append(append(dst, ofCurrent), cell...)
	case m.attribute.TechnicalName == schema.EndDate:
		return appendMoment(dst, when.EndOf(c.o.Reading.Zone))
	}
	return appendMoment(dst, when.StartOf(c.o.Reading.Zone))
}
