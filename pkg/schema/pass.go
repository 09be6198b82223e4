package schema

import (
	"bytes"
	"runtime"
	"sync"
)

// A pass is the first reading of a table: it notes which rows have findings, what may be shared, and what the columns look like.
type pass struct {
	c       *Checker
	workers []*worker
	watches []*watch
	kept    keptRows
	given   map[int64][]Finding // what reading the rows showed, by ordinal
	loose   []Finding           // what it showed of rows that are no records
	flagged bitset              // ordinals of rows with findings
	rows    int64
}

// A worker checks a part of each block.
type worker struct {
	in      inspector
	study   study
	buf     []byte
	flagged []int
}

func newPass(c *Checker, keep int) *pass {
	p := &pass{c: c, watches: c.watches(), kept: keptRows{budget: keep}, given: make(map[int64][]Finding)}
	for range runtime.GOMAXPROCS(0) {
		p.workers = append(p.workers, &worker{in: inspector{c: c}})
	}
	return p
}

// fewRows are not worth another goroutine.
const fewRows = 64

func (p *pass) block(b *Block) error {
	if b.Len() == 0 {
		p.loose = append(p.loose, b.Findings...)
		return nil
	}
	if p.rows == 0 {
		p.begin(b)
	}
	for _, w := range p.watches {
		w.hashes.grow(b.Len())
	}
	workers := p.workers[:max(1, min(len(p.workers), b.Len()/fewRows))]
	part := (b.Len() + len(workers) - 1) / len(workers)
	var wait sync.WaitGroup
	for i, w := range workers[1:] {
		wait.Go(func() { w.check(p, b, min((i+1)*part, b.Len()), min((i+2)*part, b.Len())) })
	}
	workers[0].check(p, b, 0, min(part, b.Len()))
	wait.Wait()
	for _, w := range workers {
		for _, row := range w.flagged {
			p.flagged.add(p.rows + int64(row))
		}
	}
	matchFindings(b, func(row int, f Finding) {
		ordinal := p.rows + int64(row)
		p.flagged.add(ordinal)
		if p.kept.spend(findingBytes) {
			p.given[ordinal] = append(p.given[ordinal], f)
		}
	}, func(f Finding) { p.loose = append(p.loose, f) })
	for row := range b.Rows {
		if ordinal := p.rows + int64(row); p.flagged.has(ordinal) {
			p.kept.add(b, row, ordinal)
		}
	}
	p.rows += int64(b.Len())
	return nil
}

// begin takes the first row as what the others are compared with.
func (p *pass) begin(b *Block) {
	var first [][]byte
	for i := range p.c.columns {
		first = append(first, bytes.Clone(trim(b.Cell(0, i))))
	}
	for _, w := range p.workers {
		w.study = study{columns: make([]columnStudy, len(first)), first: first}
		for i := range first {
			w.study.open = append(w.study.open, i)
		}
	}
}

// matchFindings gives what reading a block showed to the rows that it is about; the rest is of rows that are no records.
func matchFindings(b *Block, of func(row int, f Finding), loose func(f Finding)) {
	row := 0
	for _, f := range b.Findings {
		for row < b.Len()-1 && b.Rows[row].Row < f.Origin.Row {
			row++
		}
		if b.Rows[row].Row == f.Origin.Row {
			of(row, f)
		} else {
			loose(f)
		}
	}
}

func (w *worker) check(p *pass, b *Block, from, to int) {
	w.flagged = w.flagged[:0]
	in := &w.in
	in.b = b
	for row := from; row < to; row++ {
		in.found, in.lacks = false, false
		in.inspect(row)
		if in.lacks && !p.c.options.UpdatesOnly {
			in.needed()
		}
		if in.found {
			w.flagged = append(w.flagged, row)
		}
		ordinal := p.rows + int64(row)
		for _, watch := range p.watches {
			watch.hashes.set(ordinal, watch.hash(b, row, &w.buf))
		}
		if len(w.study.open) > 0 || sampled(ordinal) {
			w.study.look(b, row, ordinal)
		}
	}
}

// keptRows are rows that were copied to be looked at again, until they are more than the budget allows.
type keptRows struct {
	budget   int
	over     bool
	block    Block
	ordinals []int64
}

// findingBytes is what a finding of reading is reckoned to take.
const findingBytes = 512

// spend takes from the budget and says whether there was enough. What was kept is let go where there was not: the table
// will be read again.
func (k *keptRows) spend(bytes int) bool {
	if k.budget -= bytes; k.budget < 0 {
		k.over, k.block, k.ordinals = true, Block{}, nil
	}
	return !k.over
}

func (k *keptRows) add(b *Block, row int, ordinal int64) {
	size := 40 + 8*b.Width
	for _, s := range b.Cells[row*b.Width : (row+1)*b.Width] {
		size += int(s.Len)
	}
	if k.over || !k.spend(size) {
		return
	}
	k.block.Width = b.Width
	k.block.Rows = append(k.block.Rows, b.Rows[row])
	k.ordinals = append(k.ordinals, ordinal)
	for _, s := range b.Cells[row*b.Width : (row+1)*b.Width] {
		k.block.Cells = append(k.block.Cells, Span{Off: uint32(len(k.block.Data)), Len: s.Len})
		k.block.Data = append(k.block.Data, b.Data[s.Off:s.Off+s.Len]...)
	}
}
