package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// shortPage is what the template of results and differences shows. Without a verdict there is no fingerprint either.
type shortPage struct {
	Shell                                pageShell
	Eyebrow, Title, Fingerprint, Verdict string
	Whole                                bool
	Where                                []fact
	Sentences                            []string
	Cards                                []card
}

// states are the states of outcomes in the order of their urgency, with what they mean.
var states = [...]struct {
	state        apply.State
	symbol, note string
}{
	{apply.NotApplied, "!", "sent, and read back unchanged"},
	{apply.Differs, "!", "read back, and neither as before nor as planned"},
	{apply.Unknown, "?", "may have been sent, and could not be read back"},
	{apply.Skipped, "=", "not sent"},
	{apply.Verified, "✓", "read back, and as planned"},
}

// ResultHTML writes one self-contained page about what became of a plan, like the page of [PlanHTML].
func ResultHTML(w io.Writer, r *apply.Result) error {
	v := newResultPage(r)
	return writePage(w, "short.html", &v.Shell, v)
}

func newResultPage(r *apply.Result) *shortPage {
	v := &shortPage{Eyebrow: "What became of a plan", Title: plain(r.Source.Name), Fingerprint: plain(r.Fingerprint), Whole: r.Whole() && len(r.Vanished) == 0}
	v.Verdict = "Everything that was planned was read back as planned"
	if !r.Whole() {
		v.Verdict = fmt.Sprintf("%s of %s could not be verified", number(r.Planned-r.Verified), number(r.Planned))
	}
	v.Where = facts(fact{"tenant", r.Source.Tenant.Org}, fact{"sourceId", r.Source.SourceID}, fact{"run", r.Run}, fact{"plan", r.Plan},
		fact{"from", r.Started.UTC().Format("2006-01-02 15:04:05 UTC")}, fact{"to", r.Ended.UTC().Format("15:04:05 UTC")})
	if r.Stopped != "" {
		v.Sentences = append(v.Sentences, "It ended early: "+plain(r.Stopped)+".")
	}
	if r.Resumable {
		v.Sentences = append(v.Sentences, "It can go on: nelm-reconcile apply --resume "+plain(r.Run))
	}
	if n := len(r.Vanished); n > 0 {
		v.Sentences = append(v.Sentences, fmt.Sprintf("%s gone that nobody meant to remove: %s.", was(int64(n), "account is", "accounts are"), plain(strings.Join(r.Vanished[:min(n, 20)], ", "))))
	}
	if len(v.Sentences) == 0 {
		v.Sentences = append(v.Sentences, sent(r))
	}
	counts := map[apply.State]int{apply.NotApplied: r.NotApplied, apply.Differs: r.Differs, apply.Unknown: r.Unknown, apply.Skipped: r.Skipped, apply.Verified: r.Verified}
	f := pageFrame{Total: int64(len(r.Outcomes)), Columns: [3]string{"Attribute", "Planned", "Read back"}, Symbols: map[string]string{}, Words: map[string]string{}, Kinds: []pageKind{{"", int64(len(r.Outcomes))}}, Fields: []string{}}
	for _, s := range states {
		key, n := classOf(s.state), counts[s.state]
		f.Symbols[key], f.Words[key] = s.symbol, string(s.state)
		if n > 0 {
			f.Kinds = append(f.Kinds, pageKind{key, int64(n)})
		}
		if n > 0 || s.state == apply.Verified {
			v.Cards = append(v.Cards, card{Class: key, Kind: string(s.state), Symbol: s.symbol, Number: number(n), Note: s.note, Lines: n > 0})
		}
	}
	seen := map[string]bool{}
	for _, o := range r.Outcomes {
		for _, change := range o.Fields {
			if !seen[change.Attribute] {
				seen[change.Attribute] = true
				f.Fields = append(f.Fields, plain(change.Attribute))
			}
		}
	}
	v.Shell = shellOf(f, len(r.Outcomes), func(i int) pageOperation { return outcomeRow(&r.Outcomes[i]) })
	v.Shell.Window, v.Shell.Body = "Result of plan "+v.Fingerprint+" on "+v.Title, "result-page"
	v.Shell.Legend = "Lines are in the order of the plan. Where a value is not as planned, both are shown as the tenant and the plan have them."
	return v
}

// sent says how many operations left, and how many of them were found to be as planned.
func sent(r *apply.Result) string {
	s := fmt.Sprintf("%s sent, %s read back.", was(int64(r.Planned-r.Skipped), "operation was", "operations were"), was(int64(r.Verified), "is as planned when it was", "are as planned when they were"))
	if r.Skipped > 0 {
		s += fmt.Sprintf(" %s not sent, for the reason below.", was(int64(r.Skipped), "was", "were"))
	}
	return s
}

// classOf is a state as a class of the page.
func classOf(s apply.State) string { return strings.ReplaceAll(string(s), " ", "-") }

func outcomeRow(o *apply.Outcome) pageOperation {
	row := pageOperation{N: o.N, Action: classOf(o.State), Account: plain(o.AccountName), Row: o.Row, Reason: plain(o.Message), Route: planned(o.Action)}
	for _, f := range o.Fields {
		row.Fields = append(row.Fields, [3]string{plain(f.Attribute), plain(f.New), plain(f.Old)})
	}
	return row
}

// planned is what the plan wanted of an account.
func planned(a plan.Action) string { return "planned: " + string(a) }
