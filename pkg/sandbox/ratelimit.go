package sandbox

import (
	"strconv"
	"sync"
	"time"
)

const (
	rateLimit  = 100
	rateWindow = 10 * time.Second
)

// limiter holds every client and API version to 100 requests in 10 seconds. A refused request takes no place.
type limiter struct {
	clock Clock
	set   settings

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

type bucketKey struct{ client, version string }

type bucket struct {
	taken []time.Time // of the requests let through in the last window
	seen  []time.Time // of all requests in the last window
	most  int         // the largest number seen in one window

	// escalation, where the switch asks for it: the windows of the last two minutes that were violated, and the tier reached.
	violations  []time.Time
	tier        int
	tierUntil   time.Time
	closedUntil time.Time
}

func newLimiter(clock Clock, set settings) *limiter {
	return &limiter{clock: clock, set: set, buckets: map[bucketKey]*bucket{}}
}

// admit lets a request of a client through, or says how long the client has to wait.
func (l *limiter) admit(client, version string) (wait time.Duration, admitted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	b := l.bucket(client, version)
	b.note(now)
	if now.Before(b.closedUntil) {
		return b.closedUntil.Sub(now), false
	}
	b.taken = since(b.taken, now)
	if l.set.is("rate-window", "fixed") {
		b.taken = sinceStart(b.taken, now)
	}
	if len(b.taken) < rateLimit {
		b.taken = append(b.taken, now)
		return 0, true
	}
	if l.set.is("rate-escalation", "on") {
		if wait := b.escalate(now); wait > 0 {
			return wait, false
		}
	}
	if l.set.is("rate-window", "fixed") {
		return now.Truncate(rateWindow).Add(rateWindow).Sub(now), false
	}
	return b.taken[0].Add(rateWindow).Sub(now), false
}

// charge counts a token call against the client's windows of the API, where the switch "rate-token" asks for it.
func (l *limiter) charge(client string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	l.bucket(client, "v2024") // there may have been no request yet
	for key, b := range l.buckets {
		if key.client == client && key.version != tokenVersion {
			b.note(now)
			b.taken = append(since(b.taken, now), now)
		}
	}
}

// tokenVersion is the bucket of the token endpoint, which has no version.
const tokenVersion = "oauth"

func (l *limiter) bucket(client, version string) *bucket {
	key := bucketKey{client, version}
	b := l.buckets[key]
	if b == nil {
		b = &bucket{}
		l.buckets[key] = b
	}
	return b
}

func (b *bucket) note(now time.Time) {
	b.seen = append(since(b.seen, now), now)
	b.most = max(b.most, len(b.seen))
}

// since drops what is a whole window old or older.
func since(times []time.Time, now time.Time) []time.Time {
	for len(times) > 0 && now.Sub(times[0]) >= rateWindow {
		times = times[1:]
	}
	return times
}

// sinceStart drops what lies before the fixed window that now is in.
func sinceStart(times []time.Time, now time.Time) []time.Time {
	start := now.Truncate(rateWindow)
	for len(times) > 0 && times[0].Before(start) {
		times = times[1:]
	}
	return times
}

// escalate follows the text that was never published: three violated windows within 120 s close the door for 60 s, and each further
// time for 300, 600 and 1200 s; a tier is forgotten after an hour.
func (b *bucket) escalate(now time.Time) time.Duration {
	const (
		span      = 120 * time.Second
		threshold = 3
		memory    = time.Hour
	)
	window := now.Truncate(rateWindow)
	for len(b.violations) > 0 && now.Sub(b.violations[0]) > span {
		b.violations = b.violations[1:]
	}
	if n := len(b.violations); n == 0 || !b.violations[n-1].Equal(window) {
		b.violations = append(b.violations, window)
	}
	if len(b.violations) < threshold {
		return 0
	}
	waits := []time.Duration{60 * time.Second, 300 * time.Second, 600 * time.Second, 1200 * time.Second}
	if now.After(b.tierUntil) {
		b.tier = 0
	}
	wait := waits[b.tier]
	b.tier = min(b.tier+1, len(waits)-1)
	b.tierUntil = now.Add(memory)
	b.violations = nil
	b.closedUntil = now.Add(wait)
	return wait
}

// retryAfter is the header's text: whole seconds, and never 0.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(max(1, int((wait+time.Second-1)/time.Second)))
}

// mostInWindow is the largest number of requests that one client sent to one version within 10 seconds.
func (l *limiter) mostInWindow() (most int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.buckets {
		most = max(most, b.most)
	}
	return most
}
