package diff

import (
	"errors"
	"math"
	"math/bits"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// index is what is remembered of the current side: for each record two hashes and where it stands, no bytes of it.
//
// Records are found by the hash of their folded key. The hash of their content takes in the key as it is spelt, so one
// comparison of it settles that a desired row has the same key and means the same.
//
// The slots are cut into parts by the first bits of the hash. A part is small enough for a core's own cache while it is
// filled, and parts are filled side by side.
type index struct {
	entries list[entry]
	refs    refs
	slots   []slot        // open addressing within each part
	part    int           // slots of a part
	parts   uint64        // a power of two
	keyless []int         // places of the records whose key is blank, in table order; they are never found
	twins   map[int][]int // further records with the folded key of the record at that place
	held    map[int]bool  // the records that share a folded key, and those without one
	claimed bitset        // records whose key stands in the desired list
}

type entry struct {
	key     hash // of the folded key
	content hash // of the key as it is spelt and what is hashed of the managed attributes
}

// slot is a record's place + 1, with part of its key's hash above it, so that the search for a key seldom has to look at the
// record of another; 0 where it is free.
type slot uint64

func slotOf(key hash, place int) slot { return slot(key.b>>32<<32 | uint64(place+1)) }

func (s slot) place() int { return int(uint32(s)) - 1 }

// mayBe tells whether the record can have the key.
func (s slot) mayBe(key hash) bool { return uint64(s)>>32 == key.b>>32 }

func (x *index) add(e entry, ref schema.Ref, keyless bool) error {
	if x.entries.len() == math.MaxUint32-1 {
		return errors.New("the current side has more than 4,294,967,294 records, which is as many as can be compared")
	}
	if keyless {
		x.keyless = append(x.keyless, x.entries.len())
	}
	x.entries.add(e)
	x.refs.add(ref)
	return nil
}

// rowsOfPart is about how many records a part is made for: its slots are 128 KB.
const rowsOfPart = 14 << 10

// seal makes the records findable; after it none is added.
func (x *index) seal(workers int) {
	n := x.entries.len()
	x.claimed = make(bitset, (n+63)/64)
	x.twins = make(map[int][]int)
	x.held = make(map[int]bool)
	for _, place := range x.keyless {
		x.held[place] = true
	}
	x.parts = uint64(1) << bits.Len(uint(n/rowsOfPart))
	sorted, ends := x.byPart()
	most := 0
	for p := range ends {
		most = max(most, len(ofPart(sorted, ends, p)))
	}
	x.part = most + most/8 + 1
	x.slots = make([]slot, x.part*int(x.parts))
	twins := make([]map[int][]int, x.parts)
	share(workers, int(x.parts), func(p int) { twins[p] = x.fill(p, ofPart(sorted, ends, p)) })
	for _, found := range twins {
		for first, rest := range found {
			x.twins[first] = rest
			x.held[first] = true
			for _, place := range rest {
				x.held[place] = true
			}
		}
	}
}

// byPart sorts the slots of the records with a key by their part; ends has where each part ends.
func (x *index) byPart() (sorted []slot, ends []int) {
	n := x.entries.len()
	ends = make([]int, x.parts)
	x.each(func(_ int, key hash) { ends[x.partOf(key)]++ })
	sum := 0
	for p := range ends {
		ends[p], sum = sum, sum+ends[p]
	}
	sorted = make([]slot, n-len(x.keyless))
	x.each(func(place int, key hash) {
		p := x.partOf(key)
		sorted[ends[p]] = slotOf(key, place)
		ends[p]++
	})
	return sorted, ends
}

func ofPart(sorted []slot, ends []int, p int) []slot {
	if p == 0 {
		return sorted[:ends[0]]
	}
	return sorted[ends[p-1]:ends[p]]
}

// each calls f for the records that have a key, in table order.
func (x *index) each(f func(place int, key hash)) {
	keyless := x.keyless
	place := 0
	for _, chunk := range x.entries.chunks {
		for i := range chunk {
			if len(keyless) > 0 && keyless[0] == place {
				keyless = keyless[1:]
			} else {
				f(place, chunk[i].key)
			}
			place++
		}
	}
}

// fill puts the records of one part into their slots, and returns those whose key another record has already.
func (x *index) fill(part int, records []slot) (twins map[int][]int) {
	from := part * x.part
	slots := x.slots[from : from+x.part]
	for _, s := range records {
		at := x.begin(uint64(s))
		for ; slots[at] != 0; at = x.next(at) {
			if slots[at]>>32 != s>>32 || x.entries.at(slots[at].place()).key != x.entries.at(s.place()).key {
				continue
			}
			if twins == nil {
				twins = make(map[int][]int)
			}
			first := slots[at].place()
			twins[first] = append(slices.Clip(twins[first]), s.place())
			break
		}
		if slots[at] == 0 {
			slots[at] = s
		}
	}
	return twins
}

func (x *index) partOf(key hash) uint64 { return key.a >> 1 & (x.parts - 1) }

// begin is where the search for a key begins in its part, given the upper half of its second word: scaled to the number of
// slots, which need not be a power of two.
func (x *index) begin(b uint64) int { return int(b >> 32 * uint64(x.part) >> 32) }

func (x *index) next(at int) int {
	if at++; at == x.part {
		return 0
	}
	return at
}

// slotsOf are the slots in which a key is looked for, and where the search begins.
func (x *index) slotsOf(key hash) (slots []slot, at int) {
	from := int(x.partOf(key)) * x.part
	return x.slots[from : from+x.part], x.begin(key.b)
}

// find returns the place of the first record with a folded key, or none.
func (x *index) find(key hash) (int, bool) {
	slots, at := x.slotsOf(key)
	for ; slots[at] != 0; at = x.next(at) {
		if slots[at].mayBe(key) && x.entries.at(slots[at].place()).key == key {
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
