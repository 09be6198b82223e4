package csvio

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// OwnColumns are the headings that [WriteFailed] adds behind the person's own.
func OwnColumns() []string {
	return []string{ownPrefix + "row", ownPrefix + "code", ownPrefix + "problem", ownPrefix + "hint"}
}

// ownAccount heads one more column where account names are made by a template: a name that got a number in the whole list would
// get none, or another, in a part of it.
const ownAccount = ownPrefix + "account"

// A Failure is a row that needs a person's hand, and why.
type Failure struct {
	Ref     schema.Ref
	Code    string // several are parted by spaces
	Problem string
	Hint    string
}

// WriteFailed writes the rows of l that failed as they stand in the file: all its columns in their order, with its
// delimiter, encoding and ends of lines, and four columns behind that say what is wrong. When the corrected file is read, those
// are ignored. A cell that a spreadsheet program would run as a formula is marked with an apostrophe, which reading takes
// away again. Rows of a workbook are written as a workbook of text cells, which need no mark. Rows are written while failures
// hands them out.
func WriteFailed(ctx context.Context, w io.Writer, l *List, failures func(each func(Failure) error) error) error {
	if l.Workbook() {
		return writeFailedSheet(ctx, w, l, failures)
	}
	e, err := codec(l.dialect.encoding, l.in.marked)
	if err != nil {
		return err
	}
	enc := encoder{e}
	coded := enc.writer(w)
	out := &lineWriter{w: bufio.NewWriter(coded), delim: string(l.dialect.delim), end: l.lineEnd}
	if e == nil && l.in.marked {
		out.w.WriteString("\ufeff")
	}
	if l.dialect.named {
		out.w.WriteString("sep=" + out.delim + out.end)
	}
	err = l.failedRows(ctx, failures, func(cells []string) error {
		for _, c := range cells {
			out.cell(escape(enc.fit(c)))
		}
		out.endLine()
		return nil
	})
	if err != nil {
		return err
	}
	if err := errors.Join(out.w.Flush(), coded.Close()); err != nil {
		return fmt.Errorf("write the failed rows: %w", err)
	}
	return nil
}

// failedRows hands out the header, all rows of it, and the rows that failed, with our columns behind the person's.
func (l *List) failedRows(ctx context.Context, failures func(each func(Failure) error) error, each func(cells []string) error) error {
	kept := func(cells []string) []string {
		var out []string
		for i, c := range cells {
			if !slices.Contains(l.own, i) {
				out = append(out, c)
			}
		}
		return out
	}
	added := l.addedColumns()
	headers := [][]string{l.letters()}
	if len(l.headers) > 0 {
		headers = headers[:0]
		for _, r := range l.headers {
			headers = append(headers, r.cells)
		}
	}
	width := len(kept(l.header.cells))
	for _, cells := range headers {
		cells = append(slices.Clone(cells), make([]string, len(l.header.cells)-len(cells))...)
		if err := each(append(kept(cells), added...)); err != nil {
			return err
		}
	}
	return failures(func(f Failure) error {
		cells, err := l.Raw(ctx, f.Ref)
		if err != nil {
			return fmt.Errorf("read row %d again: %w", f.Ref.Row, err)
		}
		cells = kept(cells)
		for len(cells) < width {
			cells = append(cells, "")
		}
		cells = append(cells, strconv.FormatInt(f.Ref.Row, 10), f.Code, f.Problem, f.Hint)
		if len(added) > len(OwnColumns()) {
			rec, err := l.Row(ctx, f.Ref)
			if err != nil {
				return fmt.Errorf("read row %d again: %w", f.Ref.Row, err)
			}
			account, _ := rec.Get(schema.AccountName)
			cells = append(cells, account)
		}
		return each(cells)
	})
}

// addedColumns are the headings behind the person's own.
func (l *List) addedColumns() []string {
	if slices.ContainsFunc(l.layout.templates, func(t template) bool { return t.name == schema.AccountName }) {
		return append(OwnColumns(), ownAccount)
	}
	return OwnColumns()
}

func writeFailedSheet(ctx context.Context, w io.Writer, l *List, failures func(each func(Failure) error) error) error {
	widths := make([]int, len(l.header.cells)+len(l.addedColumns()))
	for i := range widths {
		widths[i] = 20
	}
	s, err := newSheetWriter(l.in.sheet, widths)
	if err != nil {
		return err
	}
	if err := l.failedRows(ctx, failures, s.row); err != nil {
		return errors.Join(err, s.file.Close())
	}
	return s.writeTo(w)
}

// A lineWriter writes rows in a person's dialect. An error stays with w until it is flushed.
type lineWriter struct {
	w     *bufio.Writer
	delim string
	end   string
	cells int
}

func (l *lineWriter) cell(text string) {
	if l.cells > 0 {
		l.w.WriteString(l.delim)
	}
	l.cells++
	l.w.WriteString(quote(text, l.delim))
}

func (l *lineWriter) endLine() {
	l.w.WriteString(l.end)
	l.cells = 0
}

// quote puts a cell in quotes if it needs them with this delimiter.
func quote(cell, delim string) string {
	if cell == "" {
		return cell
	}
	first, _ := utf8.DecodeRuneInString(cell)
	last, _ := utf8.DecodeLastRuneInString(cell)
	if !strings.Contains(cell, delim) && !strings.ContainsAny(cell, "\"\r\n") && first != ' ' && first != '\t' && last != ' ' && last != '\t' {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}

// WriteUpload writes the payload of a bulk upload: the header, then the rows, whose cells are in the order of names. It is
// UTF-8 without a byte order mark, parted by commas, quoted by RFC 4180, its lines end in LF, and nothing is escaped.
func WriteUpload(w io.Writer, names []string, rows iter.Seq[[]string]) error {
	out := csv.NewWriter(w)
	if err := out.Write(names); err != nil {
		return fmt.Errorf("write the header: %w", err)
	}
	n := 0
	for row := range rows {
		n++
		if len(row) != len(names) {
			return fmt.Errorf("row %d of the upload has %d cells, the header has %d", n, len(row), len(names))
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write row %d: %w", n, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the upload: %w", err)
	}
	return nil
}

// ReadTemplate reads the header of a source's template: the technical names in the order of the upload. A byte order mark,
// spaces around names and empty cells at the end are dropped. Where a spreadsheet program has put semicolons or tabs in the place of
// the commas, they part the names.
func ReadTemplate(r io.Reader) ([]string, error) {
	const most = 64 << 10
	buf, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	if len(buf) > most {
		return nil, &InputError{File: "template", Message: fmt.Sprintf("is longer than %d bytes: a template is one line", most), Hint: "download the template of the source again"}
	}
	buf = []byte(strings.TrimPrefix(string(buf), "\ufeff"))
	delim := ','
	if line, _, _ := bytes.Cut(buf, []byte("\n")); bytes.IndexByte(line, ',') < 0 {
		for _, d := range []rune{';', '\t'} {
			if bytes.ContainsRune(line, d) {
				delim = d
			}
		}
	}
	g := dialect{delim: delim}.grammar(most)
	var names []string
	for _, row := range g.readHead(buf, true, headRows).rows {
		if row.blank {
			continue
		}
		if row.rec.faults != 0 {
			return nil, &InputError{File: "template", Line: row.line, Message: "has a quote that does not belong there", Hint: "download the template of the source again"}
		}
		for _, c := range row.cells {
			names = append(names, strings.TrimSpace(c))
		}
		break
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	if len(names) == 0 {
		return nil, &InputError{File: "template", Message: "is empty", Hint: "download the template of the source again"}
	}
	return names, nil
}
