package schema

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

var hasVAES = hasVBMI && cpu.X86.HasAVX512VAES && cpu.X86.HasAES

// foldedAtOnce hashes the cells of a column folded, if it can: 0 of those that are blank, hashApart of those that take more than making letters of
// ASCII small.
func (b *Block) foldedAtOnce(column int, of []uint64) bool {
	if !hasVAES {
		return false
	}
	if len(of) > 0 {
		foldedVAES(&rowKeys, unsafe.SliceData(b.Data), &b.Cells[column], b.Width, len(of), &of[0])
	}
	return true
}

// personsAtOnce hashes who the rows are about in the same way, see personOf.
func (b *Block) personsAtOnce(phone, first, last int, of []uint64) bool {
	if !hasVAES {
		return false
	}
	if len(of) > 0 {
		personsVAES(&rowKeys, unsafe.SliceData(b.Data), &b.Cells[0], b.Width, len(of), &of[0], phone, first, last)
	}
	return true
}

// shortOf hashes up to 63 bytes as these do.
func shortOf(b []byte) uint64 { return shortVAES(&rowKeys, unsafe.SliceData(b), len(b)) }

//go:noescape
func shortVAES(keys *hashKeys, p *byte, n int) uint64

//go:noescape
func foldedVAES(keys *hashKeys, data *byte, cells *Span, width, n int, to *uint64)

//go:noescape
func personsVAES(keys *hashKeys, data *byte, cells *Span, width, n int, to *uint64, phone, first, last int)
