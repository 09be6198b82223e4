package diff

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// table makes a table of rows, each in the order of names.
func tableOf(t *testing.T, names []string, rows ...[]string) *schema.Memory {
	t.Helper()
	records := make([]schema.Record, len(rows))
	for i, r := range rows {
		records[i].Values = r
	}
	m, err := schema.NewMemory(names, records)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDefaultsAreForNewRecordsAlone(t *testing.T) {
	s := &schema.Schema{Attributes: append(schema.System(), schema.Attribute{TechnicalName: "vendor", Type: schema.Text})}
	all := s.Names()
	desired := tableOf(t, []string{"accountName", "firstName", "lastName", "phone", "email", "startDate", "endDate"},
		[]string{"old", "Old", "One", "1", "old@example.com", "2026-01-01", ""},
		[]string{"new", "New", "One", "2", "new@example.com", "2026-01-01", ""},
	)
	current := tableOf(t, all, []string{"old", "Old", "One", "1", "old@example.com", "jane.doe", "2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z", "ACME"})
	for _, test := range []struct {
		why      string
		defaults map[string]string
		want     []schema.FieldChange // of the new record: name and value
	}{
		{
			"an absent column and a blank cell take the default, dates as they are sent, in template order",
			map[string]string{"manager": "boss", "endDate": "2027-03-31", "vendor": "Initech"},
			[]schema.FieldChange{
				{Attribute: "accountName", New: "new"}, {Attribute: "firstName", New: "New"}, {Attribute: "lastName", New: "One"}, {Attribute: "phone", New: "2"},
				{Attribute: "email", New: "new@example.com"}, {Attribute: "manager", New: "boss"}, {Attribute: "startDate", New: "2026-01-01T00:00:00Z"},
				{Attribute: "endDate", New: "2027-03-31T23:59:59Z"}, {Attribute: "vendor", New: "Initech"},
			},
		},
	} {
		var got []schema.FieldChange
		sum, err := Compare(t.Context(), desired, current, Options{Schema: s, Reading: schema.Reading{Zone: time.UTC}, Defaults: test.defaults}, func(c Change) error {
			if c.Kind != Create {
				t.Errorf("%s: %s of %s: %v, want only the new record", test.why, c.Kind, c.Key, c.Fields)
				return nil
			}
			for i, n := range c.Desired.Names {
				got = append(got, schema.FieldChange{Attribute: n, New: c.Desired.Values[i]})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if sum.Created != 1 || sum.Same != 1 {
			t.Errorf("%s: %d created and %d the same, want 1 and 1", test.why, sum.Created, sum.Same)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
	for name, value := range map[string]string{"nobody": "x", "endDate": "someday"} {
		_, err := Compare(t.Context(), desired, current, Options{Schema: s, Reading: schema.Reading{Zone: time.UTC}, Defaults: map[string]string{name: value}}, func(Change) error { return nil })
		if err == nil {
			t.Errorf("the default %s=%s was accepted", name, value)
		}
	}
}

func TestPresentKeysAreNotMissing(t *testing.T) {
	s := &schema.Schema{Attributes: schema.System()}
	names := []string{"accountName", "firstName"}
	desired := tableOf(t, names, []string{"a", "A"})
	current := tableOf(t, names, []string{"a", "A"}, []string{"Foot.Note", "F"}, []string{"gone", "G"})
	got, codes := map[string]Kind{}, map[string]string{}
	sum, err := Compare(t.Context(), desired, current, Options{Schema: s, Present: []string{"foot.note "}}, func(c Change) error {
		got[c.Key] = c.Kind
		for _, f := range c.Findings {
			codes[c.Key] += f.Code
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]Kind{"Foot.Note": Blocked, "gone": Missing}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"Foot.Note": "E-KEY-OUTSIDE"}, codes); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if sum.Missing != 1 || sum.Blocked != 1 {
		t.Errorf("%d missing and %d blocked, want 1 and 1", sum.Missing, sum.Blocked)
	}
}
