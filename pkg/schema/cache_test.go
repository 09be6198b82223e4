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
