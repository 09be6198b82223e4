package sandbox

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims are those that the documentation shows. The three about the user are absent when a token has none.
type claims struct {
	TenantID            string   `json:"tenant_id"`
	Internal            bool     `json:"internal"`
	Pod                 string   `json:"pod"`
	Org                 string   `json:"org"`
	IdentityID          string   `json:"identity_id,omitempty"`
	UserName            string   `json:"user_name,omitempty"`
	StrongAuth          bool     `json:"strong_auth"`
	Authorities         []string `json:"authorities"`
	ClientID            string   `json:"client_id"`
	StrongAuthSupported bool     `json:"strong_auth_supported"`
	UserID              string   `json:"user_id,omitempty"`
	Scope               []string `json:"scope"`
	jwt.RegisteredClaims
}

// tokenBody is the answer of the token endpoint.
type tokenBody struct {
	AccessToken         string `json:"access_token"`
	TokenType           string `json:"token_type"`
	ExpiresIn           int64  `json:"expires_in"`
	Scope               string `json:"scope"`
	AccessType          string `json:"accessType"`
	TenantID            string `json:"tenant_id"`
	Internal            bool   `json:"internal"`
	Pod                 string `json:"pod"`
	StrongAuthSupported bool   `json:"strong_auth_supported"`
	Org                 string `json:"org"`
	UserID              string `json:"user_id,omitempty"`
	IdentityID          string `json:"identity_id,omitempty"`
	UserName            string `json:"user_name,omitempty"`
	StrongAuth          bool   `json:"strong_auth"`
	Enabled             bool   `json:"enabled"`
	JTI                 string `json:"jti"`

	clientID string
}

const (
	defaultTokenLife = 749 * time.Second
	maxTokenBody     = 64 << 10
)

// issuer makes tokens and checks them.
type issuer struct {
	key   *ecdsa.PrivateKey
	life  time.Duration
	clock Clock

	mu      sync.Mutex
	revoked map[string]bool // by token id
}

func newIssuer(life time.Duration, clock Clock) (*issuer, error) {
	if life <= 0 {
		life = defaultTokenLife
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for tokens: %w", err)
	}
	return &issuer{key: key, life: max(life, time.Second), clock: clock, revoked: map[string]bool{}}, nil
}

// issue makes a token for a caller.
func (i *issuer) issue(t *tenant, w *caller) (*tokenBody, error) {
	now := i.clock.Now()
	id := t.ids.hex32()
	c := claims{
		TenantID: t.id, Pod: t.pod, Org: t.org, Authorities: []string{}, ClientID: w.clientID, StrongAuth: true, StrongAuthSupported: true,
		Scope: w.scopes, RegisteredClaims: jwt.RegisteredClaims{ID: id, ExpiresAt: jwt.NewNumericDate(now.Add(i.life))},
	}
	if w.admin {
		c.Authorities = []string{"ORG_ADMIN"}
	}
	if w.identity != nil {
		c.IdentityID, c.UserID, c.UserName = w.identity.ID, w.identity.ID, w.identity.Alias
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodES256, c).SignedString(i.key)
	if err != nil {
		return nil, fmt.Errorf("sign a token: %w", err)
	}
	return &tokenBody{
		AccessToken: signed, TokenType: "bearer", ExpiresIn: int64(i.life / time.Second), Scope: strings.Join(w.scopes, " "), AccessType: "offline",
		TenantID: t.id, Pod: t.pod, StrongAuthSupported: true, Org: t.org, UserID: c.UserID, IdentityID: c.IdentityID, UserName: c.UserName,
		StrongAuth: true, Enabled: true, JTI: id, clientID: w.clientID,
	}, nil
}

