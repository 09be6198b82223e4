package csvio

import (
	"context"
	"fmt"
	"io"
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
}

// GuessMapping looks at the list at path ("-" for o.Stdin) and guesses which column is which attribute: by its heading, by
// words that people use for it, and by what its cells look like. Of o, Map and Set are not used. It fails with an *[InputError]
// where the list cannot be read at all.
func GuessMapping(ctx context.Context, path string, s *schema.Schema, o Options) (Guesses, error) {
	m, err := newMapper(s, nil)
	if err != nil {
		return Guesses{}, err
	}
	const looked = 200
	var header []string
	columns := make([][]string, 0)
	g := Guesses{}
	byNames := func(h *head) int {
		best, most := -1, 1
		for i, r := range h.rows {
			n := 0
			for _, c := range r.cells {
				if _, known := m.attribute(c); known || nearest(c, s) != "" {
					n++
				}
			}
			if n > most {
				best, most = i, n
			}
		}
		return best
	}
	g.Input, err = readRows(ctx, path, o, byNames, func(cells []string) error {
		if header == nil {
			header = cells
			columns = make([][]string, len(header))
			return nil
		}
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
			} else if near := nearest(heading, s); near != "" {
				guess.Attribute, guess.Why = near, "a word that people use for it, or nearly its name"
			} else if shape, why := shapeOf(columns[i]); shape != "" {
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

// shapeOf guesses what a column is by what most of its cells look like.
func shapeOf(cells []string) (name, why string) {
	mails := 0
	for _, c := range cells {
		if isAddress(c) {
			mails++
		}
	}
	if len(cells) > 0 && mails*10 >= len(cells)*9 {
		return schema.EmailName, "its cells are mail addresses"
	}
	return "", ""
}

// Map gives the guesses as a mapping, the sure ones among them only if all is false.
func (g *Guesses) Map(all bool) map[string]string {
	m := make(map[string]string)
	for _, c := range g.Columns {
		if _, twice := m[c.Heading]; twice {
			m["["+c.Column+"]"] = ""
		} else if c.Attribute != "" && c.Heading != "" && (all || c.Sure) {
			m[c.Heading] = c.Attribute
		}
	}
	return m
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
	b.WriteString("\n# Heading: attribute. A line that begins with # is a guess: look at the column, and take the # away if it is right.\n# A heading with nothing behind it is not read, and nothing more is said about it.\nmap:\n")
	written := make(map[string]bool)
	for _, c := range g.Columns {
		if c.Heading == "" {
			fmt.Fprintf(&b, "  # column %s has no heading: to read it, write its letter: \"[%s]\": attribute\n", c.Column, c.Column)
			continue
		}
		mark := "# "
		if c.Sure {
			mark = ""
		}
		if written[c.Heading] {
			fmt.Fprintf(&b, "  \"[%s]\": \"\"  # column %s has the heading %s once more, so it is named by its letter\n", c.Column, c.Column, yamlText(c.Heading))
			continue
		}
		written[c.Heading] = true
		fmt.Fprintf(&b, "  %s%s: %s  # column %s", mark, yamlText(c.Heading), yamlText(c.Attribute), c.Column)
		if c.Why != "" {
			b.WriteString(": " + yamlComment(c.Why))
		}
		b.WriteByte('\n')
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
