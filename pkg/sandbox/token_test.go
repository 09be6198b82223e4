package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

func (b *bench) tokenCall(query, kind, body string) reply {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.server.URL+"/oauth/token"+query, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	got, err := b.do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

const urlencoded = "application/x-www-form-urlencoded"

func TestTokenRequestsComeInFourForms(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	admin := b.Credentials().Admin
	grant, who := url.Values{"grant_type": {"client_credentials"}}.Encode(), url.Values{"client_id": {admin.ClientID}, "client_secret": {admin.Secret}}.Encode()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"grant_type": "client_credentials", "client_id": admin.ClientID, "client_secret": admin.Secret} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ why, query, kind, body string }{
		{"url-encoded, as the Go SDK", "", urlencoded, grant + "&" + who},
		{"url-encoded with a charset", "", urlencoded + "; charset=utf-8", grant + "&" + who},
		{"multipart, as the TypeScript SDK", "", w.FormDataContentType(), form.String()},
		{"all in the query", "?" + grant + "&" + who, "", ""},
		{"mixed, as the command line tool", "?" + grant, urlencoded, who},
	} {
		got := b.tokenCall(c.query, c.kind, c.body)
		if got.status != 200 || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", c.why, got.status, got.body)
		}
	}
}

func TestTokensSayWhoTheyAreFor(t *testing.T) {
	b := newBench(t, sandbox.Options{TokenLife: 600 * time.Second})
	claims := func(cred sandbox.Credential) (token, inside map[string]any) {
		t.Helper()
		token = into[map[string]any](t, b.tokenCall("", urlencoded, url.Values{"grant_type": {"client_credentials"}, "client_id": {cred.ClientID}, "client_secret": {cred.Secret}}.Encode()).want(t, 200))
		parts := strings.Split(fmt.Sprint(token["access_token"]), ".")
		raw, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &inside); err != nil {
			t.Fatal(err)
		}
		return token, inside
	}
	c := b.Credentials()
	token, inside := claims(c.Admin)
	want := map[string]any{
		"tenant_id": inside["tenant_id"], "internal": false, "pod": "sandbox", "org": "acme", "identity_id": c.Admin.IdentityID, "user_id": c.Admin.IdentityID,
		"user_name": "sandbox.admin", "strong_auth": true, "strong_auth_supported": true, "authorities": []any{"ORG_ADMIN"}, "client_id": c.Admin.ClientID,
		"scope": []any{"sp:scopes:all"}, "exp": float64(time.Date(2026, 1, 5, 8, 10, 0, 0, time.UTC).Unix()), "jti": token["jti"],
	}
	if diff := cmp.Diff(want, inside); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if token["expires_in"] != 600.0 || token["token_type"] != "bearer" || token["scope"] != "sp:scopes:all" || token["identity_id"] != c.Admin.IdentityID {
		t.Errorf("token %v", token)
	}
	for _, none := range []string{"user_id", "identity_id", "user_name"} {
		token, inside := claims(c.Application)
		if token[none] != nil || inside[none] != nil {
			t.Errorf("an application has no %s, and its token says %v, %v", none, token[none], inside[none])
		}
	}
	if _, inside := claims(c.Owner); len(inside["authorities"].([]any)) != 0 {
		t.Errorf("an owner's authorities are %v", inside["authorities"])
	}
}

func TestTokenRequestsThatAreRefused(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	admin := b.Credentials().Admin
	form := func(grant, client, secret string) string {
		return url.Values{"grant_type": {grant}, "client_id": {client}, "client_secret": {secret}}.Encode()
	}
	for _, c := range []struct {
		why, kind, body string
		status          int
		want            string
	}{
		{"a wrong secret", urlencoded, form("client_credentials", admin.ClientID, "x"), 401, `{"error":"invalid_client","error_description":"Bad client credentials"}`},
		{"an unknown client", urlencoded, form("client_credentials", "x", admin.Secret), 401, `{"error":"invalid_client","error_description":"Bad client credentials"}`},
		{"another grant", urlencoded, form("pass\"word", admin.ClientID, admin.Secret), 400, `{"error":"unsupported_grant_type","error_description":"Unsupported grant type: pass\"word"}`},
		{"JSON is no form", "application/json", `{"grant_type":"client_credentials"}`, 400, `{"error":"unsupported_grant_type","error_description":"Unsupported grant type: "}`},
	} {
		if got := b.tokenCall("", c.kind, c.body); got.status != c.status || got.body != c.want {
			t.Errorf("%s: %d %s", c.why, got.status, got.body)
		}
	}
	for _, kind := range []string{"multipart/form-data; boundary=x", "multipart/form-data", urlencoded} {
		b.tokenCall("", kind, "%zz").want(t, 400)
	}
	b.tokenCall("?%zz", urlencoded, "").want(t, 400)
	b.tokenCall("", urlencoded, strings.Repeat("x", 70_000)).want(t, 400)
}

func TestTokensExpire(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	b.admin("GET", sources, nil).want(t, 200)
	b.clock.Advance(748 * time.Second)
	b.admin("GET", sources, nil).want(t, 200)
	b.clock.Advance(time.Second)
	got := b.admin("GET", sources, nil).want(t, 401)
	if got.body != `{"error":"JWT validation failed: JWT is expired"}` || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("401 is %s", got.body)
	}
}

func TestTokensThatAreNone(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	other := newBench(t, sandbox.Options{})
	good := b.token(b.Credentials().Admin)
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	hmac := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + parts[1] + "." + parts[2]
	for _, c := range []struct{ why, authorization, want string }{
		{"nothing", "", "JWT is missing"},
		{"another scheme", "Basic eDp4", "JWT is missing"},
		{"no token", "Bearer ", "JWT is missing"},
		{"nonsense", "Bearer nonsense", "JWT is malformed"},
		{"three parts of nonsense", "Bearer a.b.c", "JWT is malformed"},
		{"no signature", "Bearer " + none, "JWT is invalid"},
		{"another method", "Bearer " + hmac, "JWT is invalid"},
		{"another sandbox's", "Bearer " + other.token(other.Credentials().Admin), "JWT is invalid"},
		{"changed claims", "Bearer " + parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"exp":9999999999}`)) + "." + parts[2], "JWT is invalid"},
	} {
		r, err := http.NewRequest(http.MethodGet, b.server.URL+sources, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		got, err := b.do(r)
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"error":"JWT validation failed: ` + c.want + `"}`; got.status != 401 || got.body != want {
			t.Errorf("%s: %d %s, want %s", c.why, got.status, got.body, want)
		}
	}
}

func TestInfoNamesTheTokenEndpoint(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	get := func(method string) reply {
		r, err := http.NewRequest(method, b.server.URL+"/oauth/info", nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.do(r)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	info := into[map[string]string](t, get("GET").want(t, 200))
	if info["tokenEndpoint"] != b.server.URL+"/oauth/token" || info["tenantName"] != "acme" || info["pod"] != "sandbox" || len(info["tenantId"]) != 36 {
		t.Errorf("info %v", info)
	}
	get("POST").want(t, 405)
}
