package diff

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A batch is bounded by its rows and by their bytes: it is what is held of the two lists beside the index, or instead of it, and of
// changes, whose strings are many times the size of the bytes they are made of. One that stays in the processor's cache until its
// changes are made is faster than one so large that its records stand near each other.
const (
	batchRows  = 1 << 9
	batchBytes = 1 << 20
)

// batch is a run of desired rows that differ, read again, on their way to becoming changes. Their records of the current side
// are read in the order in which they stand there, however the two lists are sorted.
type batch struct {
	settled []settled
	done    chan struct{} // receives when all rows are settled

	block    schema.Block
	number   int // of the first of its items
	items    []item
	findings [][]schema.Finding // one per row
	order    byPlace            // of the rows whose records are read for the batch alone
	records  schema.Block       // the records, copied, where they came in blocks
	given    []given            // the record of each row
	touched  byte               // what touching records came to: it says nothing, and keeps them from not being touched
	updates  []update           // that are not taken
}

func (b *batch) full() bool { return len(b.items) >= batchRows || len(b.block.Data) >= batchBytes }

func (b *batch) reset(number, width int) {
	b.number = number
	b.block = schema.Block{Data: b.block.Data[:0], Cells: b.block.Cells[:0], Width: width, Rows: b.block.Rows[:0]}
	b.items, b.findings = b.items[:0], b.findings[:0]
	b.records = schema.Block{Data: b.records.Data[:0], Cells: b.records.Cells[:0], Rows: b.records.Rows[:0]}
}

// appendRow copies a row of a block that is about to die.
func appendRow(to, from *schema.Block, row int) {
	to.Width = from.Width
	to.Rows = append(to.Rows, from.Rows[row])
	cells, base := from.Cells[row*from.Width:(row+1)*from.Width], uint32(len(to.Data))
	if text, ok := together(from.Data, cells); ok {
		to.Data = append(to.Data, text...)
		for _, s := range cells {
			to.Cells = append(to.Cells, schema.Span{Off: s.Off - cells[0].Off + base, Len: s.Len})
		}
		return
	}
	for _, s := range cells {
		to.Cells = append(to.Cells, schema.Span{Off: uint32(len(to.Data)), Len: s.Len})
		to.Data = append(to.Data, from.Data[s.Off:s.Off+s.Len]...)
	}
}

// add takes a row into the batch.
func (b *batch) add(from *schema.Block, row int, it item, findings []schema.Finding) {
	appendRow(&b.block, from, row)
	b.items = append(b.items, it)
	b.findings = append(b.findings, findings)
}

// emitDesired reads the rows that differ again and says how. Rows are gathered into batches in their order, batches are settled side by
// side, each by one worker, and what became of them is handed out in order again.
func (c *comparison) emitDesired(ctx context.Context) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	inFlight := c.workers + 2
	free := make(chan *batch, inFlight)
	for range inFlight {
		free <- &batch{done: make(chan struct{}, 1)}
	}
	toSettle, inOrder := make(chan *batch, inFlight), make(chan *batch, inFlight)
	g, running := errgroup.WithContext(working)
	g.Go(func() error {
		defer close(toSettle)
		defer close(inOrder)
		return c.readBatches(running, free, inFlight, func(b *batch) {
			toSettle <- b // have room for all of them
			inOrder <- b
		})
	})
	for range c.workers {
		g.Go(func() error {
			for b := range toSettle {
				if err := c.settleAll(running, b); err != nil {
					return err
				}
				b.done <- struct{}{}
			}
			return nil
		})
	}
	g.Go(func() error { return c.sendInOrder(running, inOrder, free) })
	if err := g.Wait(); err != nil {
		return err
	}
	c.stock = stock{}
	for i := range c.loose {
		c.summary.NoKey++
		if err := c.send(&Change{Kind: Blocked, Findings: c.loose[i : i+1]}); err != nil {
			return err
		}
	}
	return nil
}

// sendInOrder hands out the changes of batches once they are settled.
func (c *comparison) sendInOrder(ctx context.Context, batches <-chan *batch, free chan<- *batch) error {
	for b := range batches {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i := range b.settled {
			if b.settled[i].same {
				c.summary.Same++
			} else if err := c.send(&b.settled[i].change); err != nil {
				return err
			}
		}
		free <- b
	}
	return nil
}

// settleAll reads the records of a batch's rows and decides what became of these.
func (c *comparison) settleAll(ctx context.Context, b *batch) error {
	if err := c.complete(ctx, b); err != nil {
		return err
	}
	b.settled = resize(b.settled, len(b.items))
	for i := range b.settled {
		c.settle(b, i, &b.settled[i])
	}
	return nil
}

// readBatches fills batches with the rows that differ. all is how many batches there are.
func (c *comparison) readBatches(ctx context.Context, free chan *batch, all int, hand func(*batch)) error {
	var b *batch
	next := 0
	atOnce, stocking := c.stocking()
	restock := func() error {
		if b != nil {
			hand(b)
			b = nil
		}
		var idle []*batch // none may be at work with what the stock has
		for range all {
			select {
			case was := <-free:
				idle = append(idle, was)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		for _, was := range idle {
			free <- was
		}
		return c.stock.fill(ctx, c, next, atOnce)
	}
	err := c.again(ctx, c.items.len(), each, c.readings == nil, func(block *schema.Block) error {
		findings := block.Findings
		for i, ref := range block.Rows {
			if stocking && next == c.stock.to {
				if err := restock(); err != nil {
					return err
				}
			}
			if b == nil {
				select {
				case b = <-free:
					b.reset(next, len(c.desiredColumns))
				case <-ctx.Done():
					return ctx.Err()
				}
			}
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
				hand(b)
				b = nil
			}
		}
		return nil
	})
	if err == nil && b != nil {
		hand(b)
	}
	return err
}

// complete finds the records of a batch's rows: in the stock, and reads those that it does not have.
func (c *comparison) complete(ctx context.Context, b *batch) error {
	b.given = resize(b.given, len(b.items))
	b.touched = c.stock.touch(b.number, len(b.items))
	b.order.sort(len(b.items), func(i int) item {
		it := b.items[i]
		if it.recorded() && c.stock.has(b.number+i) {
			c.stock.copy(b.number+i, &b.records, len(c.currentColumns))
			b.given[i] = given{block: &b.records, row: b.records.Len() - 1}
			return item{}
		}
		return it
	})
	return c.recall(ctx, 1, b.order.places, func(from int, run []given) error {
		for i, g := range run {
			if g.block != nil {
				appendRow(&b.records, g.block, g.row)
				g = given{block: &b.records, row: b.records.Len() - 1}
			}
			for _, row := range b.order.sharing(from + i) {
				b.given[row] = g
			}
		}
		return ctx.Err()
	})
}

// settled is what became of a row of a batch.
type settled struct {
	change Change
	same   bool // no change after all
}

// recorded tells whether the row's key is that of one current record.
func (it item) recorded() bool { return it.place != 0 && !it.state.stands(ambiguous) }

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
