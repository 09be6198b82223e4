package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A ChangeList is a whole comparison in memory, for the reports that need it at once.
type ChangeList struct {
	Source  schema.Source    // zero where files were compared
	List    string           // name of the desired list
	Against string           // file that stood for the source; empty where the source itself was read
	Whole   []schema.Finding // what is said of the list as a whole
	Changes []diff.Change    // in Markdown without those that are blocked for it alone
	Summary diff.Summary
}

// kinds are the kinds of differences in the order in which they are counted.
var kinds = [...]struct {
	kind         diff.Kind
	symbol, note string
	count        func(diff.Summary) int64
}{
	{diff.Create, "+", "in the list only", func(s diff.Summary) int64 { return s.Created }},
	{diff.Update, "~", "in both, with other values", func(s diff.Summary) int64 { return s.Updated }},
	{diff.Missing, "-", "in the source only", func(s diff.Summary) int64 { return s.Missing }},
	{diff.Blocked, "!", "with errors", func(s diff.Summary) int64 { return s.Blocked }},
	{diff.Rename, "?", "suspected renames", func(s diff.Summary) int64 { return s.Renamed }},
}

func kindSymbol(k diff.Kind) string {
	for _, x := range kinds {
		if x.kind == k {
			return x.symbol
		}
	}
	return "="
}

// title names what is compared with what.
func (l ChangeList) title() (what, with string) {
	what, with = l.List, l.Source.Name
	if what == "" {
		what = "the list"
	}
	if l.Against != "" || with == "" {
		with = l.Against
	}
	return what, with
}

// wholeSentence says what is wrong with the list as a whole, and what to do about it.
func wholeSentence(f schema.Finding) string {
	s := fmt.Sprintf("%s: %s.", f.Code, plain(f.Message))
	if f.Hint != "" {
		s += fmt.Sprintf(" What to do: %s.", plain(f.Hint))
	}
	return s
}

