package schema

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// An emission reports what is known to be there, in order.
type emission struct {
	c      *Checker
	p      *pass
	d      *doubles
	in     inspector
	v      Validation
	report func(Finding) error
	loose  []Finding // of rows that are no records, in order
	whole  []Finding // of the list
	found  []Finding // of the row at hand
}

func newEmission(c *Checker, p *pass, d *doubles, report func(Finding) error) *emission {
	e := &emission{c: c, p: p, d: d, v: Validation{Rows: p.rows, OK: p.rows}, report: report, loose: p.loose}
	var once *saidOnce
	e.whole, once = c.judge(&p.study, p.rows, p.tally)
	e.in = inspector{c: c, mute: once, say: func(_ int, f Finding) { e.found = append(e.found, f) }}
	slices.SortStableFunc(e.loose, func(a, b Finding) int { return cmp.Compare(a.Origin.Row, b.Origin.Row) })
	return e
}

// fromKept reports from the rows that were kept: those with findings, and those that share something.
func (e *emission) fromKept(ctx context.Context, flagged, suspects *keptRows) error {
	if err := e.say(e.whole); err != nil {
		return err
	}
	for i, j := 0, 0; i < len(flagged.ordinals) || j < len(suspects.ordinals); {
		if err := ctx.Err(); err != nil {
			return err
		}
		from, at := flagged, i
		if i == len(flagged.ordinals) || j < len(suspects.ordinals) && suspects.ordinals[j] < flagged.ordinals[i] {
			from, at = suspects, j
		}
		ordinal := from.ordinals[at]
		if i < len(flagged.ordinals) && flagged.ordinals[i] == ordinal {
			i++
		}
		if j < len(suspects.ordinals) && suspects.ordinals[j] == ordinal {
			j++
		}
		if err := e.row(&from.block, at, ordinal, e.p.given[ordinal]); err != nil {
			return err
		}
	}
	return e.say(e.loose)
}

// fromTable reads the table once more and reports from it.
func (e *emission) fromTable(ctx context.Context, t Table) error {
	if err := e.say(e.whole); err != nil {
		return err
	}
	ordinal := int64(0)
	err := t.Blocks(ctx, func(b *Block) error {
		given := make(map[int][]Finding)
		if b.Len() > 0 {
			matchFindings(b, func(row int, f Finding) { given[row] = append(given[row], f) }, func(Finding) {})
		}
		for row := range b.Rows {
			if e.p.flagged.has(ordinal) || e.d.suspects.has(ordinal) {
				if err := e.row(b, row, ordinal, given[row]); err != nil {
					return err
				}
			}
			ordinal++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the list again to report its findings: %w", err)
	}
	if ordinal != e.p.rows {
		return fmt.Errorf("read the list again: it had %d rows and now has %d: it was changed meanwhile; run the check again", e.p.rows, ordinal)
	}
	return e.say(e.loose)
}

// row reports one row, and before it what lies above it.
func (e *emission) row(b *Block, row int, ordinal int64, given []Finding) error {
	above := 0
	for above < len(e.loose) && e.loose[above].Origin.Row < b.Rows[row].Row {
		above++
	}
	if err := e.say(e.loose[:above]); err != nil {
		return err
	}
	e.loose = e.loose[above:]
	e.found = e.found[:0]
	torn := false
	for _, f := range given {
		torn = torn || f.Severity == Error && f.Origin.Column == "" || f.Code == "E-QUOTE"
	}
	in := &e.in
	in.b, in.found, in.bad, in.lacks = b, false, false, false
	in.inspect(row, sifted{marks: held | own})
	if in.lacks && !e.c.options.UpdatesOnly && !torn { // what is missing from half a row is not known to be missing
		in.needed()
	}
	e.found = slices.DeleteFunc(e.found, func(f Finding) bool { return saidAlready(given, f) })
	if e.d.suspects.has(ordinal) {
		e.d.report(b, row, func(f Finding) {
			if f.Code == CodeKeyDuplicate && in.mute.keyTurn {
				in.bad = true // that names occur twice is no wonder
			} else {
				e.found = append(e.found, f)
			}
		})
	}
	bad := in.bad
	for _, f := range given {
		if e.c.wants(f.Code) {
			e.found = append(e.found, f)
		}
	}
	for _, f := range e.found {
		bad = bad || f.Severity == Error
	}
	if bad {
		e.v.BadRows++
		e.v.OK--
	}
	return e.say(e.found)
}

// saidAlready says whether reading the row has shown what a rule now says of the same cell in other words.
func saidAlready(given []Finding, f Finding) bool {
	switch f.Code {
	case CodeTextControl, CodeEncoding, CodeTextDamaged, CodePhoneDamaged, CodeTextMojibake:
	default:
		return false
	}
	return f.Origin.Column != "" && slices.ContainsFunc(given, func(g Finding) bool {
		return g.Origin.Column == f.Origin.Column && (g.Severity == Error || f.Code == CodeTextMojibake)
	})
}

func (e *emission) say(findings []Finding) error {
	for i := range findings {
		if !e.c.wants(findings[i].Code) {
			continue
		}
		e.v.count(&findings[i])
		if err := e.report(findings[i]); err != nil {
			return err
		}
	}
	return nil
}
