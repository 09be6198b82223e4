package csvio

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// A cellFormat is what a cell's style says about the number in it.
type cellFormat struct {
	date, clock bool
	zeros       int // digits that are always shown
}

// builtinFormat gives what is known of the number formats that a workbook does not spell out (ECMA-376 part 1, 18.8.30; 27
// to 36 and 50 to 58 are dates in the editions of East Asia).
func builtinFormat(id int) cellFormat {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return cellFormat{date: true}
	case id == 22:
		return cellFormat{date: true, clock: true}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55, id == 56:
		return cellFormat{clock: true}
	}
	return cellFormat{}
}

// parseFormat reads a number format such as dd/mm/yyyy or 00000.
func parseFormat(code string) cellFormat {
	code, _, _ = strings.Cut(code, ";")
	var f cellFormat
	var letters strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			if j := strings.IndexByte(code[i+1:], '"'); j >= 0 {
				i += j + 1
			}
		case '\\', '_', '*':
			i++
		case '[':
			j := strings.IndexByte(code[i:], ']')
			if j < 0 {
				break
			}
			switch strings.ToLower(strings.Trim(code[i+1:i+j], "hmsHMS")) {
			case "":
				f.clock = true // elapsed hours, minutes or seconds
			}
			i += j
		default:
			letters.WriteByte(c)
		}
	}
	rest := strings.ToLower(letters.String())
	rest = strings.NewReplacer("general", "", "am/pm", "", "a/p", "").Replace(rest)
	if strings.Trim(rest, "0") == "" {
		f.zeros = len(rest)
	}
	f.date = strings.ContainsAny(rest, "yd") || strings.Contains(rest, "m") && !f.clock && !strings.ContainsAny(rest, "hs0#?")
	f.clock = f.clock || strings.ContainsAny(rest, "hs")
	return f
}

// serialText writes a day or moment that a sheet holds as a number: 2006-01-02, with the time of day if it has one.
func serialText(serial float64, from1904 bool) (string, bool) {
	if serial < 0 || serial >= 2958466 { // up to 9999-12-31
		return "", false
	}
	t, err := excelize.ExcelDateToTime(serial, from1904)
	if err != nil {
		return "", false
	}
	t = t.Round(time.Second)
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format("2006-01-02"), true
	}
	return t.Format("2006-01-02T15:04:05"), true
}

// numberText writes a number that a sheet holds without an exponent where all its digits are known.
func numberText(raw string) (text string, value float64, ok bool) {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw, 0, false
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64), v, true
	}
	if math.Abs(v) >= 1e15 {
		return strconv.FormatFloat(v, 'G', -1, 64), v, true
	}
	return strconv.FormatFloat(v, 'f', -1, 64), v, true
}
