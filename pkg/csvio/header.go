package csvio

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// ownPrefix marks the columns that this program adds to the files it hands back.
const ownPrefix = "nelm_"

// fold brings two spellings of a heading together: case, spaces, hyphens, underscores, line breaks and Unicode form do
// not tell headings apart.
func fold(s string) string { return string(appendFold(nil, s)) }

// appendFold appends the folded form of s to dst. Every cell of the first rows is folded, so ASCII is taken the short way.
func appendFold(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return appendFoldUnicode(dst, s[i:])
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		case c == '_' || c == '-' || c == ' ' || c >= '\t' && c <= '\r':
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func appendFoldUnicode(dst []byte, s string) []byte {
	for _, r := range norm.NFKC.String(s) {
		if unicode.IsSpace(r) || r == '_' || r == '-' || r == '\ufeff' {
			continue
		}
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
	}
	return dst
}

// isOwn reports whether a heading is one that this program added.
func isOwn(heading string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(heading)), ownPrefix)
}

// unescapeOurs takes the marks against formulas off the headings of a file that this program wrote.
func unescapeOurs(headings []string) {
	if !slices.ContainsFunc(headings, isOwn) {
		return
	}
	for i, h := range headings {
		if isEscaped([]byte(h)) {
			headings[i] = h[1:]
		}
	}
}

// A mapper knows which heading means which attribute.
type mapper struct {
	schema *schema.Schema
	given  map[string]string // folded heading, or letter in brackets, → what the person said that it is; "" is ignored on purpose
	exact  map[string]bool   // technical names
	folded map[string]string // folded technical name or label → technical name, where only one attribute has it

	longest int // bytes that a known heading may have, generously: accents and spaces take room that the folded form does not
}

func newMapper(s *schema.Schema, given map[string]string) (*mapper, error) {
	m := &mapper{schema: s, given: make(map[string]string, len(given)), exact: make(map[string]bool), folded: make(map[string]string)}
	for _, a := range s.Attributes {
		m.exact[a.TechnicalName] = true
	}
	for heading, name := range given {
		if names, _ := parseSplit(name, s); names != nil && !m.exact[name] {
			for i, n := range names {
				if slices.Contains(names[:i], n) {
					return nil, &InputError{File: "--map", Message: fmt.Sprintf("%q is mapped to %s twice", heading, n), Hint: "name two different attributes"}
				}
			}
		} else if name != "" && !m.exact[name] {
			return nil, &InputError{File: "--map", Message: fmt.Sprintf("%q is mapped to %q, which is no attribute of this source", heading, name), Hint: didYouMean(name, s.Names()) + "the attributes are " + strings.Join(s.Names(), ", ")}
		}
		key := fold(heading)
		if l, ok := letterKey(heading); ok {
			key = l
		}
		if old, ok := m.given[key]; ok && old != name {
			return nil, &InputError{File: "--map", Message: fmt.Sprintf("the heading %q is mapped twice, to %q and to %q", heading, old, name), Hint: "keep one of the two"}
		}
		m.given[key] = name
	}
	twice := make(map[string]bool)
	add := func(word, name string) {
		key := fold(word)
		if key == "" {
			return
		}
		if old, ok := m.folded[key]; ok && old != name {
			twice[key] = true
		}
		m.folded[key] = name
	}
	for _, a := range s.Attributes {
		add(a.TechnicalName, a.TechnicalName)
		add(a.Label, a.TechnicalName)
	}
	for key := range twice {
		delete(m.folded, key)
	}
	for _, names := range []map[string]string{m.given, m.folded} {
		for key := range names {
			m.longest = max(m.longest, 4*len(key)+256)
		}
	}
	return m, nil
}

// attribute gives the technical name that a heading stands for. known is true as well for a heading that is ignored on
// purpose, whose name is "".
func (m *mapper) attribute(heading string) (name string, known bool) {
	if len(heading) > m.longest {
		return "", false
	}
	var buf [128]byte
	key := appendFold(buf[:0], heading)
	if name, ok := m.given[string(key)]; ok {
		return name, true
	}
	if heading = strings.TrimSpace(heading); m.exact[heading] {
		return heading, true
	}
	name, known = m.folded[string(key)]
	return name, known
}

// letterKey reads a mapping's key that names a column by its letter, such as [G]: for headings that stand twice, or not at all.
func letterKey(key string) (string, bool) {
	key = strings.ToUpper(strings.TrimSpace(key))
	inside := strings.TrimSuffix(strings.TrimPrefix(key, "["), "]")
	if len(inside) != len(key)-2 || inside == "" || len(inside) > 3 || strings.Trim(inside, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", false
	}
	return key, true
}

