package csvio

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A dialect is how one file is written.
type dialect struct {
	sheet    string // of a workbook, which has no delimiter and no encoding
	delim    rune
	guessed  bool // the delimiter was not given
	named    bool // the file's first line gives it
	padded   bool // a space after every delimiter
	encoding string
	sure     string // how certain the encoding is, in words; empty if it was given
}

func (d dialect) grammar(max int) *grammar {
	return &grammar{delim: utf8.AppendRune(nil, d.delim), padded: d.padded, grid: d.sheet != "", maxRecord: max}
}

// String is one line for people: "semicolon (guessed), UTF-8 (certain: all of it decodes)".
func (d dialect) String() string {
	if d.sheet != "" {
		return fmt.Sprintf("workbook, sheet %q", d.sheet)
	}
	var b strings.Builder
	b.WriteString(delimiterName(d.delim))
	switch {
	case d.named:
		b.WriteString(" (the file says so)")
	case d.guessed:
		b.WriteString(" (guessed)")
	}
	if d.padded {
		b.WriteString(" and a space")
	}
	b.WriteString(", " + d.encoding)
	if d.sure != "" {
		b.WriteString(" (" + d.sure + ")")
	}
	return b.String()
}

func delimiterName(r rune) string {
	switch r {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "pipe"
	}
	return fmt.Sprintf("%q", r)
}

// ParseDelimiter reads the value of --delimiter: one character, or tab, comma, semicolon, pipe or space in words.
func ParseDelimiter(s string) (rune, error) {
	switch s {
	case "tab", `\t`:
		return '\t', nil
	case "comma":
		return ',', nil
	case "semicolon":
		return ';', nil
	case "pipe":
		return '|', nil
	case "space":
		return ' ', nil
	}
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || n != len(s) || r == utf8.RuneError {
		return 0, fmt.Errorf("delimiter %q: want one character, or the word tab", s)
	}
	if r == '"' || r == '\n' || r == '\r' || r == 0 {
		return 0, fmt.Errorf("delimiter %q cannot part cells: quotes and ends of lines have a meaning of their own", s)
	}
	return r, nil
}

// obey takes the delimiter from a first line such as "sep=;", which Excel writes and reads, where none was given.
func (d *dialect) obey(text []byte) {
	rest, ok := bytes.CutPrefix(text, []byte("sep="))
	r, n := utf8.DecodeRune(rest)
	if !ok || d.delim != 0 || r == utf8.RuneError || r == '"' || r == '=' || unicode.IsLetter(r) || unicode.IsDigit(r) || len(rest) == n || rest[n] != '\n' && rest[n] != '\r' {
		return
	}
	d.delim, d.named = r, true
}

// isSepLine reports whether a row is such a line, cut at the delimiter that it names.
func isSepLine(r headRow) bool {
	return len(r.cells) == 2 && r.cells[0] == "sep=" && r.cells[1] == ""
}

// delimiters are those that are tried where none is given, the more common first.
func delimiters() []rune { return []rune{',', ';', '\t', '|'} }

// head is the beginning of a file, cut into rows.
type head struct {
	rows  []headRow
	whole bool // the file has no more rows
}

type headRow struct {
	cells   []string
	fields  []field
	rec     record
	row     int64 // as a spreadsheet counts
	line    int64 // physical
	blank   bool
	padding int      // cells after the first that begin with a space
	lowest  []string // of a header of several rows: the lowest text in each column
	merged  []bool   // of a sheet: cells that have the text of one above them; nil for none
}

// isIn reports whether a delimiter stands anywhere in buf.
func isIn(buf []byte, delim rune) bool { return bytes.IndexByte(buf, byte(delim)) >= 0 }

// widest is the number of cells of the row that has most.
func (h *head) widest() int {
	n := 0
	for _, r := range h.rows {
		n = max(n, len(r.cells))
	}
	return n
}

