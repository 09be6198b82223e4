package nelm

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestNewRefusesUnsafeAddresses(t *testing.T) {
	for _, row := range []struct{ url, want, why string }{
		{"https://acme.api.identitynow.com", "", "the usual form"},
		{"https://acme.api.identitynow-demo.com/", "", "other hosts exist and a slash is harmless"},
		{"http://localhost:8080", "", "a sandbox on this machine"},
		{"http://127.0.0.1:8080", "", "the same by number"},
		{"http://[::1]:8080", "", "the same in the newer numbering"},
		{"http://acme.api.identitynow.com", "unencrypted", "the secret would be readable on the way"},
		{"http://localhost.example.com", "unencrypted", "a name that only looks like this machine"},
		{"https://acme.api.identitynow.com/v2024", "path", "the version would stand there twice"},
		{"https://me:hunter2@acme.api.identitynow.com", "user name", "credentials do not belong there"},
		{"https://acme.api.identitynow.com?x=1", "follow the host", "nothing may follow"},
		{"ftp://acme", "want https", "another protocol"},
		{"acme.api.identitynow.com", "no host", "the scheme is missing"},
		{"", "no base URL", "nothing given"},
	} {
		_, err := New(Config{BaseURL: row.url, ClientID: "id", ClientSecret: testSecret})
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: %q: %v", row.why, row.url, err)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s: %q: got %v, want an error with %q", row.why, row.url, err, row.want)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: the error shows the password: %v", row.why, err)
		}
	}
}

func TestPathHasOneVersion(t *testing.T) {
	for _, row := range []struct{ version, want, why string }{
		{"", "/v2024/non-employee-records/a%2Fb", "the default is the yearly form"},
		{"beta", "/beta/non-employee-records/a%2Fb", "any other version stands in the same place"},
		{"v1", "/non-employee-records/v1/a%2Fb", "the newer form has a version per service"},
	} {
		c, err := New(Config{BaseURL: "https://acme.example.com", ClientID: "id", ClientSecret: testSecret, Version: row.version})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.path(recordsService, "a/b"); got != row.want {
			t.Errorf("%s: got %s, want %s", row.why, got, row.want)
		}
	}
}

func TestAccessTellsPeopleFromApplications(t *testing.T) {
	for _, row := range []struct {
		claims map[string]any
		want   schema.Access
		why    string
	}{
		{map[string]any{"tenant_id": "t-1", "org": "acme", "identity_id": "i-1", "user_name": "sam", "authorities": []string{"ORG_ADMIN", "X"}},
			schema.Access{User: true, UserName: "sam", Identity: "i-1", Admin: true}, "an administrator's personal token"},
		{map[string]any{"tenant_id": "t-1", "org": "acme", "identity_id": "i-2", "user_name": "kim", "authorities": []string{"SOURCE_SUBADMIN"}},
			schema.Access{User: true, UserName: "kim", Identity: "i-2"}, "a person without the right to everything"},
		{map[string]any{"tenant_id": "t-1", "org": "acme"}, schema.Access{}, "an API client has no person"},
	} {
		s := newStage(t)
		s.claims = row.claims
		access, tenant, err := s.client().Access(t.Context())
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
		}
		if diff := cmp.Diff(row.want, access); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.why, diff)
		}
		if want := (schema.Tenant{ID: "t-1", Org: "acme"}); tenant != want {
			t.Errorf("%s: tenant %v, want %v", row.why, tenant, want)
		}
	}
}

func TestAccessOfATokenWithoutATenantIsRefused(t *testing.T) {
	s := newStage(t)
	s.claims = map[string]any{"org": "acme"}
	if _, _, err := s.client().Access(t.Context()); !errors.Is(err, ErrShape) {
		t.Errorf("got %v, want ErrShape: nothing could tell this tenant from another", err)
	}
}

func TestWrongSecretIsDeniedAndNeverShown(t *testing.T) {
	s := newStage(t)
	config := s.config()
	config.ClientSecret = "another-secret"
	s.on("POST /oauth/token", answers(http.StatusBadRequest, `{"error":"invalid_client","error_description":"bad secret another-secret"}`))
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Sources(t.Context())
	if !errors.Is(err, ErrDenied) {
		t.Fatalf("got %v, want ErrDenied", err)
	}
	if strings.Contains(err.Error(), "another-secret") {
		t.Errorf("the error shows the secret: %v", err)
	}
	if !strings.Contains(err.Error(), "invalid_client") {
		t.Errorf("the error hides what the service said: %v", err)
	}
}

