package csvio

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A header that is spread over rows is known by its names, by merged cells, or by what only headings look like, and nothing else
// is taken for one.
func TestHeadersOfSeveralRows(t *testing.T) {
	contract := map[string]string{"Login": "accountName", "Contract Start": "startDate", "Contract End": "endDate"}
	for _, tt := range []struct {
		why, in  string
		o        Options
		headings []string
		where    string
		rows     [][]string
		about    []string
	}{
		{
			why: "a mapping names what stands on two rows", in: "Login,Contract,,Vendor\n,Start,End,\na,2026-01-01,2026-12-31,x\n", o: Options{Map: contract},
			headings: []string{"Login", "Contract Start", "Contract End", "Vendor"}, where: "header on rows 1 and 2",
			rows: [][]string{{"a", "2026-01-01", "2026-12-31", "x"}},
		},
		{
			why: "the same without a known name on either row", in: "Login,Contract,\n,Start,End\na,2026-01-01,2026-12-31\n", o: Options{Map: map[string]string{"Contract Start": "startDate", "Contract End": "endDate"}},
			headings: []string{"Login", "Contract Start", "Contract End"}, where: "header on rows 1 and 2",
			rows: [][]string{{"2026-01-01", "2026-12-31"}}, about: []string{"W-COLUMN-UNKNOWN@1:A"},
		},
		{
			why: "a lower row that completes the upper", in: "Account Name,Contract,,Vendor\n,Start,End,\na,2026-01-01,2026-12-31,x\n",
			headings: []string{"Account Name", "Contract Start", "Contract End", "Vendor"}, where: "header on rows 1 and 2",
			rows: [][]string{{"a", "x"}}, about: []string{"W-COLUMN-UNKNOWN@1:B", "W-COLUMN-UNKNOWN@1:C"},
		},
		{
			why: "what stands above a known header belongs to it if a mapping says so", in: "ACME\n,,Contract,\nAccount Name,First Name,Start,End\na,Ann,2026-01-01,2026-12-31\n",
			o:        Options{Map: map[string]string{"Contract Start": "startDate", "Contract End": "endDate"}},
			headings: []string{"Account Name", "First Name", "Contract Start", "Contract End"}, where: "header on rows 2 and 3",
			rows: [][]string{{"a", "Ann", "2026-01-01", "2026-12-31"}}, about: []string{"N-PREAMBLE@1"},
		},
		{
			why: "known names keep their meaning under a text that stands over them", in: "Person,,Contract,\nAccount Name,First Name,Start,End\na,Ann,2026-01-01,2026-12-31\n",
			o:        Options{Map: map[string]string{"Contract Start": "startDate", "Contract End": "endDate"}},
			headings: []string{"Account Name", "First Name", "Contract Start", "Contract End"}, where: "header on rows 1 and 2",
			rows: [][]string{{"a", "Ann", "2026-01-01", "2026-12-31"}},
		},
		{
			why: "technical names under labels", in: "Account Name,First Name,Shoe size\naccountName,firstName,shoe\na,Ann,41\n",
			headings: []string{"accountName", "firstName", "Shoe size shoe"}, where: "header on rows 1 and 2",
			rows: [][]string{{"a", "Ann"}}, about: []string{"W-COLUMN-UNKNOWN@1:C"},
		},
		{
			why: "a title above a header is none of it", in: "Account,,\nName,First Name,Vendor\na,Ann,x\n", o: Options{Map: map[string]string{"Name": "accountName"}},
			headings: []string{"Name", "First Name", "Vendor"}, where: "header on row 2", rows: [][]string{{"a", "Ann", "x"}}, about: []string{"N-PREAMBLE@1"},
		},
		{
			why: "a row with anything in a column that is mapped by its letter is a row", in: "Account Name,Colour,,Vendor\n,red,blue,\na,green,red,x\n", o: Options{Map: map[string]string{"[C]": "firstName"}},
			headings: []string{"Account Name", "Colour", "", "Vendor"}, where: "header on row 1",
			rows: [][]string{{"", "blue", ""}, {"a", "red", "x"}}, about: []string{"W-COLUMN-UNKNOWN@1:B"},
		},
		{
			why: "a row with anything in a known column is a row", in: "Account Name,Contract,,Vendor\n,Start,End,ACME\na,x,y,z\n",
			headings: []string{"Account Name", "Contract", "", "Vendor"}, where: "header on row 1",
			rows: [][]string{{"", "ACME"}, {"a", "z"}}, about: []string{"W-COLUMN-UNKNOWN@1:B", "W-COLUMN-UNKNOWN@1:C"},
		},
		{
			why: "a row with numbers in it is a row", in: "Account Name,Contract,,Vendor\n,2026,2027,\na,x,y,z\n",
			headings: []string{"Account Name", "Contract", "", "Vendor"}, where: "header on row 1",
			rows: [][]string{{"", ""}, {"a", "z"}}, about: []string{"W-COLUMN-UNKNOWN@1:B", "W-COLUMN-UNKNOWN@1:C"},
		},
		{
			why: "one row if that is said", in: "Account Name,Contract,,Vendor\n,Start,End,\na,x,y,z\n", o: Options{Headers: 1},
			headings: []string{"Account Name", "Contract", "", "Vendor"}, where: "header on row 1",
			rows: [][]string{{"", ""}, {"a", "z"}}, about: []string{"W-COLUMN-UNKNOWN@1:B", "W-COLUMN-UNKNOWN@1:C"},
		},
		{
			why: "three rows if that is said", in: "Who,,When,\nAccount,First,Contract,\nName,Name,Start,End\na,Ann,2026-01-01,2026-12-31\n",
			o:        Options{Headers: 3, Map: map[string]string{"who account name": "accountName", "Who First Name": "firstName", "When Contract Start": "startDate"}},
			headings: []string{"Who Account Name", "Who First Name", "When Contract Start", "When Contract End"}, where: "header on rows 1 to 3",
			rows: [][]string{{"a", "Ann", "2026-01-01"}}, about: []string{"W-COLUMN-UNKNOWN@1:D"},
		},
		{
			why: "the row and the number of rows are said", in: "x,y,z\nAccount,First,Vendor\nName,Name,\na,Ann,x\n", o: Options{HeaderRow: 2, Headers: 2},
			headings: []string{"Account Name", "First Name", "Vendor"}, where: "header on rows 2 and 3",
			rows: [][]string{{"a", "Ann", "x"}}, about: []string{"N-PREAMBLE@1"},
		},
		{
			why: "a space after every comma", in: "Login, Contract, , Vendor\n, Start, End, \na, 2026-01-01, 2026-12-31, x\n", o: Options{Map: contract},
			headings: []string{"Login", "Contract Start", "Contract End", "Vendor"}, where: "header on rows 1 and 2",
			rows: [][]string{{"a", "2026-01-01", "2026-12-31", "x"}},
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			l := open(t, tt.in, tt.o)
			g := readAll(t, l)
			var about []string
			for _, f := range l.Input().Findings {
				about = append(about, brief(f))
			}
			for what, pair := range map[string][2]any{"headings": {tt.headings, l.Header()}, "rows": {tt.rows, g.Rows}, "findings": {tt.about, about}} {
				if d := cmp.Diff(pair[0], pair[1]); d != "" {
					t.Errorf("%s (-want +got):\n%s", what, d)
				}
			}
			where := tt.where
			if n := len(l.above); n > 0 {
				where += fmt.Sprintf(", %d line above not read", n)
			}
			if d := l.Input().Dialect; !strings.HasSuffix(d, where) {
				t.Errorf("the dialect is %q, want it to end in %q", d, where)
			}
			if want := int64(strings.Count(tt.in[:strings.LastIndexByte(strings.TrimSuffix(tt.in, "\n"), '\n')], "\n") + 2); g.Refs[len(g.Refs)-1].Row != want || g.Refs[len(g.Refs)-1].Line != want {
				t.Errorf("the last row is %+v, want row and line %d", g.Refs[len(g.Refs)-1], want)
			}
		})
	}
}

