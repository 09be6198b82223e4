package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
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

// Sizes of the page: lines to a block of data, which is read in one go, and lines that are shown where scripts are off.
const (
	pageChunk  = 500
	pageStatic = 300
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
}

type fieldBar struct {
	Name, Number string
	Value, Of    int64
}

type limitRow struct {
	Name, Got, Bound, Word string
	OK                     bool
}

type warningRow struct {
	Code, Number, Example string
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
	Chunks                       iter.Seq[[]pageOperation]
}

// page is what the template of a plan shows.
type page struct {
	Shell                               pageShell
	Title, Fingerprint, Hint, RouteText string
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
	Warnings                            []warningRow
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
	Route     string      `json:"rt,omitempty"`
	Fields    [][3]string `json:"f,omitempty"` // attribute, before, after
	Unchanged [][2]string `json:"u,omitempty"`
	Findings  [][3]string `json:"d,omitempty"` // severity, code, message
}

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
	v.Where = facts(fact{"tenant", h.Source.Tenant.Org}, fact{"id", h.Source.ID}, fact{"sourceId", h.Source.SourceID}, fact{"list", h.Input.File}, fact{"planned", d.minute(h.Created)})
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
			v.Cards = append(v.Cards, card{x.kind, x.kind, symbol(plan.Action(x.kind)), number(x.n), x.note})
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
	v.Warnings = warnings(p.Operations)
	v.Made = made(p, d)
	rows := rowMaker{header: h, dates: d, pii: o.ShowPII}
	v.Shell = shellOf(frameOf(p), len(p.Operations), func(i int) pageOperation { return rows.row(&p.Operations[i]) })
	v.Shell.Window, v.Shell.Body, v.Shell.Legend = "Plan "+t.Fingerprint+" for "+v.Title, "plan-page", legend(h, o)
	return v
}

// shellOf makes the list of n lines.
func shellOf(f pageFrame, n int, row func(i int) pageOperation) pageShell {
	s := pageShell{Frame: f, All: number(n), CutAt: number(pageStatic), Cut: n > pageStatic}
	for i := range min(pageStatic, n) {
		op := row(i)
		s.Static = append(s.Static, staticRow{N: op.N, Row: op.Row, Symbol: f.Symbols[op.Action], Action: f.Words[op.Action], Account: op.Account, Reason: op.Reason, Fields: op.Fields})
	}
	s.Chunks = func(yield func([]pageOperation) bool) {
		for from := 0; from < n; from += pageChunk {
			chunk := make([]pageOperation, min(pageChunk, n-from))
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
	case !l.OK && l.Name == "input":
		r.Word = "too few"
	case !l.OK:
		r.Word = "too many"
	}
	return r
}

// warnings counts the findings of operations that are sent all the same, by code.
func warnings(ops []plan.Operation) []warningRow {
	counts, examples := map[string]int64{}, map[string]string{}
	for i := range ops {
		if !ops[i].Action.Sent() {
			continue
		}
		for _, f := range ops[i].Findings {
			counts[f.Code]++
			if examples[f.Code] == "" {
				examples[f.Code] = plain(ops[i].AccountName + ": " + f.Message)
			}
		}
	}
	var out []warningRow
	for _, code := range sortedKeys(counts) {
		out = append(out, warningRow{plain(code), number(counts[code]), examples[code]})
	}
	return out
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
	header *plan.Header
	dates  dates
	pii    bool
}

func (m rowMaker) row(op *plan.Operation) pageOperation {
	out := pageOperation{N: op.N, Action: string(op.Action), Account: plain(op.AccountName), Row: op.Row, Reason: plain(op.Reason)}
	if op.Action.Sent() {
		out.Route = "by " + routeName(op.Route)
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
		if message := plain(f.Message); !strings.Contains(out.Reason, message) {
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
