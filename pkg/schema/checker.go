package schema

import (
	"fmt"
	"slices"
	"strings"
	"sync"
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

	// Stays, if not nil, hears of memory that [Validate] has taken and that is there to stay until its end, in bytes.
	Stays func(bytes int)

	// TrustHeadings says that every column holds what its heading says, whatever its cells look like.
	TrustHeadings bool

	MaxLength  int           // characters of a value beyond which it is called long; 0 means 255, a negative number no limit
	StartAhead time.Duration // how far ahead of AsOf a start is called far; 0 means 366 days, a negative time no limit
	Term       time.Duration // how long a contract may run; 0 means no limit

	Rules []Rule // the person's own

	Only   []string // codes of the findings that are wanted; empty means all
	Ignore []string // codes of those that are not
}

// What is called long or far where nothing is configured. The service documents no length; 255 is what many databases hold.
const (
	usualLength = 255
	usualAhead  = 366 * 24 * time.Hour
)

// A Checker holds the rows of one table against the rules of one schema. It is safe for use by several goroutines.
//
// Whether a blank cell is a fault depends on what becomes of its row: a new record must have every required attribute, a
// record that exists keeps what a blank cell does not mention. So there are two questions. [Checker.Check] says what is
// wrong with a row whatever becomes of it, which includes the attempt to clear a required attribute. [Checker.CheckCreate] says
// what it lacks to become a new record. A caller that knows which records exist asks the second for the others only;
// [Validate], which cannot know, asks both unless CheckOptions.UpdatesOnly is set.
type Checker struct {
	schema    *Schema
	options   CheckOptions
	columns   []checkColumn
	absent    []Attribute // required, without a column or a default
	rules     []rule
	validate  *validator.Validate
	only      map[string]bool
	ignore    map[string]bool
	key       int // where the columns of these attributes are, or -1
	first     int
	last      int
	phone     int
	mail      int
	manager   int
	start     int
	end       int
	calendar  *calendar
	today     int32 // number of the day of AsOf
	now       int64 // AsOf in seconds; 0 for none
	aheadDay  int32 // the last day that is not far ahead
	termDays  int32
	maxLength int

	spoilt    *Finding // of the list as a whole: every row is bad for it
	keySpoilt bool     // and no row's key can be relied on

	texts, contacts, dates []quickColumn // the columns by kind, for the sieve
	sieves                 *sync.Pool    // of *sieve that are not in use
}

// checkColumn is a column as the rules see it.
type checkColumn struct {
	Column
	attribute    Attribute
	kind         kind
	blankMatters bool // a blank cell is a finding of Check
	neededByNew  bool // a blank cell is a finding of CheckCreate
	lackMatters  bool // or may be, by a rule of the person's own
	namesSomeone bool // a quantity in it was a name once
}

// NewChecker returns a checker for tables with the given columns. It fails on a column whose attribute is not of the schema,
// on an attribute with two columns, where the key has none, on a rule that cannot be compiled and on a code that does not exist.
func NewChecker(s *Schema, cols []Column, o CheckOptions) (*Checker, error) {
	if o.Key == "" {
		o.Key = AccountName
	}
	c := &Checker{schema: s, options: o, validate: validator.New(), sieves: &sync.Pool{}, termDays: int32(o.Term / (24 * time.Hour))}
	at := make(map[string]int, len(cols))
	for i, col := range cols {
		a, ok := s.Attribute(col.Name)
		if !ok {
			source := "the source"
			if s.Source.Name != "" {
				source = fmt.Sprintf("the source %q", s.Source.Name)
			}
			return nil, fmt.Errorf("column %q is not an attribute of %s, which has %s: is this another source's list or schema?", col.Name, source, strings.Join(s.Names(), ", "))
		}
		if _, twice := at[col.Name]; twice {
			return nil, fmt.Errorf("two columns hold %s: leave one of them out of the mapping", col.Name)
		}
		at[col.Name] = i
		isKey := col.Name == o.Key
		c.columns = append(c.columns, checkColumn{
			Column: col, attribute: a, kind: kindOf(a),
			blankMatters: isKey || a.Required && o.Reading.Blank == BlankClear,
			namesSomeone: isKey || kindOf(a) == kindIdentity,
			neededByNew:  !isKey && a.Required && o.Reading.Blank == BlankKeep && o.Defaults[col.Name] == "",
		})
	}
	for name, place := range map[string]*int{
		o.Key: &c.key, FirstName: &c.first, LastName: &c.last, PhoneName: &c.phone, EmailName: &c.mail,
		Manager: &c.manager, StartDate: &c.start, EndDate: &c.end,
	} {
		i, ok := at[name]
		if !ok {
			i = -1
		}
		*place = i
	}
	if c.key < 0 {
		return nil, fmt.Errorf("no column holds %s, by which records are matched: map one of the list's columns to it", o.Key)
	}
	for _, a := range s.Attributes {
		if _, ok := at[a.TechnicalName]; !ok && a.Required && o.Defaults[a.TechnicalName] == "" {
			c.absent = append(c.absent, a)
		}
	}
	c.settleLimits()
	var err error
	if c.only, err = codeSet("--only", o.Only); err != nil {
		return nil, err
	}
	if c.ignore, err = codeSet("--ignore", o.Ignore); err != nil {
		return nil, err
	}
	if c.rules, err = compileRules(o.Rules, c, at); err != nil {
		return nil, err
	}
	for i := range c.columns {
		asked := slices.ContainsFunc(c.rules, func(r rule) bool { return r.column == i && len(r.across) > 0 })
		c.columns[i].lackMatters = c.columns[i].neededByNew || asked
		c.sort(i)
	}
	return c, nil
}

