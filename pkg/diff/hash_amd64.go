package diff

import "golang.org/x/sys/cpu"

var hasVAES = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VAES && cpu.X86.HasAES && cpu.X86.HasBMI2

func (h *hasher) sumVAES(b []byte) (s hash) {
	s.a, s.b = hashVAES(h.keys, &b[0], len(b))
	return s
}

// hashVAES hashes n bytes, at least one.
//
//go:noescape
func hashVAES(keys *hashKeys, p *byte, n int) (a, b uint64)
