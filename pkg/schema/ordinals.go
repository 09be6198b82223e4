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

// add adds those of the rows that follow.
func (h *hashes) add(more []uint64) {
	for len(more) > 0 {
		at := int(h.len % hashChunk)
		if at == 0 {
			h.chunks = append(h.chunks, make([]uint64, hashChunk))
		}
		n := copy(h.chunks[len(h.chunks)-1][at:], more)
		h.len += int64(n)
		more = more[n:]
	}
}

// A marks is a set of hashes that may take one for another: a bit for each, chosen by its upper half.
type marks struct {
	bits  []uint64
	shift int
}

func newMarks(size int) marks {
	log := bits.Len(uint(max(size, 64) - 1))
	return marks{bits: make([]uint64, 1<<log/64), shift: 64 - log}
}

// mark adds a hash and says whether its bit was set already.
func (m *marks) mark(hash uint64) bool {
	at := hash >> m.shift
	word, bit := &m.bits[at>>6], uint64(1)<<(at&63)
	was := *word&bit != 0
	*word |= bit
	return was
}

func (m *marks) has(hash uint64) bool {
	at := hash >> m.shift
	return m.bits[at>>6]>>(at&63)&1 == 1
}

// bitsPerHash makes it rare that two hashes share a bit, and mostMarks keeps the bits near the processor.
const (
	bitsPerHash = 16
	mostMarks   = 1 << 25
)

// repeated returns the ordinals of the rows whose hash another row has too, and lets the hashes go. First those that may repeat are
// found with a bit for each, which is quick and takes little memory; then the few are looked for in earnest.
func (h *hashes) repeated() (found bitset) {
	size := min(int(h.len)*bitsPerHash, mostMarks)
	seen := newMarks(size)
	var again []uint64
	for _, chunk := range h.chunks {
		for _, hash := range chunk {
			if hash != 0 && seen.mark(hash) {
				again = append(again, hash)
			}
		}
	}
	if len(again) == 0 {
		h.chunks = nil
		return nil
	}
	slots := 8
	for slots < 2*len(again) {
		slots *= 2
	}
	table := make([]struct {
		hash  uint64
		first uint32 // ordinal from 1 of the first row that has it; 0 while none was met
	}, slots)
	clear(seen.bits)
	for _, hash := range again {
		seen.mark(hash)
		at := int(hash>>1) & (slots - 1)
		for table[at].hash != 0 && table[at].hash != hash {
			at = (at + 1) & (slots - 1)
		}
		table[at].hash = hash
	}
	for c, chunk := range h.chunks {
		for i, hash := range chunk {
			if hash == 0 || !seen.has(hash) {
				continue
			}
			at := int(hash>>1) & (slots - 1)
			for table[at].hash != 0 && table[at].hash != hash {
				at = (at + 1) & (slots - 1)
			}
			switch entry := &table[at]; {
			case entry.hash == 0: // only its bit is another's
			case entry.first == 0:
				entry.first = uint32(c*hashChunk+i) + 1
			default:
				found.add(int64(entry.first - 1))
				found.add(int64(c*hashChunk + i))
			}
		}
	}
	h.chunks = nil
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
