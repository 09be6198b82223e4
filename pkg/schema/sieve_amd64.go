package schema

import "unsafe"

// lookedAt gives the rows of which the cell in a column is looked at, in found, where there is room for one more than there are rows.
func (q *quickColumn) lookedAt(b *Block, found []int32) []int32 {
	if b.Len() == 0 {
		return nil
	}
	end := looksAtOnce(unsafe.SliceData(b.Data), &b.Cells[q.column], b.Width, b.Len(), q.looks, &found[0])
	return found[:(uintptr(unsafe.Pointer(end))-uintptr(unsafe.Pointer(&found[0])))/4]
}

//go:noescape
func looksAtOnce(data *byte, cells *Span, width, n int, looks *[256]uint64, found *int32) (end *int32)

// oddPhones gives the rows of which the cell in a column is blank or not what isReadablePhone accepts, in found, where there is room for all.
func oddPhones(b *Block, column int, found []int32) []int32 {
	if !hasVBMI || b.Len() == 0 {
		return oddPhonesInTurn(b, column, found)
	}
	end := phonesAVX512(unsafe.SliceData(b.Data), &b.Cells[column], b.Width, b.Len(), &found[0])
	return found[:(uintptr(unsafe.Pointer(end))-uintptr(unsafe.Pointer(&found[0])))/4]
}

//go:noescape
func phonesAVX512(data *byte, cells *Span, width, n int, found *int32) (end *int32)
