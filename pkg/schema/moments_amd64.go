package schema

import "golang.org/x/sys/cpu"

var hasVBMI = QuickMail() && cpu.X86.HasBMI2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VBMI

// momentsAtOnce reads the cells of a column as momentsInTurn does, if it can.
func (b *Block) momentsAtOnce(column int, to []Moment, step int) bool {
	if !hasVBMI || len(b.Data) == 0 {
		return false
	}
	momentsVBMI(&b.Data[0], &b.Cells[column], b.Width, b.Len(), &to[0], step, &moments.of[0], &firstDays[0])
	return true
}

// momentsVBMI reads n cells, each width behind the one before.
//
//go:noescape
func momentsVBMI(data *byte, cells *Span, width, n int, to *Moment, step int, shapes *uint8, firstDays *int32)
