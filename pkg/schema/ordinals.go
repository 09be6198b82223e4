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

// all are those of the set, ascending.
func (s bitset) all() []int64 {
	all := make([]int64, 0, s.count())
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			all = append(all, int64(i)<<6|int64(bits.TrailingZeros64(w)))
		}
	}
	return all
}

func (s bitset) count() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// hashChunk is how many hashes lie together: whole chunks are added, so that growing copies nothing and wastes little. In search of those
// that repeat they are parted by their first bits, so that what is looked up meanwhile stays near the processor.
const (
	chunkBits = 14
	hashChunk = 1 << chunkBits
	partBits  = 6
	parts     = 1 << partBits
)

// hashes keeps eight bytes for each row, 0 for a row that has none.
type hashes struct {
	chunks []*[hashChunk]uint64
	len    int64
	parted [][parts + 1]uint16 // by chunk: where its parts begin and end
}

// A slab is what is left of memory for the chunks of all watches.
type slab struct {
	words []uint64
	slabs int
}

// The first slab is as much as a list of 40,000 rows takes, the others are worth large pages.
const (
	firstSlab = 8 * hashChunk
	fullSlab  = 8 << 20 / 8 // words
)

func (s *slab) chunk() *[hashChunk]uint64 {
	if len(s.words) == 0 {
		if s.slabs++; s.slabs == 1 {
			s.words = make([]uint64, firstSlab)
		} else {
			s.words = wordsToStay(fullSlab)
		}
	}
	chunk := (*[hashChunk]uint64)(s.words)
	s.words = s.words[hashChunk:]
	return chunk
}

// add adds those of the rows that follow. Nothing is read of a fresh chunk, not even to see that it is there: a page that is read first is
// brought in twice.
func (h *hashes) add(more []uint64, from *slab) {
	for len(more) > 0 {
		n := 0
		if at := int(h.len % hashChunk); at > 0 {
			n = copy(h.chunks[len(h.chunks)-1][at:], more)
		} else {
			fresh := from.chunk()
			n = copy(fresh[:], more)
			h.chunks = append(h.chunks, fresh)
		}
		h.len += int64(n)
		more = more[n:]
	}
}

// bytes is the memory that they take.
func (h *hashes) bytes() int { return 8 * hashChunk * len(h.chunks) }

// part sorts a chunk's hashes into their parts. In place of the bits that tell its part and of some others, each gets the place of its
// row in the chunk. They are sorted into room, which becomes the chunk; what was the chunk is returned as room for another. With 56 bits left, a million rows hold two that only seem to share a hash once in a hundred thousand lists.
func (h *hashes) part(chunk int, room *[hashChunk]uint64) *[hashChunk]uint64 {
	c := h.chunks[chunk]
	filled := c[:min(hashChunk, h.len-int64(chunk)*hashChunk)]
	var at [parts]int
	for _, hash := range filled {
		if hash != 0 {
			at[hash>>(64-partBits)]++
		}
	}
	bounds, sum := &h.parted[chunk], 0
	for i, n := range at {
		at[i] = sum
		sum += n
		bounds[i+1] = uint16(sum)
	}
	for i, hash := range filled {
		if hash != 0 {
			to := &at[hash>>(64-partBits)]
			room[*to] = hash<<partBits&^(hashChunk-1) | uint64(i)
			*to++
		}
	}
	h.chunks[chunk] = room
	return c
}

// entries are those of a part in one of the chunks.
func (h *hashes) entries(chunk, part int) []uint64 {
	b := &h.parted[chunk]
	return h.chunks[chunk][b[part]:b[part+1]]
}

// bitsPerHash makes it rare that two hashes share a bit, and mostBits bounds what a part's bits take.
const (
	bitsPerHash = 16
	mostBits    = 22
)

// A search is room in which parts are searched, one after the other.
type search struct {
	seen  []uint64 // a bit for each hash, chosen by its upper bits; one may take another's
	again []uint64
	slots []slot
}

// A slot is for a hash whose bit was set twice.
type slot struct {
	hash  uint64 // without the place of a row, and not 0
	first int64  // ordinal from 1 of the first row that has it; 0 while none was met
}

// repeated calls found with the ordinals of the rows of a part whose hash another row has too, some of them more than once. First those that may repeat are found with a bit for each, which is quick and takes little memory; then the few are
// looked for in earnest.
func (h *hashes) repeated(part int, s *search, found func(ordinal int64)) {
	n := 0
	for c := range h.chunks {
		n += len(h.entries(c, part))
	}
	log := min(max(bits.Len(uint(n*bitsPerHash)), 6), mostBits)
	if words := 1 << log / 64; cap(s.seen) < words {
		s.seen = make([]uint64, words)
	} else {
		s.seen = s.seen[:words]
		clear(s.seen)
	}
	shift := 64 - log
	s.again = s.again[:0]
	for c := range h.chunks {
		for _, entry := range h.entries(c, part) {
			at := entry >> shift
			word, bit := &s.seen[at>>6], uint64(1)<<(at&63)
			if *word&bit != 0 {
				s.again = append(s.again, bare(entry))
			}
			*word |= bit
		}
	}
	if len(s.again) == 0 {
		return
	}
	size := 8
	for size < 2*len(s.again) {
		size *= 2
	}
	if cap(s.slots) < size {
		s.slots = make([]slot, size)
	} else {
		s.slots = s.slots[:size]
		clear(s.slots)
	}
	clear(s.seen)
	for _, hash := range s.again {
		at := hash >> shift
		s.seen[at>>6] |= 1 << (at & 63)
		s.slot(hash).hash = hash
	}
	for c := range h.chunks {
		for _, entry := range h.entries(c, part) {
			if at := entry >> shift; s.seen[at>>6]>>(at&63)&1 == 0 {
				continue
			}
			ordinal := int64(c)<<chunkBits | int64(entry&(hashChunk-1))
			switch e := s.slot(bare(entry)); {
			case e.hash == 0: // only its bit is another's
			case e.first == 0:
				e.first = ordinal + 1
			default:
				found(e.first - 1)
				found(ordinal)
			}
		}
	}
}

// bare is a hash without the place of its row. The bit that takes that place keeps it from being 0.
func bare(entry uint64) uint64 { return entry&^(hashChunk-1) | 1 }

// slot is where a hash is, or would be.
func (s *search) slot(hash uint64) *slot {
	last := len(s.slots) - 1
	for at := int(hash>>chunkBits) & last; ; at = (at + 1) & last {
		if e := &s.slots[at]; e.hash == 0 || e.hash == hash {
			return e
		}
	}
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
