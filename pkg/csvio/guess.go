package csvio

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Guess is what a column of a list seems to be.
type Guess struct {
	Column    string // letter
	Heading   string
	Attribute string   // technical name, or several as a mapping writes them; "" if nothing fits
	Sure      bool     // the heading is the attribute's name or label, or a person said so; anything else a person must look at
	Why       string   // one line
	Examples  []string // up to three different values
	lettered  bool     // a person named the column by its letter
}

// Guesses are what a mapping of a list could be.
type Guesses struct {
	Input   Input
	Columns []Guess
	Missing []string          // attributes of the schema that no column seems to be
	MapFile string            // the table that has the mapping, if it is not to be among the settings; see Lines
	Set     map[string]string // what every row is to get, as Options.Set

	required []string // of those that are missing
	bare     bool     // the list has no header row
	placed   bool     // a person said where the header is
}

// GuessMapping looks at the list at path ("-" for o.Stdin) and guesses which column is which attribute: by its heading, by
// words that people use for it, and by what its cells look like; without a header row, by the cells alone. What o.Map says is
// certain, and what o.Set and o.Default give is not missed. It fails with an *[InputError] where the list cannot be read at all.
func GuessMapping(ctx context.Context, path string, s *schema.Schema, o Options) (Guesses, error) {
	m, err := newMapper(s, o.Map)
	if err != nil {
		return Guesses{}, err
	}
	if _, err := constantsOf(s, o); err != nil {
		return Guesses{}, err
	}
	if err := (&layout{}).settleRepairs(s, o); err != nil {
		return Guesses{}, err
	}
	near := *m
	near.guess = func(heading string) string { return nearest(heading, s) }
	const looked = 200
	var header, lower []string // lower has the lowest texts of a header of several rows
	var columns, rows [][]string
	coming, headers := 1, 0 // rows of the header that come yet, and all of them
	g := Guesses{Set: o.Set, placed: o.HeaderRow > 0}
	var first []headRow
	named := false // the header is one by what it says, and not by its looks alone
	byNames := func(h *head) int {
		first = h.rows
		at, n, known := near.headerOf(h.rows, o)
		named = known > 0
		if g.bare = n == 0; g.bare {
			_, width := h.fit()
			header, coming = make([]string, width), 0
			return at
		}
		if at < 0 || known < 2 && o.HeaderRow == 0 && o.Headers == 0 {
			named = false
			return -1
		}
		joined := m.header(h.rows[at : at+n])
		header, lower = joined.cells, joined.cells
		if n > 1 {
			lower = joined.lowest
		}
		coming, headers = 0, n
		for _, r := range h.rows[at : at+n] {
			if !r.blank {
				coming++
			}
		}
		return at
	}
	// The sheet that reading would take; if headings are known in none or in one place only, that with the most that can be guessed.
	suits := func(rows []headRow) int {
		look := o
		look.HeaderRow = 0 // the empty rows are not among these
		_, _, sure := m.headerOf(rows, look)
		_, _, known := near.headerOf(rows, look)
		if sure > 1 {
			return sure * sheetColumns
		}
		return known
	}
	g.Input, err = readRows(ctx, path, o, suits, byNames, func(cells []string) error {
		if header == nil {
			header, lower = cells, cells
		}
		if coming > 0 {
			coming--
			return nil
		}
		if len(rows) < looked {
			rows = append(rows, cells)
		}
		columns = append(columns, make([][]string, max(0, len(header)-len(columns)))...)
		for i := range columns {
			if i < len(cells) && len(columns[i]) < looked {
				if c := strings.TrimSpace(cells[i]); c != "" {
					columns[i] = append(columns[i], c)
				}
			}
		}
		return nil
	}, func(schema.Finding) error { return nil })
	if err != nil {
		return Guesses{}, err
	}
	if header == nil {
		return Guesses{}, &InputError{File: path, Message: "is empty", Hint: "export the list again: a header and a row for every person are needed"}
	}
	columns = append(columns, make([][]string, max(0, len(header)-len(columns)))...)
	if headers > 1 || o.Headers > 0 {
		g.Input.Headers = max(headers, o.Headers)
	}
	if g.bare {
		g.Input.HeaderRow = 0
	}
	line := int64(0)
	if at := slices.IndexFunc(first, func(r headRow) bool { return r.row == g.Input.HeaderRow }); at >= 0 {
		line = first[at].line
		if !named && personAmong(header) != "" {
			return Guesses{}, withSheets(noKnownColumn(path, first[at], s, first[at:]), g.Input.Findings)
		}
		if e := personAbove(path, first[:at], first[at], len(header)); e != nil && !g.placed && !g.bare {
			return Guesses{}, e
		}
	}
	if e := m.unmet(path, headRow{line: line, cells: header}); e != nil {
		return Guesses{}, e
	}
	used := make(map[string]bool)
	g.certain(m, header, columns, used)
	if g.bare {
		g.byCells(rows, columns, s, used)
	} else {
		g.byHeadings(lower, columns, s, used)
	}
	g.Columns = slices.DeleteFunc(g.Columns, func(c Guess) bool { return isOwn(c.Heading) })
	for _, name := range s.Names() {
		_, set := o.Set[name]
		_, preset := o.Default[name]
		if !used[name] && !set && !preset {
			g.Missing = append(g.Missing, name)
			if a, _ := s.Attribute(name); a.Required {
				g.required = append(g.required, name)
			}
		}
	}
	return g, nil
}

