package diff

import (
	"context"
	"fmt"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// readCurrent indexes the current side.
func (c *comparison) readCurrent(ctx context.Context) error {
	err := schema.Prepared(ctx, c.current, func(b *schema.Block, was any) any {
		h := hashedFor(b, was)
		c.hashCurrent(b, h)
		return h
	}, func(b *schema.Block, made any) error {
		for _, f := range b.Findings {
			if c.spoilsKey(f) {
				return fmt.Errorf("row %d cannot be read (%s: %s), and a record that is not seen would be taken for one that is not there", f.Origin.Row, f.Code, f.Message)
			}
		}
		c.answers.look(c, b)
		rows := made.(*hashed).rows
		for i := range rows {
			if err := c.index.add(rows[i].key, rows[i].content, b.Rows[i], rows[i].keyless); err != nil {
				return err
			}
		}
		c.grown()
		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("read the current side: %w", err)
	}
	c.index.seal(c.workers)
	c.summary.Current = int64(c.index.entries.len())
	return nil
}

// spoilsKey tells whether a finding of reading means that the key of its row cannot be relied on: it is about the row as a
// whole, whose cells may then stand in the wrong columns, or about the key's own cell.
func (c *comparison) spoilsKey(f schema.Finding) bool {
	return f.Severity == schema.Error && (f.Attribute == "" || f.Attribute == c.o.key())
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}
