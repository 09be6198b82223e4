package csvio

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/gocarina/gocsv"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// place is the number of a row or line in a table for people: blank where there is none.
func place(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// findingRow is a finding as one line of a table.
type findingRow struct {
	Severity  string `csv:"severity"`
	Code      string `csv:"code"`
	File      string `csv:"file"`
	Sheet     string `csv:"sheet"`
	Row       string `csv:"row"`
	Line      string `csv:"line"`
	Column    string `csv:"column"`
	Header    string `csv:"header"`
	Attribute string `csv:"attribute"`
	Value     string `csv:"value"`
	Message   string `csv:"message"`
	Hint      string `csv:"hint"`
	Related   string `csv:"related_rows"`
}

// WriteFindings writes findings as a table for people: text from their lists that a spreadsheet would run is marked. The table
// is written while the findings are handed out.
func WriteFindings(w io.Writer, findings iter.Seq2[schema.Finding, error]) error {
	t := newTableWriter[findingRow](w, "findings")
	for f, err := range findings {
		if err != nil {
			return err
		}
		related := make([]string, len(f.Related))
		for j, r := range f.Related {
			related[j] = strconv.FormatInt(r, 10)
		}
		err = t.add(findingRow{
			Severity: string(f.Severity), Code: f.Code, File: escape(f.Origin.File), Sheet: escape(f.Origin.Sheet), Row: place(f.Origin.Row), Line: place(f.Origin.Line),
			Column: f.Origin.Column, Header: escape(f.Origin.Header), Attribute: escape(f.Attribute), Value: escape(f.Value),
			Message: escape(f.Message), Hint: escape(f.Hint), Related: strings.Join(related, " "),
		})
		if err != nil {
			return err
		}
	}
	return t.end()
}

// repairRow is a repair as one line of a table.
type repairRow struct {
	File   string `csv:"file"`
	Sheet  string `csv:"sheet"`
	Row    string `csv:"row"`
	Line   string `csv:"line"`
	Column string `csv:"column"`
	Header string `csv:"header"`
	From   string `csv:"from"`
	To     string `csv:"to"`
	Rule   string `csv:"rule"`
}

// WriteRepairs writes what reading a table changes as a table for people, while the table is read.
func WriteRepairs(ctx context.Context, w io.Writer, from schema.Table) error {
	t := newTableWriter[repairRow](w, "repairs")
	err := from.Blocks(ctx, func(b *schema.Block) error {
		for _, r := range b.Repairs {
			err := t.add(repairRow{
				File: escape(r.Origin.File), Sheet: escape(r.Origin.Sheet), Row: place(r.Origin.Row), Line: place(r.Origin.Line), Column: r.Origin.Column,
				Header: escape(r.Origin.Header), From: escape(r.From), To: escape(r.To), Rule: r.Rule,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.end()
}

// A Result is what became of one operation of a plan, as one line of a table.
type Result struct {
	N           int64
	AccountName string
	Row         int64 // 0 where the list has none
	Action      string
	State       string
	Message     string
}

type resultRow struct {
	N           int64  `csv:"n"`
	AccountName string `csv:"accountName"`
	Row         string `csv:"row"`
	Action      string `csv:"action"`
	State       string `csv:"state"`
	Message     string `csv:"message"`
}

// WriteResults writes results as a table for people.
func WriteResults(w io.Writer, results []Result) error {
	rows := make([]resultRow, len(results))
	for i, r := range results {
		rows[i] = resultRow{N: r.N, AccountName: escape(r.AccountName), Row: place(r.Row), Action: r.Action, State: r.State, Message: escape(r.Message)}
	}
	return writeTable(w, "results", rows)
}

// A FieldLine is one attribute of one change, as one line of a table.
type FieldLine struct {
	AccountName string
	Row         int64 // 0 where the list has none
	Kind        string
	Attribute   string
	Old         string
	New         string
	Reason      string
}

type fieldRow struct {
	AccountName string `csv:"accountName"`
	Row         string `csv:"row"`
	Kind        string `csv:"kind"`
	Attribute   string `csv:"attribute"`
	Old         string `csv:"old"`
	New         string `csv:"new"`
	Reason      string `csv:"reason"`
}

// WriteChanges writes changes field by field as a table for people, while they are handed out.
func WriteChanges(w io.Writer, lines func(each func(FieldLine) error) error) error {
	t := newTableWriter[fieldRow](w, "changes")
	err := lines(func(l FieldLine) error {
		return t.add(fieldRow{
			AccountName: escape(l.AccountName), Row: place(l.Row), Kind: l.Kind, Attribute: l.Attribute,
			Old: escape(l.Old), New: escape(l.New), Reason: escape(l.Reason),
		})
	})
	if err != nil {
		return err
	}
	return t.end()
}

func writeTable[T any](w io.Writer, what string, rows []T) error {
	t := newTableWriter[T](w, what)
	t.rows = rows
	return t.end()
}

// A tableWriter writes a table of any length, a number of rows at a time.
type tableWriter[T any] struct {
	out   *gocsv.SafeCSVWriter
	what  string
	rows  []T
	begun bool
}

func newTableWriter[T any](w io.Writer, what string) *tableWriter[T] {
	return &tableWriter[T]{out: gocsv.NewSafeCSVWriter(csv.NewWriter(w)), what: what}
}

func (t *tableWriter[T]) add(row T) error {
	if t.rows = append(t.rows, row); len(t.rows) < 1024 {
		return nil
	}
	return t.end()
}

// end writes what was not yet, and the header in any case.
func (t *tableWriter[T]) end() error {
	marshal := gocsv.MarshalCSV
	if t.begun {
		marshal = gocsv.MarshalCSVWithoutHeaders
	}
	t.begun = true
	if err := marshal(t.rows, t.out); err != nil {
		return fmt.Errorf("write the table of %s: %w", t.what, err)
	}
	t.rows = t.rows[:0]
	return nil
}

// A Rename answers a suspected rename: the account that exists under From is the one that the list has under To. Same is
// "yes" for the same person under a new name, "no" for two people.
type Rename struct {
	From string `csv:"from"`
	To   string `csv:"to"`
	Same string `csv:"same"`
	Line int64  `csv:"-"` // where it was read
}

// WriteRenames writes suspected renames for a person to answer.
func WriteRenames(w io.Writer, renames []Rename) error {
	rows := make([]Rename, len(renames))
	for i, r := range renames {
		rows[i] = Rename{From: escape(r.From), To: escape(r.To), Same: r.Same}
	}
	return writeTable(w, "renames", rows)
}

// ReadRenames reads the answers back. name is the file's, for errors. An answer other than yes or no, or a row that cannot
// be read, is an *[InputError]; a row without an answer is left out.
func ReadRenames(name string, r io.Reader) ([]Rename, error) {
	var rows []Rename
	t := &tableReader{name: name, r: r, want: []string{"from", "to", "same"}}
	if err := gocsv.UnmarshalCSV(t, &rows); err != nil {
		var bad *InputError
		if errors.As(err, &bad) {
			return nil, bad
		}
		return nil, &InputError{File: name, Message: err.Error(), Hint: "the file needs the columns from, to and same", Err: err}
	}
	var out []Rename
	for i, row := range rows {
		same := strings.ToLower(strings.TrimSpace(row.Same))
		switch same {
		case "":
			continue
		case "yes", "no":
		default:
			return nil, &InputError{File: name, Line: t.lines[i+1], Message: fmt.Sprintf("the column same has %q", row.Same), Hint: "answer yes or no, or leave the cell empty"}
		}
		out = append(out, Rename{From: row.From, To: row.To, Same: same, Line: t.lines[i+1]})
	}
	return out, nil
}

// A MappingLine says what one column of a list is: its heading, or its letter in brackets, and an attribute as a mapping writes it;
// "-" for a column that is not read on purpose, and nothing where nothing is decided.
type MappingLine struct {
	Heading   string `csv:"heading"`
	Attribute string `csv:"attribute"`
	Guess     string `csv:"guess"` // what it may be, for a person to confirm
	Why       string `csv:"why"`
}

// WriteMapping writes a mapping as a table for people to complete.
func WriteMapping(w io.Writer, lines []MappingLine) error {
	rows := make([]MappingLine, len(lines))
	for i, l := range lines {
		rows[i] = MappingLine{Heading: escape(l.Heading), Attribute: escape(l.Attribute), Guess: escape(l.Guess), Why: escape(l.Why)}
	}
	return writeTable(w, "mapping", rows)
}

// ReadMapping reads such a table back as [Options.Map] takes it. name is the file's, for errors. It needs the columns heading and
// attribute only. A line without a heading that has an attribute, and a heading that stands in two lines, are an *[InputError]; a
// line without an attribute is left out.
func ReadMapping(name string, r io.Reader) (map[string]string, error) {
	var rows []MappingLine
	t := &tableReader{name: name, r: r, want: []string{"heading", "attribute"}}
	if err := gocsv.UnmarshalCSV(t, &rows); err != nil {
		var bad *InputError
		if errors.As(err, &bad) {
			return nil, bad
		}
		return nil, &InputError{File: name, Message: err.Error(), Hint: "the file needs the columns heading and attribute", Err: err}
	}
	m := make(map[string]string)
	lines := make(map[string]int64)
	for i, row := range rows {
		line := t.lines[i+1]
		switch key := fold(row.Heading); {
		case row.Attribute == "":
			continue
		case key == "":
			return nil, &InputError{File: name, Line: line, Message: fmt.Sprintf("%s has no heading", row.Attribute), Hint: "name the column, or write its letter in brackets, such as [G]"}
		case lines[key] != 0:
			return nil, &InputError{File: name, Line: line, Message: fmt.Sprintf("the heading %q stands in line %d already", row.Heading, lines[key]), Hint: "keep one of the two, or name the column by its letter in brackets, such as [G]"}
		default:
			lines[key] = line
		}
		if row.Attribute == "-" {
			row.Attribute = ""
		}
		m[row.Heading] = row.Attribute
	}
	return m, nil
}

// A tableReader stands in front of gocsv: it reads our own tables as people send them back, with any of the usual
// delimiters, checks header and widths, which gocsv does not, and keeps the physical lines.
type tableReader struct {
	name  string
	r     io.Reader
	want  []string // headings that must be there
	rows  [][]string
	lines []int64
	read  bool
	at    int
}

// Read implements [gocsv.CSVReader].
func (t *tableReader) Read() ([]string, error) {
	if err := t.load(); err != nil {
		return nil, err
	}
	if t.at == len(t.rows) {
		return nil, io.EOF
	}
	t.at++
	return t.rows[t.at-1], nil
}

// ReadAll implements [gocsv.CSVReader].
func (t *tableReader) ReadAll() ([][]string, error) {
	if err := t.load(); err != nil {
		return nil, err
	}
	rest := t.rows[t.at:]
	t.at = len(t.rows)
	return rest, nil
}

func (t *tableReader) load() error {
	if t.read {
		return nil
	}
	t.read = true
	const most = 64 << 20
	buf, err := io.ReadAll(io.LimitReader(t.r, most+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", t.name, err)
	}
	if len(buf) > most {
		return &InputError{File: t.name, Message: fmt.Sprintf("is longer than %d bytes", most), Hint: "is this the right file?"}
	}
	buf = []byte(strings.TrimPrefix(string(buf), "\ufeff"))
	best, share := head{}, -1.0
	for _, delim := range delimiters() {
		h := dialect{delim: delim}.grammar(maxRecord).readHead(buf, true, len(buf)+1)
		if s, w := h.fit(); w > 1 && s > share || share < 0 {
			best, share = h, s
		}
	}
	for _, row := range best.rows {
		if row.blank {
			continue
		}
		if row.rec.faults != 0 {
			return &InputError{File: t.name, Line: row.line, Message: "has a quote that does not belong there", Hint: "double a quote that belongs to the text, and put the cell in quotes"}
		}
		for i, c := range row.cells {
			c = strings.TrimSpace(c)
			if isEscaped([]byte(c)) {
				c = c[1:]
			}
			row.cells[i] = c
		}
		if len(t.rows) == 0 {
			if err := t.checkHeader(row); err != nil {
				return err
			}
		} else if len(row.cells) != len(t.rows[0]) {
			return &InputError{File: t.name, Line: row.line, Message: fmt.Sprintf("has %d cells, the header has %d", len(row.cells), len(t.rows[0])), Hint: "put a cell that contains the delimiter in quotes"}
		}
		t.rows = append(t.rows, row.cells)
		t.lines = append(t.lines, row.line)
	}
	if len(t.rows) == 0 {
		return &InputError{File: t.name, Message: "is empty", Hint: "the file needs the columns " + strings.Join(t.want, ", ")}
	}
	return nil
}

func (t *tableReader) checkHeader(row headRow) error {
	seen := make(map[string]bool)
	for _, c := range row.cells {
		if seen[c] {
			return &InputError{File: t.name, Line: row.line, Message: fmt.Sprintf("has the column %q twice", c), Hint: "keep one of them"}
		}
		seen[c] = true
	}
	for _, w := range t.want {
		if !seen[w] {
			return &InputError{File: t.name, Line: row.line, Message: fmt.Sprintf("has no column %q: it has %s", w, listed(row.cells)), Hint: "the file needs the columns " + strings.Join(t.want, ", ")}
		}
	}
	return nil
}
