package gen

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// entry is a row of a list and what was done to it.
type entry struct {
	row
	edits uint32 // a bit for each column that has its updated value
	fault int    // the number of the fault in the row's own cells, or -1
}

// WriteOld writes the old list, sorted by index, header first.
func (p *Pair) WriteOld(w io.Writer) (Written, error) {
	return p.write(w, p.o.OldSpelling, p.oldRows, p.oldEntry)
}

// WriteNew writes the new list, shuffled, header first.
func (p *Pair) WriteNew(w io.Writer) (Written, error) {
	return p.write(w, p.o.NewSpelling, p.newRows, p.newEntry)
}

// OldRow returns the values of a row of the old list, as they are before spelling, for 1 ≤ n ≤ OldRows.
func (p *Pair) OldRow(n int) []string { return p.values(p.oldEntry(n - 1)) }

// NewRow returns the values of a row of the new list, as they are before spelling, for 1 ≤ n ≤ NewRows.
func (p *Pair) NewRow(n int) []string { return p.values(p.newEntry(n - 1)) }

func (p *Pair) values(e entry) []string {
	values := make([]string, p.columns)
	for c := range values {
		values[c] = string(p.appendCell(nil, &e, c))
	}
	return values
}

func (p *Pair) oldEntry(at int) entry { return entry{row: newRow(p.o.Seed, at), fault: -1} }

func (p *Pair) newEntry(at int) entry {
	item := p.order.at(at)
	if item < p.oldRows-p.deleted {
		fate := item + p.deleted
		e := p.oldEntry(p.fates.at(fate))
		carrier := fate - (p.oldRows - p.carriers)
		switch {
		case fate < p.deleted+p.updated:
			e.edits = p.editsOf(&e.row)
		case carrier >= 0 && p.o.Faults[p.carried[carrier]] != DuplicateKey:
			e.fault = p.carried[carrier]
		}
		return e
	}
	item -= p.oldRows - p.deleted
	if item < p.created {
		return p.oldEntry(p.oldRows + item)
	}
	n := p.additional[item-p.created]
	index := p.oldRows + item
	if p.o.Faults[n] == DuplicateKey {
		index = p.fates.at(p.oldRows - p.carriers + p.carrierOf(n))
	}
	return entry{row: newRow(p.o.Seed, index), fault: n}
}

// carrierOf returns which carrier has the nth fault.
func (p *Pair) carrierOf(n int) int {
	for i, m := range p.carried {
		if m == n {
			return i
		}
	}
	return -1
}

// editsOf chooses the one to three columns of an updated row that get their second value.
func (p *Pair) editsOf(r *row) uint32 {
	if p.o.Shape == AllUpdated {
		return 1 << endDate
	}
	d := mix(r.hash ^ 0xed17)
	var edits uint32
	for range 1 + d%3 {
		d = mix(d)
		edits |= 1 << (1 + d%uint64(p.columns-1))
	}
	return edits
}

func (p *Pair) appendCell(dst []byte, e *entry, column int) []byte {
	if e.fault >= 0 {
		if kind := p.o.Faults[e.fault]; kind.spoils(column, e.fault) {
			return kind.appendSpoilt(dst, &e.row, column, e.fault)
		}
	}
	from := len(dst)
	dst = e.append(dst, column, e.edits>>column&1 == 1)
	if p.o.OneLine {
		if at := bytes.IndexByte(dst[from:], '\n'); at >= 0 {
			dst[from+at] = ' '
		}
	}
	return dst
}

func (p *Pair) write(to io.Writer, spelling Spelling, rows int, entryAt func(int) entry) (Written, error) {
	out := bufio.NewWriterSize(to, 1<<18)
	w := lineWriter{spelling: spelling &^ Padded} // the service pads rows, not the header
	for c := range p.columns {
		w.field([]byte(columnNames[c]), c, 1)
	}
	if _, err := out.Write(w.take()); err != nil {
		return w.written, fmt.Errorf("write the header: %w", err)
	}
	w.spelling = spelling
	var cell []byte
	for at := range rows {
		e := entryAt(at)
		for c := range p.columns {
			cell = p.appendCell(cell[:0], &e, c)
			w.field(cell, c, mix(e.hash^uint64(c)<<8))
		}
		if _, err := out.Write(w.end()); err != nil {
			return w.written, fmt.Errorf("write row %d: %w", at+1, err)
		}
	}
	if err := out.Flush(); err != nil {
		return w.written, fmt.Errorf("write the last rows: %w", err)
	}
	return w.written, nil
}
