package diff_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// TestCompareChangeInFull looks at everything that a change of each kind holds.
func TestCompareChangeInFull(t *testing.T) {
	desired := list(t, []string{"email", "accountName", "firstName", "endDate"},
		"n@x.org| new | Ned |2026-03-31",
		"|a|Anna|2026-03-31",
		"b@x.org|B.Bee|Bea|",
		"|twice| One |",
		"|Twice|Two|",
	)
	current, err := schema.NewMemory(personNames, []schema.Record{
		{Values: []string{"a", "Ann", "a@x.org", "+1 1", "2026-03-31T10:00:00.5Z"}, ID: "id-a", Modified: "2026-01-01T00:00:00Z"},
		{Values: []string{"b.bee", "Bea", "b@x.org", "", ""}, ID: "id-b"},
		{Values: []string{"gone", "Gus", "", "", ""}, ID: "id-g"},
	})
	if err != nil {
		t.Fatal(err)
	}
	managed := []string{"accountName", "firstName", "email", "endDate"}
	records := current.Records()
	at := func(row int64) schema.Origin {
		return schema.Origin{File: "list.csv", Sheet: "Active", Row: row, Line: row, Column: "B", Header: "ACCOUNTNAME"}
	}
	want := []diff.Change{{
		Kind: diff.Create, Key: "new",
		Desired: &schema.Record{Ref: schema.Ref{Row: 2, Line: 2, Offset: 0}, Names: managed, Values: []string{"new", "Ned", "n@x.org", "2026-03-31T23:59:59-04:00"}},
	}, {
		Kind: diff.Update, Key: "a",
		// What does not change is the record's own, also where the list says it in another way.
		Desired: &schema.Record{Ref: schema.Ref{Row: 3, Line: 3, Offset: 1}, Names: managed, Values: []string{"a", "Anna", "a@x.org", "2026-03-31T10:00:00.5Z"}},
		Current: &records[0],
		Fields:  []schema.FieldChange{{Attribute: "firstName", Old: "Ann", New: "Anna"}},
	}, {
		Kind: diff.Rename, Key: "b.bee",
		Desired: &schema.Record{Ref: schema.Ref{Row: 4, Line: 4, Offset: 2}, Names: managed, Values: []string{"B.Bee", "Bea", "b@x.org", ""}},
		Current: &records[1],
		Fields:  []schema.FieldChange{{Attribute: "accountName", Old: "b.bee", New: "B.Bee"}},
		Findings: []schema.Finding{{
			Code: diff.CodeRename, Severity: schema.Error, Origin: at(4), Attribute: "accountName", Value: "B.Bee",
			Message: `"B.Bee" of the list and the current "b.bee" differ in case only: sent as they are, one person would have two accounts`,
			Hint:    `write "b.bee" in the list, or answer whether it is a rename`,
		}},
	}, {
		Kind: diff.Blocked, Key: "twice",
		Desired: &schema.Record{Ref: schema.Ref{Row: 5, Line: 5, Offset: 3}, Names: managed, Values: []string{"twice", " One ", "", ""}},
		Findings: []schema.Finding{{
			Code: schema.CodeKeyDuplicate, Severity: schema.Error, Origin: at(5), Attribute: "accountName", Value: "twice", Related: []int64{6},
			Message: `"twice" and "Twice" are the same accountName, in 2 rows`,
			Hint:    "keep one row for each person, and give two people two names",
		}},
	}, {
		Kind: diff.Blocked, Key: "Twice",
		Desired: &schema.Record{Ref: schema.Ref{Row: 6, Line: 6, Offset: 4}, Names: managed, Values: []string{"Twice", "Two", "", ""}},
		Findings: []schema.Finding{{
			Code: schema.CodeKeyDuplicate, Severity: schema.Error, Origin: at(6), Attribute: "accountName", Value: "Twice", Related: []int64{5},
			Message: `"twice" and "Twice" are the same accountName, in 2 rows`,
			Hint:    "keep one row for each person, and give two people two names",
		}},
	}, {
		Kind: diff.Missing, Key: "gone",
		Current: &records[2],
	}}
	var got []diff.Change
	o := diff.Options{Schema: personSchema(), Reading: schema.Reading{Zone: zone(t)}, File: "list.csv", Sheet: "Active"}
	if _, err := diff.Compare(t.Context(), desired, current, o, func(c diff.Change) error {
		got = append(got, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestCompareGivesNewRecordsTheirDefaults looks at what a new record is given beside what is compared.
func TestCompareGivesNewRecordsTheirDefaults(t *testing.T) {
	o := diff.Options{
		Schema: personSchema(), Reading: schema.Reading{Zone: zone(t)}, Ignore: []string{"phone"},
		Defaults: map[string]string{"vendor": " ACME ", "endDate": "2026-12-31", "firstName": "N.N."},
	}
	for _, checked := range []bool{false, true} {
		desired := list(t, []string{"accountName", "firstName", "phone", "endDate"}, "new||+15550101|", "other|Otto|+15550102|#CLEAR", "old||+15550103|")
		if checked {
			var err error
			if o.Check, err = schema.NewChecker(o.Schema, desired.Columns(), schema.CheckOptions{Reading: o.Reading, Defaults: o.Defaults}); err != nil {
				t.Fatal(err)
			}
		}
		want := []diff.Change{{
			Kind: diff.Create, Key: "new",
			Desired: &schema.Record{
				Ref: schema.Ref{Row: 2, Line: 2}, Names: []string{"accountName", "firstName", "phone", "endDate", "vendor"},
				Values: []string{"new", "N.N.", "+15550101", "2026-12-31T23:59:59-05:00", "ACME"},
			},
		}, {
			Kind: diff.Create, Key: "other",
			Desired: &schema.Record{
				Ref: schema.Ref{Row: 3, Line: 3, Offset: 1}, Names: []string{"accountName", "firstName", "phone", "endDate", "vendor"},
				Values: []string{"other", "Otto", "+15550102", "", "ACME"},
			},
		}}
		var got []diff.Change
		if _, err := diff.Compare(t.Context(), desired, records(t, personNames, "old|Ann||+1 9|"), o, func(c diff.Change) error {
			got = append(got, c)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("checked: %t (-want +got):\n%s", checked, d)
		}
	}
	o.Defaults = map[string]string{"endDate": "31.02.2026"}
	whole := list(t, personNames, "a|Ann|||")
	_, err := diff.Compare(t.Context(), whole, whole, o, func(diff.Change) error { return nil })
	if want := `the default "31.02.2026" for endDate cannot be sent`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// TestCompareAsksTheComparerWhatIsADate has a source whose system attributes are all called text.
func TestCompareAsksTheComparerWhatIsADate(t *testing.T) {
	s := contractSchema()
	for i := range s.Attributes {
		s.Attributes[i].Type, s.Attributes[i].Required = schema.Text, false
	}
	names := []string{"accountName", "email", "startDate", "endDate"}
	got, _ := compare(t,
		list(t, names, "a|a@X.org|2026-03-31T10:00:00|2026-03-31", "b||2026-03-31T10:00:00|"),
		records(t, names, "a|a@x.org|2026-03-31T14:00:00Z|2026-04-01T03:59:59Z", "b||2026-03-31T10:00:00|"),
		diff.Options{Schema: s, Reading: schema.Reading{Zone: zone(t)}})
	// The same text is another instant on the two sides: in New York, and in UTC.
	want := []string{`update "b" row 3 record id-2 startDate: "2026-03-31T10:00:00" → "2026-03-31T10:00:00-04:00"`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
