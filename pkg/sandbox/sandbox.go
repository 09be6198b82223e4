package sandbox

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Sandbox is a NELM service in memory. It is safe for concurrent use.
type Sandbox struct {
	tenant      *tenant
	cast        *cast
	credentials Credentials
	issuer      *issuer
	limiter     *limiter
	deck        *faultDeck
	router      *router
	counter     *counter
	log         *accessLog
	tracking    *idSource
	clock       Clock
	latency     time.Duration
	uploads     chan struct{} // holds a place for every upload that is being read
}

// maxUploads bounds how many files are in memory at once; further uploads wait for their turn.
const maxUploads = 4

// New makes a sandbox. An error is a seed that contradicts itself or breaks a limit, an unknown switch, or a fault that cannot be.
func New(o Options) (*Sandbox, error) {
	set, err := newSettings(o.Switches)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if o.Random == 0 {
		o.Random = 1
	}
	clock := o.Clock
	switch {
	case clock == nil && o.Scale > 0:
		clock = NewScaledClock(time.Time{}, o.Scale)
	case clock == nil:
		clock = SystemClock{}
	}
	seed := o.Seed
	if seed == nil {
		seed = &Seed{}
	}
	t, actors, err := newTenant(seed, o, set, clock)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	keys, err := newIssuer(o.TokenLife, clock)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Sandbox{
		tenant: t, cast: actors, credentials: newCredentials(actors, o.Random), issuer: keys, limiter: newLimiter(clock, set),
		deck: newFaultDeck(o.Random), router: newRouter(), counter: newCounter(), log: &accessLog{w: o.AccessLog},
		tracking: newIDSource(o.Random, 2), clock: clock, latency: o.Latency, uploads: make(chan struct{}, maxUploads),
	}
	if err := s.SetFaults(o.Faults); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return s, nil
}

// Clock is the clock that the sandbox runs on, for a client that is to share it.
func (s *Sandbox) Clock() Clock { return s.clock }

// SetFaults replaces all faults, and begins their counts and draws anew.
func (s *Sandbox) SetFaults(faults []Fault) error {
	if err := s.deck.put(faults); err != nil {
		return err
	}
	s.tenant.mu.Lock()
	defer s.tenant.mu.Unlock()
	s.tenant.lagUntil = s.deck.longestLag()
	return nil
}

// headerName is on every answer, so that nobody takes the sandbox for the service.
const (
	headerName  = "X-Sandbox"
	headerValue = "nelm-reconcile sandbox; a local imitation, not SailPoint"
)

const (
	opToken   = "token"
	opInfo    = "info"
	opUnknown = "unknown"
)

// exchange is one request and what is found out about it on its way.
type exchange struct {
	r       *http.Request
	w       http.ResponseWriter
	name    string // operationId, or one of the names above
	path    string // the path with its parameters' names, for the log
	version string
	who     string // kind of the client, for the log
	faults  []firedFault
}

func (x *exchange) drew(kind string) (firedFault, bool) {
	for _, f := range x.faults {
		if f.Kind == kind {
			return f, true
		}
	}
	return firedFault{}, false
}

// ServeHTTP answers a request.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(headerName, headerValue)
	if r.URL.Path == adminPath || strings.HasPrefix(r.URL.Path, adminPath+"/") {
		s.serveAdmin(w, r)
		return
	}
	began := s.clock.Now()
	x := &exchange{r: r, w: w, name: opUnknown, path: "?", who: "-"}
	a, bad := s.respond(x)
	out := s.outcome(a, bad)
	s.counter.add(x.name, out.status)
	s.log.line(began, s.clock.Now(), x, out)
	s.send(x, out)
}

// respond finds out who asks for what, and does it.
func (s *Sandbox) respond(x *exchange) (*answer, *refusal) {
	if err := s.clock.Sleep(x.r.Context(), s.latency); err != nil {
		return nil, gatewayFault(http.StatusServiceUnavailable)
	}
	switch x.r.URL.Path {
	case "/oauth/token":
		return s.respondToken(x)
	case "/oauth/info":
		x.name, x.path = opInfo, x.r.URL.Path
		if x.r.Method != http.MethodGet {
			return nil, notSupported(http.MethodGet)
		}
		return s.serveInfo(x.r), nil
	}
	version, segments, ok := s.router.split(x.r.URL.EscapedPath())
	if !ok {
		return nil, notFound()
	}
	x.version = version
	op, params, allow := s.router.find(x.r.Method, segments)
	if op != nil {
		x.name, x.path = op.id, "/"+version+op.path
	}
	token, ok := bearer(x.r.Header)
	if !ok {
		return nil, unauthorized("JWT validation failed: JWT is missing")
	}
	claims, bad := s.issuer.verify(token)
	if bad != nil {
		return nil, bad
	}
	caller := claims.caller(s.tenant)
	x.who = s.kindOf(caller.clientID)
	if wait, admitted := s.limiter.admit(caller.clientID, version); !admitted {
		limited := rateLimited()
		limited.header.Set("Retry-After", retryAfter(wait))
		s.counter.limited()
		return nil, limited
	}
	if op == nil && len(allow) == 0 {
		return nil, notFound()
	}
	if op == nil {
		return nil, notSupported(strings.Join(allow, ", "))
	}
	return s.operate(x, op, params, caller)
}

