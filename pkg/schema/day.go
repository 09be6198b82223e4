package schema

import (
	"fmt"
	"time"
)

// A Day is a day of the Gregorian calendar, in no zone.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// String is the day as 2006-01-02.
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// A When is what a date cell says: a calendar day, and where a time of day was written an instant too.
type When struct {
	Day     Day       // as it was written, in whatever offset was written with it
	Instant time.Time // in the offset that was written; the zero time where HasTime is false
	HasTime bool
}

// StartOf is the first instant of the day in zone, which must not be nil: 00:00:00 except where the clocks skip it.
// A When with a time of day returns that instant in zone.
func (w When) StartOf(zone *time.Location) time.Time {
	if w.HasTime {
		return w.Instant.In(zone)
	}
	return startOfDay(w.Day.Year, w.Day.Month, w.Day.Day, zone)
}

// EndOf is the last whole second of the day in zone, which must not be nil: 23:59:59 except where the clocks skip it.
// A When with a time of day returns that instant in zone.
func (w When) EndOf(zone *time.Location) time.Time {
	if w.HasTime {
		return w.Instant.In(zone)
	}
	return startOfDay(w.Day.Year, w.Day.Month, w.Day.Day+1, zone).Add(-time.Second)
}

// startOfDay finds the first instant that a calendar in zone shows the day. Two things make midnight hard: clocks that go
// forward at midnight have none (time.Date then answers with 23:00 of the day before, or with 01:00), and clocks that go back
// at 01:00 have two (time.Date answers with either).
func startOfDay(year int, month time.Month, day int, zone *time.Location) time.Time {
	wanted := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if showsBefore(t, wanted) {
		if _, end := t.ZoneBounds(); !end.IsZero() {
			t = end
		}
		return t
	}
	start, _ := t.ZoneBounds()
	if start.IsZero() || t.Sub(start) > 24*time.Hour {
		return t
	}
	// A change of the clocks lies shortly before. What would midnight be by the clock that ran before it?
	_, before := start.Add(-time.Second).Zone()
	earlier := wanted.Add(-time.Duration(before) * time.Second).In(zone)
	switch {
	case earlier.Before(start):
		return earlier
	case start.Before(t) && !showsBefore(start, wanted):
		return start
	}
	return t
}

// showsBefore says whether a calendar at t shows a day before that of wanted, which is in UTC.
func showsBefore(t, wanted time.Time) bool {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Before(wanted)
}

// dayNumber counts days from 1970-01-01 of the Gregorian calendar, extended backwards. Years start in March inside, so that
// the leap day is the last of its year.
func dayNumber(year, month, day int) int32 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	ofEra := year - era*400
	return int32(era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + (153*(month-3)+2)/5 + day - 1 - 719468)
}

// dayOf is the day with the given number.
func dayOf(number int32) Day {
	y, m, d := time.Unix(int64(number)*86400, 0).UTC().Date()
	return Day{y, m, d}
}

// daysIn is the length of a month; month must be 1 to 12.
func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
