package plan

// behind writes operations in their order while the next ones are made: encoding them and the sums over them take as long as making them.
type behind struct {
	write func(*Operation) error
	batch []Operation
	full  chan []Operation // nil before the first batch is full
	empty chan []Operation
	ended chan struct{}
	err   error // good once ended is closed
}

const (
	atOnce   = 128 // operations that change hands together
	inFlight = 4   // batches
)

// add takes an operation, of which nothing may change any more. The error may be of an earlier one.
func (b *behind) add(op *Operation) error {
	b.batch = append(b.batch, *op)
	if len(b.batch) < atOnce {
		return nil
	}
	if b.full == nil {
		b.full, b.empty, b.ended = make(chan []Operation, inFlight), make(chan []Operation, inFlight), make(chan struct{})
		for range inFlight - 1 {
			b.empty <- make([]Operation, 0, atOnce)
		}
		go b.run()
	}
	select {
	case b.full <- b.batch: // has room for all of them
	case <-b.ended:
		return b.err
	}
	select {
	case b.batch = <-b.empty:
		return nil
	case <-b.ended:
		b.batch = nil
		return b.err
	}
}

func (b *behind) run() {
	defer close(b.ended)
	for batch := range b.full {
		for i := range batch {
			if b.err = b.write(&batch[i]); b.err != nil {
				return
			}
		}
		clear(batch)
		b.empty <- batch[:0]
	}
}

// stop waits until what was handed on is written. Nothing is added after it.
func (b *behind) stop() error {
	if b.full != nil {
		close(b.full)
		<-b.ended
		b.full = nil
	}
	return b.err
}

// finish writes all that is left.
func (b *behind) finish() error {
	if err := b.stop(); err != nil {
		return err
	}
	for i := range b.batch {
		if err := b.write(&b.batch[i]); err != nil {
			return err
		}
	}
	b.batch = nil
	return nil
}
