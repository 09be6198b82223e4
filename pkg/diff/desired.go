package diff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// state says what is known of a desired row before it is read again.
type state uint8

const (
	fails      state = 1 << iota // it has a finding that is an error
	noted                        // it has a finding
	unreadable                   // its key cannot be read
	repeated                     // its folded key stands in other rows too
	ambiguous                    // its folded key is that of several current records
)

// stands tells whether any of the given states is among s.
func (s state) stands(any state) bool { return s&any != 0 }

func stateOf(f schema.Finding) state {
	if isError(f) {
		return noted | fails
	}
	return noted
}

// item is a row of the desired list that is not the same as a current record, or not certainly so.
type item struct {
	row   uint32 // place in the desired list
	place uint32 // of the record with its folded key + 1; 0: there is none
	state state
}

// readDesired streams the desired list against the index and keeps the rows that are not the same. If rows were told by their
// bytes and the first ones show that the two sides spell the same in other ways, both are read anew and told by their cells.
func (c *comparison) readDesired(ctx context.Context) error {
	err := c.streamDesired(ctx)
	if !errors.Is(err, errSpeltOtherwise) {
		return err
	}
	c.written, c.index = false, index{}
	clear(c.answers.place)
	if err := c.readCurrent(ctx); err != nil {
		return err
	}
	return c.streamDesired(ctx)
}

var errSpeltOtherwise = errors.New("the sides spell the same in other ways")

