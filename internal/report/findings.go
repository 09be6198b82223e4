package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// FindingOptions say how findings are shown.
type FindingOptions struct {
	Colour bool
	Max    int    // groups to show; 0 for all
	More   string // where the rest is, if it was cut; empty: how to see it
}

// Findings prints findings for people: the same fault is one entry with its rows and a count. Errors come first, then
// warnings, then notes; within each the order is that of the list.
func Findings(w io.Writer, found Found, o FindingOptions) error {
	p := palette(o.Colour)
	return textOf(w, func(b *bufio.Writer) error {
		rest, err := groups(found, groupOptions{most: o.Max}, func(g *findingGroup) { g.write(b, p) })
		if rest > 0 {
			where := o.More
			if where == "" {
				where = "--max-findings 0 shows all"
			}
			fmt.Fprintf(b, "  … and %s more: %s\n", number(rest), where)
		}
		return err
	})
}

// findingIndent is where what belongs to a finding stands below it.
const findingIndent = 27

// write prints a group. The same message is one line with its rows; different ones of the same fault stand below each other,
// the first few of many.
func (g *findingGroup) write(b *bufio.Writer, p palette) {
	const indent = findingIndent
	f := &g.first
	label := map[schema.Severity]string{schema.Error: p.red("error"), schema.Warning: p.yellow("warn "), schema.Note: p.dim("note ")}[f.Severity]
	if len(g.parts) == 1 {
		message := plain(f.Message)
		if n := strings.TrimPrefix(message, g.rows.String()+" "); n != message {
			message = n // it names its row itself
		}
		fmt.Fprintf(b, "%s %-20s %s%s  %s\n", label, f.Code, &g.rows, column(f.Origin, g.rows.n == 1), message)
		if f.Hint != "" {
			fmt.Fprintf(b, "%*shint: %s\n", indent, "", plain(f.Hint))
		}
		return
	}
	fmt.Fprintf(b, "%s %-20s %s%s\n", label, f.Code, count(g.rows.n, "row"), column(f.Origin, false))
	for _, line := range g.lines() {
		fmt.Fprintf(b, "%*s%s\n", indent, "", line)
	}
}

// lines are the different messages of a group, each with its rows, and what to do about them.
func (g *findingGroup) lines() []string {
	var lines []string
	hints := map[string]bool{}
	for _, part := range g.parts {
		lines = append(lines, part.rows.String()+": "+plain(part.message))
		if part.hint != "" {
			hints[part.hint] = true
		}
	}
	if g.rest.n > 0 {
		lines = append(lines, fmt.Sprintf("… and %s more: %s", number(g.rest.n), &g.rest))
	}
	for _, h := range slices.Sorted(maps.Keys(hints)) {
		lines = append(lines, "hint: "+plain(h))
	}
	return lines
}

// column names the cell where there is one row, else the column.
func column(o schema.Origin, one bool) string {
	switch {
	case o.Column == "" && o.Header == "":
		return ""
	case o.Header == "":
		return " (" + o.Column + ")"
	case o.Row == 0:
		return fmt.Sprintf(", column %s %q", o.Column, o.Header)
	case one && o.Column != "":
		return fmt.Sprintf(" (%s%d %q)", o.Column, o.Row, o.Header)
	}
	return fmt.Sprintf(" (%s %q)", o.Column, o.Header)
}

// FindingsJSON writes findings as JSON lines of type finding.
func FindingsJSON(w io.Writer, found Found) error {
	return textOf(w, func(b *bufio.Writer) error {
		enc := json.NewEncoder(b)
		enc.SetEscapeHTML(false)
		for f, err := range found {
			if err != nil {
				return err
			}
			if err := enc.Encode(struct {
				Type string `json:"type"`
				schema.Finding
			}{"finding", f}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Validation prints the counts of a validation as one line.
func Validation(w io.Writer, v schema.Validation, repaired map[string]int64) error {
	parts := []string{number(v.OK) + " ok"}
	if v.Errors > 0 {
		parts = append(parts, count(v.Errors, "error")+" in "+count(v.BadRows, "row"))
	} else if v.Rows == 0 {
		parts = []string{"no rows"}
	} else {
		parts = append(parts, "no errors")
	}
	if v.Warnings > 0 {
		parts = append(parts, count(v.Warnings, "warning"))
	}
	if v.Notes > 0 {
		parts = append(parts, count(v.Notes, "note"))
	}
	if s := repairs(repaired); s != "" {
		parts = append(parts, s)
	}
	_, err := fmt.Fprintln(w, strings.Join(parts, " · "))
	return err
}

// ValidationJSON writes the counts as the last line of a stream of findings.
func ValidationJSON(w io.Writer, v schema.Validation) error {
	return json.NewEncoder(w).Encode(struct {
		Type string `json:"type"`
		schema.Validation
	}{"summary", v})
}

// repairs says how many cells reading changed, and by which rules.
func repairs(byRule map[string]int64) string {
	var total int64
	var parts []string
	for _, rule := range sortedKeys(byRule) {
		if n := byRule[rule]; n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%s %s", plain(rule), number(n)))
		}
	}
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("%s changed on read (%s)", count(total, "cell"), strings.Join(parts, ", "))
}
