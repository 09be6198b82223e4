package csvio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A footer is what stands below a list: a total, a remark. Its rows are no records.
type footer struct {
	offset int64 // of its first byte in the input; 0 for none
	rows   []footerRow
}

type footerRow struct {
	skip  int64 // rows from the beginning of the footer
	line  int64 // lines from there
	cells []string
}

// footerBytes is how much of a file's end a footer is looked for in, and footerRows how many rows it may have.
const (
	footerBytes = 16 << 10
	footerRows  = 12
)

// A footerRule says what may be a footer of a table.
type footerRule struct {
	width int   // of the table
	from  int64 // where its rows begin in the input
	keys  []int // columns whose text is, or is made into, an account name; a row with one is not passed over lightly
	sheet bool  // the table is a sheet's, where people write more freely
	plain bool  // nothing is known of the table: a row of its width is never the first of a footer
}

// find looks for a footer at the end of a table. It is the last rows of the file, each with a single text, if an empty row
// parts them from the table, or if they are narrower than it and read like a total; a last row of any width whose text is a total with
// a colon, or a total beside its number, is one as well. In a sheet it is, besides, the last rows that
// are at most a third full, below one that is two thirds full. A row that has a key is part of a footer only where the key
// has a space or a colon in it, as remarks do. A table of two columns or fewer has no footer: nothing would tell it from a row.
//
// The end of the file is read without knowing whether it begins inside quotes, so whoever uses the answer must see
// that a row ends where the footer begins.
func (rule footerRule) find(in *input, g *grammar) (footer, error) {
	width, from := rule.width, rule.from
	if width < 3 {
		return footer{}, nil
	}
	start := max(from, in.size-footerBytes)
	buf := make([]byte, in.size-start)
	n, err := in.file.ReadAt(buf, start)
	if err != nil && !errors.Is(err, io.EOF) {
		return footer{}, fmt.Errorf("read %s: %w", in.name, err)
	}
	buf = buf[:n]
	pos := 0
	if start > from {
		i := bytes.IndexByte(buf, '\n')
		if i < 0 {
			return footer{}, nil
		}
		pos = i + 1
	}
	var rows []tail
	for pos < len(buf) {
		rec, fields, _ := g.next(buf, pos, true, nil)
		t := tail{start: rec.start, narrow: len(fields) < width, breaks: rec.breaks}
		if g.grid || !isFull(buf, fields, width) {
			for _, f := range fields {
				text := string(appendText(nil, buf, f))
				if g.grid {
					text = unmarked(text)
				}
				t.cells = append(t.cells, text)
				if strings.TrimSpace(text) != "" {
					t.texts++
				}
			}
		} else {
			t.texts = width // no footer is so full: what its cells say does not matter
		}
		t.blank = t.texts == 0
		if rec.faults != 0 {
			return footer{}, nil
		}
		rows = append(rows, t)
		pos = rec.end
	}
	first := rule.sparse(rows)
	if first < 0 {
		first = rule.parted(rows)
	}
	if first < 0 {
		return footer{}, nil
	}
	f := footer{offset: start + int64(rows[first].start)}
	line := int64(0)
	for i, r := range rows[first:] {
		if !r.blank {
			f.rows = append(f.rows, footerRow{skip: int64(i), line: line, cells: r.cells})
		}
		line += int64(r.breaks)
	}
	return f, nil
}

// isFull reports whether more than half of a table's cells, and more than three, certainly have text in a row.
func isFull(buf []byte, fields []field, width int) bool {
	texts := 0
	for _, f := range fields {
		if f.end > f.off && (buf[f.off] > ' ' && buf[f.off] < utf8.RuneSelf || buf[f.end-1] > ' ' && buf[f.end-1] < utf8.RuneSelf) {
			texts++
		}
	}
	return 2*texts > width && texts > 3
}

// A tail is one of the last rows of a file.
type tail struct {
	start  int
	cells  []string // nil for a row that is full
	texts  int
	blank  bool
	narrow bool
	breaks int
}

