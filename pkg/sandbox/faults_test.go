package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

func faults(t *testing.T, texts ...string) (all []sandbox.Fault) {
	t.Helper()
	for _, text := range texts {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// try is admin for requests that may end without an answer.
func (b *bench) try(method, path, body string) (reply, error) {
	b.t.Helper()
	r, err := http.NewRequest(method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.token(b.Credentials().Admin))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return b.do(r)
}

func TestFaultsThatAreAnswers(t *testing.T) {
	for _, c := range []struct {
		fault      string
		status     int
		body       string
		retryAfter string
	}{
		{"list:1:429=7", 429, `{"message":" Rate Limit Exceeded "}`, "7"},
		{"list:1", 500, `"detailCode":"500.0 Internal Fault"`, ""},
		{"list:1:500", 500, `"text":"An internal fault occurred."`, ""},
		{"list:1:502", 502, "Bad Gateway", ""},
		{"list:1:503=4", 503, "Service Unavailable", "4"},
		{"list:1:503", 503, "Service Unavailable", ""},
		{"list:1:504", 504, "Gateway Timeout", ""},
		{"list:1:expire", 401, `{"error":"JWT validation failed: JWT is expired"}`, ""},
		{"read:1:503-after", 503, "Service Unavailable", ""},
		{"listNonEmployeeRecords:1:500", 500, "An internal fault occurred.", ""},
	} {
		b := newBench(t, sandbox.Options{Faults: faults(t, c.fault)})
		got := b.admin("GET", records, nil).want(t, c.status)
		if !strings.Contains(got.body, c.body) || got.header.Get("Retry-After") != c.retryAfter {
			t.Errorf("%s: %s, Retry-After %q", c.fault, got.body, got.header.Get("Retry-After"))
		}
		again := b.admin("GET", records, nil)
		if want := 200; c.status == 401 {
			again.want(t, 401) // a token that was taken for expired stays so
			delete(b.tokens, b.Credentials().Admin.ClientID)
			b.admin("GET", records, nil).want(t, want)
		} else {
			again.want(t, want)
		}
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	create := func(b *bench) (reply, error) {
		return b.try("POST", records, `{"accountName":"a","firstName":"a","lastName":"a","email":"a","phone":"1","manager":"sandbox.manager","sourceId":"`+retail+
			`","startDate":"2026-01-05T00:00:00Z","endDate":"2026-01-05T00:00:00Z"}`)
	}
	for fault, lands := range map[string]bool{"create:1:reset": false, "create:1:reset-after": true, "create:1:hang=1h": false, "create:1:503-after": true, "create:1:500": false} {
		b := newBench(t, sandbox.Options{Seed: oneSource(0), Faults: faults(t, fault)})
		before := b.clock.Now()
		got, err := create(b)
		if strings.Contains(fault, "50") {
			if err != nil || got.status < 500 {
				t.Errorf("%s: %+v, %v", fault, got, err)
			}
		} else if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("%s: %+v, %v", fault, got, err)
		}
		if landed := len(b.names()) == 1; landed != lands {
			t.Errorf("%s: the record was made: %v", fault, landed)
		}
		if waited := b.clock.Now().Sub(before); strings.Contains(fault, "hang") && waited != time.Hour {
			t.Errorf("%s: it hung for %s", fault, waited)
		}
	}
	b := newBench(t, sandbox.Options{Faults: faults(t, "token:1:reset")})
	if res, err := b.server.Client().Post(b.server.URL+"/oauth/token", "", nil); err == nil {
		t.Errorf("the first token call got %s", res.Status)
	}
	b.admin("GET", sources, nil).want(t, 200)
}

func TestCutAndSlowBodies(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(5), Faults: faults(t, "list:1@1:cut=40%", "export:1@1:slow-body=20s", "sources:1:slow=3s")})
	whole := b.admin("GET", records, nil).want(t, 200).body
	cut, err := b.try("GET", records, "")
	if !errors.Is(err, io.ErrUnexpectedEOF) || cut.body != whole[:len(whole)*40/100] {
		t.Errorf("cut: %v after %d of %d bytes", err, len(cut.body), len(whole))
	}
	csv := b.admin("GET", exportPath, nil).want(t, 200).body
	for path, want := range map[string]time.Duration{exportPath: 20 * time.Second, sources: 3 * time.Second, records: 0} {
		before := b.clock.Now()
		got := b.admin("GET", path, nil).want(t, 200)
		if took := b.clock.Now().Sub(before); took != want {
			t.Errorf("%s took %s, want %s", path, took, want)
		}
		if path == exportPath && got.body != csv {
			t.Errorf("slow body %q", got.body)
		}
	}
}

