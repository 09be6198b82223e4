package schema

import (
	"fmt"
	"strings"
)

// A DateOrder says how dates made of numbers alone are written in a column.
type DateOrder uint8

// Unsettled means that nothing is known: a date such as 03/04/2026 is then ambiguous and refused.
const (
	Unsettled DateOrder = iota
	DayFirst
	MonthFirst
	YearFirst
)

// String is the order as a person writes it in --date-format.
func (o DateOrder) String() string {
	switch o {
	case DayFirst:
		return "DD/MM/YYYY"
	case MonthFirst:
		return "MM/DD/YYYY"
	case YearFirst:
		return "YYYY-MM-DD"
	}
	return "unsettled"
}

// ParseDateFormat reads a pattern such as DD/MM/YYYY, M.D.YYYY or yyyy-mm-dd into the order that it shows. Only the order
// counts: every separator is understood in every column. Two-digit years have no pattern, because no date with one is read.
func ParseDateFormat(pattern string) (DateOrder, error) {
	var letters []byte
	width := map[byte]int{}
	for _, r := range strings.ToUpper(strings.TrimSpace(pattern)) {
		switch r {
		case 'D', 'M', 'Y':
			b := byte(r)
			if len(letters) == 0 || letters[len(letters)-1] != b {
				letters = append(letters, b)
			}
			width[b]++
		case '/', '.', '-', ' ':
		default:
			return Unsettled, fmt.Errorf("date format %q: %q is not part of a pattern: write DD/MM/YYYY, MM/DD/YYYY or YYYY-MM-DD", pattern, r)
		}
	}
	if width['Y'] == 2 {
		return Unsettled, fmt.Errorf("date format %q: two-digit years are not read, because 31 can be 1931 or 2031: write the years with four digits in the list", pattern)
	}
	if width['Y'] == 4 && width['M'] <= 2 && width['D'] <= 2 {
		switch string(letters) {
		case "DMY":
			return DayFirst, nil
		case "MDY":
			return MonthFirst, nil
		case "YMD":
			return YearFirst, nil
		}
	}
	return Unsettled, fmt.Errorf("date format %q: write DD/MM/YYYY, MM/DD/YYYY or YYYY-MM-DD", pattern)
}
