package csvio

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Guess is what a column of a list seems to be.
type Guess struct {
	Column    string // letter
	Heading   string
	Attribute string   // technical name, or several as a mapping writes them; "" if nothing fits
	Sure      bool     // the heading is the attribute's name or label; anything else a person must look at
	Why       string   // one line
	Examples  []string // up to three different values
}

// Guesses are what a mapping of a list could be.
type Guesses struct {
	Input   Input
	Columns []Guess
	Missing []string // attributes of the schema that no column seems to be
	MapFile string   // the table that has the mapping, if it is not to be among the settings; see Lines
	bare    bool     // the list has no header row
}

// GuessMapping looks at the list at path ("-" for o.Stdin) and guesses which column is which attribute: by its heading, by
// words that people use for it, and by what its cells look like; without a header row, by the cells alone. Of o, Map and Set are
// not used. It fails with an *[InputError] where the list cannot be read at all.
func GuessMapping(ctx context.Context, path string, s *schema.Schema, o Options) (Guesses, error) {
	m, err := newMapper(s, nil)
	if err != nil {
		return Guesses{}, err
	}
	near := *m
	near.guess = func(heading string) string { return nearest(heading, s) }
	const looked = 200
	var header, lower []string // lower has the lowest texts of a header of several rows
	var columns, rows [][]string
	coming, headers := 1, 0 // rows of the header that come yet, and all of them
	g := Guesses{}
	byNames := func(h *head) int {
		at, n, known := near.headerOf(h.rows, o)
		if g.bare = n == 0; g.bare {
			_, width := h.fit()
			header, coming = make([]string, width), 0
			return at
		}
		if at < 0 || known < 2 && o.HeaderRow == 0 && o.Headers == 0 {
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
	g.Input, err = readRows(ctx, path, o, byNames, func(cells []string) error {
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
	if headers > 1 {
		g.Input.Headers = headers
	}
	if g.bare {
		g.Input.HeaderRow = 0
		g.byCells(rows, columns, s)
		return g, nil
	}
	used := make(map[string]bool)
	for i, heading := range header {
		guess := Guess{Column: letter(i), Heading: strings.TrimSpace(heading), Examples: examples(columns[i])}
		switch name, known := m.attribute(heading); {
		case isOwn(heading):
			continue
		case known && !used[name]:
			guess.Attribute, guess.Sure, guess.Why = name, true, "its name or label"
		default:
			if both := bothNames(guess.Heading, columns[i], s); both != "" {
				guess.Attribute, guess.Why = both, "it seems to hold both names"
			} else if near := cmp.Or(nearest(heading, s), nearest(lower[i], s)); near != "" {
				guess.Attribute, guess.Why = near, "a word that people use for it, or nearly its name"
			} else if shape, why := shapeOf(columns[i]); shape == schema.EmailName {
				guess.Attribute, guess.Why = shape, why
			}
		}
		if taken := isTaken(guess.Attribute, used); taken {
			guess.Why = "it could be " + guess.Attribute + ", which another column is already"
			guess.Attribute, guess.Sure = "", false
		}
		for _, name := range attributesOf(guess.Attribute, s) {
			used[name] = true
		}
		g.Columns = append(g.Columns, guess)
	}
	for _, name := range s.Names() {
		if !used[name] {
			g.Missing = append(g.Missing, name)
		}
	}
	return g, nil
}

// byCells guesses the columns of a list without a header row.
func (g *Guesses) byCells(rows, columns [][]string, s *schema.Schema) {
	names, inOrder := asColumns(rows, s)
	for i, cells := range columns {
		guess := Guess{Column: letter(i), Examples: examples(cells)}
		if i < len(names) && names[i] != "" {
			guess.Attribute, guess.Why = names[i], "the template has it there, and what can be told of the cells fits"
			if shape, why := shapeOf(cells); !inOrder && shape != "" {
				guess.Why = why
			}
		}
		g.Columns = append(g.Columns, guess)
	}
	for _, name := range s.Names() {
		if !slices.Contains(names, name) {
			g.Missing = append(g.Missing, name)
		}
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
		if g.bare {
			if all && c.Attribute != "" {
				m["["+c.Column+"]"] = c.Attribute
			}
		} else if _, twice := m[c.Heading]; twice {
			m["["+c.Column+"]"] = ""
		} else if c.Attribute != "" && c.Heading != "" && (all || c.Sure) {
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
		if key := fold(c.Heading); key == "" || written[key] {
			l.Heading = "[" + c.Column + "]"
		} else {
			written[key] = true
		}
		if c.Sure {
			l.Attribute, l.Guess = c.Attribute, ""
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
	}
	if g.Input.HeaderRow > 1 {
		fmt.Fprintf(&b, "header-row: %d\n", g.Input.HeaderRow)
	}
	if g.Input.Headers > 1 {
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
	if len(g.Missing) > 0 {
		fmt.Fprintf(&b, "\n# No column seems to be: %s.\n# For the same value in every row, or one made of others:\n# set:\n", strings.Join(g.Missing, ", "))
		for _, name := range g.Missing {
			value := `""`
			if name == schema.AccountName {
				value = `"{{first}}.{{last}}"`
			}
			fmt.Fprintf(&b, "#   %s: %s\n", yamlText(name), value)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the mapping: %w", err)
	}
	return nil
}

func (g *Guesses) encodeMap(b *strings.Builder) {
	b.WriteString("\n# Heading: attribute. A line that begins with # is a guess: look at the column, and take the # away if it is right.\n# A heading with nothing behind it is not read, and nothing more is said about it.\nmap:\n")
	written := make(map[string]bool)
	for _, c := range g.Columns {
		if g.bare {
			fmt.Fprintf(b, "  # \"[%s]\": %s  # column %s", c.Column, yamlText(c.Attribute), c.Column)
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
		mark := "# "
		if c.Sure {
			mark = ""
		}
		if written[c.Heading] {
			fmt.Fprintf(b, "  \"[%s]\": \"\"  # column %s has the heading %s once more, so it is named by its letter\n", c.Column, c.Column, yamlText(c.Heading))
			continue
		}
		written[c.Heading] = true
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
