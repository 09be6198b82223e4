package sandbox

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Clock is the sandbox's only source of time: token expiry, the rate limit, timestamps and the progress of jobs all follow it.
type Clock interface {
	// Now is the present instant.
	Now() time.Time
	// Sleep returns after d of this clock's time, or earlier with the context's error. It is used for latency and slow bodies only.
	Sleep(ctx context.Context, d time.Duration) error
}

// SystemClock is the machine's own clock.
type SystemClock struct{}

// Now is time.Now.
func (SystemClock) Now() time.Time { return time.Now() }

// Sleep waits for d of real time.
func (SystemClock) Sleep(ctx context.Context, d time.Duration) error { return sleepReal(ctx, d) }

func sleepReal(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ScaledClock runs faster or slower than the machine's. A client and a sandbox that share one behave as in real time, in less of it.
type ScaledClock struct {
	began, start time.Time
	second       time.Duration
}

// NewScaledClock makes a clock that shows start now (the present, when start is zero) and on which one second takes second of real
// time: 10ms is a hundred times as fast. A second that is not positive means real time.
func NewScaledClock(start time.Time, second time.Duration) *ScaledClock {
	if second <= 0 {
		second = time.Second
	}
	began := time.Now()
	if start.IsZero() {
		start = began
	}
	return &ScaledClock{began: began, start: start.Round(0), second: second}
}

// Now is the scaled instant.
func (c *ScaledClock) Now() time.Time {
	passed := time.Since(c.began)
	return c.start.Add(time.Duration(float64(passed) * (float64(time.Second) / float64(c.second))))
}

// Sleep waits for d of scaled time.
func (c *ScaledClock) Sleep(ctx context.Context, d time.Duration) error {
	return sleepReal(ctx, time.Duration(float64(d)*(float64(c.second)/float64(time.Second))))
}

// ManualClock stands still until it is told to move. Sleep does not wait: it moves the clock on by what was asked and returns, so a
// test with latency or slow bodies neither hangs nor takes time.
type ManualClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewManualClock makes a clock that shows start.
func NewManualClock(start time.Time) *ManualClock { return &ManualClock{now: start} }

// Now is the instant the clock was last moved to.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on by d; a negative d is ignored, for this clock never runs backwards.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d > 0 {
		c.now = c.now.Add(d)
	}
}

// Sleep advances the clock by d and returns at once.
func (c *ManualClock) Sleep(ctx context.Context, d time.Duration) error {
	c.Advance(d)
	return ctx.Err()
}

// ParseClock reads the text of a clock flag: an RFC 3339 instant at which the clock starts ("2026-01-05T08:00:00Z"), a speed
// ("x10" is ten times as fast as real time), or both, joined by a comma. The empty text is the machine's own clock.
func ParseClock(text string) (Clock, error) {
	if text == "" {
		return SystemClock{}, nil
	}
	var start time.Time
	second := time.Second
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if speed, ok := strings.CutPrefix(part, "x"); ok {
			n, err := strconv.ParseFloat(speed, 64)
			if err != nil || !(n > 0 && n <= 1e6) {
				return nil, fmt.Errorf("clock %q: the speed %q is not a number above 0 and up to 1000000, such as x10", text, part)
			}
			second = time.Duration(float64(time.Second) / n)
			continue
		}
		t, err := time.Parse(time.RFC3339, part)
		if err != nil {
			return nil, fmt.Errorf("clock %q: %q is neither an instant such as 2026-01-05T08:00:00Z nor a speed such as x10", text, part)
		}
		start = t
	}
	return NewScaledClock(start, second), nil
}