func TestFaultsOfReading(t *testing.T) {
	page := func(b *bench, offset int) string {
		var names []string
		for _, r := range into[[]struct{ AccountName string }](t, b.admin("GET", fmt.Sprintf("%s?sorters=accountName&limit=2&offset=%d", records, offset), nil).want(t, 200)) {
			names = append(names, r.AccountName[4:])
		}
		return strings.Join(names, " ")
	}
	for fault, want := range map[string]string{"list:9:shift": "00 01|03 04|05", "list:9:shift=-1": "00 01|01 02|03 04", "list:1@9:shift": "00 01|02 03|04 05"} {
		b := newBench(t, sandbox.Options{Seed: oneSource(6), Faults: faults(t, fault)})
		if got := page(b, 0) + "|" + page(b, 2) + "|" + page(b, 4); got != want {
			t.Errorf("%s: %s, want %s", fault, got, want)
		}
	}
}

func TestReadsThatLag(t *testing.T) {
	seed := withVendor("ann", "bob")
	b := newBench(t, sandbox.Options{Seed: seed, Faults: faults(t, "read:100%:lag=5s")})
	second := strings.TrimSuffix(firstRecord, "0") + "1"
	b.clock.Advance(time.Minute)
	b.admin("PATCH", firstRecord, `[{"op":"replace","path":"/lastName","value":"New"}]`).want(t, 200)
	b.admin("DELETE", second, nil).want(t, 204)
	made := into[map[string]any](t, b.admin("POST", records, person(retail, "cid")).want(t, 200))
	look := func() (seen string) {
		for _, r := range into[[]struct{ AccountName, LastName string }](t, b.admin("GET", records+"?sorters=accountName", nil).want(t, 200)) {
			seen += r.AccountName + " " + r.LastName + ", "
		}
		csv := b.admin("GET", exportPath, nil).want(t, 200).body
		count := into[[]map[string]any](t, b.admin("GET", sources+"?non-employee-count=true", nil).want(t, 200))[0]["nonEmployeeCount"]
		return fmt.Sprint(seen, strings.Count(csv, "\n")-1, count)
	}
	if got := look(); got != "ann Last, bob Last, 2 2" {
		t.Errorf("at once: %s", got)
	}
	b.admin("GET", second, nil).want(t, 200)
	b.admin("GET", records+"/"+fmt.Sprint(made["id"]), nil).want(t, 404)
	b.clock.Advance(5 * time.Second)
	if got := look(); got != "ann New, cid Last, 2 2" {
		t.Errorf("five seconds later: %s", got)
	}
	b.admin("GET", second, nil).want(t, 404)
}

func TestFaultsOfJobs(t *testing.T) {
	file := header
	for i := range 10 {
		file += "\n" + row(fmt.Sprint("r", i))
	}
	for fault, want := range map[string]struct {
		status string
		landed int
	}{
		"upload:1:job-error":       {`{"status":"ERROR"}`, 0},
		"upload:1:job-partial=30%": {`{"status":"ERROR"}`, 3},
		"upload:1:job-hang=20%":    {`{"status":"IN_PROGRESS"}`, 2},
		"upload:1:job-hang":        {`{"status":"IN_PROGRESS"}`, 0},
		"upload:1:job-drop=3":      {`{"status":"COMPLETED"}`, 7},
		"upload:1:job-drop=99":     {`{"status":"COMPLETED"}`, 0},
		"upload:1:job-alter=4":     {`{"status":"COMPLETED"}`, 10},
		"upload:1:job-slow=1h":     {`{"status":"IN_PROGRESS"}`, 0},
	} {
		t.Run(fault, func(t *testing.T) {
			b := newBench(t, sandbox.Options{Seed: oneSource(0), Faults: faults(t, fault)})
			if got := b.lands(file); got != want.status {
				t.Errorf("status %s, want %s", got, want.status)
			}
			all, err := b.Records(retail)
			if err != nil || len(all) != want.landed {
				t.Errorf("%d landed, want %d (%v)", len(all), want.landed, err)
			}
			altered := 0
			for _, r := range all {
				if r.LastName != "Last" || r.Phone != "555-555-5555" || !r.EndDate.Equal(time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)) {
					altered++
				}
			}
			if want := 4; (fault == "upload:1:job-alter=4") != (altered == want) {
				t.Errorf("%d altered", altered)
			}
			b.FinishJobs() // as the service's support would
			if got := b.status(); got == `{"status":"IN_PROGRESS"}` {
				t.Errorf("finished, and the status is %s", got)
			}
		})
	}
}

