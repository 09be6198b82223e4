package nelm

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// The fault matrix: every kind of call, lost on the way there, lost on the way back, and answered with a fault.
func TestWhatIsSentAgain(t *testing.T) {
	change := []schema.FieldChange{{Attribute: "phone", New: "2"}}
	clear := []schema.FieldChange{{Attribute: "vendor", New: ""}}
	recordAnswer := answers(200, `{"id":"r-1","accountName":"a.turing","phone":"2"}`)
	upload := "/v2024/non-employee-sources/" + testSourceID + "/non-employee-bulk-upload"
	calls := []struct {
		op, pattern string
		ok          http.HandlerFunc
		do          func(context.Context, *Source) error
		again       bool
	}{
		{"get record", "GET /v2024/non-employee-records/r-1", recordAnswer, func(ctx context.Context, s *Source) error { _, err := s.Get(ctx, "r-1"); return err }, true},
		{"patch record", patchPath, recordAnswer, func(ctx context.Context, s *Source) error {
			_, err := s.Patch(ctx, testRecord("A", ""), change)
			return err
		}, true},
		{"patch record", patchPath, recordAnswer, func(ctx context.Context, s *Source) error {
			_, err := s.Patch(ctx, testRecord("A", ""), clear)
			return err
		}, false},
		{"delete records", "DELETE /v2024/non-employee-records/r-1", answers(204, ""), func(ctx context.Context, s *Source) error { return s.Delete(ctx, []string{"r-1"}) }, true},
		{"delete records", "POST /v2024/non-employee-records/bulk-delete", answers(204, ""), func(ctx context.Context, s *Source) error { return s.Delete(ctx, []string{"r-1", "r-2"}) }, false},
		{"create record", "POST /v2024/non-employee-records", recordAnswer, func(ctx context.Context, s *Source) error { _, err := s.Create(ctx, testRecord("", "")); return err }, false},
		{"upload records", "POST " + upload, answers(202, `{"id":"j"}`), func(ctx context.Context, s *Source) error {
			_, err := s.Upload(ctx, "", []byte("a\nb\n"))
			return err
		}, false},
		{"read upload status", "GET " + upload + "/status", answers(200, `{}`), func(ctx context.Context, s *Source) error { _, err := s.UploadStatus(ctx); return err }, true},
	}
	faults := []struct {
		why string
		arm func(s *stage, pattern string, fail func() bool)
	}{
		{"connection reset before the service acted", func(s *stage, pattern string, fail func() bool) {
			s.before = func(r *http.Request) error {
				if r.Method+" "+r.URL.Path == pattern && fail() {
					return errReset
				}
				return nil
			}
		}},
		{"connection reset after the service acted", func(s *stage, pattern string, fail func() bool) {
			s.after = func(r *http.Request) error {
				if r.Method+" "+r.URL.Path == pattern && fail() {
					return errReset
				}
				return nil
			}
		}},
		{"a 503 in place of the answer", func(s *stage, pattern string, fail func() bool) {
			ok := s.handlers[pattern]
			s.on(pattern, func(w http.ResponseWriter, r *http.Request) {
				if fail() {
					answers(503, `{"detailCode":"503"}`)(w, r)
					return
				}
				ok(w, r)
			})
		}},
		{"a 500 in place of the answer", func(s *stage, pattern string, fail func() bool) {
			ok := s.handlers[pattern]
			s.on(pattern, func(w http.ResponseWriter, r *http.Request) {
				if fail() {
					answers(500, `{"detailCode":"500.0 Internal Fault"}`)(w, r)
					return
				}
				ok(w, r)
			})
		}},
	}
	for _, c := range calls {
		for _, f := range faults {
			for _, row := range []struct {
				times int
				why   string
			}{{1, "once"}, {mostTries - 1, "as often as is borne"}, {1000, "always"}} {
				s := newStage(t)
				s.on(c.pattern, c.ok)
				src := s.source()
				if _, err := src.Schema(t.Context()); err != nil {
					t.Fatal(err)
				}
				left := row.times
				f.arm(s, c.pattern, func() bool { left--; return left >= 0 })
				err := c.do(t.Context(), src)
				sent := src.client.Requests()[c.op]
				name := c.pattern + ", " + f.why + " " + row.why
				switch {
				case !c.again:
					if !errors.Is(err, ErrUnknownOutcome) || sent != 1 {
						t.Errorf("%s: sent %d times, got %v; want once and ErrUnknownOutcome", name, sent, err)
					}
				case row.times < mostTries:
					if err != nil || sent != row.times+1 {
						t.Errorf("%s: sent %d times, got %v; want success at try %d", name, sent, err, row.times+1)
					}
				default:
					reads := strings.HasPrefix(c.pattern, "GET ")
					if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnknownOutcome) == reads || sent != mostTries {
						t.Errorf("%s: sent %d times, got %v; want ErrUnavailable after %d, and the outcome of a write unknown", name, sent, err, mostTries)
					}
				}
			}
		}
	}
}

