package csvio

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT && cpu.X86.HasPCLMULQDQ

// look makes the windows of b, 64 bytes for each, as lookPlainly does.
func look(b []byte, delim byte, c *carry, windows []window, marks []uint32, base uint32) int {
	if !hasAVX2 || len(windows) == 0 {
		return lookPlainly(b, delim, c, windows, marks, base)
	}
	b, marks = b[:64*len(windows)], marks[:64*len(windows)+8]
	return lookAVX2(&b[0], len(windows), delim, c, &windows[0], &marks[0], base)
}

// lookAVX2 makes n windows of the 64·n bytes at b, 32 bytes at a time.
//
//go:noescape
func lookAVX2(b *byte, n int, delim byte, c *carry, windows *window, marks *uint32, base uint32) (looked int)
