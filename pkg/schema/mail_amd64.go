package schema

import "golang.org/x/sys/cpu"

// QuickMail says that [PlainMail] takes hardly longer than a look at each byte.
func QuickMail() bool { return cpu.X86.HasAVX2 }

// kindsOf looks at a cell of at most 64 bytes at a place of data, if it can.
func kindsOf(data []byte, cell Span, k *mailKinds) bool {
	const half = 32
	if !QuickMail() || cell.Len > 2*half || int(cell.Off)+2*half > len(data) {
		return false
	}
	kindsAVX2(&data[cell.Off], k)
	if cell.Len > half {
		var behind mailKinds
		kindsAVX2(&data[cell.Off+half], &behind)
		k.ats |= behind.ats << half
		k.dots |= behind.dots << half
		k.hyphens |= behind.hyphens << half
		k.signs |= behind.signs << half
		k.letters |= behind.letters << half
		k.others |= behind.others << half
		k.small |= behind.small << half
	}
	return true
}

// kindsAVX2 tells of the 32 bytes at b of what kind each is.
//
//go:noescape
func kindsAVX2(b *byte, k *mailKinds)

// mailsAtOnce tells the shapes of cells, each width behind the one before, if it can.
func mailsAtOnce(data []byte, cells []Span, width int, to []MailShape) bool {
	if !hasVBMI || len(data) == 0 {
		return false
	}
	mailsAVX512(&data[0], &cells[0], width, len(to), &to[0])
	return true
}

//go:noescape
func mailsAVX512(data *byte, cells *Span, width, n int, to *MailShape)
