package csvio

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// RuleSplit parts the cells of one column into the attributes that a mapping such as "lastName, firstName" names.
const RuleSplit = "split"

// A split is a column of the file that holds several attributes.
type split struct {
	column int      // of the file
	into   []int    // columns of the table
	names  []string // their attributes
	by     []string // what stands between them, without spaces; "" for spaces alone
}

// parseSplit reads a mapping's value that names several attributes with something between them. It returns nothing where the value
// is not of that form.
func parseSplit(value string, s *schema.Schema) (names, by []string) {
	attributes := s.Names()
	slices.SortFunc(attributes, func(a, b string) int { return len(b) - len(a) }) // the longer name first, if one begins like another
	between := ""
	for rest := value; rest != ""; {
		i := slices.IndexFunc(attributes, func(a string) bool { return strings.HasPrefix(rest, a) })
		if i < 0 {
			_, n := utf8.DecodeRuneInString(rest)
			between += rest[:n]
			rest = rest[n:]
			continue
		}
		if len(names) > 0 {
			if between == "" {
				return nil, nil
			}
			by = append(by, strings.TrimSpace(between))
		} else if between != "" {
			return nil, nil
		}
		between = ""
		names = append(names, attributes[i])
		rest = rest[len(attributes[i]):]
	}
	if len(names) < 2 || between != "" {
		return nil, nil
	}
	return names, by
}

// cut parts a text. At spaces alone the last part is one word and the first has all that is over, as in "Ana Maria Ruiz".
func (s *split) cut(text []byte) ([][]byte, bool) {
	var parts [][]byte
	for i := len(s.by) - 1; i >= 0; i-- { // from behind
		at, width := -1, len(s.by[i])
		switch {
		case width > 0 && i == 0:
			at = bytes.Index(text, []byte(s.by[i]))
		case width > 0:
			at = bytes.LastIndex(text, []byte(s.by[i]))
		default:
			if at = bytes.LastIndexAny(text, " \t\u00a0"); at >= 0 {
				_, width = utf8.DecodeRune(text[at:])
			}
		}
		if at < 0 {
			return nil, false
		}
		parts = append(parts, trimmed(text[at+width:]))
		text = trimmed(text[:at])
	}
	parts = append(parts, text)
	slices.Reverse(parts)
	return parts, !slices.ContainsFunc(parts, func(p []byte) bool { return len(p) == 0 })
}

// A template makes the value of an attribute of other cells of a row: {{firstName}}.{{lastName}}.
type template struct {
	into  int    // column of the table
	name  string // the attribute
	parts []templatePart
}

type templatePart struct {
	text   string // as it stands, if it is no placeholder
	table  int    // column of the table, or -1
	file   int    // column of the file, or -1
	letter int    // only so many letters; 0 for all
}

// isTemplate reports whether a value of --set has a placeholder.
func isTemplate(value string) bool { return strings.Contains(value, "{{") }

// parseTemplate reads a template. A placeholder is a technical name, a heading, or first or last for the two names; {{first:1}}
// is its first letter.
func parseTemplate(name, text string, columns []schema.Column, headings []string) (template, error) {
	t := template{name: name}
	fail := func(message string) (template, error) {
		return t, &InputError{File: "--set", Message: fmt.Sprintf("%s=%s: %s", name, text, message), Hint: "write it like {{first}}.{{last}}, with attributes that the list has or with its headings: " + listed(headings)}
	}
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "{{")
		if before != "" {
			t.parts = append(t.parts, templatePart{text: before, table: -1, file: -1})
		}
		if !found {
			break
		}
		inside, behind, closed := strings.Cut(after, "}}")
		if !closed {
			return fail("a placeholder is not closed by }}")
		}
		rest = behind
		p := templatePart{table: -1, file: -1}
		word, count, limited := strings.Cut(inside, ":")
		if limited {
			n, err := strconv.Atoi(strings.TrimSpace(count))
			if err != nil || n < 1 {
				return fail(fmt.Sprintf("%q is no number of letters", count))
			}
			p.letter = n
		}
		key := fold(word)
		switch key {
		case "first":
			key = fold(schema.FirstName)
		case "last":
			key = fold(schema.LastName)
		}
		for i, c := range columns {
			if fold(c.Name) == key && c.Name != name {
				p.table = i
			}
		}
		for i, h := range headings {
			if p.table < 0 && p.file < 0 && fold(h) == key {
				p.file = i
			}
		}
		if p.table < 0 && p.file < 0 {
			return fail(fmt.Sprintf("the list has no %q", strings.TrimSpace(word)))
		}
		t.parts = append(t.parts, p)
	}
	return t, nil
}