// A header of several rows is known again row by row, as lists have it that were printed page by page, whatever way the rows are taken.
func TestHeadersOfSeveralRowsOnceMore(t *testing.T) {
	contract := map[string]string{"Login": "accountName", "Contract Start": "startDate", "Contract End": "endDate"}
	two := "Login,Contract,,Vendor\n,Start,End,\n"
	a, b := "a,2026-01-01,2026-12-31,x\n", "\"b\",\"2026-01-01\",\"2026-12-31\",\"y\"\n"
	for _, tt := range []struct {
		why, in string
		o       Options
		rows    []string // the account names
		about   []string
	}{
		{why: "on every page", in: two + a + two + b + two, o: Options{Map: contract}, rows: []string{"a", "b"}, about: []string{"N-HEADER-REPEATED@4 rows 4, 5, 7, 8"}},
		{why: "the number of rows was said", in: two + a + two + b, o: Options{Map: contract, HeaderRow: 1, Headers: 2}, rows: []string{"a", "b"}, about: []string{"N-HEADER-REPEATED@4 rows 4, 5"}},
		{why: "in quotes, with spaces, and without the blanks behind", in: two + a + "\"Login\", Contract ,\"\",Vendor\n\"\",Start,End\n" + b, o: Options{Map: contract}, rows: []string{"a", "b"}, about: []string{"N-HEADER-REPEATED@4 rows 4, 5"}},
		{why: "its lower row alone", in: two + a + ",Start,End,\n" + b, o: Options{Map: contract}, rows: []string{"a", "b"}, about: []string{"N-HEADER-REPEATED@4 row 4"}},
		{
			why: "both rows begin with text", in: "Account,First\nName,Name\nNancy,N\nAccount,First\nName,Name\nAccount,A\nName,B\n", o: Options{HeaderRow: 1, Headers: 2},
			rows: []string{"Nancy", "Account", "Name"}, about: []string{"N-HEADER-REPEATED@4 rows 4, 5"},
		},
		{
			why: "three rows of it", in: "Who,\nAccount,First\nName,Name\na,A\nWho,\nAccount,First\nName,Name\n", o: Options{HeaderRow: 1, Headers: 3, Map: map[string]string{"Who Account Name": "accountName"}},
			rows: []string{"a"}, about: []string{"N-HEADER-REPEATED@5 rows 5 to 7"},
		},
		{
			why: "other texts are rows", in: two + "Login,Contract,x,Vendor\n,Start,End,z\n,start,End,\nLogin Contract,,,Vendor\n", o: Options{Map: contract},
			rows: []string{"Login", "", "", "Login Contract"},
		},
		{why: "what the rows of it come to is no row of it", in: two + a + "Login,Contract Start,Contract End,Vendor\n", o: Options{Map: contract, HeaderRow: 1, Headers: 2}, rows: []string{"a", "Login"}},
		{why: "a blank row of it is a blank row", in: "accountName,firstName\n,\na,A\n,\naccountName,firstName\n", o: Options{HeaderRow: 1, Headers: 2}, rows: []string{"a"}, about: []string{"N-ROW-BLANK@4 row 4", "N-HEADER-REPEATED@5 row 5"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			var rows, about []string
			l := open(t, tt.in, tt.o)
			key := slices.IndexFunc(l.Columns(), func(c schema.Column) bool { return c.Name == schema.AccountName })
			o := tt.o
			o.Encoding, o.Delimiter = "utf-8", ','
			path := write(t, tt.in)
			all, _, findings, _, _ := everything(t, path, o)
			for _, row := range all {
				rows = append(rows, row[key])
			}
			for _, f := range findings {
				if f.Severity == schema.Note {
					said, _, _ := strings.Cut(strings.TrimPrefix(f.Message, "the header once more in "), ":")
					about = append(about, brief(f)+" "+strings.TrimSuffix(said, " without any text"))
				}
			}
			if d := cmp.Diff(tt.rows, rows); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.about, about); d != "" {
				t.Errorf("notes (-want +got):\n%s", d)
			}
			sameHowever(t, path, o, []int{1, 2, 7, 19, 23, 37, 38, 61}, []int{1, 2})
		})
	}
}

