package diff

import (
	"encoding/binary"
	"math/bits"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// keepBytes bounds what is kept of the desired rows that differ until they are changes. Where it is not enough, the rest of them
// is read again.
const keepBytes = 8 << 20

// kept are the first rows of a list of them, packed.
type kept struct {
	rows  int
	bytes int
	full  bool
	parts [][]byte // rows do not cross them
}

// keptPart is how much lies together, and the longest row that is kept.
const keptPart = 256 << 10

// add keeps a row; once one does not fit, no more are kept.
func (k *kept) add(b *schema.Block, row int) {
	if k.full {
		return
	}
	size := packedSize(b, row)
	if k.full = size > keptPart || k.bytes+size > keepBytes; k.full {
		return
	}
	last := len(k.parts) - 1
	if last < 0 || len(k.parts[last])+size > cap(k.parts[last]) {
		k.parts = append(k.parts, make([]byte, 0, keptPart))
		last++
	}
	part := k.parts[last]
	from := len(part)
	part = appendPacked(part, b, row)
	k.parts[last] = part
	k.bytes += len(part) - from
	k.rows++
}

// drop lets everything go, and nothing is kept any more.
func (k *kept) drop() { *k = kept{full: true} }

// each hands out n rows in blocks: those whose numbers want gives, ascending; at gives where a row stands.
func (k *kept) each(width, n int, want func(int) int, at func(row int) schema.Ref, f func(*schema.Block) error) error {
	b := schema.Block{Width: width}
	row, next := 0, 0
	for _, part := range k.parts {
		b.Data, b.Cells, b.Rows = part, b.Cells[:0], b.Rows[:0]
		for off := 0; off < len(part) && next < n; row++ {
			before := len(b.Cells)
			b.Cells, _, off = unpack(b.Cells, part, off, width)
			if want(next) == row {
				b.Rows = append(b.Rows, at(row))
				next++
			} else {
				b.Cells = b.Cells[:before]
			}
		}
		if b.Len() > 0 {
			if err := f(&b); err != nil {
				return err
			}
		}
	}
	return nil
}

// A packed row is the lengths of its cells and then their text, with one byte between any two.

// packedSize is how many bytes appendPacked appends.
func packedSize(b *schema.Block, row int) int {
	cells := b.Cells[row*b.Width : (row+1)*b.Width]
	size := max(len(cells)-1, 0)
	for _, s := range cells {
		size += (bits.Len32(s.Len|1)+6)/7 + int(s.Len)
	}
	return size
}

// appendPacked appends a packed row.
func appendPacked(to []byte, b *schema.Block, row int) []byte {
	cells := b.Cells[row*b.Width : (row+1)*b.Width]
	for _, s := range cells {
		to = binary.AppendUvarint(to, uint64(s.Len))
	}
	if text, ok := together(b.Data, cells); ok {
		return append(to, text...)
	}
	for i, s := range cells {
		if i > 0 {
			to = append(to, 0)
		}
		to = append(to, b.Data[s.Off:s.Off+s.Len]...)
	}
	return to
}

// together is the text of cells that stand in their order with one byte between any two, as most do in a file.
func together(data []byte, cells []schema.Span) (text []byte, ok bool) {
	if len(cells) == 0 {
		return nil, false
	}
	at := cells[0].Off
	for _, s := range cells {
		if s.Off != at {
			return nil, false
		}
		at += s.Len + 1
	}
	return data[cells[0].Off : at-1], true
}

// unpack appends the cells of a packed row, which data has at from, and returns where its text begins and what is behind it.
func unpack(cells []schema.Span, data []byte, from, width int) (_ []schema.Span, text, end int) {
	first, text := len(cells), from
	for range width {
		length, size := binary.Uvarint(data[text:])
		text += size
		cells = append(cells, schema.Span{Len: uint32(length)})
	}
	end = text
	for i := first; i < len(cells); i++ {
		cells[i].Off = uint32(end)
		end += int(cells[i].Len) + 1
	}
	return cells, text, max(end-1, text)
}
