package diff

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// alone is a current record that no desired row is about.
type alone struct {
	key    string
	begins uint64 // the first bytes of the key, as a number that sorts as they do
	place  int
	held   *schema.Finding // why it is blocked; nil for a missing one
	copy   *given          // the record; nil where it has to be read again
}

func (c *comparison) alone(place int, g *given) alone {
	a := alone{key: string(givenOf(g.cell(c.currentKey), c.recordKeys)), place: place}
	var begins [8]byte
	copy(begins[:], a.key)
	a.begins = binary.BigEndian.Uint64(begins[:])
	return a
}

// seenAlone is a record whose key no row has, as it was read already.
type seenAlone struct {
	place  int
	record given
}

// aloneRows is how many of them are held at a time. If there are more, all are read for their keys first.
const aloneRows = 1 << 13

// forget lets go what only finds records by their keys, before the rest needs the room.
func (c *comparison) forget(context.Context) error {
	bytes := c.index.entries.bytes() + 8*len(c.index.slots)
	c.index.forget()
	if c.o.Stays != nil {
		c.o.Stays(-bytes)
	}
	return nil
}

// emitCurrent hands out what is about current records alone: those that are missing or blocked, by key and
// then by place.
func (c *comparison) emitCurrent(ctx context.Context) error {
	places := c.index.claimed.others(int(c.summary.Current))
	records := make([]alone, len(places))
	var unread, at []int // places that have to be read, and where in records they are
	seen := c.seenAlone
	for i, place := range places {
		for len(seen) > 0 && seen[0].place < place {
			seen = seen[1:]
		}
		if len(seen) > 0 && seen[0].place == place {
			records[i] = c.alone(place, &seen[0].record)
			records[i].copy = &seen[0].record
			continue
		}
		unread, at = append(unread, place), append(at, i)
	}
	few := len(places) <= 2*aloneRows
	err := c.recall(ctx, c.workers, unread, func(from int, run []given) error {
		var copies schema.Block
		for i := range run {
			r := &records[at[from+i]]
			*r = c.alone(unread[from+i], &run[i])
			if few {
				r.copy = run[i].in(&copies)
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	c.seenAlone = nil
	c.hold(records)
	slices.SortFunc(records, func(a, b alone) int {
		if a.begins != b.begins {
			return cmp.Compare(a.begins, b.begins)
		}
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.place, b.place))
	})
	for from := 0; from < len(records); from += aloneRows {
		if err := c.emitAlone(ctx, records[from:min(from+aloneRows, len(records))]); err != nil {
			return err
		}
	}
	return nil
}

// hold blocks the records whose key is blank or shared, and those that may be any of several rows'.
func (c *comparison) hold(records []alone) {
	at := make(map[int]int) // where in records those stand that share a key or have none
	for i := range records {
		if c.index.held[records[i].place] {
			at[records[i].place] = i
		}
		if f, ok := c.suspected[records[i].place]; ok {
			records[i].held = &f
		}
	}
	c.holdPresent(records)
	c.holdSpoilt(records)
	for _, place := range c.index.keyless {
		records[at[place]].held = &schema.Finding{
			Code: CodeCurrentKeyBlank, Severity: schema.Error, Attribute: c.o.key(),
			Message: fmt.Sprintf("current record %d has no %s, so no row of the list can be about it", place+1, c.o.key()),
			Hint:    "look at it by hand",
		}
	}
	for first, rest := range c.index.twins {
		group := append([]int{first}, rest...)
		var spelt []string
		for _, place := range group[:min(len(group), mostRelated)] {
			spelt = append(spelt, quoted([]byte(records[at[place]].key)))
		}
		for _, place := range group {
			records[at[place]].held = &schema.Finding{
				Code: CodeCurrentDuplicate, Severity: schema.Error, Attribute: c.o.key(), Value: records[at[place]].key,
				Message: fmt.Sprintf("%d current records are one %s: %s", len(group), c.o.key(), strings.Join(spelt, ", ")),
				Hint:    "delete or rename all but one of them by hand, then compare again",
			}
		}
	}
}

// keySpoilt tells whether no row's key can be relied on.
func (c *comparison) keySpoilt() bool { return c.o.Check != nil && c.o.Check.KeySpoilt() }

// holdSpoilt blocks the records where no row's key can be relied on: then nobody is known to be missing.
func (c *comparison) holdSpoilt(records []alone) {
	if !c.keySpoilt() {
		return
	}
	for i := range records {
		if records[i].held == nil {
			records[i].held = &schema.Finding{
				Code: schema.CodeColumnSwapped, Severity: schema.Error, Attribute: c.o.key(), Value: records[i].key,
				Message: fmt.Sprintf("whether the list has it is not known: its column %s holds something else", c.o.key()),
				Hint:    "mend the columns, then compare again",
			}
		}
	}
}

// holdPresent blocks the records whose key stands in the list outside of its rows: what such a line means is not known, but
// it is no sign that somebody has left.
func (c *comparison) holdPresent(records []alone) {
	if len(c.o.Present) == 0 {
		return
	}
	present := make(map[string]bool, len(c.o.Present))
	for _, key := range c.o.Present {
		present[string(schema.AppendFolded(nil, []byte(key)))] = true
	}
	for i := range records {
		if records[i].held == nil && present[string(schema.AppendFolded(nil, []byte(records[i].key)))] {
			records[i].held = &schema.Finding{
				Code: CodeKeyOutside, Severity: schema.Error, Attribute: c.o.key(), Value: records[i].key,
				Message: fmt.Sprintf("%s stands in a line of the list that was not read as a row", quoted([]byte(records[i].key))),
				Hint:    "if it is a row, take away what parts it from the table; if it has left, take the line out of the list",
			}
		}
	}
}

// emitAlone hands out a run of records in the given order, read again if they have to be.
func (c *comparison) emitAlone(ctx context.Context, records []alone) error {
	if slices.ContainsFunc(records, func(r alone) bool { return r.copy == nil }) {
		if err := c.readAlone(ctx, records); err != nil {
			return err
		}
	}
	const atOnce = 1 << 9
	var changes [atOnce]Change
	for ; len(records) > 0; records = records[min(atOnce, len(records)):] {
		run := records[:min(atOnce, len(records))]
		parallel(c.workers, len(run), func(_, from, to int) {
			for i := from; i < to; i++ {
				r := &run[i]
				changes[i] = Change{Kind: Missing, Key: r.key, Current: r.copy.record(c.currentNames)}
				if r.held != nil {
					changes[i].Kind, changes[i].Findings = Blocked, []schema.Finding{*r.held}
				}
				r.copy = nil
			}
		})
		for i := range run {
			if err := c.send(&changes[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readAlone reads a run of records again, in the order in which they stand.
func (c *comparison) readAlone(ctx context.Context, records []alone) error {
	order := make([]int, len(records))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(records[i].place, records[j].place) })
	places := make([]int, len(records))
	for n, i := range order {
		places[n] = records[i].place
	}
	return c.recall(ctx, c.workers, places, func(from int, run []given) error {
		var copies schema.Block
		for n := range run {
			records[order[from+n]].copy = run[n].in(&copies)
		}
		return ctx.Err()
	})
}
