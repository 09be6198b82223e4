package csvio

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// A list without a header row is read by the letters of its columns, and its failed rows come back as they were.
func TestListsWithoutAHeaderRow(t *testing.T) {
	letters := map[string]string{"[A]": "accountName", "[b]": "lastName, firstName", "[D]": "", "[E]": "vendor"}
	for _, tt := range []struct {
		why, in  string
		o        Options
		rows     [][]string
		findings []string
		about    []string
		failed   string
	}{
		{
			why: "letters", in: "a;\"Lee, Ann\";x;y;=ACME\r\nb;\"Ono, Ken\";x;y;ACME\r\n", o: Options{Map: letters},
			rows: [][]string{{"a", "Lee", "Ann", "=ACME"}, {"b", "Ono", "Ken", "ACME"}}, about: []string{"W-COLUMN-UNKNOWN@0:C"},
			failed: "accountName;[B];[C];[D];vendor;nelm_row;nelm_code;nelm_problem;nelm_hint\r\na;Lee, Ann;x;y;'=ACME;1;E-X;bad;h\r\n",
		},
		{
			why: "a row that names an attribute is a row", in: "a,Manager\nb,Painter\n", o: Options{Map: map[string]string{"[A]": "accountName", "[B]": "vendor"}},
			rows:   [][]string{{"a", "Manager"}, {"b", "Painter"}},
			failed: "accountName,vendor,nelm_row,nelm_code,nelm_problem,nelm_hint\na,Manager,1,E-X,bad,h\n",
		},
		{
			why: "empty and short rows", in: "\na,x,y\n\nb\n", o: Options{Map: map[string]string{"[A]": "accountName", "[C]": "vendor", "[B]": ""}},
			rows: [][]string{{"a", "y"}, {"b", ""}}, findings: []string{"E-ROW-WIDTH@4", "N-ROW-BLANK@1"},
			failed: "accountName,[B],vendor,nelm_row,nelm_code,nelm_problem,nelm_hint\na,x,y,2,E-X,bad,h\n",
		},
		{
			why: "a first line that names the delimiter", in: "sep=;\na;x\nb;y\n", o: Options{Map: map[string]string{"[A]": "accountName", "[B]": "vendor"}},
			rows: [][]string{{"a", "x"}, {"b", "y"}}, about: []string{"N-PREAMBLE@1"},
			failed: "sep=;\naccountName;vendor;nelm_row;nelm_code;nelm_problem;nelm_hint\na;x;2;E-X;bad;h\n",
		},
		{
			why: "one column", in: "a\nb\n", o: Options{Map: map[string]string{"[A]": "accountName"}},
			rows:   [][]string{{"a"}, {"b"}},
			failed: "accountName,nelm_row,nelm_code,nelm_problem,nelm_hint\na,1,E-X,bad,h\n",
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			tt.o.NoHeader = true
			l := open(t, tt.in, tt.o)
			g := readAll(t, l)
			var about []string
			for _, f := range l.Input().Findings {
				about = append(about, brief(f))
			}
			for what, pair := range map[string][2]any{"rows": {tt.rows, g.Rows}, "findings": {tt.findings, g.Findings}, "findings about the file": {tt.about, about}} {
				if d := cmp.Diff(pair[0], pair[1]); d != "" {
					t.Errorf("%s (-want +got):\n%s", what, d)
				}
			}
			if d := l.Input().Dialect; !strings.HasSuffix(d, ", no header row") || l.Input().HeaderRow != 0 {
				t.Errorf("the dialect is %q, the header on row %d; want none", d, l.Input().HeaderRow)
			}
			var out bytes.Buffer
			if err := WriteFailed(t.Context(), &out, l, eachOf(Failure{Ref: g.Refs[0], Code: "E-X", Problem: "bad", Hint: "h"})); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.failed, out.String()); d != "" {
				t.Errorf("failed rows (-want +got):\n%s", d)
			}
			again := open(t, out.String(), tt.o)
			if d := cmp.Diff(g.Rows[:1], readAll(t, again).Rows); d != "" {
				t.Errorf("rows of the failed file (-want +got):\n%s", d)
			}
			if !again.Partial() {
				t.Error("the failed file is not taken for a part")
			}
		})
	}
}

