package diff

import (
	"bytes"
	"cmp"
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
	quick   bool // the cells were hashed where they stand
	state   state
}

// scratch is what a worker needs to hash rows without allocating.
type scratch struct {
	key     []byte          // where it stands
	folded  []byte          // where that is not how it stands
	head    packed          // the key, and the values that are not hashed where they stand
	values  packed          // the others behind the head, where they are not either
	spans   []schema.Span   // where they are in it
	begun   bool            // the block's rows may be hashed where they stand
	moments []schema.Moment // of these rows, by the columns of instants
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
	formed  bool       // see look
	quick   bool       // most rows can be hashed where they stand
	texts   []sideCell // of the managed attributes that are text, in their order
	others  []sideCell // of mail addresses, then of phone numbers, then of instants
	rest    []sideCell // of those that are neither
	shape   rowShape   // of texts and others
	packed  rowShape   // of the same, where they stand in turn
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
	switch m.form {
	case formText:
		s.texts = append(s.texts, cell)
	case formMail, formDigits, formInstant:
		s.others = append(s.others, cell)
		slices.SortStableFunc(s.others, func(a, b sideCell) int { return cmp.Compare(a.form, b.form) })
	default:
		s.rest = append(s.rest, cell)
	}
	s.shape, s.packed = rowShape{edges: &plainEdges}, rowShape{edges: &anyEdges}
	for i, cell := range slices.Concat(s.texts, s.others) {
		s.shape.add(cell.column, cell.form)
		s.packed.add(i, formText)
	}
}

// begin reads the instants of a block whose cells are to be hashed where they stand.
func (s *side) begin(b *schema.Block, room *scratch) {
	n := s.shape.instants
	room.moments = slices.Grow(room.moments[:0], n*b.Len())[:n*b.Len()]
	for i, cell := range s.others[len(s.others)-n:] {
		b.Moments(cell.column, room.moments[min(i, len(room.moments)):], n)
	}
	room.begun = true
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
		c.look(&c.desiredSide, b, c.desiredKey)
	})
	if err != nil {
		return fmt.Errorf("read the desired list: %w", err)
	}
	err = peek(ctx, c.current, func(b *schema.Block) { c.look(&c.currentSide, b, c.currentKey) })
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

// begin readies the room of a worker for the rows of a block.
func (c *comparison) begin(from *side, b *schema.Block, room *scratch) {
	if room.begun = false; from.quick && !c.written {
		from.begin(b, room)
	}
}

// hashCurrent reads the rows of a block of the current side.
func (c *comparison) hashCurrent(b *schema.Block, h *hashed) {
	s := &h.scratch
	c.begin(&c.currentSide, b, s)
	for i := range h.rows {
		s.key = givenOf(b.Cell(i, c.currentKey), c.recordKeys)
		c.hashRow(&c.currentSide, b, i, s, &h.rows[i])
	}
}

// hashDesired reads the rows of a block of the desired list.
func (c *comparison) hashDesired(b *schema.Block, h *hashed) {
	s := &h.scratch
	c.begin(&c.desiredSide, b, s)
	for i := range h.rows {
		row := &h.rows[i]
		s.key = sentOf(b.Cell(i, c.desiredKey))
		c.hashRow(&c.desiredSide, b, i, s, row)
		if len(c.answers.about) > 0 && !row.keyless {
			row.place, row.found = c.answered(row.key, s.key)
		}
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

// hashCells hashes what the cells of a row mean, whose key is in s: where they stand, if they can be.
func (c *comparison) hashCells(from *side, b *schema.Block, row int, s *scratch, h *seen) {
	cells := b.Cells[row*b.Width : (row+1)*b.Width]
	head := s.key
	if len(from.rest) > 0 {
		head = c.hashedApart(from, b, cells, s, h)
	}
	if s.begun {
		n := from.shape.instants
		content, show := c.hasher.cells(&from.shape, head, b.Data, cells, s.moments[n*row:])
		if show == allASCII || show == allKnown && from.formed {
			h.content, h.quick = content, true
			return
		}
	}
	c.pack(from, b, cells, head, s)
	if !from.formed && !isTidyText(s.values.values()) {
		short := bytes.Clone(s.values.values())
		c.packLong(from, b, row, head, s)
		h.mended = !bytes.Equal(short, s.values.values())
	}
	if !hasVAES {
		h.content = c.hasher.sum(s.values.bytes)
		return
	}
	s.spans = s.values.spans(s.spans[:0])
	h.content, _ = c.hasher.cells(&from.packed, head, s.values.bytes, s.spans, nil)
}

// hashedApart puts the key and the values that are never hashed where they stand together.
func (c *comparison) hashedApart(from *side, b *schema.Block, cells []schema.Span, s *scratch, h *seen) []byte {
	s.head.begin(len(from.rest), s.key)
	for i, rest := range from.rest {
		if span := cells[rest.column]; span.Len > 0 {
			cell := b.Data[span.Off : span.Off+span.Len]
			s.head.bytes = c.appendLong(s.head.bytes, cell, rest.managed, from.desired)
			// A blank cell is no reason for doubt: if the hashes agree, the current cell is blank too.
			if rest.form == formDay && from.desired && rest.managed.comparer.NeedsEqual(cell) && !blank(cell) {
				h.unsure = true
			}
		}
		s.head.end(i)
	}
	return s.head.bytes
}

// pack puts the values of a row behind its head. Cells are taken the short way; if the row as a whole then shows that one of them
// needs more than that, packLong takes them the long way.
func (c *comparison) pack(from *side, b *schema.Block, cells []schema.Span, head []byte, s *scratch) {
	v := &s.values
	v.begin(len(from.texts)+len(from.others), head)
	v.room(cells)
	data, buf, n := b.Data, v.bytes[:cap(v.bytes)], len(v.bytes)
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
				v.bytes = c.appendLong(buf[:n], data[at:last+1], text.managed, from.desired)
				n = len(v.bytes)
				v.room(cells)
				buf = v.bytes[:cap(v.bytes)]
			}
		}
		binary.LittleEndian.PutUint32(buf[4*i+4:], uint32(n))
	}
	v.bytes = buf[:n]
	for i, other := range from.others {
		if span := cells[other.column]; span.Len > 0 {
			v.bytes = c.appendCell(v.bytes, b.Data[span.Off:span.Off+span.Len], other.managed, from.desired)
		}
		v.end(len(from.texts) + i)
	}
}

