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
	shapeDigits // a number that is a day written without signs, or nothing of the kind
	shapes      = iota
)

var shapeWords = [shapes]string{"something else", "mail addresses", "phone numbers", "dates", "people's names", "single names", "account names", "numbers", "numbers"}

// isNaming says whether a shape is one in which people are named.
func (s shape) isNaming() bool { return s >= shapeName }

func shapeOf(cell []byte) shape {
	if isPlainMail(cell) {
		return shapeMail
	}
	day := false
	if _, fault := readStamp(cell, Unsettled); fault == dateFine || fault == dateAmbiguous || fault == dateShortYear {
		day = true
	}
	digits, words, joined, inWord := 0, 0, 0, false
	for i, c := range cell {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
		if letter && !inWord {
			words++
		}
		inWord = letter || inWord && (c == '\'' || c == '-' || c == '.' || c == '_')
		if c == '_' || c == '.' && i > 0 && i < len(cell)-2 {
			joined++
		}
		if c-'0' <= 9 {
			digits++
		}
	}
	switch {
	case day && digits == len(cell):
		return shapeDigits
	case day:
		return shapeDate
	case digits >= 7 && words == 0 && isPhoneShaped(cell):
		return shapePhone
	case isPlaceholder(cell):
		return shapeOther
	case digits == 0 && words >= 2 && bytes.IndexByte(cell, '_') < 0 && !bytes.ContainsAny(cell, "@:;/\\"):
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

// sampled says whether the shapes of a row are looked at: of the first rows all, then one in 512, and after some hundred thousand one in 4,096.
func sampled(ordinal int64) bool {
	return ordinal < 256 || ordinal&511 == 0 && (ordinal < 1<<17 || ordinal&4095 == 0)
}

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

// What it takes to judge a column: so many filled cells at least, and so large a part of them; or so many rows, where they
// are all the same.
const (
	fewestCells = 3
	mostOf      = 0.8
	fewestSame  = 10
	fewDated    = 5 // one contract in so many has to have both dates
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
	if isMost(s.shapes[shapeName]+s.shapes[shapeWord], s.filled) { // some people have two
		return shapeName
	}
	return shapeOther
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
	if !c.options.TrustHeadings {
		c.saySwapped(s, once, say)
	}
	if !c.options.TrustHeadings && c.start >= 0 && c.end >= 0 && c.wants(CodeColumnSwapped) && isMost(t.endBefore, t.dated) && t.dated*fewDated >= rows {
		which := "contracts"
		if t.dated < rows {
			which = "contracts that have both dates"
		}
		once.termsTurn, once.spoils = true, true
		say(CodeColumnSwapped, c.end, fmt.Sprintf("%d of %d %s end before they start: %s and %s look swapped", t.endBefore, t.dated, which, c.named(c.start), c.named(c.end)),
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

// header is a column as --map takes it: its heading, or its letter where the heading says it not alone or means something to a shell.
func (c *Checker) header(i int) string {
	col := &c.columns[i]
	header := strings.TrimSpace(col.Header)
	same := 0
	for j := range c.columns {
		if strings.EqualFold(strings.TrimSpace(c.columns[j].Header), header) {
			same++
		}
	}
	switch {
	case col.Letter() != "" && (header == "" || same > 1 || strings.ContainsFunc(header, func(r rune) bool { return r < ' ' || strings.ContainsRune("$`\"\\!=", r) })):
		return "[" + col.Letter() + "]"
	case header != "":
		return header
	}
	return col.attribute.TechnicalName
}
