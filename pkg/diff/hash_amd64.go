package diff

import (
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

var hasVAES = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VBMI2 && cpu.X86.HasAVX512VAES && cpu.X86.HasAES && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT

func (h *hasher) sumVAES(b []byte) (s hash) {
	s.a, s.b = hashVAES(h.keys, &b[0], len(b))
	return s
}

// hashVAES hashes n bytes, at least one.
//
//go:noescape
func hashVAES(keys *hashKeys, p *byte, n int) (a, b uint64)

// cells hashes a head and what is hashed of cells, which is the same wherever that stands. moments has what the instants among them say.
func (h *hasher) cells(shape *rowShape, head, data []byte, cells []schema.Span, moments []schema.Moment) (s hash, show shown) {
	s.a, s.b, show = hashCellsVAES(h.keys, shape, unsafe.SliceData(head), len(head), unsafe.SliceData(data), unsafe.SliceData(cells), unsafe.SliceData(moments))
	return s, show
}

// hashCellsVAES hashes n bytes and the cells of a shape. Nothing is read through pointers to nothing.
//
//go:noescape
func hashCellsVAES(keys *hashKeys, shape *rowShape, head *byte, n int, data *byte, cells *schema.Span, moments *schema.Moment) (a, b uint64, show shown)
