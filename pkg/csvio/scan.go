package csvio

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A layout is what is needed to make rows of a table of the rows of a file.
type layout struct {
	grammar   *grammar
	file      string
	sheet     string
	headings  []string   // as they stand in the file
	headers   [][]string // the rows that the header is spread over, to know them again: texts without the space around them and the blanks behind
	target    []int      // column of the file → column of the table, or -1
	columns   []schema.Column
	constants [][]byte // per column of the table; nil where the file has it
	splits    []split
	templates []template
	numbered  map[int64]string // byte offset of a row → the account name that it gets instead of its template's
	accounts  int              // column of the file that keeps the account names that templates made before, or -1
	types     []schema.Type    // per column of the table
	cares     []care
	mails     int             // how many columns of the table are mail addresses
	dates     []bool          // per column of the table: its cells mean dates, whatever is repaired of them
	off, on   map[string]bool // repairs that are not made, and those that are on request
	region    string          // of phones without a country
	from1904  bool            // the workbook counts days from 1904
	trim      bool
	list      bool // repairs are listed, not only counted
	recoded   bool // the file's bytes are not UTF-8: what did not decode is U+FFFD or a C1 control
	escaped   bool // the file is one of ours: cells may carry the mark that keeps spreadsheets from running them
	careful   bool // every row is taken the careful way: for tests of the other
	quick     quick
}

// A chunk is a run of a file's bytes and the rows that were found in them. Row and line numbers count from the chunk's
// beginning until number is called.
type chunk struct {
	offset   int64 // of data[0] in the input
	size     int   // bytes of the input in block.Data; what a repair or a doubled quote made of a cell follows them
	end      int   // bytes of the input that were made into rows
	rows     int64 // rows as a spreadsheet counts, the skipped ones too
	lines    int64
	block    schema.Block
	skipped  skips
	repaired count
	fields   []field
	mended   bool // a cell of the row at hand was mended and stands behind the file's bytes
	doubt    bool // the row at hand is not to be told by its bytes alone, see schema.Block.Written

	sweep     sweep
	constants []schema.Span // per column of the table
	made      any           // what preparing the block gave; kept for the chunk's next bytes
}

func (c *chunk) reset(columns int) {
	b := &c.block
	*b = schema.Block{Data: b.Data[:0], Cells: b.Cells[:0], Width: columns, Rows: b.Rows[:0], Written: b.Written[:0], Plain: b.Plain[:0], Findings: b.Findings[:0], Repairs: b.Repairs[:0]}
	c.end, c.rows, c.lines, c.size = 0, 0, 0, 0
	c.skipped = c.skipped[:0]
	c.repaired = c.repaired[:0]
}

// row takes one row of the file into the chunk's block.
func (l *layout) row(c *chunk, raw []byte, rec record, fields []field) {
	if l.isEmpty(raw, fields) && rec.faults == 0 && len(fields) <= len(l.headings) {
		c.skipped.addRow(c.rows, skipBlank)
		return
	}
	if l.repeatsHeader(raw, fields) {
		c.skipped.addRow(c.rows, skipHeader)
		return
	}
	b := &c.block
	at := len(b.Cells)
	for range l.columns {
		b.Cells = append(b.Cells, schema.Span{})
	}
	ref := schema.Ref{Row: c.rows, Line: c.lines, Offset: c.offset + int64(rec.start)}
	b.Rows = append(b.Rows, ref)
	b.Written = append(b.Written, schema.Span{})
	b.Plain = append(b.Plain, 0)
	if l.grammar.grid && isHidden(raw, fields[0]) {
		c.skipped.addRow(c.rows, skipHidden)
	}
	if rec.faults != 0 {
		l.findQuotes(c, ref, raw, rec)
	}
	if len(fields) > len(l.headings) || len(fields) < len(l.headings) && !l.grammar.grid {
		l.findWidth(c, ref, len(fields))
	}
	if l.suspect(raw[rec.start:rec.end]) {
		l.findBytes(c, ref, raw, fields)
	}
	for i, f := range fields {
		if i == len(l.target) {
			break
		}
		if t := l.target[i]; t >= 0 {
			b.Cells[at+t] = l.cell(c, ref, raw, f, i)
		}
	}
	for t, v := range l.constants {
		if v != nil {
			b.Cells[at+t] = c.constants[t]
		}
	}
	if len(l.splits)+len(l.templates) > 0 {
		l.derive(c, ref, raw, fields, at)
	}
}

