package diff

import "hash/maphash"

// hash is 128 bits: wide enough that no answer rests on luck. Among the 10¹² pairs of two lists of a million rows, two
// that differ have the same hash with a probability of 10¹² · 2⁻¹²⁸, less than 10⁻²⁶; and less than 10⁻¹⁶ of two keys agree in the 96
// bits that the index keeps of theirs.
type hash struct{ a, b uint64 }

// hasher makes hashes. Its seeds are of one comparison, so that nobody can write a list that collides.
type hasher struct{ a, b maphash.Seed }

func newHasher() hasher { return hasher{a: maphash.MakeSeed(), b: maphash.MakeSeed()} }

func (h hasher) sum(b []byte) hash { return hash{a: maphash.Bytes(h.a, b), b: maphash.Bytes(h.b, b)} }
