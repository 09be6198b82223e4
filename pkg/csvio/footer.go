package csvio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

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

// findFooter looks for a footer at the end of a table whose rows have width cells. It is the last rows of the file if an
// empty row parts them from the table, or if they are narrower than it, and each has a single text in it, and no row of the
// table comes behind. A table of two columns or fewer has none: nothing would tell it from a row.
//
// The end of the file is read without knowing whether it begins inside quotes, so whoever uses the answer must see
// that a row ends where the footer begins.
func findFooter(in *input, g *grammar, width int, from int64) (footer, error) {
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
	type tail struct {
		start  int
		cells  []string
		texts  int
		blank  bool
		narrow bool
		breaks int
	}
	var rows []tail
	for pos < len(buf) {
		rec, fields, _ := g.next(buf, pos, true, nil)
		t := tail{start: rec.start, narrow: len(fields) < width, breaks: rec.breaks}
		for _, f := range fields {
			text := string(appendText(nil, buf, f))
			t.cells = append(t.cells, text)
			if strings.TrimSpace(text) != "" {
				t.texts++
			}
		}
		t.blank = t.texts == 0
		if rec.faults != 0 {
			return footer{}, nil
		}
		rows = append(rows, t)
		pos = rec.end
	}
	first := len(rows)
	for first > 0 && rows[first-1].texts <= 1 && len(rows)-first < footerRows {
		first--
	}
	if first == 0 {
		return footer{}, nil // a table has rows
	}
	// The footer begins with its first text behind an empty row, or with its first narrow text.
	parted := false
	for ; first < len(rows); first++ {
		if rows[first].blank {
			parted = true
			continue
		}
		if parted || rows[first].narrow && looksLikeRemark(rows[first].cells) {
			break
		}
	}
	if first == len(rows) {
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

// looksLikeRemark reports whether a row's single text is a total or a remark rather than the rest of a row that was cut: it
// stands in the first cell, and has a colon or begins with a word for a total.
func looksLikeRemark(cells []string) bool {
	text := strings.ToLower(strings.TrimSpace(cells[0]))
	if strings.Contains(text, ":") {
		return true
	}
	word, _, _ := strings.Cut(text, " ")
	switch word {
	case "total", "totals", "sum", "count", "rows", "records", "entries", "end", "***", "---", "summe", "gesamt", "anzahl", "ende", "totaal", "suma", "fin":
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