// keep puts the text of a cell that does not stand in the file as it is behind the file's bytes.
func (c *chunk) keep(text []byte) schema.Span {
	b := &c.block
	off := len(b.Data)
	b.Data = append(b.Data, text...)
	return schema.Span{Off: uint32(off), Len: uint32(len(text))}
}

// cell gives the place of a cell's text, repaired.
func (l *layout) cell(c *chunk, ref schema.Ref, raw []byte, f field, i int) schema.Span {
	if l.grammar.padded && i > 0 && f.flags&unpadded == 0 && f.end > f.off && raw[f.off] == ' ' {
		f.off++
	}
	var span schema.Span
	var text []byte
	if f.flags&doubled != 0 {
		off := len(c.block.Data)
		c.block.Data = appendText(c.block.Data, raw, f)
		text = c.block.Data[off:]
		span = schema.Span{Off: uint32(off), Len: uint32(len(text))}
	} else {
		text = raw[f.off:f.end]
		span = schema.Span{Off: uint32(f.off), Len: uint32(len(text))}
	}
	if l.grammar.grid {
		plain := l.marked(c, ref, text, i)
		span.Off, span.Len = span.Off+uint32(len(text)-len(plain)), uint32(len(plain))
		text = plain
	}
	if l.escaped && isEscaped(text) {
		text = text[1:]
		span.Off, span.Len = span.Off+1, span.Len-1
	}
	if f.flags&spaced != 0 {
		l.repair(c, ref, i, quotedWithSpaces(raw, f), text, RuleQuoteSpace)
	}
	if l.trim {
		if t := trimmed(text); len(t) != len(text) {
			l.repair(c, ref, i, text, t, RuleTrim)
			span.Off += uint32(len(text) - len(trimmedLeft(text)))
			span.Len = uint32(len(t))
			text = t
		}
	}
	if t := l.target[i]; l.mayNeed(t, text) {
		if mended := l.mend(c, ref, i, t, text); !bytes.Equal(mended, text) {
			c.mended = true
			return c.keep(mended)
		}
	}
	return span
}

// quotedWithSpaces is a quoted cell as it stands in the file, with the spaces around its quotes.
func quotedWithSpaces(raw []byte, f field) []byte {
	from, to := f.off-1, f.end+1
	for from > 0 && (raw[from-1] == ' ' || raw[from-1] == '\t') {
		from--
	}
	for to < len(raw) && (raw[to] == ' ' || raw[to] == '\t') {
		to++
	}
	return raw[from:min(to, len(raw))]
}

// repair counts a repair, and lists it if that is wanted.
func (l *layout) repair(c *chunk, ref schema.Ref, column int, from, to []byte, rule string) {
	c.repaired.add(rule, 1)
	if l.list {
		c.block.Repairs = append(c.block.Repairs, schema.Repair{Origin: l.origin(ref, column), From: string(from), To: string(to), Rule: rule})
	}
}

// A count of repairs per rule. There are few rules, and mostly one of them is counted again and again.
type count []counted

type counted struct {
	rule  string
	cells int64
}

func (c *count) add(rule string, cells int64) {
	for i := range *c {
		if (*c)[i].rule == rule {
			(*c)[i].cells += cells
			return
		}
	}
	*c = append(*c, counted{rule, cells})
}

