package sandbox_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

func TestListNonEmployeeApprovals(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	b.request("bob")
	_, approver, _ := b.people()
	list := func(who sandbox.Credential, query string) (items []string) {
		t.Helper()
		type item struct {
			ApprovalStatus     string
			ApprovalOrder      float64
			NonEmployeeRequest struct{ Requester struct{ Name string } }
		}
		for _, i := range into[[]item](t, b.as(who, "GET", approvals+query, nil).want(t, 200)) {
			items = append(items, fmt.Sprint(i.ApprovalOrder, i.ApprovalStatus, " for ", i.NonEmployeeRequest.Requester.Name))
		}
		return items
	}
	first, second := "1PENDING for Sandbox Owner", "2NOT_READY for Sandbox Owner"
	admin, mine := b.Credentials().Admin, b.Credentials().Approver
	for _, c := range []struct {
		why   string
		who   sandbox.Credential
		query string
		want  []string
	}{
		{"an administrator sees all", admin, "", []string{first, second}},
		{"or those of one approver", admin, "?requested-for=" + approver, []string{first}},
		{"or their own", admin, "?requested-for=me", []string{second}},
		{"an approver sees their own", mine, "", []string{first}},
		{"also by name", mine, "?requested-for=me", []string{first}},
		{"the filter compares without case, as its published example needs", admin, "?filters=" + url.QueryEscape(`approvalStatus eq "Pending"`), []string{first}},
		{"the other way round", admin, "?sorters=-created,modified", []string{first, second}},
		{"somebody else has none", b.Credentials().Owner, "", nil},
	} {
		if diff := cmp.Diff(c.want, list(c.who, c.query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
	}
	b.as(b.Credentials().Owner, "GET", approvals+"?requested-for="+approver, nil).want(t, 403)
	b.admin("GET", approvals+"?sorters=id", nil).refused(t, codeContent, `sorters: "id" is not supported`)
}

func TestGetNonEmployeeApproval(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	made := b.request("bob")
	path := approvals + "/" + made.ApprovalItems[0].ID
	type detail struct {
		NonEmployeeRequest struct {
			ID, AccountName, StartDate, EndDate string
			NonEmployeeSource                   struct {
				SourceID         string
				SchemaAttributes []struct{ TechnicalName string }
			}
		}
	}
	got := into[detail](t, b.as(b.Credentials().Approver, "GET", path, nil).want(t, 200)).NonEmployeeRequest
	if got.ID != made.ID || got.AccountName != "bob" || got.StartDate != "2026-01-05" || got.EndDate != "2026-12-31" || len(got.NonEmployeeSource.SchemaAttributes) != 9 {
		t.Errorf("detail %+v", got)
	}
	brief := b.admin("GET", path+"?include-detail=false", nil).want(t, 200)
	if strings.Contains(brief.body, "startDate") || !strings.Contains(brief.body, made.ID) {
		t.Errorf("without detail: %s", brief.body)
	}
	b.as(b.Credentials().Owner, "GET", path, nil).want(t, 403)
	b.admin("GET", approvals+"/none", nil).want(t, 404)
	b.admin("GET", path+"?include-detail=x", nil).refused(t, codeContent, "include-detail must be true or false")
}

func TestApproveNonEmployeeRequest(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	made := b.request("bob")
	first, second := approvals+"/"+made.ApprovalItems[0].ID+"/approve", approvals+"/"+made.ApprovalItems[1].ID+"/approve"
	b.admin("POST", second, `{}`).refused(t, codeContent, "The approval item is NOT_READY and cannot be decided.")
	b.admin("POST", first, `{}`).want(t, 403)
	got := b.as(b.Credentials().Approver, "POST", first, `{"comment":"Approved by manager"}`).want(t, 200)
	if !strings.Contains(got.body, `"approvalStatus":"APPROVED"`) || !strings.Contains(got.body, `"comment":"Approved by manager"`) {
		t.Errorf("item %s", got.body)
	}
	if none, err := b.Records(retail); err != nil || len(none) != 1 {
		t.Errorf("the record was made before the last approver agreed: %v, %v", none, err)
	}
	b.as(b.Credentials().Approver, "POST", first, `{}`).refused(t, codeContent, "The approval item is APPROVED and cannot be decided.")
	b.admin("POST", second, with(map[string]any{}, "comment", strings.Repeat("x", 4001))).refused(t, codeContent, "comment must have at most 4000 characters;")
	b.admin("POST", second, `{"comment":5}`).refused(t, codeSyntax, textSyntax)
	b.admin("POST", second, with(map[string]any{}, "comment", strings.Repeat("x", 4000))).want(t, 200)
	done := into[requestAnswer](t, b.admin("GET", requests+"/"+made.ID, nil).want(t, 200))
	if done.ApprovalStatus != "APPROVED" || done.CompletionDate != "2026-01-05T08:00:00Z" {
		t.Errorf("request %+v", done)
	}
	if made, err := b.Records(retail); err != nil || len(made) != 2 || made[1].AccountName != "bob" {
		t.Errorf("records %v, %v", made, err)
	}
	b.admin("POST", approvals+"/none/approve", `{}`).want(t, 404)
}

func TestApproveWithoutABody(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()}, "comment-left-out")
	b.as(b.Credentials().Approver, "POST", approvals+"/"+b.request("bob").ApprovalItems[0].ID+"/approve", nil).want(t, 200)
}

