package diff

import (
	"encoding/binary"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// seen is what is known of a row after its cells were read once.
type seen struct {
	entry
	place   int // of the record with its folded key
	found   bool
	keyless bool // the key is blank
	unsure  bool // equal content does not settle that the row means the same
	equal   bool // the record's content is the same
	state   state
}

// scratch is what a worker needs to hash rows without allocating.
type scratch struct{ key, bytes []byte }

// hashCurrent reads a row of the current side.
func (c *comparison) hashCurrent(b *schema.Block, row int, s *scratch, h *seen) {
	s.key = appendGiven(s.key[:0], b.Cell(row, c.currentKey), c.recordKeys)
	c.hashKey(s, h)
	bytes := appendLength(append(s.bytes[:0], s.key...), len(s.key))
	for i := range c.managed {
		m := &c.managed[i]
		from := len(bytes)
		bytes = c.appendCell(bytes, b.Cell(row, m.current), m, false)
		bytes = appendLength(bytes, len(bytes)-from)
	}
	h.content, s.bytes = c.hasher.sum(bytes), bytes
}

// hashDesired reads a row of the desired list.
func (c *comparison) hashDesired(b *schema.Block, row int, s *scratch, h *seen) {
	s.key = appendSent(s.key[:0], b.Cell(row, c.desiredKey))
	c.hashKey(s, h)
	bytes := appendLength(append(s.bytes[:0], s.key...), len(s.key))
	for i := range c.managed {
		m := &c.managed[i]
		from := len(bytes)
		cell := b.Cell(row, m.desired)
		bytes = c.appendCell(bytes, cell, m, true)
		// A blank cell is no reason for doubt: if the hashes agree, the current cell is blank too.
		if m.form == formDay && len(bytes) > from && m.comparer.NeedsEqual(cell) {
			h.unsure = true
		}
		bytes = appendLength(bytes, len(bytes)-from)
	}
	h.content, s.bytes = c.hasher.sum(bytes), bytes
	if len(c.answers.about) > 0 && !h.keyless {
		h.place, h.found = c.answered(h.key, s.key)
	}
}

func (c *comparison) hashKey(s *scratch, h *seen) {
	s.bytes = schema.AppendFolded(s.bytes[:0], s.key)
	h.keyless = len(s.bytes) == 0
	h.key = c.hasher.sum(s.bytes)
}

// appendLength appends the length of what was appended last, so that no two rows of different values have the same bytes.
func appendLength(dst []byte, n int) []byte {
	if n < 255 {
		return append(dst, byte(n))
	}
	return append(binary.LittleEndian.AppendUint32(dst, uint32(n)), 255)
}

// A form is how the cells of an attribute are hashed.
type form uint8

const (
	formAny     form = iota // as the comparer says
	formText                // trimmed, in NFC
	formMail                // the same, with the domain in lower case
	formInstant             // dates as instants
	formDay                 // dates as days
)

func formOf(a schema.Attribute, r schema.Reading) form {
	switch a.Type {
	case schema.Date:
		return formDay
	case schema.Email:
		return formMail
	case schema.Phone:
		if r.PhoneDigits {
			return formAny
		}
	}
	return formText
}

// appendCell appends what is hashed of a cell: equal bytes mean that two cells are the same, but for what NeedsEqual says of
// the desired one.
func (c *comparison) appendCell(dst, cell []byte, m *managed, desired bool) []byte {
	if len(cell) == 0 {
		return dst
	}
	switch m.form {
	case formText:
		if isTidy(cell) {
			return append(dst, cell...)
		}
	case formMail:
		if isTidy(cell) && !hasCapital(cell) {
			return append(dst, cell...)
		}
	case formInstant:
		if isStamp(cell) {
			return append(dst, cell...)
		}
		return c.appendInstant(dst, cell, m, desired)
	}
	return m.comparer.AppendCanonical(dst, cell, desired)
}
