package csvio

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A sheetRow is one row of a sheet: its cells as text, with their marks in front.
type sheetRow struct {
	number int64 // from 1
	hidden bool
	cells  []string
}

// Bounds of a sheet, those of Excel.
const (
	sheetRows    = 1 << 20
	sheetColumns = 1 << 14
)

// A merge is a block of merged cells: the column of its first and the rows under it.
type merge struct {
	column     int
	first, end int64 // rows; end is the last
	text       string
}

// merging gives rows the texts of merged cells as the rows come.
type merging struct {
	coming []*merge // by their first row
	active []*merge
}

// readSheet hands out the rows of a sheet that have cells, in their order, one at a time.
func (w *workbook) readSheet(s sheetPart, each func(sheetRow) error) error {
	merges, err := w.merges(s)
	if err != nil {
		return err
	}
	r, err := w.parts[s.path].Open()
	if err != nil {
		return fmt.Errorf("sheet %q: %w", s.name, err)
	}
	err = w.readRows(newXMLScanner(r), &merging{coming: merges}, each)
	if err = errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("sheet %q: %w", s.name, err)
	}
	return nil
}

func (w *workbook) readRows(x *xmlScanner, merges *merging, each func(sheetRow) error) error {
	var (
		row     sheetRow
		column  = -1
		style   int
		kind    string
		value   strings.Builder
		formula bool
		inValue bool
		phon    int
		filled  int // cells of the row that belong to it
	)
	for {
		token, err := x.next()
		if errors.Is(err, io.EOF) {
			return errors.New("it ends too early")
		}
		if err != nil {
			return err
		}
		switch token {
		case xmlStart:
			switch string(x.name) {
			case "row":
				number := row.number + 1
				row.hidden, row.cells, column = false, row.cells[:0], -1
				for _, a := range x.attrs {
					switch string(a.name) {
					case "r":
						if number, err = strconv.ParseInt(string(a.value), 10, 64); err != nil {
							return fmt.Errorf("row %q: %w", a.value, err)
						}
					case "hidden":
						row.hidden = string(a.value) == "1" || string(a.value) == "true"
					}
				}
				if number <= row.number || number > sheetRows {
					return fmt.Errorf("row %d stands behind row %d", number, row.number)
				}
				row.number = number
			case "c":
				column++
				style, kind, formula = 0, "", false
				value.Reset()
				for _, a := range x.attrs {
					switch string(a.name) {
					case "r":
						if column, err = columnOf(string(a.value)); err != nil {
							return err
						}
					case "s":
						if style, err = strconv.Atoi(string(a.value)); err != nil {
							return fmt.Errorf("style %q: %w", a.value, err)
						}
					case "t":
						kind = string(a.value)
					}
				}
				if column >= sheetColumns {
					return fmt.Errorf("row %d has more than %d columns", row.number, sheetColumns)
				}
			case "f":
				formula = true
			case "v", "t":
				inValue = phon == 0
				formula = false // it has a value
			case "rPh":
				phon++
			}
		case xmlText:
			if inValue {
				value.Write(x.text)
			}
		case xmlEnd:
			switch string(x.name) {
			case "v", "t":
				inValue = false
			case "rPh":
				phon--
			case "c":
				text, err := w.cellText(kind, value.String(), style, formula)
				if err != nil {
					return fmt.Errorf("row %d, column %s: %w", row.number, letter(column), err)
				}
				if text != "" {
					row.put(column, text)
				}
			case "row":
				merges.fill(&row)
				filled = len(row.cells)
				for filled > 0 && row.cells[filled-1] == "" {
					filled--
				}
				out := row
				out.cells = row.cells[:filled]
				if err := each(out); err != nil {
					return err
				}
			case "sheetData":
				return nil
			}
		}
	}
}

// put sets a cell; those before it that were not written are empty.
func (r *sheetRow) put(column int, text string) {
	for len(r.cells) <= column {
		r.cells = append(r.cells, "")
	}
	r.cells[column] = text
}

// fill gives the cells under the first of merged ones its text: merged downwards, a text stands for all these rows. Merged
// to the right, it stands once.
func (m *merging) fill(r *sheetRow) {
	m.active = slices.DeleteFunc(m.active, func(a *merge) bool { return a.end < r.number })
	for _, a := range m.active {
		if a.text != "" && (a.column >= len(r.cells) || r.cells[a.column] == "") {
			r.put(a.column, string([]byte{markByte, byte(markMerged)})+a.text)
		}
	}
	for len(m.coming) > 0 && m.coming[0].first <= r.number {
		a := m.coming[0]
		m.coming = m.coming[1:]
		if a.first == r.number && a.column < len(r.cells) {
			a.text = r.cells[a.column]
			m.active = append(m.active, a)
		}
	}
}

