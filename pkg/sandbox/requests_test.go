package sandbox_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// reviewed is a source with two approvers and one account manager.
func reviewed() *sandbox.Seed {
	seed := withVendor("existed")
	seed.Sources[0].Approvers = []string{"sandbox.approver", "sandbox.admin"}
	seed.Sources[0].AccountManagers = []string{"sandbox.owner"}
	return seed
}

type requestAnswer struct {
	ID, SourceID, Name, AccountName, ApprovalStatus, CompletionDate string
	NonEmployeeSource                                               struct{ ID, SourceID, Name string }
	ApprovalItems                                                   []struct {
		ID, AccountName, ApprovalStatus, Comment string
		ApprovalOrder                            float64
		Approver                                 struct{ Type, ID string }
	}
}

func (b *bench) request(name string) requestAnswer {
	b.t.Helper()
	return into[requestAnswer](b.t, b.as(b.Credentials().Owner, "POST", requests, person(retail, name)).want(b.t, 200))
}

func TestCreateNonEmployeeRequest(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	got := b.request("new.one")
	_, approver, admin := b.people()
	if got.SourceID != retail || got.NonEmployeeSource.SourceID != retail || got.Name != "Retail" || got.ID == got.NonEmployeeSource.ID || got.ApprovalStatus != "PENDING" {
		t.Errorf("request %+v", got)
	}
	var items []string
	for _, i := range got.ApprovalItems {
		items = append(items, fmt.Sprint(i.ApprovalOrder, " ", i.ApprovalStatus, " ", i.Approver.Type, " ", i.Approver.ID))
	}
	if diff := cmp.Diff([]string{"1 PENDING IDENTITY " + approver, "2 NOT_READY IDENTITY " + admin}, items); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	b.admin("POST", requests, without(person(retail, "x"), "firstName", "accountName")).refused(t, codeContent, "firstName is required; accountName is required;")
	taken := `Unable to create Non-Employee because the accountName "existed" is already being used.`
	b.admin("POST", requests, person(retail, "existed")).refused(t, codeConflict, taken)
	b.admin("POST", requests, person(retail, "new.one")).refused(t, codeConflict, strings.Replace(taken, "existed", "new.one", 1))
	b.admin("POST", requests, person("none", "x")).refused(t, codeContent, "sourceId none is not a valid source;")
}

func TestARequestWithoutApproversIsApprovedAtOnce(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor()})
	got := into[requestAnswer](t, b.admin("POST", requests, person(retail, "new.one")).want(t, 200))
	if got.ApprovalStatus != "APPROVED" || got.CompletionDate == "" || len(got.ApprovalItems) != 0 {
		t.Errorf("request %+v", got)
	}
	if made, err := b.Records(retail); err != nil || len(made) != 1 {
		t.Errorf("records %v, %v", made, err)
	}
}

func TestListNonEmployeeRequests(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	b.request("bob")
	b.clock.Advance(time.Second)
	b.request("ann")
	owner, approver, _ := b.people()
	for _, c := range []struct {
		why, query string
		want       []string
	}{
		{"in the order in which they were made", "?requested-for=" + owner, []string{"bob", "ann"}},
		{"sorted", "?sorters=accountName&requested-for=" + owner, []string{"ann", "bob"}},
		{"of one source", "?requested-for=" + owner + "&filters=" + url.QueryEscape(`sourceId eq "`+retail+`"`), []string{"bob", "ann"}},
		{"of another", "?requested-for=" + owner + "&filters=" + url.QueryEscape(`sourceId eq "x"`), nil},
		{"of somebody who manages no source", "?requested-for=" + approver, nil},
	} {
		var got []string
		for _, r := range into[[]requestAnswer](t, b.admin("GET", requests+c.query, nil).want(t, 200)) {
			got = append(got, r.AccountName)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
	}
	if mine := into[[]requestAnswer](t, b.as(b.Credentials().Owner, "GET", requests+"?requested-for=me", nil).want(t, 200)); len(mine) != 2 {
		t.Errorf("an account manager sees %d of 2 requests", len(mine))
	}
	for _, sorter := range []string{"created", "approvalStatus", "firstName", "lastName", "email", "phone", "startDate", "-endDate"} {
		b.admin("GET", requests+"?requested-for=me&sorters="+sorter, nil).want(t, 200)
	}
	b.admin("GET", requests, nil).refused(t, codeContent, "requested-for is required;")
	b.as(b.Credentials().Owner, "GET", requests+"?requested-for="+approver, nil).want(t, 403)
	b.as(b.Credentials().Application, "GET", requests+"?requested-for=me", nil).refused(t, codeContent, "requested-for cannot be me without a user")
}

func TestGetNonEmployeeRequest(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	made := b.request("bob")
	for _, who := range []sandbox.Credential{b.Credentials().Admin, b.Credentials().Owner, b.Credentials().Application} {
		got := into[requestAnswer](t, b.as(who, "GET", requests+"/"+made.ID, nil).want(t, 200))
		if diff := cmp.Diff(made, got); diff != "" {
			t.Errorf("request (-made +got):\n%s", diff)
		}
	}
	b.as(b.Credentials().Approver, "GET", requests+"/"+made.ID, nil).want(t, 403)
	b.admin("GET", requests+"/none", nil).want(t, 404)
}

func TestDeleteNonEmployeeRequest(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	made := b.request("bob")
	b.as(b.Credentials().Owner, "DELETE", requests+"/"+made.ID, nil).want(t, 403)
	b.admin("DELETE", requests+"/"+made.ID, nil).want(t, 204)
	b.admin("DELETE", requests+"/"+made.ID, nil).want(t, 404)
	b.request("bob")
}

func TestGetNonEmployeeRequestSummary(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	owner, _, _ := b.people()
	b.request("bob")
	item := b.request("ann").ApprovalItems[0].ID
	b.as(b.Credentials().Approver, "POST", approvals+"/"+item+"/reject", `{"comment":"no"}`).want(t, 200)
	want := `{"approved":0,"rejected":1,"pending":1,"nonEmployeeCount":1}`
	for who, path := range map[sandbox.Credential]string{b.Credentials().Admin: owner, b.Credentials().Owner: "me"} {
		if got := b.as(who, "GET", requests+"/summary/"+path, nil).want(t, 200); got.body != want {
			t.Errorf("summary %s, want %s", got.body, want)
		}
	}
	b.as(b.Credentials().Approver, "GET", requests+"/summary/"+owner, nil).want(t, 403)
}
