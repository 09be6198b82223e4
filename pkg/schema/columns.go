package schema

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// A shape is what a cell looks like, whatever its column says that it is.
type shape uint8

const (
	shapeOther shape = iota
	shapeMail
	shapePhone
	shapeDate
	shapeName  // two or more words of letters
	shapeWord  // one of them
	shapeLogin // one word with digits or underscores, or with dots inside
	shapeNumber
	shapes = iota
)

var shapeWords = [shapes]string{"something else", "mail addresses", "phone numbers", "dates", "people's names", "single names", "account names", "numbers"}

// isNaming says whether a shape is one in which people are named.
func (s shape) isNaming() bool { return s >= shapeName }

func shapeOf(cell []byte) shape {
	if isPlainMail(cell) {
		return shapeMail
	}
	if _, fault := readStamp(cell, Unsettled); fault == dateFine || fault == dateAmbiguous || fault == dateShortYear {
		return shapeDate
	}
	digits, words, joined, inWord := 0, 0, 0, false
	for i, c := range cell {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
		if letter && !inWord {
			words++
		}
		inWord = letter || inWord && (c == '\'' || c == '-' || c == '.')
		if c == '_' || c == '.' && i > 1 && i < len(cell)-2 {
			joined++
		}
		if c-'0' <= 9 {
			digits++
		}
	}
	switch {
	case digits >= 7 && words == 0 && isPhoneShaped(cell):
		return shapePhone
	case digits == 0 && words >= 2 && !bytes.ContainsAny(cell, "@:;/\\"):
		return shapeName
	case digits == len(cell):
		return shapeNumber
	case words == 0 || bytes.ContainsAny(cell, "@:;/\\,()&+ "):
		return shapeOther
	case digits > 0 || joined > 0:
		return shapeLogin
	case words == 1:
		return shapeWord
	}
	return shapeOther
}

// A columnStudy is what a pass notes of one column, to judge it as a whole.
type columnStudy struct {
	filled  int64 // of the cells that were looked at more closely
	shapes  [shapes]int64
	nonzero bool // a cell is not blank
	differs bool // a cell is another than the first row's
}

// A study is that of all columns, of a block or of a whole table.
type study struct {
	columns []columnStudy
	open    []int    // columns in which every cell was the same until now
	first   [][]byte // cells of the first row
}

// sampled says whether the shapes of a row are looked at: of the first rows all, then one in 512.
func sampled(ordinal int64) bool { return ordinal < 256 || ordinal&511 == 0 }

// begin takes the first row of a block as what its others are compared with.
func (s *study) begin(b *Block) {
	s.columns, s.open, s.first = s.columns[:0], s.open[:0], s.first[:0]
	if b.Len() == 0 {
		return
	}
	for i := range b.Width {
		s.columns = append(s.columns, columnStudy{})
		s.open = append(s.open, i)
		s.first = append(s.first, trim(b.Cell(0, i)))
	}
}

// compare notes in which columns a row is other than the first.
func (s *study) compare(b *Block, row int) {
	s.open = slices.DeleteFunc(s.open, func(i int) bool {
		cell := trim(b.Cell(row, i))
		c := &s.columns[i]
		c.nonzero = c.nonzero || len(cell) > 0
		c.differs = c.differs || !bytes.Equal(cell, s.first[i])
		return c.differs
	})
}

// sample notes the shapes of a row's cells.
func (s *study) sample(b *Block, row int) {
	for i := range s.columns {
		if cell := trim(b.Cell(row, i)); len(cell) > 0 {
			s.columns[i].filled++
			s.columns[i].shapes[shapeOf(cell)]++
		}
	}
}

// merge adds what was noted of the rows that follow; their bytes may die then.
func (s *study) merge(o *study) {
	for i := range o.columns {
		if len(s.first) == i {
			s.first = append(s.first, bytes.Clone(o.first[i]))
		}
		a, b := &s.columns[i], &o.columns[i]
		a.nonzero = a.nonzero || b.nonzero || b.differs
		a.differs = a.differs || b.differs || !bytes.Equal(s.first[i], o.first[i])
	}
}