// The name may have been taken, or the source have filled up, since the request was made.
func TestApprovalFailsWhenTheNameIsTakenMeanwhile(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	made := b.request("bob")
	b.as(b.Credentials().Approver, "POST", approvals+"/"+made.ApprovalItems[0].ID+"/approve", `{}`).want(t, 200)
	b.admin("POST", records, person(retail, "bob")).want(t, 200)
	b.admin("POST", approvals+"/"+made.ApprovalItems[1].ID+"/approve", `{}`).refused(t, codeConflict, `Unable to create Non-Employee because the accountName "bob" is already being used.`)
}

func TestRejectNonEmployeeRequest(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	made := b.request("bob")
	path := approvals + "/" + made.ApprovalItems[0].ID + "/reject"
	b.as(b.Credentials().Approver, "POST", path, `{}`).refused(t, codeContent, "comment is required;")
	b.as(b.Credentials().Approver, "POST", path, `{"comment":"not this one"}`).want(t, 200)
	done := into[requestAnswer](t, b.admin("GET", requests+"/"+made.ID, nil).want(t, 200))
	if done.ApprovalStatus != "REJECTED" || done.ApprovalItems[0].Comment != "not this one" || done.ApprovalItems[1].ApprovalStatus != "CANCELLED" || done.CompletionDate == "" {
		t.Errorf("request %+v", done)
	}
	b.admin("POST", approvals+"/"+made.ApprovalItems[1].ID+"/approve", `{}`).refused(t, codeContent, "The approval item is CANCELLED and cannot be decided.")
	if none, err := b.Records(retail); err != nil || len(none) != 1 {
		t.Errorf("a rejected request made a record: %v, %v", none, err)
	}
	b.request("bob") // the name is free again
}

func TestGetNonEmployeeApprovalSummary(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	_, approver, _ := b.people()
	b.as(b.Credentials().Approver, "POST", approvals+"/"+b.request("bob").ApprovalItems[0].ID+"/approve", `{}`).want(t, 200)
	b.as(b.Credentials().Approver, "POST", approvals+"/"+b.request("ann").ApprovalItems[0].ID+"/reject", `{"comment":"no"}`).want(t, 200)
	b.request("cid")
	want := `{"approved":1,"pending":1,"rejected":1}`
	for who, path := range map[sandbox.Credential]string{b.Credentials().Admin: approver, b.Credentials().Approver: "me"} {
		if got := b.as(who, "GET", approvals+"/summary/"+path, nil).want(t, 200); got.body != want {
			t.Errorf("summary %s, want %s", got.body, want)
		}
	}
	b.as(b.Credentials().Owner, "GET", approvals+"/summary/"+approver, nil).want(t, 403)
}
