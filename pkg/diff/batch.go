package diff

import (
	"cmp"
	"context"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A batch is bounded by its rows and by their bytes: it is what is held of the two lists beside the index.
const (
	batchRows  = 1 << 14
	batchBytes = 8 << 20
)

// batch is a run of desired rows that differ, read again, on their way to becoming changes. Their records of the current side
// are read in the order in which they stand there, however the two lists are sorted.
type batch struct {
	block    schema.Block
	items    []item
	findings [][]schema.Finding // one per row
	rows     []int              // those that have a record, by its place
	places   []int              // of the records, ascending
	first    []int              // where in rows those of each place begin
	changes  []Change
	same     []bool
}

func (b *batch) full() bool { return len(b.items) >= batchRows || len(b.block.Data) >= batchBytes }

func (b *batch) reset(width int) {
	b.block = schema.Block{Data: b.block.Data[:0], Cells: b.block.Cells[:0], Width: width, Rows: b.block.Rows[:0]}
	b.items, b.findings = b.items[:0], b.findings[:0]
	b.rows, b.places, b.first = b.rows[:0], b.places[:0], b.first[:0]
}

// add copies a row of a block that is about to die.
func (b *batch) add(from *schema.Block, row int, it item, findings []schema.Finding) {
	for col := range from.Width {
		cell := from.Cell(row, col)
		b.block.Cells = append(b.block.Cells, schema.Span{Off: uint32(len(b.block.Data)), Len: uint32(len(cell))})
		b.block.Data = append(b.block.Data, cell...)
	}
	b.block.Rows = append(b.block.Rows, from.Rows[row])
	b.items = append(b.items, it)
	b.findings = append(b.findings, findings)
}

// emitDesired reads the rows that differ again and says how.
func (c *comparison) emitDesired(ctx context.Context) error {
	var b batch
	b.reset(len(c.desiredColumns))
	next := 0
	var emitErr error
	err := c.again(ctx, c.items.len(), c.itemRefs.at, c.readings == nil, func(block *schema.Block) error {
		findings := block.Findings
		for i, ref := range block.Rows {
			it := *c.items.at(next)
			n := 0
			for n < len(findings) && findings[n].Origin.Row <= ref.Row {
				n++
			}
			if c.readings != nil {
				b.add(block, i, it, c.readings[it.row])
			} else {
				b.add(block, i, it, slices.Clone(findings[:n]))
			}
			findings = findings[n:]
			next++
			if b.full() {
				if emitErr = c.flush(ctx, &b); emitErr != nil {
					return emitErr
				}
			}
		}
		return nil
	})
	switch {
	case emitErr != nil:
		return emitErr
	case err != nil:
		return err
	}
	if err := c.flush(ctx, &b); err != nil {
		return err
	}
	for i := range c.loose {
		c.summary.NoKey++
		if err := c.send(&Change{Kind: Blocked, Findings: c.loose[i : i+1]}); err != nil {
			return err
		}
	}
	return nil
}

// flush turns the batch into changes, hands them out, and empties it.
func (c *comparison) flush(ctx context.Context, b *batch) error {
	n := len(b.items)
	b.changes, b.same = resize(b.changes, n), resize(b.same, n)
	parallel(c.workers, n, func(_, from, to int) {
		for i := from; i < to; i++ {
			if b.items[i].state.stands(noted) {
				c.check(&b.block, i, i+1, func(row int, f schema.Finding) { b.findings[row] = append(b.findings[row], f) })
			}
			if !b.items[i].recorded() {
				b.same[i] = c.settle(&b.changes[i], b, i, nil)
			}
		}
	})
	b.sort()
	err := c.recall(ctx, b.places, func(from int, run []given) error {
		for i := range run {
			for _, row := range b.sharing(from + i) {
				b.same[row] = c.settle(&b.changes[row], b, row, &run[i])
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i := range b.changes {
		if b.same[i] {
			c.summary.Same++
			continue
		}
		if err := c.send(&b.changes[i]); err != nil {
			return err
		}
	}
	b.reset(b.block.Width)
	return nil
}

// recorded tells whether the row's key is that of one current record.
func (it item) recorded() bool { return it.place != 0 && !it.state.stands(ambiguous) }

// sort puts the rows that have a record into the order in which the records stand.
func (b *batch) sort() {
	for i, it := range b.items {
		if it.recorded() {
			b.rows = append(b.rows, i)
		}
	}
	slices.SortFunc(b.rows, func(i, j int) int { return cmp.Compare(b.items[i].place, b.items[j].place) })
	for n, i := range b.rows {
		place := int(b.items[i].place - 1)
		if len(b.places) == 0 || b.places[len(b.places)-1] != place {
			b.places = append(b.places, place)
			b.first = append(b.first, n)
		}
	}
}

// sharing returns the rows of the batch whose record is the nth of places: one, but for repeated keys.
func (b *batch) sharing(n int) []int {
	if n+1 < len(b.first) {
		return b.rows[b.first[n]:b.first[n+1]]
	}
	return b.rows[b.first[n]:]
}

// send counts a change and hands it out.
func (c *comparison) send(change *Change) error {
	switch change.Kind {
	case Create:
		c.summary.Created++
	case Update:
		c.summary.Updated++
		for _, f := range change.Fields {
			c.summary.Fields[f.Attribute]++
		}
	case Missing:
		c.summary.Missing++
	case Rename:
		c.summary.Renamed++
	case Blocked:
		c.summary.Blocked++
		if change.Desired == nil {
			c.summary.Held++
		}
	}
	return c.emit(*change)
}
