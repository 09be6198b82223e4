package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// What goes to a log has the numbers and the verdict, and names nobody, also where one row's reason could stand beside its count.
func TestQuietPlanNamesNobody(t *testing.T) {
	for _, removals := range []plan.Limit{{}, plan.LimitOf(0)} {
		for from := range changes(false) {
			o := options(t)
			o.Limits.MaxRemovals = removals
			p := planOf(t, o, diff.Summary{Desired: 1284, Current: 1262}, changes(false)[from:])
			var out bytes.Buffer
			if err := Plan(&out, p, PlanOptions{Quiet: true, File: "p.plan.jsonl", Apply: p.Trailer.Safe}); err != nil {
				t.Fatal(err)
			}
			for _, op := range p.Operations {
				if strings.Contains(strings.ToLower(out.String()), strings.ToLower(op.AccountName)) || strings.Contains(out.String(), "acme.example") || strings.Contains(out.String(), "(at)") {
					t.Errorf("%s is named:\n%s", op.AccountName, out.String())
				}
			}
			for _, want := range []string{"= same", "limits   ", "plan     " + p.Trailer.Fingerprint} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing:\n%s", want, out.String())
				}
			}
			if got := strings.Contains(out.String(), "refused  "); got == p.Trailer.Safe {
				t.Errorf("the verdict is missing or wrong:\n%s", out.String())
			}
		}
	}
}
