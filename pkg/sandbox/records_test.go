package sandbox_test

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

const records = "/v2024/non-employee-records"

// dto is the body of a refusal, without its tracking id.
func (r reply) dto(t *testing.T) (code string, texts []string) {
	t.Helper()
	body := into[struct {
		DetailCode string
		TrackingID string
		Messages   []struct{ Text string }
	}](t, r)
	if len(body.TrackingID) != 32 {
		t.Errorf("trackingId %q is not 32 hex", body.TrackingID)
	}
	for _, m := range body.Messages {
		texts = append(texts, m.Text)
	}
	return body.DetailCode, texts
}

// refused checks a 400 to the byte, but for its tracking id.
func (r reply) refused(t *testing.T, code, text string) {
	t.Helper()
	r.want(t, 400)
	gotCode, texts := r.dto(t)
	if diff := cmp.Diff([]string{code, text}, append([]string{gotCode}, texts...)); diff != "" {
		t.Errorf("refusal (-want +got):\n%s", diff)
	}
}

const (
	codeContent  = "400.1 Bad Request Content"
	codeLimit    = "400.1.4 Limit violation"
	codeConflict = "400.1.409 Reference conflict"
	codeSyntax   = "400.0 Bad request syntax"
	textSyntax   = "The request could not be understood by the server due to malformed syntax."
)

// withVendor is a source with the custom attribute vendor, and one record per name.
func withVendor(names ...string) *sandbox.Seed {
	seed := oneSource(0)
	src := &seed.Sources[0]
	src.Attributes = []sandbox.SeedAttribute{{TechnicalName: "vendor", Label: "Vendor"}}
	for i, name := range names {
		r := oneSource(1).Sources[0].Records[0]
		r.ID = fmt.Sprintf("ac110005-7156-4150-8171-5b292e3e%04d", i)
		r.AccountName, r.Email = name, name+"@example.com"
		src.Records = append(src.Records, r)
	}
	return seed
}

const firstRecord = records + "/ac110005-7156-4150-8171-5b292e3e0000"

func without(body map[string]any, names ...string) map[string]any {
	body = maps.Clone(body)
	for _, name := range names {
		delete(body, name)
	}
	return body
}

func with(body map[string]any, name string, value any) map[string]any {
	body = maps.Clone(body)
	body[name] = value
	return body
}

func TestCreateNonEmployeeRecord(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("existed")})
	body := with(person(retail, "new.one"), "data", map[string]string{"vendor": "Acme"})
	body["startDate"] = "2026-03-24T00:00:00-05:00"
	got := into[map[string]any](t, b.admin("POST", records, body).want(t, 200))
	id := fmt.Sprint(got["id"])
	want := map[string]any{
		"accountName": "new.one", "firstName": "First", "lastName": "Last", "email": "new.one@example.com", "phone": "5555555555",
		"manager": "sandbox.manager", "sourceId": retail, "data": map[string]any{"vendor": "Acme"},
		"startDate": "2026-03-24T05:00:00Z", "endDate": "2026-12-31T23:59:59Z", "modified": "2026-01-05T08:00:00Z", "created": "2026-01-05T08:00:00Z",
	}
	if diff := cmp.Diff(want, without(got, "id")); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if len(id) != 36 || strings.Count(id, "-") != 4 {
		t.Errorf("id %q is no dashed UUID, so that it could not be sent to bulk delete", id)
	}
	b.admin("POST", records, without(person(retail, "x"), "firstName", "accountName")).refused(t, codeContent, "firstName is required; accountName is required;")
	b.admin("POST", records, person(retail, "existed")).refused(t, codeConflict, `Unable to create Non-Employee because the accountName "existed" is already being used.`)
}

