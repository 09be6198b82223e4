package plan

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

const publishedSchema = "../../docs/plan-file.schema.json"

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(publishedSchema)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every line of plans of all sorts is as the published schema says.
func TestPublishedSchema(t *testing.T) {
	s := compiledSchema(t)
	finding := schema.Finding{Code: "E-EMAIL-BAD", Severity: schema.Error, Origin: schema.Origin{File: "l.csv", Row: 3, Column: "D", Header: "Mail"}, Attribute: "email", Value: "x", Message: "no mail address", Hint: "mend it", Related: []int64{4}}
	all := []diff.Change{
		creation("a"), updateOf("b", to("manager", "jane.doe", "p.meyer")), updateOf("c", to("vendor", "ACME", "")), missing("d"), missing("e", "endDate", "2020-01-01T00:00:00Z"),
		{Kind: diff.Blocked, Findings: []schema.Finding{finding}},
	}
	for _, set := range []func(*Options){
		func(o *Options) {},
		func(o *Options) {
			o.OnMissing, o.Scope, o.Tool = EndMissing, Scope{"vendor", "ACME"}, "nelm-reconcile 1"
		},
		func(o *Options) { o.OnMissing, o.DeleteAfter, o.Limits = DeleteMissing, time.Hour, Limits{} },
		func(o *Options) { o.Access, o.Route, o.Undoes = schema.Access{}, "bulk", "p" },
		func(o *Options) {
			o.Whole = []schema.Finding{{Code: schema.CodeColumnSwapped, Severity: schema.Error, Message: "swapped"}}
		},
		func(o *Options) { o.Against, o.Made, o.Partial = "export.csv", o.Now.Add(time.Hour), "cut" },
		func(o *Options) {
			o.Input.Layout = Layout{Sheet: "Active", Delimiter: "\t", Encoding: "utf-8", HeaderRow: 3, HeaderRows: 2, NoHeader: true, Map: map[string]string{"[A]": "accountName"},
				Set: map[string]string{"vendor": "ACME"}, DateFormat: "DD/MM/YYYY", Repair: []string{"phone-e164"}, NoRepair: []string{"trim"}, PhoneRegion: "DE"}
		},
		func(o *Options) {
			o.Limits.AllowRemovals, o.Limits.MaxRemovals, o.OnMissing = 1, LimitOf(0), EndMissing
		},
	} {
		o := options(t)
		o.Read, o.Input = ReadState{At: o.Now, Records: 1000, Calls: 4}, Input{File: "l.csv", SHA256: "ab", Bytes: 3, Dialect: "comma"}
		set(&o)
		p, _ := build(t, o, all...)
		var file bytes.Buffer
		if err := p.Write(&file); err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(file.Bytes()) {
			if err := validate(s, line); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		// And it is not a schema that takes anything.
		for _, planted := range []struct{ was, is string }{
			{`"action":"create"`, `"action":"purge"`}, {`"n":1,`, `"n":0,`}, {`"attribute":`, `"attr":`}, {`"safe":`, `"save":`}, {`"kind":"plan"`, `"kind":"plan","force":true`}, {`"created":"`, `"created":"on `},
		} {
			broken := bytes.Replace(file.Bytes(), []byte(planted.was), []byte(planted.is), 1)
			found := false
			for line := range bytes.Lines(broken) {
				found = found || validate(s, line) != nil
			}
			if !found {
				t.Errorf("the schema takes %s for %s", planted.is, planted.was)
			}
		}
	}
}

func validate(s *jsonschema.Schema, line []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// The schema names exactly the fields that the program writes.
func TestPublishedSchemaNamesAllFields(t *testing.T) {
	f, err := os.Open(publishedSchema)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	at := func(path ...string) []string {
		v := doc
		for _, p := range append([]string{"$defs"}, path...) {
			v = v.(map[string]any)[p]
		}
		var names []string
		for n := range v.(map[string]any)["properties"].(map[string]any) {
			names = append(names, n)
		}
		slices.Sort(names)
		return names
	}
	for _, test := range []struct {
		path []string
		of   any
	}{
		{[]string{"header"}, Header{}}, {[]string{"operation"}, Operation{}}, {[]string{"trailer"}, Trailer{}}, {[]string{"input"}, Input{}},
		{[]string{"input", "properties", "layout"}, Layout{}},
		{[]string{"settings"}, Settings{}}, {[]string{"source"}, schema.Source{}}, {[]string{"attribute"}, schema.Attribute{}}, {[]string{"finding"}, schema.Finding{}},
		{[]string{"finding", "properties", "origin"}, schema.Origin{}},
		{[]string{"header", "properties", "schema"}, Schema{}}, {[]string{"header", "properties", "read"}, ReadState{}}, {[]string{"header", "properties", "access"}, schema.Access{}},
		{[]string{"operation", "properties", "fields", "items"}, schema.FieldChange{}},
		{[]string{"trailer", "properties", "counts"}, Counts{}}, {[]string{"trailer", "properties", "requests"}, Requests{}},
		{[]string{"trailer", "properties", "limits", "items"}, LimitCheck{}}, {[]string{"trailer", "properties", "refusals", "items"}, Refusal{}}, {[]string{"trailer", "properties", "routes", "items"}, RouteCount{}},
		{[]string{"trailer", "properties", "whole", "items"}, Whole{}},
	} {
		var names []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(test.of)) {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		if diff := cmp.Diff(names, at(test.path...)); diff != "" {
			t.Errorf("%s (-program +schema):\n%s", strings.Join(test.path, "."), diff)
		}
	}
}
