package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// bench is a sandbox that is being tested: it stands still until told otherwise, and speaks over loopback like any other.
type bench struct {
	*sandbox.Sandbox
	t      *testing.T
	clock  *sandbox.ManualClock
	server *httptest.Server
	tokens map[string]string
}

// newBench starts a sandbox whose every exchange is held against the official description; see package contract for the exceptions.
func newBench(t *testing.T, o sandbox.Options, exceptions ...string) *bench {
	t.Helper()
	clock := sandbox.NewManualClock(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC))
	if o.Clock == nil {
		o.Clock = clock
	}
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(checked(t, box, exceptions))
	t.Cleanup(server.Close)
	return &bench{Sandbox: box, t: t, clock: clock, server: server, tokens: map[string]string{}}
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

func (b *bench) token(cred sandbox.Credential) string {
	b.t.Helper()
	if token := b.tokens[cred.ClientID]; token != "" {
		return token
	}
	res, err := b.server.Client().PostForm(b.server.URL+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {cred.ClientID}, "client_secret": {cred.Secret},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil || res.StatusCode != http.StatusOK {
		b.t.Fatalf("token: %s, %v", res.Status, err)
	}
	b.tokens[cred.ClientID] = body.AccessToken
	return body.AccessToken
}

// as sends a request with a token of cred. A string body is sent as it is, anything else as JSON.
func (b *bench) as(cred sandbox.Credential, method, path string, body any) reply {
	b.t.Helper()
	kind := "application/json"
	if method == http.MethodPatch {
		kind = "application/json-patch+json"
	}
	var raw []byte
	switch v := body.(type) {
	case nil:
		kind = ""
	case string:
		raw = []byte(v)
	default:
		var err error
		if raw, err = json.Marshal(v); err != nil {
			b.t.Fatal(err)
		}
	}
	return b.send(cred, method, path, kind, raw)
}

func (b *bench) send(cred sandbox.Credential, method, path, kind string, raw []byte) reply {
	b.t.Helper()
	r, err := http.NewRequest(method, b.server.URL+path, bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Authorization", "Bearer "+b.token(cred))
	got, err := b.do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

func (b *bench) do(r *http.Request) (reply, error) {
	res, err := b.server.Client().Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(raw)}, err
}

func (b *bench) admin(method, path string, body any) reply {
	b.t.Helper()
	return b.as(b.Credentials().Admin, method, path, body)
}

// upload sends a CSV the way the official clients do.
func (b *bench) upload(sourceID, csv string) reply {
	b.t.Helper()
	return b.uploadAs(b.Credentials().Admin, sourceID, csv)
}

func (b *bench) uploadAs(cred sandbox.Credential, sourceID, csv string) reply {
	b.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("data", "records.csv")
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := io.WriteString(part, csv); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.send(cred, http.MethodPost, "/v2024/non-employee-sources/"+sourceID+"/non-employee-bulk-upload", w.FormDataContentType(), form.Bytes())
}

// into decodes a body.
func into[T any](t *testing.T, r reply) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	return v
}

func (r reply) want(t *testing.T, status int) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

const header = "accountName,firstName,lastName,phone,email,manager,startDate,endDate"

// row is a line of CSV of a good record.
func row(name string) string {
	return name + ",First,Last,555-555-5555," + name + "@example.com,sandbox.manager,2026-01-05T00:00:00Z,2026-12-31T23:59:59Z"
}

func person(sourceID, name string) map[string]any {
	return map[string]any{
		"accountName": name, "firstName": "First", "lastName": "Last", "email": name + "@example.com", "phone": "5555555555",
		"manager": "sandbox.manager", "sourceId": sourceID, "startDate": "2026-01-05T00:00:00Z", "endDate": "2026-12-31T23:59:59Z",
	}
}

// oneSource is a seed with a source and n records a000, a001 and so on.
func oneSource(n int) *sandbox.Seed {
	src := sandbox.SeedSource{SourceID: "2c91808568c529c60168cca6f90c1313", Name: "Retail"}
	for i := range n {
		src.Records = append(src.Records, sandbox.Record{
			AccountName: fmt.Sprintf("a%05d", i), FirstName: "First", LastName: "Last", Email: fmt.Sprintf("a%05d@example.com", i), Phone: "5555555555",
			Manager: "sandbox.manager", StartDate: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), EndDate: time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC),
		})
	}
	return &sandbox.Seed{Sources: []sandbox.SeedSource{src}}
}

const retail = "2c91808568c529c60168cca6f90c1313"

// accepting gets a path as an administrator who asks for certain content types.
func (b *bench) accepting(path, accept string) reply {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.server.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.token(b.Credentials().Admin))
	r.Header.Set("Accept", accept)
	got, err := b.do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}
