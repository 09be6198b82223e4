package csvio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// A span of a file is read in chunks, which are scanned side by side and handed out in order.
//
// Where a chunk may be cut is a guess: at the end of a line behind which well-formed rows follow. The guess is never trusted.
// A chunk is right if the one before it was right and its last row ended exactly at the cut; where it did not, because the
// cut fell inside quotes, what is left over is put in front of the chunk and both are scanned again. So the rows are those of a
// scan from the first byte to the last, whatever the size of the chunks and the number of workers, and a wrong guess costs
// time only.
type span struct {
	in       *input
	layout   *layout
	prepare  func(*chunk) // what is done to each chunk where it is scanned; may be nil
	from, to int64
	ends     bool // the input ends with the span
	size     int  // of a chunk
	workers  int
	tornAt   int64 // after errTorn: where the row begins that goes on past the end
}

// chunkSize is how many bytes are scanned at a time: enough to be shared out among a few workers again, few enough to
// stay in a processor's cache.
const chunkSize = 256 << 10

// each hands out the chunks. A chunk dies when f returns. If the input goes on behind the span and the span's last row has no
// end in it, each returns errTorn after all rows before that one were handed out.
func (s *span) each(ctx context.Context, f func(c *chunk) error) error {
	if s.to-s.from <= int64(s.size) || s.workers < 2 {
		return s.eachInTurn(ctx, f)
	}
	return s.eachSideBySide(ctx, f)
}

// scan finds the rows of a chunk; last says that the span ends with it.
func (s *span) scan(c *chunk, last bool) {
	s.layout.scan(c, last && s.ends)
	if s.prepare != nil {
		s.prepare(c)
	}
}

// spare are chunks of earlier readings, of any list: fresh memory is dear, and two lists are read one after the other.
var spare sync.Pool

// spareChunk is an empty chunk, with the memory of an earlier one if there was one. What had been made of it is of another reading.
func spareChunk() *chunk {
	c, _ := spare.Get().(*chunk)
	if c == nil {
		c = &chunk{}
	}
	c.made = nil
	return c
}

// errTorn says that the last row of a span does not end with it.
var errTorn = errors.New("a row goes on past the end")

func (s *span) eachInTurn(ctx context.Context, f func(c *chunk) error) error {
	c := spareChunk()
	defer spare.Put(c)
	var rest []byte
	offset := s.from
	for last := false; !last; {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.reset(len(s.layout.columns))
		c.offset = offset
		data, n, err := s.read(append(c.block.Data, rest...), offset, max(s.size, 2*len(rest)))
		if err != nil {
			return err
		}
		last = n
		c.block.Data = data
		s.scan(c, last)
		rest = append(rest[:0], c.block.Data[c.end:c.size]...)
		offset += int64(c.end)
		if err := f(c); err != nil {
			return err
		}
	}
	if len(rest) > 0 {
		s.tornAt = offset
		return errTorn
	}
	return nil
}

// read fills data, whose first byte stands at offset, up to size bytes. last is true if the span ends with it.
func (s *span) read(data []byte, offset int64, size int) (_ []byte, last bool, err error) {
	have := len(data)
	left := s.to - offset - int64(have)
	want := int(min(int64(max(size-have, 1)), left))
	data = slices.Grow(data, want)[:have+want]
	n, err := s.in.file.ReadAt(data[have:], offset+int64(have))
	if n < want {
		if err == nil || errors.Is(err, io.EOF) {
			if changed := s.in.unchanged(); changed != nil {
				return nil, false, changed
			}
			err = io.ErrUnexpectedEOF
		}
		return nil, false, fmt.Errorf("read %s: %w", s.in.name, err)
	}
	if d := s.in.running; d != nil {
		if at := offset + int64(have); d.at < at { // what stands above the table
			if err := s.catchUp(at); err != nil {
				return nil, false, err
			}
		}
		d.feed(offset+int64(have), data[have:])
	}
	return data, int64(want) == left, nil
}

// catchUp feeds the digest what stands before the span.
func (s *span) catchUp(to int64) error {
	d := s.in.running
	above := make([]byte, to-d.at)
	if _, err := s.in.file.ReadAt(above, d.at); err != nil {
		return fmt.Errorf("read %s: %w", s.in.name, err)
	}
	d.feed(d.at, above)
	return nil
}

// A task is a chunk on its way.
type task struct {
	c    *chunk
	last bool
	done chan struct{} // receives when the chunk is scanned
}