// derive fills the cells of a row that are made of others.
func (l *layout) derive(c *chunk, ref schema.Ref, raw []byte, fields []field, at int) {
	b := &c.block
	for i := range l.splits {
		s := &l.splits[i]
		if s.column >= len(fields) {
			continue
		}
		text := l.plain(raw, fields[s.column], s.column)
		if len(text) == 0 {
			continue
		}
		parts, ok := s.cut(text)
		if !ok {
			b.Cells[at+s.into[0]] = c.keep(text)
			b.Findings = append(b.Findings, schema.Finding{
				Code: "E-SPLIT", Severity: schema.Error, Origin: l.origin(ref, s.column), Attribute: s.names[0], Value: shortened(text),
				Message: fmt.Sprintf("the cell cannot be parted into %s", strings.Join(s.names, " and ")),
				Hint:    "write it like the others, or give the attributes columns of their own",
			})
			continue
		}
		l.repair(c, ref, s.column, text, bytes.Join(parts, []byte(" | ")), RuleSplit)
		for k, part := range parts {
			t := s.into[k]
			b.Cells[at+t] = c.keep(l.mend(c, ref, s.column, t, part))
		}
	}
	for i := range l.templates {
		t := &l.templates[i]
		text, letters := t.make(func(p templatePart) []byte {
			if p.table >= 0 {
				s := b.Cells[at+p.table]
				return b.Data[s.Off : s.Off+s.Len]
			}
			if p.file < len(fields) {
				return l.plain(raw, fields[p.file], p.file)
			}
			return nil
		})
		if t.name == schema.AccountName && l.accounts >= 0 && l.accounts < len(fields) {
			if kept := l.plain(raw, fields[l.accounts], l.accounts); len(kept) > 0 {
				text, letters = string(kept), true
			}
		}
		if !letters {
			b.Findings = append(b.Findings, schema.Finding{
				Code: "E-KEY-LETTERS", Severity: schema.Error, Origin: l.origin(ref, -1), Attribute: t.name, Value: text,
				Message: "no account name can be made: it has letters that have no form in ASCII",
				Hint:    "give such people an account name in a column of its own",
			})
			text = ""
		}
		if numbered, ok := l.numbered[ref.Offset]; ok && t.name == schema.AccountName {
			b.Findings = append(b.Findings, schema.Finding{
				Code: "W-KEY-NUMBERED", Severity: schema.Warning, Origin: l.origin(ref, -1), Attribute: t.name, Value: numbered,
				Message: fmt.Sprintf("another row makes the account name %s too, so this one is %s", text, numbered),
				Hint:    "are they two people? if one person stands in two rows, delete one of them",
			})
			text = numbered
		}
		b.Cells[at+t.into] = c.keep([]byte(text))
	}
}

// keySources gives the columns of the file that account names are made of.
func (l *layout) keySources() []int {
	var columns []int
	for _, t := range l.templates {
		for _, p := range t.parts {
			switch {
			case t.name != schema.AccountName:
			case p.file >= 0:
				columns = append(columns, p.file)
			case p.table >= 0 && l.columns[p.table].Index >= 0:
				columns = append(columns, l.columns[p.table].Index)
			}
		}
	}
	return columns
}

// plain is the text of a cell without marks and the spaces around it.
func (l *layout) plain(raw []byte, f field, i int) []byte {
	text := l.grammar.text(nil, raw, f, i)
	if l.grammar.grid {
		_, text = cutMarks(text)
	}
	if l.escaped && isEscaped(text) {
		text = text[1:]
	}
	return trimmed(text)
}

// make fills a template. What it gives is empty if one of its placeholders is. An account name is folded to small ASCII letters,
// digits, dots, hyphens and underscores; letters is false if a letter has no such form.
func (t *template) make(value func(templatePart) []byte) (text string, letters bool) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.table < 0 && p.file < 0 {
			b.WriteString(p.text)
			continue
		}
		v := string(value(p))
		if t.name == schema.AccountName {
			folded, ok := asciiName(v)
			if !ok {
				return v, false
			}
			v = folded
		}
		if v == "" {
			return "", true
		}
		if p.letter > 0 {
			if r := []rune(v); len(r) > p.letter {
				v = string(r[:p.letter])
			}
		}
		b.WriteString(v)
	}
	return b.String(), true
}

