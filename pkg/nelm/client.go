// Package nelm speaks to the non-employee lifecycle management API of one tenant: tokens, pages, pace, retries of what is
// safe to repeat, JSON Patch bodies, uploads, and errors that keep what the service said.
//
// A [Client] belongs to one tenant and one credential; a [Source] is one non-employee source of it. Both may be used by
// many goroutines at once. Nothing here is lenient with the service: an answer of another shape than the one that the code
// rests on is an error that matches [ErrShape], never a guess.
package nelm

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"
)

// DefaultVersion is the version of the API that is spoken unless a [Config] names another.
const DefaultVersion = "v2024"

// A Config says which tenant to speak to, and as whom. BaseURL, ClientID and ClientSecret are required.
type Config struct {
	BaseURL      string // https://{tenant}.api.identitynow.com, without a version; plain http only to this machine
	ClientID     string
	ClientSecret string

	// Version is the first part of every path, such as v2024 (the default), v2025 or beta. The value "v1" chooses the
	// newer form with a version per service: /non-employee-records/v1 instead of /v2024/non-employee-records.
	Version string

	UserAgent string        // empty for UserAgent("dev")
	CAFile    string        // PEM file of further certificate authorities to trust, such as a company proxy's
	HTTP      *http.Client  // empty for one of our own; redirects are refused and time-outs are set in any case
	Timeout   time.Duration // for one request from first byte to last; empty for a minute
	Transfer  time.Duration // the same for an upload or a download of a whole source; empty for five minutes
	Parallel  int           // pages in flight at once; empty for 8
	MaxWait   time.Duration // longest wait that the service may ask for before a call fails instead; empty for 30 minutes

	Guard bool // patches carry a test of every value that they replace, so that nothing newer is written over; they are then sent once

	Slots Slots        // times of the last requests; empty for ones that only this client knows
	Clock Clock        // empty for the system's
	Log   *slog.Logger // empty for none; never told a token, a secret or a person's data

	// Waiting, if set, hears that the service has asked everybody to wait and for how long, once for each time that it does.
	// Without it a wait of many minutes looks like a program that hangs. It is called by one goroutine at a time and
	// returns at once.
	Waiting func(time.Duration)
}

// A Client speaks to one tenant with one credential.
type Client struct {
	base    *url.URL
	version string
	config  Config
	http    *http.Client
	clock   Clock
	pace    *pacer
	budget  *budget
	log     *slog.Logger
	check   *validator.Validate
	auth    *auth
	counts  counts
	skew    *skew
}

// New returns a client. It sends nothing: a wrong secret shows with the first call.
func New(c Config) (*Client, error) {
	base, err := baseURL(c.BaseURL)
	if err != nil {
		return nil, err
	}
	if c.ClientID == "" || c.ClientSecret == "" {
		return nil, errors.New("client id and client secret are both required: a personal access token's, or an API client's")
	}
	if c.Version == "" {
		c.Version = DefaultVersion
	}
	if strings.ContainsAny(c.Version, "/?#% ") {
		return nil, fmt.Errorf("API version %q is not one path segment such as %s", c.Version, DefaultVersion)
	}
	if c.UserAgent == "" {
		c.UserAgent = UserAgent("dev")
	}
	if c.Timeout <= 0 {
		c.Timeout = time.Minute
	}
	if c.Transfer <= 0 {
		c.Transfer = 5 * time.Minute
	}
	if c.Parallel <= 0 {
		c.Parallel = 8
	}
	if c.MaxWait <= 0 {
		c.MaxWait = 30 * time.Minute
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	if c.Slots == nil {
		c.Slots = NewSlots()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	h, err := httpClient(c)
	if err != nil {
		return nil, err
	}
	return &Client{
		base:    base,
		version: c.Version,
		config:  c,
		http:    h,
		clock:   c.Clock,
		pace:    newPacer(c.Clock, c.Slots, c.Log, c.Waiting),
		budget:  newBudget(),
		log:     c.Log,
		check:   validator.New(validator.WithRequiredStructEnabled()),
		auth:    newAuth(),
		counts:  newCounts(),
		skew:    new(skew),
	}, nil
}

// UserAgent is how the tool of the given version introduces itself: nelm-reconcile/1.2.0 (linux; amd64) Go/1.26.0.
func UserAgent(version string) string {
	return fmt.Sprintf("nelm-reconcile/%s (%s; %s) Go/%s", version, runtime.GOOS, runtime.GOARCH, strings.TrimPrefix(runtime.Version(), "go"))
}

// baseURL reads the address of a tenant and refuses one over which a secret must not travel.
func baseURL(s string) (*url.URL, error) {
	if s == "" {
		return nil, errors.New("no base URL: want https://{tenant}.api.identitynow.com")
	}
	u, err := url.Parse(s)
	if err != nil {
		// The error of url.Parse quotes its input, which may hold a password.
		return nil, errors.New("the base URL cannot be read: want https://{tenant}.api.identitynow.com")
	}
	switch {
	case u.User != nil:
		return nil, errors.New("the base URL holds a user name: credentials have their own settings")
	case u.Host == "":
		return nil, fmt.Errorf("base URL %q has no host: want https://{tenant}.api.identitynow.com", s)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("base URL %q: nothing may follow the host", s)
	case strings.Trim(u.Path, "/") != "":
		return nil, fmt.Errorf("base URL %q has a path: leave the version out, it has its own setting", s)
	case u.Scheme == "https":
	case u.Scheme == "http" && loopback(u.Hostname()):
	case u.Scheme == "http":
		return nil, fmt.Errorf("base URL %q would send the secret unencrypted: plain http is only for this machine, use https", s)
	default:
		return nil, fmt.Errorf("base URL %q: want https://", s)
	}
	u.Path = ""
	return u, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// httpClient returns the configured HTTP client or one of our own, with redirects refused: a redirect would carry the token
// elsewhere, and the service has none.
func httpClient(c Config) (*http.Client, error) {
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.HTTP != nil {
		if c.CAFile != "" {
			return nil, errors.New("a CA file and an HTTP client of one's own exclude each other: set the authorities in the client")
		}
		h := *c.HTTP
		h.CheckRedirect = refuse
		return &h, nil
	}
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   2 * c.Parallel,
		ForceAttemptHTTP2:     true,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read CA file: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("read the system's certificate authorities: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("CA file %s holds no PEM certificate", c.CAFile)
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return &http.Client{Transport: t, CheckRedirect: refuse}, nil
}
