package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

func TestEveryVersionServesTheSame(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	want := b.admin("GET", firstRecord, nil).want(t, 200).body
	tail := strings.TrimPrefix(firstRecord, "/v2024/non-employee-records")
	for _, path := range []string{"/v3/non-employee-records", "/v2025/non-employee-records", "/v2026/non-employee-records", "/beta/non-employee-records", "/non-employee-records/v1"} {
		got := b.admin("GET", path+tail, nil).want(t, 200)
		if got.body != want {
			t.Errorf("%s: %s", path, got.body)
		}
		if deprecated := got.header.Get("X-Deprecated"); (deprecated == "true") != strings.HasPrefix(path, "/beta") {
			t.Errorf("%s: X-Deprecated %q", path, deprecated)
		}
	}
	for path, status := range map[string]int{
		"/non-employee-records/v1/bulk-delete":                           405,
		"/non-employee-sources/v1/" + retail + "/non-employees/download": 200,
		"/non-employee-approvals/v1":                                     200,
		"/public-identities/v1":                                          200,
		"/v2023/non-employee-records":                                    404,
		"/non-employee-records":                                          404,
		"/non-employee-records/v2":                                       404,
		"/v2024":                                                         404,
		"/v2024/":                                                        404,
		"/v2024/accounts":                                                404,
		"/v2024/non-employee-records/":                                   404,
		"/v2024/non-employee-records/a/b":                                404,
		"/":                                                              404,
		"/oauth/authorize":                                               404,
		"/v2024/non-employee-sources/" + retail + "/schema-attributes/":       404,
		"/v2024/non-employee-requests/summary/" + b.Credentials().Owner.Alias: 200,
	} {
		b.admin("GET", path, nil).want(t, status)
	}
}

// The bulk delete's path is a literal, and no record's id: it wins for every method.
func TestMethodsThatAPathDoesNotHave(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	for _, c := range []struct{ method, path, allow string }{
		{"PUT", records, "POST, GET"},
		{"POST", firstRecord, "GET, PUT, PATCH, DELETE"},
		{"DELETE", records + "/bulk-delete", "POST"},
		{"GET", records + "/bulk-delete", "POST"},
		{"PUT", aSource, "GET, PATCH, DELETE"},
		{"POST", statusPath, "GET"},
		{"GET", uploadPath, "POST"},
		{"PATCH", attributes, "GET, POST, DELETE"},
		{"DELETE", approvals + "/x", "GET"},
		{"PUT", requests + "/summary/me", "GET"},
		{"OPTIONS", requests, "POST, GET"},
	} {
		got := b.admin(c.method, c.path, nil).want(t, 405)
		want := `{"errorName":"NotSupportedException","errorMessage":"Cannot consume content type","trackingId":"` + fmt.Sprint(into[map[string]any](t, got)["trackingId"]) + `"}`
		if got.body != want || got.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: Allow %q, %s", c.method, c.path, got.header.Get("Allow"), got.body)
		}
	}
	if got := b.admin("HEAD", records, nil); got.status != 405 || got.body != "" {
		t.Errorf("HEAD: %d %s", got.status, got.body)
	}
}

func TestContentTypesThatAreNotTaken(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	admin := b.Credentials().Admin
	for _, c := range []struct{ method, path, kind string }{
		{"POST", records, urlencoded},
		{"POST", records, "text/plain"},
		{"POST", records, ""},
		{"POST", records, "application/json-patch+json"},
		{"PATCH", firstRecord, "application/json"},
		{"PATCH", aSource, "application/merge-patch+json"},
		{"POST", uploadPath, "application/json"},
		{"POST", records, "not a type"},
	} {
		got := b.send(admin, c.method, c.path, c.kind, []byte("[]")).want(t, 405)
		if !strings.Contains(got.body, `"errorMessage":"Cannot consume content type"`) {
			t.Errorf("%+v: %s", c, got.body)
		}
	}
	b.send(admin, "POST", records, "application/json; charset=utf-8", []byte(`{}`)).want(t, 400)
}

// Whatever is asked for and however it ends, the answer says what it is, and JSON says that it is JSON.
func TestEveryAnswerSaysWhatItIs(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	for _, c := range []struct{ method, path string }{
		{"GET", sources}, {"GET", exportPath}, {"DELETE", records + "/x"}, {"PUT", records}, {"GET", "/nowhere"}, {"GET", "/oauth/info"}, {"GET", "/_sandbox/counts"}, {"GET", "/_sandbox/x"},
	} {
		got := b.admin(c.method, c.path, nil)
		if want := "nelm-reconcile sandbox; a local imitation, not SailPoint"; got.header.Get("X-Sandbox") != want {
			t.Errorf("%s %s: X-Sandbox %q", c.method, c.path, got.header.Get("X-Sandbox"))
		}
		if kind := got.header.Get("Content-Type"); kind != "application/json" && c.path != exportPath {
			t.Errorf("%s %s: content type %q", c.method, c.path, kind)
		}
	}
	r, err := http.NewRequest("GET", b.server.URL+sources, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.do(r); err != nil || got.status != 401 || got.header.Get("X-Sandbox") == "" {
		t.Errorf("without a token: %+v, %v", got, err)
	}
}