// origin tells where a cell stands; column is that of the file, -1 for the row as a whole.
func (l *layout) origin(ref schema.Ref, column int) schema.Origin {
	o := schema.Origin{File: l.file, Sheet: l.sheet, Row: ref.Row, Line: ref.Line}
	if column >= 0 {
		o.Column = letter(column)
		if column < len(l.headings) {
			o.Header = strings.TrimSpace(l.headings[column])
		}
	}
	return o
}

// isEmpty reports whether a row has nothing but delimiters and spaces.
func (l *layout) isEmpty(raw []byte, fields []field) bool {
	for _, f := range fields {
		if !l.grammar.grid && f.end > f.off && raw[f.off] > ' ' && raw[f.off] < utf8.RuneSelf {
			return false
		}
		text := raw[f.off:f.end]
		if l.grammar.grid {
			_, text = cutMarks(text)
		}
		if len(trimmed(text)) > 0 {
			return false
		}
	}
	return true
}

// repeatsHeader reports whether a row is the header once more, or a row of it, as in lists that were printed page by page. A row is
// judged by itself, so that it is the same wherever a chunk is cut.
func (l *layout) repeatsHeader(raw []byte, fields []field) bool {
	if len(fields) > len(l.headings) {
		return false
	}
	for _, header := range l.headers {
		if l.repeats(raw, fields, header) {
			return true
		}
	}
	return false
}

func (l *layout) repeats(raw []byte, fields []field, header []string) bool {
	if len(header) > len(fields) || l.grammar.width(raw, fields[0]) < len(header[0]) {
		return false
	}
	var text []byte
	for i, f := range fields {
		want := ""
		if i < len(header) {
			want = header[i]
		}
		text = l.grammar.text(text[:0], raw, f, i)
		plain := text
		if l.grammar.grid {
			_, plain = cutMarks(text)
		}
		if string(trimmed(plain)) != want {
			return false
		}
	}
	return true
}

// headerTexts are the rows of a header as they are known again.
func headerTexts(rows []headRow) [][]string {
	var all [][]string
	for _, r := range rows {
		texts := make([]string, len(r.cells))
		n := 0
		for i, c := range r.cells {
			if texts[i] = strings.TrimSpace(c); texts[i] != "" {
				n = i + 1
			}
		}
		if n > 0 {
			all = append(all, texts[:n])
		}
	}
	return all
}

// isHidden reports whether a row of a sheet is marked as hidden.
func isHidden(raw []byte, first field) bool {
	marks, _ := cutMarks(raw[first.off:first.end])
	return hasMark(marks, markHidden)
}

// width is the length of the first cell's text, near enough to tell most rows from the header.
func (g *grammar) width(raw []byte, f field) int {
	if f.flags&doubled == 0 {
		return f.end - f.off
	}
	return len(appendText(nil, raw, f))
}

func (l *layout) findQuotes(c *chunk, ref schema.Ref, raw []byte, rec record) {
	line := raw[rec.start:rec.end]
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	f := schema.Finding{Severity: schema.Error, Origin: l.origin(ref, rec.column), Value: shortened(line)}
	switch {
	case rec.faults&tooLong != 0:
		f.Code = "E-ROW-LENGTH"
		f.Message = fmt.Sprintf("the row is longer than %d bytes and was cut there", l.grammar.maxRecord)
		f.Hint = "check that the file is a list, and what ends its lines"
	case rec.faults&unclosedQuote != 0:
		f.Code = "E-QUOTE"
		f.Message = "a quote is opened and never closed properly: the cells from it on may be wrong"
		f.Hint = "close the quote, or double it where it belongs to the text; is the file cut off?"
	default:
		f.Code = "E-QUOTE"
		f.Message = "a quote stands in the middle of a cell: the cells from it on may be wrong"
		f.Hint = `put the cell in quotes and double the quote that belongs to it: "a ""b"" c"`
	}
	c.block.Findings = append(c.block.Findings, f)
}

