package csvio

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// docTable reads the rows of the table of docs/reading.md that has the given headings.
func docTable(t *testing.T, headings ...string) [][]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/reading.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "| "+strings.Join(headings, " | ")+" |\n")
	if !found {
		t.Fatalf("no table with the headings %q", headings)
	}
	var rows [][]string
	for i, line := range strings.Split(rest, "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if i == 0 {
			continue // the rule under the headings
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		if len(cells) != len(headings) {
			t.Fatalf("%q has %d cells, want %d", line, len(cells), len(headings))
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

// unquoted gives the text of a cell that is written as code, with Go's escapes.
func unquoted(t *testing.T, code string) string {
	t.Helper()
	if code == "" {
		return ""
	}
	text := strings.TrimSuffix(strings.TrimPrefix(code, "`"), "`")
	if len(text) != len(code)-2 {
		t.Fatalf("%q is not written as code", code)
	}
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatalf("%q: %v", code, err)
	}
	return text
}

func TestTableOfDamageIsTrue(t *testing.T) {
	for _, row := range docTable(t, "Damage", "Column", "In the file", "Read as", "Said") {
		why, column, in, want, said := row[0], row[1], unquoted(t, row[2]), unquoted(t, row[3]), strings.Fields(row[4])
		t.Run(why, func(t *testing.T) {
			l := open(t, "manager,"+column+"\nx,"+in+"\n", Options{Encoding: "utf-8"})
			g := readAll(t, l)
			if d := cmp.Diff([][]string{{"x", want}}, g.Rows); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if d := cmp.Diff(said, what(g)); d != "" {
				t.Errorf("said (-want +got):\n%s", d)
			}
		})
	}
}

// what is said of a list: the codes of its findings and the rules of its repairs, each once.
func what(g got) []string {
	said := []string{}
	for _, f := range g.Findings {
		code, _, _ := strings.Cut(f, "@")
		said = append(said, code)
	}
	for _, r := range g.Repairs {
		said = append(said, r.Rule)
	}
	slices.Sort(said)
	return slices.Compact(said)
}

func TestTableOfSheetsIsTrue(t *testing.T) {
	rows := docTable(t, "In the sheet", "Read as", "Said")
	for _, tt := range sheetCells() {
		if tt.why == "a bare serial, the repair switched off" || tt.why == "a text that begins like one of our marks" {
			continue // of interest to ourselves
		}
		at := slices.IndexFunc(rows, func(r []string) bool { return r[0] == tt.why })
		if at < 0 {
			t.Errorf("the table has no line %q", tt.why)
			continue
		}
		row := rows[at]
		rows = slices.Delete(rows, at, at+1)
		var g got
		g.Findings = tt.findings
		for _, rule := range tt.repairs {
			g.Repairs = append(g.Repairs, schema.Repair{Rule: rule})
		}
		if want := unquoted(t, row[1]); want != tt.want {
			t.Errorf("%s: the table says %q, the test %q", tt.why, want, tt.want)
		}
		if d := cmp.Diff(strings.Fields(row[2]), what(g)); d != "" {
			t.Errorf("%s: what is said (-table +test):\n%s", tt.why, d)
		}
	}
	for _, row := range rows {
		t.Errorf("no test makes %q", row[0])
	}
}

func TestTableOfRepairsIsWhole(t *testing.T) {
	var documented []string
	for _, row := range docTable(t, "Rule", "What it does", "Made") {
		name := strings.Trim(row[0], "`")
		documented = append(documented, name)
		if slices.Contains(RulesOnRequest(), name) != (row[2] == "on request") {
			t.Errorf("%s: the table says %q", name, row[2])
		}
	}
	want := append(append(Rules(), RulesOnRequest()...), RuleQuoteSpace, RuleSplit)
	slices.Sort(want)
	slices.Sort(documented)
	if d := cmp.Diff(want, documented); d != "" {
		t.Errorf("rules (-program +table):\n%s", d)
	}
}

func TestTableOfDamagedFilesIsTrue(t *testing.T) {
	header := "accountName,firstName,lastName\n"
	damaged := map[string]struct {
		in   string
		o    Options
		said []string
		rows int
	}{
		"rows without text": {in: header + "a,A,x\n\n,,\nb,B,y\n", said: []string{"N-ROW-BLANK"}, rows: 2},
		"the header once more, as in lists printed page by page": {in: header + "a,A,x\n" + header + "b,B,y\n", said: []string{"N-HEADER-REPEATED"}, rows: 2},
		"any row of a header of several rows once more":          {in: "Account,First,Last\nName,Name,Name\na,A,x\nAccount,First,Last\nName,Name,Name\nb,B,y\n", o: Options{HeaderRow: 1, Headers: 2}, said: []string{"N-HEADER-REPEATED"}, rows: 2},
		"lines above the header":                                 {in: "All of them\nas of March,,\n" + header + "a,A,x\n", said: []string{"N-PREAMBLE", "N-PREAMBLE"}, rows: 1},
		"lines below the table":                                  {in: header + "a,A,x\n\nas of March\nby HR\n", said: []string{"N-FOOTER", "N-FOOTER", "N-ROW-BLANK"}, rows: 1},
		"a row cut off, or cells that lost their quotes":         {in: header + "a,A,x,y\nb\n", said: []string{"E-ROW-WIDTH", "E-ROW-WIDTH"}, rows: 2},
		"a file cut in the middle of a quote":                    {in: header + "a,A,x\nb,\"B\nc,C,x\nd,\"D", said: []string{"E-QUOTE", "E-QUOTE", "E-ROW-WIDTH", "E-ROW-WIDTH"}, rows: 4},
		"a row of more than 4 MB":                                {in: header + strings.Repeat("x", 100), o: Options{most: 64}, said: []string{"E-ROW-LENGTH", "E-ROW-WIDTH", "E-ROW-WIDTH"}, rows: 2},
		"a header on two rows":                                   {in: "accountName,Contract,\n,Start,End\na,2026-01-01,2026-12-31\n", o: Options{Map: map[string]string{"Contract Start": "startDate", "Contract End": "endDate"}}, said: []string{}, rows: 1},
		"a column without a heading":                             {in: "accountName,,,\n" + strings.Repeat("a,x,,\n", 300), said: []string{"N-COLUMN-UNNAMED", "W-COLUMN-UNKNOWN"}, rows: 300},
		"a column in two date orders":                            {in: "accountName,endDate\na,28/04/2026\nb,04/28/2026\nc,03/04/2026\n", said: []string{"W-DATE-MIXED"}, rows: 3},
	}
	for _, row := range docTable(t, "Damage", "What is done") {
		if row[0] == "a file that is changed while it is read" {
			continue // TestInputChangedWhileItIsRead
		}
		if row[0] == "no header" {
			continue // TestAPersonIsNoHeader
		}
		if row[0] == "a record above the header" {
			continue // TestPeopleAboveTheHeader
		}
		if row[0] == "a file whose first row is longer than 1 MB, as one without ends of lines" {
			continue // TestOpenRefusesWhatCannotBeUsed
		}
		tt, ok := damaged[row[0]]
		delete(damaged, row[0])
		if !ok {
			t.Errorf("no test makes %q", row[0])
			continue
		}
		t.Run(row[0], func(t *testing.T) {
			l := open(t, tt.in, tt.o)
			g := readAll(t, l)
			said := []string{}
			for _, f := range l.Input().Findings {
				said = append(said, f.Code)
			}
			for _, f := range g.Findings {
				code, _, _ := strings.Cut(f, "@")
				said = append(said, code)
			}
			slices.Sort(said)
			if d := cmp.Diff(tt.said, said); d != "" || len(g.Rows) != tt.rows {
				t.Errorf("%d rows, want %d; said (-want +got):\n%s", len(g.Rows), tt.rows, d)
			}
			for _, code := range slices.Compact(said) {
				if !strings.Contains(row[1], "`"+code+"`") {
					t.Errorf("the table does not name %s: %s", code, row[1])
				}
			}
		})
	}
	for name := range damaged {
		t.Errorf("the table has no line %q", name)
	}
}
