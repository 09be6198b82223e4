package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// ResultOptions say how a result is shown.
type ResultOptions struct {
	Colour bool
	Max    int    // outcomes that are not verified to show; 0 for all
	More   string // where the rest is
}

// Result prints what became of a plan: the counts of what was read back, then every operation that is not as planned.
func Result(w io.Writer, r *apply.Result, o ResultOptions) error {
	p := palette(o.Colour)
	return text(w, func(b *bufio.Writer) {
		parts := []string{number(r.Planned) + " planned", p.green(number(r.Verified) + " verified")}
		for _, c := range []struct {
			n      int
			name   apply.State
			always bool
		}{{r.NotApplied, apply.NotApplied, true}, {r.Differs, apply.Differs, true}, {r.Skipped, apply.Skipped, false}, {r.Unknown, apply.Unknown, false}} {
			part := number(c.n) + " " + string(c.name)
			if c.n > 0 {
				part = p.red(part)
			}
			if c.n > 0 || c.always {
				parts = append(parts, part)
			}
		}
		fmt.Fprintln(b, strings.Join(parts, " · "))
		shown, rest := 0, 0
		for _, out := range r.Outcomes {
			if out.State == apply.Verified {
				continue
			}
			if o.Max > 0 && shown == o.Max {
				rest++
				continue
			}
			shown++
			writeOutcome(b, p, out)
		}
		if rest > 0 {
			fmt.Fprintf(b, "  … and %s more: %s\n", number(rest), o.More)
		}
	})
}

func writeOutcome(b *bufio.Writer, p palette, o apply.Outcome) {
	where := ""
	if o.Row > 0 {
		where = fmt.Sprintf("   row %d", o.Row)
	}
	fmt.Fprintf(b, "%s%s   %s %s", p.red("! "+plain(o.AccountName)), where, o.Action, o.State)
	if o.Message != "" {
		fmt.Fprintf(b, ": %s", plain(o.Message))
	}
	fmt.Fprintln(b)
	for _, f := range o.Fields {
		is, planned := apart(f.Old, f.New)
		fmt.Fprintf(b, "    %s is %s, the plan says %s\n", f.Attribute, value(is), value(planned))
	}
}

// ResultJSON writes a result as one document.
func ResultJSON(w io.Writer, r *apply.Result) error { return document(w, r) }

// Drift prints which records moved since a plan was made, and how. It goes to a log, so personal data is masked.
func Drift(w io.Writer, drift []plan.Drift) error {
	return text(w, func(b *bufio.Writer) {
		for _, d := range drift {
			fmt.Fprintf(b, "! %s   %s", plain(d.AccountName), d.What)
			if d.Modified != "" {
				fmt.Fprintf(b, ", modified %s", plain(d.Modified))
			}
			fmt.Fprintln(b)
			for _, f := range d.Fields {
				was, is := apart(masked(f.Attribute, f.Old), masked(f.Attribute, f.New))
				fmt.Fprintf(b, "    %s  %s → %s\n", f.Attribute, value(was), value(is))
			}
		}
	})
}
