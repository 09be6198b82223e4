package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// Who may do what: the table of the facts, operation by operation. Every call is one that an administrator may make.
func TestRights(t *testing.T) {
	const yes, no = true, false
	for _, c := range []struct {
		operation                             string
		application, owner, approver, another bool // another is an owner of some other source
		method, path                          string
		body                                  any
	}{
		{"createNonEmployeeRecord", yes, no, no, no, "POST", records, person(retail, "new.one")},
		{"listNonEmployeeRecords", yes, yes, yes, yes, "GET", records, nil}, // others get what they may see, which is nothing
		{"getNonEmployeeRecord", yes, yes, no, no, "GET", firstRecord, nil},
		{"updateNonEmployeeRecord", no, yes, no, no, "PUT", firstRecord, with(person(retail, "existed"), "endDate", "2027-01-01T00:00:00Z")},
		{"updateNonEmployeeRecord", no, no, no, no, "PUT", firstRecord, with(person(retail, "existed"), "phone", "1")},
		{"patchNonEmployeeRecord", no, yes, no, no, "PATCH", firstRecord, `[{"op":"replace","path":"/endDate","value":"2027-01-01T00:00:00Z"}]`},
		{"patchNonEmployeeRecord", no, yes, no, no, "PATCH", firstRecord, `[{"op":"test","path":"/lastName","value":"Last"},{"op":"replace","path":"/endDate","value":"2027-01-01T00:00:00Z"}]`},
		{"patchNonEmployeeRecord", no, no, no, no, "PATCH", firstRecord, `[{"op":"replace","path":"/lastName","value":"x"}]`},
		{"deleteNonEmployeeRecord", yes, no, no, no, "DELETE", firstRecord, nil},
		{"deleteNonEmployeeRecordsInBulk", yes, no, no, no, "POST", records + "/bulk-delete", map[string]any{"ids": []string{"ac110005-7156-4150-8171-5b292e3e0000"}}},
		{"deleteNonEmployeeRecordsInBulk", yes, no, no, no, "POST", records + "/bulk-delete", map[string]any{"ids": []string{}}},
		{"createNonEmployeeRequest", yes, yes, no, no, "POST", requests, person(retail, "new.one")},
		{"listNonEmployeeRequests", no, yes, yes, yes, "GET", requests + "?requested-for=me", nil},
		{"getNonEmployeeRequest", yes, yes, no, no, "GET", requests + "/{request}", nil},
		{"deleteNonEmployeeRequest", yes, no, no, no, "DELETE", requests + "/{request}", nil},
		{"getNonEmployeeRequestSummary", yes, yes, no, no, "GET", requests + "/summary/{owner}", nil},
		{"createNonEmployeeSource", yes, no, no, no, "POST", sources, "{source}"},
		{"listNonEmployeeSources", yes, yes, yes, yes, "GET", sources, nil},
		{"getNonEmployeeSource", yes, yes, no, no, "GET", aSource, nil},
		{"patchNonEmployeeSource", yes, no, no, no, "PATCH", aSource, `[{"op":"replace","path":"/name","value":"x"}]`},
		{"deleteNonEmployeeSource", yes, no, no, no, "DELETE", aSource, nil},
		{"importNonEmployeeRecordsInBulk", yes, no, no, no, "POST", uploadPath, "{upload}"},
		{"getNonEmployeeBulkUploadStatus", yes, no, no, no, "GET", statusPath, nil},
		{"exportNonEmployeeRecords", yes, no, no, no, "GET", exportPath, nil},
		{"exportNonEmployeeSourceSchemaTemplate", yes, no, no, no, "GET", aSource + "/schema-attributes-template/download", nil},
		{"getNonEmployeeSourceSchemaAttributes", yes, yes, no, no, "GET", attributes, nil},
		{"createNonEmployeeSourceSchemaAttributes", yes, no, no, no, "POST", attributes, attributeBody("x")},
		{"deleteNonEmployeeSourceSchemaAttributes", yes, no, no, no, "DELETE", attributes, nil},
		{"getNonEmployeeSchemaAttribute", yes, yes, no, no, "GET", attributes + "/{attribute}", nil},
		{"patchNonEmployeeSchemaAttribute", yes, no, no, no, "PATCH", attributes + "/{attribute}", `[{"op":"replace","path":"/label","value":"x"}]`},
		{"deleteNonEmployeeSchemaAttribute", yes, no, no, no, "DELETE", attributes + "/{attribute}", nil},
		{"listNonEmployeeApprovals", yes, yes, yes, yes, "GET", approvals, nil},
		{"getNonEmployeeApproval", no, no, yes, no, "GET", approvals + "/{approval}", nil},
		{"approveNonEmployeeRequest", no, no, yes, no, "POST", approvals + "/{approval}/approve", `{}`},
		{"rejectNonEmployeeRequest", no, no, yes, no, "POST", approvals + "/{approval}/reject", `{"comment":"no"}`},
		{"getNonEmployeeApprovalSummary", yes, no, yes, no, "GET", approvals + "/summary/{approver}", nil},
		{"getPublicIdentities", no, yes, yes, yes, "GET", "/v2024/public-identities", nil},
		{"searchPost", yes, no, no, no, "POST", "/v2024/search", `{"indices":["events"]}`},
	} {
		for _, who := range []struct {
			role    string
			allowed bool
		}{{"application", c.application}, {"owner", c.owner}, {"approver", c.approver}, {"another", c.another}} {
			t.Run(c.operation+"/"+who.role, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Seed: reviewed()})
				owner, approver, _ := b.people()
				made := b.request("waiting")
				custom := into[[]map[string]any](t, b.admin("GET", attributes, nil).want(t, 200))[8]
				path := strings.NewReplacer("{request}", made.ID, "{owner}", owner, "{approver}", approver, "{approval}", made.ApprovalItems[0].ID,
					"{attribute}", fmt.Sprint(custom["id"])).Replace(c.path)
				cred := map[string]sandbox.Credential{"application": b.Credentials().Application, "owner": b.Credentials().Owner, "approver": b.Credentials().Approver}[who.role]
				if who.role == "another" {
					seed := reviewed()
					seed.Sources[0].AccountManagers = nil
					seed.Sources[0].Owner = "sandbox.other"
					seed.Sources = append(seed.Sources, sandbox.SeedSource{Name: "Elsewhere", AccountManagers: []string{"else.where"}})
					seed.Sources[0].Requests = []sandbox.SeedRequest{{Record: sandbox.Record{AccountName: "waiting"}}}
					b = newBench(t, sandbox.Options{Seed: seed})
					cred = b.Credentials().Owner
					list := into[[]struct {
						ID                 string
						NonEmployeeRequest struct{ ID string }
					}](t, b.admin("GET", approvals, nil).want(t, 200))
					custom = into[[]map[string]any](t, b.admin("GET", attributes, nil).want(t, 200))[8]
					path = strings.NewReplacer("{request}", list[0].NonEmployeeRequest.ID, "{owner}", owner, "{approver}", approver, "{approval}", list[0].ID,
						"{attribute}", fmt.Sprint(custom["id"])).Replace(c.path)
				}
				var got reply
				switch c.body {
				case "{upload}":
					got = b.uploadAs(cred, retail, header+",vendor\n")
				case "{source}":
					got = b.as(cred, c.method, path, b.sourceBody("New"))
				default:
					got = b.as(cred, c.method, path, c.body)
				}
				refused := got.status == 403 || got.status == 400
				if got.status >= 300 && !refused || refused == who.allowed {
					t.Errorf("status %d, allowed %v: %s", got.status, who.allowed, got.body)
				}
				if got.status == 403 && !strings.Contains(got.body, `"detailCode":"403 Forbidden"`) {
					t.Errorf("403 is %s", got.body)
				}
			})
		}
	}
}