// operate runs an operation, with the faults that it draws.
func (s *Sandbox) operate(x *exchange, op *operation, params map[string]string, caller *caller) (*answer, *refusal) {
	x.faults = s.deck.draw(op.id, op.method == http.MethodGet)
	if _, drew := x.drew("expire"); drew {
		s.issuer.revoke(caller.tokenID)
		return nil, expired()
	}
	if bad := s.failBefore(x); bad != nil {
		return nil, bad
	}
	if bad := caller.authorize(op); bad != nil {
		return nil, bad
	}
	if op.consumes == typeMultipart {
		select {
		case s.uploads <- struct{}{}:
			defer func() { <-s.uploads }()
		case <-x.r.Context().Done():
			return nil, &refusal{status: statusReset}
		}
	}
	body, bad := s.readBody(x, op)
	if bad != nil {
		return nil, bad
	}
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return nil, badSyntax("")
	}
	c := &call{tenant: s.tenant, params: params, query: query, header: x.r.Header, body: body, caller: caller}
	for _, f := range x.faults {
		switch {
		case f.Kind == "lag":
			c.lag = f.duration
		case f.Kind == "shift":
			c.shift = f.number
		case strings.HasPrefix(f.Kind, "job-"):
			c.jobFaults = append(c.jobFaults, f)
		}
	}
	s.tenant.mu.Lock()
	defer s.tenant.mu.Unlock()
	s.tenant.settle()
	c.now = s.clock.Now().UTC().Truncate(time.Millisecond)
	return op.handle(c)
}

// readBody reads the body of an operation that has one, up to its limit. Another content type gets the answer of a method that is
// not there, as the service is said to do.
func (s *Sandbox) readBody(x *exchange, op *operation) ([]byte, *refusal) {
	if op.consumes == "" {
		return nil, nil
	}
	given := x.r.Header.Get("Content-Type")
	kind, _, err := mime.ParseMediaType(given)
	accepted := []string{op.consumes}
	if op.consumes == typePatch && s.tenant.set.is("patch-content-type", "lenient") {
		accepted = append(accepted, typeJSON)
	}
	empty := given == "" && x.r.ContentLength == 0
	if !empty && (err != nil || !slices.Contains(accepted, kind)) {
		return nil, notSupported("")
	}
	most := op.maxBody
	if limit, limited := s.tenant.set.number("upload-max-bytes"); op.consumes == typeMultipart && limited {
		most = int64(limit) + 64<<10 // the form around the file
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, most))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, s.tenant.tooLarge(fmt.Sprintf("the body has more than %d bytes", most))
	}
	if err != nil {
		return nil, badSyntax("the body ended early")
	}
	return body, nil
}

// respondToken answers the token endpoint, which has a limit of its own and draws the faults of "token".
func (s *Sandbox) respondToken(x *exchange) (*answer, *refusal) {
	x.name, x.path = opToken, x.r.URL.Path
	if x.r.Method != http.MethodPost {
		return nil, notSupported(http.MethodPost)
	}
	x.faults = s.deck.draw(opToken, false)
	if bad := s.failBefore(x); bad != nil {
		return nil, bad
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxTokenBody))
	if err != nil {
		return nil, badSyntax("")
	}
	a, bad := s.serveToken(x.r, body)
	if bad != nil {
		return nil, bad
	}
	clientID := a.body.(*tokenBody).clientID
	x.who = s.kindOf(clientID)
	if wait, admitted := s.limiter.admit(clientID, tokenVersion); !admitted {
		limited := rateLimited()
		limited.header.Set("Retry-After", retryAfter(wait))
		s.counter.limited()
		return nil, limited
	}
	if s.tenant.set.is("rate-token", "shared") {
		s.limiter.charge(clientID)
	}
	return a, nil
}

// outcome is an answer or refusal as bytes.
type outcome struct {
	status      int
	header      http.Header
	raw         []byte
	contentType string
}

func (s *Sandbox) outcome(a *answer, bad *refusal) outcome {
	if bad == nil {
		raw, contentType, err := encode(a.body)
		if err == nil {
			return outcome{a.status, a.header, raw, contentType}
		}
		bad = internalFault()
	}
	raw, contentType, err := encode(bad.body(s.tracking.hex32()))
	if err != nil { // a refusal is made of texts, which always encode
		raw, contentType = nil, ""
	}
	return outcome{bad.status, bad.header, raw, contentType}
}

// kindOf names a client without giving its id away.
func (s *Sandbox) kindOf(clientID string) string {
	switch clientID {
	case s.credentials.Admin.ClientID:
		return "admin"
	case s.credentials.Application.ClientID:
		return "application"
	case s.credentials.Owner.ClientID:
		return "owner"
	case s.credentials.Approver.ClientID:
		return "approver"
	}
	return "?"
}
