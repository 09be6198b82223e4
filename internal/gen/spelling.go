package gen

import (
	"bytes"
	"time"
)

// Spelling is a set of ways to write the same values otherwise. The zero value writes them as the service's template wants them: quotes
// where RFC 4180 needs them and nowhere else, no padding, lines that end in LF.
type Spelling uint

const (
	// Padded puts a space after every comma, inside the quotes of a quoted field, so that any reader of RFC 4180 takes the file.
	Padded Spelling = 1 << iota
	// OtherDates writes the same instants with an offset, or with a fraction of a second, instead of Z alone.
	OtherDates
	// PunctuatedPhones breaks the same digits up with spaces, hyphens and brackets.
	PunctuatedPhones
	// NeedlessQuotes quotes one field in four that needs no quotes.
	NeedlessQuotes
	// CRLF ends lines in CR LF. Line breaks inside a field stay as they are.
	CRLF

	// Respelt is every way at once.
	Respelt = Padded | OtherDates | PunctuatedPhones | NeedlessQuotes | CRLF
)

// lineWriter turns fields into lines and counts what it wrote.
type lineWriter struct {
	spelling  Spelling
	line      []byte
	fields    int
	quoted    bool
	multiline bool
	written   Written
}

// Written says what a list that was written consists of. The header is counted in Bytes only.
type Written struct {
	Rows      int
	Bytes     int64
	Quoted    int // rows with at least one quoted field
	MultiLine int // rows with a line break inside a field
	NonASCII  int // rows with a byte of 0x80 or above
}

// field adds a field to the line. The hash decides about what a spelling leaves open.
func (w *lineWriter) field(value []byte, column int, hash uint64) {
	if w.fields > 0 {
		w.line = append(w.line, ',')
	}
	quote := bytes.ContainsAny(value, ",\"\n") || w.spelling&NeedlessQuotes != 0 && hash%4 == 0
	if quote {
		w.line = append(w.line, '"')
		w.quoted = true
	}
	if w.fields > 0 && w.spelling&Padded != 0 {
		w.line = append(w.line, ' ')
	}
	w.fields++
	switch {
	case (column == startDate || column == endDate) && w.spelling&OtherDates != 0:
		w.line = appendOtherDate(w.line, value, hash)
	case column == phone && w.spelling&PunctuatedPhones != 0:
		w.line = appendPunctuated(w.line, value, hash)
	default:
		for _, b := range value {
			if b == '"' {
				w.line = append(w.line, '"')
			}
			w.multiline = w.multiline || b == '\n'
			w.line = append(w.line, b)
		}
	}
	if quote {
		w.line = append(w.line, '"')
	}
}

// end completes the line and counts it.
func (w *lineWriter) end() []byte {
	w.written.Rows++
	if w.quoted {
		w.written.Quoted++
	}
	if w.multiline {
		w.written.MultiLine++
	}
	for _, b := range w.line {
		if b >= 0x80 {
			w.written.NonASCII++
			break
		}
	}
	return w.take()
}

// take completes the line without counting a row: for the header.
func (w *lineWriter) take() []byte {
	if w.spelling&CRLF != 0 {
		w.line = append(w.line, '\r')
	}
	w.line = append(w.line, '\n')
	w.written.Bytes += int64(len(w.line))
	line := w.line
	w.line, w.fields, w.quoted, w.multiline = w.line[:0], 0, false, false
	return line
}

// appendOtherDate writes the same instant otherwise. What is no date (a planted fault) stays as it is.
func appendOtherDate(dst, value []byte, hash uint64) []byte {
	at, err := time.Parse(time.RFC3339, string(value))
	if err != nil {
		return append(dst, value...)
	}
	switch hash >> 8 % 4 {
	case 0:
		return at.AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00")
	case 1:
		return at.In(time.FixedZone("", 2*60*60)).AppendFormat(dst, time.RFC3339)
	case 2:
		return at.In(time.FixedZone("", -5*60*60)).AppendFormat(dst, time.RFC3339)
	default:
		return at.In(time.FixedZone("", 5*60*60+30*60)).AppendFormat(dst, time.RFC3339)
	}
}

// appendPunctuated breaks up a phone of a plus and digits. Anything else (a planted fault) stays as it is.
func appendPunctuated(dst, value []byte, hash uint64) []byte {
	if len(value) < 9 || value[0] != '+' || bytes.ContainsAny(value, ".E") {
		return append(dst, value...)
	}
	country, area, rest := value[:3], value[3:6], value[6:]
	if value[1] == '1' {
		country, area, rest = value[:2], value[2:5], value[5:]
	}
	gap, opening, closing := " ", "", ""
	switch hash >> 16 % 3 {
	case 0:
		gap = "-"
	case 1:
		opening, closing = "(", ")"
	}
	dst = append(dst, country...)
	dst = append(dst, ' ')
	dst = append(dst, opening...)
	dst = append(dst, area...)
	dst = append(dst, closing...)
	dst = append(dst, gap...)
	dst = append(dst, rest[:3]...)
	dst = append(dst, gap...)
	return append(dst, rest[3:]...)
}
