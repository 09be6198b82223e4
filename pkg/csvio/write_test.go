package csvio

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestFailedRowsComeBackAsTheyWere(t *testing.T) {
	in := "Notes\n\nLogin;First Name;=Sum;Ort\n jdoe ;\"a;\"\"b\"\"\";=1+1;Köln\nbob;Bob;'=x;\nann;Ann;-5;x\n"
	o := Options{Map: map[string]string{"Login": "accountName"}}
	l := open(t, in, o)
	g := readAll(t, l)
	var out bytes.Buffer
	failures := []Failure{{Ref: g.Refs[0], Code: "E-X", Problem: "=bad; really", Hint: "mend it"}, {Ref: g.Refs[1], Code: "E-Y", Problem: "bad", Hint: "mend it"}}
	if err := WriteFailed(t.Context(), &out, l, eachOf(failures...)); err != nil {
		t.Fatal(err)
	}
	want := "Login;First Name;'=Sum;Ort;nelm_row;nelm_code;nelm_problem;nelm_hint\n" +
		"\" jdoe \";\"a;\"\"b\"\"\";'=1+1;Köln;4;E-X;\"'=bad; really\";mend it\n" +
		"bob;Bob;''=x;;5;E-Y;bad;mend it\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Fatalf("failed rows (-want +got):\n%s", d)
	}
	again := open(t, out.String(), o)
	if !again.Partial() || l.Partial() {
		t.Errorf("Partial: the list %t, want false; its failed rows %t, want true", l.Partial(), again.Partial())
	}
	back := readAll(t, again)
	if d := cmp.Diff(g.Rows[:2], back.Rows); d != "" {
		t.Errorf("rows read from the failed file (-want +got):\n%s", d)
	}
	for i, ref := range back.Refs {
		before, err := l.Raw(t.Context(), g.Refs[i])
		if err != nil {
			t.Fatal(err)
		}
		after, err := again.Raw(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(before, after[:len(before)]); d != "" {
			t.Errorf("raw row %d (-before +after):\n%s", ref.Row, d)
		}
	}
	var twice bytes.Buffer
	if err := WriteFailed(t.Context(), &twice, again, eachOf(Failure{Ref: back.Refs[1], Code: "E-Z", Problem: "p", Hint: "h"})); err != nil {
		t.Fatal(err)
	}
	if want := "Login;First Name;'=Sum;Ort;nelm_row;nelm_code;nelm_problem;nelm_hint\nbob;Bob;''=x;;3;E-Z;p;h\n"; twice.String() != want {
		t.Errorf("failed again:\n%s\nwant\n%s", twice.String(), want)
	}
}

func TestFailedRowsKeepEncodingAndEndsOfLines(t *testing.T) {
	const text = "Account Name;First Name\r\nzoë;Zoë\r\n"
	const failed = "Account Name;First Name;nelm_row;nelm_code;nelm_problem;nelm_hint\r\nzoë;Zoë;2;E-X;%s;h\r\n"
	for _, tt := range []struct {
		why, in, problem string
		coding           *encoding.Encoder
		mark             string
	}{
		{why: "UTF-8 with a mark", in: "\ufeff" + text, problem: "→", mark: "\ufeff"},
		{why: "UTF-16 LE with a mark", in: "", problem: "→", coding: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()},
		{why: "UTF-16 BE without one", in: "", problem: "→", coding: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder()},
		{why: "Windows-1252, which has no arrow", in: "", problem: "?", coding: charmap.Windows1252.NewEncoder()},
	} {
		t.Run(tt.why, func(t *testing.T) {
			in, want := tt.in, tt.mark+strings.Replace(failed, "%s", tt.problem, 1)
			if tt.coding != nil {
				var err error
				if in, err = tt.coding.String(text); err != nil {
					t.Fatal(err)
				}
				if want, err = tt.coding.String(want); err != nil {
					t.Fatal(err)
				}
			}
			l := open(t, in, Options{})
			g := readAll(t, l)
			var out bytes.Buffer
			if err := WriteFailed(t.Context(), &out, l, eachOf(Failure{Ref: g.Refs[0], Code: "E-X", Problem: "→", Hint: "h"})); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, out.String()); d != "" {
				t.Errorf("failed rows (-want +got):\n%s", d)
			}
		})
	}
}

