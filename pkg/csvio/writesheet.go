package csvio

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// A sheetWriter writes rows of texts into a workbook of one sheet. All its cells are formatted as text, so that a spreadsheet
// program neither runs nor changes what is typed into them.
type sheetWriter struct {
	file   *excelize.File
	stream *excelize.StreamWriter
	style  int
	rows   int
}

func newSheetWriter(name string, widths []int) (_ *sheetWriter, err error) {
	w := &sheetWriter{file: excelize.NewFile()}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("make a workbook: %w", err), w.file.Close())
		}
	}()
	const first = "Sheet1" // that of a new file
	if name == "" {
		name = first
	}
	if name != first {
		if err := w.file.SetSheetName(first, name); err != nil {
			return nil, err
		}
	}
	const asText = 49 // the number format "@"
	if w.style, err = w.file.NewStyle(&excelize.Style{NumFmt: asText}); err != nil {
		return nil, err
	}
	if w.stream, err = w.file.NewStreamWriter(name); err != nil {
		return nil, err
	}
	if len(widths) > 0 {
		if err := w.stream.SetColStyle(1, len(widths), w.style); err != nil {
			return nil, err
		}
	}
	for i, width := range widths {
		if err := w.stream.SetColWidth(i+1, i+1, float64(min(max(width+2, 8), 60))); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *sheetWriter) row(cells []string) error {
	w.rows++
	values := make([]any, len(cells))
	for i, c := range cells {
		if n := utf8.RuneCountInString(c); n > excelize.TotalCellChars {
			return fmt.Errorf("row %d, column %s: %d characters do not fit into a cell of a sheet", w.rows, letter(i), n)
		}
		values[i] = excelize.Cell{StyleID: w.style, Value: c}
	}
	if err := w.stream.SetRow(fmt.Sprintf("A%d", w.rows), values); err != nil {
		return fmt.Errorf("row %d: %w", w.rows, err)
	}
	return nil
}

// writeTo ends the workbook and writes it.
func (w *sheetWriter) writeTo(out io.Writer) error {
	err := w.stream.Flush()
	if err == nil {
		err = w.file.Write(out)
	}
	if err = errors.Join(err, w.file.Close()); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

// WriteTemplateSheet writes an empty list to fill in as a workbook: the given headings in the first row, and every cell under
// them formatted as text.
func WriteTemplateSheet(w io.Writer, headings []string) error {
	widths := make([]int, len(headings))
	for i, h := range headings {
		widths[i] = utf8.RuneCountInString(h)
	}
	s, err := newSheetWriter("", widths)
	if err != nil {
		return err
	}
	if err := s.row(headings); err != nil {
		return errors.Join(err, s.file.Close())
	}
	return s.writeTo(w)
}
