package schema

import "golang.org/x/sys/cpu"

// shortMail is the longest cell that kindsOf can look at.
const shortMail = 32

// kindsOf looks at a short cell at a place of data, if it can.
func kindsOf(data []byte, cell Span, k *mailKinds) bool {
	if !cpu.X86.HasAVX2 || cell.Len > shortMail || int(cell.Off)+shortMail > len(data) {
		return false
	}
	kindsAVX2(&data[cell.Off], k)
	return true
}

// kindsAVX2 tells of the 32 bytes at b of what kind each is.
//
//go:noescape
func kindsAVX2(b *byte, k *mailKinds)
