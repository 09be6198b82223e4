// Package csvio reads the lists that people hand over, and writes the files that they get back.
//
// [Open] makes a [schema.Table] of a file: it finds out how the file is written, which row is the header and which column
// is which attribute, and says what it guessed. Every byte of the file ends up in a row, in a named repair, or in a finding.
package csvio

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// headBytes is how much of a file is looked at to find out how it is written, and headRows how many rows of that may
// stand above the header.
const (
	headBytes = 1 << 20
	headRows  = 200
)

// Options say how to read a list. With the zero value everything is guessed, and every repair is made and listed.
type Options struct {
	Stdin     io.Reader         // read where the path is "-"
	Delimiter rune              // what parts cells; 0 to guess
	Encoding  string            // such as utf-8; empty to guess
	HeaderRow int               // the header's first row as a spreadsheet counts, from 1; 0 to find it by the names in it
	Headers   int               // rows that the header is spread over; 0 to find that out
	NoHeader  bool              // the first row is a record, and Map names the columns by their letters
	Sheet     string            // of a workbook; empty for the first that has a known column
	Map       map[string]string // heading, or letter in brackets such as [G], → technical name, or several with what stands between them, such as "lastName, firstName"; "" for a column that is ignored on purpose
	Set       map[string]string // technical name → the value of every row, or a template of others such as {{first}}.{{last}}
	Default   map[string]string // technical name → a value for records that are created without one; see [List.Defaults]
	DateOrder schema.DateOrder  // of dates made of numbers alone; Unsettled to take each column's own evidence

	Off          []string // names of repairs that are not to be made, out of Rules
	On           []string // names of repairs that are made besides, out of RulesOnRequest
	PhoneRegion  string   // country of phones without one, as two letters such as DE; for phone-e164
	CountRepairs bool     // repairs are counted and not listed in the blocks: for big lists
	NoDigest     bool     // the SHA-256 of a plain file is not computed

	chunk int // bytes read at a time; 0 for chunkSize. A test cuts files at every byte with it.
	most  int // bytes of a row; 0 for maxRecord

	workers int  // chunks scanned side by side; 0 for one per processor
	careful bool // no row is taken the quick way
}

// An Input says what was read, and how.
type Input struct {
	File      string           `json:"file"`
	Sheet     string           `json:"sheet,omitempty"`
	SHA256    string           `json:"sha256,omitempty"`  // hex, of the file as it was handed over; see [List.Digest]
	Bytes     int64            `json:"bytes"`             // of the file as it was handed over
	Rows      int64            `json:"rows"`              // records; -1 before the list was read to its end once
	Dialect   string           `json:"dialect"`           // one line: what was guessed, and how surely
	HeaderRow int64            `json:"headerRow"`         // as a spreadsheet counts; 0 for a list without one
	Headers   int              `json:"headers,omitempty"` // rows that the header is spread over, if more than one
	Unmapped  []string         `json:"unmapped,omitempty"`
	Repaired  map[string]int64 `json:"repaired,omitempty"` // cells per rule; nil before the list was read to its end once
	Findings  []schema.Finding `json:"findings,omitempty"` // about the file as a whole
}

// A List is a person's list: a [schema.Table] on a file.
type List struct {
	in        *input
	options   Options
	dialect   dialect
	header    headRow   // one row of headings, whatever rows they are spread over
	headers   []headRow // those rows; none for a list without a header
	layout    *layout
	columns   []schema.Column
	names     []string
	own       []int // columns that this program added
	unmapped  []string
	findings  []schema.Finding
	defaults  map[string]string
	evidence  string
	above     []headRow // the rows above the header
	foot      footer
	chunk     int
	workers   int
	lineEnd   string // what ends the header's line
	firstByte int64  // of the row behind the header
	firstRow  int64
	firstLine int64
	tally     *tally
}

// Open opens the list at path ("-" for o.Stdin) and finds out how it is to be read for a source with schema s. It fails
// with an *[InputError] where the file as a whole cannot be used: it is missing or empty, no column is known, or two are the
// same attribute. A list that was opened must be closed.
func Open(ctx context.Context, path string, s *schema.Schema, o Options) (*List, error) {
	return openList(ctx, path, s, nil, o)
}

