package csvio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// An orderEvidence is what the cells of one column say about how its dates are written.
type orderEvidence struct {
	day, month         int64  // rows whose date can only be day first, only month first; 0 for none
	dayText, monthText string // the date in that row
	hasEither          bool
	iso, other         bool // it has dates that begin with the year; anything else
}

// see takes one cell into account.
func (e *orderEvidence) see(cell []byte, row int64) {
	if len(cell) == 0 {
		return
	}
	if isISODay(cell) {
		e.iso = true
		return
	}
	e.other = true
	first, second, ok := leadingNumbers(cell)
	if !ok {
		return
	}
	e.hasEither = true
	switch {
	case first > 12 && first <= 31 && second <= 12 && e.day == 0:
		e.day, e.dayText = row, string(cell)
	case second > 12 && second <= 31 && first <= 12 && e.month == 0:
		e.month, e.monthText = row, string(cell)
	}
}

// leadingNumbers reads the first two numbers of a date such as 03/04/2026: one or two digits each, the same sign out of
// "./-" behind both, then four digits.
func leadingNumbers(b []byte) (first, second int, ok bool) {
	digits := func(b []byte, most int) (n, v int) {
		for n < len(b) && n < most && b[n] >= '0' && b[n] <= '9' {
			v = v*10 + int(b[n]-'0')
			n++
		}
		return n, v
	}
	n, first := digits(b, 2)
	if n == 0 || n == len(b) || strings.IndexByte("./-", b[n]) < 0 {
		return 0, 0, false
	}
	sign := b[n]
	b = b[n+1:]
	if len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	n, second = digits(b, 2)
	if n == 0 || n == len(b) || b[n] != sign {
		return 0, 0, false
	}
	b = b[n+1:]
	if len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	if n, _ = digits(b, 4); n != 4 {
		return 0, 0, false
	}
	return first, second, first > 0 && second > 0
}

// isoBytes is how much of a list must have nothing but dates that begin with the year for the rest of it to be taken on trust.
// Should another kind come later, nothing is lost by that: where it can be read in two ways it is refused.
const (
	isoBytes = 256 << 10
	isoChunk = 80 << 10
)

// errMore says that the beginning of a list did not settle it.
var errMore = errors.New("more has to be read")

func isPlainlyISO(evidence []orderEvidence) bool {
	return !slices.ContainsFunc(evidence, func(e orderEvidence) bool { return e.other || !e.iso })
}

// settleDates reads the date columns once and settles how dates made of numbers alone are written in each, where a date in
// the column can be read in one way only. A column in which both ways occur stays unsettled, and so does one without evidence.
func (l *List) settleDates(ctx context.Context, s *schema.Schema) error {
	look := *l.layout // of the date columns alone, as they are written
	look.columns, look.constants, look.types, look.cares, look.dates, look.list = nil, nil, nil, nil, nil, false
	look.splits, look.templates = nil, nil
	look.target = slices.Repeat([]int{-1}, len(l.layout.target))
	var places []int // in l.columns
	for i, c := range l.columns {
		if a, ok := s.Attribute(c.Name); ok && a.Type == schema.Date && c.Index >= 0 {
			look.target[c.Index] = len(places)
			look.columns = append(look.columns, c)
			look.types, look.cares, look.dates, look.constants = append(look.types, schema.Text), append(look.cares, careNone), append(look.dates, false), append(look.constants, nil)
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return nil
	}
	look.prepare()
	evidence := make([]orderEvidence, len(places))
	row := l.firstRow
	see := func(c *chunk) error {
		for i := range c.block.Len() {
			// The first row behind so many bytes decides, wherever chunks are cut.
			if c.block.Rows[i].Offset-l.firstByte >= isoBytes && isPlainlyISO(evidence) {
				return errEnough
			}
			for k := range places {
				evidence[k].see(c.block.Cell(i, k), row+c.block.Rows[i].Row)
			}
		}
		row += c.rows
		return nil
	}
	// Mostly the beginning is enough, and it is at hand before others could help with it.
	err := (&span{in: l.in, layout: &look, from: l.firstByte, to: l.end(), ends: l.foot.offset == 0, size: min(l.chunk, isoChunk)}).eachInTurn(ctx, func(c *chunk) error {
		if err := see(c); err != nil {
			return err
		}
		if c.offset+int64(c.end)-l.firstByte > 2*isoBytes {
			return errMore
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		clear(evidence)
		row = l.firstRow
		err = l.chunks(ctx, &look, nil, see)
	}
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	for k, i := range places {
		e := &evidence[k]
		if !e.hasEither {
			continue
		}
		c := &l.columns[i]
		switch {
		case e.day > 0 && e.month > 0:
			l.findings = append(l.findings, schema.Finding{
				Code: "W-DATE-MIXED", Severity: schema.Warning, Attribute: c.Name,
				Origin: schema.Origin{File: l.in.name, Row: e.day, Column: c.Letter(), Header: c.Header}, Value: e.dayText, Related: []int64{e.month},
				Message: fmt.Sprintf("dates are written in two ways in this column: row %d has %s, row %d has %s", e.day, e.dayText, e.month, e.monthText),
				Hint:    "write all of them in one way, best as 2026-12-31",
			})
		case e.day > 0:
			c.Dates = schema.DayFirst
			l.evidence += fmt.Sprintf(", %q day first (row %d has %s)", c.Header, e.day, e.dayText)
		case e.month > 0:
			c.Dates = schema.MonthFirst
			l.evidence += fmt.Sprintf(", %q month first (row %d has %s)", c.Header, e.month, e.monthText)
		}
	}
	return nil
}
