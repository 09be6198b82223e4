package csvio

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestSuggest(t *testing.T) {
	s := &schema.Schema{Attributes: append(schema.System(), schema.Attribute{TechnicalName: "costCenter", Label: "Cost center", Type: schema.Text})}
	got := Suggest([]string{"Login", "First Name", "surname", "E-Mail", "mail", "enddate", "Cost Centre", "Shoe size"}, s)
	want := []Suggestion{
		{"Login", "accountName", false},
		{"First Name", "firstName", true},
		{"surname", "lastName", false},
		{"E-Mail", "email", true}, // but for its hyphen the name itself
		{"mail", "", false},       // the attribute is taken
		{"enddate", "endDate", true},
		{"Cost Centre", "costCenter", false},
		{"Shoe size", "", false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("suggestions (-want +got):\n%s", diff)
	}
}
