package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

const attributes = aSource + "/schema-attributes"

func attributeBody(name string) map[string]any {
	return map[string]any{"type": "TEXT", "technicalName": name, "label": "Label of " + name, "helpText": "Help.", "placeholder": "Hint.", "required": true}
}

func TestGetNonEmployeeSourceSchemaAttributes(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor()})
	var got []string
	for _, a := range into[[]map[string]any](t, b.admin("GET", attributes, nil).want(t, 200)) {
		got = append(got, fmt.Sprint(a["technicalName"], " ", a["type"], " ", a["label"], " ", a["system"], " ", a["required"]))
	}
	want := []string{
		"accountName TEXT Account Name true true", "firstName TEXT First Name true true", "lastName TEXT Last Name true true", "phone TEXT Phone true true",
		"email TEXT Email true true", "manager IDENTITY Manager true true", "startDate DATE Start Date true true", "endDate DATE End Date true true",
		"vendor TEXT Vendor false false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	b.admin("GET", sources+"/none/schema-attributes", nil).want(t, 404)
}

func TestCreateNonEmployeeSourceSchemaAttributes(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	got := into[map[string]any](t, b.admin("POST", attributes, attributeBody("cost.centre")).want(t, 200))
	want := with(with(with(attributeBody("cost.centre"), "system", false), "created", "2026-01-05T08:00:00Z"), "modified", "2026-01-05T08:00:00Z")
	if diff := cmp.Diff(want, without(got, "id")); diff != "" {
		t.Errorf("attribute (-want +got):\n%s", diff)
	}
	template := b.admin("GET", aSource+"/schema-attributes-template/download", nil).want(t, 200)
	if template.body != header+",cost.centre\n" {
		t.Errorf("template %q", template.body)
	}
	for _, c := range []struct {
		why, code, text string
		body            any
	}{
		{"a technical name is unique", codeConflict, `Unable to create schema attribute because the technicalName "cost.centre" is already being used.`, attributeBody("cost.centre")},
		{"also against the system's", codeConflict, `Unable to create schema attribute because the technicalName "email" is already being used.`, attributeBody("email")},
		{"three fields are required", codeContent, "type is required; technicalName is required; label is required;", `{}`},
		{"there is no other type", codeContent, "type must be TEXT;", with(attributeBody("x"), "type", "DATE")},
		{"required is a boolean", codeSyntax, textSyntax, with(attributeBody("x"), "required", "yes")},
	} {
		t.Run(c.why, func(t *testing.T) {
			b.t = t
			b.admin("POST", attributes, c.body).refused(t, c.code, c.text)
		})
	}
}

func TestGetNonEmployeeSchemaAttribute(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	made := b.admin("POST", attributes, attributeBody("vendor")).want(t, 200)
	path := attributes + "/" + fmt.Sprint(into[map[string]any](t, made)["id"])
	if got := b.admin("GET", path, nil).want(t, 200); got.body != made.body {
		t.Errorf("got %s, made %s", got.body, made.body)
	}
	b.admin("GET", attributes+"/none", nil).want(t, 404)
}

func TestPatchNonEmployeeSchemaAttribute(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	path := attributes + "/" + fmt.Sprint(into[map[string]any](t, b.admin("POST", attributes, attributeBody("vendor")).want(t, 200))["id"])
	b.clock.Advance(1_000_000_000)
	got := into[map[string]any](t, b.admin("PATCH", path, `[{"op":"replace","path":"/label","value":"New"},{"op":"remove","path":"/helpText"},{"op":"replace","path":"/required","value":false}]`).want(t, 200))
	if got["label"] != "New" || got["required"] != false || got["helpText"] != nil || got["modified"] != "2026-01-05T08:00:01Z" {
		t.Errorf("attribute %v", got)
	}
	for _, c := range []struct{ why, patch, text string }{
		{"the technical name is fixed", `[{"op":"replace","path":"/technicalName","value":"x"}]`, "technicalName cannot be changed"},
		{"the type too", `[{"op":"replace","path":"/type","value":"TEXT"}]`, "type cannot be changed"},
		{"a label is needed", `[{"op":"replace","path":"/label","value":" "}]`, "label is required;"},
		{"required is a boolean", `[{"op":"replace","path":"/required","value":"yes"}]`, "the patch does not fit a schema attribute"},
	} {
		t.Run(c.why, func(t *testing.T) {
			b.t = t
			b.admin("PATCH", path, c.patch).refused(t, codeContent, c.text)
		})
	}
	b.admin("PATCH", attributes+"/none", `[]`).want(t, 404)
}

func TestDeleteNonEmployeeSchemaAttribute(t *testing.T) {
	seed := withVendor("ann")
	seed.Sources[0].Records[0].Data = map[string]string{"vendor": "Acme"}
	b := newBench(t, sandbox.Options{Seed: seed})
	all := into[[]map[string]any](t, b.admin("GET", attributes, nil).want(t, 200))
	b.admin("DELETE", attributes+"/"+fmt.Sprint(all[0]["id"]), nil).refused(t, codeContent, "a system attribute cannot be deleted")
	b.admin("DELETE", attributes+"/"+fmt.Sprint(all[8]["id"]), nil).want(t, 204)
	b.admin("DELETE", attributes+"/"+fmt.Sprint(all[8]["id"]), nil).want(t, 404)
	if got := b.admin("GET", firstRecord, nil).want(t, 200); !strings.Contains(got.body, `"data":{}`) {
		t.Errorf("the values outlive their attribute: %s", got.body)
	}
}

func TestDeleteNonEmployeeSourceSchemaAttributes(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor()})
	b.admin("POST", attributes, attributeBody("badge")).want(t, 200)
	b.admin("DELETE", attributes, nil).want(t, 204)
	if left := into[[]any](t, b.admin("GET", attributes, nil).want(t, 200)); len(left) != 8 {
		t.Errorf("%d attributes are left, want the 8 of the system", len(left))
	}
	b.admin("DELETE", sources+"/none/schema-attributes", nil).want(t, 404)
}
