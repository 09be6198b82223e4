package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func sortedKeys(m map[string]int64) []string { return slices.Sorted(maps.Keys(m)) }

// ChangeOptions say how differences are shown.
type ChangeOptions struct {
	JSON     bool
	Colour   bool
	Max      int            // changes to show as text; 0 for all
	Schema   *schema.Schema // for the order of attributes, and for which are dates; not needed for JSON
	Zone     *time.Location // in which dates are shown; nil for UTC
	Filtered bool           // only chosen differences come, and the counts are of all
}

// Changes prints differences as they are found; nothing is held back, so that a list of any length can be shown.
type Changes struct {
	w     *bufio.Writer
	o     ChangeOptions
	dates dates
	shown int
	seen  int
	line  []byte // of JSON, used again for every change
}

// NewChanges begins a report of differences.
func NewChanges(w io.Writer, o ChangeOptions) *Changes {
	if o.Schema == nil {
		o.Schema = &schema.Schema{}
	}
	return &Changes{w: bufio.NewWriterSize(w, 64<<10), o: o, dates: datesOf(o.Schema.Attributes, o.Zone)}
}

// Where says which source is compared. local and remote are counts of rows; -1 where they are not known yet.
func (c *Changes) Where(s schema.Source, remote int) {
	if c.o.JSON {
		return
	}
	switch {
	case s.SourceID == "" && remote < 0:
		return
	case remote < 0:
		fmt.Fprintf(c.w, "%q, not read: compared with a file\n\n", plain(s.Name))
	default:
		fmt.Fprintf(c.w, "%s · %q · id %s · sourceId %s · %s remote\n\n", s.Tenant.Org, plain(s.Name), s.ID, s.SourceID, number(remote))
	}
}

// Whole prints what is said of the list as a whole; in JSON every row has it.
func (c *Changes) Whole(findings []schema.Finding) error {
	if c.o.JSON || len(findings) == 0 {
		return nil
	}
	err := Findings(c.w, Listed(findings), FindingOptions{Colour: c.o.Colour})
	fmt.Fprintln(c.w)
	return err
}

// Change prints one difference.
func (c *Changes) Change(ch diff.Change) error {
	c.seen++
	if c.o.JSON {
		var err error
		if c.line, err = appendChange(c.line[:0], &ch); err != nil {
			return err
		}
		_, err = c.w.Write(c.line)
		return err
	}
	if c.o.Max > 0 && c.shown >= c.o.Max {
		return nil
	}
	c.shown++
	writeChange(c.w, palette(c.o.Colour), c.dates, ch)
	return nil
}

// writeChange prints one difference as text.
func writeChange(b *bufio.Writer, p palette, d dates, ch diff.Change) {
	where := ""
	if ch.Desired != nil && ch.Desired.Ref.Row > 0 {
		where = fmt.Sprintf("   row %d", ch.Desired.Ref.Row)
	}
	name := plain(ch.Key)
	if name == "" {
		name = "(no account name)"
	}
	switch ch.Kind {
	case diff.Create:
		fmt.Fprintf(b, "%s%s\n", p.green("+ "+name), where)
	case diff.Update:
		fmt.Fprintf(b, "%s%s\n", p.yellow("~ "+name), where)
	case diff.Missing:
		fmt.Fprintf(b, "%s   not in the list\n", p.red("- "+name))
	case diff.Rename:
		fmt.Fprintf(b, "%s%s\n", p.yellow("? "+name), where)
	default:
		fmt.Fprintf(b, "%s%s\n", p.red("! "+name), where)
	}
	width := 0
	for _, f := range ch.Fields {
		width = max(width, len(f.Attribute))
	}
	if ch.Kind == diff.Update {
		for _, f := range ch.Fields {
			was, will := d.pair(f)
			was, will = apart(was, will)
			fmt.Fprintf(b, "    %-*s  %s → %s\n", width, f.Attribute, value(was), value(will))
		}
	}
	for _, f := range ch.Findings {
		if f.Severity == schema.Error || ch.Kind == diff.Rename {
			fmt.Fprintf(b, "    %s: %s\n", f.Code, plain(f.Message))
		}
	}
}

