package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

func TestScenarioSourceLifeCycle(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	made := into[map[string]any](t, b.admin("POST", sources, b.sourceBody("Retail")).want(t, 200))
	path := sources + "/" + fmt.Sprint(made["sourceId"])
	b.admin("POST", path+"/schema-attributes", attributeBody("vendor")).want(t, 200)
	b.admin("PATCH", path, `[{"op":"replace","path":"/description","value":"Shops."}]`).want(t, 200)
	b.upload(fmt.Sprint(made["sourceId"]), header+",vendor\n"+row("ann")+",Acme\n").want(t, 202)
	b.clock.Advance(time.Minute)
	listed := into[[]map[string]any](t, b.admin("GET", sources+"?non-employee-count=true", nil).want(t, 200))
	if len(listed) != 1 || listed[0]["nonEmployeeCount"] != 1.0 || listed[0]["description"] != "Shops." {
		t.Errorf("sources %v", listed)
	}
	b.admin("DELETE", path, nil).want(t, 204)
	for _, gone := range []string{path, path + "/schema-attributes", path + "/non-employees/download", path + "/non-employee-bulk-upload/status"} {
		b.admin("GET", gone, nil).want(t, 404)
	}
	if got := b.admin("GET", records+"?count=true", nil).want(t, 200); got.header.Get("X-Total-Count") != "0" {
		t.Errorf("records outlive their source: %s", got.body)
	}
	b.admin("POST", sources, b.sourceBody("Retail")).want(t, 200) // the name is free again
}

func TestScenarioSchemaLimits(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	for i := range 10 {
		b.admin("POST", attributes, attributeBody(fmt.Sprint("custom", i))).want(t, 200)
	}
	b.admin("POST", attributes, attributeBody("custom10")).refused(t, codeLimit, "a source has at most 10 custom schema attributes")
	all := into[[]map[string]any](t, b.admin("GET", attributes, nil).want(t, 200))
	if len(all) != 18 || all[7]["system"] != true || all[8]["technicalName"] != "custom0" {
		t.Errorf("%d attributes", len(all))
	}
	b.admin("DELETE", attributes+"/"+fmt.Sprint(all[8]["id"]), nil).want(t, 204)
	b.admin("POST", attributes, attributeBody("custom10")).want(t, 200)
}

func TestScenarioRequestApproveRecord(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	made := b.request("bob")
	for i, who := range []sandbox.Credential{b.Credentials().Approver, b.Credentials().Admin} {
		pending := into[[]struct{ ID string }](t, b.as(who, "GET", approvals+"?requested-for=me&filters="+url.QueryEscape(`approvalStatus eq "PENDING"`), nil).want(t, 200))
		if len(pending) != 1 || pending[0].ID != made.ApprovalItems[i].ID {
			t.Fatalf("approver %d has %v to decide", i+1, pending)
		}
		b.clock.Advance(5 * time.Minute)
		b.as(who, "POST", approvals+"/"+pending[0].ID+"/approve", `{"comment":"ok"}`).want(t, 200)
	}
	all, err := b.Records(retail)
	if err != nil || len(all) != 2 || all[1].AccountName != "bob" || !all[1].Created.Equal(b.clock.Now()) {
		t.Errorf("records %+v, %v", all, err)
	}
}

func TestScenarioRequestReject(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	made := b.request("bob")
	b.as(b.Credentials().Approver, "POST", approvals+"/"+made.ApprovalItems[0].ID+"/approve", `{}`).want(t, 200)
	b.admin("POST", approvals+"/"+made.ApprovalItems[1].ID+"/reject", `{"comment":"no budget"}`).want(t, 200)
	got := into[requestAnswer](t, b.admin("GET", requests+"/"+made.ID, nil).want(t, 200))
	if got.ApprovalStatus != "REJECTED" || got.ApprovalItems[0].ApprovalStatus != "APPROVED" || len(b.names()) != 1 {
		t.Errorf("request %+v", got)
	}
}

