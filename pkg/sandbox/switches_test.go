package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox/contract"
)

// side is one value of a switch, and what is seen then. See gets a sandbox with the source of withVendor("ann", "bob"), an approver
// and an account manager.
type side struct {
	value     string
	want      string
	exception string // of the contract
}

// sides has a case for every switch that no other test covers on both sides.
func sides() map[string]struct {
	see   func(b *bench) string
	sides []side
} {
	upload := func(csv string) func(b *bench) string {
		return func(b *bench) string {
			got := b.upload(retail, csv)
			if got.status != 202 {
				return fmt.Sprint(got.status, " ", got.codeAndTexts())
			}
			b.clock.Advance(time.Minute)
			return b.status() + b.seen()
		}
	}
	get := func(path string) func(b *bench) string {
		return func(b *bench) string { return fmt.Sprint(b.admin("GET", path, nil).status) }
	}
	patch := func(patch string) func(b *bench) string {
		return func(b *bench) string {
			got := b.admin("PATCH", firstRecord, patch)
			if got.status != 200 {
				return fmt.Sprint(got.status, " ", got.codeAndTexts()) + b.seen()
			}
			return fmt.Sprint(got.status) + b.seen()
		}
	}
	head := header + ",vendor\n"
	annNow, annFull := row("ann")+",\n", row("ann")+",Acme\n"
	twoBad := strings.Replace(row("x"), "2026-01-05T00:00:00Z", "2026-01-05", 1) + ",\n" + strings.Replace(row("y"), "sandbox.manager", "nobody", 1) + ",\n"
	return map[string]struct {
		see   func(b *bench) string
		sides []side
	}{
		"upload-max-rows":  {upload(head + row("x") + ",\n" + row("y") + ",\n"), []side{{"none", `{"status":"COMPLETED"}ann bob x y`, ""}, {"2", `{"status":"COMPLETED"}ann bob x y`, ""}, {"1", "400 400.1.4 Limit violation|the file has more than 1 rows", ""}}},
		"upload-max-bytes": {upload(head + annNow), []side{{"1000", `{"status":"COMPLETED"}ann bob`, ""}, {"20", "400 400.1.4 Limit violation|the file has more than 20 bytes", ""}}},
		"custom-columns": {func(b *bench) string {
			return b.admin("GET", aSource+"/schema-attributes-template/download", nil).body + b.upload(retail, b.admin("GET", exportPath, nil).body).body[:5]
		}, []side{{"name-after", head + `{"id"`, ""}, {"label-after", header + ",Vendor Name\n" + `{"id"`, ""}, {"name-before", "vendor," + header + "\n" + `{"id"`, ""}}},
		"header-match": {upload("vendor," + header + "\nAcme," + row("x") + "\n"), []side{{"name", `{"status":"COMPLETED"}ann bob x=Acme`, ""},
			{"strict", "400 400.1 Bad Request Content|column 1 must be accountName\ncolumn 2 must be firstName\ncolumn 3 must be lastName\ncolumn 4 must be phone\ncolumn 5 must be email\ncolumn 6 must be manager\ncolumn 7 must be startDate\ncolumn 8 must be endDate\ncolumn 9 must be vendor", ""},
			{"position", "400 400.1 Bad Request Content|line 2: startDate sandbox.manager is not a date-time\nline 2: manager x@example.com is not a valid identity", ""}}},
		"unknown-columns": {upload(header + ",vendor,shoe\n" + row("x") + ",Acme,44\n"), []side{{"refuse", "400 400.1 Bad Request Content|column shoe is unknown", ""}, {"ignore", `{"status":"COMPLETED"}ann bob x=Acme`, ""}}},
		"upload-dates": {upload(head + strings.NewReplacer("2026-01-05T00:00:00Z", "2026-01-05", "2026-12-31T23:59:59Z", "2026-12-31T23:59:59").Replace(row("x")) + ",\n"), []side{
			{"rfc3339", "400 400.1 Bad Request Content|line 2: startDate 2026-01-05 is not a date-time\nline 2: endDate 2026-12-31T23:59:59 is not a date-time", ""}, {"lenient", `{"status":"COMPLETED"}ann bob x`, ""}}},
		"export-dates": {func(b *bench) string { return b.admin("GET", exportPath, nil).body[len(head):] }, []side{
			{"utc", "ann,First,Last,5555555555,ann@example.com,sandbox.manager,2026-01-05T00:00:00Z,2026-12-31T23:59:59Z,\nbob,First,Last,5555555555,bob@example.com,sandbox.manager,2026-01-05T00:00:00Z,2026-12-31T23:59:59Z,\n", ""},
			{"offset", "ann,First,Last,5555555555,ann@example.com,sandbox.manager,2026-01-04T14:00:00-10:00,2026-12-31T13:59:59-10:00,\nbob,First,Last,5555555555,bob@example.com,sandbox.manager,2026-01-04T14:00:00-10:00,2026-12-31T13:59:59-10:00,\n", ""}}},
		"csv-spacing": {func(b *bench) string {
			b.admin("PATCH", firstRecord, `[{"op":"replace","path":"/lastName","value":"a, b"},{"op":"add","path":"/data/vendor","value":"Acme"}]`)
			csv := b.admin("GET", exportPath, nil).body
			return csv[len(head):][:strings.Index(csv[len(head):], "\n")] + b.upload(retail, csv).body[:5]
		}, []side{
			{"plain", `ann,First,"a, b",5555555555,ann@example.com,sandbox.manager,2026-01-05T00:00:00Z,2026-12-31T23:59:59Z,Acme{"id"`, ""},
			{"spec", `ann, First,"a, b", 5555555555, ann@example.com, sandbox.manager, 2026-01-05T00:00:00Z,2026-12-31T23:59:59Z, Acme{"id"`, ""}}},
		"blank-cell": {func(b *bench) string {
			b.admin("PATCH", firstRecord, `[{"op":"add","path":"/data/vendor","value":"Acme"}]`)
			clear := upload(head + annNow)(b)
			return clear + " / " + upload(head+"ann,,,,,,,,\n")(b)
		}, []side{
			{"clear", `{"status":"COMPLETED"}ann bob / 400 400.1 Bad Request Content|line 2: firstName is required` + "\nline 2: lastName is required\nline 2: phone is required\nline 2: email is required\nline 2: manager is required\nline 2: startDate is required\nline 2: endDate is required", ""},
			{"keep", `{"status":"COMPLETED"}ann=Acme bob / {"status":"COMPLETED"}ann=Acme bob`, ""}}},
		"absent-rows": {upload(head + annFull), []side{{"keep", `{"status":"COMPLETED"}ann=Acme bob`, ""}, {"delete", `{"status":"COMPLETED"}ann=Acme`, ""}}},
		"row-errors": {upload(head + twoBad + annFull), []side{
			{"sync", "400 400.1 Bad Request Content|line 2: startDate 2026-01-05 is not a date-time\nline 3: manager nobody is not a valid identity", ""}, {"async", `{"status":"ERROR"}ann=Acme bob`, ""}}},
		"row-error-layout": {upload(head + twoBad), []side{
			{"lines", "400 400.1 Bad Request Content|line 2: startDate 2026-01-05 is not a date-time\nline 3: manager nobody is not a valid identity", ""},
			{"messages", "400 400.1 Bad Request Content|line 2: startDate 2026-01-05 is not a date-time|line 3: manager nobody is not a valid identity", ""}}},
		"upload-duplicates": {upload(head + row("x") + ",1\n" + row("X") + ",2\n"), []side{
			{"refuse", "400 400.1 Bad Request Content|line 3: accountName is there twice, first on line 2", ""}, {"last", `{"status":"COMPLETED"}ann bob X=2`, ""}}},
		"status-none": {(*bench).status, []side{{"absent", "{}", ""}, {"null", `{"status":null}`, "null-status"}}},
		"status-after-upload": {func(b *bench) string {
			seen := ""
			for range 2 {
				b.upload(retail, head+annNow)
				seen += b.status()
				b.clock.Advance(time.Second)
				seen += b.status()
				b.clock.Advance(time.Minute)
			}
			return seen
		}, []side{
			{"pending", `{"status":"PENDING"}{"status":"IN_PROGRESS"}{"status":"PENDING"}{"status":"IN_PROGRESS"}`, ""},
			{"absent", `{}{"status":"IN_PROGRESS"}{}{"status":"IN_PROGRESS"}`, ""},
			{"stale", `{}{"status":"IN_PROGRESS"}{"status":"COMPLETED"}{"status":"IN_PROGRESS"}`, ""}}},
		"second-upload": {func(b *bench) string {
			b.upload(retail, head+row("x")+",\n").want(b.t, 202)
			second := b.upload(retail, head+row("y")+",\n")
			status := b.status()
			b.clock.Advance(time.Minute)
			return fmt.Sprint(second.status, status, b.seen())
		}, []side{{"error", `202{"status":"ERROR"}ann bob x`, ""}, {"400", `400{"status":"PENDING"}ann bob x`, ""}}},
		"manager-accepts": {func(b *bench) string {
			seen := ""
			for i, manager := range []string{"sandbox.other", b.Credentials().Owner.IdentityID, "nobody"} {
				seen += fmt.Sprint(b.admin("POST", records, with(person(retail, fmt.Sprint("x", i)), "manager", manager)).status, " ")
			}
			return seen
		}, []side{{"alias", "200 400 400 ", ""}, {"alias-or-id", "200 200 400 ", ""}, {"any", "200 200 200 ", ""}}},
		"manager-case": {func(b *bench) string {
			return fmt.Sprint(b.admin("POST", records, with(person(retail, "x"), "manager", "Sandbox.Other")).status)
		}, []side{{"insensitive", "200", ""}, {"sensitive", "400", ""}}},
		"account-name-scope": {func(b *bench) string {
			other := fmt.Sprint(into[map[string]any](b.t, b.admin("POST", sources, b.sourceBody("Other")))["sourceId"])
			created := b.admin("POST", records, person(other, "ann")).status
			return fmt.Sprint(created, " ", b.upload(other, header+"\n"+row("bob")).status)
		}, []side{{"source", "200 202", ""}, {"tenant", "400 400", ""}}},
		"account-name-case": {func(b *bench) string {
			created := b.admin("POST", records, person(retail, "ANN")).status
			return fmt.Sprint(created, upload(head+row("BOB")+",\n")(b))
		}, []side{{"insensitive", `400{"status":"COMPLETED"}ann bob`, ""}, {"sensitive", `200{"status":"COMPLETED"}ann bob ANN BOB`, ""}}},
		"account-name-change": {patch(`[{"op":"replace","path":"/accountName","value":"anna"}]`), []side{{"allowed", "200anna bob", ""}, {"refused", "400 400.1 Bad Request Content|accountName cannot be changed;ann bob", ""}}},
		"bulk-delete-unknown": {func(b *bench) string {
			got := b.admin("POST", records+"/bulk-delete", `{"ids":["ac110005-7156-4150-8171-5b292e3e0000","ac110005-7156-4150-8171-000000000000","ac110005-7156-4150-8171-5b292e3e0001"]}`)
			return fmt.Sprint(got.status, b.seen())
		}, []side{{"ignore", "204", ""}, {"refuse", "400ann bob", ""}, {"partial", "400bob", ""}}},
		"bulk-delete-max": {func(b *bench) string {
			return fmt.Sprint(b.admin("POST", records+"/bulk-delete", `{"ids":["ac110005-7156-4150-8171-5b292e3e0000","ac110005-7156-4150-8171-5b292e3e0001"]}`).status, b.seen())
		}, []side{{"none", "204", ""}, {"2", "204", ""}, {"1", "400ann bob", ""}}},
		"record-identities": {func(b *bench) string {
			b.admin("POST", records, person(retail, "cid"))
			who := "/v2024/public-identities?filters=alias%20eq%20%22cid%22"
			id := fmt.Sprint(into[[]map[string]any](b.t, b.admin("GET", records+"?sorters=-accountName", nil))[0]["id"])
			one := b.admin("GET", who, nil).body
			b.admin("DELETE", records+"/"+id, nil).want(b.t, 204)
			two := b.admin("GET", who, nil).body
			return fmt.Sprint(strings.Contains(one, `"ACTIVE"`), " ", strings.Contains(two, `"INACTIVE_LONG_TERM"`))
		}, []side{{"none", "false false", ""}, {"kept", "true true", ""}, {"removed", "true false", ""}}},
		"patch-data-absent": {patch(`[{"op":"add","path":"/data/vendor","value":"Acme"}]`), []side{{"tolerant", "200ann=Acme bob", ""}, {"strict", "400 400.1 Bad Request Content|the patch cannot be applied: there is nothing at a pathann bob", ""}}},
		"empty-data": {func(b *bench) string {
			return fmt.Sprint(strings.Contains(b.admin("GET", firstRecord, nil).body, `"data":{}`))
		}, []side{{"object", "true", ""}, {"absent", "false", ""}}},
		"patch-null": {func(b *bench) string {
			b.admin("PATCH", firstRecord, `[{"op":"add","path":"/data/vendor","value":"Acme"}]`).want(b.t, 200)
			return patch(`[{"op":"replace","path":"/data/vendor","value":""}]`)(b)
		}, []side{{"clear", "200ann bob", ""}, {"refuse", "400 400.1 Bad Request Content|data must not have null or empty values;ann=Acme bob", ""}}},
		"patch-test-dates": {patch(`[{"op":"test","path":"/endDate","value":"2027-01-01T00:59:59+01:00"}]`), []side{{"text", "400 400.1 Bad Request Content|the patch cannot be applied: a test failedann bob", ""}, {"instant", "200ann bob", ""}}},
		"patch-atomic": {patch(`[{"op":"add","path":"/data/vendor","value":"Acme"},{"op":"remove","path":"/data/none"},{"op":"replace","path":"/accountName","value":"x"}]`), []side{
			{"yes", "400 400.1 Bad Request Content|the patch cannot be applied: there is nothing at a pathann bob", ""}, {"no", "400 400.1 Bad Request Content|the patch cannot be applied: there is nothing at a pathann=Acme bob", ""}}},
		"patch-content-type": {func(b *bench) string {
			return fmt.Sprint(b.send(b.Credentials().Admin, "PATCH", firstRecord, "application/json", []byte(`[]`)).status)
		}, []side{{"strict", "405", ""}, {"lenient", "200", "patch-as-json"}}},
		"unknown-id": {func(b *bench) string {
			return get(records+"/x")(b) + get(requests+"/x")(b) + get(sources+"/x")(b) + get(attributes+"/x")(b) + get(approvals+"/x")(b) + get(sources+"/x/non-employees/download")(b)
		}, []side{{"404", "404404404404404404", ""}, {"400", "400400400400400400", ""}}},
		"owner-patch": {func(b *bench) string {
			owner := b.Credentials().Owner
			put := b.as(owner, "PUT", firstRecord, with(person(retail, "ann"), "phone", "1")).status
			return fmt.Sprint(b.as(owner, "PATCH", firstRecord, `[{"op":"replace","path":"/phone","value":"1"}]`).status, put)
		}, []side{{"403", "403 403", ""}, {"400", "400 400", ""}}},
		"source-uuid-in-path": {func(b *bench) string { return get(sources + "/" + b.Sources()[0].ID)(b) }, []side{{"404", "404", ""}, {"works", "200", ""}}},
		"request-id": {func(b *bench) string {
			return fmt.Sprint(b.request("x").ID == b.Sources()[0].ID)
		}, []side{{"request", "false", ""}, {"source", "true", ""}}},
		"value-checks": {func(b *bench) string {
			seen := ""
			for _, odd := range [][2]string{{"endDate", "2026-01-04T00:00:00Z"}, {"email", "no address"}, {"phone", "call me"}, {"lastName", strings.Repeat("x", 256)}} {
				seen += fmt.Sprint(b.admin("PUT", firstRecord, with(person(retail, "ann"), odd[0], odd[1])).status, " ")
			}
			long := with(person(retail, "ann"), "data", map[string]string{"vendor": strings.Repeat("x", 256)})
			return seen + fmt.Sprint(b.admin("PUT", firstRecord, long).status, " ", b.admin("PUT", firstRecord, person(retail, "ann")).status)
		}, []side{{"none", "200 200 200 200 200 200", ""}, {"dates", "400 200 200 200 200 200", ""}, {"strict", "400 400 400 400 400 200", ""}}},
		"attribute-types": {func(b *bench) string {
			all := into[[]map[string]any](b.t, b.admin("GET", attributes, nil))
			_, there := all[1]["helpText"]
			return fmt.Sprint(all[3]["type"], all[4]["type"], all[5]["type"], there)
		}, []side{{"description", "TEXTTEXTIDENTITYfalse", ""}, {"live", "PHONEEMAILIDENTITYtrue", "live-attribute-types"}}},
		"system-attribute-patch": {func(b *bench) string {
			first := into[[]map[string]any](b.t, b.admin("GET", attributes, nil))[3]
			got := b.admin("PATCH", attributes+"/"+fmt.Sprint(first["id"]), `[{"op":"replace","path":"/required","value":false}]`).status
			return fmt.Sprint(got, " ", b.upload(retail, head+"x,First,Last,,x@example.com,sandbox.manager,2026-01-05T00:00:00Z,2026-12-31T23:59:59Z,\n").status)
		}, []side{{"allowed", "200 202", ""}, {"refused", "400 400", ""}}},
		"user-levels": {func(b *bench) string {
			owner := b.Credentials().Owner
			return fmt.Sprint(b.as(owner, "GET", aSource, nil).status, b.as(owner, "GET", exportPath, nil).status, b.as(owner, "POST", sources, b.sourceBody("x")).status,
				b.as(owner, "PATCH", firstRecord, `[{"op":"replace","path":"/phone","value":"1"}]`).status)
		}, []side{{"contextual", "200 403 403 403", ""}, {"admin-only", "403 403 403 403", ""}, {"source-admin", "200 200 200 200", ""}}},
		"token-error": {func(b *bench) string { return b.tokenCall("?grant_type=client_credentials", "", "").body[:14] }, []side{{"oauth2", `{"error":"inva`, ""}, {"dto", `{"detailCode":`, ""}}},
		"upload-approval": {func(b *bench) string {
			b.admin("POST", records, person(retail, "cid")).want(b.t, 200)
			seen := upload(head + row("x") + ",\n" + annFull)(b)
			owner, _, _ := b.people()
			return fmt.Sprint(seen, " ", len(into[[]any](b.t, b.admin("GET", requests+"?requested-for="+owner, nil))))
		}, []side{{"bypass", `{"status":"COMPLETED"}ann=Acme bob cid x 0`, ""}, {"request", `{"status":"COMPLETED"}ann=Acme bob 2`, ""}}},
		"limit-over-max": {func(b *bench) string {
			return fmt.Sprint(b.admin("GET", records+"?limit=300", nil).status)
		}, []side{{"400", "400", ""}, {"clamp", "200", "limit-clamped"}}},
		"audit-attributes": {func(b *bench) string {
			b.admin("DELETE", firstRecord, nil)
			return fmt.Sprint(strings.Contains(b.admin("POST", "/v2024/search", `{"indices":["events"]}`).body, `"attributes":{"accountName":"ann"`))
		}, []side{{"some", "true", ""}, {"none", "false", ""}}},
		"content-disposition": {func(b *bench) string { return b.admin("GET", exportPath, nil).header.Get("Content-Disposition") }, []side{{"attachment", "attachment; filename=non_employees_for_source_Retail.csv", ""}, {"none", "", ""}}},
		"csv-charset":         {func(b *bench) string { return b.admin("GET", exportPath, nil).header.Get("Content-Type") }, []side{{"none", "text/csv", ""}, {"utf-8", "text/csv; charset=utf-8", ""}}},
		"no-op": {func(b *bench) string {
			b.clock.Advance(time.Second)
			return fmt.Sprint(into[map[string]any](b.t, b.admin("PATCH", firstRecord, `[]`))["modified"])
		}, []side{{"bumps", "2026-01-05T08:00:01Z", ""}, {"keeps", "2026-01-05T08:00:00Z", ""}}},
		"record-ids": {func(b *bench) string {
			return fmt.Sprint(len(fmt.Sprint(into[map[string]any](b.t, b.admin("POST", records, person(retail, "x")))["id"])))
		}, []side{{"dashed", "36", ""}, {"hex", "32", ""}}},
		"unknown-data": {func(b *bench) string {
			return fmt.Sprint(b.admin("POST", records, with(person(retail, "x"), "data", map[string]string{"shoe": "44", "vendor": "Acme"})).status) + b.seen()
		}, []side{{"refuse", "400ann bob", ""}, {"ignore", "200ann bob x=Acme", ""}}},
		"epoch-dates": {func(b *bench) string {
			got := b.admin("POST", records, with(person(retail, "x"), "endDate", 1610524800))
			return fmt.Sprint(got.status, strings.Contains(got.body, `"endDate":"2021-01-13T08:00:00Z"`))
		}, []side{{"refuse", "400 false", ""}, {"accept", "200 true", "epoch-dates"}}},
		"timestamps": {func(b *bench) string {
			got := into[map[string]any](b.t, b.admin("GET", firstRecord, nil))
			patched := b.admin("PATCH", firstRecord, `[{"op":"replace","path":"/phone","value":"1"}]`).status
			return fmt.Sprint(got["created"], " ", got["endDate"], " ", patched)
		}, []side{{"varied", "2026-01-05T08:00:00Z 2026-12-31T23:59:59Z 200", ""}, {"no-seconds", "2026-01-05T08:00Z 2026-12-31T23:59Z 200", "odd-timestamps-seconds"}, {"no-zone", "2026-01-05T08:00:00 2026-12-31T23:59:59 200", "odd-timestamps-zone"}}},
		"unsorted": {func(b *bench) string {
			twice := func(path string) bool {
				first := b.admin("GET", path, nil).body
				return b.admin("GET", path, nil).body == first
			}
			return fmt.Sprint(twice(records), twice(records+"?sorters=id"))
		}, []side{{"stable", "true true", ""}, {"unstable", "false true", ""}}},
		"no-approvers": {func(b *bench) string {
			b.admin("PATCH", aSource, `[{"op":"replace","path":"/approvers","value":[]}]`).want(b.t, 200)
			return into[requestAnswer](b.t, b.admin("POST", requests, person(retail, "x"))).ApprovalStatus
		}, []side{{"approve", "APPROVED", ""}, {"pending", "PENDING", ""}}},
	}
}

