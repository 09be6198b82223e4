package schema_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestSchemaFile(t *testing.T) {
	want := testSchema(t)
	want.Source = schema.Source{Name: "Contractors <EMEA>", ID: "a", SourceID: "b", Count: 3}
	want.Fetched = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	var file bytes.Buffer
	if err := want.Encode(&file); err != nil {
		t.Fatal(err)
	}
	got, err := schema.Decode(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	good := file.String()
	for _, c := range []struct{ why, file, message string }{
		{"empty", "", "ends too early"},
		{"cut off", good[:len(good)/2], "ends too early"},
		{"a CSV", "accountName,firstName\n", "not JSON"},
		{"another kind", strings.Replace(good, `"kind": "schema"`, `"kind": "plan"`, 1), `kind is "plan"`},
		{"a newer version", strings.Replace(good, `"1.0"`, `"2.0"`, 1), "format version"},
		{"an older program reads a newer minor version", strings.Replace(good, `"1.0"`, `"1.7"`, 1), ""},
		{"edited", strings.Replace(good, `"technicalName": "vendor"`, `"technicalName": "agency"`, 1), "edited"},
		{"a name was emptied", strings.Replace(good, `"technicalName": "vendor"`, `"technicalName": ""`, 1), "TechnicalName is missing"},
		{"no phone", strings.Replace(good, `"technicalName": "phone"`, `"technicalName": "fon"`, 1), `no column "phone"`},
		{"something follows", good + "{}", "follows"},
	} {
		_, err := schema.Decode(strings.NewReader(c.file))
		var refused *schema.FileError
		switch {
		case c.message == "" && err != nil:
			t.Errorf("%s: %v", c.why, err)
		case c.message != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), c.message)):
			t.Errorf("%s: got the error %v, want one that says %q", c.why, err, c.message)
		}
	}
}

func TestFromAttributes(t *testing.T) {
	system := schema.System()
	vendor := schema.Attribute{TechnicalName: "vendor", Type: schema.Text, Required: true}
	template := strings.Split("accountName,firstName,lastName,phone,email,manager,startDate,endDate", ",")
	eleven := append([]schema.Attribute{}, system...)
	wide := append([]string{}, template...)
	for _, n := range strings.Split("abcdefghijk", "") {
		eleven = append(eleven, schema.Attribute{TechnicalName: n, Type: schema.Text})
		wide = append(wide, n)
	}
	for _, c := range []struct {
		why      string
		attrs    []schema.Attribute
		template []string
		want     []string
	}{
		{"both agree", append(system[:8:8], vendor), append(template[:8:8], "vendor"), nil},
		{"spreadsheet programs add to a template", system, append([]string{"\ufeffaccountName"}, append(template[1:8:8], "", "")...), nil},
		{"the template lacks a required attribute", append(system[:8:8], vendor), template, []string{"E-SCHEMA-TEMPLATE-LACKS vendor"}},
		{"a column that nobody knows", system, append(template[:8:8], "vendor"), []string{"W-SCHEMA-UNKNOWN-COLUMN vendor"}},
		{"the same name twice", append(system[:8:8], vendor, vendor), append(template[:8:8], "vendor"), []string{"E-SCHEMA-DUPLICATE vendor"}},
		{"too many", eleven, wide, []string{"W-SCHEMA-CUSTOM-LIMIT "}},
		{"an unknown type is kept", append(system[:8:8], schema.Attribute{TechnicalName: "v", Type: "NUMBER"}), append(template[:8:8], "v"), []string{"N-SCHEMA-TYPE v"}},
		{"a system attribute is not described", system[1:], template, []string{"W-SCHEMA-SYSTEM-MISSING accountName"}},
	} {
		s, findings, err := schema.FromAttributes(c.attrs, c.template)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		var got []string
		for _, f := range findings {
			got = append(got, f.Code+" "+f.Attribute)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.why, diff)
		}
		if a, _ := s.Attribute("v"); c.why == "an unknown type is kept" && a.Type != "NUMBER" {
			t.Errorf("the type became %q", a.Type)
		}
	}
	if _, _, err := schema.FromAttributes(system, template[1:]); err == nil {
		t.Error("a template without accountName was taken")
	}
}
