package csvio

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// makeBook makes a workbook with excelize and gives its path.
func makeBook(t *testing.T, fill func(f *excelize.File) error) string {
	t.Helper()
	f := excelize.NewFile()
	err := fill(f)
	path := filepath.Join(t.TempDir(), "list.xlsx")
	if err = errors.Join(err, f.SaveAs(path), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// setRows puts rows into a sheet from A1 on.
func setRows(f *excelize.File, sheet string, rows ...[]any) error {
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := f.SetSheetRow(sheet, cell, &row); err != nil {
			return err
		}
	}
	return nil
}

func setStyle(f *excelize.File, cell, format string) error {
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		return err
	}
	return f.SetCellStyle("Sheet1", cell, cell, style)
}

func openBook(t *testing.T, path string, o Options) *List {
	t.Helper()
	l, err := Open(t.Context(), path, testSchema(), o)
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

func TestWorkbookAndCSVEndInTheSameRows(t *testing.T) {
	rows := [][]any{
		{"Contractors of ACME"},
		{},
		{"Account Name", "First Name", "Start Date"},
		{"jdoe", "Jane \"J\", Doe\nLee", "2026-03-04"},
		{},
		{" bob ", "=Bob", ""},
	}
	path := makeBook(t, func(f *excelize.File) error { return setRows(f, "Sheet1", rows...) })
	book := openBook(t, path, Options{})
	list := open(t, "Contractors of ACME,,\n\nAccount Name,First Name,Start Date\njdoe,\"Jane \"\"J\"\", Doe\nLee\",2026-03-04\n,,\n bob ,=Bob,\n", Options{})
	a, b := readAll(t, book), readAll(t, list)
	if d := cmp.Diff(b.Rows, a.Rows); d != "" {
		t.Errorf("rows (-CSV +workbook):\n%s", d)
	}
	if d := cmp.Diff(b.Findings, a.Findings); d != "" {
		t.Errorf("findings (-CSV +workbook):\n%s", d)
	}
	for i, r := range a.Refs {
		if r.Row != b.Refs[i].Row || r.Line != 0 {
			t.Errorf("row %d of the workbook stands at %+v, want row %d and no line", i, r, b.Refs[i].Row)
		}
	}
	if in := book.Input(); in.Sheet != "Sheet1" || in.HeaderRow != 3 || !strings.Contains(in.Dialect, `sheet "Sheet1"`) || len(in.SHA256) != 64 {
		t.Errorf("Input = %+v", in)
	}
}

// A sheetCell is a cell that is made in a sheet, and what it is read as.
type sheetCell struct {
	why      string
	header   string // of the column
	fill     func(f *excelize.File) error
	o        Options
	want     string
	findings []string
	repairs  []string // rule
	xml      string   // what the cell is written as instead
}

func sheetCells() []sheetCell {
	return []sheetCell{
		{why: "a text that looks like a number", header: "phone", want: "0049170", fill: func(f *excelize.File) error { return f.SetCellStr("Sheet1", "B2", "0049170") }},
		{why: "a date", header: "endDate", want: "2026-12-31", fill: func(f *excelize.File) error {
			return f.SetCellValue("Sheet1", "B2", time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC))
		}},
		{why: "a moment", header: "endDate", want: "2026-12-31T18:30:15", fill: func(f *excelize.File) error {
			return f.SetCellValue("Sheet1", "B2", time.Date(2026, 12, 31, 18, 30, 15, 0, time.UTC))
		}},
		{why: "a date in a format of somebody's own", header: "endDate", want: "2026-12-31", fill: func(f *excelize.File) error {
			return errors.Join(f.SetCellInt("Sheet1", "B2", 46387), setStyle(f, "B2", `[$-407]d". "mmmm\ yyyy;@`))
		}},
		{why: "a date counted from 1904", header: "endDate", want: "2026-12-31", fill: func(f *excelize.File) error {
			yes := true
			return errors.Join(f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}), f.SetCellInt("Sheet1", "B2", 46387-1462), setStyle(f, "B2", "dd/mm/yyyy"))
		}},
		{why: "a bare serial in a date column", header: "endDate", want: "2026-12-31", repairs: []string{RuleSerial}, fill: func(f *excelize.File) error {
			return f.SetCellInt("Sheet1", "B2", 46387)
		}},
		{why: "a bare serial counted from 1904", header: "endDate", want: "2026-12-31", repairs: []string{RuleSerial}, fill: func(f *excelize.File) error {
			yes := true
			return errors.Join(f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}), f.SetCellInt("Sheet1", "B2", 46387-1462))
		}},
		{why: "a bare serial, the repair switched off", header: "endDate", want: "46387", o: Options{Off: []string{RuleSerial}}, fill: func(f *excelize.File) error {
			return f.SetCellInt("Sheet1", "B2", 46387)
		}},
		{why: "a day as a number in a date column", header: "endDate", want: "2026-12-31", repairs: []string{RuleDate}, fill: func(f *excelize.File) error {
			return f.SetCellInt("Sheet1", "B2", 20261231)
		}},
		{why: "a number in a text column", header: "vendor", want: "46387", fill: func(f *excelize.File) error { return f.SetCellInt("Sheet1", "B2", 46387) }},
		{why: "a large number is written out", header: "vendor", want: "491701234567", fill: func(f *excelize.File) error { return f.SetCellFloat("Sheet1", "B2", 4.91701234567e11, -1, 64) }},
		{why: "zeros that a format shows", header: "vendor", want: "00042", fill: func(f *excelize.File) error {
			return errors.Join(f.SetCellInt("Sheet1", "B2", 42), setStyle(f, "B2", "00000"))
		}},
		{why: "a phone that is a number", header: "phone", want: "491701234567", findings: []string{"W-CELL-NUMBER@2:B"}, fill: func(f *excelize.File) error { return f.SetCellInt("Sheet1", "B2", 491701234567) }},
		{why: "a phone that lost digits", header: "phone", want: "5.55123456789012E+17", findings: []string{"E-PHONE-DAMAGED@2:B"}, fill: func(f *excelize.File) error {
			return f.SetCellFloat("Sheet1", "B2", 5.55123456789012e17, -1, 64)
		}},
		{why: "yes or no", header: "vendor", want: "TRUE", fill: func(f *excelize.File) error { return f.SetCellBool("Sheet1", "B2", true) }},
		{why: "an error", header: "vendor", want: "#N/A", findings: []string{"E-CELL-ERROR@2:B"}, xml: `<c r="B2" t="e"><v>#N/A</v></c>`},
		{why: "a formula with its value", header: "vendor", want: "42", xml: `<c r="B2"><f>6*7</f><v>42</v></c>`},
		{why: "a formula without a value", header: "vendor", want: "", findings: []string{"E-CELL-FORMULA@2:B"}, fill: func(f *excelize.File) error { return f.SetCellFormula("Sheet1", "B2", "1+1") }},
		{why: "a text that begins like one of our marks", header: "vendor", want: "\x01nx", findings: nil, fill: func(f *excelize.File) error { return f.SetCellStr("Sheet1", "B2", "_x0001_nx") }},
		{why: "a text of several styles", header: "vendor", want: "ACME Ltd", fill: func(f *excelize.File) error {
			return f.SetCellRichText("Sheet1", "B2", []excelize.RichTextRun{{Text: "ACME"}, {Text: " Ltd", Font: &excelize.Font{Bold: true}}})
		}},
		{why: "a hidden row is read", header: "vendor", want: "x", findings: []string{"W-ROW-HIDDEN@2"}, fill: func(f *excelize.File) error {
			return errors.Join(f.SetCellStr("Sheet1", "B2", "x"), f.SetRowVisible("Sheet1", 2, false))
		}},
	}
}

