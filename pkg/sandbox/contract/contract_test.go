package contract_test

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox/contract"
)

func description(t *testing.T) *contract.Description {
	t.Helper()
	d, err := contract.Find()
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the official description is not beside the repository: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDescriptionHasThe32Operations(t *testing.T) {
	if n := len(description(t).Operations()); n != 32 {
		t.Errorf("%d operations, want 32", n)
	}
}

// exchange is a request, and an answer that is given whatever was asked.
type exchange struct {
	method, path, kind, sent string
	status                   int
	header                   map[string]string
	body                     string
}

func (e exchange) run(t *testing.T, exceptions ...string) []contract.Violation {
	t.Helper()
	v, err := contract.NewValidator(description(t), exceptions...)
	if err != nil {
		t.Fatal(err)
	}
	h := v.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		for name, value := range e.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(e.status)
		if _, err := io.WriteString(w, e.body); err != nil && !errors.Is(err, http.ErrBodyNotAllowed) {
			t.Error(err)
		}
	}))
	r := httptest.NewRequest(e.method, e.path, strings.NewReader(e.sent))
	if e.kind != "" {
		r.Header.Set("Content-Type", e.kind)
	}
	h.ServeHTTP(httptest.NewRecorder(), r)
	return v.Violations()
}

const (
	goodRecord = `{"id":"1","accountName":"a","data":{"vendor":"x"},"startDate":"2026-01-05T00:00:00Z"}`
	records    = "/v2024/non-employee-records"
	dto        = `{"detailCode":"CODE","trackingId":"0","messages":[{"locale":"en-US","localeOrigin":"DEFAULT","text":"x"},{"locale":null,"localeOrigin":null,"text":"x"}],"causes":[]}`
)

func refusal(code string) string { return strings.Replace(dto, "CODE", code, 1) }

func TestGoodExchangesPass(t *testing.T) {
	for _, e := range []exchange{
		{method: "GET", path: records + "/1", status: 200, body: goodRecord},
		{method: "GET", path: "/non-employee-records/v1/1", status: 200, body: goodRecord},
		{method: "GET", path: records + "?limit=0&count=true", status: 200, body: `[]`, header: map[string]string{"X-Total-Count": "3"}},
		{method: "DELETE", path: records + "/1", status: 204},
		{method: "GET", path: records + "/1", status: 403, body: refusal("403 Forbidden")},
		{method: "GET", path: records + "/1", status: 500, body: refusal("500.0 Internal Fault")},
		{method: "GET", path: records + "/1", status: 401, body: `{"error":"x"}`},
		{method: "GET", path: records + "/1", status: 429, body: `{"message":" Rate Limit Exceeded "}`, header: map[string]string{"Retry-After": "3"}},
		{method: "GET", path: records + "?limit=300", status: 400, body: refusal("400.1 Bad Request Content")},
		{method: "GET", path: "/elsewhere", status: 200, body: "anything"},
	} {
		for _, v := range e.run(t) {
			t.Errorf("%+v: %v", e, v)
		}
	}
}