func (c *comparison) streamDesired(ctx context.Context) error {
	err := schema.Prepared(ctx, c.desired, func(b *schema.Block, was any) any {
		h := hashedFor(b, was)
		c.markRead(b, h.rows)
		c.hashDesired(b, h)
		c.probe(h.rows)
		if c.o.Check != nil {
			c.o.Check.Mark(b, func(row int, bad bool) {
				h.rows[row].state |= noted
				if bad {
					h.rows[row].state |= fails
				}
			})
			if c.keySpoilt() {
				for i := range h.rows {
					h.rows[i].state |= unreadable
				}
			}
		}
		return h
	}, func(b *schema.Block, made any) error {
		if c.summary.Desired+int64(b.Len()) >= math.MaxUint32 {
			return errors.New("it has more than 4,294,967,294 rows, which is as many as can be compared")
		}
		rows := made.(*hashed).rows
		if c.written && c.summary.Desired == 0 {
			if err := c.compareSpelling(ctx, b, rows); err != nil {
				return err
			}
		}
		c.keepReadings(b)
		for i := range rows {
			if c.take(&rows[i], b.Rows[i]) {
				c.kept.add(b, i)
			}
		}
		c.grown()
		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("read the desired list: %w", err)
	}
	return nil
}

// compareSpelling looks at rows of the first block whose bytes are not those of their record, where that is most of them. It fails
// with errSpeltOtherwise if most of these mean the same.
func (c *comparison) compareSpelling(ctx context.Context, b *schema.Block, rows []seen) error {
	const fewest, looked = 64, 32
	found := 0
	var others []int
	for i := range rows {
		if r := &rows[i]; r.found {
			if found++; !r.equal {
				others = append(others, i)
			}
		}
	}
	if found < fewest || 2*len(others) < found {
		return nil
	}
	others = others[:min(len(others), looked)]
	slices.SortFunc(others, func(i, j int) int { return cmp.Compare(rows[i].place, rows[j].place) })
	others = slices.CompactFunc(others, func(i, j int) bool { return rows[i].place == rows[j].place })
	places := make([]int, len(others))
	for n, i := range others {
		places[n] = rows[i].place
	}
	var same atomic.Int64
	err := c.recall(ctx, c.workers, places, func(from int, run []given) error {
		for n := range run {
			if c.differs(b, others[from+n], &run[n]) == len(c.managed) {
				same.Add(1)
			}
		}
		return nil
	})
	if err == nil && 2*int(same.Load()) > len(others) {
		err = errSpeltOtherwise
	}
	return err
}

// probe looks the keys of rows up. It first touches the slots of all, with nothing that would have to be guessed, and the records of all
// after the search, so that the waits for memory overlap.
func (c *comparison) probe(rows []seen) {
	x := &c.index
	if len(c.answers.about) == 0 {
		for i := range rows {
			r := &rows[i]
			slots, at := x.slotsOf(r.key)
			r.place = slots[at].place()
		}
		for i := range rows {
			r := &rows[i]
			slots, at := x.slotsOf(r.key)
			for slots[at] != 0 && slots[at].tag() != tagOf(r.key) {
				at = x.next(at)
			}
			r.place = slots[at].place()
		}
		for i := range rows {
			r := &rows[i]
			switch {
			case r.keyless || r.place < 0:
			case x.entries.at(r.place).key == r.key.a:
				r.found = true
			default:
				r.place, r.found = x.find(r.key)
			}
		}
	}
	for i := range rows {
		if r := &rows[i]; r.found {
			r.equal = x.entries.at(r.place).content == r.content
		}
	}
}

// markRead notes in rows what reading the block showed.
func (c *comparison) markRead(b *schema.Block, rows []seen) {
	at := 0
	for _, f := range b.Findings {
		for at < b.Len() && b.Rows[at].Row < f.Origin.Row {
			at++
		}
		if at < b.Len() && b.Rows[at].Row == f.Origin.Row {
			rows[at].state |= stateOf(f)
			if c.spoilsKey(f) {
				rows[at].state |= unreadable
			}
		}
	}
}

// mostReadings bounds the findings of reading that are held. Where there are more, the list is read whole once more for
// them.
const mostReadings = 1 << 14

// keepReadings keeps what reading the rows of a block showed, before they are taken. An error about a row that the block does not
// have is kept in loose: that row's key cannot be read either.
func (c *comparison) keepReadings(b *schema.Block) {
	at := 0
	for _, f := range b.Findings {
		for at < b.Len() && b.Rows[at].Row < f.Origin.Row {
			at++
		}
		switch {
		case at == b.Len() || b.Rows[at].Row != f.Origin.Row:
			if f.Severity == schema.Error {
				c.loose = append(c.loose, f)
			}
		case len(c.readings) == mostReadings:
			c.readings = nil
		case c.readings != nil:
			row := uint32(c.summary.Desired) + uint32(at)
			c.readings[row] = append(c.readings[row], f)
		}
	}
}

// checked holds a row to the rules.
func (c *comparison) checked(b *schema.Block, row int) (found []schema.Finding) {
	if c.o.Check == nil {
		return nil
	}
	one := schema.Block{Data: b.Data, Cells: b.Cells[row*b.Width : (row+1)*b.Width], Width: b.Width, Rows: b.Rows[row : row+1]}
	c.o.Check.Check(&one, func(_ int, f schema.Finding) { found = append(found, f) })
	return found
}

// take decides what becomes of a row, in the order of the list, and tells whether it became an item.
func (c *comparison) take(r *seen, ref schema.Ref) bool {
	it := item{row: uint32(c.summary.Desired), state: r.state}
	c.summary.Desired++
	if r.found {
		it.place = uint32(r.place) + 1
		if len(c.index.twins) > 0 && c.index.twins[r.place] != nil {
			it.state |= ambiguous
		}
	}
	switch {
	case r.keyless:
		it.state |= unreadable
	case it.state.stands(unreadable):
		// Its key may be another's, so it is held to nothing, but nobody is missing whose key stands anywhere.
		if r.found && !it.state.stands(ambiguous) {
			c.index.claimed.set(r.place)
		}
	case !c.claim(r, it.state):
		c.repeated[c.shared(r.key, r.place, r.found)] = &repeat{}
	}
	if it.state.stands(unreadable) {
		c.summary.NoKey++
	}
	if r.equal && !r.unsure && !it.state.stands(fails|unreadable|ambiguous) {
		c.summary.Same++
		return false
	}
	c.items.add(it)
	c.itemRefs.Add(ref)
	return true
}

// claim notes that a key stands in the list, and tells whether it did not before.
func (c *comparison) claim(r *seen, s state) bool {
	if r.found && !s.stands(ambiguous) {
		before := c.index.claimed.has(r.place)
		c.index.claimed.set(r.place)
		return !before
	}
	_, before := c.fresh[r.key]
	c.fresh[r.key] = struct{}{}
	return !before
}
