package schema

import "math/bits"

// A bitset is a set of the ordinals of rows, from 0.
type bitset []uint64

func (s *bitset) add(i int64) {
	for int(i>>6) >= len(*s) {
		*s = append(*s, 0)
	}
	(*s)[i>>6] |= 1 << (i & 63)
}

func (s bitset) has(i int64) bool { return int(i>>6) < len(s) && s[i>>6]>>(i&63)&1 == 1 }

func (s bitset) count() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// hashChunk is how many hashes lie together: whole chunks are added, so that growing copies nothing and wastes little.
const hashChunk = 1 << 14

// hashes keeps eight bytes for each row, 0 for a row that has none.
type hashes struct {
	chunks [][]uint64
	len    int64
}

// grow makes room for rows more, all without a hash.
func (h *hashes) grow(rows int) {
	h.len += int64(rows)
	for int64(len(h.chunks))*hashChunk < h.len {
		h.chunks = append(h.chunks, make([]uint64, hashChunk))
	}
}

func (h *hashes) set(i int64, hash uint64) { h.chunks[i/hashChunk][i%hashChunk] = hash }

// repeated returns the ordinals of the rows whose hash another row has too, and lets the hashes go. Rows are sorted into parts by
// their hash first, so that the table in which one part is looked up stays in the processor's cache.
func (h *hashes) repeated() (found bitset) {
	const parts = 64
	var sizes [parts]int
	for _, chunk := range h.chunks {
		for _, hash := range chunk {
			if hash != 0 {
				sizes[hash>>58]++
			}
		}
	}
	largest, total := 0, 0
	var next [parts]int
	for p, n := range sizes {
		next[p] = total
		total += n
		largest = max(largest, n)
	}
	sorted, ordinals := make([]uint64, total), make([]uint32, total)
	for c, chunk := range h.chunks {
		for i, hash := range chunk {
			if hash != 0 {
				at := &next[hash>>58]
				sorted[*at], ordinals[*at] = hash, uint32(c*hashChunk+i)
				*at++
			}
		}
		h.chunks[c] = nil // it is not needed again, and the copy is as large
	}
	slots := 8
	for slots < 2*largest {
		slots *= 2
	}
	table := make([]uint32, slots) // place in the part, from 1
	from := 0
	for _, n := range sizes {
		part, of := sorted[from:from+n], ordinals[from:from+n]
		from += n
		clear(table)
		for i, hash := range part {
			at := int(hash>>1) & (slots - 1)
			for table[at] != 0 && part[table[at]-1] != hash {
				at = (at + 1) & (slots - 1)
			}
			if table[at] == 0 {
				table[at] = uint32(i + 1)
				continue
			}
			found.add(int64(of[table[at]-1]))
			found.add(int64(of[i]))
		}
	}
	return found
}

// union adds the ordinals of another set.
func (s *bitset) union(o bitset) {
	for len(*s) < len(o) {
		*s = append(*s, 0)
	}
	for i, w := range o {
		(*s)[i] |= w
	}
}