// column gives what column i is, by its letter or else by its heading.
func (m *mapper) column(i int, heading string) (name string, known bool) {
	if name, ok := m.given["["+letter(i)+"]"]; ok {
		return name, true
	}
	return m.attribute(heading)
}

// known counts the cells of a row that name an attribute, and those that a person mapped.
func (m *mapper) known(cells []string) int {
	n := 0
	for _, c := range cells {
		if _, ok := m.attribute(c); ok {
			n++
		}
	}
	return n
}

// headerAmong gives the index of the row that names the most attributes, the first of those that name equally many, and
// how many; -1 if no row names any.
func (m *mapper) headerAmong(rows []headRow) (at, known int) {
	at = -1
	for i, r := range rows {
		if n := m.known(r.cells); n > known {
			at, known = i, n
		}
	}
	return at, known
}

// A mapping says what becomes of the columns of a file.
type mapping struct {
	columns  []schema.Column // of the table: those of the file in its order, then constants
	target   []int           // column of the file → column of the table, or -1
	unmapped []string        // headings that nothing is known of
	own      []int           // columns that this program added to the file
	splits   []split
	findings []schema.Finding
}

// apply decides for every heading of a file.
func (m *mapper) apply(file string, header headRow, constants map[string]string) (*mapping, error) {
	mp := &mapping{target: make([]int, len(header.cells))}
	used := make(map[string]int)
	met := make(map[string]bool)
	for i, heading := range header.cells {
		mp.target[i] = -1
		heading = strings.TrimSpace(heading)
		met[fold(heading)], met["["+letter(i)+"]"] = true, true
		if isOwn(heading) {
			mp.own = append(mp.own, i)
			continue
		}
		name, known := m.column(i, heading)
		if !known {
			if heading != "" {
				mp.unmapped = append(mp.unmapped, heading)
				mp.findings = append(mp.findings, m.unknownColumn(file, header, i, heading))
			}
			continue
		}
		if name == "" {
			continue
		}
		if !m.exact[name] {
			if err := mp.split(file, header, i, name, used, constants, m.schema); err != nil {
				return nil, err
			}
			continue
		}
		if j, twice := used[name]; twice {
			return nil, &InputError{
				File: file, Line: header.line,
				Message: fmt.Sprintf("two columns are %s: %q (%s) and %q (%s)", name, strings.TrimSpace(header.cells[j]), letter(j), heading, letter(i)),
				Hint:    fmt.Sprintf("say which one not to read with --map %q, or give one of them another heading", without(header.cells, i)),
			}
		}
		if _, constant := constants[name]; constant {
			mp.findings = append(mp.findings, schema.Finding{
				Code: "W-COLUMN-REPLACED", Severity: schema.Warning, Attribute: name,
				Origin:  schema.Origin{File: file, Row: header.row, Line: header.line, Column: letter(i), Header: heading},
				Message: fmt.Sprintf("the column is not read, because --set gives every row the same %s", name),
				Hint:    "leave out --set " + name + " to use the column",
			})
			continue
		}
		used[name] = i
		mp.target[i] = len(mp.columns)
		mp.columns = append(mp.columns, schema.Column{Name: name, Header: heading, Index: i})
	}
	var missing []string
	for heading := range m.given {
		if !met[heading] && m.given[heading] != "" {
			missing = append(missing, heading)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, &InputError{
			File: file, Line: header.line,
			Message: fmt.Sprintf("the mapping names a heading that the file does not have: %s", strings.Join(missing, ", ")),
			Hint:    didYouMean(missing[0], header.cells) + "the file has " + listed(header.cells),
		}
	}
	if len(mp.columns) == 0 {
		return nil, noKnownColumn(file, header, m.schema)
	}
	for _, name := range m.schema.Names() {
		if _, ok := constants[name]; ok {
			mp.columns = append(mp.columns, schema.Column{Name: name, Index: -1})
		}
	}
	return mp, nil
}

// without is the mapping that leaves column i out: by its heading, or by its letter where another has the same.
func without(headings []string, i int) string {
	for j, h := range headings {
		if j != i && fold(h) == fold(headings[i]) {
			return "[" + letter(i) + "]="
		}
	}
	return strings.TrimSpace(headings[i]) + "="
}

// split makes columns of the attributes that column i of the file holds together.
func (mp *mapping) split(file string, header headRow, i int, value string, used map[string]int, constants map[string]string, s *schema.Schema) error {
	names, by := parseSplit(value, s)
	part := split{column: i, names: names, by: by}
	for _, name := range names {
		if j, twice := used[name]; twice {
			return &InputError{
				File: file, Line: header.line,
				Message: fmt.Sprintf("two columns hold %s: %q (%s) and %q (%s)", name, strings.TrimSpace(header.cells[j]), letter(j), strings.TrimSpace(header.cells[i]), letter(i)),
				Hint:    fmt.Sprintf("say which one not to read with --map %q", without(header.cells, j)),
			}
		}
		if _, constant := constants[name]; constant {
			return &InputError{
				File: file, Line: header.line,
				Message: fmt.Sprintf("%q holds %s, and --set gives every row another", strings.TrimSpace(header.cells[i]), name),
				Hint:    "keep one of the two",
			}
		}
		used[name] = i
		part.into = append(part.into, len(mp.columns))
		mp.columns = append(mp.columns, schema.Column{Name: name, Header: strings.TrimSpace(header.cells[i]), Index: i})
	}
	mp.splits = append(mp.splits, part)
	return nil
}

func (m *mapper) unknownColumn(file string, header headRow, i int, heading string) schema.Finding {
	f := schema.Finding{
		Code: "W-COLUMN-UNKNOWN", Severity: schema.Warning,
		Origin:  schema.Origin{File: file, Row: header.row, Line: header.line, Column: letter(i), Header: heading},
		Value:   heading,
		Message: "the column is not read: no attribute has this name",
		Hint:    fmt.Sprintf("to read it, --map %q; to be silent about it, --map %q", heading+"=ATTRIBUTE", heading+"="),
	}
	if near := nearest(heading, m.schema); near != "" {
		f.Hint = fmt.Sprintf("did you mean %s? then --map %q; to be silent about it, --map %q", near, heading+"="+near, heading+"=")
	}
	return f
}

func noKnownColumn(file string, header headRow, s *schema.Schema) *InputError {
	e := &InputError{
		File: file, Line: header.line,
		Message: fmt.Sprintf("no column is known: row %d has %s", header.row, listed(header.cells)),
		Hint:    fmt.Sprintf("the attributes are %s: name the columns with --map %q, the row of the header with --header-row, or what parts the cells with --delimiter", strings.Join(s.Names(), ", "), "HEADING="+s.Attributes[0].TechnicalName),
	}
	if person := personAmong(header.cells); person != "" {
		e.Message = fmt.Sprintf("row %d looks like a person and not like headings: it has %s", header.row, person)
		e.Hint = fmt.Sprintf("put a line with headings above it, such as %s", strings.Join(s.Names(), ","))
		return e
	}
	if len(header.cells) == 1 {
		for _, d := range delimiters() {
			if n := strings.Count(header.cells[0], string(d)); n > 1 {
				e.Hint = fmt.Sprintf("the row is one cell, and has %d times a %s in it: leave --delimiter out, or give --delimiter %s", n, delimiterName(d), delimiterName(d))
				return e
			}
		}
	}
	for _, h := range header.cells {
		if near := nearest(h, s); near != "" {
			e.Hint = fmt.Sprintf("did you mean --map %q? ", strings.TrimSpace(h)+"="+near) + e.Hint
			break
		}
	}
	return e
}

// personAmong gives a cell that no heading looks like: a mail address, a date or a phone number. A mapping that took it for a
// heading would lose the person in that row.
func personAmong(cells []string) string {
	for _, c := range cells {
		c = strings.TrimSpace(c)
		local, domain, mail := strings.Cut(c, "@")
		digits := strings.Count(c, "") - 1 - len(strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, c))
		_, err := schema.ParseDate([]byte(c), schema.DayFirst, time.UTC)
		switch {
		case mail && local != "" && strings.Contains(domain, "."):
			return "a mail address"
		case err == nil:
			return "a date"
		case digits >= 7 && strings.Trim(c, "0123456789+-()/. ") == "":
			return "a phone number"
		}
	}
	return ""
}

// listed quotes headings for a message, at most twelve of them and none of them long, and says how many more there are.
func listed(cells []string) string {
	var b strings.Builder
	for i, c := range cells {
		if i == 12 {
			fmt.Fprintf(&b, " and %d more", len(cells)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		if r := []rune(c); len(r) > 40 {
			c = string(r[:40]) + "…"
		}
		fmt.Fprintf(&b, "%q", c)
	}
	return b.String()
}

// letter is the name of a column in a spreadsheet program.
func letter(i int) string { return schema.Column{Index: i}.Letter() }