// saidOnce is what is said once for the list instead of once for each cell.
type saidOnce struct {
	misplaced []shape // by column: what stands in it that belongs elsewhere, or shapeOther
	under     []int   // by column: that under which it is said, where it is misplaced
	keyTurn   bool    // account names and another column's cells are swapped
	termsTurn bool    // start and end are swapped
	zoneless  int64   // cells that need a zone where none is named
	zoneSaid  bool
}

// covers says whether a finding about a cell is part of what is said once.
func (s *saidOnce) covers(in *inspector, code string, col int) bool {
	switch code {
	case CodeEndBefore, CodeAlreadyEnded, CodeEndMidnight, CodeStartFar, CodeTermLong:
		return s.termsTurn
	case CodeDateZone:
		said := s.zoneSaid
		s.zoneSaid = true
		return said
	case CodeEmailBad, CodePhoneBad, CodeDateBad, CodeDateAmbiguous, CodePhoneDamaged:
		return s.isMisplaced(col, in.cell(col))
	}
	return false
}

// isMisplaced says whether a cell is one of those for which its column is misplaced.
func (s *saidOnce) isMisplaced(col int, cell []byte) bool {
	got := s.misplaced[col]
	if got == shapeOther {
		return false
	}
	is := shapeOf(cell)
	return is == got || is.isNaming() && got.isNaming()
}

// What it takes to judge a column: so many filled cells at least, and so large a part of them; or so many rows, where they
// are all the same.
const (
	fewestCells = 3
	mostOf      = 0.8
	fewestSame  = 10
)

// isMost says whether n is most of the cells that were looked at.
func isMost(n, of int64) bool { return of >= fewestCells && float64(n) >= mostOf*float64(of) }

// shapeMost is the shape that most cells of a column have, or shapeOther.
func (s *columnStudy) shapeMost() shape {
	for k := shapeMail; k < shapes; k++ {
		if isMost(s.shapes[k], s.filled) {
			return k
		}
	}
	return shapeOther
}

// A fit is how well a shape suits a column.
type fit uint8

const (
	fitsNot fit = iota
	fitsSo      // it may stand there
	fitsWell
)

// fits says how well cells of a shape suit a column. What is not known to be wrong fits.
func (c *Checker) fits(i int, k shape) fit {
	suits := fitsNot
	switch col := &c.columns[i]; {
	case k == shapeOther:
		return fitsWell
	case col.kind == kindMail:
		return well(k == shapeMail)
	case (col.kind == kindDate || col.kind == kindPhone) && k == shapeNumber: // days as spreadsheets count them, and extensions
		return fitsSo
	case col.kind == kindDate:
		return well(k == shapeDate)
	case col.kind == kindPhone:
		return well(k == shapePhone)
	case i == c.key:
		suits = well(k == shapeLogin || k == shapeNumber)
		if k == shapeMail || k == shapePhone || k == shapeWord {
			suits = fitsSo
		}
	case i == c.first || i == c.last:
		suits = well(k == shapeName || k == shapeWord)
	case i == c.manager:
		suits = well(k != shapeDate && k != shapePhone)
	default:
		suits = fitsWell
	}
	return suits
}

func well(is bool) fit {
	if is {
		return fitsWell
	}
	return fitsNot
}

// isNamed says whether a column is one in which people are named or reached, so that two of them can be told apart when they are swapped.
func (c *Checker) isNamed(i int) bool {
	return i == c.key || i == c.first || i == c.last || i == c.manager || c.expects(i) != shapeOther
}

// expects is the one shape that the type of a column demands, or shapeOther.
func (c *Checker) expects(i int) shape {
	switch c.columns[i].kind {
	case kindMail:
		return shapeMail
	case kindPhone:
		return shapePhone
	case kindDate:
		return shapeDate
	}
	return shapeOther
}