func (c *Checker) settleLimits() {
	zone := c.options.Reading.Zone
	if zone == nil {
		zone = time.UTC
	}
	c.calendar = newCalendar(zone)
	if !c.options.AsOf.IsZero() {
		c.now = c.options.AsOf.Unix()
		c.today = c.calendar.day(c.now)
		ahead := c.options.StartAhead
		if ahead == 0 {
			ahead = usualAhead
		}
		c.aheadDay = c.today + int32(ahead/(24*time.Hour))
	}
	c.maxLength = c.options.MaxLength
	if c.maxLength == 0 {
		c.maxLength = usualLength
	}
}

// KeySpoilt says that no row's key can be relied on: account names stand in another column.
func (c *Checker) KeySpoilt() bool { return c.keySpoilt }

// Wants says whether findings of a code are asked for, by CheckOptions.Only and CheckOptions.Ignore.
func (c *Checker) Wants(code string) bool { return c.wants(code) }

// wants is Wants.
func (c *Checker) wants(code string) bool {
	return (c.only == nil || c.only[code]) && !c.ignore[code]
}

// Check reports what is wrong with the rows of a block whatever becomes of them, in their order; row is the index in the
// block. What a row lacks to become a new record is not among it, see [Checker.CheckCreate]; nor is what only shows over the
// whole list, such as duplicates, see [Validate].
func (c *Checker) Check(b *Block, report func(row int, f Finding)) {
	in := inspector{c: c, b: b, say: report}
	s := c.sift(b)
	defer c.sieves.Put(s)
	for row, sifted := range s.rows {
		in.inspect(row, sifted)
	}
}

// Mark tells of the rows of a block of which Check has something to say that there is something, and whether an error is among it.
// It costs little: nothing is put into words.
func (c *Checker) Mark(b *Block, mark func(row int, bad bool)) {
	in := inspector{c: c, b: b}
	s := c.sift(b)
	defer c.sieves.Put(s)
	for row, sifted := range s.rows {
		in.found, in.bad = false, false
		if in.inspect(row, sifted); in.found {
			mark(row, in.bad)
		}
	}
}

// CheckCreate reports what one row of a block lacks to become a new record: required attributes that are blank, or that have
// neither a column nor a default.
func (c *Checker) CheckCreate(b *Block, row int, report func(f Finding)) {
	in := inspector{c: c, b: b, row: row, say: func(_ int, f Finding) { report(f) }}
	in.needed()
	for _, a := range c.absent {
		if !c.wants(CodeRequired) {
			return
		}
		report(Finding{
			Code: CodeRequired, Severity: Error, Attribute: a.TechnicalName,
			Origin:  Origin{File: c.options.File, Sheet: c.options.Sheet, Row: b.Rows[row].Row, Line: b.Rows[row].Line},
			Message: fmt.Sprintf("a new record needs %s, and the list has no column for it", a.TechnicalName),
			Hint:    fmt.Sprintf("map a column to %s, or give every new record the same with --default %s=VALUE", a.TechnicalName, a.TechnicalName),
		})
	}
}
