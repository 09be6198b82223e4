package sandbox

import (
	"encoding/hex"
	"math/rand/v2"
	"sync"
)

// idSource makes ids that are the same in every run with the same seed. It is safe for concurrent use.
type idSource struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func newIDSource(seed uint64, stream uint64) *idSource {
	return &idSource{rng: rand.New(rand.NewPCG(seed, stream))}
}

func (s *idSource) bytes() [16]byte {
	s.mu.Lock()
	a, b := s.rng.Uint64(), s.rng.Uint64()
	s.mu.Unlock()
	var id [16]byte
	for i := range 8 {
		id[i] = byte(a >> (8 * i))
		id[8+i] = byte(b >> (8 * i))
	}
	return id
}

// uuid is a dashed version-4 UUID. Bulk delete and the path of DELETE request declare their ids as format uuid, so everything that
// a client may have to send back there has this form.
func (s *idSource) uuid() string {
	id := s.bytes()
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[0:8], id[0:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:36], id[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

// hex32 is the 32-hex form of identities, of the sources of Identity Security Cloud, of jobs and of tracking ids.
func (s *idSource) hex32() string {
	id := s.bytes()
	return hex.EncodeToString(id[:])
}
