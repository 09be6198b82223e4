package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

var attributes = []string{"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate", "vendor"}

func person(row int64, name, first, last string) *schema.Record {
	return &schema.Record{
		Ref: schema.Ref{Row: row, Line: row}, Names: attributes, ID: "id-" + name,
		Values: []string{name, first, last, "+1 555 0100", name + "@acme.example", "jane.doe", "2025-01-01T00:00:00-05:00", "2026-03-31T23:59:59-04:00", "ACME"},
	}
}

// changes are a few of every kind.
func changes(hostile bool) []diff.Change {
	bad := schema.Finding{Code: "E-EMAIL-BAD", Severity: schema.Error, Attribute: "email", Value: "k.ono(at)acme", Message: `"k.ono(at)acme" is no mail address`}
	reason := "maria"
	if hostile {
		reason = "<script>alert(1)</script>\x1b[2J\u202e"
	}
	return []diff.Change{
		{Kind: diff.Create, Key: "a.new", Desired: person(4, "a.new", "Ana", "New")},
		{Kind: diff.Update, Key: "maria.lopez", Desired: person(41, "maria.lopez", "Maria", "López"), Current: person(1, "maria.lopez", "Maria", "López"), Fields: []schema.FieldChange{
			{Attribute: "manager", Old: "jane.doe", New: reason},
			{Attribute: "endDate", Old: "2026-03-31T23:59:59-04:00", New: "2026-09-30T23:59:59-04:00"},
		}},
		{Kind: diff.Update, Key: "t.okafor", Desired: person(52, "t.okafor", "Tunde", "Okafor"), Current: person(2, "t.okafor", "Tunde", "Okafor"), Fields: []schema.FieldChange{
			{Attribute: "startDate", Old: "2025-01-01T00:00:00-05:00", New: "2025-01-01T09:30:00-05:00"},
			{Attribute: "vendor", Old: "ACME", New: ""},
		}, Findings: []schema.Finding{{Code: "W-TEXT-NEWLINE", Severity: schema.Warning, Message: "the old vendor held a line break"}}},
		{Kind: diff.Blocked, Key: "k.ono", Desired: person(60, "k.ono", "Ken", "Ono"), Findings: []schema.Finding{bad}},
		{Kind: diff.Rename, Key: "r.banks", Desired: person(61, "R.Banks", "Rita", "Banks"), Current: person(3, "r.banks", "Rita", "Banks"), Findings: []schema.Finding{{Code: "E-RENAME-SUSPECTED", Severity: schema.Error, Message: `"R.Banks" of the list and the current "r.banks" differ in case only`}}},
		{Kind: diff.Missing, Key: "old.guy", Current: person(5, "old.guy", "Old", "Guy")},
		{Kind: diff.Missing, Key: "s.green", Current: &schema.Record{ID: "id-s.green", Names: attributes, Values: []string{"s.green", "Sam", "Green", "1", "s@x.example", "jane.doe", "2024-01-01T00:00:00Z", "2025-06-30T23:59:59Z", "ACME"}}},
	}
}

func options(t *testing.T) plan.Options {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return plan.Options{
		Now: time.Date(2026, 3, 2, 14, 2, 11, 0, time.UTC), Tool: "nelm-reconcile test",
		Source:  schema.Source{Tenant: schema.Tenant{ID: "t1", Org: "acme"}, ID: "a0303682-76f4-1acc-8176-f85c7f9e000a", SourceID: "2c91808876f477e60176f85c750b59a6", Name: "Contractors EMEA"},
		Access:  schema.Access{User: true, Admin: true},
		Schema:  &schema.Schema{Attributes: append(schema.System(), schema.Attribute{TechnicalName: "vendor", Label: "Vendor", Type: schema.Text})},
		Reading: schema.Reading{Zone: zone}, Managed: attributes,
		Input:     plan.Input{File: "contractors.csv", SHA256: "00", Rows: 1284},
		Read:      plan.ReadState{At: time.Date(2026, 3, 2, 14, 2, 11, 0, time.UTC), Records: 1262, Calls: 6},
		OnMissing: plan.EndMissing, EndDate: time.Date(2026, 3, 2, 23, 59, 59, 0, zone), SkipInvalid: true,
	}
}

