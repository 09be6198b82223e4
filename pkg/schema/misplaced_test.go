package schema_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// blocks counts the blocks that are read of a list.
type blocks struct {
	schema.Table
	n int
}

func (b *blocks) Blocks(ctx context.Context, f func(*schema.Block) error) error {
	return b.Table.Blocks(ctx, func(block *schema.Block) error {
		b.n++
		return f(block)
	})
}

// What is found of the columns is what validation says of them, and stands for what the rules say of their cells.
func TestMisplacedColumnsAreSaidOnce(t *testing.T) {
	s := testSchema(t)
	swapped := func(n int) map[string]string {
		return with(n, "phone", cleanRow(n)["email"], "email", cleanRow(n)["phone"], "startDate", "2026-12-31", "endDate", "2026-01-05")
	}
	named := func(n int) map[string]string { return with(n, "accountName", fmt.Sprintf("Ana Ruiz%c", 'a'+n%26)) }
	for _, tt := range []struct {
		why    string
		row    func(n int) map[string]string
		faults []string // at the end of the list
		want   []string // attributes of the findings about the list
		said   map[string]int
	}{
		{"nothing is misplaced", cleanRow, []string{"email", "soon"}, nil, map[string]int{"E-EMAIL-BAD email": 1}},
		{"mail and phone, and both dates", swapped, []string{"email", "nobody@", "phone", "x"}, []string{"phone", "endDate"}, map[string]int{
			"E-COLUMN-SWAPPED phone": 400, "E-COLUMN-SWAPPED email": 400, "E-COLUMN-SWAPPED endDate": 401, "E-EMAIL-BAD email": 1, "E-PHONE-BAD phone": 1,
		}},
		{"people's names for account names, which is no error of a cell", named, nil, []string{"accountName"}, map[string]int{}},
	} {
		var rows []map[string]string
		for n := range 400 {
			rows = append(rows, tt.row(n))
		}
		last := tt.row(400)
		for i := 0; i < len(tt.faults); i += 2 {
			last[tt.faults[i]] = tt.faults[i+1]
		}
		l := listOf(t, s.Names(), append(rows, last)...)
		o := validateOptions(t)
		checker, err := schema.NewChecker(s, l.Columns(), o)
		if err != nil {
			t.Fatal(err)
		}
		m, err := schema.FindMisplaced(t.Context(), l, checker)
		if err != nil {
			t.Fatal(err)
		}
		var got, validated []schema.Finding
		got = m.Findings
		if _, err := schema.Validate(t.Context(), l, checker, func(f schema.Finding) error {
			if f.Code == schema.CodeColumnSwapped || f.Code == schema.CodeColumnOdd {
				validated = append(validated, f)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(validated, got); d != "" {
			t.Errorf("%s: (-validate +FindMisplaced):\n%s", tt.why, d)
		}
		var attributes []string
		for _, f := range got {
			attributes = append(attributes, f.Attribute)
		}
		if d := cmp.Diff(tt.want, attributes); d != "" {
			t.Errorf("%s: columns (-want +got):\n%s", tt.why, d)
		}
		said := map[string]int{}
		err = l.Blocks(t.Context(), func(b *schema.Block) error {
			checker.Check(b, func(_ int, f schema.Finding) {
				g, ok := m.Instead(f)
				if !ok {
					g = f
				} else if g.Origin != f.Origin || g.Hint == "" || !slices.ContainsFunc(got, func(w schema.Finding) bool { return w.Message == g.Message }) {
					t.Errorf("%s: %+v became %+v", tt.why, f, g)
				}
				if g.Severity == schema.Error {
					said[g.Code+" "+g.Attribute]++
				}
			})
			return nil
		})
		if d := cmp.Diff(tt.said, said); d != "" || err != nil {
			t.Errorf("%s: error %v, errors of cells (-want +got):\n%s", tt.why, err, d)
		}
	}
}

// A list in whose first rows nothing is misplaced is not read to its end.
func TestFindMisplacedReadsFewRows(t *testing.T) {
	s := testSchema(t)
	l := &blocks{Table: listOf(t, s.Names(), clean(1, 20_000)...)}
	checker, err := schema.NewChecker(s, l.Columns(), validateOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := schema.FindMisplaced(t.Context(), l, checker); err != nil || len(m.Findings) > 0 || l.n != 1 {
		t.Errorf("error %v, %d findings, %d blocks read, want none in one", err, len(m.Findings), l.n)
	}
}
