package schema_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Every code of this package has a list that raises it and one that all but does.
func TestEveryCodeIsTested(t *testing.T) {
	raised, near := make(map[string]bool), make(map[string]bool)
	note := func(want []string, code string) {
		for _, w := range want {
			for _, field := range strings.Fields(w) {
				raised[field] = true
			}
		}
		near[code] = true
		for _, w := range want {
			if code != "" && strings.Contains(" "+w+" ", " "+code+" ") {
				t.Errorf("a list that must not raise %s wants %q", code, w)
			}
		}
	}
	for _, c := range validateCases() {
		note(c.want, c.near)
	}
	for _, c := range attributesCases() {
		note(c.want, c.near)
	}
	for _, c := range managerCases() {
		note(c.want, c.near)
	}
	for _, c := range capacityCases() {
		note(c.want, c.near)
	}
	for _, c := range schema.Codes() {
		if c.Raised == "schema" && (!raised[c.ID] || !near[c.ID]) {
			t.Errorf("%s: raised by a test %v, all but raised by another %v", c.ID, raised[c.ID], near[c.ID])
		}
	}
}

func TestCodes(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range schema.Codes() {
		if seen[c.ID] {
			t.Errorf("%s stands in the list twice", c.ID)
		}
		seen[c.ID] = true
		want := map[byte]schema.Severity{'E': schema.Error, 'W': schema.Warning, 'N': schema.Note}[c.ID[0]]
		if c.Severity != want || c.Title == "" || c.Raised == "" || strings.HasSuffix(c.Title, ".") {
			t.Errorf("%+v", c)
		}
	}
}

func TestUnknownCodes(t *testing.T) {
	s := testSchema(t)
	for _, c := range []struct {
		o    schema.CheckOptions
		want string
	}{
		{schema.CheckOptions{Only: []string{"E-EMAIL"}}, "perhaps E-EMAIL-BAD, W-EMAIL-DUPLICATE"},
		{schema.CheckOptions{Ignore: []string{"nonsense"}}, "--ignore nonsense: there is no such code; the explain command"},
	} {
		_, err := schema.NewChecker(s, table(t, s.Names()).Columns(), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got the error %v, want one that says %q", err, c.want)
		}
	}
}

type capacityCase struct {
	why         string
	rows, there int
	near        string
	want        []string
}

func capacityCases() []capacityCase {
	return []capacityCase{
		{why: "just as many as fit", rows: schema.MaxRecords, near: "E-SOURCE-FULL"},
		{why: "one too many", rows: schema.MaxRecords + 1, want: []string{"0 E-SOURCE-FULL "}},
		{why: "too many with what is there, if all are new", rows: 11_000, there: 9_001, want: []string{"0 W-SOURCE-FULL "}},
		{why: "enough room in any case", rows: 11_000, there: 9_000, near: "W-SOURCE-FULL"},
	}
}

func TestCapacity(t *testing.T) {
	for _, c := range capacityCases() {
		s := testSchema(t)
		s.Source.Count = c.there
		var rows []map[string]string
		for n := range c.rows {
			rows = append(rows, with(n, "phone", fmt.Sprintf("+34%09d", n), "email", fmt.Sprintf("a%d@example.com", n)))
		}
		if diff := cmp.Diff(c.want, validated(t, s, listOf(t, s.Names(), rows...), validateOptions(t))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.why, diff)
		}
	}
}

// validated is what is said of a table.
func validated(t testing.TB, s *schema.Schema, tab schema.Table, o schema.CheckOptions) []string {
	t.Helper()
	checker, err := schema.NewChecker(s, tab.Columns(), o)
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
