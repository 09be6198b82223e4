package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// An attributesCase is what a tenant says of a source in two ways, and every finding that they must bring. near names the
// code that it all but raises.
type attributesCase struct {
	why      string
	attrs    []schema.Attribute
	template []string
	near     string
	want     []string // code attribute
}

func attributesCases() []attributesCase {
	system := schema.System()
	vendor := schema.Attribute{TechnicalName: "vendor", Type: schema.Text, Required: true}
	template := strings.Split("accountName,firstName,lastName,phone,email,manager,startDate,endDate", ",")
	custom := func(n int) ([]schema.Attribute, []string) {
		attrs, wide := system[:8:8], template[:8:8]
		for _, name := range strings.Split("abcdefghijk", "")[:n] {
			attrs = append(attrs, schema.Attribute{TechnicalName: name, Type: schema.Text})
			wide = append(wide, name)
		}
		return attrs, wide
	}
	ten, tenWide := custom(10)
	eleven, elevenWide := custom(11)
	return []attributesCase{
		{why: "both agree", attrs: append(system[:8:8], vendor), template: append(template[:8:8], "vendor"), near: "E-SCHEMA-TEMPLATE-LACKS"},
		{why: "spreadsheet programs add to a template", attrs: system, template: append([]string{"\ufeffaccountName"}, append(template[1:8:8], "", "")...), near: "W-SCHEMA-UNKNOWN-COLUMN"},
		{why: "the template lacks a required attribute", attrs: append(system[:8:8], vendor), template: template, want: []string{"E-SCHEMA-TEMPLATE-LACKS vendor"}},
		{why: "the template lacks an optional one", attrs: append(system[:8:8], schema.Attribute{TechnicalName: "v", Type: schema.Text}), template: template, want: []string{"W-SCHEMA-UNKNOWN-COLUMN v"}},
		{why: "a column that nobody knows", attrs: system, template: append(template[:8:8], "vendor"), want: []string{"W-SCHEMA-UNKNOWN-COLUMN vendor"}},
		{why: "the same name twice", attrs: append(system[:8:8], vendor, vendor), template: append(template[:8:8], "vendor"), want: []string{"E-SCHEMA-DUPLICATE vendor"}},
		{why: "names that differ in case are two", attrs: append(system[:8:8], vendor, schema.Attribute{TechnicalName: "Vendor", Type: schema.Text}), template: append(template[:8:8], "vendor", "Vendor"), near: "E-SCHEMA-DUPLICATE"},
		{why: "any script, dots and spaces", attrs: append(system[:8:8], schema.Attribute{TechnicalName: "cost center.コード", Type: schema.Text}), template: append(template[:8:8], "cost center.コード"), near: "N-SCHEMA-TYPE"},
		{why: "too many", attrs: eleven, template: elevenWide, want: []string{"W-SCHEMA-CUSTOM-LIMIT "}},
		{why: "just as many", attrs: ten, template: tenWide, near: "W-SCHEMA-CUSTOM-LIMIT"},
		{why: "an unknown type", attrs: append(system[:8:8], schema.Attribute{TechnicalName: "v", Type: "NUMBER"}), template: append(template[:8:8], "v"), want: []string{"N-SCHEMA-TYPE v"}},
		{why: "a system attribute is not described", attrs: system[1:], template: template, want: []string{"W-SCHEMA-SYSTEM-MISSING accountName"}},
		{why: "another order", attrs: append(system[4:8:8], system[:4]...), template: template, near: "W-SCHEMA-SYSTEM-MISSING"},
		{why: "no template", attrs: append([]schema.Attribute{vendor}, system...)},
	}
}

func TestFromAttributes(t *testing.T) {
	for _, c := range attributesCases() {
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
		if c.template == nil {
			continue
		}
		if diff := cmp.Diff(strings.FieldsFunc(strings.TrimPrefix(strings.Join(c.template, ","), "\ufeff"), func(r rune) bool { return r == ',' }), s.Names()); diff != "" {
			t.Errorf("%s: the template's order was not kept (-want +got)\n%s", c.why, diff)
		}
	}
	s, _, err := schema.FromAttributes(append(schema.System(), schema.Attribute{TechnicalName: "v", Type: "NUMBER", Required: true}), strings.Split("accountName,firstName,lastName,phone,email,manager,startDate,endDate,v", ","))
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := s.Attribute("v"); a.Type != "NUMBER" || !a.Required {
		t.Errorf("an unknown type was not kept: %+v", a)
	}
	if _, _, err := schema.FromAttributes(schema.System(), []string{"firstName"}); err == nil {
		t.Error("a template without accountName was taken")
	}
}