func TestFaultsRepeat(t *testing.T) {
	run := func(seed uint64) (statuses []int) {
		b := newBench(t, sandbox.Options{Random: seed, Faults: faults(t, "any:30%:503", "read:10%:500")})
		for range 90 {
			statuses = append(statuses, b.admin("GET", sources, nil).status)
		}
		return statuses
	}
	first := run(7)
	if diff := cmp.Diff(first, run(7)); diff != "" {
		t.Errorf("the same seed (-first +second):\n%s", diff)
	}
	if slices.Equal(first, run(8)) {
		t.Error("another seed gives the same faults")
	}
	failed := len(slices.DeleteFunc(slices.Clone(first), func(s int) bool { return s == 200 }))
	if failed < 15 || failed > 60 {
		t.Errorf("%d of 90 failed, of which some 33 should", failed)
	}
}

func TestFaultsChooseTheirRequests(t *testing.T) {
	for fault, want := range map[string]string{
		"list:2":          "500 500 200 200 | 200 | 200",
		"list:1@2":        "200 200 500 200 | 200 | 200",
		"read:3@1":        "200 500 500 500 | 200 | 200",
		"write:100%":      "200 200 200 200 | 500 | 200",
		"any:5":           "500 500 500 500 | 500 | 200",
		"token:1:503":     "200 200 200 200 | 200 | 503",
		"bulk-delete:9":   "200 200 200 200 | 200 | 200",
		"create-source:1": "200 200 200 200 | 500 | 200",
	} {
		b := newBench(t, sandbox.Options{})
		b.token(b.Credentials().Admin)
		if err := b.SetFaults(faults(t, fault)); err != nil {
			t.Fatal(err)
		}
		var got []string
		for range 4 {
			got = append(got, fmt.Sprint(b.admin("GET", records, nil).status))
		}
		got = append(got, "|", fmt.Sprint(b.admin("POST", sources, b.sourceBody("x")).status), "|")
		c := b.Credentials().Admin
		got = append(got, fmt.Sprint(b.tokenCall("?grant_type=client_credentials&client_id="+c.ClientID+"&client_secret="+c.Secret, "", "").status))
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", fault, diff)
		}
	}
}

