package nelm

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// A Clock is where the client takes the time from and how it waits. Tests have their own.
type Clock interface {
	Now() time.Time
	// Sleep waits for d and returns nil, or returns the context's error as soon as the context ends.
	Sleep(ctx context.Context, d time.Duration) error
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// skew is how far the service's clock is ahead of ours, as its answers say.
type skew struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration
}

// note reads the date of an answer that came between two of our times.
func (s *skew) note(h http.Header, sent, came time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// The date is cut to its second, so that half a second is its middle.
	s.known, s.ahead = true, date.Add(500*time.Millisecond).Sub(sent.Add(came.Sub(sent)/2))
}

// ClockSkew says how far the service's clock was ahead of ours at the last answer, to about a second, and whether an answer
// has said so at all.
func (c *Client) ClockSkew() (ahead time.Duration, known bool) {
	c.skew.mu.Lock()
	defer c.skew.mu.Unlock()
	return c.skew.ahead, c.skew.known
}
