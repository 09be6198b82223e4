package diff

import "slices"

// byPlace are rows that have a record, in the order in which their records stand.
type byPlace struct {
	order  []uint64 // the place of its record and the row
	room   []uint64
	rows   []int32 // those, by place
	places []int   // of the records, ascending
	first  []int32 // where in rows those of each place begin
}

// sort takes n rows.
func (p *byPlace) sort(n int, items func(int) item) {
	p.order, p.rows, p.places, p.first = p.order[:0], p.rows[:0], p.places[:0], p.first[:0]
	for i := range n {
		if it := items(i); it.recorded() {
			p.order = append(p.order, uint64(it.place)<<32|uint64(i))
		}
	}
	p.byRecord()
	for n, o := range p.order {
		row, place := int32(uint32(o)), int(o>>32)-1
		p.rows = append(p.rows, row)
		if len(p.places) == 0 || p.places[len(p.places)-1] != place {
			p.places = append(p.places, place)
			p.first = append(p.first, int32(n))
		}
	}
}

// byRecord sorts the pairs. Many are sorted digit by digit of the places.
func (p *byPlace) byRecord() {
	const digit, few = 11, 1 << 12
	if len(p.order) < few {
		slices.Sort(p.order)
		return
	}
	most := slices.Max(p.order) >> 32
	for shift := 0; most>>shift != 0; shift += digit {
		var at [1<<digit + 1]int
		for _, o := range p.order {
			at[o>>(32+shift)&(1<<digit-1)+1]++
		}
		for i := 1; i < len(at); i++ {
			at[i] += at[i-1]
		}
		p.room = resize(p.room, len(p.order))
		for _, o := range p.order {
			to := &at[o>>(32+shift)&(1<<digit-1)]
			p.room[*to] = o
			*to++
		}
		p.order, p.room = p.room, p.order
	}
}

// sharing returns the rows whose record is the nth of places: one, but for repeated keys.
func (p *byPlace) sharing(n int) []int32 {
	if n+1 < len(p.first) {
		return p.rows[p.first[n]:p.first[n+1]]
	}
	return p.rows[p.first[n]:]
}
