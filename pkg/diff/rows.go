package diff

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// seen is what is known of a row after its cells were read once.
type seen struct {
	key     hash // of the folded key
	content hash // of the key as it is spelt and what is hashed of the managed attributes
	place   int  // of the record with its folded key
	found   bool
	keyless bool // the key is blank
	unsure  bool // equal content does not settle that the row means the same
	equal   bool // the record's content is the same
	mended  bool // trimming or NFC changed a value
	state   state
}

// scratch is what a worker needs to hash rows without allocating.
type scratch struct {
	key   []byte // where it stands
	bytes []byte
	head  int // where in bytes the values begin
}

// hashed is what is known of the rows of a block.
type hashed struct {
	rows    []seen
	scratch scratch
}

// hashedFor makes room for the rows of a block, in what an earlier block had if there was one.
func hashedFor(b *schema.Block, was any) *hashed {
	h, _ := was.(*hashed)
	if h == nil {
		h = &hashed{}
	}
	h.rows = resize(h.rows, b.Len())
	return h
}

// side is what hashing needs to know of one of the two tables.
type side struct {
	desired bool
	formed  bool       // see isFormed
	texts   []sideCell // of the managed attributes that are text, in their order
	others  []sideCell // of those that are not
}

// sideCell is where a managed attribute stands, and how it is hashed.
type sideCell struct {
	column  int
	form    form
	managed *managed
}

// add takes in an attribute that stands in a column.
func (s *side) add(column int, m *managed) {
	cell := sideCell{column, m.form, m}
	if m.form == formText {
		s.texts = append(s.texts, cell)
	} else {
		s.others = append(s.others, cell)
	}
}

// chooseSides settles what of the two tables is hashed, and how, by the first rows of each.
func (c *comparison) chooseSides(ctx context.Context) error {
	c.desiredSide.desired = true
	c.written = writtenAlike(c.desired, c.current)
	err := peek(ctx, c.desired, func(b *schema.Block) {
		c.chooseDates(b)
		for i := range c.managed {
			m := &c.managed[i]
			c.desiredSide.add(m.desired, m)
			c.currentSide.add(m.current, m)
		}
		c.desiredSide.formed = c.isFormed(&c.desiredSide, b, c.desiredKey)
	})
	if err != nil {
		return fmt.Errorf("read the desired list: %w", err)
	}
	err = peek(ctx, c.current, func(b *schema.Block) { c.currentSide.formed = c.isFormed(&c.currentSide, b, c.currentKey) })
	if err != nil {
		return fmt.Errorf("read the current side: %w", err)
	}
	return nil
}

// writtenAlike tells whether the same bytes of a row mean the same in both tables.
func writtenAlike(a, b schema.Table) bool {
	x, ok := a.(schema.Spelt)
	y, also := b.(schema.Spelt)
	return ok && also && x.Spelling() != "" && x.Spelling() == y.Spelling()
}