func TestScenarioUploadWithBadRows(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	bad := strings.Replace(row("bad"), "sandbox.manager", "nobody", 1)
	b.upload(retail, header+"\n"+row("good")+"\n"+bad+"\n").refused(t, codeContent, "line 3: manager nobody is not a valid identity")
	if got := b.names(); got != nil {
		t.Errorf("a refused file landed %v", got)
	}
	if got := b.lands(header + "\n" + row("good") + "\n"); got != `{"status":"COMPLETED"}` || len(b.names()) != 1 {
		t.Errorf("the file without them: %s, %v", got, b.names())
	}
}

func TestScenarioSecondJob(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	b.upload(retail, header+"\n"+row("first")+"\n").want(t, 202)
	b.upload(retail, header+"\n"+row("second")+"\n").want(t, 202)
	if got := b.status(); got != `{"status":"ERROR"}` {
		t.Errorf("the status is that of the newest job, which failed: %s", got)
	}
	b.clock.Advance(time.Minute)
	if diff := cmp.Diff([]string{"first"}, b.names()); diff != "" {
		t.Errorf("the first job goes on (-want +got):\n%s", diff)
	}
	if got := b.lands(header + "\n" + row("third") + "\n"); got != `{"status":"COMPLETED"}` {
		t.Errorf("afterwards: %s", got)
	}
}

func TestScenarioOwnerToken(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: reviewed()})
	owner := b.Credentials().Owner
	if mine := into[[]map[string]any](t, b.as(owner, "GET", sources+"?requested-for=me", nil).want(t, 200)); len(mine) != 1 || mine[0]["sourceId"] != retail {
		t.Errorf("own sources %v", mine)
	}
	listed := into[[]map[string]any](t, b.as(owner, "GET", records, nil).want(t, 200))
	path := records + "/" + fmt.Sprint(listed[0]["id"])
	b.as(owner, "PATCH", path, `[{"op":"replace","path":"/endDate","value":"2027-06-30T23:59:59Z"}]`).want(t, 200)
	b.as(owner, "PUT", path, with(person(retail, "existed"), "endDate", "2027-07-31T23:59:59Z")).want(t, 200)
	b.as(owner, "PATCH", path, `[{"op":"replace","path":"/lastName","value":"x"}]`).want(t, 403)
	b.as(owner, "PATCH", path, `[{"op":"replace","path":"/endDate","value":"2028-01-01T00:00:00Z"},{"op":"add","path":"/data/vendor","value":"x"}]`).want(t, 403)
	b.as(owner, "DELETE", path, nil).want(t, 403)
	b.uploadAs(owner, retail, header).want(t, 403)
	if all, err := b.Records(retail); err != nil || !all[0].EndDate.Equal(time.Date(2027, 7, 31, 23, 59, 59, 0, time.UTC)) {
		t.Errorf("records %+v, %v", all, err)
	}
}

func TestScenarioApplicationToken(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	app := b.Credentials().Application
	b.uploadAs(app, retail, header+",vendor\n"+row("ann")+",Acme\n"+row("bob")+",\n").want(t, 202)
	b.clock.Advance(time.Minute)
	if got := b.as(app, "GET", statusPath, nil).want(t, 200); got.body != `{"status":"COMPLETED"}` {
		t.Errorf("status %s", got.body)
	}
	b.as(app, "GET", exportPath, nil).want(t, 200)
	b.as(app, "PATCH", firstRecord, `[{"op":"replace","path":"/phone","value":"1"}]`).want(t, 403)
	b.as(app, "PUT", firstRecord, person(retail, "ann")).want(t, 403)
	b.as(app, "GET", "/v2024/public-identities", nil).want(t, 403)
	b.as(app, "POST", records+"/bulk-delete", `{"ids":["ac110005-7156-4150-8171-5b292e3e0000"]}`).want(t, 204)
	if got := b.seen(); got != "bob" {
		t.Errorf("records %s", got)
	}
}

