package csvio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func testSchema() *schema.Schema {
	return &schema.Schema{Attributes: append(schema.System(),
		schema.Attribute{TechnicalName: "vendor", Label: "Vendor", Type: schema.Text},
	)}
}

// write makes a file in a folder of the test's own.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, content string, o Options) *List {
	t.Helper()
	l, err := Open(t.Context(), write(t, content), testSchema(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return l
}

// got is everything that reading a list shows.
type got struct {
	Rows     [][]string
	Refs     []schema.Ref
	Findings []string // code@row:column
	Repairs  []schema.Repair
}

func readAll(t *testing.T, l *List) got {
	t.Helper()
	var g got
	err := l.Blocks(t.Context(), func(b *schema.Block) error {
		for i := range b.Len() {
			var row []string
			for c := range b.Width {
				row = append(row, string(b.Cell(i, c)))
				if b.Plain[i]&schema.PlainText != 0 && !isPlainText(b.Cell(i, c)) {
					t.Errorf("%q stands in a row that is said to be plain", b.Cell(i, c))
				}
				if mail, _ := schema.PlainMail(b.Data, b.Cells[i*b.Width+c]); b.Plain[i]&schema.PlainMails != 0 && l.Columns()[c].Name == schema.EmailName && len(b.Cell(i, c)) > 0 && !mail {
					t.Errorf("%q stands in a row whose mail addresses are said to be plain", b.Cell(i, c))
				}
			}
			g.Rows = append(g.Rows, row)
			g.Refs = append(g.Refs, b.Rows[i])
		}
		for _, f := range b.Findings {
			g.Findings = append(g.Findings, brief(f))
		}
		g.Repairs = append(g.Repairs, b.Repairs...)
		return nil
	})
	if err != nil {
		t.Fatalf("Blocks: %v", err)
	}
	return g
}

func brief(f schema.Finding) string {
	s := f.Code + "@" + schemaRow(f.Origin.Row)
	if f.Origin.Column != "" {
		s += ":" + f.Origin.Column
	}
	return s
}

func schemaRow(n int64) string { return strconv.FormatInt(n, 10) }

func TestOpenReadsTheListsThatPeopleSend(t *testing.T) {
	simple := [][]string{{"jdoe", "Jane"}, {"bob", "Bob"}}
	for _, tt := range []struct {
		why, in  string
		o        Options
		rows     [][]string
		findings []string
	}{
		{why: "plain", in: "accountName,firstName\njdoe,Jane\nbob,Bob\n", rows: simple},
		{why: "no end of line at the end", in: "accountName,firstName\njdoe,Jane\nbob,Bob", rows: simple},
		{why: "CR LF", in: "accountName,firstName\r\njdoe,Jane\r\nbob,Bob\r\n", rows: simple},
		{why: "CR alone", in: "accountName,firstName\rjdoe,Jane\rbob,Bob\r", rows: simple},
		{why: "every end of line in one file", in: "accountName,firstName\r\njdoe,Jane\rbob,Bob\n", rows: simple},
		{why: "byte order mark", in: "\ufeffaccountName,firstName\njdoe,Jane\nbob,Bob\n", rows: simple},
		{why: "semicolons are guessed", in: "accountName;firstName\njdoe;Jane\nbob;Bob\n", rows: simple},
		{why: "tabs are guessed", in: "accountName\tfirstName\njdoe\tJane\nbob\tBob\n", rows: simple},
		{why: "pipes are guessed", in: "accountName|firstName\njdoe|Jane\nbob|Bob\n", rows: simple},
		{why: "a first line that names the delimiter", in: "sep=!\naccountName!firstName\njdoe!Jane\nbob!Bob\n", rows: simple},
		{why: "a delimiter that nobody guesses is given", in: "accountName§firstName\njdoe§Jane\nbob§Bob\n", o: Options{Delimiter: '§'}, rows: simple},
		{why: "labels", in: "Account Name,First Name\njdoe,Jane\nbob,Bob\n", rows: simple},
		{why: "names in any case, with underscores", in: "ACCOUNT_NAME,first-name\njdoe,Jane\nbob,Bob\n", rows: simple},
		{why: "a heading on two lines", in: "\"Account\nName\",\"First\r\nName\"\njdoe,Jane\nbob,Bob\n", rows: simple},
		{why: "lines above the header", in: "Contractors of ACME\n\"as of\n1 March\",,\n\naccountName,firstName\njdoe,Jane\nbob,Bob\n", rows: simple},
		{why: "a mapping", in: "Login,Vorname\njdoe,Jane\nbob,Bob\n", o: Options{Map: map[string]string{"login": "accountName", "Vorname": "firstName"}}, rows: simple},
		{why: "a column is ignored on purpose", in: "accountName,x,firstName\njdoe,1,Jane\nbob,2,Bob\n", o: Options{Map: map[string]string{"x": ""}}, rows: simple},
		{why: "columns by their letters", in: "accountName,,firstName,firstName\njdoe,1,x,Jane\nbob,2,x,Bob\n", o: Options{Map: map[string]string{"[c]": ""}}, rows: simple},
		{why: "a column without a heading, by its letter", in: "accountName,\njdoe,Jane\nbob,Bob\n", o: Options{Map: map[string]string{"[B]": "firstName"}}, rows: simple},
		{why: "a space after every comma belongs to no cell", in: "accountName, firstName\njdoe, Jane\nbob, Bob\n", rows: simple},
		{why: "the same with quotes", in: "accountName, firstName\njdoe, \"Jane\"\nbob, Bob\n", rows: simple},
		{why: "the header once more", in: "accountName,firstName\njdoe,Jane\naccountName,firstName\nbob,Bob\n", rows: simple, findings: []string{"N-HEADER-REPEATED@3"}},
		{why: "rows without text", in: "accountName,firstName\n\njdoe,Jane\n,\n  , \nbob,Bob\n\n", rows: simple, findings: []string{"N-ROW-BLANK@2"}},
		{why: "the row of the header is given", in: "firstName,accountName\naccountName,firstName\njdoe,Jane\nbob,Bob\n", o: Options{HeaderRow: 2}, rows: simple},
		{why: "a constant for every row", in: "accountName\njdoe\nbob\n", o: Options{Set: map[string]string{"vendor": "ACME"}}, rows: [][]string{{"jdoe", "ACME"}, {"bob", "ACME"}}},
		{why: "delimiters, quotes and line breaks in quotes; CR LF stays", in: "accountName,firstName\njdoe,\"Jane \"\"J\"\", \r\nDoe\"\nbob,\"a\nb\"\n", rows: [][]string{{"jdoe", "Jane \"J\", \r\nDoe"}, {"bob", "a\nb"}}},
		{why: "a short row is read as far as it goes", in: "accountName,firstName\njdoe\nbob,Bob\n", rows: [][]string{{"jdoe", ""}, {"bob", "Bob"}}, findings: []string{"E-ROW-WIDTH@2"}},
		{why: "a long row is read as far as it goes", in: "accountName,firstName\njdoe,Jane,x\nbob,Bob\n", rows: simple, findings: []string{"E-ROW-WIDTH@2"}},
		{why: "a quote in the middle", in: "accountName,firstName\njdoe,Ja\"ne\nbob,Bob\n", rows: [][]string{{"jdoe", "Ja\"ne"}, {"bob", "Bob"}}, findings: []string{"E-QUOTE@2:B"}},
		{why: "quotes that were not doubled", in: "accountName,firstName\njdoe,\"the \"real\" Jane\"\nbob,Bob\n", rows: [][]string{{"jdoe", "the \"real\" Jane"}, {"bob", "Bob"}}, findings: []string{"E-QUOTE@2:B"}},
		{why: "a stray quote costs one row", in: "accountName,firstName\njdoe,\"Jane\nbob,Bob\n", rows: [][]string{{"jdoe", "\"Jane"}, {"bob", "Bob"}}, findings: []string{"E-QUOTE@2:B"}},
		{why: "a stray quote before a quoted cell costs one row", in: "accountName,firstName\njdoe,\"Jane\nbob,\"Bob\"\n", rows: [][]string{{"jdoe", "\"Jane"}, {"bob", "Bob"}}, findings: []string{"E-QUOTE@2:B"}},
		{why: "NUL and bytes that are not UTF-8", in: "accountName,firstName\njd\x00oe,Jane\nbob,B\xffb\n", o: Options{Encoding: "utf-8"}, rows: [][]string{{"jd\x00oe", "Jane"}, {"bob", "B\xffb"}}, findings: []string{"E-NUL@2:A", "E-ENCODING@3:B"}},
		{why: "columns of our own are not read", in: "accountName,firstName,nelm_row,nelm_code,nelm_problem,nelm_hint\njdoe,Jane,7,E-X,bad,fix\nbob,'=Bob,8,E-X,bad,fix\n", rows: [][]string{{"jdoe", "Jane"}, {"bob", "=Bob"}}},
		{why: "a header alone", in: "accountName,firstName\n", rows: nil},
	} {
		t.Run(tt.why, func(t *testing.T) {
			l := open(t, tt.in, tt.o)
			g := readAll(t, l)
			if d := cmp.Diff(tt.rows, g.Rows); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.findings, g.Findings); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
			if got := l.Input().Rows; got != int64(len(tt.rows)) {
				t.Errorf("Input().Rows = %d, want %d", got, len(tt.rows))
			}
			for i, ref := range g.Refs {
				rec, err := l.Row(t.Context(), ref)
				if err != nil {
					t.Fatalf("Row(%+v): %v", ref, err)
				}
				if d := cmp.Diff(g.Rows[i], rec.Values); d != "" {
					t.Errorf("row %d read again (-first +again):\n%s", ref.Row, d)
				}
			}
		})
	}
}

