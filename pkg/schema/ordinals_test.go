package schema

import (
	"math/rand/v2"
	"testing"
)

// kept are the bits that count: those below are the place of the row in its chunk.
func kept(hash uint64) uint64 { return hash >> (chunkBits - partBits) }

// What is repeated must be found, and nothing else, however many rows share a bit.
func TestRepeated(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 2, 63, 64, 65, 1000, hashChunk - 1, hashChunk, hashChunk + 1, 200_000} {
		for _, distinct := range []uint64{1, 3, 1 << 10, 1 << 20, 1 << 63} {
			var h hashes
			var room slab
			counts := make(map[uint64]int) // by what is kept of a hash
			var all []uint64
			for from := 0; from < n; {
				rows := min(1+rng.IntN(3000), n-from)
				var more []uint64
				for range rows {
					hash := uint64(0)
					if rng.IntN(10) > 0 { // one row in ten has no value
						hash = mix(rng.Uint64N(distinct), 5) | 1
						if rng.IntN(4) == 0 {
							hash = rng.Uint64N(distinct)<<40 | 1 // crowded together
						}
						counts[kept(hash)]++
					}
					more = append(more, hash)
					all = append(all, hash)
				}
				h.add(more, &room)
				from += rows
			}
			found := repeatedOf([]*watch{{}, {hashes: h}})[1]
			for i, hash := range all {
				if want := hash != 0 && counts[kept(hash)] > 1; found.has(int64(i)) != want {
					t.Fatalf("%d rows, %d values: row %d is repeated: %v, found: %v", n, distinct, i, want, !want)
				}
			}
		}
	}
}
