package nelm

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A token is one access token and what it says about itself.
type token struct {
	secret  string
	renew   time.Time // from then on another one is fetched
	expires time.Time // zero where neither the answer nor the token says so
	claims  claims
}

func (t token) stale(now time.Time) bool {
	return t.secret == "" || !t.expires.IsZero() && !now.Before(t.renew)
}

func (t token) ended(now time.Time) bool { return !t.expires.IsZero() && !now.Before(t.expires) }

// claims are what an access token tells about whom it stands for. The answer of the token call has fields of the same
// names; a token without a person (an API client's) lacks the last two.
type claims struct {
	TenantID    string   `json:"tenant_id"`
	Org         string   `json:"org"`
	Authorities []string `json:"authorities"`
	IdentityID  string   `json:"identity_id"`
	UserName    string   `json:"user_name"`
	Expires     int64    `json:"exp"`
}

type tokenBody struct {
	AccessToken string `json:"access_token" validate:"required"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	claims
}

// auth keeps the token. turn is held by whoever fetches one, so that many workers send one request for it.
type auth struct {
	turn chan struct{}

	mu      sync.Mutex
	current token
}

func newAuth() *auth { return &auth{turn: make(chan struct{}, 1)} }

func (a *auth) get() token {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current
}

func (a *auth) set(t token) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.current = t
}

// drop forgets a token that was refused, unless it has been replaced already.
func (a *auth) drop(t token) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current.secret == t.secret {
		a.current.secret = ""
	}
}

// token returns a token with at least a fifth of its life before it, fetching one where needed.
func (c *Client) token(ctx context.Context) (token, error) {
	if t := c.auth.get(); !t.stale(c.clock.Now()) {
		return t, nil
	}
	select {
	case c.auth.turn <- struct{}{}:
	case <-ctx.Done():
		return token{}, ctx.Err()
	}
	defer func() { <-c.auth.turn }()
	if t := c.auth.get(); !t.stale(c.clock.Now()) {
		return t, nil // somebody else has fetched it meanwhile
	}
	t, err := c.fetchToken(ctx)
	if err != nil {
		return token{}, err
	}
	c.auth.set(t)
	return t, nil
}

// fetchToken asks for a token by client credentials, in a form body, which every kind of tenant takes.
func (c *Client) fetchToken(ctx context.Context) (token, error) {
	const op = "get token"
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {c.config.ClientID},
		"client_secret": {c.config.ClientSecret},
	}
	asked := c.clock.Now()
	a, err := c.do(ctx, call{
		op: op, method: http.MethodPost, path: "/oauth/token", body: []byte(form.Encode()),
		kind: "application/x-www-form-urlencoded", repeatable: true, anonymous: true,
	})
	var e *Error
	if errors.As(err, &e) {
		for i, m := range e.Messages {
			e.Messages[i] = strings.ReplaceAll(m, c.config.ClientSecret, "…")
		}
		if e.Status == http.StatusBadRequest {
			// OAuth 2.0 answers wrong credentials with 400 or 401 (RFC 6749, section 5.2).
			e.kinds = append([]error{ErrDenied}, e.kinds...)
		}
	}
	if err != nil {
		return token{}, err
	}
	body, err := decode[tokenBody](c, op, a.body)
	if err != nil {
		return token{}, err
	}
	if body.TokenType != "" && !strings.EqualFold(body.TokenType, "bearer") {
		return token{}, shape(op, "token of type %q, want bearer", body.TokenType)
	}
	t := token{secret: body.AccessToken, claims: body.claims}
	if own, ok := readClaims(body.AccessToken); ok {
		t.claims = own.or(body.claims)
	}
	life := time.Duration(body.ExpiresIn) * time.Second
	if body.ExpiresIn <= 0 && t.claims.Expires > 0 {
		life = time.Unix(t.claims.Expires, 0).Sub(asked)
	}
	if life > 0 {
		t.expires = asked.Add(life)
		t.renew = asked.Add(life * 4 / 5)
	}
	return t, nil
}

// readClaims reads the payload of a JSON Web Token. Its signature is the service's affair: what is read here decides what
// is worth trying, never what is allowed.
func readClaims(secret string) (claims, bool) {
	parts := strings.Split(secret, ".")
	if len(parts) != 3 {
		return claims{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}, false
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return claims{}, false
	}
	return c, true
}

// or fills what the claims leave open from others.
func (c claims) or(o claims) claims {
	for _, f := range []struct{ to, from *string }{
		{&c.TenantID, &o.TenantID}, {&c.Org, &o.Org}, {&c.IdentityID, &o.IdentityID}, {&c.UserName, &o.UserName},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	if c.Authorities == nil {
		c.Authorities = o.Authorities
	}
	return c
}

// access is what the claims say that the token may do.
func (c claims) access() schema.Access {
	return schema.Access{
		User:     c.IdentityID != "" || c.UserName != "",
		UserName: c.UserName,
		Identity: c.IdentityID,
		Admin:    slices.Contains(c.Authorities, "ORG_ADMIN"),
	}
}

// Access says what the client's token may do and in which tenant, as far as the token itself tells. It fetches a token
// where there is none yet; a wrong secret is an error that matches [ErrDenied].
func (c *Client) Access(ctx context.Context) (schema.Access, schema.Tenant, error) {
	t, err := c.token(ctx)
	if err != nil {
		return schema.Access{}, schema.Tenant{}, err
	}
	if t.claims.TenantID == "" {
		return schema.Access{}, schema.Tenant{}, shape("get token", "the token does not say which tenant it is for")
	}
	return t.claims.access(), schema.Tenant{ID: t.claims.TenantID, Org: t.claims.Org}, nil
}

// person returns an error unless the token stands for a person.
func (c *Client) person(ctx context.Context, op string) error {
	access, _, err := c.Access(ctx)
	if err != nil {
		return err
	}
	if !access.User {
		return fmt.Errorf("%s: %w: the service takes this only from a person's token (a personal access token), and the one in use is an API client's", op, ErrDenied)
	}
	return nil
}
