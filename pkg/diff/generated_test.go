package diff_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// TestCompareFindsWhatWasGenerated compares files whose differences and faults are known, in every spelling, through every way
// of reading them again.
func TestCompareFindsWhatWasGenerated(t *testing.T) {
	for _, tt := range []struct {
		why string
		o   gen.Options
	}{
		{"standard", gen.Options{Rows: 3000}},
		{"the tenant's side re-spelt", gen.Options{Rows: 3000, OldSpelling: gen.Respelt}},
		{"the list re-spelt, with faults", gen.Options{Rows: 3000, NewSpelling: gen.Respelt, Faults: gen.FaultKinds(60)}},
		{"everybody updated", gen.Options{Rows: 1500, Shape: gen.AllUpdated}},
		{"everybody created", gen.Options{Rows: 500, Shape: gen.AllCreated}},
		{"everybody deleted", gen.Options{Rows: 500, Shape: gen.AllDeleted}},
		{"nobody changed", gen.Options{Rows: 1500, Shape: gen.Same, NewSpelling: gen.Respelt}},
	} {
		for _, jumps := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, rereads: %t", tt.why, jumps), func(t *testing.T) {
				pair, err := gen.NewPair(tt.o)
				if err != nil {
					t.Fatal(err)
				}
				s := generatedSchema()
				var desired, current schema.Table = generated(t, pair, "new", s), generated(t, pair, "old", s)
				if jumps {
					desired, current = reloaded(t, desired), reloaded(t, current)
				}
				o := diff.Options{Schema: s, Reading: schema.Reading{Zone: time.UTC, PhoneDigits: true}}
				if o.Check, err = schema.NewChecker(s, desired.Columns(), schema.CheckOptions{Reading: o.Reading}); err != nil {
					t.Fatal(err)
				}
				want, got := truth(pair), []string(nil)
				if _, err := diff.Compare(t.Context(), desired, current, o, func(c diff.Change) error {
					line := fmt.Sprintf("%s %s", c.Kind, c.Key)
					for _, f := range c.Fields {
						line += " " + f.Attribute
					}
					got = append(got, line)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("(-generated +found):\n%s", d)
				}
			})
		}
	}
}

// truth is what was generated: changes and faults in the order of the list, then the missing by key.
func truth(p *gen.Pair) []string {
	byRow := make(map[int]string)
	var missing []string
	for c := range p.Changes() {
		line := c.AccountName
		for _, f := range c.Fields {
			line += " " + f.Attribute
		}
		switch c.Kind {
		case gen.Created:
			byRow[c.Row] = "create " + line
		case gen.Updated:
			byRow[c.Row] = "update " + line
		case gen.Deleted:
			missing = append(missing, line)
		}
	}
	for _, f := range p.Faults() {
		byRow[f.Row] = "blocked " + f.AccountName
		if f.Twin > 0 {
			byRow[f.Twin] = "blocked " + f.AccountName
		}
	}
	var rows []int
	for row := range byRow {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	var lines []string
	for _, row := range rows {
		lines = append(lines, byRow[row])
	}
	slices.Sort(missing)
	for _, key := range missing {
		lines = append(lines, "missing "+key)
	}
	return lines
}

// generatedSchema has the columns of a generated list.
func generatedSchema() *schema.Schema {
	s := &schema.Schema{Attributes: schema.System()}
	for _, name := range gen.Header(12)[len(s.Attributes):] {
		s.Attributes = append(s.Attributes, schema.Attribute{TechnicalName: name, Type: schema.Text})
	}
	return s
}

// generated opens the old or the new list of a pair.
func generated(t testing.TB, p *gen.Pair, which string, s *schema.Schema) *csvio.List {
	t.Helper()
	var b bytes.Buffer
	write := p.WriteOld
	if which == "new" {
		write = p.WriteNew
	}
	if _, err := write(&b); err != nil {
		t.Fatal(err)
	}
	return listFrom(t, b.Bytes(), which+".csv", s)
}

// listFrom opens a list that was made.
func listFrom(t testing.TB, text []byte, name string, s *schema.Schema) *csvio.List {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	// A planted "(at)" is to stay a fault.
	l, err := csvio.Open(t.Context(), path, s, csvio.Options{Off: []string{csvio.RuleMailAt}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// reloaded is a table as one that rereads.
func reloaded(t testing.TB, table schema.Table) *blocks {
	t.Helper()
	l, err := load(t.Context(), table, 300)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