func TestWorkbookWithoutAHeaderRow(t *testing.T) {
	path := makeBook(t, func(f *excelize.File) error {
		return setRows(f, "Sheet1", []any{"a", "Ann"}, []any{"b", "Ben", "x"})
	})
	o := Options{NoHeader: true, Map: map[string]string{"[A]": "accountName", "[B]": "firstName"}}
	l := openBook(t, path, o)
	g := readAll(t, l)
	if d := cmp.Diff([][]string{{"a", "Ann"}, {"b", "Ben"}}, g.Rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if in := l.Input(); len(in.Findings) != 1 || brief(in.Findings[0]) != "W-COLUMN-UNKNOWN@0:C" {
		t.Errorf("findings %+v, want that column C is not read", in.Findings)
	}
	var out bytes.Buffer
	if err := WriteFailed(t.Context(), &out, l, eachOf(Failure{Ref: g.Refs[1], Code: "E-X", Problem: "bad", Hint: "h"})); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(g.Rows[1:], readAll(t, openBook(t, write(t, out.String()), o)).Rows); d != "" {
		t.Errorf("rows of the failed file (-want +got):\n%s", d)
	}
}

func TestMappingsThatAListWithoutAHeaderRowDoesNotHave(t *testing.T) {
	for _, tt := range []struct {
		why           string
		mapping       map[string]string
		message, hint string
	}{
		{"a column that is not there", map[string]string{"[A]": "accountName", "[D]": "vendor"}, "a column that the file does not have: [D]", "the columns [A] to [C]"},
		{"a heading", map[string]string{"[A]": "accountName", "Login": "vendor"}, "Login", "mapped by letters"},
		{"two columns for one attribute", map[string]string{"[A]": "accountName", "[B]": "accountName"}, "two columns are accountName: column A and column B", `"[B]="`},
		{"no mapping", nil, "no column is known: the list is read without a header row", `--columns "?,email,startDate"`},
	} {
		_, err := Open(t.Context(), write(t, "a,a@example.com,2026-01-01\n"), testSchema(), Options{NoHeader: true, Map: tt.mapping})
		var input *InputError
		if !errors.As(err, &input) || !strings.Contains(input.Message, tt.message) || !strings.Contains(input.Hint, tt.hint) {
			t.Errorf("%s: %#v, want %q and %q", tt.why, err, tt.message, tt.hint)
		}
	}
}

// A header that is read as a person would make one of that name.
func TestAHeaderThatIsDeniedIsRefused(t *testing.T) {
	o := Options{NoHeader: true, Map: map[string]string{"[A]": "accountName"}}
	for _, in := range []string{"accountName\na\n", "Account Name,x,First_Name\na,b,c\n"} {
		_, err := Open(t.Context(), write(t, in), testSchema(), o)
		var input *InputError
		if !errors.As(err, &input) || !strings.Contains(input.Message, "row 1 is one") || !strings.Contains(input.Hint, "leave out --columns") {
			t.Errorf("%q: %v, want that row 1 is a header", in, err)
		}
	}
	open(t, "a,Manager,b\n", Options{NoHeader: true, Map: map[string]string{"[A]": "accountName"}})
}

// A person whose profession is an attribute's name is no header.
func TestAPersonIsNoHeader(t *testing.T) {
	_, err := Open(t.Context(), write(t, "a,Ann,ann@example.com,Painter\nb,Ben,ben@example.com,Manager\n"), testSchema(), Options{})
	var input *InputError
	if !errors.As(err, &input) || !strings.Contains(input.Message, "looks like a person") || !strings.Contains(input.Hint, `--columns "?,?,email,?"`) {
		t.Errorf("%v, want that the first row is a person", err)
	}
}

// Columns without a heading are named by letters, and where they are not used that is said.
func TestColumnsWithoutAHeading(t *testing.T) {
	long := strings.Repeat("a,Ann,,\n", 300) + "a,Ann,,late\n"
	for _, tt := range []struct {
		why, in string
		mapping map[string]string
		rows    [][]string
		about   []string
	}{
		{"with text in it", "accountName,,firstName\na,,Ann\nb,x,Ben\n", nil, [][]string{{"a", "Ann"}, {"b", "Ben"}}, []string{"W-COLUMN-UNKNOWN@1:B"}},
		{"left out on purpose", "accountName,,firstName\na,,Ann\nb,x,Ben\n", map[string]string{"[B]": ""}, [][]string{{"a", "Ann"}, {"b", "Ben"}}, nil},
		{"by its letter", "accountName,,firstName\na,,Ann\nb,x,Ben\n", map[string]string{"[B]": "vendor"}, [][]string{{"a", "", "Ann"}, {"b", "x", "Ben"}}, nil},
		{"empty in the whole file", "accountName,firstName,,\na,Ann,,\n", nil, [][]string{{"a", "Ann"}}, nil},
		{"behind the end of the header, by its letter", "accountName,firstName\na,Ann,x\nb,Ben,\n", map[string]string{"[C]": "vendor"}, [][]string{{"a", "Ann", "x"}, {"b", "Ben", ""}}, nil},
		{"empty as far as was looked", "accountName,firstName,,\n" + long, nil, nil, []string{"N-COLUMN-UNNAMED@1"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			l := open(t, tt.in, Options{Map: tt.mapping})
			var about []string
			for _, f := range l.Input().Findings {
				about = append(about, brief(f))
			}
			if d := cmp.Diff(tt.about, about); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
			if tt.rows != nil {
				if d := cmp.Diff(tt.rows, readAll(t, l).Rows); d != "" {
					t.Errorf("rows (-want +got):\n%s", d)
				}
			}
		})
	}
}

// A sheet's rows end with their last text, so a column without a heading may stand behind the header.
func TestColumnsOfASheetBehindItsHeader(t *testing.T) {
	path := makeBook(t, func(f *excelize.File) error {
		return setRows(f, "Sheet1", []any{"accountName", "firstName"}, []any{"a", "Ann"}, []any{"b", "Ben", nil, "x"})
	})
	for why, tt := range map[string]struct {
		mapping map[string]string
		rows    [][]string
		about   []string
	}{
		"not read":      {nil, [][]string{{"a", "Ann"}, {"b", "Ben"}}, []string{"W-COLUMN-UNKNOWN@1:D"}},
		"by its letter": {map[string]string{"[D]": "vendor"}, [][]string{{"a", "Ann", ""}, {"b", "Ben", "x"}}, nil},
	} {
		l := openBook(t, path, Options{Map: tt.mapping})
		g := readAll(t, l)
		var about []string
		for _, f := range l.Input().Findings {
			about = append(about, brief(f))
		}
		if d := cmp.Diff(tt.about, about); d != "" {
			t.Errorf("%s: findings (-want +got):\n%s", why, d)
		}
		if d := cmp.Diff(tt.rows, g.Rows); d != "" || len(g.Findings) > 0 {
			t.Errorf("%s: findings %q, rows (-want +got):\n%s", why, g.Findings, d)
		}
	}
}

// What is guessed of a list without a header is guessed by its cells.
func TestGuessesWithoutAHeaderRow(t *testing.T) {
	for _, tt := range []struct {
		why, in string
		mapping map[string]string
	}{
		{"by cells alone", "Ann,ann@example.com,2026-01-01,2026-12-31,+49 30 23125 001\n", map[string]string{"[B]": "email", "[C]": "startDate", "[D]": "endDate", "[E]": "phone"}},
		{"in the order of the schema", "a,Ann,Lee,,a@example.com,jane.doe,2026-01-01,2026-12-31,ACME\n", map[string]string{
			"[A]": "accountName", "[B]": "firstName", "[C]": "lastName", "[D]": "phone", "[E]": "email", "[F]": "manager", "[G]": "startDate", "[H]": "endDate", "[I]": "vendor"}},
		{"in another order", "Ann,Lee,a,,a@example.com,2026-01-01,2026-12-31,jane.doe,ACME\n", map[string]string{"[E]": "email", "[F]": "startDate", "[G]": "endDate"}},
	} {
		g, err := GuessMapping(t.Context(), write(t, tt.in), testSchema(), Options{NoHeader: true})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tt.mapping, g.Map(true)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.why, d)
		}
		var out bytes.Buffer
		if err := g.Encode(&out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "\nno-header: true\n") || !strings.Contains(out.String(), `  # "[B]": "`+tt.mapping["[B]"]+`"`) {
			t.Errorf("%s: the settings are\n%s", tt.why, out.String())
		}
	}
}
