package diff

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"golang.org/x/sync/errgroup"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// errEnough ends a reading of blocks whose rest is of no interest.
var errEnough = errors.New("enough")

// again hands out the rows of n items once more, given by their numbers, ascending, in blocks with nothing but these rows: those
// that were kept, and the rest out of the desired list. Only blocks that are read whole have the findings of reading.
func (c *comparison) again(ctx context.Context, n int, items func(int) int, whole bool, f func(*schema.Block) error) error {
	if whole {
		c.kept.drop()
	}
	inMemory := sort.Search(n, func(i int) bool { return items(i) >= c.kept.rows })
	if err := c.kept.each(len(c.desiredColumns), inMemory, items, c.itemRefs.At, f); err != nil {
		return err
	}
	if n -= inMemory; n == 0 {
		return nil
	}
	at := func(i int) schema.Ref { return c.itemRefs.At(items(inMemory + i)) }
	// Reading all of a table is one run through it; jumping pays while few rows are wanted, the more so the less a jump costs.
	done, total := 0, int(c.summary.Desired)
	var err error
	r, rereads := c.desired.(schema.Rereader)
	switch {
	case whole:
		done, err = pick(ctx, c.desired, n, at, f)
	case rereads && n < total/4:
		done, err = schema.Reread(ctx, r, n, at, f)
	case !rereads && n < total/16:
		done, err = c.step(ctx, n, at, f)
	default:
		done, err = pick(ctx, c.desired, n, at, f)
	}
	if err == nil && done != n {
		err = schema.ErrChanged
	}
	if err != nil {
		return fmt.Errorf("read the desired list again: %w", err)
	}
	return nil
}

// each is what again is given for all items.
func each(i int) int { return i }

// step reads rows of the desired list one by one.
func (c *comparison) step(ctx context.Context, n int, at func(int) schema.Ref, f func(*schema.Block) error) (int, error) {
	records := make([]schema.Record, min(n, 1<<10))
	failed := make([]error, c.workers)
	b := schema.Block{Width: len(c.desiredColumns)}
	for from := 0; from < n; from += len(records) {
		records = records[:min(len(records), n-from)]
		parallel(c.workers, len(records), func(worker, first, last int) {
			for i := first; i < last && failed[worker] == nil; i++ {
				records[i], failed[worker] = rowOf(ctx, c.desired, at(from+i), b.Width)
			}
		})
		if err := errors.Join(failed...); err != nil {
			return from, err
		}
		b.Data, b.Cells, b.Rows = b.Data[:0], b.Cells[:0], b.Rows[:0]
		for i := range records {
			b.Rows = append(b.Rows, at(from+i))
			for _, v := range records[i].Values {
				b.Cells = append(b.Cells, schema.Span{Off: uint32(len(b.Data)), Len: uint32(len(v))})
				b.Data = append(b.Data, v...)
			}
		}
		if err := f(&b); err != nil {
			return from, err
		}
	}
	return n, nil
}

// rowOf reads one row of a table again.
func rowOf(ctx context.Context, t schema.Table, ref schema.Ref, width int) (schema.Record, error) {
	r, err := t.Row(ctx, ref)
	if err == nil && len(r.Values) != width {
		err = fmt.Errorf("row %d has %d values, want one for each of the %d columns", ref.Row, len(r.Values), width)
	}
	return r, err
}

func pick(ctx context.Context, t schema.Table, n int, at func(int) schema.Ref, f func(*schema.Block) error) (int, error) {
	done := 0
	want := at(0)
	var picked schema.Block
	err := t.Blocks(ctx, func(b *schema.Block) error {
		picked = schema.Block{Data: b.Data, Cells: picked.Cells[:0], Width: b.Width, Rows: picked.Rows[:0]}
		findings := b.Findings
		for i, ref := range b.Rows {
			if ref != want {
				continue
			}
			picked.Cells = append(picked.Cells, b.Cells[i*b.Width:(i+1)*b.Width]...)
			picked.Rows = append(picked.Rows, ref)
			for len(findings) > 0 && findings[0].Origin.Row <= ref.Row {
				if findings[0].Origin.Row == ref.Row {
					picked.Findings = append(picked.Findings, findings[0])
				}
				findings = findings[1:]
			}
			if done++; done == n {
				break
			}
			want = at(done)
		}
		if picked.Len() > 0 {
			if err := f(&picked); err != nil {
				return err
			}
		}
		if done == n {
			return errEnough
		}
		return ctx.Err()
	})
	if errors.Is(err, errEnough) && done == n {
		err = nil
	}
	return done, err
}

// given is a record of the current side that was read again.
type given struct {
	block *schema.Block
	row   int
	whole *schema.Record // nil where the record is that row of the block
}

