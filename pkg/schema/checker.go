package schema

import (
	"fmt"
	"time"

	"github.com/go-playground/validator/v10"
)

// CheckOptions say what the rules need to know besides the schema. The zero value checks what can be checked without it.
type CheckOptions struct {
	Reading Reading
	AsOf    time.Time // the moment for rules that look at today; the zero time leaves them out
	File    string    // for the origin of findings
	Sheet   string
	Key     string // attribute by which records are matched; empty means accountName
	// Defaults are what a new record takes for an attribute whose cell is blank or absent.
	Defaults map[string]string
	// UpdatesOnly says that every row is of a record that exists. [Validate] then does not ask for what only a
	// new record must have.
	UpdatesOnly bool
}

// A Checker holds the rows of one table against the rules of one schema. It is safe for use by several goroutines.
//
// Whether a blank cell is a fault depends on what becomes of its row: a new record must have every required attribute, a
// record that exists keeps what a blank cell does not mention. So there are two questions. [Checker.Check] says what is
// wrong with a row whatever becomes of it, which includes the attempt to clear a required attribute. [Checker.CheckCreate] says
// what it lacks to become a new record. A caller that knows which records exist asks the second for the others only;
// [Validate], which cannot know, asks both unless CheckOptions.UpdatesOnly is set.
type Checker struct {
	schema   *Schema
	options  CheckOptions
	columns  []checkColumn
	absent   []Attribute // required, without a column or a default
	validate *validator.Validate
	key      int
	start    int
	end      int
	manager  int
	calendar *calendar
	today    int32
	now      int64
}

// checkColumn is a column as the rules see it.
type checkColumn struct {
	Column
	attribute Attribute
	kind      kind
	fallback  bool // a new record has a default for it
}

// NewChecker returns a checker for tables with the given columns. It fails on a column whose attribute is not of the schema,
// on an attribute with two columns, and where the key has none.
func NewChecker(s *Schema, cols []Column, o CheckOptions) (*Checker, error) {
	if o.Key == "" {
		o.Key = AccountName
	}
	c := &Checker{schema: s, options: o, validate: validator.New(), key: -1, start: -1, end: -1, manager: -1}
	seen := make(map[string]bool, len(cols))
	for i, col := range cols {
		a, ok := s.Attribute(col.Name)
		if !ok {
			return nil, fmt.Errorf("column %q is not an attribute of the source %q: it has %s", col.Name, s.Source.Name, listed(s.Names()))
		}
		if seen[col.Name] {
			return nil, fmt.Errorf("two columns hold %s: leave one of them out of the mapping", col.Name)
		}
		seen[col.Name] = true
		c.columns = append(c.columns, checkColumn{Column: col, attribute: a, kind: kindOf(a), fallback: o.Defaults[col.Name] != ""})
		switch col.Name {
		case StartDate:
			c.start = i
		case EndDate:
			c.end = i
		case Manager:
			c.manager = i
		}
		if col.Name == o.Key {
			c.key = i
		}
	}
	if c.key < 0 {
		return nil, fmt.Errorf("no column holds %s, by which records are matched: map one of the list's columns to it", o.Key)
	}
	for _, a := range s.Attributes {
		if a.Required && !seen[a.TechnicalName] && o.Defaults[a.TechnicalName] == "" {
			c.absent = append(c.absent, a)
		}
	}
	zone := o.Reading.Zone
	if zone == nil {
		zone = time.UTC
	}
	c.calendar = newCalendar(zone)
	if !o.AsOf.IsZero() {
		c.now = o.AsOf.Unix()
		c.today = c.calendar.day(c.now)
	}
	return c, nil
}

// Check reports what is wrong with the rows of a block whatever becomes of them, in their order; row is the index in the
// block. What a row lacks to become a new record is not among it, see [Checker.CheckCreate].
func (c *Checker) Check(b *Block, report func(row int, f Finding)) {
	for row := range b.Rows {
		c.checkRow(b, row, report)
	}
}

// CheckCreate reports what one row of a block lacks to become a new record: required attributes that are blank, or that have
// neither a column nor a default.
func (c *Checker) CheckCreate(b *Block, row int, report func(f Finding)) {
	c.checkBlank(b, row, func(_ int, f Finding) { report(f) })
	for _, a := range c.absent {
		report(Finding{
			Code: CodeRequired, Severity: Error, Attribute: a.TechnicalName,
			Origin:  Origin{File: c.options.File, Sheet: c.options.Sheet, Row: b.Rows[row].Row, Line: b.Rows[row].Line},
			Message: fmt.Sprintf("a new record needs %s, and the list has no column for it", a.TechnicalName),
			Hint:    fmt.Sprintf("map a column to %s, or give every new record the same with --default %s=VALUE", a.TechnicalName, a.TechnicalName),
		})
	}
}

// checkBlank reports the required cells that are blank.
func (c *Checker) checkBlank(b *Block, row int, report func(row int, f Finding)) {
	cells := b.Cells[row*b.Width:]
	for i := range c.columns {
		col := &c.columns[i]
		if !col.attribute.Required || i == c.key || col.fallback {
			continue
		}
		if cells[i].Len != 0 && len(trim(b.Cell(row, i))) != 0 {
			continue
		}
		if c.options.Reading.Blank == BlankClear {
			continue // said by Check already
		}
		report(row, c.finding(CodeRequired, b, row, i,
			"a new record needs "+col.attribute.TechnicalName+", and the cell is blank", "fill the cell"))
	}
}

