package schema

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
)

// A watch keeps a hash of one value of every row, to say at the end which rows may share it.
type watch struct {
	seed   maphash.Seed
	hashes []uint64 // 0 for a row without the value
}

func newWatch() *watch { return &watch{seed: maphash.MakeSeed()} }

func (w *watch) add(value []byte) {
	var h uint64
	if len(value) > 0 {
		h = maphash.Bytes(w.seed, value) | 1
	}
	w.hashes = append(w.hashes, h)
}

// suspects returns the ordinals of the rows whose hash another row has too.
func (w *watch) suspects() map[int64]bool {
	slots := 16
	for slots < 2*len(w.hashes) {
		slots *= 2
	}
	table := make([]uint32, slots) // ordinal + 1
	found := make(map[int64]bool)
	for i, h := range w.hashes {
		if h == 0 {
			continue
		}
		at := int(h>>1) & (slots - 1)
		for ; table[at] != 0; at = (at + 1) & (slots - 1) {
			if first := int64(table[at] - 1); w.hashes[first] == h {
				found[first], found[int64(i)] = true, true
				break
			}
		}
		if table[at] == 0 {
			table[at] = uint32(i + 1)
		}
	}
	return found
}

// mostRelated bounds how many other rows a finding names; its message has the whole number.
const mostRelated = 100

// A double is a set of rows whose account names are the same once folded.
type double struct {
	rows  []int64
	cells [][]byte // the distinct spellings, as they were read
}

// doubles are the verified sets, by the ordinals of their rows.
type doubles struct{ of map[int64]*double }

// findDoubles reads the table again and compares what is suspected byte by byte.
func findDoubles(ctx context.Context, t Table, c *Checker, suspects map[int64]bool) (*doubles, error) {
	d := &doubles{of: make(map[int64]*double)}
	if len(suspects) == 0 {
		return d, nil
	}
	sets := make(map[string]*double)
	ordinal := int64(0)
	err := t.Blocks(ctx, func(b *Block) error {
		for row := range b.Rows {
			if suspects[ordinal] {
				cell := b.Cell(row, c.key)
				folded := string(AppendFolded(nil, cell))
				set := sets[folded]
				if set == nil {
					set = &double{}
					sets[folded] = set
				}
				set.rows = append(set.rows, b.Rows[row].Row)
				known := false
				for _, other := range set.cells {
					known = known || bytes.Equal(other, cell)
				}
				if !known && len(set.cells) < 4 {
					set.cells = append(set.cells, bytes.Clone(cell))
				}
				d.of[ordinal] = set
			}
			ordinal++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the list again: %w", err)
	}
	return d, nil
}

// finding is what is said of a row that is one of several.
func (d *doubles) finding(c *Checker, b *Block, row int, ordinal int64) (Finding, bool) {
	set := d.of[ordinal]
	if set == nil || len(set.rows) < 2 {
		return Finding{}, false
	}
	name := c.columns[c.key].attribute.TechnicalName
	message := fmt.Sprintf("%s is the %s of %d rows", quote(b.Cell(row, c.key)), name, len(set.rows))
	if len(set.cells) > 1 {
		message = fmt.Sprintf("%s and %s are the same %s but for %s", quoteWhole(set.cells[0]), quoteWhole(set.cells[1]), name, differ(set.cells[0], set.cells[1]))
		if len(set.rows) > 2 {
			message += fmt.Sprintf(", and %d rows have it", len(set.rows))
		}
	}
	f := c.finding(CodeKeyDuplicate, b, row, c.key, message, "keep one row for each person: delete the others, or give them their own "+name)
	for _, r := range set.rows {
		if r != b.Rows[row].Row && len(f.Related) < mostRelated {
			f.Related = append(f.Related, r)
		}
	}
	return f, true
}

// quoteWhole is a cell with the space around it.
func quoteWhole(cell []byte) string {
	if len(trim(cell)) == len(cell) {
		return quote(cell)
	}
	return fmt.Sprintf("%q", cell)
}

// differ says in what two cells differ that are the same once folded.
func differ(a, b []byte) string {
	switch {
	case bytes.Equal(trim(a), trim(b)):
		return "spaces"
	case bytes.Equal(appendText(nil, a), appendText(nil, b)):
		return "the way that Unicode writes them"
	}
	return "upper and lower case"
}