func TestCellsOfASheet(t *testing.T) {
	for _, tt := range sheetCells() {
		t.Run(tt.why, func(t *testing.T) {
			path := makeBook(t, func(f *excelize.File) error {
				err := setRows(f, "Sheet1", []any{"accountName", tt.header}, []any{"jdoe"})
				if tt.fill == nil {
					return errors.Join(err, f.SetCellInt("Sheet1", "B2", 99))
				}
				return errors.Join(err, tt.fill(f))
			})
			if tt.xml != "" {
				rewrite(t, path, `<c r="B2"><v>99</v></c>`, tt.xml)
			}
			l := openBook(t, path, tt.o)
			g := readAll(t, l)
			if d := cmp.Diff([][]string{{"jdoe", tt.want}}, g.Rows); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.findings, g.Findings); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
			var rules []string
			for _, r := range g.Repairs {
				rules = append(rules, r.Rule)
			}
			if d := cmp.Diff(tt.repairs, rules); d != "" {
				t.Errorf("repairs (-want +got):\n%s", d)
			}
		})
	}
}

func TestMergedCells(t *testing.T) {
	path := makeBook(t, func(f *excelize.File) error {
		return errors.Join(
			setRows(f, "Sheet1", []any{"All of them"}, []any{"accountName", "vendor", "firstName"}, []any{"a", "ACME", "A"}, []any{"b", nil, "B"}, []any{"c", nil, "C"}, []any{"d", nil, "D"}),
			f.MergeCell("Sheet1", "A1", "C1"), f.MergeCell("Sheet1", "B3", "B5"))
	})
	g := readAll(t, openBook(t, path, Options{}))
	if d := cmp.Diff([][]string{{"a", "ACME", "A"}, {"b", "ACME", "B"}, {"c", "ACME", "C"}, {"d", "", "D"}}, g.Rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if len(g.Repairs) != 2 || g.Repairs[0].Rule != RuleMerged || g.Repairs[0].Origin.Row != 4 || g.Repairs[0].To != "ACME" {
		t.Errorf("repairs: %+v", g.Repairs)
	}
	off := readAll(t, openBook(t, path, Options{Off: []string{RuleMerged}}))
	if d := cmp.Diff([][]string{{"a", "ACME", "A"}, {"b", "", "B"}, {"c", "", "C"}, {"d", "", "D"}}, off.Rows); d != "" || len(off.Repairs) != 0 {
		t.Errorf("switched off: %d repairs, rows (-want +got):\n%s", len(off.Repairs), d)
	}
}

func TestSheetsAreChosenByTheirHeader(t *testing.T) {
	path := makeBook(t, func(f *excelize.File) error {
		_, err1 := f.NewSheet("Active")
		_, err2 := f.NewSheet("Old ones")
		return errors.Join(err1, err2,
			setRows(f, "Sheet1", []any{"Read me"}),
			setRows(f, "Active", []any{"accountName", "firstName"}, []any{"a", "A"}),
			setRows(f, "Old ones", []any{"accountName", "firstName"}, []any{"b", "B"}))
	})
	for _, tt := range []struct{ why, sheet, key, unread string }{
		{why: "the first that has a known column", key: "a", unread: `"Sheet1", "Old ones"`},
		{why: "the one that is given, in any case", sheet: "old ones", key: "b", unread: `"Sheet1", "Active"`},
	} {
		t.Run(tt.why, func(t *testing.T) {
			l := openBook(t, path, Options{Sheet: tt.sheet})
			if got := readAll(t, l).Rows[0][0]; got != tt.key {
				t.Errorf("first row is of %q, want %q", got, tt.key)
			}
			if in := l.Input(); len(in.Findings) != 1 || in.Findings[0].Code != "N-SHEET-UNREAD" || !strings.Contains(in.Findings[0].Message, tt.unread) {
				t.Errorf("findings %+v, want a note about %s", in.Findings, tt.unread)
			}
		})
	}
	_, err := Open(t.Context(), path, testSchema(), Options{Sheet: "Actve"})
	var bad *InputError
	if !errors.As(err, &bad) || !strings.Contains(bad.Hint, `did you mean "Active"?`) {
		t.Errorf("an unknown sheet: %v", err)
	}
}

func TestFailedRowsOfAWorkbookAreAWorkbook(t *testing.T) {
	path := makeBook(t, func(f *excelize.File) error {
		return errors.Join(
			setRows(f, "Sheet1", []any{"accountName", "phone", "Ort", "endDate"}, []any{"a", "0049", "=x", nil}, []any{"b", "", "", nil}),
			f.SetCellValue("Sheet1", "D2", time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)))
	})
	l := openBook(t, path, Options{})
	g := readAll(t, l)
	var out bytes.Buffer
	if err := WriteFailed(t.Context(), &out, l, eachOf(Failure{Ref: g.Refs[0], Code: "E-X", Problem: "=p", Hint: "h"})); err != nil {
		t.Fatal(err)
	}
	failed := filepath.Join(t.TempDir(), "failed.xlsx")
	if err := os.WriteFile(failed, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	if _, err := Rows(t.Context(), failed, Options{}, func(c []string) error { rows = append(rows, c); return nil }, func(f schema.Finding) error {
		t.Errorf("finding %+v", f)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"accountName", "phone", "Ort", "endDate", "nelm_row", "nelm_code", "nelm_problem", "nelm_hint"}, {"a", "0049", "=x", "2026-12-31", "2", "E-X", "=p", "h"}}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("failed rows (-want +got):\n%s", d)
	}
	if ours, err := IsFailedFile(failed); !ours || err != nil {
		t.Errorf("IsFailedFile of its own: %t, %v", ours, err)
	}
	if ours, err := IsFailedFile(path); ours || err != nil {
		t.Errorf("IsFailedFile of the list: %t, %v", ours, err)
	}
	again := openBook(t, failed, Options{})
	if d := cmp.Diff(g.Rows[:1], readAll(t, again).Rows); d != "" || !again.Partial() {
		t.Errorf("read again: Partial %t, rows (-want +got):\n%s", again.Partial(), d)
	}
}

