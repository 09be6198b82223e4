package sandbox_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

func TestPublicIdentities(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: &sandbox.Seed{Identities: []sandbox.Identity{
		{ID: "2c9180866166b5b0016167c32ef31a66", Alias: "jane.doe", Name: "Jane Doe", Email: "jane.doe@acme.example"},
		{Alias: "j\"d\\", Name: "Odd Name", IdentityState: "INACTIVE_LONG_TERM"},
	}}})
	for _, c := range []struct {
		filter string
		want   []string
	}{
		{`alias eq "jane.doe"`, []string{"jane.doe"}},
		{`alias eq "JANE.DOE"`, []string{"jane.doe"}},
		{`alias sw "jane"`, []string{"jane.doe"}},
		{`email eq "jane.doe@acme.example"`, []string{"jane.doe"}},
		{`id eq "2c9180866166b5b0016167c32ef31a66"`, []string{"jane.doe"}},
		{`id in ("x", "2c9180866166b5b0016167c32ef31a66")`, []string{"jane.doe"}},
		{`firstname eq "Odd" and lastname sw "N"`, []string{`j"d\`}},
		{`alias eq "j\"d\\"`, []string{`j"d\`}},
		{`alias eq "jane.doe" or alias eq "sandbox.admin"`, []string{"jane.doe", "sandbox.admin"}},
		{`alias sw "j" and not (alias eq "jane.doe" or alias eq "x")`, []string{`j"d\`}},
		{`alias eq "x" and alias eq "y" or alias eq "jane.doe"`, []string{"jane.doe"}},
		{`alias eq "nobody"`, nil},
	} {
		var got []string
		for _, who := range into[[]map[string]any](t, b.admin("GET", "/v2024/public-identities?sorters=name&add-core-filters=true&filters="+url.QueryEscape(c.filter), nil).want(t, 200)) {
			got = append(got, fmt.Sprint(who["alias"]))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.filter, diff)
		}
	}
	got := b.admin("GET", "/v2024/public-identities?count=true&limit=1&filters="+url.QueryEscape(`alias eq "jane.doe"`), nil).want(t, 200)
	want := `[{"id":"2c9180866166b5b0016167c32ef31a66","name":"Jane Doe","alias":"jane.doe","email":"jane.doe@acme.example","status":"Active","identityState":"ACTIVE","manager":null,"attributes":[]}]`
	if got.body != want || got.header.Get("X-Total-Count") != "1" {
		t.Errorf("total %q, identity %s", got.header.Get("X-Total-Count"), got.body)
	}
	if odd := b.admin("GET", "/v2024/public-identities?filters="+url.QueryEscape(`firstname eq "odd"`), nil); !strings.Contains(odd.body, `"status":"Inactive","identityState":"INACTIVE_LONG_TERM"`) {
		t.Errorf("somebody who has left: %s", odd.body)
	}
	b.admin("GET", "/v2024/public-identities?filters="+url.QueryEscape(`alias in ("x")`), nil).refused(t, codeContent, `filters: the operator "in" is not supported for alias`)
	b.admin("GET", "/v2024/public-identities?add-core-filters=x", nil).refused(t, codeContent, "add-core-filters must be true or false")
}

func TestSearchShowsTheAuditTrail(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	b.lands(header + ",vendor\n" + row("bob") + ",\n" + row("ann") + ",\n")
	b.admin("DELETE", firstRecord, nil).want(t, 204)
	b.admin("GET", exportPath, nil).want(t, 200)
	search := func(body string) (events []string) {
		t.Helper()
		type event struct {
			Action, Type, Status, Operation string
			Actor, Target                   struct{ Name string }
			Attributes                      map[string]string
		}
		for _, e := range into[[]event](t, b.admin("POST", "/v2024/search", body).want(t, 200)) {
			if e.Type != "NON_EMPLOYEE" || e.Attributes["sourceId"] != retail {
				t.Errorf("event %+v", e)
			}
			events = append(events, fmt.Sprint(e.Action, " ", e.Status, " ", e.Operation, " by ", e.Actor.Name, " on ", e.Target.Name))
		}
		return events
	}
	all := []string{
		"NON_EMPLOYEE_BULK_IMPORT_STARTED STARTED IMPORT by Sandbox Admin on Retail",
		"NON_EMPLOYEE_CREATE_PASSED PASSED CREATE by Sandbox Admin on bob",
		"NON_EMPLOYEE_UPDATE_PASSED PASSED UPDATE by Sandbox Admin on ann",
		"NON_EMPLOYEE_BULK_IMPORT_PASSED PASSED IMPORT by Sandbox Admin on Retail",
		"NON_EMPLOYEE_DELETE_PASSED PASSED DELETE by Sandbox Admin on ann",
		"NON_EMPLOYEE_BULK_EXPORT_STARTED STARTED EXPORT by Sandbox Admin on Retail",
		"NON_EMPLOYEE_BULK_EXPORT_PASSED PASSED EXPORT by Sandbox Admin on Retail",
	}
	for _, c := range []struct {
		why, body string
		want      []string
	}{
		{"all", `{"indices":["events"],"query":{"query":"type:NON_EMPLOYEE"}}`, all},
		{"no query", `{"indices":["events"]}`, all},
		{"by action", `{"indices":["events"],"queryType":"DSL","queryDsl":{"match":{"action":"NON_EMPLOYEE_CREATE_PASSED"}},"sort":["-created"]}`, all[1:2]},
		{"by two terms", `{"indices":["events"],"query":{"query":"type:NON_EMPLOYEE AND target.name:\"ann\""},"sort":["-created"]}`, []string{all[4], all[2]}},
		{"by an attribute", `{"indices":["events"],"query":{"query":"attributes.accountName:bob"}}`, all[1:2]},
		{"of another type", `{"indices":["events"],"query":{"query":"type:ACCOUNT"}}`, nil},
	} {
		if diff := cmp.Diff(c.want, search(c.body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
	}
	if got := b.admin("POST", "/v2024/search?limit=1&offset=1&count=true", `{"indices":["events"]}`).want(t, 200); got.header.Get("X-Total-Count") != "7" || !strings.Contains(got.body, "bob") {
		t.Errorf("a page: total %q, %s", got.header.Get("X-Total-Count"), got.body)
	}
	for body, text := range map[string]string{
		`{"indices":["identities"]}`:                                  `indices must be ["events"]: the sandbox has no other`,
		`{"indices":["events"],"sort":["name"]}`:                      "sort must be created or -created",
		`{"indices":["events"],"query":{"query":"everything there"}}`: "query: the sandbox understands field:value terms joined by AND",
	} {
		b.admin("POST", "/v2024/search", body).refused(t, codeContent, text)
	}
	b.admin("POST", "/v2024/search?limit=10001", `{"indices":["events"]}`).refused(t, codeContent, "limit must be less than or equal to 10000")
	b.admin("POST", "/v2024/search", `[`).refused(t, codeSyntax, textSyntax)
}

func TestNamesAreMadeOfAliases(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: &sandbox.Seed{Identities: []sandbox.Identity{{Alias: "émile.öz_x"}}}})
	if got := b.admin("GET", "/v2024/public-identities?filters="+url.QueryEscape(`alias eq "émile.öz_x"`), nil).want(t, 200); !strings.Contains(got.body, `"name":"Émile Öz X"`) {
		t.Errorf("identity %s", got.body)
	}
}
