package schema_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
