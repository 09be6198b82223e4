package diff

import (
	"context"
	"fmt"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// repeat is a folded key that stands in more than one desired row.
type repeat struct{ rows []repeatRow }

type repeatRow struct {
	row int64  // as a spreadsheet program counts
	key string // as it is sent
}

// gatherRepeated finds all the rows of the keys that stand in more than one, and makes them items. The first of such rows
// was taken for an only one when it was read, and is not remembered if it was the same; lists without duplicates, which is
// most of them, are spared this pass.
func (c *comparison) gatherRepeated(ctx context.Context) error {
	if len(c.repeated) == 0 {
		return nil
	}
	g := gatherer{comparison: c, of: make(map[uint32]*repeat)}
	err := c.desired.Blocks(ctx, func(b *schema.Block) error {
		g.rows = resize(g.rows, b.Len())
		c.markRead(b, g.rows)
		for i := range g.rows {
			g.take(b, i)
		}
		return ctx.Err()
	})
	if err == nil && (int64(g.row) != c.summary.Desired || g.next != c.items.len()) {
		err = schema.ErrChanged
	}
	if err != nil {
		return fmt.Errorf("read the desired list again for its duplicate keys: %w", err)
	}
	for i := range g.items.len() {
		it := g.items.at(i)
		// A key that stands elsewhere only in rows whose keys cannot be relied on is no duplicate.
		if r := g.of[it.row]; r != nil && len(r.rows) == 1 {
			it.state &^= repeated
		}
	}
	c.items, c.itemRefs, c.repeats = g.items, g.refs, g.of
	c.kept.drop() // the items are numbered anew
	return nil
}

// gatherer makes the items anew, with those of repeated keys among them.
type gatherer struct {
	*comparison
	items   list[item]
	refs    schema.Refs
	of      map[uint32]*repeat // by place in the desired list
	rows    []seen
	row     uint32 // place of the row in the desired list
	next    int    // first of the old items that has not been met
	scratch scratch
}

func (g *gatherer) take(b *schema.Block, i int) {
	it := item{row: g.row}
	g.row++
	known := g.next < g.comparison.items.len() && g.comparison.items.at(g.next).row == it.row
	if known {
		it = *g.comparison.items.at(g.next)
		g.next++
	}
	if !g.rows[i].state.stands(unreadable) {
		s := &g.scratch
		s.key = sentOf(b.Cell(i, g.desiredKey))
		s.folded = schema.AppendFolded(s.folded[:0], s.key)
		key := g.hasher.sum(s.folded)
		place, found := g.answered(key, s.key)
		if r := g.repeated[g.shared(key, place, found)]; r != nil {
			r.rows = append(r.rows, repeatRow{row: b.Rows[i].Row, key: string(s.key)})
			g.of[it.row] = r
			it.state |= repeated
			if !known {
				known = true
				g.summary.Same--
				if found {
					it.place = uint32(place) + 1
				}
			}
		}
	}
	if known {
		g.items.add(it)
		g.refs.Add(b.Rows[i])
	}
}
