package diff_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// blocks is a table whose blocks were read before, and which reads many of its rows again at once.
type blocks struct {
	schema.Table
	blocks  []*schema.Block
	rereads int // rows that were read again
}

// load reads a table into blocks of at most the given number of rows.
func load(ctx context.Context, t schema.Table, rows int) (*blocks, error) {
	l := &blocks{Table: t}
	err := t.Blocks(ctx, func(b *schema.Block) error {
		for from := 0; from < b.Len(); from += rows {
			to := min(from+rows, b.Len())
			part := &schema.Block{Width: b.Width, Rows: slices.Clone(b.Rows[from:to])}
			for i := from; i < to; i++ {
				appendRow(part, b, i)
			}
			for _, f := range b.Findings {
				if i := slices.IndexFunc(part.Rows, func(r schema.Ref) bool { return r.Row == f.Origin.Row }); i >= 0 {
					part.Findings = append(part.Findings, f)
				}
			}
			l.blocks = append(l.blocks, part)
		}
		return nil
	})
	return l, err
}

// appendRow lays the cells of a row out as a repaired and quoted file may: not in the order of the columns, and with other bytes
// between them.
func appendRow(to, from *schema.Block, row int) {
	at := len(to.Cells)
	to.Cells = append(to.Cells, make([]schema.Span, from.Width)...)
	for i := range from.Width {
		col := from.Width - 1 - i
		cell := from.Cell(row, col)
		to.Data = append(to.Data, '"')
		to.Cells[at+col] = schema.Span{Off: uint32(len(to.Data)), Len: uint32(len(cell))}
		to.Data = append(to.Data, cell...)
	}
}

func (l *blocks) Blocks(ctx context.Context, f func(*schema.Block) error) error {
	for _, b := range l.blocks {
		if err := errors.Join(ctx.Err(), f(b)); err != nil {
			return err
		}
	}
	return nil
}

// Reread implements schema.Rereader. It insists on what that says of the order of refs.
func (l *blocks) Reread(ctx context.Context, refs []schema.Ref, f func(*schema.Block) error) error {
	if !slices.IsSortedFunc(refs, func(a, b schema.Ref) int { return cmp.Compare(a.Row, b.Row) }) {
		return errors.New("refs are not in the order of the table")
	}
	out := &schema.Block{}
	flush := func() error {
		if out.Len() == 0 {
			return nil
		}
		err := f(out)
		clear(out.Data) // the bytes of a block die with the callback
		*out = schema.Block{}
		return errors.Join(ctx.Err(), err)
	}
	for n, ref := range refs {
		if n > 0 && refs[n-1] == ref {
			return fmt.Errorf("row %d is asked for twice", ref.Row)
		}
		at, found := slices.BinarySearchFunc(l.blocks, ref.Row, func(b *schema.Block, row int64) int {
			return cmp.Compare(b.Rows[b.Len()-1].Row, row)
		})
		if !found && at == len(l.blocks) {
			return fmt.Errorf("row %d is not of this table", ref.Row)
		}
		b := l.blocks[at]
		i := slices.Index(b.Rows, ref)
		if len(b.Rows) > 64 {
			i, found = slices.BinarySearchFunc(b.Rows, ref.Row, func(r schema.Ref, row int64) int { return cmp.Compare(r.Row, row) })
			if !found {
				i = -1
			}
		}
		if i < 0 {
			return fmt.Errorf("row %d is not of this table", ref.Row)
		}
		out.Width = b.Width
		out.Rows = append(out.Rows, ref)
		appendRow(out, b, i)
		for _, finding := range b.Findings {
			if finding.Origin.Row == ref.Row {
				out.Findings = append(out.Findings, finding)
			}
		}
		l.rereads++
		if out.Len() == 1000 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
