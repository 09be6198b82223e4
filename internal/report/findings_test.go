package report

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// at is a finding about a cell of column C.
func at(row int64, code, message, hint string, related ...int64) schema.Finding {
	severity := map[byte]schema.Severity{'E': schema.Error, 'W': schema.Warning, 'N': schema.Note}[code[0]]
	o := schema.Origin{File: "list.csv", Row: row, Line: row, Column: "C", Header: "Phone"}
	return schema.Finding{Code: code, Severity: severity, Origin: o, Attribute: "phone", Message: message, Hint: hint, Related: related}
}

// messy is what a bad list brings forth.
func messy() []schema.Finding {
	whole := at(0, "W-COLUMN-SAME", "phone is 1 in all 9 rows", "")
	found := []schema.Finding{whole, at(2, "N-X", "row 2 is odd", "")}
	for row := int64(3); row < 12; row++ {
		found = append(found, at(row, "E-PHONE-BAD", fmt.Sprintf("%d is no phone number", row), "type it again"))
		found = append(found, at(row, "W-PLACEHOLDER", "n/a looks like a placeholder", "leave it blank"))
	}
	found = append(found, at(12, "E-KEY-DUPLICATE", `"a" is the accountName of 2 rows`, "keep one", 14), at(13, "E-KEY-DUPLICATE", `"b" is the accountName of 2 rows`, "keep one", 15))
	found = append(found, at(14, "E-KEY-DUPLICATE", `"a" is the accountName of 2 rows`, "keep one", 12), at(15, "E-KEY-DUPLICATE", `"b" is the accountName of 2 rows`, "keep one", 13))
	return found
}

func TestFindingsAreGrouped(t *testing.T) {
	for _, tt := range []struct {
		why  string
		max  int
		want string
	}{
		{"the same message is one line with its rows, different ones stand below each other, and rows that share something stand together", 0, `
error E-PHONE-BAD          9 rows (C "Phone")
                           row 3: 3 is no phone number
                           row 4: 4 is no phone number
                           row 5: 5 is no phone number
                           … and 6 more: rows 6, 7, 8, 9 … 11
                           hint: type it again
error E-KEY-DUPLICATE      rows 12, 14 (C "Phone")  "a" is the accountName of 2 rows
                           hint: keep one
error E-KEY-DUPLICATE      rows 13, 15 (C "Phone")  "b" is the accountName of 2 rows
                           hint: keep one
warn  W-COLUMN-SAME        file, column C "Phone"  phone is 1 in all 9 rows
warn  W-PLACEHOLDER        rows 3, 4, 5, 6 … 11 (C "Phone")  n/a looks like a placeholder
                           hint: leave it blank
note  N-X                  row 2 (C2 "Phone")  is odd
`},
		{"what is left out is counted, of whatever severity", 2, `
error E-PHONE-BAD          9 rows (C "Phone")
                           row 3: 3 is no phone number
                           row 4: 4 is no phone number
                           row 5: 5 is no phone number
                           … and 6 more: rows 6, 7, 8, 9 … 11
                           hint: type it again
error E-KEY-DUPLICATE      rows 12, 14 (C "Phone")  "a" is the accountName of 2 rows
                           hint: keep one
  … and 13 more: --max-findings 0 shows all
`},
	} {
		var out strings.Builder
		err := Findings(&out, Listed(messy()), FindingOptions{Max: tt.max})
		if d := cmp.Diff(tt.want[1:], out.String()); d != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", tt.why, err, d)
		}
	}
	var out strings.Builder
	err := FindingsMarkdown(&out, Listed(messy()), schema.Validation{OK: 1, Errors: 13, BadRows: 13, Warnings: 10})
	want := `1 ok · 13 errors in 13 rows · 10 warnings

| | Code | Rows | Column | What | What to do |
|---|---|---|---|---|---|
| error | E-PHONE-BAD | rows 3, 4, 5, 6 … 11 | Phone | 3 is no phone number (and 8 like it) | type it again |
| error | E-KEY-DUPLICATE | rows 12, 14 | Phone | "a" is the accountName of 2 rows | keep one |
| error | E-KEY-DUPLICATE | rows 13, 15 | Phone | "b" is the accountName of 2 rows | keep one |
| warning | W-COLUMN-SAME | file | Phone | phone is 1 in all 9 rows |  |
| warning | W-PLACEHOLDER | rows 3, 4, 5, 6 … 11 | Phone | n/a looks like a placeholder | leave it blank |
| note | N-X | row 2 | Phone | row 2 is odd |  |
`
	if d := cmp.Diff(want, out.String()); d != "" || err != nil {
		t.Errorf("Markdown: error %v (-want +got):\n%s", err, d)
	}
}

// However few groups are held at a time, all are handed out, in the same order and with the same rows, and every finding is in one
// of them or counted.
func TestGroupsAreTheSameHoweverFewAreHeld(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var found []schema.Finding
	for row := range int64(2000) {
		code := []string{"E-X", "W-X", "N-X", "E-KEY-DUPLICATE"}[r.IntN(4)]
		f := at(row, code, fmt.Sprint("message ", r.IntN(300)), "")
		if code == "E-KEY-DUPLICATE" {
			f.Related = []int64{1}
		}
		found = append(found, f)
	}
	make := func(o groupOptions) (all []string, rest int64) {
		seen := 0
		rest, err := groups(Listed(found), o, func(g *findingGroup) {
			seen += g.rows.n
			all = append(all, fmt.Sprintf("%s %s %s %v %d", g.first.Code, g.first.Message, &g.rows, g.lines(), g.messages.count()))
		})
		if err != nil || seen+int(rest) != len(found) {
			t.Errorf("%+v: error %v, %d findings in groups and %d left, want %d", o, err, seen, rest, len(found))
		}
		return all, rest
	}
	want, _ := make(groupOptions{tell: true})
	if len(want) < 100 {
		t.Fatalf("%d groups are too few to say much", len(want))
	}
	for _, atOnce := range []int{1, 7, 100} {
		got, _ := make(groupOptions{tell: true, atOnce: atOnce})
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d at once (-want +got):\n%s", atOnce, d)
		}
		got, rest := make(groupOptions{tell: true, atOnce: atOnce, most: 20})
		if d := cmp.Diff(want[:20], got); d != "" || rest == 0 {
			t.Errorf("%d at once, 20 in all: %d left (-want +got):\n%s", atOnce, rest, d)
		}
	}
}

// Findings that end with an error are never shown as if they were all.
func TestFindingsThatEndWithAnError(t *testing.T) {
	broken := errors.New("broken")
	torn := func(yield func(schema.Finding, error) bool) {
		if yield(at(2, "E-X", "m", ""), nil) {
			yield(schema.Finding{}, broken)
		}
	}
	var out strings.Builder
	for name, err := range map[string]error{
		"text": Findings(&out, torn, FindingOptions{}), "json": FindingsJSON(&out, torn),
		"md": FindingsMarkdown(&out, torn, schema.Validation{}), "github": FindingsGitHub(&out, torn),
	} {
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v, want the error of the findings", name, err)
		}
	}
}

func TestTally(t *testing.T) {
	var all tally
	for i := range 10_000 {
		all.add(fmt.Sprint(i % 777))
	}
	if n := len(all.hashes); n > 2*777+1024 {
		t.Errorf("%d hashes are held for 777 texts", n)
	}
	if n := all.count(); n != 777 {
		t.Errorf("%d texts, want 777", n)
	}
}
