package diff

import (
	"encoding/binary"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// seen is what is known of a row after its cells were read once.
type seen struct {
	entry
	keyless bool // the key is blank
	unsure  bool // equal content does not settle that the row means the same
	found   bool // the current side has the folded key
	place   int  // where
	state   state
}

// scratch is what a worker needs to hash rows without allocating.
type scratch struct{ key, bytes []byte }

// hashCurrent reads a row of the current side.
func (c *comparison) hashCurrent(b *schema.Block, row int, s *scratch) seen {
	s.key = appendGiven(s.key[:0], b.Cell(row, c.currentKey), c.recordKeys)
	return c.hash(s, func(dst []byte, m *managed) []byte {
		return m.comparer.AppendCanonical(dst, b.Cell(row, m.current), false)
	})
}

// hashDesired reads a row of the desired list and looks its key up.
func (c *comparison) hashDesired(b *schema.Block, row int, s *scratch) seen {
	s.key = appendSent(s.key[:0], b.Cell(row, c.desiredKey))
	var unsure bool
	h := c.hash(s, func(dst []byte, m *managed) []byte {
		cell := b.Cell(row, m.desired)
		// A blank cell is no reason for doubt: if the hashes agree, the current cell is blank too.
		unsure = unsure || m.comparer.NeedsEqual(cell) && !blank(cell)
		return m.comparer.AppendCanonical(dst, cell, true)
	})
	h.unsure = unsure
	if !h.keyless {
		h.place, h.found = c.find(h.key, s.key)
	}
	return h
}

func (c *comparison) hash(s *scratch, appendCell func([]byte, *managed) []byte) seen {
	var h seen
	s.bytes = schema.AppendFolded(s.bytes[:0], s.key)
	h.keyless = len(s.bytes) == 0
	h.key = c.hasher.sum(s.bytes)
	// Every value is followed by its length, so that no two rows of different values have the same bytes.
	s.bytes = append(s.bytes[:0], s.key...)
	s.bytes = binary.LittleEndian.AppendUint32(s.bytes, uint32(len(s.key)))
	for i := range c.managed {
		from := len(s.bytes)
		s.bytes = appendCell(s.bytes, &c.managed[i])
		s.bytes = binary.LittleEndian.AppendUint32(s.bytes, uint32(len(s.bytes)-from))
	}
	h.content = c.hasher.sum(s.bytes)
	return h
}