// verify reads a token back. The texts of its refusals follow the one that the description gives.
func (i *issuer) verify(token string) (*claims, *refusal) {
	c := new(claims)
	_, err := jwt.ParseWithClaims(token, c, func(*jwt.Token) (any, error) { return &i.key.PublicKey, nil },
		jwt.WithValidMethods([]string{"ES256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(i.clock.Now))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, expired()
	case errors.Is(err, jwt.ErrTokenMalformed):
		return nil, unauthorized("JWT validation failed: JWT is malformed")
	case err != nil:
		return nil, unauthorized("JWT validation failed: JWT is invalid")
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.revoked[c.ID] {
		return nil, expired()
	}
	return c, nil
}

func expired() *refusal { return unauthorized("JWT validation failed: JWT is expired") }

func (i *issuer) revoke(tokenID string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.revoked[tokenID] = true
}

// caller turns claims into whoever they speak for.
func (c *claims) caller(t *tenant) *caller {
	w := &caller{clientID: c.ClientID, scopes: c.Scope, tokenID: c.ID}
	for _, authority := range c.Authorities {
		w.admin = w.admin || authority == "ORG_ADMIN"
	}
	if c.IdentityID != "" {
		t.mu.Lock()
		w.identity = t.byID[c.IdentityID]
		t.mu.Unlock()
	}
	return w
}

// tokenRefusal is what a refused token request gets.
func (t *tenant) tokenRefusal(status int, code, text string) *refusal {
	if t.set.is("token-error", "dto") {
		return &refusal{status: status, code: fmt.Sprintf("%d %s", status, http.StatusText(status)), texts: []string{text}}
	}
	raw, err := json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, text})
	if err != nil {
		return internalFault()
	}
	return &refusal{status: status, raw: string(raw)}
}

// serveToken answers POST /oauth/token. The three values may stand in the query, in a url-encoded body, in the fields of a
// multipart form, or partly in one and partly in another: official clients do all of it. A scope narrows the token, as in OAuth 2.0;
// without one it has all that its user may do.
func (s *Sandbox) serveToken(r *http.Request, body []byte) (*answer, *refusal) {
	values, bad := tokenForm(r, body)
	if bad != nil {
		return nil, bad
	}
	if grant := values.Get("grant_type"); grant != "client_credentials" {
		return nil, s.tenant.tokenRefusal(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type: "+grant)
	}
	s.tenant.mu.Lock()
	w := s.credentials.find(s.tenant, values.Get("client_id"), values.Get("client_secret"))
	s.tenant.mu.Unlock()
	if w == nil {
		return nil, s.tenant.tokenRefusal(http.StatusUnauthorized, "invalid_client", "Bad client credentials")
	}
	if narrower := strings.Fields(values.Get("scope")); len(narrower) > 0 {
		w.scopes = narrower
	}
	token, err := s.issuer.issue(s.tenant, w)
	if err != nil {
		return nil, internalFault()
	}
	a := success(token)
	a.header = http.Header{"Cache-Control": {"no-store"}}
	return a, nil
}

func tokenForm(r *http.Request, body []byte) (url.Values, *refusal) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badSyntax("")
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if len(body) == 0 || err != nil {
		return values, nil
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, badSyntax("")
		}
		for name := range form {
			values.Set(name, form.Get(name))
		}
	case typeMultipart:
		form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		for {
			part, err := form.NextPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, badSyntax("")
			}
			text, err := io.ReadAll(part)
			if err != nil {
				return nil, badSyntax("")
			}
			values.Set(part.FormName(), string(text))
		}
	}
	return values, nil
}

// serveInfo answers GET /oauth/info, by which clients with a vanity domain find the token endpoint.
func (s *Sandbox) serveInfo(r *http.Request) *answer {
	base := "http://" + r.Host
	return success(struct {
		TenantID          string `json:"tenantId"`
		TenantName        string `json:"tenantName"`
		AuthorizeEndpoint string `json:"authorizeEndpoint"`
		TokenEndpoint     string `json:"tokenEndpoint"`
		CloudDomainURL    string `json:"cloudDomainUrl"`
		LogoutURL         string `json:"logoutUrl"`
		Pod               string `json:"pod"`
	}{s.tenant.id, s.tenant.org, base + "/oauth/authorize", base + "/oauth/token", base, base + "/logout", s.tenant.pod})
}
