package nelm

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	mostTries    = 5         // of one call that is safe to repeat
	mostRefusals = 10        // 429s of one call, each waited for in full
	mostRenewals = 3         // tokens of one call after a 401: more than one, for the next may end while it waits for a slot
	longestPause = 30_000    // ms between two tries
	mostBytes    = 256 << 20 // of one answer; a full source exports to some 4 MB
)

// A call is one operation of the API.
type call struct {
	op         string // what is being done, for errors and counts
	method     string
	path       string
	query      url.Values
	body       []byte
	kind       string // content type of the body
	accept     string // empty for JSON
	repeatable bool   // sending it twice has the effect of sending it once
	transfer   bool   // carries a whole source
	anonymous  bool   // carries no token: the token call itself
}

// writes says whether the call may change something in the tenant.
func (r call) writes() bool { return r.method != http.MethodGet && !r.anonymous }

// An answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do carries out a call and returns its answer if the status is 2xx. It waits for the pace, fetches and renews the token,
// waits as long as the service asks for, and repeats what is safe to repeat. A write that failed although some sending of it
// may have taken effect is an error that matches [ErrUnknownOutcome].
func (c *Client) do(ctx context.Context, r call) (*answer, error) {
	var tries, failures, refusals, renewals int
	var uncertain bool // some sending of a write has had no answer
	fail := func(e *Error) (*answer, error) {
		if uncertain && !e.is(ErrUnknownOutcome) {
			e.kinds = append([]error{ErrUnknownOutcome}, e.kinds...)
		}
		return nil, e
	}
	stop := func(cause error) (*answer, error) {
		if uncertain {
			return fail(&Error{Op: r.op, Tries: tries, kinds: []error{ErrUnavailable}, cause: cause})
		}
		return nil, fmt.Errorf("%s: %w", r.op, cause)
	}
	for {
		if err := ctx.Err(); err != nil {
			return stop(err)
		}
		a, sent, err := c.once(ctx, r)
		if sent {
			tries++
		}
		var e *Error
		switch {
		case err != nil && !sent && !isNetwork(err):
			return stop(err)
		case err != nil:
			uncertain = uncertain || sent && r.writes()
			if ctx.Err() != nil {
				return stop(ctx.Err())
			}
			e = &Error{Op: r.op, Tries: tries, kinds: []error{ErrUnavailable}, cause: plainCause(err)}
			if sent && !r.repeatable {
				return fail(e)
			}
		case a.status >= 200 && a.status < 300:
			c.budget.earn()
			return a, nil
		case a.status == http.StatusTooManyRequests:
			e = refusal(r.op, a, tries)
			e.RetryAfter = c.refusedFor(a)
			if refusals++; refusals >= mostRefusals || e.RetryAfter > c.config.MaxWait || outlives(ctx, e.RetryAfter) {
				return fail(e)
			}
			continue // the pacer holds everybody back
		case a.status == http.StatusUnauthorized && !r.anonymous && renewals < mostRenewals:
			renewals++
			continue // once has dropped the token that was refused
		case a.status >= 500 && a.status != http.StatusNotImplemented:
			uncertain = uncertain || r.writes()
			e = refusal(r.op, a, tries)
			if !r.repeatable {
				return fail(e)
			}
		default:
			return fail(refusal(r.op, a, tries))
		}

		// Only what may be repeated comes here.
		if failures++; failures >= mostTries {
			return fail(e)
		}
		if !c.budget.spend() {
			e.Messages = append(e.Messages, "not tried again: too many calls have failed")
			return fail(e)
		}
		pause := backoff(failures)
		if a != nil {
			if wait, ok := retryAfter(a.header, c.clock.Now()); ok {
				if wait > c.config.MaxWait || outlives(ctx, wait) {
					e.RetryAfter = wait
					return fail(e)
				}
				pause = max(pause, wait)
			}
		}
		c.log.Debug("try again", "op", r.op, "status", e.Status, "pause", pause.String())
		if err := c.clock.Sleep(ctx, pause); err != nil {
			return stop(err)
		}
	}
}