// parted gives the first row of a footer that an empty row parts from the table, or that reads like a total; -1 for none.
func (rule footerRule) parted(rows []tail) int {
	first := len(rows)
	for first > 0 && (rows[first-1].texts <= 1 || rule.isTotal(rows[first-1])) && len(rows)-first < footerRows && !rule.isKeyed(rows[first-1]) {
		first--
	}
	if first == 0 {
		return -1 // a table has rows
	}
	parted := false
	for ; first < len(rows); first++ {
		if rows[first].blank {
			parted = true
			continue
		}
		if rule.plain && !rule.sheet && !rows[first].narrow {
			continue
		}
		last := !slices.ContainsFunc(rows[first+1:], func(t tail) bool { return !t.blank })
		if parted || rows[first].narrow && looksLikeRemark(rows[first].cells) || last && (rule.isTotal(rows[first]) || !rule.plain && looksLikeTotal(rows[first].cells)) {
			return first
		}
	}
	return -1
}

// sparse gives the first row of a footer of a sheet; -1 for none.
func (rule footerRule) sparse(rows []tail) int {
	if !rule.sheet {
		return -1
	}
	last := len(rows)
	for last > 0 && rows[last-1].blank {
		last--
	}
	first := last
	for first > 0 && rows[first-1].texts*3 <= rule.width && last-first < footerRows && !rule.isKeyed(rows[first-1]) {
		first--
	}
	for first < last && rows[first].blank {
		first++
	}
	dense := slices.ContainsFunc(rows[:first], func(t tail) bool { return t.texts*3 >= rule.width*2 })
	if first == last || !dense {
		return -1
	}
	return first
}

// isTotal reports whether a row is a word for a total with one or two numbers beside it, and nothing else.
func (rule footerRule) isTotal(t tail) bool {
	if rule.plain || t.texts < 2 || t.texts > 3 || len(t.cells) == 0 || !isTotalWord(strings.TrimSuffix(strings.TrimSpace(t.cells[0]), ":")) {
		return false
	}
	for _, c := range t.cells[1:] {
		if c = strings.TrimSpace(c); c != "" && !isNumber(c) {
			return false
		}
	}
	return true
}

// isKeyed reports whether a row has what may be the key of a record.
func (rule footerRule) isKeyed(t tail) bool {
	if rule.isTotal(t) {
		return false
	}
	for _, k := range rule.keys {
		if k < len(t.cells) {
			if text := strings.TrimSpace(t.cells[k]); text != "" && !strings.ContainsAny(text, " :") {
				return true
			}
		}
	}
	return false
}

// looksLikeRemark reports whether a row's single text is a total or a remark rather than the rest of a row that was cut: it
// stands in the first cell, and has a colon or begins with a word for a total.
func looksLikeRemark(cells []string) bool {
	text := strings.TrimSpace(cells[0])
	word, _, _ := strings.Cut(text, " ")
	return strings.Contains(text, ":") || isTotalWord(word)
}

// looksLikeTotal reports whether a row's single text is a total for certain: it stands in the first cell, begins with a word for
// one, and has a colon.
func looksLikeTotal(cells []string) bool {
	label, _, labelled := strings.Cut(strings.TrimSpace(cells[0]), ":")
	word, _, _ := strings.Cut(label, " ")
	return labelled && isTotalWord(word)
}

func isTotalWord(word string) bool {
	switch strings.ToLower(word) {
	case "total", "totals", "sum", "count", "rows", "records", "entries", "end", "***", "---", "summe", "gesamt", "gesamtsumme", "anzahl", "ende", "totaal", "suma", "fin":
		return true
	}
	return false
}

// notes says what the footer has; row is that of its first row.
func (f footer) notes(file, sheet string, row int64) []schema.Finding {
	var notes []schema.Finding
	for _, r := range f.rows {
		notes = append(notes, schema.Finding{
			Code: "N-FOOTER", Severity: schema.Note,
			Origin:  schema.Origin{File: file, Sheet: sheet, Row: row + r.skip},
			Value:   shortened([]byte(joinTexts(r.cells))),
			Message: "the row stands below the table: not read as a record",
			Hint:    "if it is a record, fill in its other cells, or take out the empty row above it",
		})
	}
	return notes
}

// joinTexts puts the texts of a row together.
func joinTexts(cells []string) string {
	var texts []string
	for _, c := range cells {
		if c = strings.TrimSpace(c); c != "" {
			texts = append(texts, c)
		}
	}
	return strings.Join(texts, " ")
}
