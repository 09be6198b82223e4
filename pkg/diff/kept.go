package diff

import (
	"encoding/binary"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// keepBytes bounds what is kept of the desired rows that differ until they are changes. Where it is not enough, the rest of them
// is read again.
const keepBytes = 8 << 20

// kept are the first rows of a list of them, with nothing but their cells: each as its length and its bytes.
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
	cells := b.Cells[row*b.Width : (row+1)*b.Width]
	size := 0
	for _, s := range cells {
		size += binary.MaxVarintLen32 + int(s.Len)
	}
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
	for _, s := range cells {
		part = binary.AppendUvarint(part, uint64(s.Len))
		part = append(part, b.Data[s.Off:s.Off+s.Len]...)
	}
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
		for off := uint32(0); int(off) < len(part) && next < n; row++ {
			wanted := want(next) == row
			for range width {
				length, size := binary.Uvarint(part[off:])
				off += uint32(size)
				if wanted {
					b.Cells = append(b.Cells, schema.Span{Off: off, Len: uint32(length)})
				}
				off += uint32(length)
			}
			if wanted {
				b.Rows = append(b.Rows, at(row))
				next++
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