// once sends a call once, under one slot of the pace, and reads the answer to its end. sent says whether anything of it may
// have reached the service.
func (c *Client) once(ctx context.Context, r call) (a *answer, sent bool, err error) {
	life := c.config.Timeout
	if r.transfer {
		life = c.config.Transfer
	}
	var token token
	var t *ticket
	for {
		if !r.anonymous {
			if token, err = c.token(ctx); err != nil {
				return nil, false, err
			}
		}
		if t, err = c.pace.take(ctx, life); err != nil {
			return nil, false, err
		}
		if r.anonymous || !token.ended(c.clock.Now()) {
			break
		}
		t.unused() // the wait for the slot has outlived the token
	}

	u := *c.base
	u.RawQuery = strings.ReplaceAll(r.query.Encode(), "+", "%20")
	if u.Path, err = url.PathUnescape(r.path); err != nil {
		t.unused()
		return nil, false, err
	}
	u.RawPath = r.path
	sending, cancel := context.WithTimeout(ctx, life)
	defer cancel()
	var asked, connections int
	sending = httptrace.WithClientTrace(sending, &httptrace.ClientTrace{
		GetConn: func(string) { asked++ },
		// The transport sends a request again by itself when a kept connection turns out to be dead. The service may have
		// counted the first one, so the second waits for a slot of its own.
		GotConn: func(httptrace.GotConnInfo) {
			if connections++; connections > 1 {
				c.counts.add(r.op)
				t.lost()
				if again, err := c.pace.take(sending, life); err == nil {
					t = again
				} else {
					cancel()
				}
			}
		},
	})
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(sending, r.method, u.String(), body)
	if err != nil {
		t.unused()
		return nil, false, err
	}
	req.Header.Set("User-Agent", c.config.UserAgent)
	req.Header.Set("Accept", "application/json")
	if r.accept != "" {
		req.Header.Set("Accept", r.accept)
	}
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	if !r.anonymous {
		req.Header.Set("Authorization", "Bearer "+token.secret)
	}

	began := t.sent
	res, err := c.http.Do(req)
	// Where a connection was asked for and none was made, nothing can have reached the service.
	if sent = err == nil || connections > 0 || asked == 0; sent {
		c.counts.add(r.op)
	}
	if err != nil {
		if sent {
			t.lost()
		} else {
			t.unused()
		}
		if bad := new(tls.CertificateVerificationError); errors.As(err, &bad) {
			return nil, false, fmt.Errorf("the service's certificate is not trusted: %w (a company proxy's authority can be named by a CA file)", bad.Err)
		}
		return nil, sent, &networkError{err}
	}
	t.answered()
	c.skew.note(res.Header, began, c.clock.Now())
	defer res.Body.Close()
	a = &answer{status: res.StatusCode, header: res.Header}
	a.body, err = io.ReadAll(io.LimitReader(res.Body, mostBytes+1))
	switch {
	case err != nil && res.StatusCode/100 == 2:
		return nil, true, &networkError{fmt.Errorf("answer cut short: %w", err)}
	case len(a.body) > mostBytes:
		return nil, true, &networkError{fmt.Errorf("answer of more than %d bytes", mostBytes)}
	}
	c.deprecated(r.op, res.Header)
	switch a.status {
	case http.StatusTooManyRequests:
		c.pace.refuse(began, c.refusedFor(a))
	case http.StatusUnauthorized:
		c.auth.drop(token)
	default:
		c.pace.accepted()
	}
	return a, true, nil
}

// refusedFor is how long a 429 asks to wait; one that does not say means the rest of a window.
func (c *Client) refusedFor(a *answer) time.Duration {
	if wait, ok := retryAfter(a.header, c.clock.Now()); ok {
		return wait
	}
	return window
}

// retryAfter reads the header of that name, which holds seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second, true
	}
	if t, err := http.ParseTime(v); err == nil {
		// A date has no fraction of a second: waiting for its end is never too short.
		return max(t.Add(time.Second).Sub(now), 0), true
	}
	return 0, false
}

// outlives says whether a wait lasts longer than the context, whose end is always one of the system's clock.
func outlives(ctx context.Context, wait time.Duration) bool {
	end, ok := ctx.Deadline()
	return ok && wait > time.Until(end)
}

// backoff is the pause before try number n+1: up to half a second, doubled each time, anywhere in its upper half, so that
// many who failed together do not come back together.
func backoff(n int) time.Duration {
	most := min(500<<min(n-1, 10), longestPause)
	return time.Duration(most/2+rand.IntN(most/2+1)) * time.Millisecond
}

// A networkError is a request without a whole answer.
type networkError struct{ error }

func (e *networkError) Unwrap() error { return e.error }

func isNetwork(err error) bool {
	var n *networkError
	return errors.As(err, &n)
}

// plainCause leaves out the address of a failed request: its query may name people.
func plainCause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() && errors.Is(u.Err, context.DeadlineExceeded) {
			return errors.New("timed out")
		}
		return u.Err
	}
	return err
}

// deprecated passes on, once per operation, that the service will retire a path.
func (c *Client) deprecated(op string, h http.Header) {
	if v := h.Get("X-Deprecated"); v != "" && v != "false" && c.counts.first(op) {
		c.log.Warn("the service marks this call as deprecated", "op", op, "version", c.version)
	}
}

// decode reads an answer into a value and checks the fields that the code rests on.
func decode[T any](c *Client, op string, body []byte) (T, error) {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		// Errors of encoding/json name fields, types and single characters, never whole values.
		return v, shape(op, "%v", err)
	}
	if err := c.check.Struct(v); err != nil {
		return v, shape(op, "%s", failedFields(err))
	}
	return v, nil
}

// decodeList is decode for an answer that is an array.
func decodeList[T any](c *Client, op string, body []byte) ([]T, error) {
	var list []T
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, shape(op, "%v", err)
	}
	if list == nil {
		return nil, shape(op, "null in place of a list")
	}
	for i := range list {
		if err := c.check.Struct(list[i]); err != nil {
			return nil, shape(op, "element %d: %s", i+1, failedFields(err))
		}
	}
	return list, nil
}