// So is one of merged cells in a sheet.
func TestHeaderOfMergedCellsOnceMore(t *testing.T) {
	first, second := []any{"Account Name", "Contract", nil, "Vendor"}, []any{nil, "Start", "End", nil}
	path := makeBook(t, func(f *excelize.File) error {
		return errors.Join(
			setRows(f, "Sheet1", first, second, []any{"a", "2026-01-01", "2026-12-31", "x"}, first, second, []any{"b", "2026-01-01", "2026-12-31", "y"}),
			f.MergeCell("Sheet1", "A1", "A2"), f.MergeCell("Sheet1", "B1", "C1"), f.MergeCell("Sheet1", "D1", "D2"),
			f.MergeCell("Sheet1", "A4", "A5"), f.MergeCell("Sheet1", "B4", "C4"), f.MergeCell("Sheet1", "D4", "D5"),
		)
	})
	g := readAll(t, openBook(t, path, Options{Map: map[string]string{"Contract Start": "startDate"}}))
	if d := cmp.Diff([][]string{{"a", "2026-01-01", "x"}, {"b", "2026-01-01", "y"}}, g.Rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
}

func TestHeaderRowsThatAreNotThere(t *testing.T) {
	_, err := Open(t.Context(), write(t, "accountName\na\n"), testSchema(), Options{HeaderRow: 2, Headers: 3})
	var input *InputError
	if !errors.As(err, &input) || !strings.Contains(input.Message, "no row 4") {
		t.Errorf("%v, want that there is no row 4", err)
	}
}

// A file of failed rows has the header as it was, so that it is read as it was.
func TestFailedRowsUnderAHeaderOfTwoRows(t *testing.T) {
	in := "ACME\n\nLogin;=Contract;;Vendor\n;Start;End;\na;1 May 2026;31/12/26;x\nb;1 May 2026;31 Dec 2026;y\n"
	o := Options{HeaderRow: 3, Headers: 2, Map: map[string]string{"Login": "accountName", "=Contract Start": "startDate", "=Contract End": "endDate"}}
	l := open(t, in, o)
	g := readAll(t, l)
	var out bytes.Buffer
	if err := WriteFailed(t.Context(), &out, l, eachOf(Failure{Ref: g.Refs[0], Code: "E-DATE-BAD", Problem: "bad", Hint: "mend it"})); err != nil {
		t.Fatal(err)
	}
	want := "Login;'=Contract;;Vendor;nelm_row;nelm_code;nelm_problem;nelm_hint\n;Start;End;;nelm_row;nelm_code;nelm_problem;nelm_hint\na;1 May 2026;31/12/26;x;5;E-DATE-BAD;bad;mend it\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Fatalf("failed rows (-want +got):\n%s", d)
	}
	for why, o := range map[string]Options{"with what was said of the list": o, "with the mapping alone": {Map: o.Map}} {
		again := open(t, out.String(), o)
		if d := cmp.Diff(g.Rows[:1], readAll(t, again).Rows); d != "" {
			t.Errorf("%s: rows (-want +got):\n%s", why, d)
		}
		if !again.Partial() || again.Input().Headers != 2 {
			t.Errorf("%s: partial %t, %d rows of header; want a part, with 2", why, again.Partial(), again.Input().Headers)
		}
	}
}