func TestWriteUpload(t *testing.T) {
	var out bytes.Buffer
	rows := [][]string{{"jdoe", "=1+1", "a,b"}, {"", " x", "say \"hi\"\nthere"}}
	if err := WriteUpload(&out, []string{"accountName", "firstName", "lastName"}, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	want := "accountName,firstName,lastName\njdoe,=1+1,\"a,b\"\n,\" x\",\"say \"\"hi\"\"\nthere\"\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("payload (-want +got):\n%s", d)
	}
	if err := WriteUpload(&out, []string{"a"}, slices.Values(rows)); err == nil {
		t.Error("a row wider than the header was written")
	}
}

func TestReadTemplate(t *testing.T) {
	for _, tt := range []struct {
		why, in string
		want    []string
		err     string
	}{
		{why: "as the service gives it", in: "accountName,firstName,lastName\n", want: []string{"accountName", "firstName", "lastName"}},
		{why: "byte order mark, spaces, empty cells at the end, no end of line", in: "\ufeff accountName, firstName ,,", want: []string{"accountName", "firstName"}},
		{why: "semicolons alone", in: "\ufeffaccountName;firstName;;\r\n", want: []string{"accountName", "firstName"}},
		{why: "tabs", in: "accountName\tfirstName\n", want: []string{"accountName", "firstName"}},
		{why: "quoted names in any script", in: "\"a, b\",名前\r\n", want: []string{"a, b", "名前"}},
		{why: "empty", in: "\n", err: "is empty"},
		{why: "an open quote", in: "a,\"b", err: "quote"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			got, err := ReadTemplate(strings.NewReader(tt.in))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Errorf("error %v, names (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestTablesForPeopleAreEscaped(t *testing.T) {
	var out bytes.Buffer
	err := WriteFindings(&out, found(schema.Finding{
		Code: "E-X", Severity: schema.Error, Origin: schema.Origin{File: "a.csv", Row: 3, Line: 4, Column: "B", Header: "@x"},
		Attribute: "firstName", Value: "=cmd|x", Message: "m, n", Hint: "h", Related: []int64{7, 9},
	}))
	want := "severity,code,file,sheet,row,line,column,header,attribute,value,message,hint,related_rows\n" +
		"error,E-X,a.csv,,3,4,B,'@x,firstName,'=cmd|x,\"m, n\",h,7 9\n"
	if d := cmp.Diff(want, out.String()); d != "" || err != nil {
		t.Errorf("error %v, findings (-want +got):\n%s", err, d)
	}
	out.Reset()
	err = WriteRepairs(t.Context(), &out, repaired{{Origin: schema.Origin{File: "a.csv", Row: 2, Line: 2, Column: "A", Header: "h"}, From: " +1", To: "+1", Rule: "trim"}})
	want = "file,sheet,row,line,column,header,from,to,rule\na.csv,,2,2,A,h,\" +1\",'+1,trim\n"
	if d := cmp.Diff(want, out.String()); d != "" || err != nil {
		t.Errorf("error %v, repairs (-want +got):\n%s", err, d)
	}
	out.Reset()
	err = WriteResults(&out, []Result{{N: 1, AccountName: "-a", Row: 2, Action: "create", State: "verified"}})
	want = "n,accountName,row,action,state,message\n1,'-a,2,create,verified,\n"
	if d := cmp.Diff(want, out.String()); d != "" || err != nil {
		t.Errorf("error %v, results (-want +got):\n%s", err, d)
	}
	out.Reset()
	err = WriteChanges(&out, func(each func(FieldLine) error) error {
		return each(FieldLine{AccountName: "a", Row: 2, Kind: "update", Attribute: "phone", Old: "+1", New: "2"})
	})
	want = "accountName,row,kind,attribute,old,new,reason\na,2,update,phone,'+1,2,\n"
	if d := cmp.Diff(want, out.String()); d != "" || err != nil {
		t.Errorf("error %v, changes (-want +got):\n%s", err, d)
	}
}

func TestTablesLeaveBlankWhatStandsInNoRow(t *testing.T) {
	for _, tt := range []struct {
		why   string
		write func(io.Writer) error
		want  string
	}{
		{why: "who is missing from the list", write: func(w io.Writer) error {
			return WriteChanges(w, func(each func(FieldLine) error) error { return each(FieldLine{AccountName: "a", Kind: "missing"}) })
		}, want: "a,,missing,,,,\n"},
		{why: "who was deleted", write: func(w io.Writer) error {
			return WriteResults(w, []Result{{N: 1, AccountName: "a", Action: "delete", State: "verified"}})
		}, want: "1,a,,delete,verified,\n"},
		{why: "what is about the list as a whole", write: func(w io.Writer) error {
			return WriteFindings(w, found(schema.Finding{Code: "W-X", Severity: schema.Warning, Origin: schema.Origin{File: "a.csv"}, Message: "m"}))
		}, want: "warning,W-X,a.csv,,,,,,,,m,,\n"},
		{why: "a sheet has no lines", write: func(w io.Writer) error {
			return WriteRepairs(t.Context(), w, repaired{{Origin: schema.Origin{File: "a.xlsx", Row: 2, Column: "A"}, From: " a", To: "a", Rule: "trim"}})
		}, want: "a.xlsx,,2,,A,,\" a\",a,trim\n"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			var out bytes.Buffer
			err := tt.write(&out)
			_, got, _ := strings.Cut(out.String(), "\n")
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Errorf("error %v, line (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestRenamesAreAnsweredInASpreadsheet(t *testing.T) {
	var out bytes.Buffer
	if err := WriteRenames(&out, []Rename{{From: "k.ono", To: "=kenji"}, {From: "a", To: "b"}}); err != nil {
		t.Fatal(err)
	}
	answered := strings.NewReplacer("'=kenji,", "'=kenji;YES ", ",", ";", "\n", "\r\n").Replace(out.String())
	got, err := ReadRenames("renames.csv", strings.NewReader("\ufeff"+answered))
	if d := cmp.Diff([]Rename{{From: "k.ono", To: "=kenji", Same: "yes", Line: 2}}, got); d != "" || err != nil {
		t.Errorf("error %v, renames (-want +got):\n%s", err, d)
	}
	for _, tt := range []struct{ why, in, want string }{
		{why: "another word", in: "from,to,same\na,b,no\nc,d,perhaps\n", want: `renames.csv:3: the column same has "perhaps"`},
		{why: "a column lacks", in: "from,to\na,b\n", want: `has no column "same"`},
		{why: "a column twice, which gocsv would not say", in: "from,to,same,same\n", want: `has the column "same" twice`},
		{why: "a short row, which gocsv would not say where", in: "from,to,same\n\"a\nb\",c,no\nx,y\n", want: "renames.csv:4: has 2 cells"},
		{why: "an open quote", in: "from,to,same\na,\"b,no\n", want: "renames.csv:2: has a quote"},
		{why: "nothing", in: "", want: "is empty"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			_, err := ReadRenames("renames.csv", strings.NewReader(tt.in))
			var bad *InputError
			if !errors.As(err, &bad) || !strings.Contains(bad.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestStandardInputAndGzipAreCopiedOnceAndDeleted(t *testing.T) {
	plain := "accountName\na\nb\n"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(plain)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	for why, in := range map[string]string{"plain": plain, "gzip": packed.String()} {
		t.Run(why, func(t *testing.T) {
			l, err := Open(t.Context(), "-", testSchema(), Options{Stdin: strings.NewReader(in)})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if d := cmp.Diff([][]string{{"a"}, {"b"}}, readAll(t, l).Rows); d != "" {
					t.Errorf("rows (-want +got):\n%s", d)
				}
			}
			if got := l.Input(); got.Bytes != int64(len(in)) || len(got.SHA256) != 64 {
				t.Errorf("%d bytes, digest %q; want %d bytes of what came in", got.Bytes, got.SHA256, len(in))
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
	_, err := Open(t.Context(), "-", testSchema(), Options{Stdin: bytes.NewReader(packed.Bytes()[:packed.Len()-9])})
	var bad *InputError
	if !errors.As(err, &bad) || !strings.Contains(bad.Message, "damaged or cut off") {
		t.Errorf("cut gzip: %v", err)
	}
}