func TestCreatedRecordsAreChecked(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor()})
	for _, c := range []struct {
		why, name string
		value     any
		text      string
	}{
		{"the mandatory fields must have something in them", "phone", " ", "phone is required;"},
		{"null is nothing", "phone", nil, "phone is required;"},
		{"a number is no text", "phone", 5, "phone must be a string;"},
		{"a day is no date-time in JSON", "endDate", "2026-12-31", "endDate must be a date-time;"},
		{"seconds since 1970 are a thing of the past", "endDate", 1610524800, "endDate must be a string;"},
		{"a year that cannot be written back", "endDate", "9999-12-31T23:59:59-05:00", "endDate must be a date-time;"},
		{"managers are identities", "manager", "nobody.here", "manager nobody.here is not a valid identity;"},
		{"managers are named by alias", "manager", b.Credentials().Owner.IdentityID, "manager " + b.Credentials().Owner.IdentityID + " is not a valid identity;"},
		{"data has the source's attributes only", "data", map[string]string{"vendour": "x"}, "vendour is not an attribute of the source;"},
		{"system attributes do not belong in data", "data", map[string]string{"email": "x"}, "email is not an attribute of the source;"},
		{"data is texts", "data", map[string]int{"vendor": 5}, "data must be an object of strings;"},
		{"the source must be there", "sourceId", "2c91808568c529c60168cca6f90c9999", "sourceId 2c91808568c529c60168cca6f90c9999 is not a valid source;"},
	} {
		t.Run(c.why, func(t *testing.T) {
			b.t = t
			b.admin("POST", records, with(person(retail, "new.one"), c.name, c.value)).refused(t, codeContent, c.text)
		})
	}
	b.t = t
	b.admin("POST", records, `{"accountName":`).refused(t, codeSyntax, textSyntax)
	b.admin("POST", records, `[]`).refused(t, codeSyntax, textSyntax)
	b.admin("POST", records, `{} {}`).refused(t, codeSyntax, textSyntax)
	if left, err := b.Records(retail); err != nil || len(left) != 0 {
		t.Errorf("refused records were made: %v, %v", left, err)
	}
}

func TestListNonEmployeeRecords(t *testing.T) {
	seed := oneSource(3)
	second := oneSource(1).Sources[0]
	second.SourceID, second.Name = "2c91808568c529c60168cca6f90c2222", "Wholesale"
	seed.Sources = append(seed.Sources, second)
	b := newBench(t, sandbox.Options{Seed: seed})
	names := func(path string) (names []string, total string) {
		t.Helper()
		got := b.admin("GET", path, nil).want(t, 200)
		for _, r := range into[[]map[string]any](t, got) {
			names = append(names, fmt.Sprint(r["sourceId"])[28:]+" "+fmt.Sprint(r["accountName"]))
		}
		return names, got.header.Get("X-Total-Count")
	}
	only := "&filters=" + url.QueryEscape(`sourceId eq "`+retail+`"`)
	for _, c := range []struct {
		why, query, total string
		want              []string
	}{
		{"all sources without a filter", "", "", []string{"1313 a00000", "1313 a00001", "1313 a00002", "2222 a00000"}},
		{"the filter is by source", only, "", []string{"1313 a00000", "1313 a00001", "1313 a00002"}},
		{"filters compare without case", "&filters=" + url.QueryEscape(`sourceId eq "`+strings.ToUpper(retail)+`"`), "", []string{"1313 a00000", "1313 a00001", "1313 a00002"}},
		{"the total honours the filter and ignores the page", only + "&count=true&limit=1&offset=1", "3", []string{"1313 a00001"}},
		{"a minus turns the order", only + "&sorters=-accountName", "", []string{"1313 a00002", "1313 a00001", "1313 a00000"}},
		{"later sorters settle what earlier ones leave open", "&sorters=accountName,-sourceId", "", []string{"2222 a00000", "1313 a00000", "1313 a00001", "1313 a00002"}},
		{"count is read in any spelling", only + "&count=True&limit=1", "3", []string{"1313 a00000"}},
		{"nothing lies behind the end", "&offset=99&count=true", "4", nil},
		{"a page may be empty", "&limit=0&count=true", "4", nil},
	} {
		got, total := names(records + "?" + strings.TrimPrefix(c.query, "&"))
		if diff := cmp.Diff(c.want, got); diff != "" || total != c.total {
			t.Errorf("%s: total %q, want %q (-want +got):\n%s", c.why, total, c.total, diff)
		}
	}
	for _, sorter := range []string{"id", "accountName", "sourceId", "manager", "firstName", "lastName", "email", "phone", "startDate", "endDate", "created", "modified"} {
		b.admin("GET", records+"?limit=1&sorters="+sorter, nil).want(t, 200)
	}
	if empty := b.admin("GET", records+"?offset=99", nil); empty.body != "[]" {
		t.Errorf("an empty page is %s, want []", empty.body)
	}
}

