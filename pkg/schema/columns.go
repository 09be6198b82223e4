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
	shapeName // two or more words of letters
	shapes    = iota
)

var shapeWords = [shapes]string{"something else", "mail addresses", "phone numbers", "dates", "people's names"}

func shapeOf(cell []byte) shape {
	if isPlainMail(cell) {
		return shapeMail
	}
	if _, fault := readStamp(cell, Unsettled); fault == dateFine || fault == dateAmbiguous || fault == dateShortYear {
		return shapeDate
	}
	digits, words, inWord := 0, 0, false
	for _, c := range cell {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
		if letter && !inWord {
			words++
		}
		inWord = letter || inWord && (c == '\'' || c == '-' || c == '.')
		if c-'0' <= 9 {
			digits++
		}
	}
	switch {
	case digits >= 7 && words == 0 && isPhoneShaped(cell):
		return shapePhone
	case digits == 0 && words >= 2 && !bytes.ContainsAny(cell, "@:;/\\"):
		return shapeName
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
		return s.misplaced[col] != shapeOther && shapeOf(in.cell(col)) == s.misplaced[col]
	}
	return false
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

// wrongShape is the shape that most cells of a column have and that cannot be right there, or shapeOther.
func (c *Checker) wrongShape(i int, s *columnStudy) shape {
	for k := shapeMail; k < shapes; k++ {
		if !isMost(s.shapes[k], s.filled) {
			continue
		}
		switch col := &c.columns[i]; {
		case col.kind == kindMail && k != shapeMail, col.kind == kindDate && k != shapeDate, col.kind == kindPhone && k != shapePhone:
			return k
		case i == c.key && (k == shapeName || k == shapeDate):
			return k
		case (i == c.first || i == c.last) && k != shapeName:
			return k
		case i == c.manager && (k == shapeDate || k == shapePhone):
			return k
		}
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
	for i := range c.columns {
		once.misplaced[i] = c.wrongShape(i, &s.columns[i])
	}
	c.saySwapped(once, say)
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

// saySwapped says which columns hold what belongs in another. Two that hold each other's are one finding. Where the type of the
// column rules it out that is an error; of account names, people's names and managers it is only likely.
func (c *Checker) saySwapped(once *saidOnce, say func(code string, col int, message, hint string)) {
	expects := map[kind]shape{kindMail: shapeMail, kindPhone: shapePhone, kindDate: shapeDate}
	said := make([]bool, len(c.columns))
	for i, got := range once.misplaced {
		if got == shapeOther {
			continue
		}
		code := CodeColumnSwapped
		if expects[c.columns[i].kind] == shapeOther {
			code = CodeColumnOdd
		}
		if !c.wants(code) {
			once.misplaced[i] = shapeOther // then each of its cells is said
			continue
		}
		if said[i] {
			continue
		}
		once.under[i] = i
		partner := -1
		for j, other := range once.misplaced {
			if j != i && other != shapeOther && expects[c.columns[j].kind] == got && (expects[c.columns[i].kind] == other || expects[c.columns[i].kind] == shapeOther) {
				partner = j
				break
			}
		}
		if partner < 0 {
			say(code, i, fmt.Sprintf("%s holds %s", c.named(i), shapeWords[got]),
				fmt.Sprintf("map the column that holds the right values to %s with --map \"HEADER=%s\"", c.columns[i].attribute.TechnicalName, c.columns[i].attribute.TechnicalName))
			continue
		}
		said[partner], once.under[partner] = true, i
		say(CodeColumnSwapped, i, fmt.Sprintf("%s holds %s and %s holds %s: they look swapped", c.named(i), shapeWords[got], c.named(partner), shapeWords[once.misplaced[partner]]),
			fmt.Sprintf("swap the two columns in the mapping with --map %q --map %q", c.mapping(i, partner), c.mapping(partner, i)))
	}
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
	header := c.columns[i].Header
	if header == "" {
		header = c.columns[i].attribute.TechnicalName
	}
	return strings.TrimSpace(header) + "=" + c.columns[j].attribute.TechnicalName
}
