package plan

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestParseScope(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Scope
	}{{"", Scope{}}, {"vendor=ACME", Scope{"vendor", "ACME"}}, {" vendor = A=B ", Scope{"vendor", "A=B"}}} {
		if got, err := ParseScope(test.in, fields); err != nil || got != test.want {
			t.Errorf("ParseScope(%q) = %v, %v; want %v", test.in, got, err, test.want)
		}
	}
	for _, in := range []string{"vendor", "=ACME", "vendor=", "Vendor=ACME", "salary=1"} {
		if got, err := ParseScope(in, fields); err == nil {
			t.Errorf("ParseScope(%q) = %v, want an error", in, got)
		}
	}
}

// One vendor's list of a shared source: its own people are planned, rows about others are errors, others' records stay.
func TestScopedList(t *testing.T) {
	names := []string{"accountName", "manager", "vendor"}
	list, err := schema.NewMemory(names, []schema.Record{
		{Values: []string{"ours", "p.meyer", " acme "}},
		{Values: []string{"theirs", "p.meyer", "Globex"}},
		{Values: []string{"blank", "p.meyer", ""}},
		{Values: []string{"stolen", "p.meyer", "ACME"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	records := []schema.Record{*person("ours"), *person("theirs", "vendor", "Globex"), *person("blank"), *person("stolen", "vendor", "Globex"), *person("gone"), *person("other", "vendor", "Globex")}
	current, err := schema.NewMemory(fields, records)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.Scope, o.OnMissing, o.SkipInvalid, o.Managed = Scope{"vendor", "ACME"}, DeleteMissing, true, names
	o.Limits = Limits{MaxUpdates: NoLimit(), MinInput: NoLimit()}
	o.Read.InScope = o.Scope.Count(records)
	guard, err := o.Scope.Guard(list)
	if err != nil {
		t.Fatal(err)
	}
	var all []diff.Change
	seen, err := diff.Compare(context.Background(), guard, current, diff.Options{Schema: o.Schema, Reading: o.Reading}, func(c diff.Change) error {
		all = append(all, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := buildOf(t, o, seen, all...)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Action{}
	for _, op := range p.Operations {
		got[op.AccountName] = op.Action
	}
	want := map[string]Action{"ours": Update, "theirs": Blocked, "blank": Update, "stolen": Blocked, "gone": Delete, "other": Untouched}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if of := p.Trailer.Limits[0].Of; of != 3 {
		t.Errorf("limits are of %d records, want the 3 in scope", of)
	}
	if _, err := (Scope{"email", "x"}).Guard(list); err == nil {
		t.Error("a list without the scope's column was taken")
	}
}
