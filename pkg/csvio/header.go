package csvio

import (
	"fmt"
	"slices"
	"strings"
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
	spelt  map[string]string // the keys of given as the person wrote them
	exact  map[string]bool   // technical names
	folded map[string]string // folded technical name or label → technical name, where only one attribute has it

	guess func(heading string) string // the attribute that another heading may be; nil where only what is certain counts

	longest int // bytes that a known heading may have, generously: accents and spaces take room that the folded form does not
}

func newMapper(s *schema.Schema, given map[string]string) (*mapper, error) {
	m := &mapper{schema: s, given: make(map[string]string, len(given)), spelt: make(map[string]string, len(given)), exact: make(map[string]bool), folded: make(map[string]string)}
	for _, a := range s.Attributes {
		m.exact[a.TechnicalName] = true
	}
	for heading, name := range given {
		if names, _ := parseSplit(name, s); names != nil && !m.exact[name] {
			for i, n := range names {
				if slices.Contains(names[:i], n) {
					return nil, &InputError{File: "--map", Headings: []string{heading}, Message: fmt.Sprintf("%q is mapped to %s twice", heading, n), Hint: "name two different attributes"}
				}
			}
		} else if name != "" && !m.exact[name] {
			return nil, &InputError{File: "--map", Headings: []string{heading}, Message: fmt.Sprintf("%q is mapped to %q, which is no attribute of this source", heading, name), Hint: didYouMean(name, s.Names()) + "the attributes are " + strings.Join(s.Names(), ", ")}
		}
		key := fold(heading)
		if l, ok := letterKey(heading); ok {
			key = l
		}
		if old, ok := m.given[key]; ok && old != name {
			return nil, &InputError{File: "--map", Headings: []string{heading}, Message: fmt.Sprintf("the heading %q is mapped twice, to %q and to %q", heading, old, name), Hint: "keep one of the two"}
		}
		m.given[key], m.spelt[key] = name, heading
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
	if name, known = m.folded[string(key)]; known || m.guess == nil {
		return name, known
	}
	name = m.guess(heading)
	return name, name != ""
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

// known counts the attributes that the cells of a row name, and those cells that a person mapped.
func (m *mapper) known(cells []string) int {
	n := 0
	seen := make(map[string]bool, len(cells))
	for _, c := range cells {
		name, ok := m.attribute(c)
		if ok && (name == "" || !seen[name]) { // what is not read has no name
			seen[name] = true
			n++
		}
	}
	return n
}

// headerAmong gives the index of the row that names the most attributes, the first of those that name equally many, and
// how many; -1 if no row names any. A person is no header, even one who is a manager by profession.
func (m *mapper) headerAmong(rows []headRow) (at, known int) {
	at = -1
	for i, r := range rows {
		if n := m.known(r.cells); n > known && (personAmong(r.cells) == "" || 2*n > len(r.cells)) {
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

// apply decides for every heading of a file. below are its first rows; whole says that there are no others.
func (m *mapper) apply(file string, header headRow, constants map[string]string, below []headRow, whole bool) (*mapping, error) {
	mp := &mapping{target: make([]int, len(header.cells))}
	var bare []int // columns without a heading in which nothing was seen
	used := make(map[string]int)
	for i, heading := range header.cells {
		mp.target[i] = -1
		heading = strings.TrimSpace(heading)
		if isOwn(heading) {
			mp.own = append(mp.own, i)
			continue
		}
		name, known := m.column(i, heading)
		if !known {
			switch sample, text := textIn(below, i); {
			case heading != "":
				mp.unmapped = append(mp.unmapped, heading)
				mp.findings = append(mp.findings, m.unknownColumn(file, header, i, heading))
			case text != "":
				mp.unmapped = append(mp.unmapped, "["+letter(i)+"]")
				mp.findings = append(mp.findings, unnamedColumn(file, header, i, sample, text))
			case !whole:
				bare = append(bare, i)
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
				Message: fmt.Sprintf("two columns are %s: %s and %s", name, columnName(header.cells, j), columnName(header.cells, i)),
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
	if e := m.unmet(file, header); e != nil {
		return nil, e
	}
	if len(bare) > 0 {
		mp.findings = append(mp.findings, unnamedColumns(file, header, bare, len(below)))
	}
	if len(mp.columns) == 0 {
		return nil, noKnownColumn(file, header, m.schema, below)
	}
	for _, name := range m.schema.Names() {
		if _, ok := constants[name]; ok {
			mp.columns = append(mp.columns, schema.Column{Name: name, Index: -1})
		}
	}
	return mp, nil
}

// unmet refuses a mapping that names what the header does not have; nil if there is nothing of that kind.
func (m *mapper) unmet(file string, header headRow) *InputError {
	met := make(map[string]bool)
	for i, heading := range header.cells {
		met[fold(heading)], met["["+letter(i)+"]"] = true, true
	}
	var missing []string
	for heading := range m.given {
		if !met[heading] && m.given[heading] != "" {
			missing = append(missing, m.spelt[heading])
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	what, lines, add := "a heading", "take it out of the mapping", "the column"
	if len(missing) > 1 {
		what, lines, add = "headings", "take them out of the mapping", "the columns"
	}
	e := &InputError{
		File: file, Line: header.line, Headings: missing,
		Message: fmt.Sprintf("the mapping names %s that the file does not have: %s", what, listed(missing)),
		Hint:    fmt.Sprintf("%s%s, or add %s to the list; the file has %s", didYouMean(missing[0], header.cells), lines, add, listed(header.cells)),
	}
	if joinTexts(header.cells) == "" {
		e.Message = fmt.Sprintf("the mapping names a column that the file does not have: %s", strings.Join(missing, ", "))
		e.Hint = fmt.Sprintf("a list without a header row is mapped by letters, and this one has the columns [A] to [%s]", letter(len(header.cells)-1))
	}
	return e
}

// columnName names a column for a message.
func columnName(headings []string, i int) string {
	if h := strings.TrimSpace(headings[i]); h != "" {
		return fmt.Sprintf("%q (%s)", h, letter(i))
	}
	return "column " + letter(i)
}

// without is the mapping that leaves column i out: by its heading, or by its letter where it has none or another has the same.
func without(headings []string, i int) string {
	for j, h := range headings {
		if fold(headings[i]) == "" || j != i && fold(h) == fold(headings[i]) {
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
				Message: fmt.Sprintf("two columns hold %s: %s and %s", name, columnName(header.cells, j), columnName(header.cells, i)),
				Hint:    fmt.Sprintf("say which one not to read with --map %q", without(header.cells, j)),
			}
		}
		if _, constant := constants[name]; constant {
			return &InputError{
				File: file, Line: header.line,
				Message: fmt.Sprintf("%s holds %s, and --set gives every row another", columnName(header.cells, i), name),
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
	near := nearest(heading, m.schema)
	if near == "" && i < len(header.lowest) {
		near = nearest(header.lowest[i], m.schema)
	}
	if near != "" {
		f.Hint = fmt.Sprintf("did you mean %s? then --map %q; to be silent about it, --map %q", near, heading+"="+near, heading+"=")
	}
	return f
}

// textIn gives the first text in column i of some rows, and its row.
func textIn(rows []headRow, i int) (row int64, text string) {
	for _, r := range rows {
		if i < len(r.cells) && strings.TrimSpace(r.cells[i]) != "" {
			return r.row, strings.TrimSpace(r.cells[i])
		}
	}
	return 0, ""
}

func unnamedColumn(file string, header headRow, i int, row int64, text string) schema.Finding {
	key := "[" + letter(i) + "]="
	return schema.Finding{
		Code: "W-COLUMN-UNKNOWN", Severity: schema.Warning,
		Origin:  schema.Origin{File: file, Row: header.row, Line: header.line, Column: letter(i)},
		Value:   shortened([]byte(text)),
		Message: fmt.Sprintf("the column is not read: it has no heading, and there is text in it (row %d)", row),
		Hint:    fmt.Sprintf("to read it, --map %q; to be silent about it, --map %q", key+"ATTRIBUTE", key),
	}
}

func unnamedColumns(file string, header headRow, columns []int, looked int) schema.Finding {
	word := "column"
	if len(columns) > 1 {
		word = "columns"
	}
	var names []string
	for i, c := range columns {
		if i == 12 {
			names = append(names, fmt.Sprintf("%d more", len(columns)-i))
			break
		}
		names = append(names, letter(c))
	}
	return schema.Finding{
		Code: "N-COLUMN-UNNAMED", Severity: schema.Note,
		Origin:  schema.Origin{File: file, Row: header.row, Line: header.line},
		Message: fmt.Sprintf("%s %s: not read, without a heading and without text in the %d rows that were looked at", word, strings.Join(names, ", "), looked),
		Hint:    fmt.Sprintf("if there is text further down, --map %q reads it", "["+letter(columns[0])+"]=ATTRIBUTE"),
	}
}

// noKnownColumn says what a file has where headings should be. rows are its first.
func noKnownColumn(file string, header headRow, s *schema.Schema, rows []headRow) *InputError {
	e := &InputError{
		File: file, Line: header.line, noHeader: true,
		Message: fmt.Sprintf("no column is known: row %d has %s", header.row, listed(header.cells)),
		Hint:    fmt.Sprintf("the attributes are %s: name the columns with --map %q, the row of the header with --header-row, or what parts the cells with --delimiter; if the list has no header row, name them in their order with --columns", strings.Join(s.Names(), ", "), "HEADING="+s.Attributes[0].TechnicalName),
	}
	if header.row == 0 {
		e.Message = "no column is known: the list is read without a header row"
		e.Hint = "name its columns in their order: --columns " + columnsWord(rows, s)
		return e
	}
	if person := personAmong(header.cells); person != "" {
		e.Message = fmt.Sprintf("row %d looks like a person and not like headings: it has %s", header.row, person)
		e.Hint = fmt.Sprintf("if the list has no header row, name its columns in their order: --columns %s, or say --no-header and name them by their letters; or put a line with headings above it", columnsWord(rows, s))
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
		switch {
		case mail && local != "" && strings.Contains(domain, "."):
			return "a mail address"
		case schema.ReadsAsDate([]byte(c), schema.DayFirst):
			return "a date"
		case isPhone(c):
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
