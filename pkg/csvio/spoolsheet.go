package csvio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// fromWorkbook turns the input, which is an XLSX file, into the text of one of its sheets, in which every row of the sheet is a
// row, the empty ones too. score says how well the first rows of a sheet suit; the sheet that suits best is taken where none is
// given.
func (s *input) fromWorkbook(ctx context.Context, given string, score func(rows []headRow) int) (notes []schema.Finding, err error) {
	w, err := openWorkbook(s.name, s.file, s.size)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	sheet, err := w.choose(given, score)
	if err != nil {
		return nil, err
	}
	if s.digest == "" {
		if s.digest, err = sum(ctx, newSection(s.file, s.size)); err != nil {
			return nil, fmt.Errorf("read %s: %w", s.name, err)
		}
	}
	out, err := temporary()
	if err != nil {
		return nil, err
	}
	text := bufio.NewWriterSize(out, 64<<10)
	size := int64(0)
	put := func(t string) {
		size += int64(len(t))
		text.WriteString(t) // an error stays and comes back from Flush
	}
	written := int64(0)
	err = w.readSheet(sheet, func(r sheetRow) error {
		if r.number%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for ; written < r.number-1; written++ {
			put("\n")
		}
		written++
		for i, c := range r.cells {
			if i > 0 {
				put(",")
			}
			if i == 0 && r.hidden {
				c = string([]byte{markByte, byte(markHidden)}) + c
			}
			put(quote(c, ","))
		}
		put("\n")
		return nil
	})
	if err == nil {
		err = text.Flush()
	}
	if err == nil {
		err = s.unchanged()
	} else if ctx.Err() == nil {
		err = &InputError{File: s.name, Message: err.Error(), Hint: "open the workbook in a spreadsheet program and save it again", Err: err}
	}
	old := *s
	s.file, s.size, s.copied, s.start, s.sheet = out, size, true, 0, sheet.name
	s.from1904 = w.from1904
	if err = errors.Join(err, old.close()); err != nil {
		return nil, err
	}
	return w.unread(sheet), nil
}

const codeSheetUnread = "N-SHEET-UNREAD"

// withSheets adds to an error about a sheet that there are others, if notes says so.
func withSheets(e *InputError, notes []schema.Finding) *InputError {
	for _, f := range notes {
		if f.Code == codeSheetUnread {
			e.Message = fmt.Sprintf("sheet %q: %s", f.Origin.Sheet, e.Message)
			e.Hint = fmt.Sprintf("%s; %s; %s", f.Message, f.Hint, e.Hint)
		}
	}
	return e
}

// unread says which other sheets there are.
func (w *workbook) unread(read sheetPart) []schema.Finding {
	var others []string
	for _, s := range w.sheets {
		if s != read {
			others = append(others, s.name)
		}
	}
	if len(others) == 0 {
		return nil
	}
	return []schema.Finding{{
		Code: codeSheetUnread, Severity: schema.Note, Origin: schema.Origin{File: w.name, Sheet: read.name},
		Message: fmt.Sprintf("the workbook has other sheets, which are not read: %s", listed(others)),
		Hint:    fmt.Sprintf("to read another, --sheet %q", others[0]),
	}}
}

// choose finds the sheet that a person named, in any case, or else the one that suits best; sheets that people do not see
// come last.
func (w *workbook) choose(given string, score func([]headRow) int) (sheetPart, error) {
	if given != "" {
		for _, same := range []func(string) bool{
			func(name string) bool { return name == given },
			func(name string) bool { return fold(name) == fold(given) },
		} {
			for _, s := range w.sheets {
				if same(s.name) {
					return s, nil
				}
			}
		}
		return sheetPart{}, &InputError{File: w.name, Message: fmt.Sprintf("has no sheet %q", given), Hint: didYouMean(given, w.sheetNames()) + "the sheets are " + listed(w.sheetNames())}
	}
	best, most := w.sheets[0], -1
	for _, visible := range []bool{true, false} {
		for _, s := range w.sheets {
			if s.visible != visible {
				continue
			}
			rows, err := w.sheetHead(s)
			if err != nil {
				return sheetPart{}, &InputError{File: w.name, Message: err.Error(), Hint: "open the workbook in a spreadsheet program and save it again", Err: err}
			}
			if len(rows) == 0 {
				continue
			}
			if n := score(rows); n > most {
				best, most = s, n
			}
		}
	}
	return best, nil
}

// errEnough ends the reading of a sheet.
var errEnough = errors.New("enough rows")

// sheetHead reads the first rows of a sheet that have text.
func (w *workbook) sheetHead(s sheetPart) ([]headRow, error) {
	var rows []headRow
	err := w.readSheet(s, func(r sheetRow) error {
		if len(r.cells) > 0 {
			h := headRow{row: r.number}
			for _, c := range r.cells {
				h.cells = append(h.cells, unmarked(strings.Clone(c)))
			}
			rows = append(rows, h)
		}
		if r.number >= headRows {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return rows, nil
}
