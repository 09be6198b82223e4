package report

import (
	"bufio"
	"fmt"
	"io"
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
		for _, s := range sentences(p) {
			fmt.Fprintf(b, "%s\n", s)
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

// markLines lists the changes, folded away.
func markLines(b *bufio.Writer, p *plan.Plan, d dates, o MarkdownOptions) {
	all := int(p.Trailer.Counts.Operations())
	if all == 0 {
		return
	}
	shown := all
	if o.Max > 0 {
		shown = min(shown, o.Max)
	}
	fmt.Fprintf(b, "\n<details><summary>%s</summary>\n\n| | account | row | change |\n|---|---|--:|---|\n", count(shown, "line"))
	for i := range p.Operations[:min(shown, len(p.Operations))] {
		op := &p.Operations[i]
		row := ""
		if op.Row > 0 {
			row = fmt.Sprint(op.Row)
		}
		var parts []string
		for _, f := range op.Fields {
			was, will := d.pair(f)
			switch {
			case op.Action == plan.Create && f.Attribute == schema.AccountName:
			case op.Action == plan.Create:
				parts = append(parts, fmt.Sprintf("%s %s", mark(f.Attribute), mark(value(will))))
			default:
				parts = append(parts, fmt.Sprintf("%s %s → **%s**", mark(f.Attribute), mark(value(was)), mark(value(will))))
			}
		}
		if op.Reason != "" {
			parts = append(parts, mark(op.Reason))
		}
		fmt.Fprintf(b, "| %s %s | %s | %s | %s |\n", code(symbol(op.Action)), op.Action, mark(op.AccountName), row, strings.Join(parts, "<br>"))
	}
	fmt.Fprint(b, "\n</details>\n")
	if shown < all {
		file := o.File
		if file == "" {
			file = "PLAN"
		}
		fmt.Fprintf(b, "\n… and %s more: %s\n", number(all-shown), code("nelm-reconcile show "+shell(file)))
	}
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
