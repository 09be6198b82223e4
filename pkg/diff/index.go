package diff

import (
	"errors"
	"math"
	"math/bits"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// index is what is remembered of the current side: for each record two hashes and where it stands, no bytes of it.
//
// Records are found by the hash of their folded key. The hash of their content takes in the key as it is spelt, so one
// comparison of it settles that a desired row has the same key and means the same.
type index struct {
	entries list[entry]
	refs    refs
	slots   []uint32      // open addressing: a record's place + 1, 0 where free
	keyless []int         // places of the records whose key is blank, in table order; they are never found
	twins   map[int][]int // further records with the folded key of the record at that place
	held    map[int]bool  // the records that share a folded key, and those without one
	claimed bitset        // records whose key stands in the desired list
}

type entry struct {
	key     hash // of the folded key
	content hash // of the key as it is spelt and the canonical values of the managed attributes
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

// seal makes the records findable; after it none is added.
func (x *index) seal() {
	n := x.entries.len()
	x.slots = make([]uint32, n+n/3+1)
	x.twins = make(map[int][]int)
	x.held = make(map[int]bool)
	x.claimed = make(bitset, (n+63)/64)
	keyless := x.keyless
	for i := range n {
		if len(keyless) > 0 && keyless[0] == i {
			keyless = keyless[1:]
			x.held[i] = true
			continue
		}
		key := x.entries.at(i).key
		at := x.slot(key)
		for x.slots[at] != 0 && x.entries.at(int(x.slots[at]-1)).key != key {
			at = x.next(at)
		}
		if first := x.slots[at]; first != 0 {
			x.twins[int(first-1)] = append(x.twins[int(first-1)], i)
			x.held[int(first-1)], x.held[i] = true, true
			continue
		}
		x.slots[at] = uint32(i + 1)
	}
}

// slot is where the search for a key begins: the hash scaled to the number of slots, which need not be a power of two.
func (x *index) slot(key hash) int {
	hi, _ := bits.Mul64(key.a, uint64(len(x.slots)))
	return int(hi)
}

func (x *index) next(at int) int {
	if at++; at == len(x.slots) {
		return 0
	}
	return at
}

// find returns the place of the first record with a folded key, or none.
func (x *index) find(key hash) (int, bool) {
	for at := x.slot(key); x.slots[at] != 0; at = x.next(at) {
		if i := int(x.slots[at] - 1); x.entries.at(i).key == key {
			return i, true
		}
	}
	return 0, false
}

// bitset is a set of places.
type bitset []uint64

func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }
func (b bitset) set(i int)      { b[i/64] |= 1 << (i % 64) }