func TestTemplateSheet(t *testing.T) {
	var out bytes.Buffer
	if err := WriteTemplateSheet(&out, []string{"accountName", "firstName"}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "empty.xlsx")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if l := openBook(t, path, Options{}); len(l.Columns()) != 2 || len(readAll(t, l).Rows) != 0 {
		t.Errorf("columns %v", l.Columns())
	}
}

// rewrite replaces a piece of a workbook's first sheet.
func rewrite(t *testing.T, path, old, piece string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := make(map[string][]byte)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		if f.Name == "xl/worksheets/sheet1.xml" {
			if !bytes.Contains(content, []byte(old)) {
				t.Fatalf("the sheet has no %s: %s", old, content)
			}
			content = bytes.Replace(content, []byte(old), []byte(piece), 1)
		}
		parts[f.Name] = content
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(zipped(t, parts)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// zipped makes a ZIP file of parts.
func zipped(t *testing.T, parts map[string][]byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIsNoWorkbookIsRefused(t *testing.T) {
	whole := makeBook(t, func(f *excelize.File) error { return setRows(f, "Sheet1", []any{"accountName"}, []any{"a"}) })
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ why, in, message, hint string }{
		{why: "a bomb", in: zipped(t, map[string][]byte{"xl/workbook.xml": []byte("<workbook/>"), "xl/worksheets/sheet1.xml": make([]byte, 64<<20)}), message: "unpacks to far more", hint: "save the sheet as CSV"},
		{why: "cut off", in: string(content[:len(content)/2]), message: "cannot be read", hint: "save it again"},
		{why: "no sheet", in: zipped(t, map[string][]byte{"xl/workbook.xml": []byte("<workbook/>")}), message: "cannot be read", hint: "save it again"},
		{why: "an archive", in: zipped(t, map[string][]byte{"list.csv": []byte("a")}), message: "without a workbook", hint: "unpack it"},
		{why: "OpenDocument", in: zipped(t, map[string][]byte{"content.xml": []byte("a")}), message: "OpenDocument", hint: "save it as .xlsx"},
		{why: "a binary workbook", in: zipped(t, map[string][]byte{"xl/workbook.bin": []byte("a")}), message: ".xlsb", hint: "save it as .xlsx"},
		{why: "an old workbook", in: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", message: "old Excel workbook", hint: "save it as .xlsx"},
		{why: "a PDF", in: "%PDF-1.7\n", message: "is a PDF", hint: "CSV"},
		{why: "a PDF behind a byte order mark", in: "\ufeff%PDF-1.7\n", message: "is a PDF", hint: "CSV"},
		{why: "a picture", in: "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", message: "is a picture", hint: "CSV"},
		{why: "a photograph", in: "\xff\xd8\xff\xe0\x00\x10JFIF", message: "is a picture", hint: "CSV"},
		{why: "a program", in: "\x7fELF\x02\x01\x01", message: "is a program", hint: "CSV"},
		{why: "an archive of another kind", in: "7z\xbc\xaf\x27\x1c\x00\x04", message: "is packed", hint: "unpack it"},
		{why: "a database", in: "SQLite format 3\x00", message: "is a database", hint: "CSV"},
		{why: "random bytes", in: randomBytes(5000), message: "is no text: ", hint: "such as --encoding utf-16"},
		{why: "a piece of a disk", in: strings.Repeat("accountName\x00\x00\x00\x00\x00\x00\n", 40), message: "of its first 720 bytes are NUL", hint: "CSV"},
		{why: "a web page", in: "\n<!DOCTYPE html><html>", message: "web page", hint: "expired login"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			l, err := Open(t.Context(), write(t, tt.in), testSchema(), Options{})
			if err == nil {
				t.Fatalf("opened; Close: %v", l.Close())
			}
			var bad *InputError
			if !errors.As(err, &bad) || !strings.Contains(bad.Message, tt.message) || !strings.Contains(bad.Hint, tt.hint) {
				t.Errorf("error %v, want %q and the hint %q", err, tt.message, tt.hint)
			}
		})
	}
}

func randomBytes(n int) string {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return string(b)
}

// What is text, if an odd one, is read as ever.
func TestWhatIsTextIsRead(t *testing.T) {
	header := "accountName,firstName\n"
	var controls strings.Builder
	for i := range 200 {
		controls.WriteString("a,b" + string(rune(1+i%8)) + string(rune(14+i%10)) + "\n")
	}
	for why, tt := range map[string]struct {
		in string
		o  Options
	}{
		"a delimiter that is a control character":    {in: strings.ReplaceAll(header+strings.Repeat("a,M\xfcller\n", 100), ",", "\x01"), o: Options{Delimiter: 1}},
		"control characters of many kinds in UTF-8":  {in: header + controls.String()},
		"a few of them in Windows-1252":              {in: header + strings.Repeat("m\xfcller,Ann Catherine Elizabeth Louise\n", 60) + "a,\x00\x01\x02\x03\x04\x05\x06\x07\x08\n"},
		"NUL bytes here and there":                   {in: header + strings.Repeat("jdoe,Jane\x00\n", 100)},
		"binary bytes that are given an encoding":    {in: header + randomBytes(3000), o: Options{Encoding: "windows-1252", Delimiter: ','}},
		"UTF-16 without a mark, of Japanese letters": {in: utf16(header + strings.Repeat("山田,太郎\n", 100))},
		"nothing but a header":                       {in: header},
	} {
		l, err := Open(t.Context(), write(t, tt.in), testSchema(), tt.o)
		if err != nil {
			t.Errorf("%s: %v", why, err)
			continue
		}
		if err := l.Close(); err != nil {
			t.Errorf("%s: %v", why, err)
		}
	}
}

// utf16 is a text in UTF-16 LE without a mark.
func utf16(s string) string {
	var b []byte
	for _, r := range s {
		b = binary.LittleEndian.AppendUint16(b, uint16(r))
	}
	return string(b)
}

func TestNumberFormats(t *testing.T) {
	for format, want := range map[string]cellFormat{
		"General": {}, "0": {zeros: 1}, "0.00": {}, "#,##0": {}, "00000": {zeros: 5}, "@": {}, "0.00E+00": {}, "[Red]0": {zeros: 1}, `"d"0`: {zeros: 1}, `\d0`: {zeros: 1},
		"dd/mm/yyyy": {date: true}, "d-mmm-yy": {date: true}, "yyyy-mm-dd hh:mm:ss": {date: true, clock: true}, "mmm": {date: true}, "h:mm AM/PM": {clock: true}, "mm:ss": {clock: true}, "[h]:mm": {clock: true},
		"[$-F800]dddd, mmmm dd, yyyy": {date: true}, "yyyy/mm/dd;@": {date: true}, "(000) 000-0000": {},
	} {
		if got := parseFormat(format); got != want {
			t.Errorf("parseFormat(%q) = %+v, want %+v", format, got, want)
		}
	}
}

// What excelize gets to see of a workbook has no cells, so a big one costs neither memory nor room on the disk twice.
func TestOfABigWorkbookOnlyTheCellsAreBig(t *testing.T) {
	path := makeBook(t, func(f *excelize.File) error {
		return errors.Join(setRows(f, "Sheet1", []any{"accountName", "startDate"}, []any{"a", 46387}), setStyle(f, "B2", "yyyy-mm-dd"))
	})
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	rest, err := withoutCells(&z.Reader)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(rest)
	if err != nil {
		t.Fatal(err)
	}
	small, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	styles := false
	for _, p := range small.File {
		styles = styles || p.Name == "xl/styles.xml"
		if strings.HasPrefix(p.Name, "xl/worksheets/") || p.Name == "xl/sharedStrings.xml" {
			t.Errorf("excelize gets %s", p.Name)
		}
	}
	if !styles {
		t.Error("excelize does not get the styles")
	}
	if d := cmp.Diff([][]string{{"a", "2026-12-31"}}, readAll(t, openBook(t, path, Options{})).Rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
}
