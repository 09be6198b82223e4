package csvio

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"
)

// What a workbook may unpack to. A list of a million people is well below; a file made to fill a disk or a memory is not.
const (
	unpackedMost  = 1 << 30  // all parts together
	unpackedRatio = 250      // of one part to its packed size; what spreadsheet programs write stays under 100
	ratioFrom     = 8 << 20  // parts smaller than this may pack as well as they like
	stringsMost   = 64 << 20 // bytes of the texts that cells share
)

// A workbook is an XLSX file. Styles, sheets and the date system are excelize's; the cells are read here, because its row
// iterator gives texts without styles, which alone tell a date from a number.
type workbook struct {
	name     string
	zip      *zip.Reader
	file     *excelize.File
	parts    map[string]*zip.File
	sheets   []sheetPart
	shared   sharedTexts
	formats  map[int]cellFormat
	merged   map[string][]merge // of the sheets that were looked at, by their paths
	from1904 bool
}

// sharedTexts are the texts that cells share, one behind the other: a big list has hundreds of thousands, and as strings of their
// own they would take several times their room.
type sharedTexts struct {
	bytes []byte
	ends  []uint32 // of each text in bytes; stringsMost fits
}

func (t *sharedTexts) add(s string) {
	t.bytes = append(t.bytes, s...)
	t.ends = append(t.ends, uint32(len(t.bytes)))
}

func (t *sharedTexts) at(i int) string {
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return string(t.bytes[start:t.ends[i]])
}

type sheetPart struct {
	name    string
	path    string
	visible bool
}

// signature says what kind of file begins with b, where it is one that people mistake for a list, and what to do.
func signature(b []byte) (message, hint string) {
	lower := bytes.ToLower(bytes.TrimLeft(b, " \t\r\n\ufeff"))
	switch {
	case bytes.HasPrefix(b, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return "is an old Excel workbook (.xls), or one that is locked with a password", "open it in a spreadsheet program and save it as .xlsx without a password, or as CSV"
	case bytes.HasPrefix(lower, []byte("%pdf-")):
		return "is a PDF", askForList
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) || bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}) || bytes.HasPrefix(b, []byte("GIF89a")) || bytes.HasPrefix(b, []byte("GIF87a")):
		return "is a picture", askForList
	case bytes.HasPrefix(b, []byte("\x7fELF")):
		return "is a program", askForList
	case bytes.HasPrefix(b, []byte("7z\xBC\xAF\x27\x1C")) || bytes.HasPrefix(b, []byte("Rar!\x1a\x07")) || bytes.HasPrefix(b, []byte("\xFD7zXZ\x00")) || bytes.HasPrefix(b, []byte("\x28\xB5\x2F\xFD")):
		return "is packed, in another way than ZIP or gzip", "unpack it, and name the list that is in it"
	case bytes.HasPrefix(b, []byte("SQLite format 3\x00")):
		return "is a database", "export the list from it as CSV"
	case bytes.HasPrefix(lower, []byte("<html")) || bytes.HasPrefix(lower, []byte("<!doctype html")):
		return "is a web page, whatever its name says", "open it in a spreadsheet program and save it as .xlsx, or export the list again; an expired login gives such a file too"
	case bytes.HasPrefix(lower, []byte("<?xml")):
		return "is an XML file", "open it in a spreadsheet program and save it as .xlsx or CSV"
	case bytes.HasPrefix(b, []byte("{\\rtf")):
		return "is a text document (RTF)", "copy the table into a spreadsheet program and save it as .xlsx or CSV"
	}
	return "", ""
}

const askForList = "ask for the list as .xlsx or CSV"

// isZip reports whether b begins like an XLSX file.
func isZip(b []byte) bool { return bytes.HasPrefix(b, []byte("PK\x03\x04")) }

