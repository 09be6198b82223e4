package csvio

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A sheet of a workbook is read as a list parted by commas, so that both end in the same rows. What a sheet knows of a cell
// beyond its text goes along as marks before the text: markByte and a letter each.
const markByte = '\x01'

type mark byte

const (
	markNumber  mark = 'n' // a number, which may have been a phone or an id
	markDate    mark = 'd' // a number that the sheet shows as a date; the text is ISO 8601
	markPadded  mark = 'p' // a number that the sheet shows with zeros in front; the text has them
	markError   mark = 'e' // an error such as #N/A
	markFormula mark = 'f' // a formula without a value
	markMerged  mark = 'm' // belongs to merged cells, whose text it has
	markHidden  mark = 'h' // stands in a hidden row; only on a row's first cell
	markText    mark = 't' // nothing; before a text that begins with markByte itself
)

// cutMarks parts the marks from the text of a cell.
func cutMarks(text []byte) (marks, rest []byte) {
	n := 0
	for n+1 < len(text) && text[n] == markByte {
		n += 2
		if mark(text[n-1]) == markText {
			break
		}
	}
	return text[:n], text[n:]
}

func hasMark(marks []byte, m mark) bool {
	for i := 1; i < len(marks); i += 2 {
		if mark(marks[i]) == m {
			return true
		}
	}
	return false
}

// The repairs that turn what a sheet holds into text.
const (
	RuleMerged = "merged"      // fills the cells under the first of merged ones with its text
	RuleSerial = "serial-date" // reads a bare number in a date column as the day it stands for in a spreadsheet program
)

// marked takes the marks off a cell's text and says what they tell.
func (l *layout) marked(c *chunk, ref schema.Ref, text []byte, column int) []byte {
	marks, text := cutMarks(text)
	if len(marks) == 0 {
		return text
	}
	t := l.target[column]
	if t < 0 {
		return text // nobody uses the column
	}
	find := func(code string, s schema.Severity, message, hint string) {
		c.block.Findings = append(c.block.Findings, schema.Finding{
			Code: code, Severity: s, Origin: l.origin(ref, column), Attribute: l.columns[t].Name, Value: shortened(text), Message: message, Hint: hint,
		})
	}
	switch {
	case hasMark(marks, markError):
		find("E-CELL-ERROR", schema.Error, fmt.Sprintf("the cell shows the error %s instead of a value", text), "mend the formula in the sheet, or type the value")
	case hasMark(marks, markFormula):
		find("E-CELL-FORMULA", schema.Error, "the cell has a formula, and the file does not say what comes out", "open the file in a spreadsheet program and save it, so that values are kept beside formulas")
	case hasMark(marks, markNumber) && l.types[t] == schema.Phone:
		if bytes.ContainsAny(text, "eE.") || len(text) > 15 {
			find(schema.CodePhoneDamaged, schema.Error, fmt.Sprintf("%s: the sheet holds the phone as a number and has lost digits of it", text), "type the phone again, into a cell that is formatted as text")
			break
		}
		find("W-CELL-NUMBER", schema.Warning, "the sheet holds the phone as a number: a 0 or + in front is lost if there was one", "format the column as text and type it again, or check that no 0 lacks")
	case hasMark(marks, markNumber) && l.columns[t].Name == schema.AccountName && len(text) > 15:
		find("E-CELL-NUMBER", schema.Error, "the sheet holds the account name as a number and keeps no more than 15 digits of it", "type it again, into a cell that is formatted as text")
	}
	if hasMark(marks, markMerged) {
		if l.off[RuleMerged] {
			return nil
		}
		l.repair(c, ref, column, nil, text, RuleMerged)
	}
	return text
}

// unmarked is the text of a cell as people see it.
func unmarked(cell string) string {
	if !strings.HasPrefix(cell, string(markByte)) {
		return cell
	}
	_, rest := cutMarks([]byte(cell))
	return string(rest)
}