// peek shows the first rows of a table; an empty block, if it has none.
func peek(ctx context.Context, t schema.Table, f func(*schema.Block)) error {
	shown := false
	first := t.Blocks
	if p, ok := t.(schema.Peeker); ok {
		first = p.Peek
	}
	err := first(ctx, func(b *schema.Block) error {
		f(b)
		shown = true
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if !shown {
		f(&schema.Block{})
	}
	return nil
}

// hashCurrent reads a row of the current side.
func (c *comparison) hashCurrent(b *schema.Block, row int, s *scratch, h *seen) {
	s.key = givenOf(b.Cell(row, c.currentKey), c.recordKeys)
	c.hashRow(&c.currentSide, b, row, s, h)
}

// hashDesired reads a row of the desired list.
func (c *comparison) hashDesired(b *schema.Block, row int, s *scratch, h *seen) {
	s.key = sentOf(b.Cell(row, c.desiredKey))
	c.hashRow(&c.desiredSide, b, row, s, h)
	if len(c.answers.about) > 0 && !h.keyless {
		h.place, h.found = c.answered(h.key, s.key)
	}
}

// hashRow hashes a row whose key is in s.
func (c *comparison) hashRow(from *side, b *schema.Block, row int, s *scratch, h *seen) {
	c.hashKey(s, h)
	if c.written && len(b.Written) > 0 && b.Written[row].Len > 0 {
		span := b.Written[row]
		h.content = c.hasher.sum(b.Data[span.Off : span.Off+span.Len])
		return
	}
	c.hashCells(from, b, row, s, h)
}

// hashCells hashes what the cells of a row mean, whose key is in s. Cells are taken the short way; if the row as a whole then
// shows that one of them needs more than that, they are taken the long way.
func (c *comparison) hashCells(from *side, b *schema.Block, row int, s *scratch, h *seen) {
	cells := b.Cells[row*b.Width : (row+1)*b.Width]
	s.begin(len(from.texts) + len(from.others))
	s.room(cells)
	data, buf, n := b.Data, s.bytes[:cap(s.bytes)], len(s.bytes)
	for i, text := range from.texts {
		if span := cells[text.column]; span.Len > 0 {
			at, last := int(span.Off), int(span.Off+span.Len)-1
			if data[last] > ' ' && plainStarts[data[at]] {
				// Short ones, which most are, are copied by their length of 32 bytes at once.
				if span.Len <= shortCell && at+shortCell <= len(data) {
					*(*[shortCell]byte)(buf[n:]) = *(*[shortCell]byte)(data[at:])
				} else {
					copy(buf[n:], data[at:last+1])
				}
				n += int(span.Len)
			} else {
				s.bytes = c.appendLong(buf[:n], data[at:last+1], text.managed, from.desired)
				n = len(s.bytes)
				s.room(cells)
				buf = s.bytes[:cap(s.bytes)]
			}
		}
		binary.LittleEndian.PutUint32(buf[4*i+4:], uint32(n))
	}
	s.bytes = buf[:n]
	for i, other := range from.others {
		if span := cells[other.column]; span.Len > 0 {
			cell := b.Data[span.Off : span.Off+span.Len]
			if other.form == formInstant {
				s.bytes = c.appendInstant(s.bytes, cell, other.managed, from.desired)
			} else {
				s.bytes = c.appendCell(s.bytes, cell, other.managed, from.desired)
			}
			// A blank cell is no reason for doubt: if the hashes agree, the current cell is blank too.
			if other.form == formDay && from.desired && other.managed.comparer.NeedsEqual(cell) && !blank(cell) {
				h.unsure = true
			}
		}
		s.end(len(from.texts) + i)
	}
	if !from.formed && !isTidyText(s.text()) {
		short := append([]byte(nil), s.bytes...)
		s.begin(len(from.texts) + len(from.others))
		for i, cell := range slices.Concat(from.texts, from.others) {
			s.bytes = c.appendLong(s.bytes, b.Cell(row, cell.column), cell.managed, from.desired)
			s.end(i)
		}
		h.mended = !bytes.Equal(short, s.bytes)
	}
	h.content = c.hasher.sum(s.bytes)
}

// begin makes room for where each of n values ends, and puts the key behind it. No two rows of different values come to the same
// bytes: of each it is known where it begins.
func (s *scratch) begin(n int) {
	s.head = 4 * (n + 1)
	s.bytes = append(slices.Grow(s.bytes[:0], s.head)[:s.head], s.key...) // all of the head is written
	binary.LittleEndian.PutUint32(s.bytes, uint32(len(s.bytes)))
}

// end notes that the ith value ends here.
func (s *scratch) end(i int) { binary.LittleEndian.PutUint32(s.bytes[4*i+4:], uint32(len(s.bytes))) }

// text are the values.
func (s *scratch) text() []byte { return s.bytes[s.head:] }

// shortCell is the length up to which a cell is copied by one of as many bytes.
const shortCell = 32

// room makes room for cells as they stand.
func (s *scratch) room(cells []schema.Span) {
	need := shortCell
	for _, cell := range cells {
		need += int(cell.Len)
	}
	s.bytes = slices.Grow(s.bytes, need)
}

// isFormed tells, by the first rows of a side, that its text can be taken for what trimming and NFC would make of it, so that the
// rest of it is spared the look at each character. Where that is wrong a row is read again and found to be the same.
func (c *comparison) isFormed(from *side, b *schema.Block, key int) bool {
	const enough = 256
	h := hashedFor(b, nil)
	for i := range h.rows {
		h.scratch.key = b.Cell(i, key)
		c.hashCells(from, b, i, &h.scratch, &h.rows[i])
	}
	return len(h.rows) >= enough && !slices.ContainsFunc(h.rows, func(r seen) bool { return r.mended })
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

// appendCell appends what is hashed of a cell that is not empty, for a row whose bytes isTidyText finds tidy as a whole or whose
// text is taken to be formed. Equal bytes mean that two cells are the same, but for what NeedsEqual says of the desired
// one; that the same cells have equal bytes saves reading them again, and is the rule.
func (c *comparison) appendCell(dst, cell []byte, m *managed, desired bool) []byte {
	first, last := cell[0], cell[len(cell)-1]
	switch m.form {
	case formMail:
		if isPlainStart(first) && last > ' ' && !hasCapital(cell) {
			return append(dst, cell...)
		}
	case formDigits:
		if first == '+' && len(cell) > 3 && areDigits(cell[1:]) && string(cell[1:3]) != "00" {
			return append(dst, cell[1:]...)
		}
	case formText:
		if isPlainStart(first) && last > ' ' {
			return append(dst, cell...)
		}
	}
	return c.appendLong(dst, cell, m, desired)
}

// appendLong appends what is hashed of any cell, whatever its row is like.
func (c *comparison) appendLong(dst, cell []byte, m *managed, desired bool) []byte {
	switch {
	case m.form == formText && len(cell) > 0 && isTidy(cell):
		return append(dst, cell...)
	case m.form == formInstant:
		return c.appendInstant(dst, cell, m, desired)
	}
	return m.comparer.AppendCanonical(dst, cell, desired)
}
