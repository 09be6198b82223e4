package schema

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// An inspector goes through rows for one goroutine. It has two ways of working. With say set it reports findings. Without,
// it only notes that there is one: the first pass over a list is such, so that rows with nothing wrong, nearly all, cost
// little, and the others are told about when their place in the order is known.
type inspector struct {
	c   *Checker
	b   *Block
	row int
	say func(row int, f Finding)

	mute  *saidOnce // what is said once of a column and not of each of its cells; nil in the first pass
	found bool      // there is something to say of this row
	bad   bool      // and an error among it, though it may be muted
	lacks bool      // a cell is blank that a new record must have, or that a rule of the person's own may ask for
	tally tally
}

// A tally counts what is judged by its number over the whole list.
type tally struct {
	dated     int64 // rows with a start and an end
	endBefore int64 // of these, those that end before they start
	zoneless  int64 // cells that need a zone where none is named
}

// date counts the dates of a row that is not held.
func (t *tally) date(s sifted) {
	if s.start != noDay && s.end != noDay {
		t.dated++
	}
}

// tell notes that there is something to say of a cell, and answers whether to say it.
func (in *inspector) tell(code string, col int) bool {
	if !in.c.wants(code) {
		return false
	}
	in.found = true
	in.bad = in.bad || code[0] == 'E'
	if in.say == nil {
		switch code {
		case CodeEndBefore:
			in.tally.endBefore++
		case CodeDateZone:
			in.tally.zoneless++
		}
		return false
	}
	return in.mute == nil || !in.mute.covers(in, code, col)
}

// report says it.
func (in *inspector) report(code string, col int, message, hint string) {
	in.say(in.row, in.c.finding(code, in.b, in.row, col, message, hint))
}

// inspect goes through a row of which the sieve has told something. Nearly every one is ordinary, and its cells are not looked at.
func (in *inspector) inspect(row int, s sifted) {
	c, b := in.c, in.b
	in.row = row
	cells := b.Cells[row*b.Width : row*b.Width+b.Width]
	if s.marks&held != 0 {
		in.cells(cells)
	} else {
		in.lacks = in.lacks || s.marks&lacks != 0
		in.tally.date(s)
	}
	if s.marks&own != 0 && c.manager >= 0 {
		in.manager(cells[c.manager], cells[c.key])
	}
	for i := range c.rules {
		c.rules[i].check(in)
	}
	if c.spoilt != nil {
		in.spoil()
	}
}

// spoil says of a row what is said of the list as a whole.
func (in *inspector) spoil() {
	in.found, in.bad = true, true
	if in.say == nil {
		return
	}
	f, ref := *in.c.spoilt, in.b.Rows[in.row]
	f.Origin.Row, f.Origin.Line = ref.Row, ref.Line
	in.say(in.row, f)
}

// cells goes through the cells of a row in the order of the columns.
func (in *inspector) cells(cells []Span) {
	c, b := in.c, in.b
	var start, end stamp
	var hasStart, hasEnd bool
	for i := range c.columns {
		s, col := cells[i], &c.columns[i]
		if s.Len == 0 {
			in.lacks = in.lacks || col.lackMatters
			if col.blankMatters {
				in.blank(i)
			}
			continue
		}
		cell := b.Data[s.Off : s.Off+s.Len]
		switch col.kind {
		case kindDate:
			when, fault := readStamp(cell, col.Dates)
			if fault != dateFine {
				in.date(i, cell, fault)
				continue
			}
			if when.form != zoned || when.day < ordinaryFrom || when.day > ordinaryTo || !isRealOffset(when.east) {
				in.plainDate(i, cell, when)
			}
			switch i {
			case c.start:
				start, hasStart = when, true
			case c.end:
				end, hasEnd = when, true
			}
		case kindMail:
			if !isPlainMail(cell) {
				in.mail(i, cell)
			}
		case kindPhone:
			if !isPlainPhone(cell) || isRepeated(cell[1:]) {
				in.phone(i, cell)
			}
		default:
			if !(isOrdinary(cell) && isPrintable(cell) || isPlainLetters(cell)) || len(cell) > c.maxLength || mayBePlaceholder(cell) && isPlaceholder(cell) || col.namesSomeone && mayBeQuantity(cell) || (i == c.first || i == c.last) && bytes.IndexByte(cell, '?') >= 0 {
				in.text(i, cell)
			}
			if col.kind == kindIdentity && c.options.Reading.Managers != nil {
				in.identity(i, trim(cell))
			}
		}
	}
	if hasEnd {
		in.end(end)
	}
	if hasStart {
		in.start(start)
		if hasEnd {
			in.tally.dated++
			in.term(start, end)
		}
	}
}

