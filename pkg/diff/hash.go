package diff

import (
	"bytes"
	"crypto/rand"
	"hash/maphash"
)

// hash is 128 bits: wide enough that no answer rests on luck. Among the 10¹² pairs of two lists of a million rows, two
// that differ have the same hash with a probability of 10¹² · 2⁻¹²⁸, less than 10⁻²⁶; and less than 10⁻¹⁶ of two keys agree in the 96
// bits that the index keeps of theirs.
type hash struct{ a, b uint64 }

// hasher makes hashes. Its keys are of one comparison, so that nobody can write a list that collides.
//
// Where the processor has the instructions for it, 64 bytes at a time go through two rounds of AES in four lanes of 128 bits, each with
// keys of its own, and three rounds more at the end, before the lanes are brought together. A lane loses nothing of what it takes in.
type hasher struct {
	keys *hashKeys
	a, b maphash.Seed
}

// hashKeys are the keys of three rounds of the four lanes, and one for the parts of a cell behind which more of it follows. The first is
// mixed with the length.
type hashKeys [4 * 64]byte

func newHasher() hasher {
	h := hasher{keys: new(hashKeys), a: maphash.MakeSeed(), b: maphash.MakeSeed()}
	rand.Read(h.keys[:]) // does not fail
	return h
}

func (h *hasher) sum(b []byte) hash {
	if hasVAES && len(b) > 0 {
		return h.sumVAES(b)
	}
	return hash{a: maphash.Bytes(h.a, b), b: maphash.Bytes(h.b, b)}
}

// rowShape says where in a row the cells are that are hashed where they stand.
type rowShape struct {
	columns  []int32 // of texts, then mail addresses, then phone numbers, then instants
	texts    int
	mails    int
	digits   int
	instants int
	edges    *[512]uint8 // what texts and mail addresses may begin with, and behind these what they may end with
}

// add takes in a column. Those of one form are added after those of the forms before it.
func (s *rowShape) add(column int, f form) {
	s.columns = append(s.columns, int32(column))
	switch f {
	case formMail:
		s.mails++
	case formDigits:
		s.digits++
	case formInstant:
		s.instants++
	default:
		s.texts++
	}
}

// shown is what hashing cells where they stand shows of them.
type shown uint8

const (
	unknown  shown = iota // what is to be hashed of one of them is not what stands there: there is no hash
	allKnown              // what was hashed is what [comparison.appendCell] appends of each, if there is nothing for NFC to do
	allASCII              // and there is nothing for it to do
)

// plainEdges has 1 for what a cell may begin and end with that is hashed where it stands, anyEdges for every byte.
var plainEdges = func() (edges [512]uint8) {
	for c := range 256 {
		if plainStarts[c] {
			edges[c] = 1
		}
		if c > ' ' {
			edges[256+c] = 1
		}
	}
	return edges
}()

var anyEdges = [512]uint8(bytes.Repeat([]byte{1}, 512))
