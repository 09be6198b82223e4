package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
)

// What day counted as today decides who ends: it is said where it was another one, and loudly where it was long ago. So are the rows
// that were left out on purpose.
func TestPlanSaysItsDayAndWhatWasLeftOut(t *testing.T) {
	for _, test := range []struct {
		why        string
		made       time.Time // what counts as now is 2026-03-02, 09:02 in New York
		said, loud bool
	}{
		{"made at that moment", time.Time{}, false, false},
		{"the same day there, the next one elsewhere", time.Date(2026, 3, 3, 4, 59, 0, 0, time.UTC), false, false},
		{"the day after", time.Date(2026, 3, 3, 20, 0, 0, 0, time.UTC), true, false},
		{"the day before", time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC), true, false},
		{"two days after", time.Date(2026, 3, 4, 6, 0, 0, 0, time.UTC), true, true},
		{"months after", time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), true, true},
		{"months before", time.Date(2025, 11, 25, 12, 0, 0, 0, time.UTC), true, true},
	} {
		o := options(t)
		o.Made = test.made
		p := planOf(t, o, diff.Summary{Desired: 1284, Current: 1262}, changes(false))
		var text, md, page bytes.Buffer
		for _, err := range []error{Plan(&text, p, PlanOptions{}), PlanMarkdown(&md, p, MarkdownOptions{}), PlanHTML(&page, p, HTMLOptions{})} {
			if err != nil {
				t.Fatal(err)
			}
		}
		const day = "2026-03-02 counted as today (--as-of); the plan was made on "
		for _, out := range []struct {
			name, all, warning string
			said               bool
		}{
			{"text", text.String(), "warning: " + day, test.said},
			{"Markdown", strings.ReplaceAll(md.String(), "&#45;", "-"), ":warning: " + day, test.loud},
			{"page", page.String(), "<b>Warning:</b> " + day, test.said},
		} {
			if got := strings.Contains(out.all, day); got != out.said {
				t.Errorf("%s: the %s says the day: %t, want %t", test.why, out.name, got, out.said)
			}
			if got := strings.Contains(out.all, out.warning); got != test.loud {
				t.Errorf("%s: the %s warns: %t, want %t", test.why, out.name, got, test.loud)
			}
		}
		if want := "<dt>Rows with errors</dt><dd><bdi>1 left out on purpose (--skip-invalid)</bdi></dd>"; !strings.Contains(page.String(), want) {
			t.Errorf("%s: the page does not say what was left out", test.why)
		}
		if want := "\nrows with errors: 1 left out on purpose (--skip-invalid)\n"; !strings.Contains(text.String(), want) {
			t.Errorf("%s: the text does not say what was left out:\n%s", test.why, text.String())
		}
	}
	o := options(t)
	o.SkipInvalid = false
	var text, page bytes.Buffer
	p := planOf(t, o, diff.Summary{Desired: 1284, Current: 1262}, changes(false))
	if Plan(&text, p, PlanOptions{}) != nil || PlanHTML(&page, p, HTMLOptions{}) != nil || strings.Contains(text.String()+page.String(), "on purpose") {
		t.Error("rows with errors are said to be left out, and nobody said that they should be")
	}
}
