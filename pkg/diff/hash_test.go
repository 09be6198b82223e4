package diff

import (
	"bytes"
	"crypto/rand"
	"hash/maphash"
	"math/bits"
	"testing"
)

// ways are a hasher as this processor makes hashes, and as others do.
func ways(t *testing.T) map[string]func([]byte) hash {
	h := newHasher()
	all := map[string]func([]byte) hash{"plainly": func(b []byte) hash { return hash{a: maphash.Bytes(h.a, b), b: maphash.Bytes(h.b, b)} }}
	if hasVAES {
		all["with AES"] = h.sum
	} else {
		t.Log("this processor has no VAES")
	}
	return all
}

// The same bytes have the same hash wherever they stand, and any that differ have another, however little they differ.
func TestHashes(t *testing.T) {
	for way, sum := range ways(t) {
		t.Run(way, func(t *testing.T) {
			seen := make(map[hash]string)
			note := func(b []byte) {
				s := sum(b)
				if was, ok := seen[s]; ok && was != string(b) {
					t.Fatalf("%q and %q have one hash", was, b)
				}
				seen[s] = string(b)
				for _, shift := range []int{1, 7, 33} {
					moved := append(make([]byte, shift, shift+len(b)+1), b...)[shift:]
					if got := sum(moved); got != s {
						t.Fatalf("%q has another hash elsewhere", b)
					}
				}
			}
			for n := range 300 {
				text := bytes.Repeat([]byte{0}, n)
				note(text)
				for i := range n {
					text[i] = 1
					note(text)
					text[i] = 0
				}
			}
			for n := range 300 {
				note(bytes.Repeat([]byte{'a'}, n))
				text := make([]byte, n)
				rand.Read(text)
				note(text)
			}
		})
	}
}

// A bit of what is hashed turns over about half of the bits of the hash, wherever it stands.
func TestHashesSpread(t *testing.T) {
	for way, sum := range ways(t) {
		t.Run(way, func(t *testing.T) {
			for _, n := range []int{1, 8, 13, 16, 40, 63, 64, 65, 128, 172, 200} {
				var turned [128]int
				const texts = 64
				tries := 0
				for range texts {
					text := make([]byte, n)
					rand.Read(text)
					was := sum(text)
					for bit := range 8 * n {
						text[bit/8] ^= 1 << (bit % 8)
						is := sum(text)
						text[bit/8] ^= 1 << (bit % 8)
						tries++
						for i := range 64 {
							turned[i] += int((was.a ^ is.a) >> i & 1)
							turned[64+i] += int((was.b ^ is.b) >> i & 1)
						}
						if d := bits.OnesCount64(was.a^is.a) + bits.OnesCount64(was.b^is.b); d < 24 || d > 104 {
							t.Fatalf("%d bits of 128 turned over with bit %d of %d bytes", d, bit, n)
						}
					}
				}
				for i, d := range turned {
					if tries >= 4096 && (d*100 < tries*45 || d*100 > tries*55) {
						t.Errorf("of %d bytes, bit %d of the hash turned over %d times in %d", n, i, d, tries)
					}
				}
			}
		})
	}
}
