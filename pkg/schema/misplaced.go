package schema

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Misplaced are the columns of a table that hold what belongs in others. The zero value is none.
type Misplaced struct {
	// Findings say so, of the list as a whole: [CodeColumnSwapped] and [CodeColumnOdd], as [Validate] says it.
	Findings []Finding

	c    *Checker
	once *saidOnce
}

// mislaidRows are looked at before the whole table is.
const mislaidRows = 256

var errLooked = errors.New("looked at the first rows")

// FindMisplaced looks for columns that hold what belongs in others. It reads the first rows, and the rest only if they look so.
func FindMisplaced(ctx context.Context, t Table, c *Checker) (Misplaced, error) {
	only := *c
	only.only, only.ignore = map[string]bool{CodeColumnSwapped: true, CodeColumnOdd: true, CodeEndBefore: true}, c.ignore
	look := func(most int64, read func(context.Context, func(*Block) error) error) (Misplaced, error) {
		p := newPass(&only, 0)
		err := read(ctx, func(b *Block) error {
			if err := p.block(b); err != nil || p.rows < most {
				return err
			}
			return errLooked
		})
		if err != nil && !errors.Is(err, errLooked) {
			return Misplaced{}, fmt.Errorf("read the list: %w", err)
		}
		e := newEmission(&only, p, newDoubles(&only, p.watches), nil)
		return Misplaced{Findings: e.whole, c: &only, once: e.in.mute}, nil
	}
	first := t.Blocks
	if p, ok := t.(Peeker); ok {
		first = p.Peek
	}
	m, err := look(mislaidRows, first)
	if err != nil || len(m.Findings) == 0 {
		return m, err
	}
	return look(1<<62, t.Blocks)
}

// Spoil makes every row bad to a checker, for the first of the errors: what stands in the wrong column may be legal there, and would be
// believed.
func (m *Misplaced) Spoil(c *Checker) {
	for i := range m.Findings {
		if m.Findings[i].Severity == Error {
			c.spoilt, c.keySpoilt = &m.Findings[i], m.once.keyTurn
			return
		}
	}
}

// Instead is what is said once for the list instead of an error f, which is about one of its cells, in the place of f; false if
// nothing is.
func (m *Misplaced) Instead(f Finding) (Finding, bool) {
	once := m.of(&f)
	if once == nil {
		return Finding{}, false
	}
	f.Code, f.Severity, f.Message, f.Hint = once.Code, once.Severity, once.Message, once.Hint
	return f, true
}

func (m *Misplaced) of(f *Finding) *Finding {
	if len(m.Findings) == 0 {
		return nil
	}
	i := slices.IndexFunc(m.c.columns, func(c checkColumn) bool { return c.attribute.TechnicalName == f.Attribute })
	if i < 0 {
		return nil
	}
	switch f.Code {
	case CodeEndBefore:
		if m.once.termsTurn {
			return &m.Findings[len(m.Findings)-1] // the last to be judged
		}
	case CodeEmailBad, CodePhoneBad, CodeDateBad, CodeDateAmbiguous, CodePhoneDamaged:
		if m.once.isMisplaced(i, []byte(f.Value)) {
			under := m.c.columns[m.once.under[i]].attribute.TechnicalName
			return &m.Findings[slices.IndexFunc(m.Findings, func(f Finding) bool { return f.Attribute == under })]
		}
	}
	return nil
}