func TestBlocksSaysWhereRowsStand(t *testing.T) {
	l := open(t, "\ufeffList\n\naccountName,firstName\njdoe,\"Ja\nne\"\r\n\nbob,Bob\n", Options{})
	want := []schema.Ref{{Row: 4, Line: 4, Offset: 3 + 6 + 22}, {Row: 6, Line: 7, Offset: 3 + 6 + 22 + 15}}
	if d := cmp.Diff(want, readAll(t, l).Refs); d != "" {
		t.Errorf("refs (-want +got):\n%s", d)
	}
}

func TestTrimIsARepairThatCanBeSwitchedOff(t *testing.T) {
	in := "accountName,firstName\n\u200bjdoe ,\" Jane\t\"\n"
	l := open(t, in, Options{})
	g := readAll(t, l)
	if d := cmp.Diff([][]string{{"jdoe", "Jane"}}, g.Rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	file := l.Input().File
	want := []schema.Repair{
		{Origin: schema.Origin{File: file, Row: 2, Line: 2, Column: "A", Header: "accountName"}, From: "\u200bjdoe ", To: "jdoe", Rule: "trim"},
		{Origin: schema.Origin{File: file, Row: 2, Line: 2, Column: "B", Header: "firstName"}, From: " Jane\t", To: "Jane", Rule: "trim"},
	}
	if d := cmp.Diff(want, g.Repairs); d != "" {
		t.Errorf("repairs (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]int64{"trim": 2}, l.Input().Repaired); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	off := readAll(t, open(t, in, Options{Off: []string{"trim"}}))
	if d := cmp.Diff([][]string{{"\u200bjdoe ", " Jane\t"}}, off.Rows); d != "" || len(off.Repairs) != 0 {
		t.Errorf("switched off: %d repairs, rows (-want +got):\n%s", len(off.Repairs), d)
	}
	counted := open(t, in, Options{CountRepairs: true})
	if g := readAll(t, counted); len(g.Repairs) != 0 || counted.Input().Repaired["trim"] != 2 {
		t.Errorf("counted only: %d repairs listed, counts %v", len(g.Repairs), counted.Input().Repaired)
	}
}

func TestOpenRefusesWhatCannotBeUsed(t *testing.T) {
	for _, tt := range []struct {
		why, in string
		o       Options
		message string
		hint    string
	}{
		{why: "empty", in: "", message: "is empty", hint: "export the list again"},
		{why: "a byte order mark alone", in: "\ufeff", message: "is empty", hint: "export the list again"},
		{why: "no end of a line", in: strings.Repeat("accountName,firstName,", 1<<16), message: "the first row does not end within 1048576 bytes", hint: "is this a list at all?"},
		{why: "spaces alone", in: "\n \n", message: "no column is known", hint: "--map"},
		{why: "no known column", in: "Foo,Vertragsende\n1,2\n", message: `no column is known: row 1 has "Foo", "Vertragsende"`, hint: `did you mean --map "Vertragsende=endDate"?`},
		{why: "two columns of one attribute", in: "accountName,Account Name\na,b\n", message: `two columns are accountName: "accountName" (A) and "Account Name" (B)`, hint: `--map "[B]="`},
		{why: "the same heading twice", in: "accountName,Vendor,vendor\na,b,c\n", message: `two columns are vendor`, hint: `--map "[C]="`},
		{why: "a mapping of a column that is not there", in: "accountName\n", o: Options{Map: map[string]string{"[D]": "vendor"}}, message: "names a heading that the file does not have: \"[D]\"", hint: "take it out of the mapping, or add the column to the list; the file has"},
		{why: "a mapping to nothing known", in: "accountName,x\n", o: Options{Map: map[string]string{"x": "endDat"}}, message: `"x" is mapped to "endDat", which is no attribute`, hint: `did you mean "endDate"?`},
		{why: "a mapping of a heading that is not there", in: "accountName,Begin\n", o: Options{Map: map[string]string{"Begni": "startDate"}}, message: "names a heading that the file does not have: \"Begni\"", hint: `did you mean "Begin"?`},
		{why: "a constant for nothing known", in: "accountName\n", o: Options{Set: map[string]string{"vendr": "x"}}, message: `"vendr" is no attribute`, hint: `did you mean "vendor"?`},
		{why: "a header row behind the end", in: "accountName\n", o: Options{HeaderRow: 9}, message: "there is no row 9 to be the header", hint: "count the rows"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			l, err := Open(t.Context(), write(t, tt.in), testSchema(), tt.o)
			if err == nil {
				t.Fatalf("opened, want an error; Close: %v", l.Close())
			}
			var bad *InputError
			if !errors.As(err, &bad) {
				t.Fatalf("%v is no *InputError", err)
			}
			if !strings.Contains(bad.Error(), tt.message) || !strings.Contains(bad.Hint, tt.hint) {
				t.Errorf("got %q\nhint %q\nwant %q\nhint %q", bad.Error(), bad.Hint, tt.message, tt.hint)
			}
		})
	}
}

func TestOpenOfWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{filepath.Join(dir, "none.csv"): "no such file", dir: "is a folder", "-": "no standard input"} {
		_, err := Open(t.Context(), path, testSchema(), Options{})
		var bad *InputError
		if !errors.As(err, &bad) || !strings.Contains(bad.Message, want) || bad.Hint == "" {
			t.Errorf("Open(%q) = %v, want %q and a hint", path, err, want)
		}
	}
}

func TestColumnsThatAreNotReadAreNamed(t *testing.T) {
	l := open(t, "accountName,Contract End,zzz\na,,\n", Options{})
	in := l.Input()
	if d := cmp.Diff([]string{"Contract End", "zzz"}, in.Unmapped); d != "" {
		t.Errorf("unmapped (-want +got):\n%s", d)
	}
	if len(in.Findings) != 2 || !strings.Contains(in.Findings[0].Hint, `did you mean endDate? then --map "Contract End=endDate"`) {
		t.Errorf("findings: %+v", in.Findings)
	}
}

func TestDateOrderIsSettledByTheColumn(t *testing.T) {
	for _, tt := range []struct {
		why, in string
		o       Options
		want    []schema.DateOrder
		finding bool
	}{
		{why: "day first by one value", in: "startDate,endDate\n03/04/2026,2026-01-01\n28/04/2026,\n", want: []schema.DateOrder{schema.DayFirst, schema.Unsettled}},
		{why: "month first by one value", in: "startDate,endDate\n03/04/2026,\n04/28/2026,\n", want: []schema.DateOrder{schema.MonthFirst, schema.Unsettled}},
		{why: "each column for itself", in: "startDate,endDate\n28.04.2026,04-28-2026\n", want: []schema.DateOrder{schema.DayFirst, schema.MonthFirst}},
		{why: "no evidence", in: "startDate,endDate\n03/04/2026,\n", want: []schema.DateOrder{schema.Unsettled, schema.Unsettled}},
		{why: "evidence of both", in: "startDate,endDate\n28/04/2026,\n04/28/2026,\n", want: []schema.DateOrder{schema.Unsettled, schema.Unsettled}, finding: true},
		{why: "told", in: "startDate,endDate\n03/04/2026,\n", o: Options{DateOrder: schema.MonthFirst}, want: []schema.DateOrder{schema.MonthFirst, schema.MonthFirst}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			l := open(t, tt.in, tt.o)
			var orders []schema.DateOrder
			for _, c := range l.Columns() {
				orders = append(orders, c.Dates)
			}
			if d := cmp.Diff(tt.want, orders); d != "" {
				t.Errorf("orders (-want +got):\n%s", d)
			}
			if got := len(l.Input().Findings) > 0; got != tt.finding {
				t.Errorf("findings: %+v", l.Input().Findings)
			}
		})
	}
}