func TestPlantedWrongShapesAreCaught(t *testing.T) {
	swap := func(body, old, planted string) string {
		if !strings.Contains(body, old) {
			t.Fatalf("%s is not in %s", old, body)
		}
		return strings.Replace(body, old, planted, 1)
	}
	get := func(status int, body string) exchange {
		return exchange{method: "GET", path: records + "/1", status: status, body: body}
	}
	put := `{"accountName":"a","firstName":"a","lastName":"a","email":"a","phone":"a","manager":"a","sourceId":"a","startDate":"2026-01-05T00:00:00Z","endDate":"2026-01-05T00:00:00Z"}`
	cases := map[string]exchange{
		"a number where a text is":    get(200, swap(goodRecord, `"a"`, `5`)),
		"a number in data":            get(200, swap(goodRecord, `"x"`, `5`)),
		"null where none may be":      get(200, swap(goodRecord, `"a"`, `null`)),
		"a day where an instant is":   get(200, swap(goodRecord, `2026-01-05T00:00:00Z`, `2026-01-05`)),
		"a name that is not there":    get(200, swap(goodRecord, `accountName`, `account_name`)),
		"a list where an object is":   get(200, `[]`),
		"not JSON":                    get(200, `nonsense`),
		"another content type":        {method: "GET", path: records + "/1", status: 200, body: "a,b\n", header: map[string]string{"Content-Type": "text/csv"}},
		"JSON where CSV is":           {method: "GET", path: "/v2024/non-employee-sources/1/non-employees/download", status: 200, body: `{}`},
		"201 for a create":            {method: "POST", path: records, kind: "application/json", sent: put, status: 201, body: goodRecord},
		"a body with 204":             {method: "DELETE", path: records + "/1", status: 204, body: "x"},
		"a total nobody asked for":    {method: "GET", path: records, status: 200, body: `[]`, header: map[string]string{"X-Total-Count": "3"}},
		"no total":                    {method: "GET", path: records + "?count=true", status: 200, body: `[]`},
		"success for a bad query":     {method: "GET", path: records + "?limit=300", status: 200, body: `[]`},
		"success for a bad body":      {method: "POST", path: records, kind: "application/json", sent: `{}`, status: 200, body: goodRecord},
		"success off the description": {method: "GET", path: "/v2024/non-employee-records/1/2", status: 200, body: `{}`},
		"another status":              get(418, refusal("418")),

		"400: messages is a text":        get(400, swap(refusal("400.1 Bad Request Content"), `[{"locale":"en-US"`, `"x","gone":[{"locale":"en-US"`)),
		"400: text is a number":          get(400, swap(refusal("400.1 Bad Request Content"), `"text":"x"`, `"text":1`)),
		"403: localeOrigin is planted":   get(403, swap(refusal("403 Forbidden"), `"DEFAULT"`, `"PLANTED"`)),
		"403: locale is a number":        get(403, swap(refusal("403 Forbidden"), `"en-US"`, `1`)),
		"403: trackingId is a number":    get(403, swap(refusal("403 Forbidden"), `"trackingId":"0"`, `"trackingId":1`)),
		"403: detailCode of another":     get(403, refusal("404 Not found")),
		"404: causes is an object":       {method: "PUT", path: records + "/1", kind: "application/json", sent: put, status: 404, body: swap(refusal("404 Not found"), `"causes":[]`, `"causes":{}`)},
		"404, undeclared: no detailCode": get(404, swap(refusal("404 Not found"), `"detailCode"`, `"code"`)),
		"405: another shape":             {method: "PUT", path: records, status: 405, body: refusal("405")},
		"500: an additional name":        get(500, swap(refusal("500.0 Internal Fault"), `"causes"`, `"stack":"x","causes"`)),
		"500: plain text":                get(500, "Internal Server Error"),
		"401: error is an object":        get(401, `{"error":{}}`),
		"429: text without its spaces":   {method: "GET", path: records + "/1", status: 429, body: `{"message":"Rate Limit Exceeded"}`, header: map[string]string{"Retry-After": "3"}},
		"429: no Retry-After":            get(429, `{"message":" Rate Limit Exceeded "}`),
	}
	for name, e := range cases {
		t.Run(name, func(t *testing.T) {
			caught := false
			for _, v := range e.run(t) {
				caught = caught || v.Exception == ""
			}
			if !caught {
				t.Errorf("%s %s → %d %s passed", e.method, e.path, e.status, e.body)
			}
		})
	}
}

func TestExceptionsAllowWhatTheyNameAndNothingElse(t *testing.T) {
	always := exchange{method: "GET", path: records + "/1", status: 404, body: refusal("404 Not found")}
	if found := always.run(t); len(found) != 1 || found[0].Exception != "undeclared-404" {
		t.Errorf("undeclared 404: %v", found)
	}
	null := exchange{method: "GET", path: "/v2024/non-employee-sources/1/non-employee-bulk-upload/status", status: 200, body: `{"status":null}`}
	if found := null.run(t); len(found) == 0 || found[0].Exception != "" {
		t.Errorf("null status, not named: %v", found)
	}
	if found := null.run(t, "null-status"); len(found) == 0 || found[0].Exception != "null-status" {
		t.Errorf("null status, named: %v", found)
	}
	if _, err := contract.NewValidator(description(t), "no-such"); err == nil {
		t.Error("an exception that does not exist was taken")
	}
}

func TestSwitchesNameTheirExceptions(t *testing.T) {
	got := contract.ForSwitches(map[string]string{"status-none": "null", "timestamps": "no-zone", "epoch-dates": "refuse", "blank-cell": "keep"})
	if len(got) != 2 || got[0] != "null-status" || got[1] != "odd-timestamps-zone" {
		t.Errorf("exceptions %v", got)
	}
}