// cell is a cell of the row, trimmed.
func (in *inspector) cell(col int) []byte { return trim(in.b.Cell(in.row, col)) }

// blank is a blank cell where that matters.
func (in *inspector) blank(i int) {
	name := in.c.columns[i].attribute.TechnicalName
	if i == in.c.key {
		if in.tell(CodeKeyBlank, i) {
			in.report(CodeKeyBlank, i, "the row has no "+name+", so it is not known whose it is", "fill the cell, or delete the row")
		}
		return
	}
	if in.tell(CodeRequired, i) {
		in.report(CodeRequired, i, name+" is required, and a blank cell would clear it", "fill the cell, or keep what blank cells do not mention with --blank keep")
	}
}

// needed looks for the cells that a new record must have.
func (in *inspector) needed() {
	for i := range in.c.columns {
		col := &in.c.columns[i]
		if !col.neededByNew || len(in.cell(i)) != 0 {
			continue
		}
		if in.tell(CodeRequired, i) {
			in.report(CodeRequired, i, "a new record needs "+col.attribute.TechnicalName+", and the cell is blank", "fill the cell")
		}
	}
	for i := range in.c.rules {
		if r := &in.c.rules[i]; in.c.options.Reading.Blank == BlankKeep && len(in.cell(r.column)) == 0 {
			r.require(in)
		}
	}
}

// begin deals with what all kinds of cells have in common and returns the trimmed cell, or false if there is nothing more
// to look at: it is blank, it asks for the value to be cleared, or a spreadsheet's error stands in it.
func (in *inspector) begin(i int, cell []byte) ([]byte, bool) {
	cell = trim(cell)
	col := &in.c.columns[i]
	switch {
	case len(cell) == 0:
		in.lacks = in.lacks || col.lackMatters
		if col.blankMatters {
			in.blank(i)
		}
		return nil, false
	case isClear(cell):
		if (col.attribute.Required || i == in.c.key) && in.tell(CodeRequired, i) {
			in.report(CodeRequired, i, col.attribute.TechnicalName+" is required and cannot be cleared", "give it a value, or leave the cell blank to keep what is there")
		}
		return nil, false
	case isErrorCell(cell):
		if in.tell(CodeTextDamaged, i) {
			in.report(CodeTextDamaged, i, quote(cell)+" is a spreadsheet's error message, not a value", "mend the formula in the spreadsheet, or enter the value by hand")
		}
		return nil, false
	case !utf8.Valid(cell):
		if in.tell(CodeEncoding, i) {
			in.report(CodeEncoding, i, fmt.Sprintf("%s holds bytes that are not UTF-8 text", quote(cell)), "save the list as UTF-8, or say how it is encoded with --encoding windows-1252")
		}
		return nil, false
	}
	return cell, true
}

// finding is what is said of one cell.
func (c *Checker) finding(code string, b *Block, row, i int, message, hint string) Finding {
	col := &c.columns[i]
	return Finding{
		Code: code, Severity: severityOf(code),
		Origin:    Origin{File: c.options.File, Sheet: c.options.Sheet, Row: b.Rows[row].Row, Line: b.Rows[row].Line, Column: col.Letter(), Header: col.Header},
		Attribute: col.attribute.TechnicalName,
		Value:     string(b.Cell(row, i)),
		Message:   message,
		Hint:      hint,
	}
}
