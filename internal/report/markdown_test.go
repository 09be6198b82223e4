package report

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestPlanMarkdown(t *testing.T) {
	seen := diff.Summary{Desired: 1284, Current: 1262, Same: 1257}
	for _, test := range []struct {
		golden string
		set    func(*plan.Options)
		o      MarkdownOptions
	}{
		{golden: "plan.md"},
		{golden: "plan-unsafe.md", o: MarkdownOptions{Max: 2, File: "contractors.plan.jsonl"}, set: func(o *plan.Options) { o.Limits.MaxRemovals = plan.LimitOf(0) }},
	} {
		o := options(t)
		if test.set != nil {
			test.set(&o)
		}
		var out bytes.Buffer
		if err := PlanMarkdown(&out, planOf(t, o, seen, changes(true)), test.o); err != nil {
			t.Fatal(err)
		}
		golden(t, test.golden, out.Bytes())
	}
}

func TestMark(t *testing.T) {
	for _, test := range []struct{ why, in, want string }{
		{"an ordinary name", "Ana-María O'Neil", "Ana-María O'Neil"},
		{"markup of HTML", "<b>", "&#60;b&#62;"},
		{"a cell's border", "a|b", "a&#124;b"},
		{"a mention", "@team", "&#64;team"},
		{"a link", "[x](http://y)", "&#91;x&#93;(http&#58;//y)"},
		{"an address without a scheme", "see WWW.x.org", "see WWW&#46;x.org"},
		{"a time of day", "09:30:00 -05:00", "09:30:00 -05:00"},
		{"a line break ends no table row", "a\nb", `a&#92;nb`},
		{"emphasis", "*a* _b_", "&#42;a&#42; &#95;b&#95;"},
	} {
		if got := mark(test.in); got != test.want {
			t.Errorf("%s: mark(%q) = %q, want %q", test.why, test.in, got, test.want)
		}
	}
	for in, want := range map[string]string{"a": "`a`", "a`b": "`` a`b ``", "``": "``` `` ```"} {
		if got := code(in); got != want {
			t.Errorf("code(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPlanLines(t *testing.T) {
	p := planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262}, []diff.Change{
		{Kind: diff.Create, Key: "a", Desired: &schema.Record{Ref: schema.Ref{Row: 4}, Names: []string{"accountName", "vendor"}, Values: []string{"a", "ACME"}}},
		changes(false)[1], changes(false)[6],
	})
	want := []Line{
		{"a", 4, "create", "vendor", "", "ACME", ""},
		{"maria.lopez", 41, "update", "manager", "jane.doe", "maria", ""},
		{"maria.lopez", 41, "update", "endDate", "2026-03-31T23:59:59-04:00", "2026-09-30T23:59:59-04:00", ""},
		{"s.green", 0, "untouched", "", "", "", "missing from the list; it already ended on 2025-06-30"},
	}
	if diff := cmp.Diff(want, PlanLines(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