func openList(ctx context.Context, path string, s *schema.Schema, choose func([]string) (*schema.Schema, error), o Options) (_ *List, err error) {
	in, err := openInput(ctx, path, o.Stdin, false)
	if err != nil {
		return nil, err
	}
	var notes []schema.Finding
	defer func() {
		if unknown := (*InputError)(nil); errors.As(err, &unknown) && unknown.noHeader {
			err = withSheets(unknown, notes)
		}
		if err != nil {
			err = errors.Join(err, in.close())
		}
	}()
	l := &List{in: in, options: o, chunk: o.chunk, workers: o.workers, defaults: o.Default}
	if l.workers == 0 {
		l.workers = cores()
	}
	if l.chunk == 0 {
		l.chunk = chunkSize
	}
	most := o.most
	if most == 0 {
		most = maxRecord
	}
	if choose != nil {
		var headings []string
		if headings, notes, err = in.headings(ctx, &l.dialect, o, most); err != nil {
			return nil, err
		}
		if s, err = choose(headings); err != nil {
			return nil, err
		}
	}
	m, err := newMapper(s, o.Map)
	if err != nil {
		return nil, err
	}
	constants, err := constantsOf(s, o)
	if err != nil {
		return nil, err
	}
	if choose == nil {
		notes, err = in.understand(ctx, &l.dialect, o, func(rows []headRow) int {
			look := o
			look.HeaderRow = 0 // the empty rows are not among these
			_, _, known := m.headerOf(rows, look)
			return known
		})
		if err != nil {
			return nil, err
		}
	}
	l.dialect.sheet = in.sheet
	buf, final, err := in.head(headBytes)
	if err != nil {
		return nil, err
	}
	if len(buf) == 0 {
		return nil, isEmpty(path)
	}
	h, at, n, err := l.findHeader(buf, final, m, o, most)
	if err != nil {
		return nil, err
	}
	l.headers = h.rows[at : at+n]
	for _, r := range l.headers {
		unescapeOurs(r.cells)
	}
	below := h.rows[at+n:]
	if n > 0 {
		l.header = m.header(l.headers)
	} else {
		if m.looksLikeHeader(h.rows[at]) {
			return nil, headerAfterAll(path, h.rows[at])
		}
		_, width := h.fit()
		l.header = headRow{line: h.rows[at].line, cells: make([]string, width)}
		l.header.rec.end = h.rows[at].rec.start
	}
	tableWidth := len(l.header.cells)
	l.above = h.rows[:at]
	if o.HeaderRow == 0 {
		if e := personAbove(path, l.above, l.header, tableWidth); e != nil {
			return nil, e
		}
	}
	l.widen(m, below)
	first := h.rows[at]
	l.lineEnd = lineEnd(buf[first.rec.start:first.rec.end])
	mp, err := m.apply(path, l.header, o.Set, below, h.whole)
	if err != nil {
		return nil, err
	}
	l.findings = append(append(notes, preambleNotes(path, h.rows[:at], l.header.row, n)...), mp.findings...)
	l.columns, l.own, l.unmapped = mp.columns, mp.own, mp.unmapped
	for i, c := range l.columns {
		l.names = append(l.names, c.Name)
		if a, ok := s.Attribute(c.Name); ok && a.Type == schema.Date {
			l.columns[i].Dates = o.DateOrder
		}
	}
	l.layout = &layout{
		grammar: l.dialect.grammar(most), file: path, headings: l.header.cells, headers: headerTexts(l.headers), target: mp.target, columns: l.columns,
		constants: make([][]byte, len(l.columns)), trim: true, list: !o.CountRepairs, escaped: l.Partial() && in.sheet == "", recoded: in.recoded, sheet: in.sheet,
	}
	if err := l.layout.settleRepairs(s, o); err != nil {
		return nil, err
	}
	l.layout.from1904 = in.from1904
	l.layout.splits = mp.splits
	l.layout.accounts = slices.Index(l.header.cells, ownAccount)
	for i, c := range l.columns {
		value, set := constants[c.Name]
		switch {
		case set && isTemplate(value):
			t, err := parseTemplate(c.Name, value, l.columns, l.header.cells)
			if err != nil {
				return nil, err
			}
			t.into = i
			l.layout.templates = append(l.layout.templates, t)
		case set:
			l.layout.constants[i] = []byte(value)
		}
	}
	if l.layout.templates, err = inOrder(l.layout.templates); err != nil {
		return nil, err
	}
	if in.digest == "" && !o.NoDigest {
		in.running = &digest{hash: sha256.New()}
	}
	l.layout.careful = o.careful
	l.layout.prepare()
	l.firstByte = in.start + int64(l.header.rec.end)
	l.firstRow = first.row + int64(n)
	if in.sheet == "" {
		l.firstLine = l.header.line + int64(l.header.rec.breaks)
	}
	rule := footerRule{width: tableWidth, from: l.firstByte, sheet: in.sheet != ""}
	for _, c := range l.columns {
		if c.Name == schema.AccountName && c.Index >= 0 {
			rule.keys = append(rule.keys, c.Index)
		}
	}
	made := l.layout.keySources()
	if e := personAbove(path, l.above, l.header, tableWidth); e != nil && len(made) > 0 {
		e.Hint = "put it below the header, or take it out of the list: account names are made of columns here, so that nobody could tell who stands there, and they would be missing"
		return nil, e
	}
	rule.keys = append(rule.keys, made...)
	if l.foot, err = rule.find(in, l.layout.grammar); err != nil {
		return nil, err
	}
	if o.DateOrder == schema.Unsettled {
		if err := l.settleDates(ctx, s); err != nil {
			return nil, err
		}
	}
	if err := l.numberKeys(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// constantsOf checks the values that every row is to get.
func constantsOf(s *schema.Schema, o Options) (map[string]string, error) {
	for flag, values := range map[string]map[string]string{"--set": o.Set, "--default": o.Default} {
		for name := range values {
			if _, ok := s.Attribute(name); !ok {
				return nil, &InputError{File: flag, Headings: []string{name}, Message: fmt.Sprintf("%q is no attribute of this source", name), Hint: didYouMean(name, s.Names()) + "the attributes are " + strings.Join(s.Names(), ", ")}
			}
		}
	}
	for name := range o.Default {
		if _, ok := o.Set[name]; ok {
			return nil, &InputError{File: "--default", Message: fmt.Sprintf("%s has both a value for every row (--set) and a default", name), Hint: "keep one of the two"}
		}
	}
	return o.Set, nil
}

// head reads the beginning of the text. final is true if that is all of it.
func (s *input) head(most int) (buf []byte, final bool, err error) {
	for size := most / 16; ; size = most {
		buf = make([]byte, min(int64(size), s.size-s.start))
		n, err := s.file.ReadAt(buf, s.start)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, false, fmt.Errorf("read %s: %w", s.name, err)
		}
		buf, final = buf[:n], s.start+int64(n) == s.size
		// Mostly the rows that are looked at are near.
		if final || size == most || countBreaks(buf) > 2*headRows {
			return buf, final, nil
		}
	}
}

// lineEnd gives what ends a row; LF for one that ends with the file.
func lineEnd(row []byte) string {
	switch {
	case bytes.HasSuffix(row, []byte("\r\n")):
		return "\r\n"
	case bytes.HasSuffix(row, []byte("\r")):
		return "\r"
	}
	return "\n"
}

// Columns implements [schema.Table]: the columns that are read, in the order of the file, then constants in the order of
// the schema.
func (l *List) Columns() []schema.Column { return l.columns }

// Options gives the options that the list was opened with.
func (l *List) Options() Options { return l.options }

// Header gives all headings as they stand in the file, with those of the columns that are not read.
func (l *List) Header() []string { return l.header.cells }

// Workbook reports whether the list is a sheet of an XLSX file. Its failed rows are written as such a file too.
func (l *List) Workbook() bool { return l.in.sheet != "" }

// Partial reports whether the file is one that this program wrote for rows to be corrected in. Such a file is a part of a
// list: who is not in it is not missing.
func (l *List) Partial() bool { return len(l.own) > 0 }

// Defaults gives the values for attributes of records that are created without one. They are not part of the rows: as
// cells they would be compared with, and written over, what existing records have.
func (l *List) Defaults() map[string]string { return l.defaults }

// GuessedEncoding is the encoding that the list was found to be in, as a person names it; empty where it is one that any part of the list
// shows by itself, or where it was given.
func (l *List) GuessedEncoding() string {
	switch d := l.dialect; {
	case d.sheet != "" || d.sure == "" || d.encoding == utf8Name || d.encoding == utf16LEName || d.encoding == utf16BEName:
		return ""
	default:
		return d.encoding
	}
}

// Input says what was read, and how. Rows and Repaired are known once the list was read to its end.
func (l *List) Input() Input {
	in := Input{
		File: l.in.name, Sheet: l.in.sheet, SHA256: l.in.digest, Bytes: l.in.bytes, Rows: -1, HeaderRow: l.header.row,
		Dialect:  fmt.Sprintf("%s, %s%s%s%s", l.dialect, headerWords(l.header.row, len(l.headers)), l.unreadWords(), l.setWords(), l.evidence),
		Unmapped: l.unmapped, Findings: l.findings,
	}
	if n := len(l.headers); n > 1 {
		in.Headers = n
	}
	if l.tally != nil {
		in.Rows, in.Repaired = l.tally.rows, l.tally.repaired
	}
	return in
}

// Digest is the SHA-256 of the file as it was handed over, in hex. It takes a reading of the file, unless the list was read to its
// end before; with Options.NoDigest it may be empty.
func (l *List) Digest(ctx context.Context) (string, error) {
	if err := l.in.finish(ctx); err != nil {
		return "", err
	}
	return l.in.digest, l.in.unchanged()
}

// setWords says which attributes no column of the file holds, because a constant or a template does.
func (l *List) setWords() string {
	var names []string
	for _, c := range l.columns {
		if c.Index < 0 {
			names = append(names, c.Name)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return ", " + names[0] + " set for every row"
	}
	return fmt.Sprintf(", %d attributes set for every row (%s)", len(names), strings.Join(names, ", "))
}

// Close closes the file and deletes what was copied of it.
func (l *List) Close() error {
	if err := l.in.close(); err != nil {
		return fmt.Errorf("close %s: %w", l.in.name, err)
	}
	return nil
}