// seen is the records in brief: "ann=Acme bob" is ann with a vendor and bob without.
func (b *bench) seen() string {
	b.t.Helper()
	all, err := b.Records(retail)
	if err != nil {
		b.t.Fatal(err)
	}
	var seen []string
	for _, r := range all {
		text := r.AccountName
		if vendor := r.Data["vendor"]; vendor != "" {
			text += "=" + vendor
		}
		seen = append(seen, text)
	}
	return strings.Join(seen, " ")
}

func (r reply) codeAndTexts() string {
	found := regexp.MustCompile(`"(?:detailCode|text)":"((?:[^"\\]|\\.)*)"`).FindAllStringSubmatch(r.body, -1)
	var parts []string
	for _, f := range found {
		parts = append(parts, strings.ReplaceAll(f[1], `\n`, "\n"))
	}
	return strings.Join(parts, "|")
}

func TestSwitches(t *testing.T) {
	// These have tests of their own, on both sides.
	elsewhere := []string{"upload-too-large", "failed-job", "rate-escalation", "rate-window", "rate-token", "capacity-error"}
	all := sides()
	for _, sw := range sandbox.Switches() {
		c, here := all[sw.Name]
		if !here {
			if !slices.Contains(elsewhere, sw.Name) {
				t.Errorf("no test has the switch %s", sw.Name)
			}
			continue
		}
		tested := map[string]bool{}
		for _, side := range c.sides {
			tested[side.value] = true
			t.Run(sw.Name+"="+side.value, func(t *testing.T) {
				seed := withVendor("ann", "bob")
				seed.Sources[0].Attributes[0].Label = "Vendor Name"
				seed.Sources[0].Approvers, seed.Sources[0].AccountManagers = []string{"sandbox.approver"}, []string{"sandbox.owner"}
				o := sandbox.Options{Seed: seed, Switches: map[string]string{sw.Name: side.value}}
				if sw.Name == "patch-data-absent" {
					o.Switches["empty-data"] = "absent"
				}
				exceptions := contract.ForSwitches(o.Switches)
				if got := strings.Join(exceptions, " "); got != side.exception {
					t.Errorf("the contract excepts %q, want %q", got, side.exception)
				}
				b := newBench(t, o, exceptions...)
				if diff := cmp.Diff(side.want, c.see(b)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		for _, value := range sw.Values {
			if value != "N" && !tested[value] {
				t.Errorf("no test has %s=%s", sw.Name, value)
			}
		}
	}
}

func TestUploadsThatAreTooLarge(t *testing.T) {
	for value, status := range map[string]int{"400": 400, "413": 413} {
		b := newBench(t, sandbox.Options{Seed: oneSource(0), Switches: map[string]string{"upload-too-large": value, "upload-max-bytes": "100000"}})
		for _, size := range []int{100_001, 300_000} { // within what surrounds the file, and beyond it
			got := b.upload(retail, header+strings.Repeat("x", size)).want(t, status)
			if code, _ := got.dto(t); code != codeLimit {
				t.Errorf("%s", got.body)
			}
		}
	}
}

func TestFailedJobs(t *testing.T) {
	file := header + "\n" + row("good") + "\n" + row("bad") + ",one too many\n"
	for value, want := range map[string][]string{"partial": {"good"}, "atomic": nil} {
		b := newBench(t, sandbox.Options{Seed: oneSource(0), Switches: map[string]string{"row-errors": "async", "failed-job": value}})
		if got := b.lands(file); got != `{"status":"ERROR"}` {
			t.Errorf("%s: %s", value, got)
		}
		if diff := cmp.Diff(want, b.names()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", value, diff)
		}
	}
}

func TestSwitchesAreChecked(t *testing.T) {
	for name, value := range map[string]string{"no-such": "x", "unknown-id": "500", "upload-max-rows": "0", "upload-max-bytes": "N", "bulk-delete-max": "-1"} {
		if _, err := sandbox.New(sandbox.Options{Switches: map[string]string{name: value}}); err == nil {
			t.Errorf("%s=%s was taken", name, value)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: the error does not name it: %v", name, value, err)
		}
	}
	items := map[string]bool{}
	for _, sw := range sandbox.Switches() {
		items[sw.Item] = true
		if !slices.Contains(sw.Values, sw.Default) && !slices.Contains(sw.Values, "N") || sw.Asks == "" || sw.Why == "" {
			t.Errorf("%+v is not complete", sw)
		}
	}
	for i := 1; i <= 30; i++ {
		if !items[fmt.Sprint("U", i)] {
			t.Errorf("the open point U%d has no switch", i)
		}
	}
}

// Every switch that the code asks for is in the list, with the value that it asks for.
func TestCodeAsksForSwitchesThatExist(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`set\.(?:is|number)\("([a-z-]+)"(?:, "([^"]+)")?\)`).FindAllStringSubmatch(string(raw), -1) {
			i := slices.IndexFunc(sandbox.Switches(), func(sw sandbox.Switch) bool { return sw.Name == m[1] })
			if i < 0 || m[2] != "" && !slices.Contains(sandbox.Switches()[i].Values, m[2]) {
				t.Errorf("%s asks for %s", file, m[0])
			}
			asked[m[1]] = true
		}
	}
	for _, sw := range sandbox.Switches() {
		if !asked[sw.Name] {
			t.Errorf("the switch %s does nothing", sw.Name)
		}
	}
}