// The body of a 403 has two messages, as real ones have.
func TestForbiddenSpeaksTwice(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	got := b.as(b.Credentials().Application, "PATCH", firstRecord, `[]`).want(t, 403)
	text := "The server understood the request but refuses to authorize it."
	want := `{"detailCode":"403 Forbidden","trackingId":"` + fmt.Sprint(into[map[string]any](t, got)["trackingId"]) +
		`","messages":[{"locale":"en-US","localeOrigin":"DEFAULT","text":"` + text + `"},{"locale":"und","localeOrigin":"REQUEST","text":"` + text + `"}],"causes":[]}`
	if got.body != want {
		t.Errorf("403 is %s\nwant   %s", got.body, want)
	}
}

// Owners see their own sources and records, and nobody else's.
func TestOwnersSeeTheirOwn(t *testing.T) {
	seed := oneSource(2)
	seed.Sources[0].AccountManagers = []string{"sandbox.owner"}
	second := oneSource(3).Sources[0]
	second.SourceID, second.Name, second.Owner = "2c91808568c529c60168cca6f90c2222", "Wholesale", "sandbox.other"
	seed.Sources = append(seed.Sources, second)
	b := newBench(t, sandbox.Options{Seed: seed})
	owner := b.Credentials().Owner
	if got := into[[]any](t, b.as(owner, "GET", sources, nil).want(t, 200)); len(got) != 1 {
		t.Errorf("%d sources", len(got))
	}
	if got := into[[]any](t, b.as(owner, "GET", records, nil).want(t, 200)); len(got) != 2 {
		t.Errorf("%d records", len(got))
	}
	b.as(owner, "GET", sources+"?requested-for=somebody", nil).want(t, 403)
}

// A token that asked for a scope has no more than that; "manage" includes "read", and the default scope reads identities only.
func TestScopes(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	admin := b.Credentials().Admin
	for scope, want := range map[string]string{
		"idn:nelm:read":                "200 403 403",
		"idn:nelm:manage":              "200 200 403",
		"sp:scopes:default":            "403 403 200",
		"sp:scopes:all":                "200 200 200",
		"idn:nelm:read sp:search:read": "200 403 403",
	} {
		form := "grant_type=client_credentials&client_id=" + admin.ClientID + "&client_secret=" + admin.Secret + "&scope=" + strings.ReplaceAll(scope, " ", "+")
		token := into[map[string]any](t, b.tokenCall("", urlencoded, form).want(t, 200))
		if token["scope"] != scope {
			t.Errorf("asked for %q, got %q", scope, token["scope"])
		}
		b.tokens[admin.ClientID] = fmt.Sprint(token["access_token"])
		got := fmt.Sprint(b.admin("GET", firstRecord, nil).status, b.admin("PATCH", firstRecord, `[]`).status, b.admin("GET", "/v2024/public-identities", nil).status)
		if got != want {
			t.Errorf("%s: %s, want %s", scope, got, want)
		}
	}
}
