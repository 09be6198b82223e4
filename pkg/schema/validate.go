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

// Validate holds every row of a table against every rule, those about several rows included, and reports the findings in the
// order of the rows. It reads the table once; a list with suspected duplicates is read once more, because a suspicion rests on
// hashes and what is reported does not.
//
// An error is one of reading, of ctx or of report; what was reported until then holds, but nothing is known of the rest.
func Validate(ctx context.Context, t Table, c *Checker, report func(Finding) error) (Validation, error) {
	keys := newWatch()
	err := t.Blocks(ctx, func(b *Block) error {
		var buf [128]byte
		for row := range b.Rows {
			keys.add(AppendFolded(buf[:0], b.Cell(row, c.key)))
		}
		return nil
	})
	if err != nil {
		return Validation{}, fmt.Errorf("read the list: %w", err)
	}
	doubles, err := findDoubles(ctx, t, c, keys.suspects())
	if err != nil {
		return Validation{}, err
	}
	var v Validation
	err = t.Blocks(ctx, func(b *Block) error {
		read := 0
		for row := range b.Rows {
			var found []Finding
			for ; read < len(b.Findings) && b.Findings[read].Origin.Row <= b.Rows[row].Row; read++ {
				found = append(found, b.Findings[read])
			}
			keep := func(_ int, f Finding) { found = append(found, f) }
			c.checkRow(b, row, keep)
			if !c.options.UpdatesOnly {
				c.checkBlank(b, row, keep)
			}
			if f, ok := doubles.finding(c, b, row, v.Rows); ok {
				found = append(found, f)
			}
			bad := false
			for i := range found {
				v.count(&found[i])
				bad = bad || found[i].Severity == Error
				if err := report(found[i]); err != nil {
					return err
				}
			}
			v.Rows++
			if bad {
				v.BadRows++
			} else {
				v.OK++
			}
		}
		for _, f := range b.Findings[read:] {
			v.count(&f)
			if err := report(f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return v, fmt.Errorf("check the list: %w", err)
	}
	return v, nil
}