// certain takes the columns that a person mapped, and then those with the name or label of an attribute that is not taken by these.
func (g *Guesses) certain(m *mapper, header []string, columns [][]string, used map[string]bool) {
	take := func(c *Guess, value, why string) {
		names := attributesOf(value, m.schema)
		if slices.ContainsFunc(names, func(name string) bool { return used[name] }) {
			return
		}
		for _, name := range names {
			used[name] = true
		}
		c.Attribute, c.Sure, c.Why = value, true, why
	}
	for i, heading := range header {
		c := Guess{Column: letter(i), Heading: strings.TrimSpace(heading), Examples: examples(columns[i])}
		value, given := m.given["["+letter(i)+"]"]
		if c.lettered = given; !given && c.Heading != "" {
			value, given = m.given[fold(heading)]
		}
		if given && !isOwn(heading) {
			take(&c, value, "as it was given")
		}
		g.Columns = append(g.Columns, c)
	}
	for i := range g.Columns {
		c := &g.Columns[i]
		if name, known := m.attribute(c.Heading); known && name != "" && !c.Sure && !isOwn(c.Heading) {
			take(c, name, "its name or label")
		}
	}
}

// byHeadings guesses the columns that are not certain, by their headings and cells; lower has the lowest texts of the header.
func (g *Guesses) byHeadings(lower []string, columns [][]string, s *schema.Schema, used map[string]bool) {
	for i := range g.Columns {
		c := &g.Columns[i]
		if c.Sure || isOwn(c.Heading) {
			continue
		}
		if both := bothNames(c.Heading, columns[i], s); both != "" {
			c.Attribute, c.Why = both, "it seems to hold both names"
		} else if near := cmp.Or(nearest(c.Heading, s), nearest(lower[i], s)); near != "" {
			c.Attribute, c.Why = near, "a word that people use for it, or nearly its name"
		} else if shape, why := shapeOf(columns[i]); shape == schema.EmailName {
			c.Attribute, c.Why = shape, why
		}
		if isTaken(c.Attribute, used) {
			c.Attribute, c.Why = "", "it could be "+c.Attribute+", which another column is already"
		}
		for _, name := range attributesOf(c.Attribute, s) {
			used[name] = true
		}
	}
}