func (s *span) eachSideBySide(ctx context.Context, f func(c *chunk) error) error {
	inFlight := s.workers + 2
	free := make(chan *task, inFlight)
	for range inFlight {
		c := spareChunk()
		defer spare.Put(c)
		free <- &task{c: c, done: make(chan struct{}, 1)}
	}
	toScan := make(chan *task, inFlight)
	inOrder := make(chan *task, inFlight)
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(toScan)
		defer close(inOrder)
		return s.cutAll(running, free, toScan, inOrder)
	})
	for range s.workers {
		g.Go(func() error {
			for t := range toScan {
				s.scan(t.c, t.last)
				t.done <- struct{}{}
			}
			return nil
		})
	}
	g.Go(func() error { return s.handOut(running, free, inOrder, f) })
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// cutAll reads the span and cuts it into chunks.
func (s *span) cutAll(ctx context.Context, free <-chan *task, toScan, inOrder chan<- *task) error {
	var rest []byte
	offset := s.from
	for last := false; !last; {
		var t *task
		select {
		case t = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		c := t.c
		c.reset(len(s.layout.columns))
		c.offset = offset
		data := append(c.block.Data, rest...)
		cut := 0
		for size := s.size; cut == 0; size *= 2 {
			var err error
			if data, last, err = s.read(data, offset, max(size, len(data)+1)); err != nil {
				return err
			}
			cut = len(data)
			if !last {
				cut = s.layout.guessCut(data)
			}
			if cut == 0 && len(data) > 2*s.layout.grammar.maxRecord {
				cut = len(data)
			}
		}
		rest = append(rest[:0], data[cut:]...)
		last = last && cut == len(data)
		c.block.Data = data[:cut]
		offset += int64(cut)
		t.last = last
		toScan <- t // has room for all tasks
		inOrder <- t
	}
	return nil
}

// guessBytes is how far before the end of a chunk its cut is looked for.
const guessBytes = 16 << 10

// guessCut gives a place near the end of data where a row seems to begin: behind the end of a line, and with two whole and
// well-formed rows of the right width after it. Failing that, it is behind the last end of a line; 0 if there is none.
func (l *layout) guessCut(data []byte) int {
	from := max(0, len(data)-guessBytes)
	var fields []field
	tries := 0
	for pos := from; pos < len(data) && tries < 64; {
		cut := lineAfter(data, pos)
		if cut == 0 {
			break
		}
		tries++
		good, at := 0, cut
		for good < 2 {
			rec, got, ok := l.grammar.next(data, at, false, fields[:0])
			fields = got
			if !ok || rec.faults != 0 || len(got) != len(l.target) && !isBlank(got) {
				break
			}
			good++
			at = rec.end
		}
		if good == 2 {
			return cut
		}
		pos = cut
	}
	last := 0
	for i := len(data) - 2; i >= 0; i-- {
		if data[i] == '\n' || data[i] == '\r' && data[i+1] != '\n' {
			last = i + 1
			break
		}
	}
	return last
}

// lineAfter gives the place behind the next end of a line from pos on; 0 if there is none before the last byte.
func lineAfter(data []byte, pos int) int {
	for i := pos; i+1 < len(data); i++ {
		if data[i] == '\n' || data[i] == '\r' && data[i+1] != '\n' {
			return i + 1
		}
	}
	return 0
}

// handOut takes the chunks in order, scans again those that were cut in the wrong place, and calls f.
func (s *span) handOut(ctx context.Context, free chan<- *task, inOrder <-chan *task, f func(c *chunk) error) error {
	var torn *chunk // what the chunks before left over, and the chunk that it is scanned with
	var rest []byte
	var restAt int64
	for {
		var t *task
		var ok bool
		select {
		case t, ok = <-inOrder:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !ok {
			if len(rest) > 0 {
				s.tornAt = restAt
				return errTorn
			}
			return nil
		}
		select {
		case <-t.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		c := t.c
		if len(rest) > 0 {
			if torn == nil {
				torn = spareChunk()
				defer spare.Put(torn)
			}
			torn.reset(len(s.layout.columns))
			torn.offset = restAt
			torn.block.Data = append(append(torn.block.Data, rest...), c.block.Data[:c.size]...)
			s.scan(torn, t.last)
			c = torn
		}
		restAt = c.offset + int64(c.end)
		rest = append(rest[:0], c.block.Data[c.end:c.size]...)
		if err := f(c); err != nil {
			return err
		}
		free <- t
	}
}

// cores is how many chunks are scanned side by side.
func cores() int { return runtime.GOMAXPROCS(0) }
