package schema

import "slices"

// A pass is the first reading of a table: it notes which rows have findings, what may be shared, and what the columns look like.
type pass struct {
	c       *Checker
	watches []*watch
	slab    slab // of their hashes
	kept    keptRows
	given   map[int64][]Finding // what reading the rows showed, by ordinal
	loose   []Finding           // what it showed of rows that are no records
	flagged bitset              // ordinals of rows with findings
	study   study
	tally   tally
	refs    *Refs // of all rows; nil where few cannot be read again by themselves
	rows    int64
}

// examined is what a block shows by itself. Blocks are examined side by side and then taken in order.
type examined struct {
	in      inspector
	flagged []int      // rows with findings
	hashes  [][]uint64 // by watch: of each row
	study   study
	buf     []byte
}

func newPass(c *Checker, keep int) *pass {
	return &pass{
		c: c, watches: c.watches(), kept: keptRows{budget: keep}, given: make(map[int64][]Finding),
		study: study{columns: make([]columnStudy, len(c.columns))},
	}
}

// block examines a block and takes it.
func (p *pass) block(b *Block) error { return p.take(b, p.examine(b, nil)) }

// examine looks at the rows of a block. It is safe for use by several goroutines; was is what it gave for a block that has been
// taken, or nil.
func (p *pass) examine(b *Block, was any) any {
	x, _ := was.(*examined)
	if x == nil {
		x = &examined{in: inspector{c: p.c}, hashes: make([][]uint64, len(p.watches))}
	}
	in := &x.in
	in.b, in.tally = b, tally{}
	x.flagged = x.flagged[:0]
	x.study.begin(b)
	for i := range x.hashes {
		x.hashes[i] = slices.Grow(x.hashes[i][:0], b.Len())[:b.Len()]
		p.watches[i].hash(b, x.hashes[i], &x.buf)
	}
	s := p.c.sift(b)
	defer p.c.sieves.Put(s)
	ordinary := len(p.c.rules) == 0 && p.c.spoilt == nil
	for row, sifted := range s.rows {
		if len(x.study.open) > 0 {
			x.study.compare(b, row)
		}
		if ordinary && sifted.marks == 0 {
			in.tally.date(sifted)
			continue
		}
		in.found, in.lacks = false, false
		in.inspect(row, sifted)
		if in.lacks && !p.c.options.UpdatesOnly {
			in.needed()
		}
		if in.found {
			x.flagged = append(x.flagged, row)
		}
	}
	return x
}

// take adds what a block shows to what those before it showed.
func (p *pass) take(b *Block, made any) error {
	if b.Len() == 0 {
		p.loose = append(p.loose, b.Findings...)
		return nil
	}
	x := made.(*examined)
	for _, row := range x.flagged {
		p.flagged.add(p.rows + int64(row))
	}
	p.tally.dated += x.in.tally.dated
	p.tally.endBefore += x.in.tally.endBefore
	p.tally.zoneless += x.in.tally.zoneless
	matchFindings(b, func(row int, f Finding) {
		ordinal := p.rows + int64(row)
		p.flagged.add(ordinal)
		if p.kept.spend(findingBytes) {
			p.given[ordinal] = append(p.given[ordinal], f)
		}
	}, func(f Finding) { p.loose = append(p.loose, f) })
	for i, w := range p.watches {
		before := w.hashes.bytes()
		w.hashes.add(x.hashes[i], &p.slab)
		if more := w.hashes.bytes() - before; more > 0 && p.c.options.Stays != nil {
			p.c.options.Stays(more)
		}
	}
	p.study.merge(&x.study)
	p.place(b)
	for row := range b.Rows {
		ordinal := p.rows + int64(row)
		if p.flagged.has(ordinal) {
			p.kept.add(b, row, ordinal)
		}
		if sampled(ordinal) {
			p.study.sample(b, row)
		}
	}
	p.rows += int64(b.Len())
	return nil
}

// place notes where the rows of a block stand.
func (p *pass) place(b *Block) {
	if p.refs == nil {
		return
	}
	before := p.refs.Bytes()
	for _, ref := range b.Rows {
		p.refs.Add(ref)
	}
	if more := p.refs.Bytes() - before; more > 0 && p.c.options.Stays != nil {
		p.c.options.Stays(more)
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