// byCells guesses the columns of a list without a header row that nobody named.
func (g *Guesses) byCells(rows, columns [][]string, s *schema.Schema, used map[string]bool) {
	names, inOrder := asColumns(rows, s)
	for i := range g.Columns {
		c := &g.Columns[i]
		if c.Sure || i >= len(names) || names[i] == "" || used[names[i]] {
			continue
		}
		c.Attribute, c.Why = names[i], "the template has it there, and what can be told of the cells fits"
		if shape, why := shapeOf(columns[i]); !inOrder && shape != "" {
			c.Why = why
		}
		used[names[i]] = true
	}
}

func attributesOf(value string, s *schema.Schema) []string {
	if names, _ := parseSplit(value, s); names != nil {
		return names
	}
	if value == "" {
		return nil
	}
	return []string{value}
}

func isTaken(value string, used map[string]bool) bool {
	if value == "" {
		return false
	}
	for name := range used {
		if value == name || strings.HasPrefix(value, name+",") || strings.HasPrefix(value, name+" ") || strings.HasSuffix(value, " "+name) {
			return true
		}
	}
	return false
}

func examples(cells []string) []string {
	var out []string
	for _, c := range cells {
		if len(out) == 3 {
			break
		}
		c = shortened([]byte(c))
		if len(out) == 0 || out[len(out)-1] != c {
			out = append(out, c)
		}
	}
	return out
}

// bothNames guesses a column that holds first and last name: by its heading, and whether most cells have a comma or a space.
func bothNames(heading string, cells []string, s *schema.Schema) string {
	switch fold(heading) {
	case "name", "fullname", "displayname", "contractor", "contractorname", "employee", "employeename", "person", "mitarbeiter", "name,vorname", "nachname,vorname", "lastname,firstname", "surname,firstname", "nom", "nombre":
	default:
		return ""
	}
	if _, ok := s.Attribute(schema.FirstName); !ok {
		return ""
	}
	commas, spaces := 0, 0
	for _, c := range cells {
		if strings.Contains(c, ",") {
			commas++
		} else if strings.Contains(c, " ") {
			spaces++
		}
	}
	switch {
	case commas*2 > len(cells):
		return schema.LastName + ", " + schema.FirstName
	case spaces*2 > len(cells):
		return schema.FirstName + " " + schema.LastName
	}
	return ""
}

// Map gives the guesses as a mapping, the sure ones among them only if all is false.
func (g *Guesses) Map(all bool) map[string]string {
	m := make(map[string]string)
	for _, c := range g.Columns {
		if g.bare || c.lettered && c.Sure {
			if c.Sure || all && c.Attribute != "" {
				m["["+c.Column+"]"] = c.Attribute
			}
		} else if _, twice := m[c.Heading]; twice {
			m["["+c.Column+"]"] = ""
		} else if c.Heading != "" && (c.Sure || all && c.Attribute != "") {
			m[c.Heading] = c.Attribute
		}
	}
	return m
}

// Lines gives the guesses as lines of a table: what is sure as attributes, the rest as guesses. Nothing of the cells is in it.
func (g *Guesses) Lines() []MappingLine {
	var lines []MappingLine
	written := make(map[string]bool)
	for _, c := range g.Columns {
		l := MappingLine{Heading: c.Heading, Guess: c.Attribute, Why: c.Why}
		if key := fold(c.Heading); key == "" || written[key] || c.lettered && c.Sure {
			l.Heading = "[" + c.Column + "]"
		} else {
			written[key] = true
		}
		if c.Sure {
			l.Attribute, l.Guess = cmp.Or(c.Attribute, "-"), ""
		}
		lines = append(lines, l)
	}
	return lines
}

