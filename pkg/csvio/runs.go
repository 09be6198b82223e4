package csvio

import (
	"cmp"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// runAtMost is how many rows a run has at most, and spansAtATime how many cells, if it has more than one row.
const (
	runAtMost    = 64
	spansAtATime = 512
)

// run makes cells of rows that follow each other, those behind the marks before first, of which each has a cell for every column of the
// table and nothing that the careful way would have to see. It goes through them step by step: nearly all of a step is the same for
// all rows, and what is not, it is led to by bits. It returns how many rows it took; where it returns 0, cells takes one by itself.
func (l *layout) run(c *chunk, raw []byte, first int) int {
	var (
		q      = &l.quick
		b      = &c.block
		s      = &c.sweep
		n      = len(q.target)
		starts [runAtMost + 1]int

		odd    uint64 // rows that have an odd character
		doubt  uint64 // rows whose bytes do not tell what they mean
		mended uint64 // rows of which a cell was changed
	)
	rows := 0
	for starts[0] = s.start; rows < min(runAtMost, max(1, spansAtATime/n), (s.whole-first)/n); rows++ {
		at := first + rows*n
		if s.width(at) != n {
			break
		}
		if flags := s.flags(at, n); flags != 0 {
			if flags&(hasStrange|notPlain|hasBreak) != 0 {
				break
			}
			odd |= uint64(flags&hasOdd) / uint64(hasOdd) << rows
		}
		start, end := starts[rows], int(s.marks[at+n-1])+1
		if raw[end-1] == '\r' {
			if end == len(raw) {
				break // an LF may follow
			}
			if raw[end] == '\n' {
				end++
			}
		}
		if end-start > l.grammar.maxRecord || !q.begins[raw[start]] && !l.isPlain(raw[start:end], int(s.marks[at])-start) {
			break
		}
		starts[rows+1] = end
	}
	if rows == 0 {
		return 0
	}
	odd &= 1<<rows - 1 // one behind them may be
	from, base, repairs := len(b.Cells), len(b.Rows), len(b.Repairs)
	marks := s.marks[first : first+rows*n]
	if cap(b.Cells)-from < len(marks)+roomForSpans { // for all rows that were found, so that it is not taken bit by bit
		b.Cells = slices.Grow(b.Cells, s.whole-first+roomForSpans)
	}
	spansBetween(b.Cells[from+1:cap(b.Cells)], marks)
	b.Cells = b.Cells[:from+len(marks)]
	cells := b.Cells[from:]
	b.Rows = slices.Grow(b.Rows, rows)[:base+rows]
	refs := b.Rows[base:]
	for r := range refs {
		start := uint32(starts[r])
		cells[r*n] = schema.Span{Off: start, Len: marks[r*n] - start}
		refs[r] = schema.Ref{Row: c.rows + int64(r), Line: c.lines + int64(r), Offset: c.offset + int64(start)}
	}

	// note notes what was found out of a cell in a row.
	note := func(r int) {
		if c.doubt {
			doubt |= 1 << r
		}
		if c.mended {
			mended |= 1 << r
		}
		c.doubt, c.mended = false, false
	}
	c.doubt, c.mended = false, false
	for r, i := 0, 0; i < len(marks); i += 64 {
		for e := s.closer(first+i, len(marks)-i); e != 0; e &= e - 1 {
			at := i + lowest(e)
			for at >= (r+1)*n {
				r++
			}
			if cell := cells[at]; cell.Len > 0 {
				flags := hasDoubled * rowFlag(s.notes[(first+at)/64].doubled>>uint((first+at)%64)&1)
				cells[at] = l.edged(c, refs[r], raw, int(cell.Off), int(cell.Off+cell.Len), at-r*n, flags)
				note(r)
			}
		}
	}
	for _, t := range q.days {
		var room [runAtMost]uint8
		for _, r := range oddDays(b.Data, cells[t:], n, rows, &room) {
			cell := &cells[int(r)*n+t]
			if text := b.Data[cell.Off : cell.Off+cell.Len]; !isISODay(text) {
				*cell = l.watched(c, refs[r], raw, *cell, t)
			}
			c.doubt = true
			note(int(r))
		}
	}
	unmailed := uint64(0)
	for _, t := range q.mails {
		var shapes [runAtMost]schema.MailShape
		if schema.QuickMail() {
			schema.MailShapes(b.Data, cells[t:], n, shapes[:rows])
		}
		for r, shape := range shapes[:rows] {
			if shape == schema.MailPlain|schema.MailSmall {
				continue
			}
			cell := cells[r*n+t]
			if cell.Len == 0 {
				continue
			}
			if shape&schema.MailPlain == 0 {
				unmailed |= 1 << r
			}
			if !isPlainMail(b.Data[cell.Off : cell.Off+cell.Len]) {
				cells[r*n+t] = l.watched(c, refs[r], raw, cell, t)
				note(r)
			}
		}
	}
	for _, t := range q.watch {
		for r := range refs {
			cells[r*n+t] = l.watched(c, refs[r], raw, cells[r*n+t], t)
			note(r)
		}
	}
	for of := odd; of != 0; of &= of - 1 {
		r := lowest(of)
		for _, t := range q.texts {
			cells[r*n+t] = l.watched(c, refs[r], raw, cells[r*n+t], t)
			note(r)
		}
	}
	if len(b.Repairs) > repairs+1 {
		sortRepairs(b.Repairs[repairs:])
	}

	doubt |= odd
	b.Written = slices.Grow(b.Written, rows)[:base+rows]
	b.Plain = slices.Grow(b.Plain, rows)[:base+rows]
	written, plain := b.Written[base:], b.Plain[base:]
	for r := range refs {
		start := uint32(starts[r])
		written[r] = schema.Span{Off: start, Len: marks[r*n+n-1] - start}
		plain[r] = q.plain
	}
	for of := doubt; of != 0; of &= of - 1 {
		written[lowest(of)] = schema.Span{}
	}
	for of := unmailed; of != 0; of &= of - 1 {
		plain[lowest(of)] &^= schema.PlainMails
	}
	for of := mended; of != 0; of &= of - 1 {
		plain[lowest(of)] = 0
	}
	s.start, c.end = starts[rows], starts[rows]
	c.rows += int64(rows)
	c.lines += int64(rows)
	return rows
}

// oddDaysInTurn gives the rows whose date, in the first cell and each n behind the one before, is neither blank, nor a day as 2026-12-31, nor
// that with a T, anything, and a Z behind.
func oddDaysInTurn(data []byte, cells []schema.Span, n, rows int, found *[runAtMost]uint8) []uint8 {
	odd := found[:0]
	for r := range rows {
		cell := cells[r*n]
		if text := data[cell.Off : cell.Off+cell.Len]; len(text) > 0 && (!isISODay(text) || len(text) > 10 && text[len(text)-1] != 'Z') {
			odd = append(odd, uint8(r))
		}
	}
	return odd
}

// sortRepairs brings repairs into the order of rows, and in each of columns. Of a cell they stay in theirs.
func sortRepairs(of []schema.Repair) {
	slices.SortStableFunc(of, func(x, y schema.Repair) int {
		return cmp.Or(cmp.Compare(x.Origin.Row, y.Origin.Row), cmp.Compare(len(x.Origin.Column), len(y.Origin.Column)), cmp.Compare(x.Origin.Column, y.Origin.Column))
	})
}
