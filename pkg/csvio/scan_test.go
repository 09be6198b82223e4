package csvio

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// everything reads a list and gives all that it shows.
func everything(t testing.TB, path string, o Options) (rows [][]string, refs []schema.Ref, findings []schema.Finding, repairs []schema.Repair, in Input) {
	t.Helper()
	l, err := Open(t.Context(), path, testSchema(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	err = l.Blocks(t.Context(), func(b *schema.Block) error {
		for i := range b.Len() {
			row := make([]string, b.Width)
			for c := range row {
				row[c] = string(b.Cell(i, c))
			}
			rows = append(rows, row)
		}
		refs = append(refs, b.Rows...)
		findings = append(findings, b.Findings...)
		repairs = append(repairs, b.Repairs...)
		return nil
	})
	if err != nil {
		t.Fatalf("Blocks: %v", err)
	}
	return rows, refs, findings, repairs, l.Input()
}

// sameHowever fails if a list shows anything else when it is cut into other chunks, by more workers, or taken the quick way.
func sameHowever(t testing.TB, path string, base Options, sizes, workers []int) {
	t.Helper()
	told := base
	told.careful, told.workers, told.chunk = true, 1, 1<<20
	rows, refs, findings, repairs, in := everything(t, path, told)
	for _, size := range sizes {
		for _, n := range workers {
			for _, careful := range []bool{false, true} {
				o := base
				o.chunk, o.workers, o.careful = size, n, careful
				how := fmt.Sprintf("%d bytes at a time, %d workers, careful %t", size, n, careful)
				r, f, x, p, i := everything(t, path, o)
				if d := cmp.Diff(rows, r); d != "" {
					t.Fatalf("%s: rows (-want +got):\n%s", how, d)
				}
				if d := cmp.Diff(refs, f); d != "" {
					t.Fatalf("%s: refs (-want +got):\n%s", how, d)
				}
				if d := cmp.Diff(findings, x); d != "" {
					t.Fatalf("%s: findings (-want +got):\n%s", how, d)
				}
				if d := cmp.Diff(repairs, p); d != "" {
					t.Fatalf("%s: repairs (-want +got):\n%s", how, d)
				}
				if d := cmp.Diff(in, i); d != "" {
					t.Fatalf("%s: input (-want +got):\n%s", how, d)
				}
			}
		}
	}
}

// hard are beginnings of files in which a wrong step of the scanner shows.
func hard() map[string]string {
	long := strings.Repeat("x", 70)
	return map[string]string{
		"plain":                     "a,b\nc,d\n",
		"quoted":                    "\"a\",\"b\"\n\"c\",\"d\"\n",
		"empty cells":               ",\n\"\",\"\"\n,x\nx,\n",
		"doubled quotes":            "\"\"\"\",\"a\"\"b\"\n\"\"\"\"\"\",\"\"\n",
		"CR LF":                     "a,b\r\n\"c\",\"d\"\r\n\r\ne,f\r\n",
		"CR":                        "a,b\r\"c\",\"d\"\r\re,f",
		"ends of lines mixed":       "a,b\rc,d\r\ne,f\n\n\r\r\ng,h\n\r",
		"line breaks in quotes":     "\"a\nb\",c\r\n\"\r\n\",\"\n\"\n\"x\ry\",z\n",
		"rows in quotes":            "\"a,b\nc,d\ne,f\ng,h\n\",i\nj,k\n",
		"quoted rows in quotes":     "\"\"\"a\"\",b\n\"\"c\"\",d\n\",i\nj,k\n",
		"stray quote":               "a,b\nc,\"d\ne,f\ng,h\n",
		"stray quote before others": "a,\"b\nc,\"d\"\ne,\"f\ng\"\n",
		"bare quotes":               "a\"b,c\nd,e\"\n\"f\"g,h\ni,\"j \"k\" l\"\n",
		"spaces around quotes":      " \"a\" , \"b\"\n\t\"c\"\t,\"d\" \n",
		"ragged":                    "a\nb,c,d\n,\n\n,,,\ne,f\n",
		"spaces":                    " a ,\u00a0b\u00a0\n\u3000c,d\u200b\n , \n\u00a0,\u00a0\n",
		"not UTF-8":                 "a\xff,b\n\xc3,\xa9\n" + long + "\xe2\x82,x\n\ufffd,y\n",
		"NUL":                       "a\x00,b\n" + long + ",\x00\n",
		"long cells":                long + "," + long + "\n\"" + long + "\n" + long + "\"," + long + "\n" + long + long + ",é\n",
		"cut in quotes":             "a,b\n\"c,d\ne,\"\"f",
		"cut after a quote":         "a,b\n\"c\",\"",
		"the header once more":      "accountName,firstName\na,b\n\"accountName\", firstName \nc,d\n",
		"quote at the 64th byte":    strings.Repeat("y", 40) + ",\"b\"\n" + strings.Repeat("y", 41) + ",\"b\"\n" + strings.Repeat("y", 38) + ",\"b\"x\n",
	}
}

func TestBordersOfBlocksAnywhere(t *testing.T) {
	for name, body := range hard() {
		t.Run(name, func(t *testing.T) {
			for _, o := range []Options{{}, {most: 64}, {Set: map[string]string{"vendor": "ACME"}, Map: map[string]string{"firstName": ""}}} {
				o.Encoding = "utf-8"
				o.Delimiter = ','
				path := write(t, "accountName,firstName\n"+body)
				var sizes []int
				for n := 1; n <= min(len(body), 200); n++ {
					sizes = append(sizes, n)
				}
				sameHowever(t, path, o, sizes, []int{1, 2})
			}
		})
	}
}

func TestBordersOfBlocksInALongList(t *testing.T) {
	var body strings.Builder
	body.WriteString("accountName,firstName\n")
	bodies := hard()
	for range 6 {
		for _, name := range slices.Sorted(mapKeys(bodies)) {
			body.WriteString(bodies[name])
			body.WriteString("\n")
		}
	}
	path := write(t, body.String())
	sameHowever(t, path, Options{Encoding: "utf-8", Delimiter: ','}, []int{97, 1000, 4096, 30000}, []int{1, 3})
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestRandomRowsReadTheSameHowever makes files of the pieces that matter.
func TestRandomRowsReadTheSameHowever(t *testing.T) {
	dir := t.TempDir()
	piece := rapid.SampledFrom([]string{"\"", "\"\"", ",", ",", "\n", "\n", "\r\n", "\r", "a", "bc", " ", "é", "\xff", "\u00a0", "x\u00a0y", "'0", "=\"1\"", "\x00", "\",\"", "\"\n\"", "0123456789012345678901234567890123456789"})
	rapid.Check(t, func(r *rapid.T) {
		body := strings.Join(rapid.SliceOfN(piece, 0, 80).Draw(r, "pieces"), "")
		path := filepath.Join(dir, "list.csv")
		if err := os.WriteFile(path, []byte("accountName,firstName\n"+body), 0o600); err != nil {
			t.Fatal(err)
		}
		size := rapid.IntRange(1, 200).Draw(r, "size")
		sameHowever(t, path, Options{Encoding: "utf-8", Delimiter: ',', most: rapid.SampledFrom([]int{0, 50}).Draw(r, "most")}, []int{size}, []int{1, 2})
	})
}

// tiles fails if a byte of a row belongs neither to a cell nor to what parts and quotes cells.
func tiles(t testing.TB, g *grammar, buf []byte, rec record, fields []field) {
	t.Helper()
	pos := rec.start
	for i, f := range fields {
		between := string(buf[pos:f.off])
		if i > 0 {
			rest, ok := strings.CutPrefix(strings.TrimLeft(strings.TrimPrefix(between, `"`), " \t"), string(g.delim))
			if !ok {
				t.Fatalf("cells %d and %d of %q have %q between them", i-1, i, buf[rec.start:rec.end], between)
			}
			between = rest
		}
		if strings.Trim(between, " \t\"") != "" || strings.Count(between, `"`) > 1 || f.off > f.end {
			t.Fatalf("cell %d of %q follows %q", i, buf[rec.start:rec.end], between)
		}
		pos = f.end
	}
	if tail := strings.TrimLeft(strings.TrimPrefix(string(buf[pos:rec.end]), `"`), " \t"); tail != "" && tail != "\n" && tail != "\r" && tail != "\r\n" {
		t.Fatalf("the row %q ends in %q", buf[rec.start:rec.end], tail)
	}
}

func FuzzEveryByteBelongsToARow(f *testing.F) {
	for _, body := range hard() {
		f.Add([]byte(body), false)
	}
	f.Fuzz(func(t *testing.T, buf []byte, short bool) {
		g := &grammar{delim: []byte{','}, maxRecord: maxRecord}
		if short {
			g.maxRecord = 40
		}
		lines := 0
		for pos := 0; pos < len(buf); {
			rec, fields, ok := g.next(buf, pos, true, nil)
			if !ok || rec.start != pos || rec.end <= pos {
				t.Fatalf("at %d of %q: %+v, %t", pos, buf, rec, ok)
			}
			tiles(t, g, buf, rec, fields)
			if rec.faults&tooLong == 0 && !short {
				lines += rec.breaks
			}
			pos = rec.end
		}
		if want := countBreaks(buf); !short && lines != want {
			t.Errorf("%d lines counted in %q, want %d", lines, buf, want)
		}
	})
}

// FuzzQuickWayAgreesWithCareful has a header of one row where size can be divided by 3, and else one of two.
func FuzzQuickWayAgreesWithCareful(f *testing.F) {
	for _, body := range hard() {
		f.Add([]byte(body), uint8(0))
	}
	f.Add([]byte("a,b\n\"Account\", First\nName,Name\n\"Name\",Nam\n\"x Account\",First\n"), uint8(1))
	f.Add([]byte("a,b\n\"\",First\naccountName,Name\n ,First\n\",\",First\n\"a\",First\n,x\n"), uint8(2))
	f.Fuzz(func(t *testing.T, body []byte, size uint8) {
		o := Options{Encoding: "utf-8", Delimiter: ','}
		header := []string{"accountName,firstName\n", "Account,First\nName,Name\n", ",First\naccountName,Name\n"}[size%3]
		if size%3 > 0 {
			o.HeaderRow, o.Headers = 1, 2
		}
		path := write(t, header+string(body))
		var unusable *InputError // where a later row names more, and one name twice
		if l, err := Open(t.Context(), path, testSchema(), o); errors.As(err, &unusable) {
			return
		} else if err == nil {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		sameHowever(t, path, o, []int{int(size) + 1, 1 << 20}, []int{1, 2})
	})
}

// FuzzAgainstEncodingCSV holds the reader to the standard library's wherever that one finds nothing wrong. Two differences
// are meant: a CR alone ends a row here, and CR LF stays CR LF in quotes.
func FuzzAgainstEncodingCSV(f *testing.F) {
	for _, body := range hard() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, buf []byte) {
		if bytes.Count(buf, []byte("\r")) != bytes.Count(buf, []byte("\r\n")) {
			return
		}
		std := csv.NewReader(bytes.NewReader(buf))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil {
			return
		}
		g := &grammar{delim: []byte{','}, maxRecord: maxRecord}
		var got [][]string
		for pos := 0; pos < len(buf); {
			rec, fields, _ := g.next(buf, pos, true, nil)
			if rec.faults != 0 {
				t.Errorf("faults %b in %q, which encoding/csv takes", rec.faults, buf[rec.start:rec.end])
			}
			pos = rec.end
			if isBlank(fields) {
				continue
			}
			row := make([]string, len(fields))
			for i, f := range fields {
				row[i] = strings.ReplaceAll(string(appendText(nil, buf, f)), "\r\n", "\n")
			}
			got = append(got, row)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("rows of %q (-encoding/csv +ours):\n%s", buf, d)
		}
	})
}

// FuzzWhatIsWrittenReadsBack writes cells in every dialect and reads them again.
func FuzzWhatIsWrittenReadsBack(f *testing.F) {
	f.Add("a", "b\"c", " d\n", uint8(0))
	f.Add("", "\r\n,;\t|", "'=1", uint8(3))
	f.Fuzz(func(t *testing.T, a, b, c string, delim uint8) {
		d := delimiters()[int(delim)%len(delimiters())]
		want := [][]string{{"x", "y", "z"}, {a, b, c}, {c, a, b}}
		var out strings.Builder
		for _, row := range want {
			for i, cell := range row {
				if i > 0 {
					out.WriteRune(d)
				}
				out.WriteString(quote(cell, string(d)))
			}
			out.WriteString("\n")
		}
		g := dialect{delim: d}.grammar(maxRecord)
		buf := []byte(out.String())
		var got [][]string
		for pos := 0; pos < len(buf); {
			rec, fields, _ := g.next(buf, pos, true, nil)
			if rec.faults != 0 {
				t.Errorf("faults %b in %q", rec.faults, buf[rec.start:rec.end])
			}
			var row []string
			for _, f := range fields {
				row = append(row, string(appendText(nil, buf, f)))
			}
			got = append(got, row)
			pos = rec.end
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-written +read):\n%s", buf, d)
		}
		for _, cell := range []string{a, b, c} {
			e := escape(cell)
			if isEscaped([]byte(e)) {
				e = e[1:]
			}
			if e != cell {
				t.Errorf("escape(%q) comes back as %q", cell, e)
			}
		}
	})
}

func TestSpacesAreThoseOfUnicode(t *testing.T) {
	for r := range unicode.MaxRune + 1 {
		want := unicode.IsSpace(r) || r == '\u200b' || r == '\u200e' || r == '\u200f' || r == '\ufeff'
		if got := isSpace(r); got != want {
			t.Errorf("isSpace(%U) = %t, want %t", r, got, want)
		}
	}
}

func TestWindowsFindWhatTheyLookFor(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(r, "windows")
		b := rapid.SliceOfN(rapid.SampledFrom([]byte(",\"\n\r;a?\x7f~ \x1f\t\x00\x80\xac\xa2\x8a\x8d-+#!='")), 64*n, 64*n+3).Draw(r, "bytes")
		delim := rapid.SampledFrom([]byte(",;\t")).Draw(r, "delimiter")
		for i := range n {
			var got, want raw
			got.look((*[64]byte)(b[64*i:]), uint64(delim)*ones, rarities{true, true, true})
			for i, c := range b[64*i : 64*i+64] {
				switch bit := uint64(1) << i; {
				case c == delim:
					want.delim |= bit
				case c == '"':
					want.quote |= bit
				case c == '\n':
					want.lf |= bit
				case c == '\r':
					want.cr |= bit
				case c >= 0x7f || c < ' ' || c == '?':
					want.odd |= bit
				}
			}
			if got != want {
				r.Fatalf("%q: got %+x, want %+x", b[64*i:64*i+64], got, want)
			}
		}
	})
}

