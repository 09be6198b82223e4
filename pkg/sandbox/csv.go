package sandbox

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// column is one column of a source's template, export and upload.
type column struct {
	heading string
	name    string // technical name
	system  bool
	needed  bool // a blank cell is an error
}

// columns are the source's columns in the order of the template: by default the eight system ones and then the custom ones.
func (t *tenant) columns(src *source) []column {
	var system, custom []column
	for _, a := range src.attributes {
		col := column{heading: a.technicalName, name: a.technicalName, system: a.system, needed: a.required}
		if a.system {
			system = append(system, col)
			continue
		}
		if t.set.is("custom-columns", "label-after") {
			col.heading = a.label
		}
		custom = append(custom, col)
	}
	if t.set.is("custom-columns", "name-before") {
		return append(custom, system...)
	}
	return append(system, custom...)
}

// csvFile is a download. It renders after the tenant's lock is gone, from records that nobody changes.
type csvFile struct {
	contentType string
	columns     []column
	records     []*record
	padded      bool           // a space after most commas, as in the published example
	zone        *time.Location // of the dates
}

// render writes UTF-8 without a byte order mark and with line feeds, quoted where RFC 4180 needs it.
func (f *csvFile) render() []byte {
	out := make([]byte, 0, 256+len(f.records)*160)
	for i, col := range f.columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendCell(out, col.heading)
	}
	out = append(out, '\n')
	for _, r := range f.records {
		for i, col := range f.columns {
			if i > 0 {
				out = append(out, ',')
			}
			cell := f.cell(r, col)
			if f.padded && i > 0 && col.name != "endDate" && !needsQuotes(cell) {
				out = append(out, ' ')
			}
			out = appendCell(out, cell)
		}
		out = append(out, '\n')
	}
	return out
}

func (f *csvFile) cell(r *record, col column) string {
	if !col.system {
		return r.custom(col.name)
	}
	if at := r.date(col.name); at != nil {
		if at.IsZero() {
			return ""
		}
		return at.In(f.zone).Format(time.RFC3339Nano)
	}
	return *r.column(col.name)
}

func needsQuotes(cell string) bool {
	return strings.ContainsAny(cell, "\",\r\n") || cell != strings.TrimSpace(cell)
}

func appendCell(out []byte, cell string) []byte {
	if !needsQuotes(cell) {
		return append(out, cell...)
	}
	out = append(out, '"')
	out = append(out, strings.ReplaceAll(cell, `"`, `""`)...)
	return append(out, '"')
}

// uploadRow is one row of an upload: the values, and the line of the file it began on.
type uploadRow struct {
	person
	line int
}

// upload problems are texts like "line 3: email is required".
const maxProblems = 1000

// readUpload reads the CSV of an upload. Problems of the file as a whole make it unreadable (the rows are then nil); problems of rows
// are listed beside the rows that have none.
func (t *tenant) readUpload(raw []byte, src *source) (rows []uploadRow, fileProblems, rowProblems []string) {
	if !utf8.Valid(raw) {
		return nil, []string{"the file is not UTF-8"}, nil
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))))
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	header, err := reader.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, []string{"the file is empty"}, nil
	case err != nil:
		return nil, []string{csvProblem(err)}, nil
	}
	layout, problems := t.layout(header, src)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	rows = []uploadRow{}
	seen := map[string]int{} // folded account name → index in rows
	width := len(header)
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil, rowProblems
		}
		if err != nil {
			return nil, []string{csvProblem(err)}, nil
		}
		line, _ := reader.FieldPos(0)
		if len(cells) != width {
			rowProblems = append(rowProblems, fmt.Sprintf("line %d: %d columns expected, %d found", line, width, len(cells)))
			continue
		}
		row, problems := t.readRow(cells, layout, src, line)
		key := t.foldName(row.accountName)
		if at, twice := seen[key]; twice && len(problems) == 0 {
			if t.set.is("upload-duplicates", "refuse") {
				problems = append(problems, fmt.Sprintf("accountName is there twice, first on line %d", rows[at].line))
			} else {
				rows[at] = row
				continue
			}
		}
		if len(problems) > 0 {
			for _, problem := range problems {
				rowProblems = append(rowProblems, fmt.Sprintf("line %d: %s", line, problem))
			}
			continue
		}
		seen[key] = len(rows)
		rows = append(rows, row)
	}
}

func csvProblem(err error) string {
	if parse := new(csv.ParseError); errors.As(err, &parse) {
		return fmt.Sprintf("line %d: %v", parse.Line, parse.Err)
	}
	return err.Error()
}

// layout finds for every cell of a row the column it belongs to; a column without a name is to be ignored.
func (t *tenant) layout(header []string, src *source) (layout []column, problems []string) {
	want := t.columns(src)
	headings := make([]string, len(header))
	for i, cell := range header {
		headings[i] = strings.TrimSpace(cell)
	}
	if t.set.is("header-match", "position") {
		if len(headings) != len(want) {
			return nil, []string{fmt.Sprintf("%d columns expected, %d found", len(want), len(headings))}
		}
		return want, nil
	}
	for i, heading := range headings {
		at := slices.IndexFunc(want, func(col column) bool { return col.heading == heading })
		switch {
		case slices.Contains(headings[:i], heading):
			problems = append(problems, "column "+heading+" is there twice")
		case at >= 0:
			layout = append(layout, want[at])
			continue
		case t.set.is("unknown-columns", "refuse"):
			problems = append(problems, "column "+heading+" is unknown")
		}
		layout = append(layout, column{})
	}
	for i, col := range want {
		switch {
		case !slices.Contains(headings, col.heading):
			problems = append(problems, "column "+col.heading+" is missing")
		case t.set.is("header-match", "strict") && headings[min(i, len(headings)-1)] != col.heading:
			problems = append(problems, fmt.Sprintf("column %d must be %s", i+1, col.heading))
		}
	}
	return layout, problems
}

func (t *tenant) readRow(cells []string, layout []column, src *source, line int) (row uploadRow, problems []string) {
	row.line = line
	var blank []string
	for i, col := range layout {
		text := strings.TrimSpace(cells[i])
		if col.name == "" {
			continue
		}
		if text == "" {
			if col.needed || col.name == "accountName" {
				blank = append(blank, col.name)
			}
			continue
		}
		text = strings.Clone(text) // the reader's line is shared by all its cells and would stay in memory with any one of them
		switch at := row.date(col.name); {
		case !col.system:
			row.data = append(row.data, value{col.name, text})
		case at == nil:
			*row.column(col.name) = text
		default:
			date, ok := parseDate(text, t.set.is("upload-dates", "lenient"))
			if !ok {
				problems = append(problems, col.name+" "+text+" is not a date-time")
			}
			*at = date
		}
	}
	var before *person
	if old := src.byName[t.foldName(row.accountName)]; old != nil {
		before = &old.person
	}
	keep := before != nil && t.set.is("blank-cell", "keep")
	for _, name := range blank {
		if !keep {
			problems = append(problems, name+" is required")
		}
	}
	if row.manager != "" && (before == nil || before.manager != row.manager) && !t.managerExists(row.manager) {
		problems = append(problems, "manager "+row.manager+" is not a valid identity")
	}
	problems = append(problems, t.checkValues(&row.person)...)
	if before == nil && row.accountName != "" && t.taken(src, row.accountName, nil) {
		problems = append(problems, `accountName "`+row.accountName+`" is already being used`)
	}
	return row, problems
}