func TestParseFault(t *testing.T) {
	for text, want := range map[string]sandbox.Fault{
		"patch:5%":                        {Operation: "patch", Kind: "500", Probability: 0.05},
		"upload:1:job-drop=3":             {Operation: "upload", Kind: "job-drop", Value: "3", Count: 1},
		"list:2@10:cut=10%":               {Operation: "list", Kind: "cut", Value: "10%", Count: 2, After: 10},
		"any:100%@5:429=1":                {Operation: "any", Kind: "429", Value: "1", Probability: 1, After: 5},
		"createNonEmployeeRecord:1:reset": {Operation: "createNonEmployeeRecord", Kind: "reset", Count: 1},
	} {
		if got, err := sandbox.ParseFault(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "patch", "patch:", "patch:0", "patch:0%", "patch:101%", "patch:NaN%", "patch:x", "shoe:1", "patch:1:shoe", "patch:1@x", "patch:1@-1",
		"patch:1:500=3", "patch:1:slow=x", "patch:1:slow=-1s", "patch:1:slow=999h", "patch:1:cut=101%", "patch:1:cut=x", "patch:1:429=x", "patch:1:429=-1", "patch:1:job-error",
		"any:1:job-error", "list:1:shift=9999999",
	} {
		if got, err := sandbox.ParseFault(text); err == nil {
			t.Errorf("%q was taken as %+v", text, got)
		}
	}
	for _, operation := range sandbox.FaultOperations() {
		if _, err := sandbox.ParseFault(operation + ":1"); err != nil {
			t.Error(err)
		}
	}
}

func TestReadFaults(t *testing.T) {
	want := []sandbox.Fault{{Operation: "patch", Kind: "500", Probability: 0.05}, {Operation: "upload", Kind: "job-error", Count: 1}}
	for _, file := range []string{
		"# a comment\n\npatch:5%\n  upload:1:job-error\n",
		`{"format_version":"1.0","kind":"sandbox-faults","faults":[{"operation":"patch","kind":"500","probability":0.05},{"operation":"upload","kind":"job-error","count":1}]}`,
	} {
		got, err := sandbox.ReadFaults(strings.NewReader(file))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", file, err, diff)
		}
	}
	for _, file := range []string{
		"patch", `{"kind":"plan","faults":[]}`, `{"format_version":"2.0","faults":[]}`, `{"faults":[{"operation":"patch","kind":"shoe"}]}`, `{"faults":[{"operation":"patch","kind":"500","shoe":1}]}`, `{"faults":[]} x`, `{`,
		`{"faults":[{"operation":"patch","kind":"500","probability":2}]}`, strings.Repeat("x", 70_000),
	} {
		if got, err := sandbox.ReadFaults(strings.NewReader(file)); err == nil {
			t.Errorf("%.40q was taken as %+v", file, got)
		}
	}
	if _, err := sandbox.New(sandbox.Options{Faults: []sandbox.Fault{{Operation: "patch", Kind: "shoe"}}}); err == nil {
		t.Error("New took a fault that cannot be")
	}
}

func TestFaultsAtRunTime(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	call := func(method, path, kind, body string) reply {
		t.Helper()
		r, err := http.NewRequest(method, b.server.URL+"/_sandbox/"+path, bytes.NewBufferString(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		got, err := b.do(r)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	const js = "application/json"
	one := `{"faults":[{"operation":"list","kind":"503","count":1}]}`
	call("PUT", "faults", js, one).want(t, 200)
	b.admin("GET", records, nil).want(t, 503)
	b.admin("GET", records, nil).want(t, 200)
	got := call("POST", "faults", js, `{"faults":[{"operation":"upload","kind":"job-hang"}]}`).want(t, 200)
	if want := `{"format_version":"1.0","kind":"sandbox-faults","faults":[{"operation":"list","kind":"503","count":1},{"operation":"upload","kind":"job-hang"}]}`; got.body != want || call("GET", "faults", "", "").body != want {
		t.Errorf("faults %s", got.body)
	}
	b.admin("GET", records, nil).want(t, 503) // a new list begins its counts anew
	call("DELETE", "faults", js, "").want(t, 204)
	b.admin("GET", records, nil).want(t, 200)

	call("PUT", "faults", js, `{"faults":[{"operation":"upload","kind":"job-hang"}]}`).want(t, 200)
	b.lands(header + "\n" + row("a"))
	call("POST", "jobs", js, "").want(t, 204)
	if got := b.status(); got != `{"status":"COMPLETED"}` {
		t.Errorf("status %s", got)
	}
	counts := into[sandbox.Counts](t, call("GET", "counts", "", "").want(t, 200))
	if counts.Faults["503"] != 2 || counts.Faults["job-hang"] != 1 || counts.Requests["listNonEmployeeRecords"] != 4 {
		t.Errorf("counts %+v", counts)
	}
	if all := into[[]map[string]any](t, call("GET", "switches", "", "").want(t, 200)); len(all) != len(sandbox.Switches()) || all[0]["value"] != all[0]["default"] {
		t.Errorf("%d switches", len(all))
	}
	call("PUT", "faults", "text/plain", one).want(t, 415) // what a web page could send without asking
	call("PUT", "faults", js, `{"faults":[{"operation":"shoe"}]}`).want(t, 400)
	call("PUT", "faults", js, strings.Repeat(" ", 5<<20)).want(t, 400)
	call("GET", "shoes", "", "").want(t, 404)
}
