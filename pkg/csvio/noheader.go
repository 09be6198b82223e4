package csvio

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// ownHeader gives the index of the first row of the header, and the number of its rows, in a file that [WriteFailed] wrote: it
// repeats our headings on each of them. Such a file has its header there, whatever the list has that it is a part of. In other files
// the number is 0.
func ownHeader(rows []headRow) (at, n int) {
	if len(rows) > 0 && isSepLine(rows[0]) {
		at = 1
	}
	for at+n < len(rows) && !slices.ContainsFunc(OwnColumns(), func(name string) bool { return !slices.Contains(rows[at+n].cells, name) }) {
		n++
	}
	return at, n
}

// looksLikeHeader reports whether a row names attributes as only a header does: two of them, or in every cell.
func (m *mapper) looksLikeHeader(r headRow) bool {
	n := m.known(r.cells)
	return n > 1 || n == 1 && len(r.cells) == 1
}

// headerAfterAll refuses a header that would be read as a person, who would then be created.
func headerAfterAll(file string, r headRow) *InputError {
	return &InputError{
		File: file, Line: r.line,
		Message: fmt.Sprintf("the list is to be read without a header row, and row %d is one: it has %s", r.row, listed(r.cells)),
		Hint:    "leave out --columns and --no-header; to go by letters under a header, --map \"[A]=ATTRIBUTE\"",
	}
}

// letters are the names of columns that have no headings: what they were mapped to, or else their letters in brackets. The
// failed rows of a list without a header get them for one: there must be a row that our own headings stand in, and both are
// understood when the file comes back.
func (l *List) letters() []string {
	names := make([]string, len(l.header.cells))
	for i := range names {
		names[i] = "[" + letter(i) + "]"
	}
	taken := make(map[int]int)
	for _, c := range l.columns {
		if c.Index >= 0 {
			taken[c.Index]++
		}
	}
	for _, c := range l.columns {
		if c.Index >= 0 && taken[c.Index] == 1 {
			names[c.Index] = c.Name
		}
	}
	return names
}

// asColumns guesses the columns of rows that have no headings, as --columns takes them: an attribute for each, or "" where
// nothing shows what it is. inOrder is true if they have as many columns as the schema, or as every template begins with, and what can be told of them stands where it
// stands in the schema: then they are guessed to be in its order.
func asColumns(rows [][]string, s *schema.Schema) (names []string, inOrder bool) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r))
	}
	cells := make([][]string, width)
	for _, r := range rows {
		for i, c := range r {
			if c = strings.TrimSpace(c); c != "" {
				cells[i] = append(cells[i], c)
			}
		}
	}
	names = make([]string, width)
	fits, agree := width == len(s.Attributes) || width == len(schema.System()), 0
	for i := range names {
		name, _ := shapeOf(cells[i])
		switch name {
		case schema.StartDate:
			if slices.Contains(names, schema.StartDate) {
				name = schema.EndDate
			}
		case "":
			continue
		}
		if _, known := s.Attribute(name); !known || slices.Contains(names, name) {
			continue
		}
		names[i] = name
		if fits && s.Attributes[i].TechnicalName == name {
			agree++
		} else {
			fits = false
		}
	}
	if fits && agree > 1 {
		return s.Names()[:width], true
	}
	return names, false
}

// shapeOf guesses what a column is by what most of its cells look like. Of two columns of dates, the first is the start.
func shapeOf(cells []string) (name, why string) {
	for _, shape := range []struct {
		name, why string
		is        func(string) bool
	}{
		{schema.EmailName, "its cells are mail addresses", isAddress},
		{schema.StartDate, "its cells are dates", func(c string) bool {
			return schema.ReadsAsDate([]byte(c), schema.DayFirst) || schema.ReadsAsDate([]byte(c), schema.MonthFirst)
		}},
		{schema.PhoneName, "its cells are phone numbers", isPhone},
	} {
		n := 0
		for _, c := range cells {
			if shape.is(c) {
				n++
			}
		}
		if n > 0 && n*10 >= len(cells)*9 {
			return shape.name, shape.why
		}
	}
	return "", ""
}

// isPhone reports whether s is digits with the signs of phones, enough for one.
func isPhone(s string) bool {
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return digits >= 7 && strings.Trim(s, "0123456789+-()/. ") == ""
}

// columnsWord is the value of --columns that the first rows of a list suggest, ready to be typed, and how sure it is.
func columnsWord(rows []headRow, s *schema.Schema) string {
	var cells [][]string
	for _, r := range rows {
		if !r.blank {
			cells = append(cells, r.cells)
		}
	}
	names, inOrder := asColumns(cells, s)
	if inOrder {
		return fmt.Sprintf("%q (the order of the template, which they seem to have)", strings.Join(names, ","))
	}
	for i, name := range names {
		if name == "" {
			names[i] = "?"
		}
	}
	if !slices.Contains(names, "?") {
		return fmt.Sprintf("%q", strings.Join(names, ","))
	}
	return fmt.Sprintf("%q (write the attribute for each ?, or nothing where a column is not to be read)", strings.Join(names, ","))
}

// measure names what says how many cells a row has.
func (l *layout) measure() string {
	if joinTexts(l.headings) == "" {
		return "most of the list"
	}
	return "the header"
}

// columnFrom names a column that rows lack.
func (l *layout) columnFrom(i int) string {
	if h := strings.TrimSpace(l.headings[i]); h != "" {
		return fmt.Sprintf("%s (%q)", letter(i), h)
	}
	return letter(i)
}

// tooWide says what to do about a row that has more cells than the header. A sheet has no delimiter that could be in a cell.
func (l *layout) tooWide(want int) string {
	if l.grammar.grid {
		return fmt.Sprintf("give column %s a heading, or empty its cells", letter(want))
	}
	return "put a cell that contains the delimiter in quotes"
}
