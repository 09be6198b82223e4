package nelm

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testSourceID = "2c918085000000000000000000000001"
	testNELMID   = "a0303682-5e4a-44f7-bdc2-6ce6112549c1"
	testSecret   = "s3cret-of-the-test"
)

// A stage is a tenant made of handlers that a test sets by "METHOD /path". A request to any other path fails the test.
type stage struct {
	t        testing.TB
	clock    *steppedClock
	mu       sync.Mutex
	handlers map[string]http.HandlerFunc
	seen     []string // "METHOD /path?query" in order of arrival
	claims   map[string]any
	tokens   int
	life     int                       // expires_in
	before   func(*http.Request) error // may fail a request before it reaches the tenant
	after    func(*http.Request) error // may lose an answer after the tenant acted
}

func newStage(t testing.TB) *stage {
	s := &stage{
		t: t, clock: &steppedClock{now: time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)}, handlers: make(map[string]http.HandlerFunc), life: 749,
		claims: map[string]any{"tenant_id": "t-1", "org": "acme", "identity_id": "i-1", "user_name": "sam.admin", "authorities": []string{"ORG_ADMIN"}},
	}
	s.on("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("client_secret") != testSecret || r.PostFormValue("grant_type") != "client_credentials" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":"wrong secret %s"}`, testSecret)
			return
		}
		s.tokens++
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":%d}`, s.token(s.tokens), s.life)
	})
	s.on("GET /v2024/non-employee-sources", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `[{"id":%q,"sourceId":%q,"name":"Contractors EMEA","nonEmployeeCount":0,"accountManagers":[{"type":"IDENTITY","id":"m-1"}]}]`, testNELMID, testSourceID)
	})
	s.on("GET /v2024/non-employee-sources/"+testSourceID+"/schema-attributes", func(w http.ResponseWriter, r *http.Request) {
		var list []map[string]any
		for _, n := range []string{"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate"} {
			list = append(list, map[string]any{"id": n, "type": "TEXT", "technicalName": n, "label": n, "system": true, "required": true, "helpText": nil})
		}
		list = append(list, map[string]any{"id": "v", "type": "TEXT", "technicalName": "vendor", "label": "Vendor"})
		list = append(list, map[string]any{"id": "c", "type": "TEXT", "technicalName": "cost/centre~1", "label": "Cost"})
		writeJSON(w, list)
	})
	s.on("GET /v2024/non-employee-sources/"+testSourceID+"/schema-attributes-template/download", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		fmt.Fprint(w, "\ufeffaccountName,firstName,lastName,phone,email,manager,startDate,endDate,vendor, cost/centre~1\r\n")
	})
	return s
}

func (s *stage) token(n int) string {
	b, err := json.Marshal(s.claims)
	if err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprintf("e30.%s.signature%d", base64.RawURLEncoding.EncodeToString(b), n)
}

func (s *stage) on(pattern string, h http.HandlerFunc) { s.handlers[pattern] = h }

// paths returns the requests that were made, without token calls.
func (s *stage) paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.seen), func(p string) bool { return strings.HasPrefix(p, "POST /oauth/") })
}

func (s *stage) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.before != nil {
		if err := s.before(r); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	line := r.Method + " " + r.URL.RequestURI()
	s.seen = append(s.seen, line)
	h, ok := s.handlers[r.Method+" "+r.URL.EscapedPath()]
	s.mu.Unlock()
	if !ok {
		s.t.Errorf("a request that nobody expected: %s", line)
		return nil, errors.New("unexpected path")
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if s.after != nil {
		if err := s.after(r); err != nil {
			return nil, err
		}
	}
	return w.Result(), nil
}

func (s *stage) config() Config {
	return Config{
		BaseURL: "https://acme.api.example.com", ClientID: "id", ClientSecret: testSecret,
		HTTP: &http.Client{Transport: s}, Clock: s.clock, UserAgent: UserAgent("1.2.0"),
	}
}

func (s *stage) client() *Client {
	c, err := New(s.config())
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *stage) source() *Source {
	src, err := s.client().Source(s.t.Context(), testSourceID)
	if err != nil {
		s.t.Fatal(err)
	}
	return src
}

// steppedClock goes forward when somebody sleeps, and not otherwise.
type steppedClock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *steppedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *steppedClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

// answers returns a handler that always gives the same answer.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// crowd answers the list of records from n made-up ones, sorted by id.
func (s *stage) crowd(n int) []map[string]any {
	var all []map[string]any
	for i := range n {
		all = append(all, map[string]any{
			"id": fmt.Sprintf("r-%05d", i), "accountName": fmt.Sprintf("a.%05d", i), "firstName": "A", "lastName": "B", "email": nil, "phone": "1",
			"manager": "jane.doe", "sourceId": testSourceID, "data": map[string]any{"vendor": "ACME"},
			"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-12-31T23:59:59.5Z", "created": "2026-01-01T00:00:00Z", "modified": "2026-01-02T00:00:00Z",
		})
	}
	s.on("GET /v2024/non-employee-records", func(w http.ResponseWriter, r *http.Request) { servePage(w, r, all) })
	return all
}

func servePage(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	q := r.URL.Query()
	var offset, limit int
	if _, err := fmt.Sscan(q.Get("offset")+" "+q.Get("limit"), &offset, &limit); err != nil {
		panic(err)
	}
	if q.Get("count") == "true" {
		w.Header().Set("X-Total-Count", fmt.Sprint(len(all)))
	}
	from := min(offset, len(all))
	page := all[from:min(from+limit, len(all))]
	if len(page) == 0 {
		page = []map[string]any{}
	}
	writeJSON(w, page)
}
