package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// FindingsGitHub writes findings as workflow commands, which GitHub shows beside the lines of the file: where, what their page is about,
// and what to do. Cells, and with them the messages, are left out: a log is no place for people's data.
func FindingsGitHub(w io.Writer, found Found) error {
	level := map[schema.Severity]string{schema.Error: "error", schema.Warning: "warning", schema.Note: "notice"}
	about := make(map[string]string)
	for _, c := range schema.Codes() {
		about[c.ID] = c.Title
	}
	return textOf(w, func(b *bufio.Writer) error {
		for f, err := range found {
			if err != nil {
				return err
			}
			fmt.Fprintf(b, "::%s file=%s", level[f.Severity], property(f.Origin.File))
			if f.Origin.Line > 0 {
				fmt.Fprintf(b, ",line=%d", f.Origin.Line)
			}
			fmt.Fprintf(b, ",title=%s::", property(f.Code))
			message := fmt.Sprintf("row %d", f.Origin.Row)
			if f.Origin.Header != "" {
				message += fmt.Sprintf(", column %s %q", f.Origin.Column, f.Origin.Header)
			}
			if what := about[f.Code]; what != "" {
				message += ": " + what
			}
			if f.Hint != "" {
				message += "; " + f.Hint
			}
			fmt.Fprintln(b, commandData.Replace(message))
		}
		return nil
	})
}

// The characters that would end a workflow command or one of its properties.
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func property(s string) string { return commandProperty.Replace(s) }

// FindingsMarkdown writes findings as a table for a comment or a step summary: one line for the same fault, with its rows.
func FindingsMarkdown(w io.Writer, found Found, v schema.Validation) error {
	return textOf(w, func(b *bufio.Writer) error {
		fmt.Fprintf(b, "%s ok · %s in %s · %s\n", number(v.OK), count(v.Errors, "error"), count(v.BadRows, "row"), count(v.Warnings, "warning"))
		head := "\n| | Code | Rows | Column | What | What to do |\n|---|---|---|---|---|---|\n"
		_, err := groups(found, groupOptions{tell: true}, func(g *findingGroup) {
			fmt.Fprint(b, head)
			head = ""
			f := &g.first
			where := f.Origin.Header
			if where == "" {
				where = f.Attribute
			}
			what := f.Message
			if n := g.messages.count() - 1; n > 0 {
				what = fmt.Sprintf("%s (and %s like it)", what, number(n))
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", f.Severity, f.Code, &g.rows, cell(where), cell(what), cell(f.Hint))
		})
		return err
	})
}

// cell makes text safe inside a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "\n", " ", "\r", " ", "<", "&lt;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[").Replace(plain(s))
}
