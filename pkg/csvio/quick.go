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
	on     bool         // the sweep can be used at all
	plain  schema.Plain // what rows can show
	target []int32      // column of the file → column of the table, or -1
	runs   bool         // the columns of the file are those of the table, and cells are parted by nothing but the delimiter
	fixed  []int        // columns of the table that are constants
	days   []int        // columns of the table that are of dates
	mails  []int        // columns of the table that are of mail addresses
	watch  []int        // others whose cells may need repairs that their ends do not show
	texts  []int        // those whose cells may need them only in rows with odd characters

	firsts    []string   // the first cells of the header's rows, to know these by where they stand once more
	begins    [256]bool  // bytes with which a row begins that certainly has text and is not the header
	ends      [256]uint8 // what a byte at either end of a cell may mean
	oddInText [256]bool  // bytes that a text in need of repair has one of
}

// What a byte may mean at an end of a cell: 0 is nothing.
const (
	leading  = 1 << iota // at the beginning: a quote, a space, or a sign that is a repair's business
	trailing             // at the end: a space, or part of one
)

// prepare settles what scan needs to know of the layout.
func (l *layout) prepare() {
	l.quick = quick{}
	q := &l.quick
	delim := l.grammar.delim[0]
	q.on = len(l.grammar.delim) == 1 && delim < utf8.RuneSelf && !l.escaped && !l.careful && !l.grammar.grid && len(l.splits)+len(l.templates) == 0
	if l.trim {
		q.plain = schema.PlainText
	}
	q.target = make([]int32, len(l.target))
	q.runs = len(l.target) == len(l.columns) && !l.grammar.padded
	for i, t := range l.target {
		q.target[i] = int32(t)
		q.runs = q.runs && t == i
		if t < 0 {
			continue
		}
		if l.dates[t] {
			q.days = append(q.days, t)
		}
		switch l.cares[t] {
		case careText:
			q.texts = append(q.texts, t)
		case careMail:
			q.mails = append(q.mails, t)
		case carePhone:
			q.watch = append(q.watch, t)
		}
	}
	for t, v := range l.constants {
		if v != nil {
			q.fixed, q.runs = append(q.fixed, t), false
			if !isPlainText(v) {
				q.plain &^= schema.PlainText
			}
		}
	}
	if len(q.mails) == l.mails {
		q.plain |= schema.PlainMails
	}
	var firsts [256]bool // the bytes that these begin with
	for _, header := range l.headers {
		q.firsts = append(q.firsts, header[0])
		if header[0] != "" {
			firsts[header[0][0]] = true
		}
	}
	for c := range q.ends {
		q.oddInText[c] = maybeOddText(byte(c))
		q.begins[c] = c > ' ' && c < utf8.RuneSelf && byte(c) != delim && c != '"' && !firsts[c]
	}
	for _, c := range "\"='#" {
		q.ends[c] = leading
	}
	if l.trim {
		for _, r := range spaces {
			text := string(r)
			q.ends[text[0]] |= leading
			q.ends[text[len(text)-1]] |= trailing
		}
	}
	q.ends['\n'], q.ends['\r'], q.ends[delim] = 0, 0, 0 // no cell begins or ends with one but inside quotes
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
		for c.end < len(raw) {
			c.sweep.begin(raw, c.end, l.grammar.delim[0], l.recoded)
			for c.sweep.more() && l.cells(c, raw) {
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

// single takes the one row at pos, the quick way if it can be. raw may go on behind it. It returns false where the row may not
// be whole.
func (l *layout) single(c *chunk, raw []byte, pos int, final bool) bool {
	c.end = pos
	if l.quick.on && c.sweep.first(raw, pos, l.grammar.delim[0], l.recoded) {
		if l.cells(c, raw); c.end > pos {
			return true
		}
	}
	return l.next(c, raw, final)
}

// cells makes cells of the rows that a sweep has found. What is not a plain row of as many cells as the header it leaves
// to the careful way, row by row. It returns false where that way cut a row, so that the sweep must begin anew.
func (l *layout) cells(c *chunk, raw []byte) bool {
	var (
		q      = &l.quick
		b      = &c.block
		s      = &c.sweep
		width  = len(l.columns)
		padded = l.grammar.padded
	)
	for at := 0; at < s.whole; {
		if q.runs {
			if rows := l.run(c, raw, at); rows > 0 {
				at += rows * width
				continue
			}
		}
		n := s.width(at)
		first, marks := at, s.marks[at:at+n]
		start, end := s.start, int(marks[n-1])+1
		if raw[end-1] == '\r' {
			if end == len(raw) {
				s.exhausted = true // an LF may follow
				return true
			}
			if raw[end] == '\n' {
				end++
			}
		}
		s.start, at = end, at+n
		flags := s.flags(first, n)
		if n != len(q.target) || flags&hasStrange != 0 || end-start > l.grammar.maxRecord || !q.begins[raw[start]] && !l.isPlain(raw[start:end], int(marks[0])-start) {
			if l.next(c, raw[:end], true); c.end != end {
				return false
			}
			continue
		}
		ref := schema.Ref{Row: c.rows, Line: c.lines, Offset: c.offset + int64(start)}
		from, repairs := len(b.Cells), len(b.Repairs)
		c.mended = false
		c.doubt = flags&hasOdd != 0
		plain := q.plain
		if flags&notPlain != 0 {
			plain &^= schema.PlainText
		}
		b.Cells = slices.Grow(b.Cells, width)[:from+width]
		out := b.Cells[from : from+width : from+width]
		target := q.target[:n]
		if flags&notPlain != 0 || padded {
			off := uint32(start)
			for col, end := range marks {
				if t := uint(target[col]); t < uint(len(out)) {
					from, to := off, end
					if raw[from] == '"' && flags&hasDoubled == 0 {
						from, to = from+1, to-1
					}
					if padded && col > 0 && from < to && raw[from] == ' ' {
						from++
					}
					// The ends of lines, and a tab that is the delimiter, are nothing at the ends of a cell but inside quotes.
					if from < to && ((q.ends[raw[from]]&leading|q.ends[raw[to-1]]&trailing) != 0 || to < end && (raw[from] < ' ' || raw[to-1] < ' ')) {
						out[t] = l.edged(c, ref, raw, int(off), int(end), col, flags)
					} else {
						out[t] = schema.Span{Off: from, Len: to - from}
					}
				}
				off = end + 1
			}
		} else { // without spaces but the plain one: what a sweep finds at the ends of cells is all there is
			off := uint32(start)
			for col, end := range marks {
				if t := uint(target[col]); t < uint(len(out)) {
					out[t] = schema.Span{Off: off, Len: end - off}
				}
				off = end + 1
			}
			for i := 0; i < n; i += 64 {
				for e := s.closer(first+i, n-i); e != 0; e &= e - 1 {
					col := i + lowest(e)
					if t := uint(target[col]); t < uint(len(out)) && out[t].Len > 0 {
						out[t] = l.edged(c, ref, raw, int(out[t].Off), int(out[t].Off+out[t].Len), col, flags)
					}
				}
			}
		}
		for _, t := range q.fixed {
			out[t] = c.constants[t]
		}
		for _, t := range q.days {
			switch s := out[t]; {
			case s.Len == 0:
			case !isISODay(b.Data[s.Off : s.Off+s.Len]):
				c.doubt = true
				out[t] = l.watched(c, ref, raw, s, t)
			case s.Len > 10 && b.Data[s.Off+s.Len-1] != 'Z':
				c.doubt = true
			}
		}
		for _, t := range q.mails {
			if s := out[t]; s.Len > 0 {
				var shape schema.MailShape
				if schema.QuickMail() {
					shape = schema.ShapeOfMail(b.Data, s)
				}
				if shape&schema.MailPlain == 0 {
					plain &^= schema.PlainMails
				}
				if shape != schema.MailPlain|schema.MailSmall && !isPlainMail(b.Data[s.Off:s.Off+s.Len]) {
					out[t] = l.watched(c, ref, raw, s, t)
				}
			}
		}
		for _, t := range q.watch {
			out[t] = l.watched(c, ref, raw, out[t], t)
		}
		if flags&hasOdd != 0 {
			for _, t := range q.texts {
				out[t] = l.watched(c, ref, raw, out[t], t)
			}
		}
		if len(b.Repairs) > repairs+1 {
			sortRepairs(b.Repairs[repairs:])
		}
		b.Rows = append(b.Rows, ref)
		written := schema.Span{}
		if !c.doubt {
			written = schema.Span{Off: uint32(start), Len: marks[n-1] - uint32(start)}
		}
		b.Written = append(b.Written, written)
		if c.mended {
			plain = 0
		}
		b.Plain = append(b.Plain, plain)
		c.end = end
		c.rows++
		if flags&hasBreak == 0 {
			c.lines++
		} else {
			c.lines += int64(countBreaks(raw[start:end]))
		}
	}
	return true
}

// edged takes a cell with something at its ends: quotes, the space of a padded delimiter, or what may be a repair's business.
func (l *layout) edged(c *chunk, ref schema.Ref, raw []byte, off, end, col int, row rowFlag) schema.Span {
	var flags fieldFlag
	if raw[off] == '"' {
		off++
		end--
		flags = quoted
		if row&hasDoubled != 0 && bytes.IndexByte(raw[off:end], '"') >= 0 {
			flags |= doubled
		}
	}
	if l.grammar.padded && col > 0 && off < end && raw[off] == ' ' {
		off++
	}
	if flags&doubled == 0 && (off == end || !l.atEdge(raw[off:end])) {
		c.doubt = c.doubt || off < end && raw[off] == '#'
		return schema.Span{Off: uint32(off), Len: uint32(end - off)}
	}
	c.doubt = c.doubt || bytes.IndexByte(raw[off:end], '#') >= 0
	return l.cell(c, ref, raw, field{off: off, end: end, flags: flags | unpadded}, col)
}

// watched repairs a cell that may need it, unless it was repaired already and so stands behind the file's bytes.
func (l *layout) watched(c *chunk, ref schema.Ref, raw []byte, s schema.Span, t int) schema.Span {
	text := c.block.Data[s.Off : s.Off+s.Len]
	if int(s.Off) >= len(raw) || !l.mayNeed(t, text) {
		return s
	}
	mended := l.mend(c, ref, l.columns[t].Index, t, text)
	if bytes.Equal(mended, text) {
		return s
	}
	c.mended = true
	return c.keep(mended)
}

// atEdge looks closer at a cell that begins or ends with a byte that may be of a space, or begins with a sign that may be a
// repair's business.
func (l *layout) atEdge(cell []byte) bool {
	first, last := cell[0], cell[len(cell)-1]
	if first == '=' || first == '\'' {
		return true
	}
	if !l.trim {
		return false
	}
	if first <= ' ' || last <= ' ' {
		return true
	}
	if first >= utf8.RuneSelf {
		if r, _ := utf8.DecodeRune(cell); isSpace(r) {
			return true
		}
	}
	if last >= utf8.RuneSelf {
		if n := len(cell); n > 1 && cell[n-2] >= 0xC3 && cell[n-2] < 0xE0 {
			return false // the second byte of a letter
		}
		r, _ := utf8.DecodeLastRune(cell)
		return isSpace(r)
	}
	return false
}

// isPlainText says of a cell what [schema.Block.Plain] says of a row's.
func isPlainText(cell []byte) bool {
	for i := 0; i < len(cell); i++ {
		if size := schema.LetterSize(cell, i); size > 0 {
			i += size - 1
		} else if cell[i] < ' ' || cell[i] > '~' || cell[i] == '?' {
			return false
		}
	}
	return len(trimmed(cell)) == len(cell)
}

// isPlain reports whether a row certainly has text in it and is no row of the header once more. first is the length of its first
// cell.
func (l *layout) isPlain(row []byte, first int) bool {
	delim := l.grammar.delim[0]
	i := 0
	for ; ; i++ {
		if i == len(row) {
			return false
		}
		if b := row[i]; b > ' ' && b != delim && b != '"' {
			if b >= utf8.RuneSelf {
				return false // may be a space
			}
			break
		}
	}
	b := row[0]
	for _, head := range l.quick.firsts {
		switch {
		case head == "":
			if i >= first {
				return false // both may begin with nothing
			}
		case strings.Contains(head, `"`):
			return false // what the header has there is not what a row that repeats it has
		case b != head[0] && b > ' ' && b < utf8.RuneSelf && b != '"':
		case first >= len(head) && bytes.Contains(row[:first], []byte(head)):
			return false
		}
	}
	return true
}
