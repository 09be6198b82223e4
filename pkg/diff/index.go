package diff

import (
	"errors"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// index is what is remembered of the current side: for each record two hashes and where it stands, no bytes of it.
//
// Records are found by the hash of their folded key, of which 96 bits are kept: 64 beside the record and 32 in its slot. The hash of
// their content takes in the key as it is spelt, so one comparison of its 128 bits settles that a desired row has the same key
// and means the same.
//
// The slots are cut into parts by bits of the hash. A part is small enough for a core's own cache while it is filled.
type index struct {
	entries list[entry]
	tags    list[uint32] // what goes into the slots, until they are made
	refs    schema.Refs
	slots   []slot        // open addressing within each part
	part    int           // slots of a part
	parts   uint64        // a power of two
	keyless []int         // places of the records whose key is blank, in table order; they are never found
	twins   map[int][]int // further records with the folded key of the record at that place
	held    map[int]bool  // the records that share a folded key, and those without one
	claimed bitset        // records whose key stands in the desired list
}

type entry struct {
	key     uint64 // of the folded key, the first half
	content hash   // of the key as it is spelt and what is hashed of the managed attributes
}

// slot is a record's place + 1, with a quarter of its key's hash above it, so that the search for a key seldom has to look at the
// record of another; 0 where it is free.
type slot uint64

func slotOf(tag uint32, place int) slot { return slot(tag)<<32 | slot(place+1) }

func (s slot) place() int { return int(uint32(s)) - 1 }

// tagOf is the part of a key's hash that is in its slot.
func tagOf(key hash) uint32 { return uint32(key.b >> 32) }

func (s slot) tag() uint32 { return uint32(s >> 32) }

func (x *index) add(key, content hash, ref schema.Ref, keyless bool) error {
	if x.entries.len() == math.MaxUint32-1 {
		return errors.New("the current side has more than 4,294,967,294 records, which is as many as can be compared")
	}
	if keyless {
		x.keyless = append(x.keyless, x.entries.len())
	}
	x.entries.add(entry{key.a, content})
	x.tags.add(tagOf(key))
	x.refs.Add(ref)
	return nil
}

// rowsOfPart is about how many records a part is made for: its slots are 128 KB.
const rowsOfPart = 14 << 10

// seal makes the records findable, by several workers at once; after it none is added.
func (x *index) seal(workers int) {
	n := x.entries.len()
	x.claimed = make(bitset, (n+63)/64)
	clear(x.claimed) // a page that is read before it is written is brought in twice
	x.twins = make(map[int][]int)
	x.held = make(map[int]bool)
	for _, place := range x.keyless {
		x.held[place] = true
	}
	x.parts = uint64(1) << bits.Len(uint(n/rowsOfPart))
	filled := x.sort(workers)
	x.tags = list[uint32]{}
	var lock sync.Mutex // of the twins, which are few
	split(workers, int(x.parts), func(_, from, to int) {
		records := make([]slot, 0, x.part)
		for p := from; p < to; p++ {
			records = x.fill(p, filled[p], records[:0], &lock)
		}
	})
	for first, rest := range x.twins {
		x.held[first] = true
		for _, place := range rest {
			x.held[place] = true
		}
	}
}

// sort puts the slots of each part's records, in table order, where the part begins, and says how many they are.
func (x *index) sort(workers int) (filled []int) {
	counts := make([][]int, workers) // by worker and part
	split(workers, len(x.entries.chunks), func(worker, from, to int) {
		counts[worker] = make([]int, x.parts)
		x.each(from, to, func(_ int, key uint64, _ uint32) { counts[worker][x.partOf(key)]++ })
	})
	most := 0
	filled = make([]int, x.parts)
	for p := range x.parts {
		sum := 0
		for _, count := range counts {
			if count != nil {
				count[p], sum = sum, sum+count[p]
			}
		}
		filled[p], most = sum, max(most, sum)
	}
	x.part = most + most/4 + 1
	x.slots = make([]slot, x.part*int(x.parts))
	split(workers, len(x.entries.chunks), func(worker, from, to int) {
		next := counts[worker]
		for p := range next {
			next[p] += p * x.part
		}
		x.each(from, to, func(place int, key uint64, tag uint32) {
			p := x.partOf(key)
			x.slots[next[p]] = slotOf(tag, place)
			next[p]++
		})
	})
	return filled
}

// each calls f for the records of some of the chunks that have a key, in table order.
func (x *index) each(from, to int, f func(place int, key uint64, tag uint32)) {
	place := from * chunk
	first, _ := slices.BinarySearch(x.keyless, place)
	keyless := x.keyless[first:]
	for n := from; n < to; n++ {
		entries, tags := x.entries.chunks[n], x.tags.chunks[n]
		for i := range entries {
			if len(keyless) > 0 && keyless[0] == place {
				keyless = keyless[1:]
			} else {
				f(place, entries[i].key, tags[i])
			}
			place++
		}
	}
}

// fill puts the records of one part, which stand at its beginning, into their slots, and notes those whose key another record has
// already. records is room to work in.
func (x *index) fill(part, n int, records []slot, twins sync.Locker) []slot {
	from := part * x.part
	slots := x.slots[from : from+x.part]
	records = append(records, slots[:n]...)
	clear(slots) // those that were never written too: a page that is read first is brought in twice
	for _, s := range records {
		at := x.begin(s.tag())
		for ; slots[at] != 0; at = x.next(at) {
			if slots[at].tag() == s.tag() && x.entries.at(slots[at].place()).key == x.entries.at(s.place()).key {
				first := slots[at].place()
				twins.Lock()
				x.twins[first] = append(slices.Clip(x.twins[first]), s.place())
				twins.Unlock()
				break
			}
		}
		if slots[at] == 0 {
			slots[at] = s
		}
	}
	return records
}

func (x *index) partOf(key uint64) uint64 { return key >> 1 & (x.parts - 1) }

// begin is where the search for a key begins in its part: its tag scaled to the number of slots, which need not be a power of two.
func (x *index) begin(tag uint32) int { return int(uint64(tag) * uint64(x.part) >> 32) }

func (x *index) next(at int) int {
	if at++; at == x.part {
		return 0
	}
	return at
}

// slotsOf are the slots in which a key is looked for, and where the search begins.
func (x *index) slotsOf(key hash) (slots []slot, at int) {
	from := int(x.partOf(key.a)) * x.part
	return x.slots[from : from+x.part], x.begin(tagOf(key))
}

// find returns the place of the first record with a folded key, or none.
func (x *index) find(key hash) (int, bool) {
	slots, at := x.slotsOf(key)
	for ; slots[at] != 0; at = x.next(at) {
		if slots[at].tag() == tagOf(key) && x.entries.at(slots[at].place()).key == key.a {
			return slots[at].place(), true
		}
	}
	return 0, false
}

// forget lets go what finds records by their keys.
func (x *index) forget() { x.entries, x.slots = list[entry]{}, nil }

// bitset is a set of places.
type bitset []uint64

func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }
func (b bitset) set(i int)      { b[i/64] |= 1 << (i % 64) }

// others are the places below n that are not in the set.
func (b bitset) others(n int) []int {
	others := make([]int, 0, 64)
	for i, word := range b {
		for w := ^word; w != 0; w &= w - 1 {
			if place := i*64 + bits.TrailingZeros64(w); place < n {
				others = append(others, place)
			}
		}
	}
	return others
}