func TestInputChangedWhileItIsRead(t *testing.T) {
	path := write(t, "accountName\na\nb\n")
	l, err := Open(t.Context(), path, testSchema(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = l.Blocks(t.Context(), func(*schema.Block) error {
		return os.WriteFile(path, []byte("accountName\na\nb\nc\n"), 0o600)
	})
	var bad *InputError
	if !errors.As(err, &bad) || !strings.Contains(bad.Message, "was changed") {
		t.Errorf("Blocks = %v, want a change noticed", err)
	}
	if _, err := l.Row(t.Context(), schema.Ref{Row: 2, Line: 2, Offset: 12}); err == nil {
		t.Error("Row read a changed file")
	}
}

func TestBlocksEndsWithItsContext(t *testing.T) {
	l := open(t, "accountName\na\n", Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Blocks(ctx, func(*schema.Block) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Blocks = %v, want %v", err, context.Canceled)
	}
}

func TestRunsOfSkippedRows(t *testing.T) {
	for _, tt := range []struct {
		why  string
		rows []int64
		want string
	}{
		{why: "one", rows: []int64{4}, want: "row 4"},
		{why: "two in turn", rows: []int64{4, 5}, want: "rows 4, 5"},
		{why: "a run", rows: []int64{4, 5, 6, 9}, want: "rows 4 to 6, 9"},
		{why: "more than ten", rows: []int64{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 22, 23}, want: "rows 1, 3, 5, 7, 9, 11, 13, 15, 17, 19 and 3 more"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			var s skips
			for _, r := range tt.rows {
				s.addRow(r, skipBlank)
				s.addRow(r, skipHidden)
			}
			notes := s.notes("f", "")
			if len(notes) != 2 || notes[0].Message != tt.want+" without any text: not read as a record" {
				t.Fatalf("notes %+v, want %q twice", notes, tt.want)
			}
			if got := append([]int64{notes[1].Origin.Row}, notes[1].Related...); !cmp.Equal(got, tt.rows) {
				t.Errorf("rows %v, want %v", got, tt.rows)
			}
		})
	}
}

// What every row is given is counted where it is said how the list is read.
func TestWhatEveryRowIsGivenIsSaid(t *testing.T) {
	for want, set := range map[string]map[string]string{
		"header on row 1": nil,
		"header on row 1, vendor set for every row":                              {"vendor": "ACME"},
		"header on row 1, 2 attributes set for every row (accountName, manager)": {"manager": "jane.doe", "accountName": "{{first}}.x"},
	} {
		l := open(t, "firstName\nAnn\n", Options{Set: set})
		if d := l.Input().Dialect; !strings.HasSuffix(d, "), "+want) {
			t.Errorf("the dialect is %q, want it to end in %q", d, want)
		}
	}
}

// A total that has its label in the column of the account names is no person, and its key counts as present.
func TestATotalAmongTheAccountNames(t *testing.T) {
	const header, ann = "accountName;firstName;lastName\n", "a;Ann;Lee\n"
	for _, tt := range []struct {
		why, in string
		rows    int
		present string
	}{
		{"the last row, as wide as the table", header + ann + "Summe: 7;;\n", 1, "Summe: 7"},
		{"with empty rows behind it", header + ann + "TOTAL contractors: 7;;\n;;\n\n", 1, "TOTAL contractors: 7"},
		{"not the last row", header + "Summe: 7;;\n" + ann, 2, ""},
		{"without a colon it may be a name", header + ann + "Summe;;\n", 2, ""},
		{"a colon alone makes no total", header + ann + "x: 7;;\n", 2, ""},
		{"with a second text it may be a row", header + ann + "Summe: 7;Ann;\n", 2, ""},
		{"in another cell", header + ann + "b;Summe: 7;\n", 2, ""},
	} {
		l := open(t, tt.in, Options{})
		if n := len(readAll(t, l).Rows); n != tt.rows {
			t.Errorf("%s: %d rows, want %d", tt.why, n, tt.rows)
		}
		present := ""
		for _, text := range l.Outside()[:min(1, len(l.Outside()))] {
			present = text
		}
		if present != tt.present {
			t.Errorf("%s: %q counts as present, want %q", tt.why, present, tt.present)
		}
	}
}

// Whoever stands above the header is not passed over with a note: the list is refused until somebody says where its header is.
func TestPeopleAboveTheHeader(t *testing.T) {
	const header, ann, ben = "accountName,firstName,email,endDate\n", "ann,Ann,ann@x.org,2027-01-01\n", "ben,Ben,ben@x.org,2027-01-01\n"
	for _, tt := range []struct {
		why, in string
		row     int // of the person, 0 if it is none
	}{
		{"a list that was sorted with its header", ann + header + ben, 1},
		{"below a title", "Contractors\n\n" + ann + header + ben, 3},
		{"under other headings than those that are known", "Login,Name,Mail,Until\n" + ann + header + ben, 2},
		{"a title, a day and an address are none", "Contractors as of,2026-03-02,,\nask hr@x.org,,,\n" + header + ben, 0},
		{"nor is a row of labels", "Konto,Vorname,E-Mail,Ende\n" + header + ben, 0},
	} {
		path := write(t, tt.in)
		l, err := Open(t.Context(), path, testSchema(), Options{})
		_, guessed := GuessMapping(t.Context(), path, testSchema(), Options{})
		if tt.row == 0 {
			if err != nil || guessed != nil {
				t.Errorf("%s: %v, %v", tt.why, err, guessed)
				continue
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		for _, err := range []error{err, guessed} {
			var bad *InputError
			if !errors.As(err, &bad) || !strings.HasPrefix(bad.Message, fmt.Sprintf("row %d stands above the header (row %d) and looks like a person", tt.row, strings.Count(tt.in[:strings.Index(tt.in, header)], "\n")+1)) {
				t.Errorf("%s: %v", tt.why, err)
			}
		}
		l = open(t, tt.in, Options{HeaderRow: strings.Count(tt.in[:strings.Index(tt.in, header)], "\n") + 1})
		if rows := readAll(t, l).Rows; len(rows) != 1 || !slices.Contains(l.Outside(), "ann") {
			t.Errorf("%s, where the header was named: %d rows, outside are %q", tt.why, len(rows), l.Outside())
		}
	}
}

// Where account names are made of columns, a line above the header cannot be known for whose it is, so naming the header does not do.
func TestPeopleAboveTheHeaderWithoutAnAccountName(t *testing.T) {
	path := write(t, "Ann,Lee,ann@x.org\nfirstName,lastName,email\nBen,Ono,ben@x.org\n")
	_, err := Open(t.Context(), path, testSchema(), Options{HeaderRow: 2, Set: map[string]string{"accountName": "{{first}}.{{last}}"}})
	var bad *InputError
	if !errors.As(err, &bad) || !strings.Contains(bad.Message, "row 1 stands above the header (row 2)") || !strings.Contains(bad.Hint, "made of columns") {
		t.Errorf("got %v", err)
	}
}

// A list that comes through a pipe in which nothing happens is not waited for once the run is ended.
func TestWaitingForAPipeEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer w.Close()
	go func() {
		if _, err := io.WriteString(w, "accountName\na"); err != nil {
			t.Error(err)
		}
		cancel()
	}()
	if _, err := Open(ctx, "-", testSchema(), Options{Stdin: r}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it to end with its context", err)
	}
}

// A list with a few NUL bytes would be destroyed by being read as UTF-16: that is advised only where they stand so.
func TestTheHintAboutNULs(t *testing.T) {
	for _, tt := range []struct {
		why, in string
		utf16   bool
	}{
		{"two in a list of UTF-8", "accountName,firstName\njd\x00oe,Jane\nbob,B\x00ob\n", false},
		{"a short row", "accountName,firstName\na\x00,b\x00\n", false},
		{"a row of NULs", "accountName,firstName\n\x00\x00\x00\x00\x00,\x00\x00\x00\n", false},
		{"a row that is UTF-16", "accountName,firstName\nj\x00d\x00o\x00e\x00,\x00J\x00a\x00n\x00e\x00\n", true},
	} {
		l := open(t, tt.in, Options{Encoding: "utf-8"})
		found := 0
		err := l.Blocks(t.Context(), func(b *schema.Block) error {
			for _, f := range b.Findings {
				if f.Code != "E-NUL" {
					continue
				}
				if found++; strings.Contains(f.Hint, "utf-16") != tt.utf16 {
					t.Errorf("%s: row %d has the hint %q", tt.why, f.Origin.Row, f.Hint)
				}
			}
			return nil
		})
		if err != nil || found == 0 {
			t.Errorf("%s: %d findings, %v", tt.why, found, err)
		}
	}
}