// Merged cells show how far down a header reaches, with no name in it known below.
func TestHeaderOfMergedCells(t *testing.T) {
	path := makeBook(t, func(f *excelize.File) error {
		return errors.Join(
			setRows(f, "Sheet1", []any{"Account Name", "Contract", nil, "Vendor"}, []any{nil, "Start", "End", nil}, []any{"a", "2026-01-01", "2026-12-31", "x"}, []any{"b", "2026-01-01", "2026-12-31", "y"}),
			f.MergeCell("Sheet1", "A1", "A2"), f.MergeCell("Sheet1", "B1", "C1"), f.MergeCell("Sheet1", "D1", "D2"),
		)
	})
	o := Options{Map: map[string]string{"Contract Start": "startDate"}}
	l := openBook(t, path, o)
	g := readAll(t, l)
	if d := cmp.Diff([]string{"Account Name", "Contract Start", "Contract End", "Vendor"}, l.Header()); d != "" {
		t.Errorf("headings (-want +got):\n%s", d)
	}
	if d := cmp.Diff([][]string{{"a", "2026-01-01", "x"}, {"b", "2026-01-01", "y"}}, g.Rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if want := `workbook, sheet "Sheet1", header on rows 1 and 2`; l.Input().Dialect != want {
		t.Errorf("the dialect is %q, want %q", l.Input().Dialect, want)
	}
	var out bytes.Buffer
	if err := WriteFailed(t.Context(), &out, l, eachOf(Failure{Ref: g.Refs[1], Code: "E-X", Problem: "bad", Hint: "h"})); err != nil {
		t.Fatal(err)
	}
	again := openBook(t, write(t, out.String()), o)
	if d := cmp.Diff(g.Rows[1:], readAll(t, again).Rows); d != "" {
		t.Errorf("rows of the failed file (-want +got):\n%s", d)
	}
	if d := cmp.Diff(l.Header(), again.Header()[:4]); d != "" {
		t.Errorf("headings of the failed file (-want +got):\n%s", d)
	}
}

// A mapping that is guessed of such a header names its columns as reading does.
func TestGuessesOfAHeaderOfTwoRows(t *testing.T) {
	path := write(t, "ACME\nLogin,Name,,Contract,\n,First,Last,Start,End\na,Ann,Lee,2026-01-01,2026-12-31\n")
	g, err := GuessMapping(t.Context(), path, testSchema(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if g.Input.HeaderRow != 2 || g.Input.Headers != 2 {
		t.Errorf("the header is on row %d over %d rows, want row 2 over 2", g.Input.HeaderRow, g.Input.Headers)
	}
	l, err := Open(t.Context(), path, testSchema(), Options{HeaderRow: 2, Headers: 2, Map: g.Map(true)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var columns []string
	for _, c := range l.Columns() {
		columns = append(columns, c.Name)
	}
	if d := cmp.Diff([]string{schema.AccountName, schema.FirstName, schema.LastName, schema.StartDate, schema.EndDate}, columns); d != "" {
		t.Errorf("columns (-want +got):\n%s", d)
	}
}
