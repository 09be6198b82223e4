package csvio

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// rowsOf reads a text with Rows, in pieces of every given size, and fails if they do not agree.
func rowsOf(t *testing.T, in string, o Options) (rows [][]string, findings []string) {
	t.Helper()
	path := write(t, in)
	for i, size := range []int{0, 1, 7} {
		o.chunk = size
		var r [][]string
		var f []string
		_, err := Rows(t.Context(), path, o, func(cells []string) error {
			r = append(r, cells)
			return nil
		}, func(x schema.Finding) error {
			f = append(f, brief(x))
			return nil
		})
		if err != nil {
			t.Fatalf("Rows: %v", err)
		}
		if i == 0 {
			rows, findings = r, f
			continue
		}
		if d := cmp.Diff(rows, r); d != "" {
			t.Errorf("read %d bytes at a time (-whole +pieces):\n%s", size, d)
		}
		if d := cmp.Diff(findings, f); d != "" {
			t.Errorf("findings, read %d bytes at a time (-whole +pieces):\n%s", size, d)
		}
	}
	return rows, findings
}

func TestRowsGivesWhatWasRead(t *testing.T) {
	for _, tt := range []struct {
		why, in  string
		delim    rune
		rows     [][]string
		findings []string
	}{
		{why: "no bytes", in: ""},
		{why: "a header alone", in: "a,b,c\n", rows: [][]string{{"a", "b", "c"}}},
		{why: "no header", in: "1,2,3\n4,5,6", rows: [][]string{{"1", "2", "3"}, {"4", "5", "6"}}},
		{why: "spaces are kept", in: "a,b\n 1 ,\t2", rows: [][]string{{"a", "b"}, {" 1 ", "\t2"}}},
		{why: "spaces after every comma are kept", in: "a, b\n1, 2\n", rows: [][]string{{"a", " b"}, {"1", " 2"}}},
		{why: "quoted spaces are kept", in: "a,b\n\" 1 \",2\n", rows: [][]string{{"a", "b"}, {" 1 ", "2"}}},
		{why: "spaces around quotes are not", in: "a,b,c\n1, \"2, two\" ,3\n", rows: [][]string{{"a", "b", "c"}, {"1", "2, two", "3"}}},
		{why: "quoted and unquoted empty cells", in: "a,b,c\n\"\",,\"\"\n", rows: [][]string{{"a", "b", "c"}, {"", "", ""}}},
		{why: "doubled quotes", in: "a,b\n\"\"\"\",\"x\"\"y\"\"\"\n", rows: [][]string{{"a", "b"}, {"\"", "x\"y\""}}},
		{why: "JSON in a cell", in: "key,val\n1,\"{\"\"type\"\": \"\"Point\"\", \"\"coordinates\"\": [102.0, 0.5]}\"\n", rows: [][]string{{"key", "val"}, {"1", "{\"type\": \"Point\", \"coordinates\": [102.0, 0.5]}"}}},
		{why: "line breaks in quotes stay as they are", in: "a,b\r\n\"1\r\n2\",\"3\n4\r5\"\r\n", rows: [][]string{{"a", "b"}, {"1\r\n2", "3\n4\r5"}}},
		{why: "lone CR", in: "a,b\r1,2\r\"x\ry\",4", rows: [][]string{{"a", "b"}, {"1", "2"}, {"x\ry", "4"}}},
		{why: "delimiters at the ends of rows", in: "a,b,\n1,2,\n", rows: [][]string{{"a", "b", ""}, {"1", "2", ""}}},
		{why: "empty cells alone", in: ",,\n,,\n", rows: [][]string{{"", "", ""}, {"", "", ""}}},
		{why: "one column", in: "foo\n1\n", rows: [][]string{{"foo"}, {"1"}}},
		{why: "one column: an empty line is an empty cell", in: "foo\n\n", rows: [][]string{{"foo"}, {""}}},
		{why: "empty lines alone", in: "\n\n", rows: [][]string{{""}, {""}}},
		{why: "one quoted empty cell", in: "\"\"", rows: [][]string{{""}}},
		{why: "more columns: an empty line is no row", in: "a,b\n\n1,2\n\n", rows: [][]string{{"a", "b"}, {"1", "2"}}, findings: []string{"N-ROW-BLANK@2"}},
		{why: "sentences with commas in a list parted by semicolons", in: "name;note\nA;one, two, three\nB;one, two\n", rows: [][]string{{"name", "note"}, {"A", "one, two, three"}, {"B", "one, two"}}},
		{why: "decimal commas", in: "n;x;y\nA;1,5;2,5\nB;3,5;4,5\n", rows: [][]string{{"n", "x", "y"}, {"A", "1,5", "2,5"}, {"B", "3,5", "4,5"}}},
		{why: "a space after every comma is left in", in: "a, b\n1, 2\n3, 4\n", rows: [][]string{{"a", " b"}, {"1", " 2"}, {"3", " 4"}}},
		{why: "tabs", in: "a\tb\n1\t2\n", rows: [][]string{{"a", "b"}, {"1", "2"}}},
		{why: "a tab that is given", in: "a\tb\n1,1\t2,2\n", delim: '\t', rows: [][]string{{"a", "b"}, {"1,1", "2,2"}}},
		{why: "any given delimiter", in: "a:b\n1:\"2:2\"\n", delim: ':', rows: [][]string{{"a", "b"}, {"1", "2:2"}}},
		{why: "a delimiter of several bytes", in: "a→b\n1→\"2→2\"\n", delim: '→', rows: [][]string{{"a", "b"}, {"1", "2→2"}}},
		{why: "letters outside ASCII", in: "a,b\nʤ,名前\n", rows: [][]string{{"a", "b"}, {"ʤ", "名前"}}},
		{why: "a short row", in: "foo,bar,baz\n1,2", rows: [][]string{{"foo", "bar", "baz"}, {"1", "2"}}, findings: []string{"E-ROW-WIDTH@2"}},
		{why: "a long row", in: "foo,bar,baz\n1,2,3,4", rows: [][]string{{"foo", "bar", "baz"}, {"1", "2", "3", "4"}}, findings: []string{"E-ROW-WIDTH@2"}},
		{why: "a header that is too short", in: "a\n1,2\n3,4\n", rows: [][]string{{"a"}, {"1", "2"}, {"3", "4"}}, findings: []string{"E-ROW-WIDTH@2", "E-ROW-WIDTH@3"}},
		{why: "a quote that is not closed", in: "foo,bar,baz\n1,\"I forgot,3", rows: [][]string{{"foo", "bar", "baz"}, {"1", "\"I forgot", "3"}}, findings: []string{"E-QUOTE@2:B"}},
		{why: "a quote that is not doubled", in: "foo,bar,baz\n1,\"Hey, I missed \" it\",3", rows: [][]string{{"foo", "bar", "baz"}, {"1", "Hey, I missed \" it", "3"}}, findings: []string{"E-QUOTE@2:B"}},
		{why: "quotes in a cell without quotes", in: "foo,bar,baz\n1,This \"word\" here,3", rows: [][]string{{"foo", "bar", "baz"}, {"1", "This \"word\" here", "3"}}, findings: []string{"E-QUOTE@2:B"}},
		{why: "text behind a closing quote", in: "a,b\n\"1\"x,2\n", rows: [][]string{{"a", "b"}, {"\"1\"x", "2"}}, findings: []string{"E-QUOTE@2:A"}},
		{why: "a file that is cut in the middle of a quote", in: "a,b\n1,\"x\ny", rows: [][]string{{"a", "b"}, {"1", "\"x"}, {"y"}}, findings: []string{"E-QUOTE@2:B", "E-ROW-WIDTH@3"}},
		{why: "NUL", in: "a,b\n1,\x002\n", rows: [][]string{{"a", "b"}, {"1", "\x002"}}, findings: []string{"E-NUL@2:B"}},
		{why: "notes above the table", in: "Contractors of ACME\n\"as of\n1 March\",,\n\nname,start,end\na,b,c\n", rows: [][]string{{"name", "start", "end"}, {"a", "b", "c"}}, findings: []string{"N-PREAMBLE@1", "N-PREAMBLE@2"}},
		{why: "a single line above a table of two columns could be its header", in: "title\na,b\n1,2\n", rows: [][]string{{"title"}, {"a", "b"}, {"1", "2"}}, findings: []string{"E-ROW-WIDTH@2", "E-ROW-WIDTH@3"}},
		{why: "notes below the table", in: "a,b,c\n1,2,3\n\nexported by X\n\"on\nMonday\",,\n", rows: [][]string{{"a", "b", "c"}, {"1", "2", "3"}}, findings: []string{"N-ROW-BLANK@3", "N-FOOTER@4", "N-FOOTER@5"}},
		{why: "a total right below the table", in: "a,b,c\n1,2,3\nTotal: 1\n", rows: [][]string{{"a", "b", "c"}, {"1", "2", "3"}}, findings: []string{"N-FOOTER@3"}},
		{why: "a row that lost its end is no footer", in: "a,b,c\n1,2,3\nMary Ann", rows: [][]string{{"a", "b", "c"}, {"1", "2", "3"}, {"Mary Ann"}}, findings: []string{"E-ROW-WIDTH@3"}},
		{why: "a row as wide as the others is no footer, whatever it says", in: "a,b,c\n1,2,3\n,,\nTotal: 1,,\n", rows: [][]string{{"a", "b", "c"}, {"1", "2", "3"}, {"", "", ""}, {"Total: 1", "", ""}}},
		{why: "nor is it behind an empty line", in: "a,b,c\n1,2,3\n\nTotal: 1,,\n", rows: [][]string{{"a", "b", "c"}, {"1", "2", "3"}, {"Total: 1", "", ""}}, findings: []string{"N-ROW-BLANK@3"}},
		{why: "a row as wide as the others does not stand above the table", in: "Contractors of ACME,,\n,,\na,b,c\n1,2,3\n", rows: [][]string{{"Contractors of ACME", "", ""}, {"", "", ""}, {"a", "b", "c"}, {"1", "2", "3"}}},
		{why: "nor above an empty line", in: "x,,\n\na,b,c\n", rows: [][]string{{"x", "", ""}, {"a", "b", "c"}}, findings: []string{"N-ROW-BLANK@2"}},
		{why: "a title right above the table", in: "Contractors of ACME\na,b,c\nx,y,z\n", rows: [][]string{{"a", "b", "c"}, {"x", "y", "z"}}, findings: []string{"N-PREAMBLE@1"}},
		{why: "one word right above the table may be a header that lost its end", in: "a\nx,y,z\nu,v,w\n", rows: [][]string{{"a"}, {"x", "y", "z"}, {"u", "v", "w"}}, findings: []string{"E-ROW-WIDTH@2", "E-ROW-WIDTH@3"}},
		{why: "above numbers a title may be one too", in: "a b\n1,2,3\n4,5,6\n", rows: [][]string{{"a b"}, {"1", "2", "3"}, {"4", "5", "6"}}, findings: []string{"E-ROW-WIDTH@2", "E-ROW-WIDTH@3"}},
		{why: "one column of texts with semicolons", in: "remark\nred; green; blue\none; two; three\n", rows: [][]string{{"remark"}, {"red; green; blue"}, {"one; two; three"}}},
		{why: "one column of lists", in: "tags\nred;green;blue\none;two;three\n", rows: [][]string{{"tags"}, {"red;green;blue"}, {"one;two;three"}}},
		{why: "one column, in which some cells have tabs and pipes", in: "p|q\n lead\nx\ty\n10:30\n", rows: [][]string{{"p|q"}, {" lead"}, {"x\ty"}, {"10:30"}}},
		{why: "a title above a list parted by semicolons", in: "Contractors of ACME\nname;start;end\na;b;c\n", rows: [][]string{{"name", "start", "end"}, {"a", "b", "c"}}, findings: []string{"N-PREAMBLE@1"}},
		{why: "a list parted by semicolons with a short row", in: "a;b;c\n1;2\n4;5;6\n", rows: [][]string{{"a", "b", "c"}, {"1", "2"}, {"4", "5", "6"}}, findings: []string{"E-ROW-WIDTH@2"}},
		{why: "decimal commas without a header", in: "1,5;2,5\n3,5;4,5\n", rows: [][]string{{"1,5", "2,5"}, {"3,5", "4,5"}}},
		{why: "decimal commas beside words without a header", in: "x;1,5\ny;2,5\n", rows: [][]string{{"x", "1,5"}, {"y", "2,5"}}},
		{why: "numbers and words parted by commas", in: "x;1,5\ny,2\n", rows: [][]string{{"x;1", "5"}, {"y", "2"}}},
		{why: "addresses with semicolons in them", in: "http://x/?a=1;b=2,http://x/?a=1;b=2\n", rows: [][]string{{"http://x/?a=1;b=2", "http://x/?a=1;b=2"}}},
		{why: "a first line that names the delimiter", in: "sep=;\r\na;b,c\r\n1;2,5\r\n", rows: [][]string{{"a", "b,c"}, {"1", "2,5"}}, findings: []string{"N-PREAMBLE@1"}},
		{why: "a first line that only looks so", in: "sep=;;\n1;2;3\n", rows: [][]string{{"sep=", "", ""}, {"1", "2", "3"}}},
		{why: "what looks like a footer stands in quotes", in: "a,b,c\n1,2,\"3\n\nTotal: 1\n\"\n", rows: [][]string{{"a", "b", "c"}, {"1", "2", "3\n\nTotal: 1\n"}}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			rows, findings := rowsOf(t, tt.in, Options{Delimiter: tt.delim})
			if d := cmp.Diff(tt.rows, rows); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.findings, findings); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
			if tt.delim == 0 && strings.Contains(tt.in, ",") && !strings.Contains(tt.in, ";") {
				told, _ := rowsOf(t, tt.in, Options{Delimiter: ','})
				if d := cmp.Diff(rows, told); d != "" {
					t.Errorf("with the delimiter given (-guessed +told):\n%s", d)
				}
			}
		})
	}
}

