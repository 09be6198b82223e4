package schema

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// A DateError says why a cell could not be read as a date. Code is that of the finding which it becomes.
type DateError struct {
	Code    string // E-DATE-BAD, E-DATE-AMBIGUOUS or E-DATE-ZONE
	Cell    string
	Message string
	Hint    string
}

// Error is the message with its hint.
func (e *DateError) Error() string { return e.Message + ": " + e.Hint }

// ParseDate reads one date cell: timestamps as tenants and machines write them (RFC 3339 with 0 to 9 fraction digits, also
// without seconds, with an offset of +hhmm or +hh, with a space for the T) and the days that people write (2026-04-03,
// 2026/04/03, 20260403, 03.04.2026, 03/04/2026 and 03-04-2026 by order, 3 April 2026 and Apr 3, 2026 with the names of the
// months in seven languages), each with a time of day after it or not.
//
// A time of day without an offset is one of zone; for what a tenant wrote that is time.UTC. Where zone is nil such a cell is
// an E-DATE-ZONE error. A day alone needs no zone to be read: [When.StartOf] and [When.EndOf] ask for it. Days that do not
// exist, years of two digits, the day numbers of spreadsheets and names of zones are refused. The error is a *DateError.
func ParseDate(cell []byte, order DateOrder, zone *time.Location) (When, error) {
	s, fault := readStamp(cell, order)
	if fault != dateFine {
		return When{}, dateError(fault, cell, order)
	}
	w := When{Day: dayOf(s.day)}
	switch s.form {
	case dayOnly:
		return w, nil
	case floating:
		if zone == nil {
			return When{}, zoneError(cell)
		}
		s = s.in(zone)
		w.Instant = s.time().In(zone)
	default:
		w.Instant = s.time()
	}
	w.HasTime = true
	return w, nil
}

// ReadsAsDate reports whether [ParseDate] reads a cell in some zone, without making the error that says why it does not.
func ReadsAsDate(cell []byte, order DateOrder) bool {
	_, fault := readStamp(cell, order)
	return fault == dateFine
}

// NeedsZone is the error of a cell whose meaning depends on a zone; nil where it does not, or is no date.
func NeedsZone(cell []byte, order DateOrder) *DateError {
	if s, fault := readStamp(cell, order); fault != dateFine || s.form == zoned {
		return nil
	}
	return zoneError(cell)
}

// zoneError is what is said of a cell whose meaning depends on a zone that nobody has named.
func zoneError(cell []byte) *DateError {
	return &DateError{
		Code:    CodeDateZone,
		Cell:    string(trim(cell)),
		Message: fmt.Sprintf("%s names a day or a time but no time zone, so the instant that it means is not known", quote(cell)),
		Hint:    "say where the day begins and ends with --time-zone, for example --time-zone Europe/Berlin",
	}
}

func dateError(fault dateFault, cell []byte, order DateOrder) *DateError {
	text := trim(cell)
	e := &DateError{Code: CodeDateBad, Cell: string(text), Hint: "write it as YYYY-MM-DD"}
	q := quote(cell)
	switch fault {
	case dateAmbiguous:
		e.Code = CodeDateAmbiguous
		e.Message = q + " can be read with the day first or with the month first"
		if a, fault := readStamp(text, DayFirst); fault == dateFine {
			if b, fault := readStamp(text, MonthFirst); fault == dateFine {
				e.Message = fmt.Sprintf("%s can be %s or %s", q, spoken(a.day), spoken(b.day))
			}
		}
		e.Hint = "say how the column is written with --date-format DD/MM/YYYY or --date-format MM/DD/YYYY"
	case dateShortYear:
		e.Message = q + " has a year of two digits, which can be of this century or of the last"
		e.Hint = "write the year with four digits"
	case dateNoSuchDay:
		e.Message = q + " is a day that does not exist"
		e.Hint = "the month has fewer days, or the year is not a leap year: look the day up"
	case dateNoSuchTime:
		e.Message = q + " has a time of day that does not exist"
		e.Hint = "hours go from 00 to 23, minutes and seconds from 00 to 59"
	case dateOtherOrder:
		e.Message = fmt.Sprintf("%s is not written as the rest of its column (%s)", q, order)
		e.Hint = "swap day and month in this cell, or write it as YYYY-MM-DD"
	case dateSerial:
		e.Message = q + " is a number, not a date"
		if n, err := strconv.ParseFloat(string(text), 64); err == nil && n >= 1 && n < 100_000 {
			e.Message = fmt.Sprintf("%s is a spreadsheet's number for a day, perhaps %s", q, dayOf(dayNumber(1899, 12, 30)+int32(n)))
		}
		e.Hint = "format the column as a date in the spreadsheet and save the list again"
	case dateEpoch:
		e.Message = q + " is a number, perhaps of seconds or milliseconds since 1970, not a date"
		e.Hint = "write it as YYYY-MM-DD, or as YYYY-MM-DDThh:mm:ssZ"
	case dateZoneName:
		e.Message = q + " names its time zone in letters, which can mean several zones"
		e.Hint = "write the offset in digits, for example +01:00"
	default:
		e.Message = q + " is not a date"
	}
	return e
}

// spoken is a day as people say it.
func spoken(day int32) string {
	d := dayOf(day)
	return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year)
}

// quote is a cell as it stands in a message: short enough for one line, and with what cannot be seen spelt out.
func quote(cell []byte) string {
	const most = 60
	cell = trim(cell)
	text := []rune(string(cell[:min(len(cell), (most+1)*utf8.UTFMax)]))
	cut := ""
	if len(text) > most {
		text, cut = text[:most], "…"
	}
	q := strconv.Quote(string(text))
	if inner := q[1 : len(q)-1]; inner == string(text) && cut == "" && len(text) > 0 {
		return inner
	}
	return q + cut
}