// swappedWith is the column that holds what belongs in the column at i, while that holds what belongs there; -1 if there is none.
func (c *Checker) swappedWith(i int, most []shape) int {
	if !c.isNamed(i) || c.fits(i, most[i]) != fitsNot {
		return -1
	}
	for j, other := range most {
		if j != i && other != shapeOther && other != most[i] && c.isNamed(j) && c.fits(j, other) != fitsWell && c.fits(i, other) != fitsNot && c.fits(j, most[i]) != fitsNot {
			return j
		}
	}
	return -1
}

// judge turns what was noted of the columns into findings about the list as a whole, and into what is therefore said once.
func (c *Checker) judge(s *study, rows int64, t tally) ([]Finding, *saidOnce) {
	once := &saidOnce{misplaced: make([]shape, len(c.columns)), under: make([]int, len(c.columns)), zoneless: t.zoneless}
	var found []Finding
	say := func(code string, col int, message, hint string) {
		if !c.wants(code) {
			return
		}
		f := Finding{Code: code, Severity: severityOf(code), Origin: Origin{File: c.options.File, Sheet: c.options.Sheet}, Message: message, Hint: hint}
		if col >= 0 {
			f.Attribute = c.columns[col].attribute.TechnicalName
			f.Origin.Column, f.Origin.Header = c.columns[col].Letter(), c.columns[col].Header
		}
		found = append(found, f)
	}
	c.saySwapped(s, once, say)
	if c.start >= 0 && c.end >= 0 && c.wants(CodeColumnSwapped) && isMost(t.endBefore, rows) {
		once.termsTurn = true
		say(CodeColumnSwapped, c.end, fmt.Sprintf("%d of %d contracts end before they start: %s and %s look swapped", t.endBefore, rows, c.named(c.start), c.named(c.end)),
			fmt.Sprintf("swap the two columns in the mapping with --map %q --map %q, or check how their dates are written", c.mapping(c.start, c.end), c.mapping(c.end, c.start)))
	}
	if rows >= 2 {
		c.sayUniform(s, rows, say)
	}
	if !c.options.UpdatesOnly && c.wants(CodeColumnMissing) {
		for _, a := range c.absent {
			say(CodeColumnMissing, -1, fmt.Sprintf("no column of the list holds %s, so its rows can change records but not make new ones", a.TechnicalName),
				fmt.Sprintf("map a column to %s, or give every new record the same with --default %s=VALUE; nothing needs to be done if the list is only of people who are there already", a.TechnicalName, a.TechnicalName))
			found[len(found)-1].Attribute = a.TechnicalName
		}
	}
	if rows > MaxRecords {
		say(CodeSourceFull, -1, fmt.Sprintf("the list has %d rows, and a source holds %d records", rows, MaxRecords), "divide the list between several sources, by vendor or by country for example")
	} else if there := int64(c.schema.Source.Count); there > 0 && rows+there > MaxRecords {
		say(CodeSourceTight, -1, fmt.Sprintf("the list has %d rows and the source %d records: if more than %d of the rows are new, they do not fit into the %d that it holds", rows, there, MaxRecords-there, MaxRecords),
			"the plan counts what is really new; records that are no longer needed make room")
	}
	if custom := c.schema.custom(); custom > MaxCustom {
		say(CodeSchemaCustom, -1, fmt.Sprintf("the schema has %d custom attributes, and a source has %d at most", custom, MaxCustom), "check that the template is that of the source")
	}
	return found, once
}

