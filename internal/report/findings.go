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
func Findings(w io.Writer, findings []schema.Finding, o FindingOptions) error {
	groups := group(findings)
	p := palette(o.Colour)
	return text(w, func(b *bufio.Writer) {
		for i, g := range groups {
			if o.Max > 0 && i == o.Max {
				rest := 0
				for _, g := range groups[i:] {
					rest += len(g.found)
				}
				where := o.More
				if where == "" {
					where = "--max-findings 0 shows all"
				}
				fmt.Fprintf(b, "  … and %s more: %s\n", number(rest), where)
				break
			}
			g.write(b, p)
		}
	})
}

// A group is the same fault, once or often.
type findingGroup struct {
	found []schema.Finding
}

func group(findings []schema.Finding) []findingGroup {
	var groups []findingGroup
	for _, severity := range []schema.Severity{schema.Error, schema.Warning, schema.Note} {
		at := map[string]int{}
		for _, f := range findings {
			if f.Severity != severity {
				continue
			}
			key := f.Code + "\x00" + f.Attribute + "\x00" + f.Origin.Column
			if len(f.Related) > 0 {
				key += "\x00" + f.Message // rows that belong together stand together
			}
			i, ok := at[key]
			if !ok {
				i = len(groups)
				at[key] = i
				groups = append(groups, findingGroup{})
			}
			groups[i].found = append(groups[i].found, f)
		}
	}
	return groups
}

// write prints a group. The same message is one line with its rows; different ones of the same fault stand below each other,
// the first few of many.
func (g findingGroup) write(b *bufio.Writer, p palette) {
	const most = 3
	const indent = 27
	f := g.found[0]
	label := map[schema.Severity]string{schema.Error: p.red("error"), schema.Warning: p.yellow("warn "), schema.Note: p.dim("note ")}[f.Severity]
	same := byMessage(g.found)
	if len(same) == 1 {
		message := plain(f.Message)
		if n := strings.TrimPrefix(message, rows(g.found)+" "); n != message {
			message = n // it names its row itself
		}
		fmt.Fprintf(b, "%s %-20s %s%s  %s\n", label, f.Code, rows(g.found), column(f.Origin, len(g.found) == 1), message)
		if f.Hint != "" {
			fmt.Fprintf(b, "%*shint: %s\n", indent, "", plain(f.Hint))
		}
		return
	}
	fmt.Fprintf(b, "%s %-20s %s%s\n", label, f.Code, count(len(g.found), "row"), column(f.Origin, false))
	hints := map[string]bool{}
	for i, found := range same {
		if i == most {
			var rest []schema.Finding
			for _, r := range same[i:] {
				rest = append(rest, r...)
			}
			fmt.Fprintf(b, "%*s… and %s more: %s\n", indent, "", number(len(rest)), rows(rest))
			break
		}
		fmt.Fprintf(b, "%*s%s: %s\n", indent, "", rows(found), plain(found[0].Message))
		if h := found[0].Hint; h != "" && !hints[h] {
			hints[h] = true
		}
	}
	for _, h := range slices.Sorted(maps.Keys(hints)) {
		fmt.Fprintf(b, "%*shint: %s\n", indent, "", plain(h))
	}
}

// byMessage parts findings by their message, in the order of first appearance.
func byMessage(found []schema.Finding) [][]schema.Finding {
	var parts [][]schema.Finding
	at := map[string]int{}
	for _, f := range found {
		i, ok := at[f.Message]
		if !ok {
			i = len(parts)
			at[f.Message] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], f)
	}
	return parts
}

// rows names the rows of a group, the first few of many.
func rows(found []schema.Finding) string {
	const most = 5
	if found[0].Origin.Row == 0 {
		return "file"
	}
	var names []string
	for _, f := range found {
		n := fmt.Sprint(f.Origin.Row)
		if len(names) == 0 || names[len(names)-1] != n {
			names = append(names, n)
		}
	}
	if len(names) == 1 {
		s := "row " + names[0]
		if line := found[0].Origin.Line; line != 0 && line != found[0].Origin.Row {
			s += fmt.Sprintf(", line %d", line)
		}
		return s
	}
	if len(names) > most {
		return fmt.Sprintf("rows %s … %s", strings.Join(names[:most-1], ", "), names[len(names)-1])
	}
	return "rows " + strings.Join(names, ", ")
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
func FindingsJSON(w io.Writer, findings []schema.Finding) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for _, f := range findings {
		if err := enc.Encode(struct {
			Type string `json:"type"`
			schema.Finding
		}{"finding", f}); err != nil {
			return err
		}
	}
	return b.Flush()
}

// Validation prints the counts of a validation as one line.
func Validation(w io.Writer, v schema.Validation, repaired map[string]int64) error {
	parts := []string{number(v.OK) + " ok"}
	if v.Errors > 0 {
		parts = append(parts, count(v.Errors, "error")+" in "+count(v.BadRows, "row"))
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