func (l *layout) findWidth(c *chunk, ref schema.Ref, got int) {
	f := schema.Finding{Code: "E-ROW-WIDTH", Severity: schema.Error, Origin: l.origin(ref, -1)}
	want := len(l.headings)
	if got < want {
		f.Message = fmt.Sprintf("the row has %d cells, %s has %d: those from %s on are missing", got, l.measure(), want, l.columnFrom(got))
		f.Hint = "is the row cut off, or does a delimiter lack?"
	} else {
		f.Message = fmt.Sprintf("the row has %d cells, %s has %d: the cells may stand in the wrong columns", got, l.measure(), want)
		f.Hint = l.tooWide(want)
	}
	c.block.Findings = append(c.block.Findings, f)
}

// findBytes says which cells of a row have bytes that no text has.
func (l *layout) findBytes(c *chunk, ref schema.Ref, raw []byte, fields []field) {
	for i, f := range fields {
		text := raw[f.off:f.end]
		if bytes.IndexByte(text, 0) >= 0 {
			message, hint := "the cell has a NUL byte: the file is damaged there", "type the cell again, or export the list again"
			row := raw[fields[0].off:fields[len(fields)-1].end]
			if n := bytes.Count(row, []byte{0}); n > 2 && 5*n >= 2*len(row) && 5*n <= 3*len(row) { // about every other byte
				message, hint = "the cell has NUL bytes as UTF-16 has them: the file is of another encoding", "try --encoding utf-16, or export the list again"
			}
			c.block.Findings = append(c.block.Findings, schema.Finding{
				Code: "E-NUL", Severity: schema.Error, Origin: l.origin(ref, i), Value: shortened(text),
				Message: message, Hint: hint,
			})
		}
		switch {
		case !validText(text):
			c.block.Findings = append(c.block.Findings, schema.Finding{
				Code: "E-ENCODING", Severity: schema.Error, Origin: l.origin(ref, i), Value: shortened(text),
				Message: "the cell has bytes that are not UTF-8",
				Hint:    "if the whole list is so, name its encoding, such as --encoding windows-1252 or gbk",
			})
		case l.recoded && (hasC1(text) || bytes.Contains(text, []byte("\ufffd"))):
			c.block.Findings = append(c.block.Findings, schema.Finding{
				Code: "E-ENCODING", Severity: schema.Error, Origin: l.origin(ref, i), Value: shortened(text),
				Message: "the cell has bytes that stand for no character in the list's encoding",
				Hint:    "name the encoding with --encoding if another was meant",
			})
		case bytes.Contains(text, []byte("\ufffd")):
			c.block.Findings = append(c.block.Findings, schema.Finding{
				Code: "W-CHARACTER-LOST", Severity: schema.Warning, Origin: l.origin(ref, i), Value: shortened(text),
				Message: "the cell has the mark for a character that was lost before the list came here",
				Hint:    "type the cell again, or export the list from its source as UTF-8",
			})
		}
	}
}

// shortened is the beginning of a text as a message can show it.
func shortened(b []byte) string {
	const most = 80
	if len(b) <= most {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	b = b[:most-1]
	return strings.ToValidUTF8(string(b[:len(b)-cutRune(b)]), "\ufffd") + "…"
}

// number makes the chunk's rows and lines count from the beginning of the file.
func (c *chunk) number(row, line int64) {
	b := &c.block
	for i := range b.Rows {
		b.Rows[i].Row += row
		b.Rows[i].Line += line
	}
	for i := range b.Findings {
		b.Findings[i].Origin.Row += row
		b.Findings[i].Origin.Line += line
	}
	for i := range b.Repairs {
		b.Repairs[i].Origin.Row += row
		b.Repairs[i].Origin.Line += line
	}
	for i := range c.skipped {
		c.skipped[i].row += row
		c.skipped[i].to += row
	}
}
