package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// filterFlags choose which differences are shown. They never choose what is compared: the counts are of everything.
type filterFlags struct {
	only     string
	where    []string
	expiring string
}

func (f *filterFlags) register(cmd *cobra.Command) {
	p := cmd.Flags()
	p.StringVar(&f.only, "only", "", "show these `KINDS` alone: create,update,missing,blocked,rename")
	p.StringArrayVar(&f.where, "where", nil, "show `CONDITION` alone, e.g. 'endDate<2026-12-31' or vendor=ACME; all of several must hold")
	p.StringVar(&f.expiring, "expiring", "", "of the differences, show those alone whose contract ends within `TIME` from now, e.g. 30d or 4w")
}

// set reports whether anything is chosen.
func (f *filterFlags) set() bool { return f.only != "" || len(f.where) > 0 || f.expiring != "" }

// A filter says whether a difference is shown.
type filter func(diff.Change) bool

// compile settles the flags for a schema.
func (f *filterFlags) compile(s *schema.Schema, zone *time.Location, now time.Time) (filter, error) {
	if zone == nil {
		zone = time.UTC
	}
	var all []filter
	if f.only != "" {
		var kinds []diff.Kind
		for k := range strings.SplitSeq(f.only, ",") {
			kind := diff.Kind(strings.TrimSpace(k))
			if !slices.Contains([]diff.Kind{diff.Create, diff.Update, diff.Missing, diff.Blocked, diff.Rename}, kind) {
				return nil, usagef("--only: %q is not one of create, update, missing, blocked, rename", kind)
			}
			kinds = append(kinds, kind)
		}
		all = append(all, func(c diff.Change) bool { return slices.Contains(kinds, c.Kind) })
	}
	for _, text := range f.where {
		w, err := parseCondition(text, s, zone)
		if err != nil {
			return nil, usagef("--where %q: %v", text, err)
		}
		all = append(all, w)
	}
	if f.expiring != "" {
		d, err := parseDays(f.expiring)
		if err != nil {
			return nil, usagef("--expiring: %v", err)
		}
		all = append(all, func(c diff.Change) bool {
			end, err := time.Parse(time.RFC3339, valueOf(c, schema.EndDate))
			return err == nil && !end.Before(now) && !end.After(now.Add(d))
		})
	}
	return func(c diff.Change) bool {
		for _, f := range all {
			if !f(c) {
				return false
			}
		}
		return true
	}, nil
}

// valueOf is what an attribute is to be, or is where the list has no say.
func valueOf(c diff.Change, name string) string {
	if c.Desired != nil {
		if v, ok := c.Desired.Get(name); ok {
			return v
		}
	}
	if c.Current != nil {
		v, _ := c.Current.Get(name)
		return v
	}
	return ""
}

// parseCondition reads ATTRIBUTE OPERATOR VALUE. Dates are compared as instants, a day without a time being its start; numbers
// as numbers where both sides are; everything else as text without case.
func parseCondition(text string, s *schema.Schema, zone *time.Location) (filter, error) {
	at := strings.IndexAny(text, "<>=!")
	if at <= 0 {
		return nil, fmt.Errorf("write ATTRIBUTE, one of = != < <= > >=, and a value")
	}
	name, rest := strings.TrimSpace(text[:at]), text[at:]
	op := rest[:1]
	if len(rest) > 1 && rest[1] == '=' {
		op = rest[:2]
	}
	value := strings.TrimSpace(rest[len(op):])
	if op == "!" {
		return nil, fmt.Errorf("the sign for unequal is !=, not ! alone")
	}
	a, ok := s.Attribute(name)
	if !ok {
		return nil, fmt.Errorf("the source has no attribute %q; it has %s", name, strings.Join(s.Names(), ", "))
	}
	holds := map[string]func(int) bool{
		"=": func(c int) bool { return c == 0 }, "!=": func(c int) bool { return c != 0 },
		"<": func(c int) bool { return c < 0 }, "<=": func(c int) bool { return c <= 0 },
		">": func(c int) bool { return c > 0 }, ">=": func(c int) bool { return c >= 0 },
	}[op]
	if a.Type != schema.Date {
		return func(c diff.Change) bool { return holds(compareText(valueOf(c, name), value)) }, nil
	}
	when, err := schema.ParseDate([]byte(value), schema.YearFirst, zone)
	if err != nil {
		return nil, err
	}
	bound := when.StartOf(zone)
	return func(c diff.Change) bool {
		t, err := time.Parse(time.RFC3339, valueOf(c, name))
		if err != nil {
			return false // no date, or one that is a fault of its own
		}
		if !when.HasTime { // whole days are compared
			local := t.In(zone)
			t = time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
		}
		return holds(t.Compare(bound))
	}, nil
}

func compareText(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}
