package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

const (
	sources   = "/v2024/non-employee-sources"
	aSource   = sources + "/" + retail
	requests  = "/v2024/non-employee-requests"
	approvals = "/v2024/non-employee-approvals"
)

// people are the identities that the environment file names.
func (b *bench) people() (owner, approver, admin string) {
	c := b.Credentials()
	return c.Owner.IdentityID, c.Approver.IdentityID, c.Admin.IdentityID
}

func id(of string) map[string]string { return map[string]string{"id": of} }

func (b *bench) sourceBody(name string) map[string]any {
	owner, approver, _ := b.people()
	return map[string]any{
		"name": name, "description": "A source.", "owner": id(owner), "managementWorkgroup": "123299",
		"approvers": []any{id(approver)}, "accountManagers": []any{id(owner)},
	}
}

func TestCreateNonEmployeeSource(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	owner, approver, _ := b.people()
	got := into[map[string]any](t, b.admin("POST", sources, b.sourceBody("Retail")).want(t, 200))
	want := map[string]any{
		"name": "Retail", "description": "A source.",
		"approvers":       []any{map[string]any{"type": "IDENTITY", "id": approver}},
		"accountManagers": []any{map[string]any{"type": "IDENTITY", "id": owner}},
		"created":         "2026-01-05T08:00:00Z", "modified": "2026-01-05T08:00:00Z", "cloudExternalId": "99000",
	}
	if diff := cmp.Diff(want, without(got, "id", "sourceId")); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	nelmID, sourceID := fmt.Sprint(got["id"]), fmt.Sprint(got["sourceId"])
	if len(nelmID) != 36 || len(sourceID) != 32 {
		t.Errorf("ids %s and %s: one is a dashed UUID and the other 32 hex", nelmID, sourceID)
	}
	b.admin("GET", sources+"/"+sourceID, nil).want(t, 200)
	b.admin("GET", sources+"/"+nelmID, nil).want(t, 404)
	b.admin("POST", sources, b.sourceBody("retail")).refused(t, codeConflict, `The name "retail" is already being used by another source.`)
}

func TestCreatedSourcesAreChecked(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	owner, _, _ := b.people()
	many := func(n int) (ids []any) {
		for range n {
			ids = append(ids, id(owner))
		}
		return ids
	}
	for _, c := range []struct {
		why, code, text string
		body            any
	}{
		{"owner, name and description are required", codeContent, "name is required; description is required; owner is required;", `{}`},
		{"an owner has an id", codeContent, "owner.id is required;", with(b.sourceBody("x"), "owner", map[string]string{})},
		{"the owner is an identity", codeContent, "owner nobody is not a valid identity;", with(b.sourceBody("x"), "owner", id("nobody"))},
		{"so are approvers", codeContent, "approvers nobody is not a valid identity;", with(b.sourceBody("x"), "approvers", []any{id("nobody")})},
		{"and account managers", codeContent, "accountManagers nobody is not a valid identity;", with(b.sourceBody("x"), "accountManagers", []any{id("nobody")})},
		{"three approvers", codeLimit, "approvers must have at most 3 elements", with(b.sourceBody("x"), "approvers", many(4))},
		{"ten account managers", codeLimit, "accountManagers must have at most 10 elements", with(b.sourceBody("x"), "accountManagers", many(11))},
		{"a name is a text", codeSyntax, textSyntax, with(b.sourceBody("x"), "name", 5)},
	} {
		t.Run(c.why, func(t *testing.T) {
			b.t = t
			b.admin("POST", sources, c.body).refused(t, c.code, c.text)
		})
	}
}

func TestATenantHoldsFiftySources(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	for i := range 50 {
		b.admin("POST", sources, b.sourceBody(fmt.Sprint("Source ", i))).want(t, 200)
	}
	b.admin("POST", sources, b.sourceBody("One too many")).refused(t, codeLimit, "a tenant has at most 50 non-employee sources")
}

