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
type scratch struct {
	key, bytes []byte
	ends       []uint32 // of the values in bytes
}

// hashCurrent reads a row of the current side.
func (c *comparison) hashCurrent(b *schema.Block, row int, s *scratch, h *seen) {
	s.key = s.key[:0]
	if cell := b.Cell(row, c.currentKey); len(cell) > 0 && isTidy(cell) {
		s.key = append(s.key, cell...)
	} else {
		s.key = appendGiven(s.key, cell, c.recordKeys)
	}
	c.hashKey(s, h)
	cells := b.Cells[row*b.Width : (row+1)*b.Width]
	bytes := append(s.bytes[:0], s.key...)
	s.ends = append(s.ends[:0], uint32(len(bytes)))
	for i := range c.managed {
		m := &c.managed[i]
		if span := cells[m.current]; span.Len > 0 {
			bytes = c.appendCell(bytes, b.Data[span.Off:span.Off+span.Len], m, false)
		}
		s.ends = append(s.ends, uint32(len(bytes)))
	}
	if !isTidyText(bytes) {
		bytes = append(bytes[:0], s.key...)
		for i := range c.managed {
			bytes = c.appendLong(bytes, b.Cell(row, c.managed[i].current), &c.managed[i], false)
			s.ends[i+1] = uint32(len(bytes))
		}
	}
	s.bytes = appendEnds(bytes, s.ends)
	h.content = c.hasher.sum(s.bytes)
}

// hashDesired reads a row of the desired list.
func (c *comparison) hashDesired(b *schema.Block, row int, s *scratch, h *seen) {
	s.key = s.key[:0]
	if cell := b.Cell(row, c.desiredKey); len(cell) > 0 && isTidy(cell) {
		s.key = append(s.key, cell...)
	} else {
		s.key = appendSent(s.key, cell)
	}
	c.hashKey(s, h)
	cells := b.Cells[row*b.Width : (row+1)*b.Width]
	bytes := append(s.bytes[:0], s.key...)
	s.ends = append(s.ends[:0], uint32(len(bytes)))
	for i := range c.managed {
		m := &c.managed[i]
		if span := cells[m.desired]; span.Len > 0 {
			from := len(bytes)
			cell := b.Data[span.Off : span.Off+span.Len]
			bytes = c.appendCell(bytes, cell, m, true)
			// A blank cell is no reason for doubt: if the hashes agree, the current cell is blank too.
			if m.form == formDay && len(bytes) > from && m.comparer.NeedsEqual(cell) {
				h.unsure = true
			}
		}
		s.ends = append(s.ends, uint32(len(bytes)))
	}
	if !isTidyText(bytes) {
		bytes = append(bytes[:0], s.key...)
		for i := range c.managed {
			bytes = c.appendLong(bytes, b.Cell(row, c.managed[i].desired), &c.managed[i], true)
			s.ends[i+1] = uint32(len(bytes))
		}
	}
	s.bytes = appendEnds(bytes, s.ends)
	h.content = c.hasher.sum(s.bytes)
	if len(c.answers.about) > 0 && !h.keyless {
		h.place, h.found = c.answered(h.key, s.key)
	}
}

func (c *comparison) hashKey(s *scratch, h *seen) {
	if len(s.key) > 0 && isFolded(s.key) {
		h.key = c.hasher.sum(s.key)
		return
	}
	s.bytes = schema.AppendFolded(s.bytes[:0], s.key)
	h.keyless = len(s.bytes) == 0
	h.key = c.hasher.sum(s.bytes)
}

// appendEnds appends where each value ends, so that no two rows of different values have the same bytes.
func appendEnds(dst []byte, ends []uint32) []byte {
	for _, end := range ends {
		dst = binary.LittleEndian.AppendUint32(dst, end)
	}
	return dst
}

// A form is how the cells of an attribute are hashed.
type form uint8

const (
	formAny     form = iota // as the comparer says
	formText                // trimmed, in NFC
	formMail                // the same, with the domain in lower case
	formDigits              // the digits of a phone number
	formInstant             // dates as instants
	formDay                 // dates as days
)

// formOf asks the comparer what it makes of an attribute: what is treated how is its affair, and types do not tell.
func formOf(c *schema.Comparer, a schema.Attribute, r schema.Reading) form {
	canonical := func(cell string) string { return string(c.AppendCanonical(nil, []byte(cell), true)) }
	switch {
	case c.NeedsEqual([]byte("2026-03-31T23:59:59Z")):
		return formDay
	case r.Managers != nil && (a.Type == schema.Identity || a.TechnicalName == schema.Manager):
		return formAny
	case canonical("+1 5") == "15":
		return formDigits
	case canonical("A@B") == "A@b":
		return formMail
	case canonical("+1 A@B") == "+1 A@B":
		return formText
	}
	return formAny
}

// appendCell appends what is hashed of a cell that is not empty, for a row whose bytes isTidyText finds tidy as a whole. Equal bytes
// mean that two cells are the same, but for what NeedsEqual says of the desired one; that the same cells have equal bytes
// saves reading them again, and is the rule.
func (c *comparison) appendCell(dst, cell []byte, m *managed, desired bool) []byte {
	first, last := cell[0], cell[len(cell)-1]
	switch m.form {
	case formText:
		if first > ' ' && last > ' ' && first != '#' {
			return append(dst, cell...)
		}
	case formMail:
		if first > ' ' && last > ' ' && first != '#' && !hasCapital(cell) {
			return append(dst, cell...)
		}
	case formDigits:
		if first == '+' && len(cell) > 3 && areDigits(cell[1:]) && string(cell[1:3]) != "00" {
			return append(dst, cell[1:]...)
		}
	case formInstant:
		if isStamp(cell) {
			return append(dst, cell...)
		}
	}
	return c.appendLong(dst, cell, m, desired)
}

// appendLong appends what is hashed of any cell, whatever its row is like.
func (c *comparison) appendLong(dst, cell []byte, m *managed, desired bool) []byte {
	switch {
	case m.form == formInstant && isStamp(cell), m.form == formText && len(cell) > 0 && isTidy(cell):
		return append(dst, cell...)
	case m.form == formInstant:
		return c.appendInstant(dst, cell, m, desired)
	}
	return m.comparer.AppendCanonical(dst, cell, desired)
}
