package schema_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestDifferences(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*schema.Schema)
		want   []string
	}{
		{"the same", func(*schema.Schema) {}, nil},
		{"fetched at another time", func(s *schema.Schema) { s.Source.Count = 9 }, nil},
		{"one more", func(s *schema.Schema) {
			s.Attributes = append(s.Attributes, schema.Attribute{TechnicalName: "badge", Type: schema.Text})
		}, []string{"badge: added"}},
		{"one less", func(s *schema.Schema) { s.Attributes = s.Attributes[:8] }, []string{"vendor: removed"}},
		{"renamed", func(s *schema.Schema) { s.Attributes[8].TechnicalName = "agency" }, []string{"vendor: removed", "agency: added"}},
		{"now required", func(s *schema.Schema) { s.Attributes[8].Required = true }, []string{"vendor: required false → true"}},
		{"another type and label", func(s *schema.Schema) { s.Attributes[8].Type, s.Attributes[8].Label = schema.Date, "" },
			[]string{"vendor: type TEXT → DATE", "vendor: label vendor → (none)"}},
		{"in another order", func(s *schema.Schema) {
			s.Attributes[7], s.Attributes[8] = s.Attributes[8], s.Attributes[7]
		}, []string{"vendor: place 9 → 8", "endDate: place 8 → 9"}},
		{"one more in front moves nobody", func(s *schema.Schema) {
			s.Attributes = slices.Insert(s.Attributes, 0, schema.Attribute{TechnicalName: "badge", Type: schema.Text})
		}, []string{"badge: added"}},
		{"another text to help", func(s *schema.Schema) { s.Attributes[8].HelpText = "Who sends them" }, []string{"vendor: helpText (none) → Who sends them"}},
	} {
		older, newer := testSchema(t), testSchema(t)
		c.change(newer)
		var got []string
		matters := false
		for _, d := range schema.Differences(older, newer) {
			got = append(got, d.String())
			matters = matters || d.Matters
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.why, diff)
		}
		if matters == (older.Fingerprint() == newer.Fingerprint()) {
			t.Errorf("%s: what matters and the fingerprint do not agree", c.why)
		}
	}
}
