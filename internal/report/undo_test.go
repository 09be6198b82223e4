package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A plan that takes a run back has no list, and says of what it ends what any plan says.
func TestUndoPlanInText(t *testing.T) {
	longer := []diff.Change{{Kind: diff.Update, Key: "t.okafor", Desired: person(42, "t.okafor", "T", "O"), Current: person(2, "t.okafor", "T", "O"),
		Fields: []schema.FieldChange{{Attribute: "endDate", Old: "2026-03-31T23:59:59-04:00", New: "2027-10-31T23:59:59-04:00"}}}}
	done := planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262}, longer)
	before, after := *person(0, "t.okafor", "T", "O"), *person(0, "t.okafor", "T", "O")
	for i, name := range after.Names {
		if name == schema.EndDate {
			after.Values[i] = "2027-10-31T23:59:59-04:00"
		}
	}
	o := options(t)
	o.Now, o.UndoesRun = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), "2026-03-02T141500Z-7f3a"
	var file, text, page bytes.Buffer
	if _, err := plan.Undo(done, []schema.Record{before}, []schema.Record{after}, &file, o); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if err := Plan(&text, p, PlanOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := PlanHTML(&page, p, HTMLOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"takes back run 2026-03-02T141500Z-7f3a · 1 remote", "limits   removals 1 = 100.0% (max 5%) ok, with 1 update that ends a contract"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, text.String())
		}
	}
	for _, out := range []string{text.String(), page.String()} {
		for _, no := range []string{" local", "contractors.csv", "1,284"} {
			if strings.Contains(out, no) {
				t.Errorf("a plan without a list says %q", no)
			}
		}
	}
}
