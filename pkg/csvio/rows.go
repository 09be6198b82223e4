package csvio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Rows reads the file at path ("-" for o.Stdin) without knowing what it is a list of, and hands every row to row as it was
// read: encoding, delimiter and quotes undone, lines above the table and below it left out, nothing trimmed or repaired. The
// first is the header, if the file has one. Findings go to report; one with severity error means that the file is not well
// formed, and its row is handed out as far as it could be read. Of o, only Stdin, Delimiter, Encoding, HeaderRow and Sheet
// are used. It fails with an *[InputError] where the file cannot be read at all. A file without bytes has no rows.
func Rows(ctx context.Context, path string, o Options, row func(cells []string) error, report func(schema.Finding) error) (Input, error) {
	return readRows(ctx, path, o, anySheet, func(h *head) int { return -1 }, row, report)
}

// anySheet finds all sheets of a workbook as good, so that the first with text is taken.
func anySheet([]headRow) int { return 0 }

// readRows is Rows, where score says how well the first rows of a sheet suit, and header may know the index of the header among the
// first rows; if it gives -1, the rows' own looks decide.
func readRows(ctx context.Context, path string, o Options, score func([]headRow) int, header func(h *head) int, row func(cells []string) error, report func(schema.Finding) error) (_ Input, err error) {
	in, err := openInput(ctx, path, o.Stdin, !o.NoDigest)
	if err != nil {
		return Input{}, err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	var d dialect
	notes, err := in.understand(ctx, &d, o, score)
	if err != nil {
		return Input{}, err
	}
	d.sheet = in.sheet
	most := o.most
	if most == 0 {
		most = maxRecord
	}
	buf, final, err := in.head(headBytes)
	if err != nil {
		return Input{}, err
	}
	d.obey(buf)
	h, delim := bestHead(d, buf, final, most)
	d.delim = delim
	given := int64(o.HeaderRow)
	if at := header(&h); given == 0 && at >= 0 {
		given = h.rows[at].row
	}
	if given == 0 && d.named {
		given = 2
	}
	first, above := h.tableStart(path, given, in.sheet != "")
	notes = append(notes, above...)
	if o.HeaderRow > 0 && first == len(h.rows) {
		return Input{}, noSuchRow(path, int64(o.HeaderRow), len(h.rows))
	}
	out := Input{File: path, Sheet: in.sheet, SHA256: in.digest, Bytes: in.bytes, Findings: notes}
	for _, n := range notes {
		if err := report(n); err != nil {
			return out, err
		}
	}
	r := &rowReader{in: in, grammar: d.grammar(most), chunk: o.chunk, row: 1, line: 1, offset: in.start, onlyColumn: h.onlyColumn()}
	if r.chunk == 0 {
		r.chunk = chunkSize
	}
	if first < len(h.rows) {
		at := h.rows[first]
		r.row, r.line, r.offset = at.row, at.line, in.start+int64(at.rec.start)
		out.HeaderRow = at.row
	}
	foot, err := footerRule{width: h.width(first), from: r.offset, sheet: in.sheet != "", plain: true}.find(in, r.grammar)
	if err != nil {
		return out, err
	}
	r.foot = foot
	if err := r.readAll(ctx, path, row, report); err != nil {
		return out, err
	}
	out.Dialect = d.String()
	out.Rows = r.count
	return out, in.unchanged()
}

// bestHead cuts the beginning of a file with the delimiter that fits best, where none was given.
func bestHead(d dialect, buf []byte, final bool, most int) (head, rune) {
	if d.delim != 0 {
		return d.grammar(most).readHead(buf, final, headRows), d.delim
	}
	var best head
	bestDelim, bestFits := ',', fits{share: -1}
	for _, delim := range delimiters() {
		if bestFits.share > 0 && !isIn(buf, delim) {
			continue // every row is one cell, which fits nothing
		}
		d.delim = delim
		h := d.grammar(most).readHead(buf, final, headRows)
		f := h.fits()
		if delim != ',' && h.hasOneColumn() {
			f = fits{width: 1}
		}
		if f.better(bestFits) {
			best, bestDelim, bestFits = h, delim, f
		}
	}
	return best, bestDelim
}

// hasOneColumn reports whether the rows are texts of one column that have the delimiter in them: less than half of them have it, or
// the first has none, and is no title, or spaces follow all of them as in sentences.
func (h *head) hasOneColumn() bool {
	rows, parted := 0, 0
	for _, r := range h.rows {
		if !r.blank {
			rows++
		}
		if len(r.cells) > 1 {
			parted++
		}
	}
	if 2*parted < rows {
		return true
	}
	if rows < 2 || h.rows[0].blank || len(h.rows[0].cells) > 1 {
		return false
	}
	start, _ := h.tableStart("", 0, false)
	return start == 0 || h.isPadded()
}

// onlyColumn reports whether no row has a second cell: then an empty line is a row with an empty cell.
func (h *head) onlyColumn() bool {
	for _, r := range h.rows {
		if len(r.cells) > 1 {
			return false
		}
	}
	return true
}

// width is the number of cells in the row that the table starts with.
func (h *head) width(first int) int {
	if first < len(h.rows) {
		return len(h.rows[first].cells)
	}
	return 0
}

// tableStart gives the index of the row that the table starts with, and what is said about the rows above it. Without names
// to go by, only what can hardly be part of a table is taken for a preamble: rows with one text, above a row of at least
// three cells that is parted from them by an empty line, or, where they are a title and it has no number in it, followed by
// another row of the same width. A row as wide as the table is part of it, unless a narrower one stands below it.
//
// In a sheet people write more freely, and no row can be ragged: there the table starts with the first of three rows in turn
// that are two thirds full, if the first row with any text is not even a third full.
func (h *head) tableStart(file string, given int64, sheet bool) (int, []schema.Finding) {
	if given > 0 {
		if given > int64(len(h.rows)) {
			return len(h.rows), nil
		}
		return int(given - 1), preambleNotes(file, h.rows[:given-1], given, 1)
	}
	texts := func(i int) int {
		n := 0
		for _, c := range h.rows[i].cells {
			if strings.TrimSpace(c) != "" {
				n++
			}
		}
		return n
	}
	if sheet && len(h.rows) > 0 {
		start := h.denseStart(texts)
		return start, preambleNotes(file, h.rows[:start], h.rows[start].row, 1)
	}
	start, parted := 0, false
	for start < len(h.rows) && texts(start) <= 1 {
		if texts(start) == 0 {
			parted = true
		}
		start++
	}
	if start == 0 || start == len(h.rows) {
		return 0, nil
	}
	width := len(h.rows[start].cells)
	if texts(start) != width || width < 3 {
		return 0, nil
	}
	narrow := func(r headRow) bool { return len(r.cells) < width }
	if !slices.ContainsFunc(h.rows[:start], func(r headRow) bool { return !r.blank && narrow(r) }) {
		return 0, nil
	}
	for !narrow(h.rows[start-1]) {
		start--
	}
	followed := start+1 < len(h.rows) && len(h.rows[start+1].cells) == width && looksLikeTitle(h.rows[0].cells) && !slices.ContainsFunc(h.rows[start].cells, isNumber)
	if !parted && !followed {
		return 0, nil
	}
	for _, r := range h.rows[:start] {
		if r.rec.faults != 0 {
			return 0, nil
		}
	}
	return start, preambleNotes(file, h.rows[:start], h.rows[start].row, 1)
}

// looksLikeTitle reports whether a row of one text is more than a heading: several words, or a text with a colon.
func looksLikeTitle(cells []string) bool {
	return strings.ContainsAny(strings.TrimSpace(cells[0]), " :\u00a0")
}

func isNumber(cell string) bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	return err == nil
}