func reasonOf(ch *diff.Change) string {
	if ch.Kind == diff.Missing {
		return "not in the list"
	}
	if ch.Kind == diff.Blocked || ch.Kind == diff.Rename {
		for _, f := range ch.Findings {
			if f.Severity == schema.Error {
				return f.Message
			}
		}
	}
	return ""
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// ChangesMarkdown writes differences for a pull request or a summary of a job. Of o, Max, Schema, Zone and Filtered count.
func ChangesMarkdown(w io.Writer, l ChangeList, o ChangeOptions) error {
	if o.Schema == nil {
		o.Schema = &schema.Schema{}
	}
	d := datesOf(o.Schema.Attributes, o.Zone)
	return text(w, func(b *bufio.Writer) {
		what, with := l.title()
		fmt.Fprintf(b, "## %s against %s\n\n| ", mark(what), mark(with))
		for _, k := range kinds {
			fmt.Fprintf(b, "%s | ", k.kind)
		}
		fmt.Fprint(b, "same |\n|--:|--:|--:|--:|--:|--:|\n| ")
		for _, k := range kinds {
			fmt.Fprintf(b, "%s | ", number(k.count(l.Summary)))
		}
		fmt.Fprintf(b, "%s |\n", number(l.Summary.Same))
		for _, f := range l.Whole {
			fmt.Fprintf(b, "\n%s\n", mark(wholeSentence(f)))
		}
		switch {
		case o.Filtered:
			fmt.Fprintf(b, "\n%s.\n", capital(chosen(len(l.Changes), l.Summary)))
		case len(l.Changes) == 0 && l.Summary.Blocked == 0:
			fmt.Fprint(b, "\nNo differences.\n")
		}
		shown := len(l.Changes)
		if o.Max > 0 {
			shown = min(shown, o.Max)
		}
		beginLines(b, shown)
		for i := range l.Changes[:shown] {
			ch := &l.Changes[i]
			var row int64
			if ch.Desired != nil {
				row = ch.Desired.Ref.Row
			}
			markLine(b, d, kindSymbol(ch.Kind), string(ch.Kind), ch.Key, row, fieldsOf(ch), ch.Kind == diff.Create, reasonOf(ch))
		}
		endLines(b, shown, len(l.Changes)-shown, "--max 0")
	})
}

// ChangesHTML writes differences as one self-contained page, like the page of [PlanHTML], with the same rule about personal data.
// Of o, Schema, Zone and Filtered count.
func ChangesHTML(w io.Writer, l ChangeList, o ChangeOptions, h HTMLOptions) error {
	if o.Schema == nil {
		o.Schema = &schema.Schema{}
	}
	d := datesOf(o.Schema.Attributes, o.Zone)
	what, with := l.title()
	v := &shortPage{Eyebrow: "Differences", Title: plain(what) + " against " + plain(with)}
	v.Where = facts(fact{"tenant", l.Source.Tenant.Org}, fact{"id", l.Source.ID}, fact{"sourceId", l.Source.SourceID},
		fact{"rows", number(l.Summary.Desired)}, fact{"records", number(l.Summary.Current)})
	v.Sentences = []string{"This page says what differs. It changes nothing, and what would be done about it is a plan's to say."}
	if o.Filtered {
		v.Sentences = append(v.Sentences, capital(chosen(len(l.Changes), l.Summary))+".")
	}
	for _, f := range l.Whole {
		v.Sentences = append(v.Sentences, wholeSentence(f))
	}
	f := pageFrame{Total: int64(len(l.Changes)), Columns: [3]string{"Attribute", "Now", "In the list"}, Symbols: map[string]string{}, Words: map[string]string{}, Kinds: []pageKind{{"", int64(len(l.Changes))}}, Fields: []string{}}
	printed, used := map[diff.Kind]int64{}, map[string]bool{}
	for i := range l.Changes {
		printed[l.Changes[i].Kind]++
		for _, c := range fieldsOf(&l.Changes[i]) {
			used[c.Attribute] = true
		}
	}
	for _, k := range kinds {
		key := string(k.kind)
		f.Symbols[key], f.Words[key] = k.symbol, key
		v.Cards = append(v.Cards, card{Class: key, Kind: key, Symbol: k.symbol, Number: number(k.count(l.Summary)), Note: k.note, Lines: printed[k.kind] > 0})
		if printed[k.kind] > 0 {
			f.Kinds = append(f.Kinds, pageKind{key, printed[k.kind]})
		}
	}
	v.Cards = append(v.Cards, card{Class: "same", Kind: "same", Symbol: "=", Number: number(l.Summary.Same), Note: "already as the list says"})
	for _, n := range o.Schema.Names() {
		if used[n] {
			f.Fields = append(f.Fields, plain(n))
		}
	}
	v.Shell = shellOf(f, len(l.Changes), func(i int) pageOperation { return changeRow(&l.Changes[i], int64(i+1), d, h.ShowPII) })
	v.Shell.Window, v.Shell.Body = "Differences: "+v.Title, "plan-page"
	v.Shell.Legend = "Days are those of " + d.zone.String() + ": a start is its first second, an end its last."
	if !h.ShowPII {
		v.Shell.Legend += " What differs is shown in full; personal data that does not is masked (•••) and not in this file."
	}
	return writePage(w, "short.html", &v.Shell, v)
}

func changeRow(ch *diff.Change, n int64, d dates, pii bool) pageOperation {
	row := pageOperation{N: n, Action: string(ch.Kind), Account: plain(ch.Key), Reason: plain(reasonOf(ch))}
	if ch.Desired != nil {
		row.Row = ch.Desired.Ref.Row
	}
	differs := map[string]bool{schema.AccountName: true}
	for _, f := range fieldsOf(ch) {
		was, will := d.pair(f)
		row.Fields = append(row.Fields, [3]string{plain(f.Attribute), plain(was), plain(will)})
		differs[f.Attribute] = true
	}
	if ch.Current != nil {
		for i, name := range ch.Current.Names {
			if differs[name] {
				continue
			}
			value := plain(d.one(name, ch.Current.Values[i]))
			if !pii {
				value = masked(name, value)
			}
			row.Unchanged = append(row.Unchanged, [2]string{plain(name), value})
		}
	}
	for _, f := range ch.Findings {
		if f.Message == reasonOf(ch) {
			row.Codes = append(row.Codes, plain(f.Code))
		} else {
			row.Findings = append(row.Findings, [3]string{string(f.Severity), plain(f.Code), plain(f.Message)})
		}
	}
	return row
}
