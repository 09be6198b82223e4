package csvio

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

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

// personAbove refuses a list in which somebody seems to stand above the header, as where a table was sorted together with its
// header: whoever was not read would be missing. nil where nobody does. A row of few texts is a title or a remark, whatever it says.
func personAbove(file string, above []headRow, header headRow, width int) *InputError {
	for _, r := range above {
		texts := 0
		for _, c := range r.cells {
			if strings.TrimSpace(c) != "" {
				texts++
			}
		}
		if what := personAmong(r.cells); what != "" && texts >= 3 && 2*texts > width {
			return &InputError{
				File: file, Line: r.line,
				Message: fmt.Sprintf("row %d stands above the header (row %d) and looks like a person: it has %s", r.row, header.row, what),
				Hint:    fmt.Sprintf("put the header above all records, once; if no record stands above it, say so with --header-row %d", header.row),
			}
		}
	}
	return nil
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

func noSuchRow(file string, row int64, looked int) *InputError {
	return &InputError{File: file, Message: fmt.Sprintf("there is no row %d to be the header: %d rows were looked at", row, looked), Hint: "count the rows as a spreadsheet program shows them"}
}
