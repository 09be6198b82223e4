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
	slots   []uint32      // open addressing within each part: a record's place + 1, 0 where free
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

// rowsOfPart is about how many records a part is made for: its slots are 64 KB.
const rowsOfPart = 12 << 10

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
	places, ends := x.byPart()
	most := 0
	for p := range ends {
		most = max(most, len(placesOf(places, ends, p)))
	}
	x.part = most + most/4 + 1
	x.slots = make([]uint32, x.part*int(x.parts))
	twins := make([]map[int][]int, x.parts)
	share(workers, int(x.parts), func(p int) { twins[p] = x.fill(placesOf(places, ends, p)) })
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

// byPart sorts the places of the records with a key by their part; ends has where in places each part ends.
func (x *index) byPart() (places []uint32, ends []int) {
	n := x.entries.len()
	ends = make([]int, x.parts)
	x.each(func(_ int, key hash) { ends[x.partOf(key)]++ })
	sum := 0
	for p := range ends {
		ends[p], sum = sum, sum+ends[p]
	}
	places = make([]uint32, n-len(x.keyless))
	x.each(func(place int, key hash) {
		p := x.partOf(key)
		places[ends[p]] = uint32(place)
		ends[p]++
	})
	return places, ends
}

func placesOf(places []uint32, ends []int, p int) []uint32 {
	if p == 0 {
		return places[:ends[0]]
	}
	return places[ends[p-1]:ends[p]]
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
func (x *index) fill(places []uint32) (twins map[int][]int) {
	for _, place := range places {
		key := x.entries.at(int(place)).key
		at, from := x.slot(key)
		for x.slots[at] != 0 && x.entries.at(int(x.slots[at]-1)).key != key {
			at = x.next(at, from)
		}
		if first := int(x.slots[at]) - 1; first >= 0 {
			if twins == nil {
				twins = make(map[int][]int)
			}
			twins[first] = append(slices.Clip(twins[first]), int(place))
			continue
		}
		x.slots[at] = place + 1
	}
	return twins
}

func (x *index) partOf(key hash) uint64 { return key.a >> 1 & (x.parts - 1) }

// slot is where the search for a key begins, and where its part does: the hash scaled to the number of slots of a part, which
// need not be a power of two.
func (x *index) slot(key hash) (at, from int) {
	from = int(x.partOf(key)) * x.part
	hi, _ := bits.Mul64(key.b, uint64(x.part))
	return from + int(hi), from
}

func (x *index) next(at, from int) int {
	if at++; at == from+x.part {
		return from
	}
	return at
}

// find returns the place of the first record with a folded key, or none.
func (x *index) find(key hash) (int, bool) {
	at, from := x.slot(key)
	for ; x.slots[at] != 0; at = x.next(at, from) {
		if place := int(x.slots[at] - 1); x.entries.at(place).key == key {
			return place, true
		}
	}
	return 0, false
}

// bitset is a set of places.
type bitset []uint64

func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }
func (b bitset) set(i int)      { b[i/64] |= 1 << (i % 64) }