func TestListsRefuseWhatTheyDoNotKnow(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(1)})
	for query, text := range map[string]string{
		"limit=251":         "limit must be less than or equal to 250",
		"limit=-1":          "limit must be a whole number from 0",
		"limit=ten":         "limit must be a whole number from 0",
		"limit=99999999999": "limit must be a whole number from 0",
		"offset=-1":         "offset must be a whole number from 0",
		"count=maybe":       "count must be true or false",
		"count=1":           "count must be true or false",
		"sorters=shoe":      `sorters: "shoe" is not supported`,
		"sorters=id,,":      `sorters: "" is not supported`,
		"filters=" + url.QueryEscape(`accountName eq "x"`):               `filters: the field "accountName" is not supported`,
		"filters=" + url.QueryEscape(`sourceId sw "x"`):                  `filters: the operator "sw" is not supported for sourceId`,
		"filters=" + url.QueryEscape(`sourceId eq "x`):                   `filters: a quoted text has no end`,
		"filters=" + url.QueryEscape(`(sourceId eq "x"`):                 `filters: a parenthesis is not closed`,
		"filters=" + url.QueryEscape(`sourceId eq "x" sourceId eq "y"`):  `filters: "sourceId" is not expected there`,
		"filters=" + url.QueryEscape(strings.Repeat("not ", 100)+`a eq`): `filters: it is nested deeper than 64`,
	} {
		b.admin("GET", records+"?"+query, nil).refused(t, codeContent, text)
	}
	b.admin("GET", records+"?limit=%zz", nil).refused(t, codeSyntax, textSyntax)
}

func TestGetNonEmployeeRecord(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	got := into[map[string]any](t, b.admin("GET", firstRecord, nil).want(t, 200))
	if got["accountName"] != "ann" || !cmp.Equal(got["data"], map[string]any{}) {
		t.Errorf("record %v", got)
	}
	missing := b.admin("GET", records+"/ac110005-7156-4150-8171-000000000000", nil).want(t, 404)
	code, texts := missing.dto(t)
	if code != "404 Not found" || texts[0] != "The server did not find a current representation for the target resource." {
		t.Errorf("404 is %s", missing.body)
	}
}

func TestUpdateNonEmployeeRecord(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann", "bob")})
	before := into[map[string]any](t, b.admin("GET", firstRecord, nil).want(t, 200))
	b.clock.Advance(90_500_000_000)
	body := with(person(retail, "ann"), "data", map[string]string{"vendor": "Acme"})
	body["lastName"] = "Other"
	got := into[map[string]any](t, b.admin("PUT", firstRecord, body).want(t, 200))
	want := with(with(with(before, "lastName", "Other"), "data", map[string]any{"vendor": "Acme"}), "modified", "2026-01-05T08:01:30.5Z")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	got = into[map[string]any](t, b.admin("PUT", firstRecord, person(retail, "ann")).want(t, 200))
	if !cmp.Equal(got["data"], map[string]any{}) {
		t.Errorf("PUT replaces the whole record, and data is still %v", got["data"])
	}
	b.admin("PUT", firstRecord, without(person(retail, "ann"), "email")).refused(t, codeContent, "email is required;")
	b.admin("PUT", firstRecord, person("2c91808568c529c60168cca6f90c9999", "ann")).refused(t, codeContent, "sourceId cannot be changed;")
	b.admin("PUT", firstRecord, person(retail, "BOB")).refused(t, codeConflict, `Unable to create Non-Employee because the accountName "BOB" is already being used.`)
	b.admin("PUT", records+"/none", person(retail, "ann")).want(t, 404)
}

func TestDeleteNonEmployeeRecord(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann", "bob")})
	if got := b.admin("DELETE", firstRecord, nil).want(t, 204); got.body != "" {
		t.Errorf("204 has the body %s", got.body)
	}
	b.admin("DELETE", firstRecord, nil).want(t, 404)
	b.admin("POST", records, person(retail, "ann")).want(t, 200)
	if left, err := b.Records(retail); err != nil || len(left) != 2 || left[0].AccountName != "bob" {
		t.Errorf("records %+v, %v", left, err)
	}
}

func TestDeleteNonEmployeeRecordsInBulk(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann", "bob", "cid")})
	ids := func(ids ...string) map[string]any { return map[string]any{"ids": ids} }
	first, last := "ac110005-7156-4150-8171-5b292e3e0000", "ac110005-7156-4150-8171-5b292e3e0002"
	b.admin("POST", records+"/bulk-delete", ids(first, last, first, "ac110005-7156-4150-8171-000000000000")).want(t, 204)
	if left, err := b.Records(retail); err != nil || len(left) != 1 || left[0].AccountName != "bob" {
		t.Errorf("left %+v, %v", left, err)
	}
	b.admin("POST", records+"/bulk-delete", ids()).refused(t, codeContent, "ids is required;")
	b.admin("POST", records+"/bulk-delete", `{}`).refused(t, codeContent, "ids is required;")
	b.admin("POST", records+"/bulk-delete", `{"ids":[5]}`).refused(t, codeContent, "ids must be a list of strings;")
	b.admin("POST", records+"/bulk-delete", `{"ids":"x"}`).refused(t, codeSyntax, textSyntax)
}
