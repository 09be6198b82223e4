package csvio

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A quick is what making cells of a sweep's marks needs to know beforehand.
type quick struct {
	on        bool      // the sweep can be used at all
	source    []int     // column of the table → column of the file, or -1 for a constant
	first     string    // the first heading, to know the header by where it stands once more
	oddInMail [256]bool // bytes that a plain mail address in small letters does not have
	edges     [256]edge // what a byte at either end of a cell may be part of
}

// An edge says where a byte may be part of a space.
type edge uint8

const (
	leading  edge = 1 << iota // at the beginning of a cell
	trailing                  // at its end
)

// prepare settles what scan needs to know of the layout.
func (l *layout) prepare() {
	q := &l.quick
	q.on = len(l.grammar.delim) == 1 && l.grammar.delim[0] < utf8.RuneSelf && !l.escaped && !l.careful && !l.grammar.grid
	q.source = make([]int, len(l.columns))
	for i := range q.source {
		q.source[i] = -1
	}
	for i, t := range l.target {
		if t >= 0 {
			q.source[t] = i
		}
	}
	if len(l.headings) > 0 {
		q.first = strings.TrimSpace(l.headings[0])
	}
	for c := range q.oddInMail {
		q.oddInMail[c] = c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' || strings.IndexByte(" \"(),:;<>[]{}", byte(c)) >= 0
	}
	if l.trim {
		for _, r := range spaces {
			text := string(r)
			q.edges[text[0]] |= leading
			q.edges[text[len(text)-1]] |= trailing
		}
	}
}

// scan finds the rows in the chunk's bytes up to the last one that is known to be whole. final says that the list ends
// with the chunk.
func (l *layout) scan(c *chunk, final bool) {
	c.size = len(c.block.Data)
	raw := c.block.Data[:c.size:c.size]
	for i, v := range l.constants {
		if v != nil {
			c.constants = append(c.constants[:i], c.keep(v))
		} else {
			c.constants = append(c.constants[:i], schema.Span{})
		}
	}
	if l.quick.on {
		withCR := bytes.IndexByte(raw, '\r') >= 0
		withNUL := bytes.IndexByte(raw, 0) >= 0
		for c.end < len(raw) {
			c.sweep.begin(raw, c.end, l.grammar.delim[0], withCR, l.recoded)
			for c.sweep.more() && l.cells(c, raw, withNUL) {
			}
			if !l.next(c, raw, final) {
				return
			}
		}
		return
	}
	for c.end < len(raw) {
		if !l.next(c, raw, final) {
			return
		}
	}
}

// next takes one row the careful way. It returns false where that row may not be whole, and at the end.
func (l *layout) next(c *chunk, raw []byte, final bool) bool {
	if c.end == len(raw) {
		return false
	}
	rec, fields, ok := l.grammar.next(raw, c.end, final, c.fields[:0])
	c.fields = fields
	if !ok {
		return false
	}
	l.row(c, raw, rec, fields)
	c.end = rec.end
	c.rows++
	if !l.grammar.grid {
		c.lines += int64(rec.breaks)
	}
	return true
}

// cells makes cells of the rows that a sweep has found. What is not a plain row of as many cells as the header it leaves
// to the careful way, row by row. It returns false where that way cut a row, so that the sweep must begin anew.
func (l *layout) cells(c *chunk, raw []byte, withNUL bool) bool {
	var (
		q     = &l.quick
		b     = &c.block
		s     = &c.sweep
		want  = len(l.target)
		width = len(l.columns)
		from  = 0 // of the row's marks
	)
	b.Cells = slices.Grow(b.Cells, len(s.rows)*width)
	b.Rows = slices.Grow(b.Rows, len(s.rows))
	for i := range s.rows {
		r := &s.rows[i]
		marks := s.marks[from:r.upTo]
		from = r.upTo
		if len(marks) != want || r.flags&hasStrange != 0 || r.end-r.start > l.grammar.maxRecord || !l.isPlain(raw, r, int(marks[0])) ||
			withNUL && bytes.IndexByte(raw[r.start:r.end], 0) >= 0 {
			if l.next(c, raw[:r.end], true); c.end != r.end {
				return false
			}
			continue
		}
		ref := schema.Ref{Row: c.rows, Line: c.lines, Offset: c.offset + int64(r.start)}
		at := len(b.Cells)
		b.Cells = b.Cells[:at+width]
		out := b.Cells[at : at+width]
		for t, col := range q.source {
			if col < 0 {
				out[t] = c.constants[t]
				continue
			}
			off, end := r.start, int(marks[col])
			if col > 0 {
				off = int(marks[col-1]) + 1
			}
			if off < end {
				var flags fieldFlag
				if raw[off] == '"' {
					off++
					end--
					flags = quoted
					if r.flags&hasDoubled != 0 && bytes.IndexByte(raw[off:end], '"') >= 0 {
						flags |= doubled
					}
				} else if l.grammar.padded && col > 0 && raw[off] == ' ' {
					off++
				}
				if flags&doubled != 0 || off < end && l.mayNeed(t, raw[off:end], r.flags&notASCII == 0) || off < end && (q.edges[raw[off]]&leading|q.edges[raw[end-1]]&trailing) != 0 {
					out[t] = l.cell(c, ref, raw, field{off: off, end: end, flags: flags | unpadded}, col)
					continue
				}
			}
			out[t] = schema.Span{Off: uint32(off), Len: uint32(end - off)}
		}
		b.Rows = append(b.Rows, ref)
		c.end = r.end
		c.rows++
		if r.flags&hasBreak == 0 {
			c.lines++
		} else {
			c.lines += int64(countBreaks(raw[r.start:r.end]))
		}
	}
	return true
}

// isPlain reports whether a row certainly has text in it and is not the header once more. first is the end of its first
// cell.
func (l *layout) isPlain(raw []byte, r *sweptRow, first int) bool {
	delim := l.grammar.delim[0]
	for i := r.start; ; i++ {
		if i == r.end {
			return false
		}
		if b := raw[i]; b > ' ' && b != delim && b != '"' {
			if b >= utf8.RuneSelf {
				return false // may be a space
			}
			break
		}
	}
	if l.quick.first == "" {
		return true
	}
	b := raw[r.start]
	return b != l.quick.first[0] && b > ' ' && b < utf8.RuneSelf && b != '"' || !bytes.Contains(raw[r.start:first], []byte(l.quick.first))
}
