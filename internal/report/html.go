package report

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

//go:embed page
var pages embed.FS

// HTMLOptions say what a reviewer's page shows.
type HTMLOptions struct {
	ShowPII bool // personal data that does not change is shown and not masked
}

// Sizes of the page: lines to a chunk of data, and lines that are shown where scripts are off.
const (
	chunkLines  = 500
	staticLines = 300
)

// PlanHTML writes one self-contained page for a reviewer who has nothing but a browser. It asks the network for nothing: a
// content-security policy allows its own style and script, by their hashes, and forbids the rest. All that a plan would do
// is shown in full; personal data that does not change is masked and not in the file at all, unless it was asked for.
func PlanHTML(w io.Writer, p *plan.Plan, o HTMLOptions) error {
	v := newPage(p, o)
	return writePage(w, "plan.html", &v.Shell, v)
}

// writePage executes one of the page's templates and gives its shell style, script and policy.
func writePage(w io.Writer, name string, shell *pageShell, v any) error {
	style, err := pages.ReadFile("page/plan.css")
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	script, err := pages.ReadFile("page/plan.js")
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	t, err := template.ParseFS(pages, "page/parts.html", "page/"+name)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	shell.Style, shell.Script = template.CSS(style), template.JS(script)
	shell.Policy = fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'", hashOf(style), hashOf(script))
	b := bufio.NewWriterSize(w, 64<<10)
	if err := t.ExecuteTemplate(b, name, v); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// hashOf is a source expression of a content-security policy.
func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

type fact struct{ Word, Value string }

type card struct {
	Class, Kind, Symbol, Number, Note string
	Lines                             bool   // it leads to lines of that class
	Ends                              string // how many of them end a contract
	EndsWords                         string // by which these are found
}

type fieldBar struct {
	Name, Number string
	Value, Of    int64
}

type limitRow struct {
	Name, Got, Bound, Word string
	OK                     bool
}

// A codeRow is a finding that lines share; one without a code stands for all lines that have none.
type codeRow struct {
	Code, Number, Example, Kind string
}

type staticRow struct {
	N, Row                          int64
	Symbol, Action, Account, Reason string
	Fields                          [][3]string
}

// pageShell is what every page has around its content, and the list in it.
type pageShell struct {
	Window, Body, Policy, Legend string
	Style                        template.CSS
	Script                       template.JS
	Cut                          bool
	All, CutAt                   string
	Static                       []staticRow
	Frame                        pageFrame
	Chunks                       iter.Seq[pageChunk]
}

// page is what the template of a plan shows.
type page struct {
	Shell                               pageShell
	Title, Fingerprint, Hint, RouteText string
	Warning                             string // at the top; empty for none
	Where, Made                         []fact
	Safe                                bool
	Allowed                             bool // over a limit, and allowed by its exact number
	Sent                                int64
	Sentences                           []string
	Refusals                            []plan.Refusal
	Cards                               []card
	Fields                              []fieldBar
	Limits                              []limitRow
	Routes                              []string
	Blocked, Warnings                   []codeRow
}

// pageFrame is what the script needs to know besides the operations.
type pageFrame struct {
	Total   int64             `json:"total"`
	Columns [3]string         `json:"columns"`
	Symbols map[string]string `json:"symbols"`
	Words   map[string]string `json:"words"`
	Kinds   []pageKind        `json:"kinds"`
	Fields  []string          `json:"fields"`
}

type pageKind struct {
	Kind  string `json:"kind"`
	Count int64  `json:"count"`
}

// pageOperation is one line of the plan as the script gets it; the names are short because there may be many.
type pageOperation struct {
	N         int64       `json:"n"`
	Action    string      `json:"a"` // key of the frame's symbols and words
	Account   string      `json:"k"`
	Person    string      `json:"p,omitempty"` // first and last name, masked where they do not change
	Row       int64       `json:"r,omitempty"`
	Reason    string      `json:"w,omitempty"`
	Codes     []string    `json:"c,omitempty"` // of the findings that the reason speaks of
	Ends      string      `json:"e,omitempty"` // said of an update that ends a contract
	Route     string      `json:"rt,omitempty"`
	Fields    [][3]string `json:"f,omitempty"` // attribute, before, after
	Unchanged [][2]string `json:"u,omitempty"`
	Findings  [][3]string `json:"d,omitempty"` // severity, code, message
}

// A pageChunk is some lines of the page, one after the other.
type pageChunk []pageOperation

// Packed returns the lines as JSON, gzip and base64. Plans repeat themselves so much that this is a tenth of the text: a page of
// 20,000 lines can be mailed, and a browser, which decodes a file in one go, does not stand still over it.
func (c pageChunk) Packed() (string, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	lines := json.NewEncoder(z)
	lines.SetEscapeHTML(false)
	for i := range c {
		if err := lines.Encode(&c[i]); err != nil {
			return "", err
		}
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// endsContract marks an update that counts as a removal.
const endsContract = "ends the contract"

func newPage(p *plan.Plan, o HTMLOptions) *page {
	h, t := &p.Header, &p.Trailer
	d := newDates(h)
	c := t.Counts
	v := &page{
		Title: plain(h.Source.Name), Fingerprint: t.Fingerprint, Safe: t.Safe, Sent: c.Sent(),
		Refusals: t.Refusals, Hint: plain(plan.Hint(t.Refusals)), RouteText: routeText(t),
	}
	if v.Title == "" {
		v.Title = plain(h.Against)
	}
	if len(t.Refusals) == 0 {
		v.Hint = ""
	}
	for i := range v.Refusals {
		v.Refusals = slices.Clone(v.Refusals)
		v.Refusals[i].Message = plain(v.Refusals[i].Message)
	}
	from := fact{"list", h.Input.File}
	if back := takesBack(h); back != "" {
		from = fact{"takes back", back}
	}
	v.Where = facts(fact{"tenant", h.Source.Tenant.Org}, fact{"id", h.Source.ID}, fact{"sourceId", h.Source.SourceID}, from, fact{"planned", d.minute(h.Created)})
	v.Sentences = append(sentences(p), wholeSentences(p)...)
	for _, l := range t.Limits {
		v.Allowed = v.Allowed || l.Allowed
	}
	ends, deletes := "missing from the list: their end moves earlier", "missing from the list: removed for good"
	if h.Undoes != "" {
		v.Title = "Taking back: " + v.Title
		deletes = "created by the plan that is taken back: removed for good"
	}
	for _, x := range []struct {
		kind, note string
		n          int64
	}{
		{string(plan.Create), "new accounts", c.Create},
		{string(plan.Update), "accounts whose values change", c.Update},
		{string(plan.End), ends, c.End},
		{string(plan.Delete), deletes, c.Delete},
		{string(plan.Blocked), "nothing happens until somebody settles them", c.Blocked},
		{string(plan.Untouched), "left alone, each for a reason", c.Untouched},
		{"same", "already as the list says", c.Same},
	} {
		if x.n > 0 || x.kind == string(plan.Create) || x.kind == string(plan.Update) || x.kind == string(plan.Delete) {
			v.Cards = append(v.Cards, card{Class: x.kind, Kind: x.kind, Symbol: symbol(plan.Action(x.kind)), Number: number(x.n), Note: x.note, Lines: x.n > 0 && x.kind != "same"})
		}
	}
	var most int64 = 1
	for _, n := range t.Fields {
		most = max(most, n)
	}
	for _, name := range fieldOrder(h.Schema.Names, t.Fields) {
		v.Fields = append(v.Fields, fieldBar{plain(name), number(t.Fields[name]), t.Fields[name], most})
	}
	for _, l := range t.Limits {
		v.Limits = append(v.Limits, limitRowOf(l))
	}
	if v.Sent > 0 {
		v.Routes = routeReasons(t.Routes)
		if t.DeletesFirst {
			v.Routes = append(v.Routes, "deletes go first: there is no room for the creates before")
		}
	}
	for i := range v.Cards {
		if n := c.Removals - c.End - c.Delete; n > 0 && v.Cards[i].Class == string(plan.Update) {
			v.Cards[i].Ends, v.Cards[i].EndsWords = was(n, "ends a contract", "end a contract"), endsContract
		}
	}
	v.Blocked, v.Warnings = blocked(p.Operations), warnings(p.Operations)
	v.Made, v.Warning = made(p, d), farToday(h, d)
	rows := rowMaker{header: h, dates: d, removes: h.Removals(), pii: o.ShowPII}
	v.Shell = shellOf(frameOf(p), len(p.Operations), func(i int) pageOperation { return rows.row(&p.Operations[i]) })
	v.Shell.Window, v.Shell.Body, v.Shell.Legend = "Plan "+t.Fingerprint+" for "+v.Title, "plan-page", legend(h, o)
	return v
}

// shellOf makes the list of n lines.
func shellOf(f pageFrame, n int, row func(i int) pageOperation) pageShell {
	s := pageShell{Frame: f, All: number(n), CutAt: number(staticLines), Cut: n > staticLines}
	for i := range min(staticLines, n) {
		op := row(i)
		s.Static = append(s.Static, staticRow{N: op.N, Row: op.Row, Symbol: f.Symbols[op.Action], Action: f.Words[op.Action], Account: op.Account, Reason: op.Reason, Fields: op.Fields})
	}
	s.Chunks = func(yield func(pageChunk) bool) {
		for from := 0; from < n; from += chunkLines {
			chunk := make(pageChunk, min(chunkLines, n-from))
			for i := range chunk {
				chunk[i] = row(from + i)
			}
			if !yield(chunk) {
				return
			}
		}
	}
	return s
}

// facts leaves out what is not known.
func facts(all ...fact) []fact {
	var out []fact
	for _, f := range all {
		if f.Value != "" {
			out = append(out, fact{f.Word, plain(f.Value)})
		}
	}
	return out
}

func limitRowOf(l plan.LimitCheck) limitRow {
	r := limitRow{Name: l.Name, Got: number(l.Got), OK: l.OK, Word: "within"}
	if l.Of > 0 && l.Name != "capacity" {
		r.Got += " (" + percent(l.Got, l.Of) + ")"
	}
	switch {
	case l.Bound < 0:
		r.Bound = "none"
	case l.Name == "input":
		r.Bound = "at least " + number(l.Bound)
	default:
		r.Bound = "at most " + number(l.Bound)
	}
	if strings.HasSuffix(l.Limit, "%") {
		r.Bound += " (" + l.Limit + ")"
	}
	switch {
	case l.Allowed:
		r.Word = "allowed by its exact number"
	case emptyAllowed(l):
		r.Word = "allowed as an empty list"
	case !l.OK && l.Name == "input":
		r.Word = "too few"
	case !l.OK:
		r.Word = "too many"
	}
	return r
}

// warnings counts the findings of operations that are sent all the same, by code.
func warnings(ops []plan.Operation) []codeRow {
	var all codeCount
	for i := range ops {
		if !ops[i].Action.Sent() {
			continue
		}
		for _, f := range ops[i].Findings {
			all.add(f.Code, ops[i].AccountName, f.Message)
		}
	}
	return all.rows("")
}

// blocked counts what stands in the way of operations, by the code of the first error.
func blocked(ops []plan.Operation) []codeRow {
	var all codeCount
	for i := range ops {
		if ops[i].Action != plan.Blocked {
			continue
		}
		code := ""
		for _, f := range ops[i].Findings {
			if f.Severity == schema.Error {
				code = f.Code
				break
			}
		}
		all.add(code, ops[i].AccountName, ops[i].Reason)
	}
	return all.rows(string(plan.Blocked))
}

// A codeCount counts lines by code and keeps the first of each as an example.
type codeCount struct {
	counts   map[string]int64
	examples map[string]string
}

func (t *codeCount) add(code, account, message string) {
	if t.counts == nil {
		t.counts, t.examples = map[string]int64{}, map[string]string{}
	}
	if t.counts[code]++; t.counts[code] == 1 {
		t.examples[code] = plain(strings.TrimPrefix(account+": "+message, ": "))
	}
}

// rows are the codes in order, those without one at the end.
func (t *codeCount) rows(kind string) []codeRow {
	var out, none []codeRow
	for _, code := range sortedKeys(t.counts) {
		row := codeRow{Code: plain(code), Number: number(t.counts[code]), Example: t.examples[code], Kind: kind}
		if code == "" {
			none = append(none, row)
		} else {
			out = append(out, row)
		}
	}
	return append(out, none...)
}

func frameOf(p *plan.Plan) pageFrame {
	c := p.Trailer.Counts
	f := pageFrame{Total: c.Operations(), Columns: [3]string{"Attribute", "Before", "After"}, Symbols: map[string]string{}, Words: map[string]string{}, Kinds: []pageKind{{"", c.Operations()}}, Fields: []string{}}
	for _, k := range []struct {
		action plan.Action
		n      int64
	}{{plan.Create, c.Create}, {plan.Update, c.Update}, {plan.End, c.End}, {plan.Delete, c.Delete}, {plan.Blocked, c.Blocked}, {plan.Untouched, c.Untouched}} {
		f.Symbols[string(k.action)], f.Words[string(k.action)] = symbol(k.action), string(k.action)
		if k.n > 0 {
			f.Kinds = append(f.Kinds, pageKind{string(k.action), k.n})
		}
	}
	used := map[string]bool{}
	for i := range p.Operations {
		for _, change := range p.Operations[i].Fields {
			used[change.Attribute] = true
		}
	}
	for _, n := range p.Header.Schema.Names {
		if used[n] {
			f.Fields = append(f.Fields, plain(n))
		}
	}
	return f
}

// A rowMaker turns operations into lines of the page.
type rowMaker struct {
	header  *plan.Header
	dates   dates
	removes func(*plan.Operation) bool
	pii     bool
}

func (m rowMaker) row(op *plan.Operation) pageOperation {
	out := pageOperation{N: op.N, Action: string(op.Action), Account: plain(op.AccountName), Row: op.Row, Reason: plain(op.Reason)}
	if op.Action.Sent() {
		out.Route = "by " + routeName(op.Route)
	}
	if op.Action == plan.Update && m.removes(op) {
		out.Ends = endsContract
	}
	changes := map[string]string{}
	for _, f := range op.Fields {
		was, will := m.dates.pair(f)
		if f.Attribute != schema.AccountName {
			out.Fields = append(out.Fields, [3]string{plain(f.Attribute), plain(was), plain(will)})
		}
		changes[f.Attribute] = f.New
	}
	// Of a record that goes, everything goes: all of it is shown.
	gone := op.Action == plan.Delete
	for i, n := range m.header.Managed {
		if i >= len(op.Current) || n == schema.AccountName {
			continue
		}
		if _, moves := changes[n]; moves {
			continue
		}
		value := plain(m.dates.one(n, op.Current[i]))
		if gone {
			out.Fields = append(out.Fields, [3]string{plain(n), value, ""})
			continue
		}
		if !m.pii {
			value = masked(n, value)
		}
		out.Unchanged = append(out.Unchanged, [2]string{plain(n), value})
	}
	out.Person = m.person(op, changes, gone)
	for _, f := range op.Findings {
		if message := plain(f.Message); strings.Contains(out.Reason, message) {
			out.Codes = append(out.Codes, plain(f.Code))
		} else {
			out.Findings = append(out.Findings, [3]string{string(f.Severity), plain(f.Code), message})
		}
	}
	return out
}

// person is the name beside the account name.
func (m rowMaker) person(op *plan.Operation, changes map[string]string, gone bool) string {
	var parts []string
	for _, n := range []string{schema.FirstName, schema.LastName} {
		value, shown := changes[n]
		if i := slices.Index(m.header.Managed, n); !shown && i >= 0 && i < len(op.Current) {
			if value = op.Current[i]; !gone && !m.pii {
				value = masked(n, value)
			}
		}
		if value != "" {
			parts = append(parts, plain(value))
		}
	}
	return strings.Join(parts, " ")
}

// masked hides personal data that a plan does not change: all but the first letter of a text, all but the domain of a mail
// address, all but the last two digits of a phone number. Whom an account is managed by and when it starts and ends are no
// secrets of a plan.
func masked(attribute, value string) string {
	switch {
	case value == "" || attribute == schema.Manager || attribute == schema.StartDate || attribute == schema.EndDate:
		return value
	case attribute == schema.EmailName:
		if at := strings.LastIndexByte(value, '@'); at > 0 {
			return "•••" + value[at:]
		}
		return "•••"
	case attribute == schema.PhoneName:
		if r := []rune(value); len(r) > 4 {
			return "••• " + string(r[len(r)-2:])
		}
		return "•••"
	}
	return string([]rune(value)[:1]) + "•••"
}
