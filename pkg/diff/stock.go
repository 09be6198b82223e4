package diff

import (
	"context"
	"encoding/binary"
	"sync"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A stock is the records of a great many rows that differ, read before these are settled: where much of a side differs, one run through
// it gives them sooner than a jump to each.
type stock struct {
	from, to int      // the items whose records these are
	at       []uint32 // by item, from the first: the byte of parts at which its record begins + 1; 0: it is not here
	order    byPlace

	mu    sync.Mutex
	parts [][]byte // records do not cross them, and each is keptPart long
	used  int      // parts that are taken
	open  []shelf  // of these, those that have room
}

// shelf is a part that is being filled, by one goroutine at a time.
type shelf struct {
	number int
	data   []byte
}

// stockDense is how many bytes there are from one of the wanted records to the next, on the whole, up to which one run is the sooner way.
const stockDense = 2 << 10

// stockBytes bounds what its records take, but for one part. A test makes it small.
var stockBytes = 32 << 20

// stocking says whether records are worth a stock, and of how many items.
func (c *comparison) stocking() (items int, worth bool) {
	total := int(c.summary.Current)
	if _, rereads := c.current.(schema.Rereader); !rereads || total < 2 {
		return 0, false
	}
	size := int(c.index.refs.At(total-1).Offset-c.index.refs.At(0).Offset) / (total - 1) // of a record, on the whole
	if items := c.items.len(); size <= 0 || items == 0 || stockBytes == 0 || size*total/stockDense > items {
		return 0, false
	}
	atOnce := max(stockBytes/(size+len(c.currentColumns)+fewRefBytes), 1)
	stocks := (c.items.len() + atOnce - 1) / atOnce
	return (c.items.len() + stocks - 1) / stocks, true
}

// fill takes the records of n items into the stock, from the one with the number from on. What does not fit is left out.
func (s *stock) fill(ctx context.Context, c *comparison, from, n int) error {
	s.from, s.to = from, min(from+n, c.items.len())
	s.at = resize(s.at, s.to-from)
	s.used, s.open = 0, s.open[:0]
	s.order.sort(len(s.at), func(i int) item { return *c.items.at(from + i) })
	before := len(s.parts)
	err := c.recall(ctx, c.workers, s.order.places, func(first int, run []given) error {
		s.put(first, run)
		return ctx.Err()
	})
	if more := len(s.parts) - before; more > 0 && c.o.Stays != nil {
		c.o.Stays(more * keptPart)
	}
	return err
}

// put takes a run of records into parts.
func (s *stock) put(first int, run []given) {
	p := s.take()
	for i := range run {
		g := &run[i]
		size := refBytes + packedSize(g.block, g.row)
		if size > keptPart {
			continue
		}
		if len(p.data)+size > cap(p.data) {
			if p = s.fresh(); p.data == nil {
				return
			}
		}
		at := p.number*keptPart + len(p.data)
		p.data = appendPacked(appendRef(p.data, g.block.Rows[g.row]), g.block, g.row)
		for _, row := range s.order.sharing(first + i) {
			s.at[row] = uint32(at) + 1
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, p)
}

// take gives a part that has room.
func (s *stock) take() shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.open) - 1
	if last < 0 {
		return s.another()
	}
	p := s.open[last]
	s.open = s.open[:last]
	return p
}

// fresh gives an empty part, and one without data if there is none.
func (s *stock) fresh() shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.another()
}

func (s *stock) another() shelf {
	if s.used > 0 && (s.used+1)*keptPart > stockBytes {
		return shelf{}
	}
	if s.used == len(s.parts) {
		s.parts = append(s.parts, make([]byte, keptPart))
	}
	s.used++
	return shelf{number: s.used - 1, data: s.parts[s.used-1][:0]}
}

// has says whether the record of an item is here.
func (s *stock) has(item int) bool {
	return item >= s.from && item < s.to && s.at[item-s.from] != 0
}

// touch touches the records of n items that are here, with nothing that would have to be guessed, so that the waits for memory overlap.
func (s *stock) touch(from, n int) (sum byte) {
	for item := max(from, s.from); item < min(from+n, s.to); item++ {
		at := s.at[item-s.from]
		if at == 0 {
			continue
		}
		part := s.parts[(at-1)/keptPart]
		at = (at - 1) % keptPart
		sum += part[at] + part[min(at+64, keptPart-1)] + part[min(at+128, keptPart-1)] + part[min(at+192, keptPart-1)]
	}
	return sum
}

// copy copies the record of an item, which is here, to the end of a block.
func (s *stock) copy(item int, to *schema.Block, width int) {
	at := s.at[item-s.from] - 1
	part, from := s.parts[at/keptPart], int(at%keptPart)
	to.Width = width
	ref, size := refOf(part[from:])
	to.Rows = append(to.Rows, ref)
	first := len(to.Cells)
	cells, text, end := unpack(to.Cells, part, from+size, width)
	for i := first; i < len(cells); i++ {
		cells[i].Off += uint32(len(to.Data) - text)
	}
	to.Cells, to.Data = cells, append(to.Data, part[text:end]...)
}

// A ref is kept as three numbers of as many bytes as they need: mostly few, at most so many.
const (
	fewRefBytes = 12
	refBytes    = 3 * binary.MaxVarintLen64
)

func appendRef(to []byte, r schema.Ref) []byte {
	for _, n := range [...]int64{r.Row, r.Line, r.Offset} {
		to = binary.AppendUvarint(to, uint64(n))
	}
	return to
}

// refOf reads a ref, and says how many bytes it has.
func refOf(b []byte) (r schema.Ref, size int) {
	for _, to := range [...]*int64{&r.Row, &r.Line, &r.Offset} {
		n, more := binary.Uvarint(b[size:])
		*to = int64(n)
		size += more
	}
	return r, size
}
