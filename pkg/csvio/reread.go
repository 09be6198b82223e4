package csvio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// What Reread takes together: rows that begin within nearby of each other are read in one go, at most windowSize at once.
const (
	nearby     = 3 << 10
	windowSize = 256 << 10
)

// Reread hands out the rows at refs once more, which are in the order of the file, repaired as in their blocks. Findings and
// repairs are not listed again. It is safe for use by several goroutines.
func (l *List) Reread(ctx context.Context, refs []schema.Ref, f func(*schema.Block) error) error {
	if err := l.in.unchanged(); err != nil {
		return err
	}
	c := spareChunk()
	defer spare.Put(c)
	for len(refs) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.reset(len(l.columns))
		for i, v := range l.layout.constants {
			c.constants = append(c.constants[:i], schema.Span{})
			if v != nil {
				c.constants[i] = c.keep(v)
			}
		}
		for len(refs) > 0 && len(c.block.Data) < windowSize {
			n, err := l.reread(c, refs)
			if err != nil {
				return err
			}
			refs = refs[n:]
		}
		c.block.Findings, c.block.Repairs = nil, nil
		if err := f(&c.block); err != nil {
			return err
		}
	}
	return l.in.unchanged()
}

// reread takes the rows at the first refs that are near each other into the chunk, and returns how many they were.
func (l *List) reread(c *chunk, refs []schema.Ref) (int, error) {
	first, near := refs[0].Offset, 1
	for near < len(refs) && refs[near].Offset-refs[near-1].Offset < nearby && refs[near].Offset-first < windowSize {
		near++
	}
	if first < l.firstByte || refs[near-1].Offset >= l.in.size {
		return 0, fmt.Errorf("row %d is not of %s", refs[0].Row, l.in.name)
	}
	base := len(c.block.Data)
	for tail := int64(1 << 9); ; tail *= 4 {
		size := int(min(refs[near-1].Offset+tail, l.in.size) - first)
		c.block.Data = slices.Grow(c.block.Data[:base], size)[:base+size]
		if _, err := l.in.file.ReadAt(c.block.Data[base:], first); err != nil && !errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("read %s: %w", l.in.name, err)
		}
		raw := c.block.Data
		final := first+int64(size) == l.in.size
		c.offset = first - int64(base)
		for i, ref := range refs[:near] {
			rows := c.block.Len()
			ok := l.layout.single(c, raw, base+int(ref.Offset-first), final)
			if !ok && i > 0 {
				return i, nil
			}
			if !ok && final {
				return 0, fmt.Errorf("%s: row %d cannot be read again", l.in.name, ref.Row)
			}
			if !ok {
				break
			}
			if c.block.Len() != rows+1 {
				return 0, fmt.Errorf("%s: row %d is no record", l.in.name, ref.Row)
			}
			c.block.Rows[rows] = ref
			if i == near-1 {
				return near, nil
			}
		}
	}
}
