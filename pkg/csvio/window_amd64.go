package csvio

import "golang.org/x/sys/cpu"

// look makes the windows of the first 64 bytes of b for each, as lookPlainly does.
func look(windows []window, b []byte, delim byte) {
	if len(windows) == 0 {
		return
	}
	if !cpu.X86.HasAVX2 {
		lookPlainly(windows, b, delim)
		return
	}
	b = b[:64*len(windows)]
	lookAVX2(&b[0], len(windows), delim, &windows[0])
}

// lookAVX2 makes n windows of the 64·n bytes at b, 32 bytes at a time.
//
//go:noescape
func lookAVX2(b *byte, n int, delim byte, windows *window)