func (c *Checker) checkRow(b *Block, row int, report func(row int, f Finding)) {
	for i := range c.columns {
		c.checkCell(b, row, i, report)
	}
	if c.start >= 0 && c.end >= 0 || c.end >= 0 && c.now != 0 {
		c.checkTerm(b, row, report)
	}
}

func (c *Checker) checkCell(b *Block, row, i int, report func(row int, f Finding)) {
	col := &c.columns[i]
	cell := trim(b.Cell(row, i))
	if len(cell) == 0 {
		switch {
		case i == c.key:
			report(row, c.finding(CodeKeyBlank, b, row, i, "the row has no "+col.attribute.TechnicalName+", so it is not known whose it is", "fill the cell, or delete the row"))
		case col.attribute.Required && c.options.Reading.Blank == BlankClear:
			report(row, c.finding(CodeRequired, b, row, i, col.attribute.TechnicalName+" is required, and a blank cell would clear it", "fill the cell, or keep what blank cells do not mention with --blank keep"))
		}
		return
	}
	if isClear(cell) {
		if col.attribute.Required || i == c.key {
			report(row, c.finding(CodeRequired, b, row, i, col.attribute.TechnicalName+" is required and cannot be cleared", "give it a value, or leave the cell blank to keep what is there"))
		}
		return
	}
	c.checkText(b, row, i, cell, report)
	switch col.kind {
	case kindMail:
		if !isPlainMail(cell) && c.validate.Var(string(cell), "email") != nil {
			report(row, c.finding(CodeEmailBad, b, row, i, quote(cell)+" is not a mail address", "write one address as name@example.com"))
		}
	case kindPhone:
		c.checkPhone(b, row, i, cell, report)
	case kindDate:
		c.checkDate(b, row, i, cell, report)
	}
}

// checkText looks for characters that no cell should hold.
func (c *Checker) checkText(b *Block, row, i int, cell []byte, report func(row int, f Finding)) {
	control, newline := false, false
	for _, ch := range cell {
		switch {
		case ch == '\n' || ch == '\r':
			newline = true
		case ch < ' ' || ch == 0x7f:
			control = true
		}
	}
	if control {
		report(row, c.finding(CodeTextControl, b, row, i, quote(cell)+" holds a control character, which cannot be seen", "delete the cell and type it anew"))
	}
	if newline {
		report(row, c.finding(CodeTextNewline, b, row, i, quote(cell)+" has a line break inside", "write it on one line, unless it is meant so"))
	}
}

func (c *Checker) checkPhone(b *Block, row, i int, cell []byte, report func(row int, f Finding)) {
	if isPlainPhone(cell) {
		return
	}
	switch {
	case isDamagedPhone(cell):
		report(row, c.finding(CodePhoneDamaged, b, row, i, quote(cell)+": the spreadsheet has taken the number for a quantity and lost digits", "format the column as text in the spreadsheet and enter the number again"))
	case !isPhoneShaped(cell):
		report(row, c.finding(CodePhoneBad, b, row, i, quote(cell)+" is not a phone number", "write digits, best as +<country><number>"))
	}
}

func (c *Checker) checkDate(b *Block, row, i int, cell []byte, report func(row int, f Finding)) {
	s, fault := readStamp(cell, c.columns[i].Dates)
	var e *DateError
	switch {
	case fault != dateFine:
		e = dateError(fault, cell, c.columns[i].Dates)
	case s.form != zoned && c.options.Reading.Zone == nil:
		e = zoneError(cell)
	default:
		return
	}
	report(row, c.finding(e.Code, b, row, i, e.Message, e.Hint))
}

// checkTerm looks at the two dates of a row together.
func (c *Checker) checkTerm(b *Block, row int, report func(row int, f Finding)) {
	cell := trim(b.Cell(row, c.end))
	end, fault := readStamp(cell, c.columns[c.end].Dates)
	if len(cell) == 0 || fault != dateFine {
		return
	}
	endDay, endAt := c.settle(end)
	if c.now != 0 && (end.form == dayOnly && endDay < c.today || end.form != dayOnly && endAt < c.now) {
		report(row, c.finding(CodeAlreadyEnded, b, row, c.end, dayOf(endDay).String()+" is in the past", "leave it if the contract has ended; otherwise write its new end"))
	}
	if c.start < 0 {
		return
	}
	cell = trim(b.Cell(row, c.start))
	start, fault := readStamp(cell, c.columns[c.start].Dates)
	if len(cell) == 0 || fault != dateFine {
		return
	}
	startDay, startAt := c.settle(start)
	before := endDay < startDay
	if start.form != dayOnly && end.form != dayOnly {
		before = endAt < startAt
	}
	if before {
		report(row, c.finding(CodeEndBefore, b, row, c.end,
			fmt.Sprintf("the end %s is before the start %s", quote(b.Cell(row, c.end)), quote(b.Cell(row, c.start))), "correct one of the two dates"))
	}
}

// settle is the day of a stamp in the reader's zone and, where it has a time of day, its instant.
func (c *Checker) settle(s stamp) (day int32, unix int64) {
	if s.form == dayOnly {
		return s.day, 0
	}
	s = s.in(c.calendar.zone)
	return c.calendar.day(s.unix()), s.unix()
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

// listed is a list of names for a message.
func listed(names []string) string {
	var b []byte
	for i, n := range names {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, n...)
	}
	return string(b)
}
