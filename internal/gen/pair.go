// Package gen makes lists and tenants for the demo, for tests and for benchmarks: the same options give the same bytes, everywhere.
//
// A [Pair] is an old and a new list of the same people, of any length, together with the truth about how they differ. Every row is a
// function of the seed and its index, so that nothing is held in memory and any row can be made again.
package gen

import "fmt"

// Shape says in what the new list differs from the old one.
type Shape int

const (
	// Standard: 1 % of the old rows are deleted, 2 % updated in one to three fields, and 1 % as many rows created.
	Standard Shape = iota
	// Same: the new list has the old rows in another order.
	Same
	// AllUpdated: everybody's end date moves by 30 to 329 days.
	AllUpdated
	// AllCreated: the old list has a header only.
	AllCreated
	// AllDeleted: the new list has a header only.
	AllDeleted
)

// Options say what a [Pair] is like. The zero value is an empty standard pair of 12 columns.
type Options struct {
	Seed    uint64
	Rows    int // of the old list; of the new list where the shape is AllCreated
	Columns int // MinColumns to MaxColumns; 0 means 12. With fewer than 12 no field holds a line break.
	Shape   Shape

	OldSpelling Spelling
	NewSpelling Spelling

	// OneLine replaces the line breaks inside fields, for those who count a line break as a finding.
	OneLine bool

	// Faults are planted in the new list, one for each element; see [Pair.Faults]. Rows with broken mails, phones or dates would
	// otherwise be the same as in the old list; those with a duplicate account name or a missing value are additional.
	Faults []FaultKind
}

// Pair is an old and a new list. It holds a few numbers whatever their length, is not changed by its methods, and may be used by several
// goroutines at once.
type Pair struct {
	o       Options
	columns int

	// The fate of an old row is the range in which fates.find(index) lies: first the deleted, then the updated, then the same, and at the
	// end those that carry a fault. So every set has an exact size, and which row has which fate is found in constant time either way round.
	fates                            permutation
	deleted, updated, kept, carriers int

	// The items of the new list are the old rows that are not deleted, then the created ones, then the additional ones of faults.
	// order says which item stands in which row.
	order            permutation
	oldRows, newRows int
	created          int

	carried    []int // the fault of each carrier
	additional []int // the fault of each additional row
}

// NewPair checks the options and settles how many rows have which fate.
func NewPair(o Options) (*Pair, error) {
	p := &Pair{o: o, columns: o.Columns}
	if p.columns == 0 {
		p.columns = 12
	}
	if p.columns < MinColumns || p.columns > MaxColumns {
		return nil, fmt.Errorf("a list of %d columns: want %d to %d", p.columns, MinColumns, MaxColumns)
	}
	if o.Rows < 0 {
		return nil, fmt.Errorf("a list of %d rows", o.Rows)
	}
	p.oldRows = o.Rows
	switch o.Shape {
	case Standard:
		p.deleted, p.updated, p.created = o.Rows/100, o.Rows/50, o.Rows/100
	case Same:
	case AllUpdated:
		p.updated = o.Rows
	case AllCreated:
		p.oldRows, p.created = 0, o.Rows
	case AllDeleted:
		p.deleted = o.Rows
	default:
		return nil, fmt.Errorf("unknown shape %d", o.Shape)
	}
	for n, kind := range o.Faults {
		switch kind {
		case MissingRequired:
			p.additional = append(p.additional, n)
		case DuplicateKey:
			// The row that was there first cannot be told from its copy, so both count as faulty.
			p.additional = append(p.additional, n)
			p.carried = append(p.carried, n)
		case BrokenMail, BrokenPhone, EndBeforeStart, BadDate:
			p.carried = append(p.carried, n)
		default:
			return nil, fmt.Errorf("plant a fault: unknown kind %d", kind)
		}
	}
	p.carriers = len(p.carried)
	room := &p.kept
	p.kept = p.oldRows - p.deleted - p.updated
	if o.Shape == AllUpdated {
		room = &p.updated
	}
	if *room < p.carriers {
		return nil, fmt.Errorf("plant %d faults: want %d rows to carry them, have %d", len(o.Faults), p.carriers, *room)
	}
	*room -= p.carriers
	p.newRows = p.oldRows - p.deleted + p.created + len(p.additional)
	p.fates = newPermutation(p.oldRows, mix(o.Seed)^1)
	p.order = newPermutation(p.newRows, mix(o.Seed)^2)
	return p, nil
}

// Header returns the names of the columns.
func (p *Pair) Header() []string { return Header(p.columns) }

// OldRows returns the length of the old list without its header.
func (p *Pair) OldRows() int { return p.oldRows }

// NewRows returns the length of the new list without its header.
func (p *Pair) NewRows() int { return p.newRows }