func TestListNonEmployeeSources(t *testing.T) {
	seed := oneSource(2)
	seed.Sources[0].AccountManagers = []string{"sandbox.owner"}
	seed.Sources = append(seed.Sources, sandbox.SeedSource{Name: "Bakery", Owner: "sandbox.other"})
	b := newBench(t, sandbox.Options{Seed: seed})
	owner, _, admin := b.people()
	list := func(query string) (names []string) {
		t.Helper()
		for _, s := range into[[]map[string]any](t, b.admin("GET", sources+query, nil).want(t, 200)) {
			names = append(names, fmt.Sprint(s["name"], " ", s["nonEmployeeCount"]))
		}
		return names
	}
	for _, c := range []struct {
		why, query string
		want       []string
	}{
		{"the count is null unless asked for", "", []string{"Retail <nil>", "Bakery <nil>"}},
		{"and a number when asked for", "?non-employee-count=true", []string{"Retail 2", "Bakery 0"}},
		{"sorted", "?sorters=name", []string{"Bakery <nil>", "Retail <nil>"}},
		{"those of one manager", "?requested-for=" + owner, []string{"Retail <nil>"}},
		{"one's own", "?requested-for=me", nil},
		{"a page", "?limit=1&offset=1", []string{"Bakery <nil>"}},
	} {
		if diff := cmp.Diff(c.want, list(c.query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
	}
	if got := b.admin("GET", sources+"?count=true&requested-for="+admin, nil); got.header.Get("X-Total-Count") != "0" || got.body != "[]" {
		t.Errorf("total %q of %s", got.header.Get("X-Total-Count"), got.body)
	}
	if got := b.admin("GET", sources, nil); !strings.Contains(got.body, `"nonEmployeeCount":null`) {
		t.Errorf("the count must be there as null: %s", got.body)
	}
	b.admin("GET", sources+"?sorters=description", nil).refused(t, codeContent, `sorters: "description" is not supported`)
	b.admin("GET", sources+"?filters=name", nil).refused(t, codeContent, "filters is not supported")
	b.admin("GET", sources+"?non-employee-count=perhaps", nil).refused(t, codeContent, "non-employee-count must be true or false")
}

func TestGetNonEmployeeSource(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	got := into[map[string]any](t, b.admin("GET", aSource, nil).want(t, 200))
	if got["name"] != "Retail" || got["sourceId"] != retail || !cmp.Equal(got["approvers"], []any{}) {
		t.Errorf("source %v", got)
	}
	b.admin("GET", sources+"/none", nil).want(t, 404)
}

func TestPatchNonEmployeeSource(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	owner, approver, _ := b.people()
	b.clock.Advance(1_000_000_000)
	patch := fmt.Sprintf(`[{"op":"replace","path":"/name","value":"New name"},{"op":"replace","path":"/approvers","value":["%s","%s"]},
		{"op":"add","path":"/accountManagers/-","value":{"id":"%s"}}]`, owner, approver, owner)
	got := into[struct {
		Name                       string
		Modified                   string
		Approvers, AccountManagers []struct{ Type, ID string }
	}](t, b.admin("PATCH", aSource, patch).want(t, 200))
	if got.Name != "New name" || got.Modified != "2026-01-05T08:00:01Z" || len(got.Approvers) != 2 || got.Approvers[1].ID != approver || len(got.AccountManagers) != 1 {
		t.Errorf("source %+v", got)
	}
	for _, c := range []struct{ why, patch, code, text string }{
		{"ids are fixed", `[{"op":"replace","path":"/sourceId","value":"x"}]`, codeContent, "sourceId cannot be changed"},
		{"a name is needed", `[{"op":"remove","path":"/name"}]`, codeContent, "name is required;"},
		{"the slip of the published example is no name", `[{"op":"replace","path":"/name","value":{"new name":"x"}}]`, codeContent, "name is required;"},
		{"approvers are identities", `[{"op":"replace","path":"/approvers","value":["nobody"]}]`, codeContent, "approvers nobody is not a valid identity;"},
		{"in a list", `[{"op":"replace","path":"/approvers","value":"nobody"}]`, codeContent, "the patch does not fit a source"},
		{"of ids or objects", `[{"op":"replace","path":"/approvers","value":[5]}]`, codeContent, "approvers must be a list of identities"},
	} {
		t.Run(c.why, func(t *testing.T) {
			b.t = t
			b.admin("PATCH", aSource, c.patch).refused(t, c.code, c.text)
		})
	}
	b.admin("PATCH", sources+"/none", `[]`).want(t, 404)
}

func TestDeleteNonEmployeeSource(t *testing.T) {
	seed := withVendor("ann")
	seed.Sources[0].Approvers = []string{"sandbox.approver"}
	seed.Sources[0].Requests = []sandbox.SeedRequest{{Record: sandbox.Record{AccountName: "bob"}}}
	b := newBench(t, sandbox.Options{Seed: seed})
	b.admin("DELETE", aSource, nil).want(t, 204)
	b.admin("DELETE", aSource, nil).want(t, 404)
	b.admin("GET", firstRecord, nil).want(t, 404)
	if got := b.admin("GET", approvals, nil).want(t, 200); got.body != "[]" {
		t.Errorf("approvals outlive their source: %s", got.body)
	}
}