func planOf(t *testing.T, o plan.Options, seen diff.Summary, list []diff.Change) *plan.Plan {
	t.Helper()
	var file bytes.Buffer
	_, refused := plan.Build(func(emit func(diff.Change) error) (diff.Summary, error) {
		for _, c := range list {
			if err := emit(c); err != nil {
				return diff.Summary{}, err
			}
		}
		return seen, nil
	}, &file, o)
	p, err := plan.Read(&file)
	if err != nil {
		t.Fatalf("%v (Build: %v)", err, refused)
	}
	return p
}

func TestPlanText(t *testing.T) {
	seen := diff.Summary{Desired: 1284, Current: 1262, Same: 1257}
	for _, test := range []struct {
		golden string
		set    func(*plan.Options)
		list   []diff.Change
		o      PlanOptions
	}{
		{golden: "plan.txt", list: changes(false), o: PlanOptions{File: "contractors.plan.jsonl", Apply: true}},
		{golden: "plan-cut.txt", list: changes(false), o: PlanOptions{File: "my plan.jsonl", Max: 1, Apply: true}},
		{golden: "plan-unsafe.txt", list: changes(false), o: PlanOptions{File: "contractors.plan.jsonl"}, set: func(o *plan.Options) {
			o.Limits.MaxRemovals, o.SkipInvalid, o.Limits.MinInput = plan.LimitOf(0), false, plan.LimitOf(2000)
		}},
		{golden: "plan-nothing.txt", o: PlanOptions{File: "contractors.plan.jsonl", Apply: true}},
		{golden: "plan-hostile.txt", list: changes(true), o: PlanOptions{File: "contractors.plan.jsonl", Max: 2}},
		{golden: "plan-colour.txt", list: changes(false), o: PlanOptions{File: "contractors.plan.jsonl", Colour: true, Max: 2, Apply: true}},
	} {
		o := options(t)
		if test.set != nil {
			test.set(&o)
		}
		var out bytes.Buffer
		if err := Plan(&out, planOf(t, o, seen, test.list), test.o); err != nil {
			t.Fatal(err)
		}
		golden(t, test.golden, out.Bytes())
	}
}

// Colour only ever paints what stands there in words already.
func TestColourAddsNothing(t *testing.T) {
	p := planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262}, changes(false))
	var plainText, coloured bytes.Buffer
	if err := Plan(&plainText, p, PlanOptions{File: "p"}); err != nil {
		t.Fatal(err)
	}
	if err := Plan(&coloured, p, PlanOptions{File: "p", Colour: true}); err != nil {
		t.Fatal(err)
	}
	stripped := coloured.String()
	for _, code := range []string{"0", "1", "2", "31", "32", "33"} {
		stripped = strings.ReplaceAll(stripped, "\x1b["+code+"m", "")
	}
	if diff := cmp.Diff(plainText.String(), stripped); diff != "" {
		t.Errorf("without its colours (-plain +coloured):\n%s", diff)
	}
}

func TestPlanJSON(t *testing.T) {
	p := planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262}, changes(false))
	var out bytes.Buffer
	if err := PlanJSON(&out, p); err != nil {
		t.Fatal(err)
	}
	var got struct {
		FormatVersion string `json:"format_version"`
		Kind          string
		Operations    []struct {
			N      int64
			Action string
			Route  string
		}
		Trailer struct{ Fingerprint string }
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.FormatVersion != "1.0" || got.Kind != "plan" || got.Trailer.Fingerprint != p.Trailer.Fingerprint {
		t.Errorf("document %s %s with fingerprint %s, want 1.0 plan %s", got.FormatVersion, got.Kind, got.Trailer.Fingerprint, p.Trailer.Fingerprint)
	}
	for i, op := range got.Operations {
		if want := p.Operations[i]; op.N != want.N || op.Action != string(want.Action) || op.Route != string(want.Route) {
			t.Errorf("operation %d is %s by %s, want %s by %s", op.N, op.Action, op.Route, want.Action, want.Route)
		}
	}
}

// A list without rows passes the least input only because somebody said so, and that is what stands there.
func TestLimitOfAnEmptyList(t *testing.T) {
	l := plan.LimitCheck{Name: "input", Got: 0, Of: 618, Limit: "70%", Bound: 432, OK: true}
	if got, want := limitText(l), "input 0 = 0.0% (min 70%) allowed by --allow-empty"; got != want {
		t.Errorf("as text %q, want %q", got, want)
	}
	if got, want := limitRowOf(l).Word, "allowed as an empty list"; got != want {
		t.Errorf("on the page %q, want %q", got, want)
	}
	l.Got = 700
	if got, want := limitRowOf(l).Word, "within"; got != want {
		t.Errorf("of a whole list %q, want %q", got, want)
	}
}