// Encode writes the guesses as the part of nelm.yaml that says how the list is read: what is sure as settings, what a person must
// look at as comments. Nothing of the cells is written: the file is one to commit.
func (g *Guesses) Encode(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# How %s is read: %s.\n", yamlComment(g.Input.File), yamlComment(g.Input.Dialect))
	if g.Input.Sheet != "" {
		fmt.Fprintf(&b, "sheet: %s\n", yamlText(g.Input.Sheet))
		for _, f := range g.Input.Findings {
			if f.Code == codeSheetUnread {
				fmt.Fprintf(&b, "# %s\n", yamlComment(f.Message))
			}
		}
	}
	if g.Input.HeaderRow > 1 || g.placed {
		fmt.Fprintf(&b, "header-row: %d\n", g.Input.HeaderRow)
	}
	if g.Input.Headers > 0 {
		fmt.Fprintf(&b, "header-rows: %d\n", g.Input.Headers)
	}
	if g.bare {
		b.WriteString("no-header: true\n")
	}
	if g.MapFile != "" {
		fmt.Fprintf(&b, "\n# Which heading means which attribute stands in this table.\nmap-file: %s\n", yamlText(g.MapFile))
	} else {
		g.encodeMap(&b)
	}
	g.encodeSet(&b)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the mapping: %w", err)
	}
	return nil
}

// encodeSet writes what every row is to get, and as comments what could be got so.
func (g *Guesses) encodeSet(b *strings.Builder) {
	mark := "# "
	if len(g.Set) > 0 {
		mark = ""
	}
	if len(g.Missing) > 0 {
		fmt.Fprintf(b, "\n# No column seems to be: %s.\n", strings.Join(g.Missing, ", "))
		if len(g.required) > 0 {
			fmt.Fprintf(b, "# Required of a new record: %s.\n", strings.Join(g.required, ", "))
		}
		b.WriteString("# For the same value in every row, or one made of others:")
	}
	if len(g.Missing)+len(g.Set) > 0 {
		fmt.Fprintf(b, "\n%sset:\n", mark)
	}
	for _, name := range slices.Sorted(maps.Keys(g.Set)) {
		fmt.Fprintf(b, "  %s: %s\n", yamlText(name), yamlText(g.Set[name]))
	}
	for _, name := range g.Missing {
		value := `""`
		if name == schema.AccountName {
			value = `"{{first}}.{{last}}"`
		}
		fmt.Fprintf(b, "#   %s: %s\n", yamlText(name), value)
	}
}

func (g *Guesses) encodeMap(b *strings.Builder) {
	b.WriteString("\n# Heading: attribute. A line that begins with # is a guess: look at the column, and take the # away if it is right.\n# A heading with nothing behind it is not read, and nothing more is said about it.\nmap:\n")
	written := make(map[string]bool) // headings, and whether they are certain
	for _, c := range g.Columns {
		mark := "# "
		if c.Sure {
			mark = ""
		}
		if g.bare || c.lettered && c.Sure {
			fmt.Fprintf(b, "  %s\"[%s]\": %s  # column %s", mark, c.Column, yamlText(c.Attribute), c.Column)
			if c.Why != "" {
				b.WriteString(": " + yamlComment(c.Why))
			}
			b.WriteByte('\n')
			continue
		}
		if c.Heading == "" {
			fmt.Fprintf(b, "  # column %s has no heading: to read it, write its letter: \"[%s]\": attribute\n", c.Column, c.Column)
			continue
		}
		if sure, again := written[c.Heading]; again {
			if sure { // the two would be one attribute
				mark = ""
			}
			fmt.Fprintf(b, "  %s\"[%s]\": \"\"  # column %s has the heading %s once more, so it is named by its letter\n", mark, c.Column, c.Column, yamlText(c.Heading))
			continue
		}
		written[c.Heading] = c.Sure
		fmt.Fprintf(b, "  %s%s: %s  # column %s", mark, yamlText(c.Heading), yamlText(c.Attribute), c.Column)
		if c.Why != "" {
			b.WriteString(": " + yamlComment(c.Why))
		}
		b.WriteByte('\n')
	}
}

// yamlText writes a text as a YAML scalar in double quotes.
func yamlText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// yamlComment makes a text fit on a line of comment.
func yamlComment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}