// cellText gives a cell as text with its marks. formula says that it has a formula and no value.
func (w *workbook) cellText(kind, value string, style int, formula bool) (string, error) {
	marked := func(m mark, text string) (string, error) { return string([]byte{markByte, byte(m)}) + text, nil }
	plain := func(text string) (string, error) {
		if strings.HasPrefix(text, string(markByte)) {
			return marked(markText, text)
		}
		return text, nil
	}
	if value == "" {
		if formula {
			return marked(markFormula, "")
		}
		return "", nil
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(value)
		if err != nil || i < 0 || i >= len(w.shared.ends) {
			return "", fmt.Errorf("there is no shared text %q", value)
		}
		return plain(w.shared.at(i))
	case "str", "inlineStr":
		return plain(unescapeXML(value))
	case "b":
		if value == "1" || value == "true" {
			return "TRUE", nil
		}
		return "FALSE", nil
	case "e":
		return marked(markError, value)
	case "d":
		return marked(markDate, value)
	}
	text, number, ok := numberText(value)
	if !ok {
		return plain(value)
	}
	f := w.format(style)
	switch {
	case f.date || f.clock && number >= 1:
		if day, ok := serialText(number, w.from1904); ok {
			return marked(markDate, day)
		}
	case f.clock:
		if moment, ok := serialText(1+number, w.from1904); ok {
			if _, clock, timed := strings.Cut(moment, "T"); timed {
				return marked(markDate, clock)
			}
			return marked(markDate, "00:00:00")
		}
	case f.zeros > len(text) && number >= 0 && !strings.ContainsAny(text, ".E"):
		return marked(markPadded, strings.Repeat("0", f.zeros-len(text))+text)
	}
	return marked(markNumber, text)
}

// columnOf reads the column of a reference such as AB12, from 0.
func columnOf(ref string) (int, error) {
	n := 0
	for i := 0; i < len(ref); i++ {
		c := ref[i]
		if c < 'A' || c > 'Z' {
			if i == 0 {
				break
			}
			return n - 1, nil
		}
		if n = n*26 + int(c-'A'+1); n > sheetColumns {
			break
		}
	}
	return 0, fmt.Errorf("%q is no cell", ref)
}

// merges finds the cells of a sheet that are merged over several rows. They are written behind the rows, so the sheet is
// skimmed for them first.
func (w *workbook) merges(s sheetPart) ([]*merge, error) {
	found, known := w.merged[s.path]
	if !known {
		var err error
		if found, err = w.findMerges(s); err != nil {
			return nil, err
		}
		w.merged[s.path] = found
	}
	list := make([]*merge, len(found))
	for i := range found {
		m := found[i]
		list[i] = &m
	}
	return list, nil
}

func (w *workbook) findMerges(s sheetPart) ([]merge, error) {
	r, err := w.parts[s.path].Open()
	if err != nil {
		return nil, fmt.Errorf("sheet %q: %w", s.name, err)
	}
	tail, err := behind(r, []byte("</sheetData>"), 16<<20)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("sheet %q: %w", s.name, err)
	}
	var list []merge
	for {
		_, rest, found := bytes.Cut(tail, []byte("<mergeCell "))
		if !found {
			slices.SortStableFunc(list, func(a, b merge) int { return cmp.Compare(a.first, b.first) })
			return list, nil
		}
		tail = rest
		tag, _, _ := bytes.Cut(rest, []byte(">"))
		_, ref, _ := strings.Cut(string(tag), "ref=")
		if ref == "" {
			continue
		}
		ref, _, _ = strings.Cut(ref[1:], ref[:1])
		first, last, two := strings.Cut(ref, ":")
		if !two {
			continue
		}
		column, err := columnOf(first)
		if err != nil {
			return nil, fmt.Errorf("sheet %q: merged cells %q: %w", s.name, ref, err)
		}
		from, err1 := strconv.ParseInt(strings.TrimLeft(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 10, 64)
		to, err2 := strconv.ParseInt(strings.TrimLeft(last, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("sheet %q: merged cells %q: %w", s.name, ref, err)
		}
		if to > from {
			list = append(list, merge{column: column, first: from, end: to})
		}
	}
}

// behind gives what follows marker in r, at most so many bytes of it.
func behind(r io.Reader, marker []byte, most int) ([]byte, error) {
	buf := make([]byte, 0, 64<<10)
	found := false
	for {
		if len(buf) == cap(buf) {
			if len(buf) > most {
				return buf, nil
			}
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if !found {
			if i := bytes.Index(buf, marker); i >= 0 {
				found = true
				buf = append(buf[:0], buf[i+len(marker):]...)
			} else if keep := len(marker) - 1; len(buf) > keep {
				buf = append(buf[:0], buf[len(buf)-keep:]...)
			}
		}
		if errors.Is(err, io.EOF) {
			if !found {
				return nil, nil
			}
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
