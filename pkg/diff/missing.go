package diff

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// alone is a current record that no desired row is about.
type alone struct {
	key   string
	place int
	held  *schema.Finding // why it is blocked; nil for a missing one
}

// aloneRows is how many of them are read again at a time.
const aloneRows = 1 << 12

// emitCurrent hands out what is about current records alone: those that are missing or blocked, by key and
// then by place.
func (c *comparison) emitCurrent(ctx context.Context) error {
	var places []int
	for i := range c.index.entries.len() {
		if !c.index.claimed.has(i) {
			places = append(places, i)
		}
	}
	records := make([]alone, len(places))
	err := c.recall(ctx, places, func(from int, run []given) error {
		for i := range run {
			records[from+i] = alone{key: string(givenOf(run[i].cell(c.currentKey), c.recordKeys)), place: places[from+i]}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	c.hold(records)
	slices.SortFunc(records, func(a, b alone) int {
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

// emitAlone reads a run of records again and hands them out in the given order.
func (c *comparison) emitAlone(ctx context.Context, records []alone) error {
	order := make([]int, len(records))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(records[i].place, records[j].place) })
	places := make([]int, len(records))
	for n, i := range order {
		places[n] = records[i].place
	}
	changes := make([]Change, len(records))
	err := c.recall(ctx, places, func(from int, run []given) error {
		var copied schema.Block
		for n, g := range run {
			if g.block != nil {
				appendRow(&copied, g.block, g.row)
				g = given{block: &copied, row: n}
			}
			i := order[from+n]
			change := Change{Kind: Missing, Key: records[i].key, Current: g.record(c.currentNames)}
			if held := records[i].held; held != nil {
				change.Kind, change.Findings = Blocked, []schema.Finding{*held}
			}
			changes[i] = change
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i := range changes {
		if err := c.send(&changes[i]); err != nil {
			return err
		}
	}
	return nil
}
