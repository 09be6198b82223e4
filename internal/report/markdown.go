package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// MarkdownOptions say how a plan is shown in Markdown.
type MarkdownOptions struct {
	Max  int    // lines of changes to show; 0 for all. A comment on GitHub holds 65,536 characters, about 400 lines
	File string // of the plan, for the command that shows the rest
}

// PlanMarkdown writes a plan for a pull request or a summary of a job, in the Markdown of GitHub and GitLab.
func PlanMarkdown(w io.Writer, p *plan.Plan, o MarkdownOptions) error {
	return text(w, func(b *bufio.Writer) {
		t, d := &p.Trailer, newDates(&p.Header)
		verdict := "within its limits"
		switch {
		case !t.Safe:
			verdict = "**refused**"
		case t.Counts.Sent() == 0:
			verdict = "nothing to do"
		}
		name := p.Header.Source.Name
		if name == "" {
			name = p.Header.Against
		}
		fmt.Fprintf(b, "## Plan for %s: %s\n\n", mark(name), verdict)
		if s := farToday(&p.Header, d); s != "" {
			fmt.Fprintf(b, ":warning: %s\n\n", mark(s))
		}
		for _, s := range sentences(p) {
			fmt.Fprintf(b, "%s\n", s)
		}
		for _, s := range wholeSentences(p) {
			fmt.Fprintf(b, "\n%s\n", mark(s))
		}
		fmt.Fprintf(b, "\nFingerprint: `%s`\n", t.Fingerprint)
		if len(t.Refusals) > 0 {
			fmt.Fprintln(b)
			for _, r := range t.Refusals {
				fmt.Fprintf(b, "- :no_entry: %s\n", mark(r.Message))
			}
			fmt.Fprintf(b, "\n%s\n", code(plan.Hint(t.Refusals)))
		}
		c := t.Counts
		fmt.Fprintf(b, "\n| create | update | end | delete | blocked | untouched | same |\n|--:|--:|--:|--:|--:|--:|--:|\n| %s | %s | %s | %s | %s | %s | %s |\n",
			number(c.Create), number(c.Update), number(c.End), number(c.Delete), number(c.Blocked), number(c.Untouched), number(c.Same))
		fmt.Fprint(b, "\n| limit | this plan | bound | |\n|---|--:|--:|---|\n")
		for _, l := range t.Limits {
			r := limitRowOf(l)
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", r.Name, r.Got, r.Bound, r.Word)
		}
		if c.Sent() > 0 {
			fmt.Fprintf(b, "\n%s.\n", routeText(t))
		}
		markLines(b, p, d, o)
	})
}

// markLines lists the operations, folded away, but for those that are blocked for what is said of the list as a whole.
func markLines(b *bufio.Writer, p *plan.Plan, d dates, o MarkdownOptions) {
	all := int(p.Trailer.Counts.Operations())
	for _, w := range p.Trailer.Whole {
		all -= int(w.Rows)
	}
	operations := slices.DeleteFunc(slices.Clone(p.Operations), func(op plan.Operation) bool { return p.Trailer.WholeOf(&op) != nil })
	shown := len(operations)
	if o.Max > 0 {
		shown = min(shown, o.Max)
	}
	beginLines(b, shown)
	for i := range operations[:shown] {
		op := &operations[i]
		fields := op.Fields
		if op.Action == plan.Create {
			fields = slices.DeleteFunc(slices.Clone(fields), func(f schema.FieldChange) bool { return f.Attribute == schema.AccountName })
		}
		markLine(b, d, symbol(op.Action), string(op.Action), op.AccountName, op.Row, fields, op.Action == plan.Create, op.Reason)
	}
	file := o.File
	if file == "" {
		file = "PLAN"
	}
	endLines(b, shown, all-shown, "nelm-reconcile show "+Word(file))
}

func beginLines(b *bufio.Writer, n int) {
	if n > 0 {
		fmt.Fprintf(b, "\n<details><summary>%s</summary>\n\n| | account | row | change |\n|---|---|--:|---|\n", count(n, "line"))
	}
}

func endLines(b *bufio.Writer, n, rest int, command string) {
	if n > 0 {
		fmt.Fprint(b, "\n</details>\n")
	}
	if rest > 0 {
		fmt.Fprintf(b, "\n… and %s more: %s\n", number(rest), code(command))
	}
}

// markLine is one row of the table: of a new account the values alone, else old and new.
func markLine(b *bufio.Writer, d dates, sign, word, account string, row int64, fields []schema.FieldChange, isNew bool, reason string) {
	place := ""
	if row > 0 {
		place = fmt.Sprint(row)
	}
	var parts []string
	for _, f := range fields {
		was, will := d.pair(f)
		if isNew {
			parts = append(parts, fmt.Sprintf("%s %s", mark(f.Attribute), mark(value(will))))
		} else {
			was, will = apart(was, will)
			parts = append(parts, fmt.Sprintf("%s %s → **%s**", mark(f.Attribute), mark(value(was)), mark(value(will))))
		}
	}
	if reason != "" {
		parts = append(parts, mark(reason))
	}
	fmt.Fprintf(b, "| %s %s | %s | %s | %s |\n", code(sign), word, mark(account), place, strings.Join(parts, "<br>"))
}

// marks are the characters that mean something in Markdown, in a table, in HTML, or to those who turn words into links: mentions,
// numbers of issues, addresses, names of emoji.
const marks = "\\`*_[]<>#|~&@:$"

// mark makes a text of somebody's list mean nothing in Markdown: it mentions nobody, links nowhere and is no markup. Characters
// are written as numeric references, which every renderer shows as the characters and none takes for syntax.
func mark(s string) string {
	s = plain(s)
	var b strings.Builder
	for i, r := range s {
		times := r == ':' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9'
		domain := r == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www")
		if domain || strings.ContainsRune(marks, r) && !times {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// code is a text in backticks, which need to be more than any in the text.
func code(s string) string {
	s = plain(s)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if fence == "`" {
		return "`" + s + "`"
	}
	return fence + " " + s + " " + fence
}