func TestTokenIsRenewedAheadOfItsEnd(t *testing.T) {
	s := newStage(t)
	s.life = 100
	c := s.client()
	step := func(seconds int, want int, why string) {
		t.Helper()
		if err := s.clock.Sleep(t.Context(), secondsOf(seconds)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Sources(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.tokens != want {
			t.Errorf("%s: %d tokens fetched, want %d", why, s.tokens, want)
		}
	}
	step(0, 1, "the first call needs one")
	step(79, 1, "with a fifth of its life left it is used")
	step(1, 2, "at 80 % another is fetched")
}

func TestTokenIsRenewedAfterRefusalAndNotForEver(t *testing.T) {
	s := newStage(t)
	var auth []string
	s.on("GET /v2024/non-employee-sources", func(w http.ResponseWriter, r *http.Request) {
		auth = append(auth, r.Header.Get("Authorization"))
		answers(http.StatusUnauthorized, `{"error":"JWT validation failed: JWT is expired"}`)(w, r)
	})
	_, err := s.client().Sources(t.Context())
	if !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "JWT is expired") {
		t.Errorf("got %v, want ErrDenied with the service's words", err)
	}
	var want []string
	for n := range mostRenewals + 1 {
		want = append(want, "Bearer "+s.token(n+1))
	}
	if !cmp.Equal(want, auth) {
		t.Errorf("sent %d requests, want %d, each with a token of its own", len(auth), len(want))
	}
}

func TestSourceIsFoundByNameAndEitherID(t *testing.T) {
	s := newStage(t)
	s.on("GET /v2024/non-employee-sources", answers(http.StatusOK, `[
		{"id":"u-1","sourceId":"s-1","name":"Contractors EMEA","nonEmployeeCount":7},
		{"id":"u-2","sourceId":"s-2","name":"Contractors APAC","nonEmployeeCount":null},
		{"id":"u-3","sourceId":"s-3","name":"vendors"},
		{"id":"u-4","sourceId":"s-4","name":"Vendors"},
		{"id":"u-5","sourceId":"s-5","name":"Interns"},
		{"id":"u-6","sourceId":"s-6","name":"Board"}]`))
	c := s.client()
	for _, row := range []struct{ name, id, err, why string }{
		{"s-1", "s-1", "", "the id of the tenant"},
		{"u-1", "s-1", "", "the id of the non-employee service"},
		{"Contractors EMEA", "s-1", "", "the name as it is"},
		{"contractors apac ", "s-2", "", "a name in other letters that fits one"},
		{"Vendors", "s-4", "", "the exact name wins over one in other letters"},
		{"VENDORS", "", "more than one", "two names differ by letters only"},
		{"Contractor EMEA", "", `there is "Contractors EMEA"`, "a slip of the finger is answered with the name that was meant"},
		{"contractors", "", `"Contractors APAC", "Contractors EMEA"`, "a part of names is answered with the names"},
		{"zzzzzz", "", "no such source among the 6", "nothing is near"},
	} {
		src, err := c.Source(t.Context(), row.name)
		switch {
		case row.err == "" && err != nil:
			t.Errorf("%s: %q: %v", row.why, row.name, err)
		case row.err == "":
			if src.id() != row.id {
				t.Errorf("%s: %q: got source %s, want %s", row.why, row.name, src.id(), row.id)
			}
		case err == nil || !strings.Contains(err.Error(), row.err) || !errors.Is(err, ErrNotFound):
			t.Errorf("%s: %q: got %v, want ErrNotFound with %q", row.why, row.name, err, row.err)
		}
	}
	list, err := c.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tenant := schema.Tenant{ID: "t-1", Org: "acme"}
	want := []schema.Source{
		{Tenant: tenant, ID: "u-6", SourceID: "s-6", Name: "Board", Count: -1},
		{Tenant: tenant, ID: "u-2", SourceID: "s-2", Name: "Contractors APAC", Count: -1},
		{Tenant: tenant, ID: "u-1", SourceID: "s-1", Name: "Contractors EMEA", Count: 7},
		{Tenant: tenant, ID: "u-5", SourceID: "s-5", Name: "Interns", Count: -1},
		{Tenant: tenant, ID: "u-4", SourceID: "s-4", Name: "Vendors", Count: -1},
		{Tenant: tenant, ID: "u-3", SourceID: "s-3", Name: "vendors", Count: -1},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}

func TestSchemaJoinsAttributesAndTemplate(t *testing.T) {
	s := newStage(t)
	form, err := s.source().Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate", "vendor", "cost/centre~1"}
	if diff := cmp.Diff(want, form.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if form.Source.SourceID != testSourceID || !form.Fetched.Equal(s.clock.now) {
		t.Errorf("schema of %q read at %v, want %q at %v", form.Source.SourceID, form.Fetched, testSourceID, s.clock.now)
	}
	if a, _ := form.Attribute("vendor"); a.System || a.Label != "Vendor" {
		t.Errorf("vendor came out as %+v", a)
	}
}

func TestSchemaThatContradictsItselfIsRefused(t *testing.T) {
	for _, row := range []struct{ path, body, want, why string }{
		{"schema-attributes-template/download", "accountName,firstName\n", "lastName", "a template without a system attribute"},
		{"schema-attributes-template/download", "", "empty", "an empty template"},
		{"schema-attributes-template/download", "accountName,,firstName\n", "no name", "a column without a name"},
		{"schema-attributes", `[{"type":"TEXT","technicalName":"a","label":"A"},{"type":"TEXT","technicalName":"a","label":"B"}]`, "E-SCHEMA-DUPLICATE", "two attributes of one name"},
		{"schema-attributes", `[{"type":"TEXT","technicalName":"team","label":"T","required":true}]`, "E-SCHEMA-TEMPLATE-LACKS", "a required attribute that no upload could fill"},
		{"schema-attributes", `[{"technicalName":"a","label":"A"}]`, "no Type", "an attribute without a type"},
	} {
		s := newStage(t)
		s.on("GET /v2024/non-employee-sources/"+testSourceID+"/"+row.path, answers(http.StatusOK, row.body))
		if _, err := s.source().Schema(t.Context()); !errors.Is(err, ErrShape) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want ErrShape with %q", row.why, err, row.want)
		}
	}
}

func TestDescribeReadsWhatIsNotFresh(t *testing.T) {
	s := newStage(t)
	src := s.source()
	for i, want := range []int{0, 1, 2} {
		before := len(s.paths())
		if got, access, err := src.Describe(t.Context()); err != nil || got.SourceID != testSourceID || !access.Admin {
			t.Errorf("call %d: %+v, %+v, %v", i+1, got, access, err)
		}
		if n := len(s.paths()) - before; n != min(want, 1) {
			t.Errorf("call %d made %d requests, want %d", i+1, n, min(want, 1))
		}
	}
}

func TestClockSkewIsReadFromAnswers(t *testing.T) {
	s := newStage(t)
	c := s.client()
	if _, known := c.ClockSkew(); known {
		t.Error("known before any answer")
	}
	s.on("GET /v2024/non-employee-sources", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.clock.Now().Add(secondsOf(90)).Format(http.TimeFormat))
		answers(http.StatusOK, `[]`)(w, r)
	})
	if _, err := c.Sources(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ahead, known := c.ClockSkew(); !known || ahead < secondsOf(89) || ahead > secondsOf(91) {
		t.Errorf("the service is ahead by %s (%t), want 90 s", ahead, known)
	}
}

func TestTokenLifeWithoutAWord(t *testing.T) {
	for _, row := range []struct {
		exp   int64 // claim, seconds from now; 0 for none
		calls int
		why   string
	}{
		{100, 2, "the token itself says when it ends"},
		{0, 1, "nobody says: it is used until it is refused"},
	} {
		s := newStage(t)
		if row.exp > 0 {
			s.claims["exp"] = s.clock.now.Unix() + row.exp
		}
		s.life = 0
		c := s.client()
		for range 2 {
			if _, err := c.Sources(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.clock.Sleep(t.Context(), secondsOf(90)); err != nil {
				t.Fatal(err)
			}
		}
		if s.tokens != row.calls {
			t.Errorf("%s: %d tokens fetched, want %d", row.why, s.tokens, row.calls)
		}
	}
}

func TestTokenOfAnotherShapeIsRefused(t *testing.T) {
	for _, row := range []struct{ body, why string }{
		{`{}`, "no token"},
		{`{"access_token":"x","token_type":"mac"}`, "a token of another type"},
		{`not json`, "no JSON"},
	} {
		s := newStage(t)
		s.on("POST /oauth/token", answers(http.StatusOK, row.body))
		if _, _, err := s.client().Access(t.Context()); !errors.Is(err, ErrShape) {
			t.Errorf("%s: got %v, want ErrShape", row.why, err)
		}
	}
}

func TestConfigRefusesWhatCannotWork(t *testing.T) {
	good := Config{BaseURL: "https://acme.example.com", ClientID: "id", ClientSecret: testSecret}
	for _, row := range []struct {
		change func(*Config)
		want   string
		why    string
	}{
		{func(c *Config) { c.ClientID = "" }, "client id", "no client id"},
		{func(c *Config) { c.ClientSecret = "" }, "client secret", "no secret"},
		{func(c *Config) { c.Version = "v2024/x" }, "path segment", "a version that is a path"},
		{func(c *Config) { c.CAFile, c.HTTP = "ca.pem", http.DefaultClient }, "exclude each other", "authorities for a client that has its own"},
	} {
		c := good
		row.change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want an error with %q", row.why, err, row.want)
		}
	}
}
