package csvio

import (
	"golang.org/x/sys/cpu"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT && cpu.X86.HasPCLMULQDQ
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VBMI2
)

// look looks at n windows of b as lookPlainly does.
func (s *sight) look(b []byte, n int, delim byte, c *carry, pos int) (looked int) {
	if !hasAVX2 || n == 0 {
		return s.lookPlainly(b, n, delim, c, pos)
	}
	b = b[:64*n]
	at := len(s.marks)
	marks := s.grow(n)
	var special, after int
	if hasAVX512 {
		looked, special, after = lookAVX512(&b[0], n, delim, c, &s.special[0], &marks[0], &s.seen[0], uint32(pos), uint32(at))
	} else {
		looked, special, after = lookAVX2(&b[0], n, delim, c, &s.special[0], &marks[0], &s.seen[0], uint32(pos), uint32(at))
	}
	s.marks, s.special = marks[:after], s.special[:special]
	return looked
}

// lookAVX2 looks at n windows, 32 bytes at a time, and returns at how many, how many are special, and how many marks there are then.
//
//go:noescape
func lookAVX2(b *byte, n int, delim byte, c *carry, windows *window, marks *uint32, kept *seen, base, at uint32) (looked, special, after int)

// lookAVX512 is lookAVX2, 64 bytes at a time.
//
//go:noescape
func lookAVX512(b *byte, n int, delim byte, c *carry, windows *window, marks *uint32, kept *seen, base, at uint32) (looked, special, after int)

// spansBetween makes spans as spansPlainly does. There is room for roomForSpans more of both.
func spansBetween(spans []schema.Span, marks []uint32) {
	if n := len(marks) - 1; n > 0 {
		if hasAVX2 {
			spansAVX2(&spans[:n+roomForSpans][0], &marks[0], n)
		} else {
			spansPlainly(spans, marks)
		}
	}
}

// spansAVX2 makes n spans, and up to seven of what stands behind the marks.
//
//go:noescape
func spansAVX2(spans *schema.Span, marks *uint32, n int)