func (c *comparison) packLong(from *side, b *schema.Block, row int, head []byte, s *scratch) {
	v := &s.values
	v.begin(len(from.texts)+len(from.others), head)
	for i, cell := range slices.Concat(from.texts, from.others) {
		v.bytes = c.appendLong(v.bytes, b.Cell(row, cell.column), cell.managed, from.desired)
		v.end(i)
	}
}

// packed is a row of values. No two rows of different values come to the same bytes: of each it is known where it begins.
type packed struct {
	bytes []byte
	head  int // how many of the bytes say where values end
}

// begin makes room for where each of n values ends, and puts something behind it that stands before them.
func (p *packed) begin(n int, before []byte) {
	p.head = 4 * (n + 1)
	p.bytes = append(slices.Grow(p.bytes[:0], p.head)[:p.head], before...) // all of the head is written
	binary.LittleEndian.PutUint32(p.bytes, uint32(len(p.bytes)))
}

// end notes that the ith value ends here.
func (p *packed) end(i int) { binary.LittleEndian.PutUint32(p.bytes[4*i+4:], uint32(len(p.bytes))) }

// values are the values, one behind the other.
func (p *packed) values() []byte {
	return p.bytes[binary.LittleEndian.Uint32(p.bytes):]
}

// spans appends where each of the values is.
func (p *packed) spans(dst []schema.Span) []schema.Span {
	from := binary.LittleEndian.Uint32(p.bytes)
	for at := 4; at < p.head; at += 4 {
		to := binary.LittleEndian.Uint32(p.bytes[at:])
		dst = append(dst, schema.Span{Off: from, Len: to - from})
		from = to
	}
	return dst
}

// shortCell is the length up to which a cell is copied by one of as many bytes.
const shortCell = 32

// room makes room for cells as they stand.
func (p *packed) room(cells []schema.Span) {
	need := shortCell
	for _, cell := range cells {
		need += int(cell.Len)
	}
	p.bytes = slices.Grow(p.bytes, need)
}

// look settles, by the first rows of a side, how the others are hashed. If trimming and NFC have nothing to do in them, the rest of the
// side is spared the look at each character; where that is wrong a row is read again and found to be the same.
func (c *comparison) look(from *side, b *schema.Block, key int) {
	const enough = 256
	h := hashedFor(b, nil)
	mended, known := 0, 0
	if hasVAES {
		from.begin(b, &h.scratch)
	}
	for i := range h.rows {
		h.scratch.key = b.Cell(i, key)
		c.hashCells(from, b, i, &h.scratch, &h.rows[i])
		if h.rows[i].mended {
			mended++
		}
		if h.rows[i].quick {
			known++
		}
	}
	from.formed = len(h.rows) >= enough && mended == 0
	from.quick = known > len(h.rows)/2
}

func (c *comparison) hashKey(s *scratch, h *seen) {
	if len(s.key) > 0 && isFolded(s.key) {
		h.key = c.hasher.sum(s.key)
		return
	}
	s.folded = schema.AppendFolded(s.folded[:0], s.key)
	h.keyless = len(s.folded) == 0
	h.key = c.hasher.sum(s.folded)
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