// The fast ways to look at text come to what the plain one does, whatever text they are in the middle of, and whatever was seen before.
func TestWindowsAreTheSameHowever(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(r, "windows")
		texts := []string{",", "\n", "\r", "\r\n", "abc", "12", "\"a,\"\"b\"", "\"c\nd\",", "\"", "é", "ш", "č", "字", "\xc3", "\xa9", "\xc3\xc3\xa9", " ", "=", "'", "#", "-", "\t", "?", "\x7f", "\x1f", "\x00"}
		if rapid.Bool().Draw(r, "dense") {
			texts = []string{",", ",,,,,", ",,,,,,,,,,,,,,,,,", ",", "\n", "\r\n", "a", "#"}
		}
		var b []byte
		for len(b) < 64*n {
			b = append(b, rapid.SampledFrom(texts).Draw(r, "text")...)
		}
		bit := func(name string) uint64 { return rapid.Uint64Range(0, 1).Draw(r, name) }
		before := carry{inside: -bit("inside"), mayOpen: bit("mayOpen"), mustFit: bit("mustFit"), afterCR: bit("afterCR"), afterPart: bit("afterPart"), afterEdge: bit("afterEdge"), oddDelim: -bit("oddDelim")}
		delim := rapid.SampledFrom([]byte(",\t")).Draw(r, "delimiter")
		at := rapid.IntRange(0, 200).Draw(r, "marks before")
		type found struct {
			Windows []window
			Marks   []uint32
			Seen    []seen
			Carry   carry
			Looked  int
		}
		find := func(look func(*sight, []byte, int, byte, *carry, int) int) found {
			const most = 200 + 64*5 + roomForMarks
			s := sight{marks: make([]uint32, at, most), seen: make([]seen, at/64+1, most/64+2), special: make([]window, 0, n)}
			for i := range s.seen[at/64+1 : cap(s.seen)] {
				s.seen[at/64+1 : cap(s.seen)][i] = seen{ends: ^uint64(0), edges: ^uint64(0)} // of something that was there once
			}
			f := found{Carry: before}
			f.Looked = look(&s, b, n, delim, &f.Carry, 1000)
			f.Windows, f.Marks, f.Seen = s.special, s.marks, s.seen[:len(s.marks)/64+1]
			for i := range f.Windows {
				f.Windows[i].ends = 0 // room to work in
			}
			if f.Carry.bad != 0 {
				f.Carry = carry{bad: f.Carry.bad} // the rest is of no use then
			}
			return f
		}
		plain := find((*sight).lookPlainly)
		for name, look := range quickLooks {
			if d := cmp.Diff(plain, find(look), cmp.AllowUnexported(found{}, window{}, seen{}, carry{})); d != "" {
				r.Errorf("%s of %q (-plain +fast):\n%s", name, b[:64*n], d)
			}
		}
	})
}

func TestSpansAreTheSameHowever(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(r, "marks")
		marks := make([]uint32, n+roomForSpans)
		for i := range n {
			marks[i] = rapid.Uint32().Draw(r, "mark")
		}
		want, got := make([]schema.Span, n+2*roomForSpans), make([]schema.Span, n+2*roomForSpans)
		spansPlainly(want, marks[:n])
		spansBetween(got, marks[:n])
		if d := cmp.Diff(want[:n-1], got[:n-1]); d != "" {
			r.Errorf("spans between %v (-plain +fast):\n%s", marks[:n], d)
		}
	})
}
