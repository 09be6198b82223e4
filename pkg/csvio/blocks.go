package csvio

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A tally is what a whole pass over a list showed.
type tally struct {
	rows     int64
	repaired map[string]int64
	skipped  skips
}

// Blocks implements [schema.Table]. Repeated headers and rows without any text are no records: they are passed over, and notes
// in a last block without rows say which they were.
func (l *List) Blocks(ctx context.Context, f func(*schema.Block) error) error {
	return l.prepared(ctx, nil, func(c *chunk) error { return f(&c.block) })
}

// Prepared implements [schema.Preparer]: blocks are prepared where they are scanned, while their bytes are near the processor.
func (l *List) Prepared(ctx context.Context, prepare func(b *schema.Block, was any) any, f func(b *schema.Block, made any) error) error {
	return l.prepared(ctx, func(c *chunk) { c.made = prepare(&c.block, c.made) }, func(c *chunk) error { return f(&c.block, c.made) })
}

// Peek implements [schema.Peeker].
func (l *List) Peek(ctx context.Context, f func(*schema.Block) error) error {
	s := &span{in: l.in, layout: l.layout, from: l.firstByte, to: l.in.size, ends: true, size: min(l.chunk, peekSize), workers: 1}
	if l.foot.offset > 0 {
		s.to, s.ends = l.foot.offset, false
	}
	read := 0
	err := s.each(ctx, func(c *chunk) error {
		if c.block.Len() > 0 {
			if err := f(&c.block); err != nil {
				return err
			}
		}
		if read += c.end; read >= peekMost {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) || errors.Is(err, errTorn) {
		return nil
	}
	return err
}

// peekSize is how many bytes Peek reads at a time, and peekMost how many in all, unless it is told before that they are enough.
const (
	peekSize = 64 << 10
	peekMost = 1 << 20
)

// Spelling implements [schema.Spelt].
func (l *List) Spelling() string {
	y := l.layout
	if !y.quick.on || len(y.quick.fixed) > 0 || !y.trim { // without trimming, what clears a value is not seen by where it begins
		return ""
	}
	columns := make([]string, len(y.target))
	for i, t := range y.target {
		if t >= 0 {
			columns[i] = fmt.Sprintf("%s %v", y.columns[t].Name, y.columns[t].Dates)
		}
	}
	return fmt.Sprintf("%q %q %t %t %v %v %s", columns, y.grammar.delim, y.grammar.padded, y.trim, y.off, y.on, y.region)
}

func (l *List) prepared(ctx context.Context, prepare func(*chunk), f func(*chunk) error) error {
	t := tally{repaired: make(map[string]int64)}
	row, line := l.firstRow, l.firstLine
	err := l.chunks(ctx, l.layout, prepare, func(c *chunk) error {
		c.number(row, line)
		row += c.rows
		line += c.lines
		t.rows += int64(c.block.Len())
		for _, n := range c.repaired {
			t.repaired[n.rule] += n.cells
		}
		for _, run := range c.skipped {
			t.skipped.add(run)
		}
		if c.block.Len() == 0 {
			return nil
		}
		return f(c)
	})
	if err != nil {
		return err
	}
	notes := append(t.skipped.notes(l.in.name, l.in.sheet), l.foot.notes(l.in.name, l.in.sheet, row)...)
	if len(notes) > 0 {
		last := &chunk{block: schema.Block{Width: len(l.columns), Findings: notes}}
		if prepare != nil {
			prepare(last)
		}
		if err := f(last); err != nil {
			return err
		}
	}
	if err := l.in.finish(ctx); err != nil {
		return err
	}
	if err := l.in.unchanged(); err != nil {
		return err
	}
	l.tally = &t
	return nil
}

// chunks hands out the table in scanned chunks, in order. prepare, if there is any, is called of each where it is scanned.
func (l *List) chunks(ctx context.Context, layout *layout, prepare func(*chunk), f func(c *chunk) error) error {
	s := &span{in: l.in, layout: layout, prepare: prepare, from: l.firstByte, to: l.end(), ends: l.foot.offset == 0, size: l.chunk, workers: l.workers}
	err := s.each(ctx, f)
	if errors.Is(err, errTorn) {
		// What looked like a footer stands inside quotes.
		l.foot = footer{}
		s.from, s.to, s.ends = s.tornAt, l.in.size, true
		err = s.each(ctx, f)
	}
	return err
}

// end is where the table ends, as far as its footer is known.
func (l *List) end() int64 {
	if l.foot.offset > 0 {
		return l.foot.offset
	}
	return l.in.size
}

// Row implements [schema.Table]: the row at r once more, repaired as in its block.
func (l *List) Row(_ context.Context, r schema.Ref) (schema.Record, error) {
	buf, rec, fields, err := l.record(r)
	if err != nil {
		return schema.Record{}, err
	}
	c := &chunk{offset: r.Offset}
	c.block.Data = buf[rec.start:rec.end:rec.end]
	c.block.Width = len(l.columns)
	for i, v := range l.layout.constants {
		c.constants = append(c.constants, schema.Span{})
		if v != nil {
			c.constants[i] = c.keep(v)
		}
	}
	l.layout.row(c, buf[rec.start:rec.end], rec, fields)
	if c.block.Len() != 1 {
		return schema.Record{}, fmt.Errorf("%s: row %d is no record", l.in.name, r.Row)
	}
	out := schema.Record{Ref: r, Names: l.names, Values: make([]string, len(l.columns))}
	for i := range l.columns {
		out.Values[i] = string(c.block.Cell(0, i))
	}
	return out, nil
}

// Raw gives the cells of the row at r as they stand in the file, before any repair, all columns of it.
func (l *List) Raw(_ context.Context, r schema.Ref) ([]string, error) {
	buf, _, fields, err := l.record(r)
	if err != nil {
		return nil, err
	}
	cells := make([]string, len(fields))
	var text []byte
	for i, f := range fields {
		text = l.layout.grammar.text(text[:0], buf, f, i)
		plain := text
		if l.layout.grammar.grid {
			_, plain = cutMarks(text)
		}
		if l.layout.escaped && isEscaped(plain) {
			plain = plain[1:]
		}
		cells[i] = string(plain)
	}
	return cells, nil
}

// record reads the row at r of the file again.
func (l *List) record(r schema.Ref) ([]byte, record, []field, error) {
	if err := l.in.unchanged(); err != nil {
		return nil, record{}, nil, err
	}
	if r.Offset < l.firstByte || r.Offset >= l.in.size {
		return nil, record{}, nil, fmt.Errorf("row %d is not of %s", r.Row, l.in.name)
	}
	for size := 4 << 10; ; size *= 4 {
		buf := make([]byte, size)
		n, err := l.in.file.ReadAt(buf, r.Offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, record{}, nil, fmt.Errorf("read %s: %w", l.in.name, err)
		}
		rec, fields, ok := l.layout.grammar.next(buf[:n], 0, errors.Is(err, io.EOF), nil)
		if ok {
			return buf[:n], rec, fields, nil
		}
	}
}