func TestRefusedForTooManyIsSentAgainAfterTheWait(t *testing.T) {
	for _, row := range []struct {
		header string
		want   time.Duration
		why    string
	}{
		{"7", 7 * time.Second, "seconds"},
		{"Mon, 02 Mar 2026 14:01:00 GMT", 61 * time.Second, "a date, to the end of its second"},
		{"1200", 1200 * time.Second, "the longest of the escalating waits, in full"},
		{"", window, "no word: a window"},
		{"soon", window, "an unreadable word: the same"},
	} {
		s := newStage(t)
		first := true
		s.on("POST /v2024/non-employee-records", func(w http.ResponseWriter, r *http.Request) {
			if first {
				first = false
				if row.header != "" {
					w.Header().Set("Retry-After", row.header)
				}
				answers(429, `{"message":" Rate Limit Exceeded "}`)(w, r)
				return
			}
			answers(200, `{"id":"r-1","accountName":"a.turing"}`)(w, r)
		})
		var told []time.Duration
		config := s.config()
		config.Waiting = func(d time.Duration) { told = append(told, d) }
		c, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		src, err := c.Source(t.Context(), testSourceID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := src.Schema(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := s.clock.Now()
		if _, err := src.Create(t.Context(), testRecord("", "")); err != nil {
			t.Errorf("%s: %v: a refused request was not carried out, so even a create may be sent again", row.why, err)
		}
		// A token that has ended meanwhile costs another request, for which there is a little room.
		if got := s.clock.Now().Sub(began); got < row.want || got > row.want+time.Second {
			t.Errorf("%s: waited %s, want %s", row.why, got, row.want)
		}
		if diff := cmp.Diff([]time.Duration{row.want}, told); diff != "" {
			t.Errorf("%s: told of waits (-want +got):\n%s", row.why, diff)
		}
	}
}

func TestRefusedForTooManyHasAnEnd(t *testing.T) {
	s := newStage(t)
	s.on("GET /v2024/non-employee-records/r-1", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7200")
		answers(429, `{"message":" Rate Limit Exceeded "}`)(w, r)
	})
	src := s.source()
	_, err := src.Get(t.Context(), "r-1")
	var e *Error
	if !errors.Is(err, ErrRateLimited) || !errors.As(err, &e) || e.RetryAfter != 2*time.Hour || !strings.Contains(err.Error(), "wait 2h") {
		t.Errorf("got %v, want ErrRateLimited that says how long", err)
	}
	if n := src.client.Requests()["get record"]; n != 1 {
		t.Errorf("sent %d times, want once: the wait is longer than is borne", n)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	s = newStage(t)
	s.on("GET /v2024/non-employee-records/r-1", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7200")
		answers(429, `{"message":" Rate Limit Exceeded "}`)(w, r)
	})
	config := s.config()
	config.MaxWait = 24 * time.Hour
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if src, err = c.Source(ctx, testSourceID); err != nil {
		t.Fatal(err)
	}
	if _, err = src.Get(ctx, "r-1"); !errors.Is(err, ErrRateLimited) || c.Requests()["get record"] != 1 {
		t.Errorf("got %v after %d requests, want ErrRateLimited at once: the caller has an hour", err, c.Requests()["get record"])
	}

	s = newStage(t)
	s.on("GET /v2024/non-employee-records/r-1", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "1")
		answers(429, `{"message":" Rate Limit Exceeded "}`)(w, r)
	})
	src = s.source()
	if _, err = src.Get(t.Context(), "r-1"); !errors.Is(err, ErrRateLimited) {
		t.Errorf("got %v, want ErrRateLimited", err)
	}
	if n := src.client.Requests()["get record"]; n != mostRefusals {
		t.Errorf("sent %d times, want %d", n, mostRefusals)
	}
}

func TestRetriesHaveABudget(t *testing.T) {
	s := newStage(t)
	s.on("GET /v2024/non-employee-records/r-1", answers(503, ``))
	src := s.source()
	if _, err := src.Schema(t.Context()); err != nil {
		t.Fatal(err)
	}
	const calls = 100
	for range calls {
		if _, err := src.Get(t.Context(), "r-1"); !errors.Is(err, ErrUnavailable) {
			t.Fatalf("got %v, want ErrUnavailable", err)
		}
	}
	if n := src.client.Requests()["get record"]; n > calls+fullBudget {
		t.Errorf("a service that is down was asked %d times for %d calls, want at most %d", n, calls, calls+int(fullBudget))
	}
}