// in copies the record, into a block if it stands in one that is about to die.
func (g given) in(copies *schema.Block) *given {
	if g.block == nil {
		return &g
	}
	appendRow(copies, g.block, g.row)
	return &given{block: copies, row: copies.Len() - 1}
}

// cell returns the bytes of one column; they die with the callback that got the record.
func (g *given) cell(column int) []byte {
	if g.whole != nil {
		return []byte(g.whole.Values[column])
	}
	return g.block.Cell(g.row, column)
}

// record returns the record as its table gives it; a block must be one that appendRow filled.
func (g *given) record(names []string) *schema.Record {
	return g.into(&schema.Record{}, names, make([]string, len(names)))
}

// into is record, made in r with room for its values, where the record has to be made at all.
func (g *given) into(r *schema.Record, names, values []string) *schema.Record {
	if g.whole != nil {
		return g.whole
	}
	own(r, g.block, g.row, names, values)
	return r
}

// own makes a record of a row that appendRow copied, with strings of its own that share one piece of memory.
func own(r *schema.Record, b *schema.Block, row int, names, values []string) {
	cells := b.Cells[row*b.Width : (row+1)*b.Width]
	*r = schema.Record{Ref: b.Rows[row], Names: names, Values: values}
	if len(cells) == 0 {
		return
	}
	from, last := cells[0].Off, cells[len(cells)-1]
	text := string(b.Data[from : last.Off+last.Len])
	for i, span := range cells {
		values[i] = text[span.Off-from : span.Off-from+span.Len]
	}
}

// recall reads records of the current side again, given their places in ascending order, and hands them out in runs; from
// is the number of the first of a run among places. f is called by up to so many goroutines at once as there are workers, with different runs.
func (c *comparison) recall(ctx context.Context, workers int, places []int, f func(from int, run []given) error) error {
	var err error
	r, rereads := c.current.(schema.Rereader)
	switch {
	case len(places) == 0:
	case rereads && len(places) < int(c.summary.Current)/4:
		err = inParts(ctx, workers, len(places), func(ctx context.Context, first, last int) error {
			var run []given
			next := first
			_, err := schema.Reread(ctx, r, last-first, func(i int) schema.Ref { return c.index.refs.At(places[first+i]) }, func(b *schema.Block) error {
				run = givenBy(run[:0], b)
				next += len(run)
				return f(next-len(run), run)
			})
			return err
		})
	case rereads:
		err = c.recallPicked(ctx, workers, places, f)
	default:
		err = inParts(ctx, workers, len(places), func(ctx context.Context, first, last int) error {
			return c.recallWhole(ctx, places[first:last], first, f)
		})
	}
	if err != nil {
		return fmt.Errorf("read the current side again: %w", err)
	}
	return nil
}

// inParts shares 0 … n-1 out among goroutines.
func inParts(ctx context.Context, workers, n int, f func(ctx context.Context, first, last int) error) error {
	parts := max(1, min(workers, n/fewest))
	g, ctx := errgroup.WithContext(ctx)
	for p := range parts {
		g.Go(func() error { return f(ctx, n*p/parts, n*(p+1)/parts) })
	}
	return g.Wait()
}

// recallPicked reads the current side whole for a good part of its records.
func (c *comparison) recallPicked(ctx context.Context, workers int, places []int, f func(from int, run []given) error) error {
	var run []given
	failed := make([]error, workers)
	done := 0
	c.readingWhole.Lock() // as a whole a table is read by one reader at a time
	defer c.readingWhole.Unlock()
	_, err := pick(ctx, c.current, len(places), func(i int) schema.Ref { return c.index.refs.At(places[i]) }, func(b *schema.Block) error {
		run = givenBy(run[:0], b)
		parallel(workers, len(run), func(worker, first, last int) { failed[worker] = f(done+first, run[first:last]) })
		done += len(run)
		return errors.Join(failed...)
	})
	if err == nil && done < len(places) {
		err = schema.ErrChanged
	}
	return err
}

func givenBy(run []given, b *schema.Block) []given {
	for i := range b.Rows {
		run = append(run, given{block: b, row: i})
	}
	return run
}

// recallWhole reads records one by one: those of a tenant are at hand, and only Row gives their ids and times.
func (c *comparison) recallWhole(ctx context.Context, places []int, from int, f func(from int, run []given) error) error {
	run := make([]given, 0, min(len(places), 1<<8))
	for ; len(places) > 0; places = places[len(run):] {
		run = run[:0]
		for _, place := range places[:min(cap(run), len(places))] {
			r, err := rowOf(ctx, c.current, c.index.refs.At(place), len(c.currentColumns))
			if err != nil {
				return err
			}
			run = append(run, given{whole: &r})
		}
		if err := f(from, run); err != nil {
			return err
		}
		from += len(run)
	}
	return nil
}