func TestEncodingsAreFoundOut(t *testing.T) {
	const text = "accountName,firstName\nzoë,Zoë\nšimun,Šimun “S” €\n"
	const western = "accountName,firstName\nzoë,Zoë\nmüller,Jürgen\n"
	encode := func(e interface{ String(string) (string, error) }, s string) string {
		out, err := e.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	le := func(p unicode.BOMPolicy, s string) string {
		return encode(unicode.UTF16(unicode.LittleEndian, p).NewEncoder(), s)
	}
	be := func(p unicode.BOMPolicy, s string) string {
		return encode(unicode.UTF16(unicode.BigEndian, p).NewEncoder(), s)
	}
	for _, tt := range []struct{ why, in, given, name, sure, want string }{
		{why: "ASCII", in: "accountName,firstName\na,b\n", name: "UTF-8", sure: "certain", want: "accountName,firstName\na,b\n"},
		{why: "UTF-8", in: text, name: "UTF-8", sure: "certain", want: text},
		{why: "UTF-8 with a mark", in: "\ufeff" + text, name: "UTF-8", sure: "certain", want: text},
		{why: "UTF-16 LE with a mark", in: le(unicode.UseBOM, text), name: "UTF-16 LE", sure: "certain", want: text},
		{why: "UTF-16 BE with a mark", in: be(unicode.UseBOM, text), name: "UTF-16 BE", sure: "certain", want: text},
		{why: "UTF-16 LE", in: le(unicode.IgnoreBOM, text), name: "UTF-16 LE", sure: "nearly certain", want: text},
		{why: "UTF-16 BE", in: be(unicode.IgnoreBOM, text), name: "UTF-16 BE", sure: "nearly certain", want: text},
		{why: "UTF-16 of a script without ASCII", in: le(unicode.IgnoreBOM, "名,前\n山田,太郎\n佐藤,花子\n"), name: "UTF-16 LE", sure: "nearly certain", want: "名,前\n山田,太郎\n佐藤,花子\n"},
		{why: "Windows-1252", in: encode(charmap.Windows1252.NewEncoder(), text), name: "Windows-1252", sure: "likely", want: text},
		{why: "ISO 8859-1 looks the same", in: encode(charmap.ISO8859_1.NewEncoder(), western), name: "Windows-1252", sure: "likely: it is not UTF-8; ISO 8859-1", want: western},
		{why: "ISO 8859-1 that is given", in: encode(charmap.ISO8859_1.NewEncoder(), western), given: "latin1", name: "ISO 8859-1", want: western},
		{why: "another that is given", in: encode(charmap.Windows1250.NewEncoder(), "a,b\nŁódź,x\n"), given: "windows-1250", name: "windows-1250", want: "a,b\nŁódź,x\n"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			path := write(t, tt.in)
			var rows [][]string
			in, err := Rows(t.Context(), path, Options{Encoding: tt.given}, func(cells []string) error {
				rows = append(rows, cells)
				return nil
			}, func(f schema.Finding) error {
				t.Errorf("finding %+v", f)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			want, _ := rowsOf(t, tt.want, Options{})
			if d := cmp.Diff(want, rows); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if !strings.Contains(in.Dialect, tt.name) || !strings.Contains(in.Dialect, tt.sure) {
				t.Errorf("dialect %q, want %q and %q in it", in.Dialect, tt.name, tt.sure)
			}
			if want, err := sum(t.Context(), strings.NewReader(tt.in)); err != nil || in.SHA256 != want {
				t.Errorf("digest %s, want that of the file as it was given, %s (%v)", in.SHA256, want, err)
			}
		})
	}
}

func TestUndecodableBytesAreFindings(t *testing.T) {
	for _, tt := range []struct {
		why, in, encoding string
		rows              [][]string
		findings          []string
	}{
		{why: "a stray byte in UTF-8", in: "a,b\n" + strings.Repeat("é,ö\n", 10) + "x,\xe9\n", rows: [][]string{{"x", "\xe9"}}, findings: []string{"E-ENCODING@12:B"}},
		{why: "a stray byte among a few characters", in: "a,b\né,x\xff\n", rows: [][]string{{"é", "x\xff"}}, findings: []string{"E-ENCODING@2:B"}},
		{why: "a byte that makes no word in another encoding either", in: "a,b\n1,\xff\n", rows: [][]string{{"1", "\xff"}}, findings: []string{"E-ENCODING@2:B"}},
		{why: "two such bytes", in: "a,b\n1,\xff\xfe\n", rows: [][]string{{"1", "\xff\xfe"}}, findings: []string{"E-ENCODING@2:B"}},
		{why: "half a character", in: "a,b\n1,\xc3(\n", rows: [][]string{{"1", "\xc3("}}, findings: []string{"E-ENCODING@2:B"}},
		{why: "a sign alone is Windows-1252", in: "a,b\n1,\xa9\n", rows: [][]string{{"1", "©"}}},
		{why: "half a surrogate in UTF-16", in: "a\x00,\x00b\x00\n\x001\x00,\x00\x00\xd8\n\x00", encoding: "utf-16le", rows: [][]string{{"1", "\ufffd"}}, findings: []string{"E-ENCODING@2:B"}},
		{why: "a byte that Windows-1252 leaves out", in: "a,b\n1,\x81\n", encoding: "windows-1252", rows: [][]string{{"1", "\ufffd"}}, findings: []string{"E-ENCODING@2:B"}},
		{why: "a curly quote of Windows-1252 in what is called ISO 8859-1", in: "a,b\n1,\x93\n", encoding: "latin1", rows: [][]string{{"1", "\u0093"}}, findings: []string{"E-ENCODING@2:B"}},
		{why: "a character that was lost before", in: "a,b\n1,K\ufffdln\n", rows: [][]string{{"1", "K\ufffdln"}}, findings: []string{"W-CHARACTER-LOST@2:B"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			rows, findings := rowsOf(t, tt.in, Options{Encoding: tt.encoding})
			if d := cmp.Diff(tt.rows, rows[len(rows)-1:]); d != "" {
				t.Errorf("last row (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.findings, findings); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
		})
	}
}

func TestRowsRefusesWhatIsNoText(t *testing.T) {
	none := func([]string) error { return nil }
	quiet := func(schema.Finding) error { return nil }
	for _, tt := range []struct {
		why, path, want string
		o               Options
	}{
		{why: "no file", path: filepath.Join(t.TempDir(), "none"), want: "no such file"},
		{why: "an unknown encoding", path: write(t, "a"), o: Options{Encoding: "klingon"}, want: "is not known"},
		{why: "UTF-32", path: write(t, "\xff\xfe\x00\x00a\x00\x00\x00"), want: "UTF-32"},
		{why: "a row that is not there", path: write(t, "a\n"), o: Options{HeaderRow: 3}, want: "no row 3"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			_, err := Rows(t.Context(), tt.path, tt.o, none, quiet)
			var bad *InputError
			if !errors.As(err, &bad) || !strings.Contains(bad.Message, tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestParseDelimiter(t *testing.T) {
	for in, want := range map[string]rune{",": ',', ";": ';', "tab": '\t', `\t`: '\t', "\t": '\t', "|": '|', "§": '§', "space": ' '} {
		if got, err := ParseDelimiter(in); got != want || err != nil {
			t.Errorf("ParseDelimiter(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "ab", "\"", "\n", "\xff"} {
		if got, err := ParseDelimiter(in); err == nil {
			t.Errorf("ParseDelimiter(%q) = %q, want an error", in, got)
		}
	}
}

// shared finds a real list that is handed around beside the project, not in it.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not here: this list is not part of the project", path)
	}
	return path
}

func TestRowsOfFebrl(t *testing.T) {
	n := 0
	in, err := Rows(t.Context(), shared(t, "febrl-dataset1.csv"), Options{}, func(cells []string) error {
		if n++; len(cells) != 11 {
			t.Errorf("row %d has %d cells, want 11", n, len(cells))
		}
		return nil
	}, func(f schema.Finding) error {
		t.Errorf("finding %+v", f)
		return nil
	})
	if err != nil || n != 1001 || in.Rows != 1000 {
		t.Errorf("%d rows with the header, Rows %d, error %v; want 1001 and 1000", n, in.Rows, err)
	}
}
