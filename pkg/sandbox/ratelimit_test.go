package sandbox_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// burst sends n requests and counts those that were let through.
func (b *bench) burst(cred sandbox.Credential, path string, n int) (through int, last reply) {
	b.t.Helper()
	for range n {
		last = b.as(cred, "GET", path, nil)
		if last.status == 200 {
			through++
		}
	}
	return through, last
}

func TestAHundredRequestsInTenSeconds(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	c := b.Credentials()
	b.token(c.Admin)
	b.token(c.Application)
	through, last := b.burst(c.Admin, sources, 105)
	if through != 100 || last.status != 429 || last.body != `{"message":" Rate Limit Exceeded "}` || last.header.Get("Retry-After") != "10" {
		t.Errorf("%d let through, then %d %s, Retry-After %q", through, last.status, last.body, last.header.Get("Retry-After"))
	}
	for _, other := range []struct {
		why  string
		cred sandbox.Credential
		path string
	}{
		{"another client", c.Application, sources},
		{"another version", c.Admin, "/v2025/non-employee-sources"},
		{"the versions by service", c.Admin, "/non-employee-sources/v1"},
	} {
		if through, _ := b.burst(other.cred, other.path, 1); through != 1 {
			t.Errorf("%s has no window of its own", other.why)
		}
	}
	b.clock.Advance(9500 * time.Millisecond)
	if _, last := b.burst(c.Admin, sources, 1); last.status != 429 || last.header.Get("Retry-After") != "1" {
		t.Errorf("after 9.5 s: %d, Retry-After %q", last.status, last.header.Get("Retry-After"))
	}
	b.clock.Advance(500 * time.Millisecond)
	if through, _ := b.burst(c.Admin, sources, 101); through != 100 {
		t.Errorf("after 10 s: %d let through, for refused requests take no place", through)
	}
	if got := b.Counts(); got.RateLimited != 7 || got.MostInWindow != 106 || got.Requests["listNonEmployeeSources"] != 210 || got.Statuses[429] != 7 {
		t.Errorf("counts %+v", got)
	}
}

func TestTheWindowSlides(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	admin := b.Credentials().Admin
	b.burst(admin, sources, 60)
	b.clock.Advance(9 * time.Second)
	if through, _ := b.burst(admin, sources, 50); through != 40 {
		t.Errorf("%d, want 40", through)
	}
	b.clock.Advance(time.Second)
	if through, _ := b.burst(admin, sources, 70); through != 60 {
		t.Errorf("%d, want the 60 places of the first burst", through)
	}
}

func TestFixedWindow(t *testing.T) {
	b := newBench(t, sandbox.Options{Switches: map[string]string{"rate-window": "fixed"}})
	admin := b.Credentials().Admin
	b.clock.Advance(9 * time.Second)
	if through, last := b.burst(admin, sources, 101); through != 100 || last.header.Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q", through, last.header.Get("Retry-After"))
	}
	b.clock.Advance(time.Second)
	if through, _ := b.burst(admin, sources, 101); through != 100 {
		t.Errorf("%d in the next window", through)
	}
}

func TestRepeatedViolationsEscalate(t *testing.T) {
	for value, want := range map[string][]string{
		"off": {"10", "10", "10", "10", "10", "10"},
		"on":  {"10", "10", "60", "10", "10", "300"},
	} {
		b := newBench(t, sandbox.Options{Switches: map[string]string{"rate-escalation": value}})
		admin := b.Credentials().Admin
		var got []string
		for range 6 {
			_, last := b.burst(admin, sources, 101)
			got = append(got, last.header.Get("Retry-After"))
			if last.header.Get("Retry-After") == "60" {
				if _, still := b.burst(admin, sources, 1); still.status != 429 {
					t.Error("the door is not closed")
				}
				b.clock.Advance(50 * time.Second)
			}
			b.clock.Advance(10 * time.Second)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: waits %v, want %v", value, got, want)
		}
	}
}

func TestTokenCallsCountWhereTheyAreSaidTo(t *testing.T) {
	for value, want := range map[string]int{"own": 100, "shared": 90} {
		b := newBench(t, sandbox.Options{Switches: map[string]string{"rate-token": value}})
		admin := b.Credentials().Admin
		for range 10 {
			delete(b.tokens, admin.ClientID)
			b.token(admin)
		}
		if through, _ := b.burst(admin, sources, 105); through != want {
			t.Errorf("%s: %d let through, want %d", value, through, want)
		}
	}
}

func TestTheTokenEndpointHasAWindowToo(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	admin := b.Credentials().Admin
	form := "grant_type=client_credentials&client_id=" + admin.ClientID + "&client_secret=" + admin.Secret
	for range 100 {
		b.tokenCall("", urlencoded, form).want(t, http.StatusOK)
	}
	if got := b.tokenCall("", urlencoded, form).want(t, http.StatusTooManyRequests); got.header.Get("Retry-After") != "10" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
}
