package schema_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// codeOf is the code by which a planted fault must be found.
func codeOf(f gen.Fault) string {
	switch f.Kind {
	case gen.BrokenMail:
		return schema.CodeEmailBad
	case gen.BrokenPhone:
		if f.Value == "5.55123E+09" {
			return schema.CodePhoneDamaged
		}
		return schema.CodePhoneBad
	case gen.MissingRequired:
		return schema.CodeRequired
	case gen.EndBeforeStart:
		return schema.CodeEndBefore
	case gen.DuplicateKey:
		return schema.CodeKeyDuplicate
	case gen.BadDate:
		return schema.CodeDateBad
	}
	return "no code for " + f.Kind.String()
}

// k faults of known kinds planted at known rows of a list: exactly those are found, and nothing besides.
func TestPlantedFaultsAreFound(t *testing.T) {
	planted := make(map[gen.FaultKind]int)
	defer func() {
		for _, kind := range gen.FaultKinds(100) { // every kind that there is
			if planted[kind] < 10 {
				t.Errorf("%s was planted %d times, too few to say much", kind, planted[kind])
			}
		}
	}()
	for seed := uint64(1); seed <= 24; seed++ {
		o := gen.Options{Seed: seed, Rows: int(100 + 157*seed%2900), Columns: 8 + int(seed%11), OneLine: true, Faults: gen.FaultKinds(int(seed * 5 % 61))}
		switch seed % 3 {
		case 0:
			o.NewSpelling = gen.Padded
		case 1:
			o.NewSpelling = gen.Respelt
		}
		pair, err := gen.NewPair(o)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "list.csv")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pair.WriteNew(file); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, f := range pair.Faults() {
			planted[f.Kind]++
			attribute := f.Attribute
			if f.Kind == gen.DuplicateKey {
				want = append(want, fmt.Sprintf("%d %s %s [%d]", f.Row+1, codeOf(f), attribute, f.Twin+1), fmt.Sprintf("%d %s %s [%d]", f.Twin+1, codeOf(f), attribute, f.Row+1))
				continue
			}
			want = append(want, fmt.Sprintf("%d %s %s", f.Row+1, codeOf(f), attribute))
		}
		s, err := schema.FromTemplate(gen.Header(o.Columns))
		if err != nil {
			t.Fatal(err)
		}
		// A fault that reading would mend, such as a mail address with (at), is to be found here all the same.
		list, err := csvio.Open(context.Background(), path, s, csvio.Options{Off: csvio.Rules()})
		if err != nil {
			t.Fatal(err)
		}
		got := validated(t, s, list, schema.CheckOptions{Reading: schema.Reading{Zone: zone(t, "Europe/Berlin")}, AsOf: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)})
		if err := list.Close(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d, %d rows of %d columns with %d faults (-want +got)\n%s", seed, o.Rows, o.Columns, len(o.Faults), diff)
		}
	}
}

// Every fault of one cell that the table of rules knows, planted at random rows of lists of any length: exactly those are
// found, however they lie beside each other.
func TestFaultsOfEveryKindAreFound(t *testing.T) {
	type fault struct {
		cells map[string]string
		want  []string // code and attribute
	}
	base := cleanRow(1)
	var faults []fault
	for _, c := range validateCases() {
		if c.o != nil || c.cols != nil || len(c.rows) != 1 {
			continue
		}
		f := fault{cells: make(map[string]string)}
		for name, value := range c.rows[0] {
			if value != base[name] && !strings.Contains(strings.ToLower(value), "ruiz1") {
				f.cells[name] = value
			}
		}
		for _, w := range c.want {
			f.want = append(f.want, strings.TrimPrefix(w, "1 "))
		}
		// An account name would be a double once it is planted twice, and a mail likewise.
		if len(f.cells) > 0 && f.cells["accountName"] == "" && (f.cells["email"] == "" || len(f.want) > 0) {
			faults = append(faults, f)
		}
	}
	if len(faults) < 30 {
		t.Fatalf("only %d kinds of faults", len(faults))
	}
	s := testSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(40, 400).Draw(t, "rows")
		var rows []map[string]string
		for i := range n {
			rows = append(rows, with(i, "phone", fmt.Sprintf("+34%09d", i), "email", fmt.Sprintf("a%d@example.com", i)))
		}
		var want []string
		// Not so many of one kind that they become the column's affair.
		for at, kind := range rapid.MapOfN(rapid.IntRange(0, n-1), rapid.IntRange(0, len(faults)-1), 0, n/10).Draw(t, "faults") {
			f := faults[kind]
			for name, value := range f.cells {
				rows[at][name] = value
			}
			for _, w := range f.want {
				want = append(want, fmt.Sprintf("%d %s", at+1, w))
			}
		}
		var got []string
		for _, line := range validatedRapid(t, s, rows) {
			if !strings.Contains(line, "-DUPLICATE") { // two planted phones may be the same
				got = append(got, line)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}

func validatedRapid(t *rapid.T, s *schema.Schema, rows []map[string]string) []string {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var records []schema.Record
	for _, r := range rows {
		var rec schema.Record
		for _, n := range s.Names() {
			rec.Values = append(rec.Values, r[n])
		}
		records = append(records, rec)
	}
	tab, err := schema.NewMemory(s.Names(), records)
	if err != nil {
		t.Fatal(err)
	}
	checker, err := schema.NewChecker(s, tab.Columns(), schema.CheckOptions{Reading: schema.Reading{Zone: berlin}, AsOf: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if _, err := schema.Validate(context.Background(), tab, checker, func(f schema.Finding) error {
		got = append(got, told(f))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}