// denseStart is the index of the row that the table of a sheet starts with.
func (h *head) denseStart(texts func(int) int) int {
	width, first := 0, -1
	var filled []int // rows with text
	for i := range h.rows {
		if n := texts(i); n > 0 {
			width = max(width, n)
			filled = append(filled, i)
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 || texts(first)*3 > width {
		return max(first, 0)
	}
	for k, i := range filled {
		dense := true
		for _, j := range filled[k:min(k+3, len(filled))] {
			dense = dense && texts(j)*3 >= width*2
		}
		if dense {
			return i
		}
	}
	return first
}

// A rowReader hands out the rows of a file one by one.
type rowReader struct {
	in         *input
	grammar    *grammar
	chunk      int
	row, line  int64
	offset     int64
	onlyColumn bool
	foot       footer
	count      int64
	headings   []string
	skipped    skips
}

func (r *rowReader) readAll(ctx context.Context, file string, row func([]string) error, report func(schema.Finding) error) error {
	var buf []byte
	var fields []field
	size := r.chunk
	end := r.in.size
	if r.foot.offset > 0 {
		end = r.foot.offset
	}
	for r.offset < end {
		if err := ctx.Err(); err != nil {
			return err
		}
		if cap(buf) < size {
			buf = make([]byte, size)
		}
		n, err := r.in.file.ReadAt(buf[:min(int64(size), end-r.offset)], r.offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read %s: %w", r.in.name, err)
		}
		if n == 0 {
			return r.in.unchanged()
		}
		final := r.offset+int64(n) >= end
		if final && end < r.in.size && !r.endsAtFooter(buf[:n]) {
			// What looked like a footer is in the middle of a quoted cell.
			r.foot, end, final = footer{}, r.in.size, false
			size *= 2
			continue
		}
		pos := 0
		for pos < n {
			var rec record
			var ok bool
			rec, fields, ok = r.grammar.next(buf[:n], pos, final, fields[:0])
			if !ok {
				break
			}
			if err := r.one(file, buf[:n], rec, fields, row, report); err != nil {
				return err
			}
			pos = rec.end
			r.row++
			r.line += int64(rec.breaks)
		}
		if pos == 0 {
			size *= 2
		}
		r.offset += int64(pos)
	}
	for _, n := range append(r.skipped.notes(file, r.in.sheet), r.foot.notes(file, r.in.sheet, r.row)...) {
		if err := report(n); err != nil {
			return err
		}
	}
	return nil
}

// endsAtFooter reports whether the last row before the footer ends where the footer begins.
func (r *rowReader) endsAtFooter(buf []byte) bool {
	for pos := 0; pos < len(buf); {
		rec, _, ok := r.grammar.next(buf, pos, false, nil)
		if !ok {
			return false
		}
		pos = rec.end
	}
	return true
}

func (r *rowReader) one(file string, buf []byte, rec record, fields []field, row func([]string) error, report func(schema.Finding) error) error {
	if isBlank(fields) && !r.onlyColumn {
		r.skipped.addRow(r.row, skipBlank)
		return nil
	}
	cells := make([]string, len(fields))
	for i, f := range fields {
		cells[i] = string(appendText(nil, buf, f))
		if r.grammar.grid {
			cells[i] = unmarked(cells[i])
		}
	}
	for r.grammar.grid && len(cells) < len(r.headings) {
		cells = append(cells, "")
	}
	first := r.headings == nil
	if first {
		r.headings = cells
	}
	l := &layout{grammar: r.grammar, file: file, headings: r.headings, recoded: r.in.recoded, sheet: r.in.sheet}
	c := &chunk{}
	ref := schema.Ref{Row: r.row, Line: r.line}
	if r.grammar.grid {
		ref.Line = 0
	}
	if rec.faults != 0 {
		l.findQuotes(c, ref, buf, rec)
	}
	if len(fields) > len(r.headings) || len(fields) < len(r.headings) && !r.grammar.grid {
		l.findWidth(c, ref, len(fields))
	}
	if r.grammar.grid && isHidden(buf, fields[0]) {
		r.skipped.addRow(r.row, skipHidden)
	}
	if l.suspect(buf[rec.start:rec.end]) {
		l.findBytes(c, ref, buf, fields)
	}
	for _, f := range c.block.Findings {
		if err := report(f); err != nil {
			return err
		}
	}
	r.count++
	if first {
		r.count--
	}
	return row(cells)
}

// suspect reports whether a row may have bytes that no text has.
func (l *layout) suspect(row []byte) bool {
	return bytes.IndexByte(row, 0) >= 0 || !validText(row) || bytes.Contains(row, []byte("\ufffd")) || l.recoded && hasC1(row)
}