// inOrder puts templates behind those whose values they use.
func inOrder(templates []template) ([]template, error) {
	var sorted []template
	pending := slices.Clone(templates)
	for len(pending) > 0 {
		i := slices.IndexFunc(pending, func(t template) bool {
			return !slices.ContainsFunc(t.parts, func(p templatePart) bool {
				return p.table >= 0 && slices.ContainsFunc(pending, func(o template) bool { return o.into == p.table })
			})
		})
		if i < 0 {
			return nil, &InputError{File: "--set", Message: fmt.Sprintf("%s is made of a value that is itself made of %s", pending[0].name, pending[0].name), Hint: "make one of them of columns of the list"}
		}
		sorted = append(sorted, pending[i])
		pending = slices.Delete(pending, i, i+1)
	}
	return sorted, nil
}

// asciiName folds a name to small ASCII letters, digits, dots, hyphens and underscores. Accents are dropped, letters that
// are not made of a letter and an accent are spelt out, spaces and signs are left out; a letter of another script has no form.
func asciiName(s string) (string, bool) {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch r = unicode.ToLower(r); {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			b.WriteRune(r)
		case r == 'ß':
			b.WriteString("ss")
		case r == 'æ':
			b.WriteString("ae")
		case r == 'œ':
			b.WriteString("oe")
		case r == 'ø':
			b.WriteByte('o')
		case r == 'ł':
			b.WriteByte('l')
		case r == 'đ' || r == 'ð':
			b.WriteByte('d')
		case r == 'þ':
			b.WriteString("th")
		case r == 'ı':
			b.WriteByte('i')
		case r == 'ħ':
			b.WriteByte('h')
		case unicode.Is(unicode.Mn, r) || !unicode.IsLetter(r):
		default:
			return "", false
		}
	}
	return b.String(), true
}

// numberKeys settles what becomes of rows for which a template makes the same account name: the first keeps it, the others get a
// number. Which is the first does not depend on the order of the list, but on the start dates and then on the rows' texts, so
// that a list that is sorted otherwise gives everybody the same name, and somebody who starts later takes nobody's. Rows that are
// the same in every cell are not told apart: they keep the name, and the rules find them.
func (l *List) numberKeys(ctx context.Context) error {
	key := slices.IndexFunc(l.layout.templates, func(t template) bool { return t.name == schema.AccountName })
	if key < 0 {
		return nil
	}
	column := l.layout.templates[key].into
	start := slices.IndexFunc(l.columns, func(c schema.Column) bool { return c.Name == schema.StartDate })
	seen := make(map[string]int)
	quiet := *l.layout
	quiet.list = false
	each := func(f func(b *schema.Block, i int)) error {
		return l.chunks(ctx, &quiet, nil, func(c *chunk) error {
			for i := range c.block.Len() {
				f(&c.block, i)
			}
			return nil
		})
	}
	if err := each(func(b *schema.Block, i int) { seen[string(b.Cell(i, column))]++ }); err != nil {
		return err
	}
	type person struct {
		offset      int64
		start, text string
	}
	people := make(map[string][]person)
	err := each(func(b *schema.Block, i int) {
		name := string(b.Cell(i, column))
		if name == "" || seen[name] < 2 {
			return
		}
		p := person{offset: b.Rows[i].Offset}
		if start >= 0 {
			p.start = string(b.Cell(i, start))
		}
		var text []byte
		for c := range b.Width {
			text = append(append(text, b.Cell(i, c)...), 0)
		}
		p.text = string(text)
		people[name] = append(people[name], p)
	})
	if err != nil {
		return err
	}
	l.layout.numbered = make(map[int64]string)
	names := make([]string, 0, len(people))
	for name := range people {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		same := people[name]
		slices.SortFunc(same, func(a, b person) int {
			if c := strings.Compare(a.start, b.start); c != 0 {
				return c
			}
			return strings.Compare(a.text, b.text)
		})
		number, given := 1, name
		for i, p := range same {
			if i > 0 && p.text != same[i-1].text {
				for given = ""; given == "" || seen[given] > 0; {
					number++
					given = name + strconv.Itoa(number)
				}
				seen[given]++
			}
			if given != name {
				l.layout.numbered[p.offset] = given
			}
		}
	}
	return nil
}