// saySwapped says which columns hold what belongs in another. Two that hold each other's are one finding, and an error; so is one whose type
// rules out what it holds. Of account names, people's names and managers alone it is only likely. Single words and numbers are said to be in the
// wrong column only if another holds what belongs there.
func (c *Checker) saySwapped(s *study, once *saidOnce, say func(code string, col int, message, hint string)) {
	most := make([]shape, len(c.columns))
	for i := range most {
		most[i] = s.columns[i].shapeMost()
	}
	said := make([]bool, len(c.columns))
	for i, got := range most {
		if said[i] || !c.wants(CodeColumnSwapped) {
			continue
		}
		if j := c.swappedWith(i, most); j >= 0 && !said[j] {
			first, second := min(i, j), max(i, j)
			for _, col := range []int{i, j} {
				said[col], once.under[col] = true, first
				once.keyTurn = once.keyTurn || col == c.key
				if c.fits(col, most[col]) == fitsNot {
					once.misplaced[col] = most[col]
				}
			}
			say(CodeColumnSwapped, first, fmt.Sprintf("%s holds %s and %s holds %s: they look swapped", c.named(first), shapeWords[most[first]], c.named(second), shapeWords[most[second]]),
				fmt.Sprintf("swap the two columns in the mapping with --map %q --map %q", c.mapping(first, second), c.mapping(second, first)))
			continue
		}
		if c.fits(i, got) != fitsNot || got >= shapeWord {
			continue
		}
		code := CodeColumnSwapped
		if c.expects(i) == shapeOther {
			code = CodeColumnOdd
		}
		if !c.wants(code) {
			continue // then each of its cells is said
		}
		once.misplaced[i], once.under[i] = got, i
		say(code, i, fmt.Sprintf("%s holds %s", c.named(i), shapeWords[got]), c.remap(i, got))
	}
}

// remap says what to do about a column that holds a shape which belongs elsewhere.
func (c *Checker) remap(i int, got shape) string {
	name := c.columns[i].attribute.TechnicalName
	for _, to := range []struct {
		shape  shape
		column int
		name   string
	}{{shapeMail, c.mail, EmailName}, {shapePhone, c.phone, PhoneName}} {
		if got == to.shape && to.column < 0 {
			return fmt.Sprintf("give the column to %s with --map %q, and with another --map the right one to %s", to.name, c.header(i)+"="+to.name, name)
		}
	}
	return fmt.Sprintf("map the column that holds the right values to %s with --map \"HEADER=%s\"", name, name)
}

// sayUniform says which columns are blank or the same in every row. That a list has one manager, one vendor or one end is
// ordinary; that everybody has the same name, mail or phone is not.
func (c *Checker) sayUniform(s *study, rows int64, say func(code string, col int, message, hint string)) {
	for i := range c.columns {
		col := &c.columns[i]
		switch study := &s.columns[i]; {
		case col.Index < 0 || i == c.key || study.differs:
		case !study.nonzero:
			say(CodeColumnEmpty, i, fmt.Sprintf("%s is blank in all %d rows", c.named(i), rows), "leave the column out if it is not meant to be filled: a column that is not in the list changes nothing")
		case rows >= fewestSame && (i == c.first || i == c.last || i == c.mail || i == c.phone):
			say(CodeColumnSame, i, fmt.Sprintf("%s is %s in all %d rows", c.named(i), quote(s.first[i]), rows), "was the column filled down by mistake?")
		}
	}
}

// named is a column for a message: its attribute, and where it stands in the list.
func (c *Checker) named(i int) string {
	col := &c.columns[i]
	name := col.attribute.TechnicalName
	switch {
	case col.Header != "" && col.Header != name:
		return fmt.Sprintf("%s (column %s %q)", name, col.Letter(), col.Header)
	case col.Letter() != "":
		return fmt.Sprintf("%s (column %s)", name, col.Letter())
	}
	return name
}

// mapping is the flag's value by which the column at i is given to the attribute of the column at j.
func (c *Checker) mapping(i, j int) string {
	return c.header(i) + "=" + c.columns[j].attribute.TechnicalName
}

// header is a column's heading as --map takes it.
func (c *Checker) header(i int) string {
	if header := strings.TrimSpace(c.columns[i].Header); header != "" {
		return header
	}
	return c.columns[i].attribute.TechnicalName
}
