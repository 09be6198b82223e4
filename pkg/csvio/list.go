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
	"unicode"

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

// OpenByHeader opens the list at path, a file that can be read more than once, for the source whose schema choose makes of its
// headings. Where there are several sheets, they are those of the first.
func OpenByHeader(ctx context.Context, path string, choose func(headings []string) (*schema.Schema, error), o Options) (*List, error) {
	return openList(ctx, path, nil, choose, o)
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
	understood := false
	if choose != nil {
		var headings []string
		if headings, understood, err = in.headings(ctx, &l.dialect, o, most); err != nil {
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
	if !understood {
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
	rule.keys = append(rule.keys, l.layout.keySources()...)
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

// headings are the first row of the table. understood says that the input was found to be text, and d how it is written.
func (s *input) headings(ctx context.Context, d *dialect, o Options, most int) (cells []string, understood bool, err error) {
	var magic [4]byte
	n, err := s.file.ReadAt(magic[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("read %s: %w", s.name, err)
	}
	if isZip(magic[:n]) {
		cells, err = Headings(ctx, s.name, o)
		return cells, false, err
	}
	if _, err = s.understand(ctx, d, o, nil); err != nil {
		return nil, false, err
	}
	buf, final, err := s.head(headBytes)
	if err != nil {
		return nil, false, err
	}
	found := *d
	found.obey(buf)
	h, _ := bestHead(found, buf, final, most)
	given := int64(o.HeaderRow)
	if given == 0 && found.named {
		given = 2
	}
	first, _ := h.tableStart(s.name, given, false)
	for _, r := range h.rows[min(first, len(h.rows)):] {
		if !r.blank {
			return r.cells, true, nil
		}
	}
	return nil, true, isEmpty(s.name)
}

// Headings are the first row of the list at path as it stands there.
func Headings(ctx context.Context, path string, o Options) ([]string, error) {
	var headings []string
	enough := errors.New("one row is enough")
	o.NoDigest = true
	_, err := Rows(ctx, path, o, func(cells []string) error {
		headings = cells
		return enough
	}, func(schema.Finding) error { return nil })
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	if len(headings) == 0 {
		return nil, isEmpty(path)
	}
	return headings, nil
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

// widen adds columns without a heading behind the header, which those of the rows below it that were looked at have: in a
// sheet, where a row ends with its last text, and in a text where a mapping names them.
func (l *List) widen(m *mapper, below []headRow) {
	width := len(l.header.cells)
	for _, r := range below {
		for i := width; i < len(r.cells); i++ {
			if _, named := m.given["["+letter(i)+"]"]; named || l.in.sheet != "" && strings.TrimSpace(r.cells[i]) != "" {
				width = i + 1
			}
		}
	}
	l.header.cells = append(l.header.cells, make([]string, width-len(l.header.cells))...)
}

// findHeader settles what parts cells, which row the header begins with, and over how many it is spread: none, if there is no
// header.
func (l *List) findHeader(buf []byte, final bool, m *mapper, o Options, most int) (head, int, int, error) {
	l.dialect.obey(buf)
	candidates := delimiters()
	if l.dialect.delim != 0 {
		candidates = []rune{l.dialect.delim}
	}
	var best head
	bestAt, bestRows, bestKnown, bestFits := -1, 1, 0, fits{share: -1}
	for _, delim := range candidates {
		d := l.dialect
		d.delim = delim
		if bestKnown > 1 && !isIn(buf, delim) {
			continue // every row is one cell, and that names one attribute at most
		}
		h := d.grammar(most).readHead(buf, final, headRows)
		if h.widest() < bestKnown {
			continue
		}
		at, n, known := m.headerOf(h.rows, o)
		f := h.fits()
		if known > bestKnown || known == bestKnown && f.better(bestFits) {
			best, bestAt, bestRows, bestKnown, bestFits = h, at, n, known, f
			l.dialect.delim = delim
		}
	}
	if len(best.rows) == 0 {
		return best, 0, 0, &InputError{File: l.in.name, Line: 1, Message: fmt.Sprintf("the first row does not end within %d bytes", len(buf)), Hint: "is this a list at all? check the file, or name its --delimiter and --encoding"}
	}
	if o.HeaderRow > 0 && bestAt < 0 {
		return best, 0, 0, noSuchRow(l.in.name, int64(o.HeaderRow+max(o.Headers, 1)-1), len(best.rows))
	}
	if bestAt < 0 {
		for i, r := range best.rows {
			if !r.blank && (len(r.cells) == bestFits.width || bestFits.width <= 1) {
				return best, 0, 0, noKnownColumn(l.in.name, best.rows[i], m.schema, best.rows[i:])
			}
		}
		return best, 0, 0, &InputError{File: l.in.name, Message: "has no text in it", Hint: "export the list again: a header and a row for every person are needed"}
	}
	g := l.dialect.grammar(most)
	sample := head{rows: best.rows[bestAt:min(bestAt+50, len(best.rows))]}
	if sample.isPadded() {
		l.dialect.padded = true
		g.padded = true
		best = g.readHead(buf, final, headRows)
	}
	return best, bestAt, bestRows, nil
}

// headerOf gives the index of the row that the header begins with, -1 for none, over how many it is spread, and how many names in it
// are known.
func (m *mapper) headerOf(rows []headRow, o Options) (at, n, known int) {
	if at, own := ownHeader(rows); own > 0 {
		return at, own, len(OwnColumns()) + len(m.names(m.header(rows[at:at+own])))
	}
	switch {
	case o.NoHeader:
		if len(rows) > 1 && isSepLine(rows[0]) {
			return 1, 0, 0
		}
		if len(rows) > 0 {
			return 0, 0, 0
		}
		return -1, 0, 0
	case o.HeaderRow > 0:
		at, n = o.HeaderRow-1, max(o.Headers, 1)
		if at+n > len(rows) {
			return -1, 1, 0
		}
		if o.Headers == 0 && m.known(rows[at].cells) > 0 {
			_, n = m.headerSpan(rows, at, false)
		}
		return at, n, len(m.names(m.header(rows[at : at+n])))
	case o.Headers > 1:
		at, known = m.spanAmong(rows, o.Headers)
		return at, o.Headers, known
	}
	at, known = m.headerAmong(rows)
	if o.Headers == 1 {
		return at, 1, known
	}
	if at < 0 {
		at, known = m.spanAmong(rows, 2)
		return at, 2, known
	}
	at, n = m.headerSpan(rows, at, true)
	return at, n, len(m.names(m.header(rows[at : at+n])))
}

// preambleNotes says what stands above the header, which is spread over n rows from the given one on.
func preambleNotes(file string, rows []headRow, header int64, n int) []schema.Finding {
	var notes []schema.Finding
	for _, r := range rows {
		text := joinTexts(r.cells)
		if text == "" {
			continue
		}
		notes = append(notes, schema.Finding{
			Code: "N-PREAMBLE", Severity: schema.Note,
			Origin:  schema.Origin{File: file, Row: r.row, Line: r.line},
			Value:   shortened([]byte(text)),
			Message: fmt.Sprintf("the row stands above the header (row %d): not read as a record", header),
			Hint:    fmt.Sprintf("if it is the header, --header-row %d", r.row),
		})
		if isSepLine(r) {
			notes[len(notes)-1].Message = "the row says how the list is written: not read as a record"
			notes[len(notes)-1].Hint = ""
		}
		if r.row == header-1 && joinTexts(r.cells[1:]) != "" && !slices.ContainsFunc(r.cells, func(c string) bool { return strings.TrimSpace(c) != "" && !looksLikeWords(c) }) {
			last := &notes[len(notes)-1]
			last.Hint += fmt.Sprintf("; if it belongs to the header, --header-row %d --header-rows %d", r.row, n+1)
		}
	}
	return notes
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

func noSuchRow(file string, row int64, looked int) *InputError {
	return &InputError{File: file, Message: fmt.Sprintf("there is no row %d to be the header: %d rows were looked at", row, looked), Hint: "count the rows as a spreadsheet program shows them"}
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

// unreadWords says how many lines with text stand above and below the table.
func (l *List) unreadWords() string {
	above := 0
	for _, r := range l.above {
		if joinTexts(r.cells) != "" && !isSepLine(r) {
			above++
		}
	}
	var words string
	for _, part := range []struct {
		n     int
		where string
	}{{above, "above"}, {len(l.foot.rows), "below"}} {
		switch {
		case part.n == 1:
			words += fmt.Sprintf(", 1 line %s not read", part.where)
		case part.n > 1:
			words += fmt.Sprintf(", %d lines %s not read", part.n, part.where)
		}
	}
	return words
}

// Outside gives the texts of the lines above and below the table, which were not read as records: each cell, and each word of it.
// Whoever asks who is missing from the list must take what stands there for present, whatever column it stands in.
func (l *List) Outside() []string {
	lines := make([][]string, 0, len(l.above)+len(l.foot.rows))
	for _, r := range l.above {
		lines = append(lines, r.cells)
	}
	for _, r := range l.foot.rows {
		lines = append(lines, r.cells)
	}
	var texts []string
	for _, cells := range lines {
		for _, c := range cells {
			if c = strings.TrimSpace(c); c == "" {
				continue
			}
			texts = append(texts, c)
			words := strings.FieldsFunc(c, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:()", r) })
			if len(words) > 1 || len(words) == 1 && words[0] != c {
				texts = append(texts, words...)
			}
		}
	}
	return texts
}

// Defaults gives the values for attributes of records that are created without one. They are not part of the rows: as
// cells they would be compared with, and written over, what existing records have.
func (l *List) Defaults() map[string]string { return l.defaults }

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