// value shows a value of a field; an empty one has to be seen.
func value(s string) string {
	if s == "" {
		return "(blank)"
	}
	if n := utf8.RuneCountInString(s); n > mostShown {
		return plain(string([]rune(s)[:mostShown])) + "… (" + number(n) + " characters)"
	}
	return plain(s)
}

// apart leaves out most of what two values begin with alike, where one is too long to be shown: what differs is what has to be seen.
func apart(was, will string) (string, string) {
	const before = 20 // characters before the first that differs
	a, b := []rune(was), []rune(will)
	if len(a) <= mostShown && len(b) <= mostShown {
		return was, will
	}
	alike := 0
	for alike < min(len(a), len(b)) && a[alike] == b[alike] {
		alike++
	}
	if alike <= before {
		return was, will
	}
	return "…" + string(a[alike-before:]), "…" + string(b[alike-before:])
}

// mostShown is how many characters of a value are shown where people read lines. The other formats have all of them.
const mostShown = 300

// Summary ends the report with the counts.
func (c *Changes) Summary(s diff.Summary) error {
	if c.o.JSON {
		enc := json.NewEncoder(c.w)
		enc.SetEscapeHTML(false)
		err := enc.Encode(struct {
			Type string `json:"type"`
			diff.Summary
		}{"summary", s})
		if err != nil {
			return err
		}
		return c.w.Flush()
	}
	if rest := c.seen - c.shown; rest > 0 {
		fmt.Fprintf(c.w, "  … and %s more: --max 0 shows all\n", number(rest))
	}
	if c.seen > 0 {
		fmt.Fprintln(c.w)
	}
	var fields []string
	for _, name := range fieldOrder(c.o.Schema.Names(), s.Fields) {
		fields = append(fields, fmt.Sprintf("%s %s", plain(name), number(s.Fields[name])))
	}
	for _, line := range []struct {
		symbol, word string
		n            int64
		note         string
	}{
		{"+", "create", s.Created, ""},
		{"~", "update", s.Updated, strings.Join(fields, " · ")},
		{"-", "missing", s.Missing, "in the source, not in the list; plan decides with --on-missing"},
		{"=", "same", s.Same, ""},
		{"!", "blocked", s.Blocked, "rows with errors; validate shows them"},
		{"?", "rename", s.Renamed, "suspected renames"},
	} {
		if line.n == 0 && line.symbol != "=" {
			continue
		}
		fmt.Fprintln(c.w, strings.TrimRight(fmt.Sprintf("%s %-8s %6s   %s", line.symbol, line.word, number(line.n), line.note), " "))
	}
	if s.Created+s.Updated+s.Missing+s.Blocked+s.Renamed == 0 {
		fmt.Fprintln(c.w, "no differences")
	} else if c.o.Filtered {
		fmt.Fprintf(c.w, "\n%s\n", chosen(c.seen, s))
	}
	return c.w.Flush()
}

// chosen says how many of all differences a filter chose.
func chosen(n int, s diff.Summary) string {
	all := s.Created + s.Updated + s.Missing + s.Blocked + s.Renamed
	return fmt.Sprintf("a filter chose %s of %s; the counts are of all", number(n), was(all, "difference", "differences"))
}

// fieldOrder puts the attributes that were counted into template order; those of no template come last, by name.
func fieldOrder(order []string, counted map[string]int64) []string {
	var names []string
	for _, n := range order {
		if counted[n] > 0 {
			names = append(names, n)
		}
	}
	for _, n := range sortedKeys(counted) {
		if counted[n] > 0 && !slices.Contains(order, n) {
			names = append(names, n)
		}
	}
	return names
}