// readHead cuts up to max rows from the beginning of buf.
func (g *grammar) readHead(buf []byte, final bool, max int) head {
	var h head
	row, line := int64(1), int64(1)
	var texts []byte // of a row's cells, one behind the other
	var ends []int
	for pos := 0; pos < len(buf) && len(h.rows) < max; {
		rec, fields, ok := g.next(buf, pos, final, nil)
		if !ok {
			return h
		}
		r := headRow{fields: fields, rec: rec, row: row, line: line, blank: isBlank(fields), cells: make([]string, len(fields))}
		texts, ends = texts[:0], ends[:0]
		for i, f := range fields {
			texts = g.text(texts, buf, f, i)
			ends = append(ends, len(texts))
		}
		whole, from := string(texts), 0
		for i, f := range fields {
			text := whole[from:ends[i]]
			from = ends[i]
			if g.grid {
				marks, _ := cutMarks([]byte(text))
				if hasMark(marks, markMerged) {
					r.merged = append(r.merged, make([]bool, i+1-len(r.merged))...)
					r.merged[i] = true
				}
				text = unmarked(text)
			}
			r.cells[i] = text
			if i > 0 && f.end > f.off && buf[f.off] == ' ' || f.flags&spaced != 0 {
				r.padding++
			}
		}
		h.rows = append(h.rows, r)
		if g.grid {
			h.rows[len(h.rows)-1].line = 0
		}
		row++
		line += int64(rec.breaks)
		pos = rec.end
		if pos == len(buf) && final {
			h.whole = true
		}
	}
	return h
}

// text appends the text of a row's cell i: quotes undone, and the space that belongs to a padded delimiter left out.
func (g *grammar) text(dst, buf []byte, f field, i int) []byte {
	if g.padded && i > 0 && f.end > f.off && buf[f.off] == ' ' {
		f.off++
	}
	return appendText(dst, buf, f)
}

// fit says how well the rows of a file's beginning agree with a delimiter: the share of rows that have the most common
// width, less the share of rows with misplaced quotes, and that width. A width of 1 says nothing.
func (h *head) fit() (share float64, width int) {
	widths := make(map[int]int)
	rows, faults := 0, 0
	for _, r := range h.rows {
		if r.blank {
			continue
		}
		rows++
		widths[len(r.cells)]++
		if r.rec.faults != 0 {
			faults++
		}
	}
	most := 0
	for w, n := range widths {
		if w > 1 && (n > most || n == most && w > width) {
			most, width = n, w
		}
	}
	if most == 0 {
		return 0, 1
	}
	return (float64(most) - float64(faults)) / float64(rows), width
}

// fits says how well a delimiter fits the beginning of a file.
type fits struct {
	share float64
	width int
	typed bool // every cell is a number, a date, an address or empty: no delimiter cuts such cells by chance
	inner bool // every delimiter stands between digits, as a comma in a number does
}

func (h *head) fits() fits {
	share, width := h.fit()
	return fits{share, width, width > 1 && h.isTyped(), width > 1 && h.isInner()}
}

// better reports whether f is a better fit than g; of two that are as good, the first that was tried is taken.
func (f fits) better(g fits) bool {
	if f.share != g.share {
		return f.share > g.share
	}
	if f.typed != g.typed {
		return f.typed
	}
	if f.inner != g.inner {
		return g.inner
	}
	return f.width > g.width
}

func (h *head) isInner() bool {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	for _, r := range h.rows {
		for i, c := range r.cells[1:] {
			before := r.cells[i]
			if c == "" || before == "" || !isDigit(c[0]) || !isDigit(before[len(before)-1]) {
				return false
			}
		}
	}
	return true
}

func (h *head) isTyped() bool {
	for _, r := range h.rows {
		for _, c := range r.cells {
			c = strings.TrimSpace(c)
			if c == "" || isNumber(c) || isNumber(strings.Replace(c, ",", ".", 1)) || isAddress(c) {
				continue
			}
			if scheme, rest, url := strings.Cut(c, "://"); url && (scheme == "http" || scheme == "https") && !strings.Contains(rest, "://") {
				continue
			}
			if !schema.ReadsAsDate([]byte(c), schema.DayFirst) {
				return false
			}
		}
	}
	return true
}

// isPadded reports whether the file puts a space after every delimiter, as the service's own exports do: then all cells
// after the first begin with one, in every row, before quotes or inside them. The header, which is the first row, need not have
// them if other rows do.
func (h *head) isPadded() bool {
	cells, padding := 0, 0
	rows := h.rows
	if len(rows) > 3 {
		rows = rows[1:]
	}
	for _, r := range rows {
		cells += len(r.cells) - 1
		padding += r.padding
	}
	return cells > 0 && padding == cells
}