// openWorkbook opens an XLSX file after making sure that it does not unpack to more than a list can be.
func openWorkbook(name string, in io.ReaderAt, size int64) (_ *workbook, err error) {
	damaged := func(err error) error {
		return &InputError{File: name, Message: "looks like an .xlsx workbook and cannot be read: " + err.Error(), Hint: "open it in a spreadsheet program and save it again", Err: err}
	}
	z, err := zip.NewReader(in, size)
	if err != nil {
		return nil, damaged(err)
	}
	w := &workbook{name: name, zip: z, parts: make(map[string]*zip.File), formats: make(map[int]cellFormat), merged: make(map[string][]merge)}
	var total uint64
	for _, p := range z.File {
		w.parts[strings.TrimPrefix(p.Name, "/")] = p
		total += p.UncompressedSize64
		if total > unpackedMost || p.UncompressedSize64 > ratioFrom && p.UncompressedSize64/max(p.CompressedSize64, 1) > unpackedRatio {
			return nil, &InputError{File: name, Message: fmt.Sprintf("unpacks to far more than a list can be (%s alone to %d MB)", p.Name, p.UncompressedSize64>>20), Hint: "copy the rows into a new workbook, or save the sheet as CSV"}
		}
	}
	if w.parts["xl/workbook.xml"] == nil {
		if w.parts["content.xml"] != nil {
			return nil, &InputError{File: name, Message: "is an OpenDocument file", Hint: "save it as .xlsx or CSV"}
		}
		if w.parts["xl/workbook.bin"] != nil {
			return nil, &InputError{File: name, Message: "is a binary workbook (.xlsb)", Hint: "save it as .xlsx or CSV"}
		}
		return nil, &InputError{File: name, Message: "is a ZIP file without a workbook in it", Hint: "unpack it, and name the list that is in it"}
	}
	plan, err := withoutCells(z)
	if err != nil {
		return nil, damaged(err)
	}
	w.file, err = excelize.OpenReader(plan, excelize.Options{UnzipSizeLimit: unpackedMost, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		return nil, damaged(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	props, err := w.file.GetWorkbookProps()
	if err != nil {
		return nil, damaged(err)
	}
	w.from1904 = props.Date1904 != nil && *props.Date1904
	if err := w.findSheets(); err != nil {
		return nil, damaged(err)
	}
	if err := w.readStrings(); err != nil {
		return nil, damaged(err)
	}
	return w, nil
}

// withoutCells is the same file without the cells of its sheets, the texts that they share, and pictures: all that excelize is asked
// for here. It would read the file as a whole, and unpack every sheet to the disk.
func withoutCells(z *zip.Reader) (io.Reader, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, p := range z.File {
		name := strings.ToLower(strings.TrimPrefix(p.Name, "/"))
		if strings.HasPrefix(name, "xl/worksheets/") || strings.HasPrefix(name, "xl/media/") || name == "xl/sharedstrings.xml" {
			continue
		}
		if err := w.Copy(p); err != nil {
			return nil, err
		}
	}
	return &out, w.Close()
}

func (w *workbook) close() error { return w.file.Close() }

// relationships reads the targets of a part's relationships by their ids.
func (w *workbook) relationships(part string) (map[string]string, error) {
	targets := make(map[string]string)
	rels := w.parts[path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")]
	if rels == nil {
		return targets, nil
	}
	r, err := rels.Open()
	if err != nil {
		return nil, err
	}
	var list struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	err = xml.NewDecoder(io.LimitReader(r, 16<<20)).Decode(&list)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", rels.Name, err)
	}
	for _, rel := range list.Relationship {
		target := rel.Target
		if strings.HasPrefix(target, "/") {
			target = strings.TrimPrefix(target, "/")
		} else {
			target = path.Join(path.Dir(part), target)
		}
		targets[rel.ID] = target
	}
	return targets, nil
}

func (w *workbook) findSheets() error {
	const part = "xl/workbook.xml"
	targets, err := w.relationships(part)
	if err != nil {
		return err
	}
	r, err := w.parts[part].Open()
	if err != nil {
		return err
	}
	var book struct {
		Sheets struct {
			Sheet []struct {
				Name  string     `xml:"name,attr"`
				State string     `xml:"state,attr"`
				Attrs []xml.Attr `xml:",any,attr"`
			} `xml:"sheet"`
		} `xml:"sheets"`
	}
	err = xml.NewDecoder(io.LimitReader(r, 64<<20)).Decode(&book)
	if err = errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("%s: %w", part, err)
	}
	for _, s := range book.Sheets.Sheet {
		for _, a := range s.Attrs {
			if a.Name.Local == "id" && w.parts[targets[a.Value]] != nil {
				w.sheets = append(w.sheets, sheetPart{name: s.Name, path: targets[a.Value], visible: s.State == "" || s.State == "visible"})
			}
		}
	}
	if len(w.sheets) == 0 {
		return errors.New("it has no sheet")
	}
	return nil
}

// sheetNames lists the sheets for a message.
func (w *workbook) sheetNames() []string {
	names := make([]string, len(w.sheets))
	for i, s := range w.sheets {
		names[i] = s.name
	}
	return names
}

// format tells what a style says about numbers.
func (w *workbook) format(style int) cellFormat {
	f, ok := w.formats[style]
	if ok {
		return f
	}
	if s, err := w.file.GetStyle(style); err == nil { // a style that the workbook does not have says nothing
		switch {
		case s.CustomNumFmt != nil:
			f = parseFormat(*s.CustomNumFmt)
		default:
			f = builtinFormat(s.NumFmt)
		}
	}
	w.formats[style] = f
	return f
}

// readStrings reads the texts that cells share.
func (w *workbook) readStrings() error {
	part := w.parts["xl/sharedStrings.xml"]
	if part == nil {
		return nil
	}
	r, err := part.Open()
	if err != nil {
		return err
	}
	x := newXMLScanner(r)
	var text strings.Builder
	inText, phonetic := false, 0
	w.shared.bytes = make([]byte, 0, min(stringsMost, part.UncompressedSize64/2)) // the rest are tags
	for {
		token, err := x.next()
		if errors.Is(err, io.EOF) {
			return r.Close()
		}
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", part.Name, err), r.Close())
		}
		switch token {
		case xmlStart:
			switch string(x.name) {
			case "si":
				text.Reset()
			case "t":
				inText = phonetic == 0
			case "rPh":
				phonetic++
			}
		case xmlText:
			if inText {
				text.Write(x.text)
			}
		case xmlEnd:
			switch string(x.name) {
			case "t":
				inText = false
			case "rPh":
				phonetic--
			case "si":
				s := unescapeXML(text.String())
				if len(w.shared.bytes)+len(s) > stringsMost {
					return errors.Join(fmt.Errorf("%s: more than %d MB of text", part.Name, stringsMost>>20), r.Close())
				}
				w.shared.add(s)
			}
		}
	}
}

// unescapeXML undoes the way in which workbooks write characters that XML does not have: _x000D_ and the like (ECMA-376
// part 1, 22.9.2.19).
func unescapeXML(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '_' && i+6 < len(s) && s[i+1] == 'x' && s[i+6] == '_' {
			if r, ok := hex4(s[i+2 : i+6]); ok {
				b.WriteRune(r)
				i += 6
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func hex4(s string) (rune, bool) {
	var r rune
	for _, c := range []byte(s) {
		r <<= 4
		switch {
		case c >= '0' && c <= '9':
			r |= rune(c - '0')
		case c >= 'a' && c <= 'f':
			r |= rune(c-'a') + 10
		case c >= 'A' && c <= 'F':
			r |= rune(c-'A') + 10
		default:
			return 0, false
		}
	}
	return r, true
}