func TestScenarioTwentyThousandAndOne(t *testing.T) {
	for value, code := range map[string]string{"400.1.4": codeLimit, "400.1": codeContent} {
		b := newBench(t, sandbox.Options{Seed: oneSource(20_000), Switches: map[string]string{"capacity-error": value}})
		text := "Unable to create Non-Employee because the source already has 20000 records."
		b.admin("POST", records, person(retail, "one.more")).refused(t, code, text)
		b.admin("POST", requests, person(retail, "one.more")).refused(t, code, text)
		b.upload(retail, header+"\n"+row("a00000")+"\n"+row("one.more")+"\n").refused(t, code, text)
		b.upload(retail, header+"\n"+row("a00000")+"\n").want(t, 202) // an update needs no room
		b.clock.Advance(time.Minute)
		if n := len(b.names()); n != 20_000 {
			t.Errorf("%d records", n)
		}
	}
}

// A list of eighty pages that takes longer than a token lives goes on with a new one.
func TestScenarioTokenExpiryMidPage(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(2_000), TokenLife: 30 * time.Second})
	admin := b.Credentials().Admin
	seen, refreshed := map[string]bool{}, 0
	for offset := 0; ; {
		page := b.admin("GET", fmt.Sprintf("%s?sorters=id&limit=250&offset=%d", records, offset), nil)
		b.clock.Advance(7 * time.Second)
		if page.status == http.StatusUnauthorized {
			if page.body != `{"error":"JWT validation failed: JWT is expired"}` {
				t.Fatal(page.body)
			}
			delete(b.tokens, admin.ClientID)
			refreshed++
			continue
		}
		got := into[[]map[string]any](t, page.want(t, 200))
		for _, r := range got {
			seen[fmt.Sprint(r["id"])] = true
		}
		if offset += 250; len(got) < 250 {
			break
		}
	}
	if len(seen) != 2_000 || refreshed < 1 {
		t.Errorf("%d records with %d new tokens", len(seen), refreshed)
	}
}

// Many clients at once: reads, patches, uploads and deletes, with the race detector watching, and nothing lost at the end.
func TestConcurrentUse(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann"), Switches: map[string]string{"record-identities": "kept"}})
	tokens := map[string]string{}
	for _, cred := range []sandbox.Credential{b.Credentials().Admin, b.Credentials().Application} {
		tokens[cred.ClientID] = b.token(cred)
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 10 {
				name := fmt.Sprintf("w%d.%d", worker, i)
				body := fmt.Sprintf(`{"accountName":%q,"firstName":"a","lastName":"a","email":"a","phone":"1","manager":"sandbox.manager","sourceId":%q,"startDate":"2026-01-05T00:00:00Z","endDate":"2026-01-05T00:00:00Z"}`, name, retail)
				for _, c := range [][3]string{{"POST", records, body}, {"GET", records + "?sorters=-accountName&limit=5", ""}, {"GET", exportPath, ""}, {"GET", "/_sandbox/counts", ""}} {
					r, err := http.NewRequest(c[0], b.server.URL+strings.Replace(c[1], "v2024", []string{"v2024", "v3", "v2025", "v2026", "beta"}[i%5], 1), strings.NewReader(c[2]))
					if err != nil {
						t.Error(err)
						return
					}
					r.Header.Set("Authorization", "Bearer "+tokens[[]string{b.Credentials().Admin.ClientID, b.Credentials().Application.ClientID}[worker%2]])
					r.Header.Set("Content-Type", "application/json")
					if got, err := b.do(r); err != nil || got.status != 200 {
						t.Errorf("%s %s: %d %s, %v", c[0], c[1], got.status, got.body, err)
					}
				}
			}
		})
	}
	wg.Wait()
	if n := len(b.names()); n != 81 {
		t.Errorf("%d records, want 81", n)
	}
}
