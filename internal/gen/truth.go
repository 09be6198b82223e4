package gen

import (
	"iter"
	"math/bits"
	"strconv"
)

// ChangeKind is what happened to a row between the old list and the new one.
type ChangeKind int

const (
	Created ChangeKind = iota
	Updated
	Deleted
)

// String returns the kind in a word.
func (k ChangeKind) String() string {
	names := [...]string{"created", "updated", "deleted"}
	if k < 0 || int(k) >= len(names) {
		return "change kind " + strconv.Itoa(int(k))
	}
	return names[k]
}

// MarshalText writes the kind in a word.
func (k ChangeKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Change is one difference between the lists.
type Change struct {
	Kind        ChangeKind    `json:"kind"`
	AccountName string        `json:"accountName"`
	Row         int           `json:"row"`              // of a deleted row in the old list, else in the new one; from 1, the header not counted
	Fields      []FieldChange `json:"fields,omitempty"` // of an updated row, in the order of the columns
}

// FieldChange is a cell of an updated row, as it is before spelling.
type FieldChange struct {
	Attribute string `json:"attribute"`
	Old       string `json:"old"`
	New       string `json:"new"`
}

// Counts are the sizes of the sets that [Pair.Changes] goes through, and of those that it leaves out.
type Counts struct {
	Created, Updated, Deleted int
	Same                      int // rows that are in both lists with the same values
	Faulty                    int // rows of the new list that are wrong: see [Pair.Faults]; a duplicate counts twice
}

// Counts returns how many rows there are of each kind.
func (p *Pair) Counts() Counts {
	return Counts{Created: p.created, Updated: p.updated, Deleted: p.deleted, Same: p.kept, Faulty: p.carriers + len(p.additional)}
}

// Changes goes through every difference between the lists, in the order of the new list, then the deleted rows in the order of the old
// one. Rows with a planted fault are in none of the sets: the account names of all but the missing ones are in the old list too, so
// nobody is deleted for a fault.
func (p *Pair) Changes() iter.Seq[Change] {
	return func(yield func(Change) bool) {
		for at := range p.newRows {
			item := p.order.at(at)
			if item < p.updated {
				if !yield(p.updateIn(at)) {
					return
				}
			} else if c := item - (p.oldRows - p.deleted); c >= 0 && c < p.created {
				if !yield(Change{Kind: Created, AccountName: p.NewRow(at + 1)[accountName], Row: at + 1}) {
					return
				}
			}
		}
		for index := range p.oldRows {
			if p.fates.find(index) < p.deleted && !yield(Change{Kind: Deleted, AccountName: p.OldRow(index + 1)[accountName], Row: index + 1}) {
				return
			}
		}
	}
}

func (p *Pair) updateIn(at int) Change {
	e := p.newEntry(at)
	old := entry{row: e.row, fault: -1}
	change := Change{Kind: Updated, AccountName: string(p.appendCell(nil, &e, accountName)), Row: at + 1}
	for edits := e.edits; edits != 0; edits &= edits - 1 {
		c := bits.TrailingZeros32(edits)
		change.Fields = append(change.Fields, FieldChange{
			Attribute: columnNames[c],
			Old:       string(p.appendCell(nil, &old, c)),
			New:       string(p.appendCell(nil, &e, c)),
		})
	}
	return change
}

// Faults returns the faults of the new list, in the order of [Options.Faults].
func (p *Pair) Faults() []Fault {
	faults := make([]Fault, len(p.o.Faults))
	for i, n := range p.carried {
		faults[n].Row = p.order.find(p.oldRows-p.deleted-p.carriers+i) + 1
	}
	for i, n := range p.additional {
		row := p.order.find(p.oldRows-p.deleted+p.created+i) + 1
		faults[n].Row, faults[n].Twin = max(row, faults[n].Row), min(row, faults[n].Row)
	}
	for n := range faults {
		f := &faults[n]
		f.Kind = p.o.Faults[n]
		values := p.NewRow(f.Row)
		column := f.Kind.column(n)
		if f.Kind == DuplicateKey {
			column = accountName
		}
		f.AccountName, f.Attribute, f.Value = values[accountName], columnNames[column], values[column]
	}
	return faults
}