func TestPausesGrowAndDiffer(t *testing.T) {
	seen := make(map[time.Duration]bool)
	for n := 1; n <= 12; n++ {
		most := min(time.Duration(500<<(n-1))*time.Millisecond, 30*time.Second)
		for range 200 {
			d := backoff(n)
			if d < most/2 || d > most {
				t.Fatalf("pause %d is %s, want between %s and %s", n, d, most/2, most)
			}
			seen[d] = true
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d different pauses: those who failed together come back together", len(seen))
	}
}

func TestCancelledCallSendsNothing(t *testing.T) {
	s := newStage(t)
	src := s.source()
	before := len(s.paths())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := src.Delete(ctx, []string{"r-1", "r-2"}); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("got %v, want context.Canceled alone", err)
	}
	if sent := s.paths()[before:]; len(sent) > 0 {
		t.Errorf("sent %q", sent)
	}
}

func TestCancelledWhileSendingIsUnknown(t *testing.T) {
	s := newStage(t)
	src := s.source()
	ctx, cancel := context.WithCancel(t.Context())
	s.on("POST /v2024/non-employee-records/bulk-delete", func(w http.ResponseWriter, r *http.Request) { cancel() })
	err := src.Delete(ctx, []string{"r-1", "r-2"})
	if !errors.Is(err, ErrUnknownOutcome) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want ErrUnknownOutcome and the reason", err)
	}
}

func TestErrorsAndLogsKeepSecrets(t *testing.T) {
	var log strings.Builder
	s := newStage(t)
	config := s.config()
	config.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	src, err := c.Source(t.Context(), testSourceID)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	s.on("POST /v2024/non-employee-records", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Deprecated", "true")
		if n++; n == 1 {
			w.Header().Set("Retry-After", "1")
			answers(429, `{"message":" Rate Limit Exceeded "}`)(w, r)
			return
		}
		answers(400, `{"detailCode":"400.1 Bad Request Content","trackingId":"e7eab60924f64aa284175b9fa3309599",
			"messages":[{"text":"email a.turing@example.com of \"Alan Turing\" is not valid"}]}`)(w, r)
	})
	_, err = src.Create(t.Context(), testRecord("", ""))
	const want = `create record: 400.1 Bad Request Content: email …@… of "…" is not valid (after 2 tries) (tracking id e7eab60924f64aa284175b9fa3309599)`
	if err == nil || err.Error() != want {
		t.Errorf("error (-want +got):\n%s", cmp.Diff(want, err.Error()))
	}
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(strings.Join(e.Messages, ""), "a.turing@example.com") {
		t.Errorf("the person's own report needs the service's words: %+v", e)
	}
	for _, secret := range []string{testSecret, s.token(1), "signature", "turing", "Alan", "@example.com"} {
		if strings.Contains(log.String(), secret) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q is in the log or the error:\n%s", secret, log.String())
		}
	}
	if got := strings.Count(log.String(), "deprecated"); got != 1 {
		t.Errorf("deprecation is told %d times, want once:\n%s", got, log.String())
	}
	if !strings.Contains(log.String(), "asks to wait") {
		t.Errorf("the wait is not told:\n%s", log.String())
	}
}

// dropping is a service that closes every connection after the given number of requests, some of them without an answer.
func TestConnectionsThatBreak(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/oauth/token":
			io.WriteString(w, `{"access_token":"opaque","expires_in":600,"tenant_id":"t-1"}`)
		case asked.Add(1)%2 == 0:
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `[{"id":"u","sourceId":`)
			panic(http.ErrAbortHandler) // cuts the body
		case asked.Load()%3 == 0:
			panic(http.ErrAbortHandler) // no answer at all
		default:
			io.WriteString(w, `[{"id":"u","sourceId":"s","name":"N"}]`)
		}
	}))
	defer server.Close()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	clock := &steppedClock{now: time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)}
	c, err := New(Config{BaseURL: server.URL, ClientID: "id", ClientSecret: testSecret, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		list, err := c.Sources(t.Context())
		if err != nil || len(list) != 1 {
			t.Fatalf("call %d: %d sources, %v", i, len(list), err)
		}
	}
	if got, want := c.Requests()["list sources"], int(asked.Load()); got != want {
		t.Errorf("counted %d requests, the service %d: one that the transport repeats by itself counts as well", got, want)
	}
}

func TestNobodyThereIsUnavailableAndKnown(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	url := server.URL
	server.Close()
	c, err := New(Config{BaseURL: url, ClientID: "id", ClientSecret: testSecret, Clock: &steppedClock{}})
	if err != nil {
		t.Fatal(err)
	}
	c.auth.set(token{secret: "kept"})
	src := &Source{client: c, described: schema.Source{SourceID: testSourceID}}
	err = src.Delete(t.Context(), []string{"r-1", "r-2"})
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("got %v, want ErrUnavailable alone: nothing can have been sent", err)
	}
	if n := c.Requests()["delete records"]; n != 0 {
		t.Errorf("%d requests counted that were never sent", n)
	}
}
