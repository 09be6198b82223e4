package csvio

import (
	"fmt"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A skip is a run of rows of which more is to be said than their cells: mostly that they are no records.
type skip struct {
	row, to int64 // first and last
	why     reason
}

type reason uint8

const (
	skipBlank  reason = iota // without text: no record
	skipHeader               // the header once more: no record
	skipHidden               // hidden in the sheet: a record all the same
)

// skips are runs of rows in their order. A sheet may have a million empty rows before its last one.
type skips []skip

func (s *skips) add(run skip) {
	for i := len(*s) - 1; i >= 0 && i >= len(*s)-3; i-- { // there are three reasons
		if last := &(*s)[i]; last.why == run.why && last.to+1 == run.row {
			last.to = run.to
			return
		}
	}
	*s = append(*s, run)
}

func (s *skips) addRow(row int64, why reason) { s.add(skip{row: row, to: row, why: why}) }

// notes says which rows they were, a note for each reason.
func (s skips) notes(file, sheet string) []schema.Finding {
	var notes []schema.Finding
	for why, note := range []schema.Finding{
		skipBlank:  {Code: "N-ROW-BLANK", Severity: schema.Note, Message: "%s without any text: not read as a record"},
		skipHeader: {Code: "N-HEADER-REPEATED", Severity: schema.Note, Message: "the header once more in %s: not read as a record"},
		skipHidden: {Code: "W-ROW-HIDDEN", Severity: schema.Warning, Message: "%s hidden in the sheet, by a filter or by hand: read all the same", Hint: "delete them from the sheet if they are not meant"},
	} {
		var runs []skip
		for _, run := range s {
			if run.why == reason(why) {
				runs = append(runs, run)
			}
		}
		if len(runs) == 0 {
			continue
		}
		note.Message = fmt.Sprintf(note.Message, rowsWord(runs))
		note.Origin = schema.Origin{File: file, Sheet: sheet, Row: runs[0].row}
		note.Related = rowNumbers(runs)[1:]
		notes = append(notes, note)
	}
	return notes
}

// relatedMost is how many rows a note lists by their numbers. Its message names the runs of all of them.
const relatedMost = 1000

func rowNumbers(runs []skip) []int64 {
	var rows []int64
	for _, run := range runs {
		for row := run.row; row <= run.to && len(rows) <= relatedMost; row++ {
			rows = append(rows, row)
		}
	}
	return rows
}

// rowsWord names runs of rows, at most ten of them, and says how many more rows there are.
func rowsWord(runs []skip) string {
	var b strings.Builder
	if len(runs) == 1 && runs[0].row == runs[0].to {
		fmt.Fprintf(&b, "row %d", runs[0].row)
		return b.String()
	}
	b.WriteString("rows ")
	for i, run := range runs {
		if i == 10 {
			more := int64(0)
			for _, r := range runs[i:] {
				more += r.to - r.row + 1
			}
			fmt.Fprintf(&b, " and %d more", more)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d", run.row)
		switch {
		case run.to == run.row+1:
			fmt.Fprintf(&b, ", %d", run.to)
		case run.to > run.row:
			fmt.Fprintf(&b, " to %d", run.to)
		}
	}
	return b.String()
}
