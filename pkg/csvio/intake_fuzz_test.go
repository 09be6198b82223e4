package csvio

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// FuzzAnyFile reads any bytes as rows and as a list: it must end in rows, findings or an *InputError, and all rows that are
// given out must be found again.
func FuzzAnyFile(f *testing.F) {
	for _, body := range hard() {
		f.Add([]byte("accountName,endDate\n"+body), "")
	}
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x00"), "")
	f.Add([]byte("PK\x03\x04"), "")
	f.Add([]byte("\x1f\x8b\x08"), "utf-16")
	f.Add([]byte("a;b;c\n1;2;3\n\nTotal: 1\n"), "latin1")
	f.Fuzz(func(t *testing.T, content []byte, encoding string) {
		path := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		o := Options{Encoding: encoding, chunk: 64, most: 4096}
		var bad *InputError
		rows := int64(0)
		in, err := Rows(t.Context(), path, o, func([]string) error { rows++; return nil }, func(schema.Finding) error { return nil })
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("Rows: %v", err)
		}
		if err == nil && rows > 0 && in.Rows != rows-1 {
			t.Errorf("%d rows with the header, Input says %d", rows, in.Rows)
		}
		l, err := Open(t.Context(), path, testSchema(), o)
		if err != nil {
			if !errors.As(err, &bad) {
				t.Fatalf("Open: %v", err)
			}
			return
		}
		defer func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}()
		type row struct {
			ref   schema.Ref
			cells string
		}
		var got []row
		if err := l.Blocks(t.Context(), func(b *schema.Block) error {
			for i, ref := range b.Rows {
				var cells []string
				for c := range b.Width {
					cells = append(cells, string(b.Cell(i, c)))
				}
				got = append(got, row{ref, strings.Join(cells, "\x00")})
			}
			return nil
		}); err != nil {
			t.Fatalf("Blocks: %v", err)
		}
		for _, r := range got {
			rec, err := l.Row(t.Context(), r.ref)
			if err != nil || strings.Join(rec.Values, "\x00") != r.cells {
				t.Errorf("row %+v is %q, read again %q, %v", r.ref, r.cells, rec.Values, err)
			}
			if _, err := l.Raw(t.Context(), r.ref); err != nil {
				t.Errorf("row %+v: %v", r.ref, err)
			}
		}
	})
}

// FuzzAnySheet reads any bytes as the cells of a workbook's sheet.
func FuzzAnySheet(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="inlineStr"><is><t>accountName</t></is></c></row><row r="3"><c r="A3" s="1"><v>46387</v></c></row>`, "A1:A3")
	f.Add(`<row><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row><row hidden="1"><c><f>1</f></c></row>`, "B1:B2")
	f.Add(`<row r="2"/><row r="1"/>`, "x")
	f.Add(`<row r="1048576"><c r="XFD1048576"><v>1e400</v></c></row>`, "A1:XFD1048576")
	var book bytes.Buffer
	empty := excelize.NewFile()
	if err := errors.Join(empty.Write(&book), empty.Close()); err != nil {
		f.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(book.Bytes()), int64(book.Len()))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, cells, merged string) {
		sheet := `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + cells + `</sheetData><mergeCells><mergeCell ref="` + merged + `"/></mergeCells></worksheet>`
		path := filepath.Join(t.TempDir(), "list.xlsx")
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, part := range z.File {
			if part.Name == "xl/worksheets/sheet1.xml" {
				p, err := w.Create(part.Name)
				if err == nil {
					_, err = p.Write([]byte(sheet))
				}
				if err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := w.Copy(part); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Rows(t.Context(), path, Options{}, func([]string) error { return nil }, func(schema.Finding) error { return nil })
		var bad *InputError
		if err != nil && !errors.As(err, &bad) {
			t.Errorf("Rows: %v", err)
		}
	})
}
