package plan

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestCheckFresh(t *testing.T) {
	extend := to("endDate", "2026-12-31T23:59:59-05:00", "2027-06-30T23:59:59-04:00")
	for _, test := range []struct {
		why     string
		set     func(*Options)
		change  diff.Change
		current []schema.Record
		want    []Drift
	}{
		{why: "nothing moved", change: updateOf("a", extend), current: []schema.Record{*person("a"), *person("b", "manager", "x")}},
		{why: "the same instant spelt in another way", change: updateOf("a", extend), current: []schema.Record{*person("a", "endDate", "2027-01-01T04:59:59.000Z")}},
		{why: "a value that the plan moves", change: updateOf("a", extend), current: []schema.Record{*person("a", "endDate", "2027-01-31T23:59:59-05:00")},
			want: []Drift{{N: 1, AccountName: "a", Action: Update, What: Changed, Fields: []schema.FieldChange{to("endDate", "2026-12-31T23:59:59-05:00", "2027-01-31T23:59:59-05:00")}}}},
		{why: "a value that the list manages", change: updateOf("a", extend), current: []schema.Record{*person("a", "manager", "p.meyer")},
			want: []Drift{{N: 1, AccountName: "a", Action: Update, What: Changed, Fields: []schema.FieldChange{to("manager", "jane.doe", "p.meyer")}}}},
		{why: "a value that it does not manage", set: func(o *Options) { o.Managed = []string{"accountName", "endDate"} }, change: updateOf("a", extend), current: []schema.Record{*person("a", "manager", "p.meyer")}},
		{why: "deleted", change: updateOf("a", extend), want: []Drift{{N: 1, AccountName: "a", Action: Update, What: Gone}}},
		{why: "deleted and made again", change: updateOf("a", extend), current: []schema.Record{{Names: fields, Values: person("a").Values, ID: "other"}},
			want: []Drift{{N: 1, AccountName: "a", Action: Update, What: Replaced}}},
		{why: "created by somebody else, in another case", change: creation("a"), current: []schema.Record{*person("A")}, want: []Drift{{N: 1, AccountName: "a", Action: Create, What: NowExists}}},
		{why: "a delete of somebody who is gone", set: func(o *Options) { o.OnMissing = DeleteMissing }, change: missing("a")},
		{why: "a delete of somebody who was extended", set: func(o *Options) { o.OnMissing = DeleteMissing }, change: missing("a"), current: []schema.Record{*person("a", "endDate", "2029-01-01T00:00:00Z")},
			want: []Drift{{N: 1, AccountName: "a", Action: Delete, What: Changed, Fields: []schema.FieldChange{to("endDate", "2026-12-31T23:59:59-05:00", "2029-01-01T00:00:00Z")}}}},
		{why: "who is only kept does not matter", change: missing("a")},
		{why: "an export has no ids and its own spelling of days", set: func(o *Options) { o.Against = "export.csv" },
			change:  diff.Change{Kind: diff.Update, Key: "a", Desired: wanted(1, "a"), Current: &schema.Record{Names: fields, Values: person("a", "endDate", "2026-12-31").Values}, Fields: []schema.FieldChange{to("manager", "jane.doe", "p.meyer")}},
			current: []schema.Record{*person("a")}},
		{why: "an export that is out of date", set: func(o *Options) { o.Against = "export.csv" },
			change:  diff.Change{Kind: diff.Update, Key: "a", Desired: wanted(1, "a"), Current: &schema.Record{Names: fields, Values: person("a", "endDate", "2026-12-30").Values}, Fields: []schema.FieldChange{to("manager", "jane.doe", "p.meyer")}},
			current: []schema.Record{*person("a")}, want: []Drift{{N: 1, AccountName: "a", Action: Update, What: Changed, Fields: []schema.FieldChange{to("endDate", "2026-12-30", "2026-12-31T23:59:59-05:00")}}}},
	} {
		o := options(t)
		if test.set != nil {
			test.set(&o)
		}
		p, err := build(t, o, test.change)
		if err != nil {
			t.Fatalf("%s: %v", test.why, err)
		}
		if diff := cmp.Diff(test.want, CheckFresh(p, test.current)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
}

func TestIdentify(t *testing.T) {
	o := options(t)
	o.Against, o.OnMissing = "export.csv", DeleteMissing
	gone := missing("b")
	gone.Current.ID = ""
	p, err := build(t, o, creation("a"), gone)
	if err != nil {
		t.Fatal(err)
	}
	Identify(p, []schema.Record{*person("a"), *person("B")})
	if got := p.Operations[1].ID; got != "id-B" {
		t.Errorf("the delete has the id %q, want id-B", got)
	}
	if got := p.Operations[0].ID; got != "" {
		t.Errorf("the create has the id %q of somebody else's record", got)
	}
}

func TestDrop(t *testing.T) {
	o := options(t)
	o.OnMissing = DeleteMissing
	p, err := build(t, o, creation("a"), updateOf("b", to("endDate", "2026-12-31T23:59:59-05:00", "2025-12-31T23:59:59-05:00")), updateOf("c", to("manager", "jane.doe", "p.meyer")), missing("d"))
	if err != nil {
		t.Fatal(err)
	}
	left := Drop(p, []Drift{{N: 2, What: Changed}, {N: 4, What: Changed}})
	want := Counts{Create: 1, Update: 1, Untouched: 2}
	if diff := cmp.Diff(want, left.Trailer.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int64{"manager": 1}, left.Trailer.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	for i, action := range []Action{Create, Untouched, Update, Untouched} {
		if got := left.Operations[i]; got.Action != action || got.N != int64(i+1) {
			t.Errorf("operation %d is the %s numbered %d, want %s", i+1, got.Action, got.N, action)
		}
	}
	if left.Operations[1].Reason != "left out: the record changed since the plan was made" {
		t.Errorf("the reason is %q", left.Operations[1].Reason)
	}
	if p.Operations[1].Action != Update || p.Trailer.Counts.Update != 2 {
		t.Error("the plan that was given was changed")
	}
	var file bytes.Buffer
	if err := left.Write(&file); err != nil {
		t.Fatal(err)
	}
	again, err := Read(&file)
	if err != nil {
		t.Fatalf("the rest cannot be saved and read: %v", err)
	}
	if diff := cmp.Diff(left.Operations, again.Operations, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}
