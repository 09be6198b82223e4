package diff_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// TestMassOfUpdatesFromAStock compares two lists in which everybody differs, some records are longer than what is kept together, and some keys
// stand in several rows or records: with stocks that hold a few thousand records, one after the other, and without any.
func TestMassOfUpdatesFromAStock(t *testing.T) {
	pair, err := gen.NewPair(gen.Options{Rows: 12_000, Shape: gen.AllUpdated})
	if err != nil {
		t.Fatal(err)
	}
	s := generatedSchema()
	long := strings.Repeat("long, ", 60_000)
	desired := changed(t, written(pair.WriteNew), s, func(i int, row []string) [][]string {
		switch {
		case i%3000 == 7:
			row[len(row)-1] = long + row[0]
		case i%1000 == 11:
			return [][]string{row, row}
		}
		return [][]string{row}
	})
	current := changed(t, written(pair.WriteOld), s, func(i int, row []string) [][]string {
		switch {
		case i%2500 == 13:
			row[len(row)-1] = "was " + long
		case i%1500 == 17:
			twin := append([]string{strings.ToUpper(row[0])}, row[1:]...)
			return [][]string{row, twin}
		}
		return [][]string{row}
	})
	compare := func(stock int, only bool) []string {
		defer diff.SetStockBytes(stock)()
		var got []string
		o := diff.Options{Schema: s, Reading: schema.Reading{Zone: time.UTC}, FieldsOnly: only}
		sum, err := diff.Compare(t.Context(), desired, current, o, func(c diff.Change) error {
			line := fmt.Sprintf("%s %s %v", c.Kind, c.Key, c.Findings)
			for _, f := range c.Fields {
				line += fmt.Sprintf(" %s: %.40q -> %.40q (%d, %d)", f.Attribute, f.Old, f.New, len(f.Old), len(f.New))
			}
			if c.Current != nil {
				line += fmt.Sprint(" ", c.Current.Ref)
				if !only {
					line += fmt.Sprint(" ", c.Current.Values)
				}
			}
			got = append(got, line)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return append(got, fmt.Sprintf("%+v", sum))
	}
	for _, only := range []bool{false, true} {
		want := compare(0, only)
		if len(want) < 12_000 {
			t.Fatalf("only %d changes", len(want))
		}
		for _, stock := range []int{1, 700 << 10, 32 << 20} {
			if d := cmp.Diff(want, compare(stock, only)); d != "" {
				t.Errorf("a stock of %d bytes, fields only %t: (-without +with)\n%.2000s", stock, only, d)
			}
		}
	}
}

func written(write func(io.Writer) (gen.Written, error)) func(*bytes.Buffer) error {
	return func(b *bytes.Buffer) error {
		_, err := write(b)
		return err
	}
}

// changed is a generated list whose rows were changed by f.
func changed(t *testing.T, write func(w *bytes.Buffer) error, s *schema.Schema, f func(i int, row []string) [][]string) schema.Table {
	t.Helper()
	var text bytes.Buffer
	if err := write(&text); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&text).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for i, row := range rows {
		all := [][]string{row}
		if i > 0 {
			all = f(i, row)
		}
		if err := w.WriteAll(all); err != nil {
			t.Fatal(err)
		}
	}
	return listFrom(t, out.Bytes(), "list.csv", s)
}
