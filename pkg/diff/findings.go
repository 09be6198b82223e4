package diff

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// The codes of what only a comparison can find.
const (
	CodeRename           = "E-RENAME-SUSPECTED"  // a row and a record that may be one person under two keys
	CodeCurrentDuplicate = "E-CURRENT-DUPLICATE" // several current records whose keys are one account name
	CodeCurrentKeyBlank  = "E-CURRENT-KEY-BLANK" // a current record without a key
	CodeKeyOutside       = "E-KEY-OUTSIDE"       // a key stands in the list, but in no row of it
)

// mostRelated bounds how many other rows one finding names.
const mostRelated = 20

func isError(f schema.Finding) bool { return f.Severity == schema.Error }

// origin says where a cell of the desired list stands.
func (c *comparison) origin(ref schema.Ref, column int) schema.Origin {
	o := schema.Origin{File: c.o.File, Sheet: c.o.Sheet, Row: ref.Row, Line: ref.Line}
	if column >= 0 {
		o.Column, o.Header = c.desiredColumns[column].Letter(), c.desiredColumns[column].Header
	}
	return o
}

// keyFindings says what is wrong with a row's key beyond what known says.
func (c *comparison) keyFindings(b *schema.Block, row int, it item, known []schema.Finding) []schema.Finding {
	var found []schema.Finding
	cell := b.Cell(row, c.desiredKey)
	if !blank(cell) && !it.state.stands(repeated|ambiguous) {
		return nil
	}
	at := schema.Finding{Severity: schema.Error, Origin: c.origin(b.Rows[row], c.desiredKey), Attribute: c.o.key(), Value: string(cell)}
	if blank(cell) && !slices.ContainsFunc(known, func(f schema.Finding) bool { return f.Code == schema.CodeKeyBlank }) {
		f := at
		f.Code = schema.CodeKeyBlank
		f.Message = fmt.Sprintf("the row has no %s, so it cannot be told whose it is", c.o.key())
		f.Hint = "fill the cell in, or delete the row"
		found = append(found, f)
	}
	if it.state.stands(repeated) {
		found = append(found, c.repeatFinding(at, it))
	}
	if it.state.stands(ambiguous) {
		f := at
		f.Code = CodeCurrentDuplicate
		f.Message = fmt.Sprintf("%d current records have %s for their %s if case, Unicode form and the space around it do not count", 1+len(c.index.twins[int(it.place-1)]), quoted(cell), c.o.key())
		f.Hint = "delete or rename all but one of them by hand, then compare again"
		found = append(found, f)
	}
	return found
}

// repeatFinding says with which rows a row shares its key.
func (c *comparison) repeatFinding(f schema.Finding, it item) schema.Finding {
	r := c.repeats[it.row]
	f.Code = schema.CodeKeyDuplicate
	spelt := []string{}
	for _, other := range r.rows {
		if other.row != f.Origin.Row && len(f.Related) < mostRelated {
			f.Related = append(f.Related, other.row)
		}
		if s := quoted([]byte(other.key)); len(spelt) < mostRelated && !slices.Contains(spelt, s) {
			spelt = append(spelt, s)
		}
	}
	if len(spelt) == 1 {
		f.Message = fmt.Sprintf("%s is the %s of %d rows", spelt[0], c.o.key(), len(r.rows))
	} else {
		f.Message = fmt.Sprintf("%s are the same %s, in %d rows", strings.Join(spelt, " and "), c.o.key(), len(r.rows))
	}
	f.Hint = "keep one row for each person, and give two people two names"
	return f
}

// foldFinding says that a row's key and a record's are one name in two spellings.
func (c *comparison) foldFinding(ref schema.Ref, sent, was string) schema.Finding {
	return schema.Finding{
		Code: CodeRename, Severity: schema.Error, Origin: c.origin(ref, c.desiredKey), Attribute: c.o.key(), Value: sent,
		Message: fmt.Sprintf("%s of the list and the current %s differ in %s only: sent as they are, one person would have two accounts", quoted([]byte(sent)), quoted([]byte(was)), unlike(sent, was)),
		Hint:    fmt.Sprintf("write %s in the list, or answer whether it is a rename", quoted([]byte(was))),
	}
}

// suspectFinding says that a row without a record of its own may be about one that no row is about.
func (c *comparison) suspectFinding(b *schema.Block, row int, s suspicion) schema.Finding {
	sent := sentOf(b.Cell(row, c.desiredKey))
	f := schema.Finding{
		Code: CodeRename, Severity: schema.Error, Origin: c.origin(b.Rows[row], c.desiredKey), Attribute: c.o.key(), Value: string(sent),
		Hint: "say whether they are one person, or give the row the key of the record",
	}
	if len(s.keys) == 1 {
		f.Message = fmt.Sprintf("%s is new in the list and the current %s is not in it, and they share %s: perhaps one person under another name", quoted(sent), quoted([]byte(s.keys[0])), s.by)
		return f
	}
	f.Message = fmt.Sprintf("%s is new in the list and the current %s are not in it, and they share %s: perhaps one of them under another name", quoted(sent), quotedAll(s.keys), s.by)
	return f
}

// unclearFinding says that a record may be what one of several rows is about.
func (c *comparison) unclearFinding(key, by string) schema.Finding {
	return schema.Finding{
		Code: CodeRename, Severity: schema.Error, Attribute: c.o.key(), Value: key,
		Message: fmt.Sprintf("the current %s is not in the list, and %s is the same as that of new rows: perhaps one of them is the same person under another name", quoted([]byte(key)), by),
		Hint:    "say which of them is the same person, or that none is",
	}
}

// unlike names what two keys that fold together differ in.
func unlike(a, b string) string {
	x, y := schema.Trim([]byte(a)), schema.Trim([]byte(b))
	switch {
	case bytes.Equal(x, y):
		return "the space around them"
	case bytes.Equal(norm.NFC.Bytes(x), norm.NFC.Bytes(y)):
		return "Unicode form"
	}
	return "case"
}

func (c *comparison) requiredFinding(ref schema.Ref, p *part, cell []byte) schema.Finding {
	f := schema.Finding{
		Code: schema.CodeRequired, Severity: schema.Error, Origin: c.origin(ref, p.column), Attribute: p.attribute.TechnicalName, Value: string(cell),
		Message: fmt.Sprintf("a new record needs %s, and the cell is blank", p.attribute.TechnicalName),
		Hint:    "fill the cell in",
	}
	if p.column < 0 {
		f.Message = fmt.Sprintf("a new record needs %s, and the list has no column for it", p.attribute.TechnicalName)
		f.Hint = "add the column, or give one value for all new records"
	}
	return f
}

func (c *comparison) unsendable(ref schema.Ref, attribute string, column int, cell []byte, err error) schema.Finding {
	f := schema.Finding{
		Code: schema.CodeDateBad, Severity: schema.Error, Origin: c.origin(ref, column), Attribute: attribute, Value: string(cell),
		Message: err.Error(),
	}
	var date *schema.DateError
	if errors.As(err, &date) {
		f.Code, f.Message, f.Hint = date.Code, date.Message, date.Hint
	}
	return f
}

// quotedAll lists keys.
func quotedAll(keys []string) string {
	var all []string
	for _, key := range keys {
		all = append(all, quoted([]byte(key)))
	}
	return strings.Join(all, " and ")
}

// quoted is a key in a message: with what cannot be seen spelt out, and short enough for a line.
func quoted(key []byte) string {
	const most = 60
	if runes := []rune(string(key)); len(runes) > most {
		return fmt.Sprintf("%q…", string(runes[:most]))
	}
	return fmt.Sprintf("%q", key)
}
