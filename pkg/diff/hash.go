package diff

import (
	"crypto/rand"
	"hash/maphash"
)

// hash is 128 bits: wide enough that no answer rests on luck. Among the 10¹² pairs of two lists of a million rows, two
// that differ have the same hash with a probability of 10¹² · 2⁻¹²⁸, less than 10⁻²⁶; and less than 10⁻¹⁶ of two keys agree in the 96
// bits that the index keeps of theirs.
type hash struct{ a, b uint64 }

// hasher makes hashes. Its keys are of one comparison, so that nobody can write a list that collides.
//
// Where the processor has the instructions for it, 64 bytes at a time go through two rounds of AES in four lanes of 128 bits, each with
// keys of its own, and three rounds more at the end, before the lanes are brought together. A lane loses nothing of what it takes in.
type hasher struct {
	keys *hashKeys
	a, b maphash.Seed
}

// hashKeys are the keys of three rounds of the four lanes. The first is mixed with the length.
type hashKeys [3 * 64]byte

func newHasher() hasher {
	h := hasher{keys: new(hashKeys), a: maphash.MakeSeed(), b: maphash.MakeSeed()}
	rand.Read(h.keys[:]) // does not fail
	return h
}

func (h *hasher) sum(b []byte) hash {
	if hasVAES && len(b) > 0 {
		return h.sumVAES(b)
	}
	return hash{a: maphash.Bytes(h.a, b), b: maphash.Bytes(h.b, b)}
}
