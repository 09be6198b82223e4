package schema

import (
	"context"
	"fmt"
)

// Validation says what was found, in numbers.
type Validation struct {
	Rows     int64            `json:"rows"`
	OK       int64            `json:"ok"`      // rows without an error
	BadRows  int64            `json:"badRows"` // rows with at least one error
	Errors   int64            `json:"errors"`  // findings, by severity
	Warnings int64            `json:"warnings"`
	Notes    int64            `json:"notes"`
	Codes    map[string]int64 `json:"codes,omitempty"` // findings by code
}

// Add counts a finding that was made elsewhere, such as by opening the list. It says nothing of a row.
func (v *Validation) Add(f Finding) { v.count(&f) }

func (v *Validation) count(f *Finding) {
	switch f.Severity {
	case Error:
		v.Errors++
	case Warning:
		v.Warnings++
	default:
		v.Notes++
	}
	if v.Codes == nil {
		v.Codes = make(map[string]int64)
	}
	v.Codes[f.Code]++
}

// Validate holds every row of a table against every rule, those about several rows and about whole columns included, and reports
// the findings in the order of the rows; those about the list as a whole come first, with Origin.Row 0.
//
// It reads the table once if nothing is wrong with it or little. Rows that may share an account name, a mail address or a
// person are suspected by a hash of theirs, and read once more to be compared, by themselves where they are few and the table is a [Rereader]. A
// list in which more rows have findings than are kept, see keepBytes, is read once more as a whole. Beyond what is kept it holds 8 bytes a row for
// each value that must not be shared, three of them without rules of the person's own, 5 for where a row of a Rereader stands,
// and at the end 2 bytes more, 4 MiB at most. Every block is checked by several goroutines.
//
// A row counts as bad if it has an error, even where the error is said once for its whole column; all of them do where columns are swapped. Findings that the options
// leave out are not counted.
//
// An error is one of reading, of ctx or of report. What was reported until then holds, but nothing is known of the rest.
func Validate(ctx context.Context, t Table, c *Checker, report func(Finding) error) (Validation, error) {
	return validate(ctx, t, c, keepBytes, report)
}

// keepBytes bounds the cells of rows with findings that are kept until they can be reported.
const keepBytes = 8 << 20

func validate(ctx context.Context, t Table, c *Checker, keep int, report func(Finding) error) (Validation, error) {
	p := newPass(c, keep)
	if _, ok := t.(Rereader); ok {
		p.refs = &Refs{}
	}
	if err := Prepared(ctx, t, p.examine, p.take); err != nil {
		return Validation{}, fmt.Errorf("read the list: %w", err)
	}
	d := newDoubles(c, p.watches)
	suspects := keptRows{budget: keep}
	if err := p.again(ctx, t, d.suspects, func(b *Block, row int, ordinal int64) {
		d.read(b, row, ordinal)
		suspects.add(b, row, ordinal)
	}); err != nil {
		return Validation{}, fmt.Errorf("read the list again to compare what may be the same: %w", err)
	}
	e := newEmission(c, p, d, report)
	var err error
	if p.kept.over || suspects.over {
		err = e.fromTable(ctx, t)
	} else {
		err = e.fromKept(ctx, &p.kept, &suspects)
	}
	if e.in.mute.spoils {
		e.v.BadRows, e.v.OK = e.v.Rows, 0
	}
	return e.v, err
}

// again reads rows of the table once more: by themselves where they are few.
func (p *pass) again(ctx context.Context, t Table, ordinals bitset, f func(b *Block, row int, ordinal int64)) error {
	n := ordinals.count()
	if n == 0 {
		return nil
	}
	if r, ok := t.(Rereader); ok && n < int(p.rows)/4 {
		all := ordinals.all()
		done := 0
		_, err := Reread(ctx, r, n, func(i int) Ref { return p.refs.At(int(all[i])) }, func(b *Block) error {
			for row := range b.Rows {
				f(b, row, all[done])
				done++
			}
			return nil
		})
		return err
	}
	ordinal := int64(0)
	err := t.Blocks(ctx, func(b *Block) error {
		for row := range b.Rows {
			if ordinals.has(ordinal) {
				f(b, row, ordinal)
			}
			ordinal++
		}
		return nil
	})
	if err == nil && ordinal != p.rows {
		err = fmt.Errorf("it had %d rows and now has %d: it was changed meanwhile; run the check again", p.rows, ordinal)
	}
	return err
}
