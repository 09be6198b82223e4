package sandbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

func TestManualClockStandsStill(t *testing.T) {
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	c := sandbox.NewManualClock(start)
	c.Advance(-time.Hour)
	if !c.Now().Equal(start) {
		t.Errorf("it shows %s", c.Now())
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := c.Sleep(ctx, time.Minute); err != nil || c.Now().Sub(start) != time.Minute {
		t.Errorf("after a sleep of a minute it shows %s, %v", c.Now(), err)
	}
	cancel()
	if err := c.Sleep(ctx, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("a sleep that was called off: %v", err)
	}
}

// A second of a scaled clock takes the real time that it was given. The check is one-sided, so that a busy machine does not fail it.
func TestScaledClockRunsFaster(t *testing.T) {
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	c := sandbox.NewScaledClock(start, time.Millisecond)
	if err := c.Sleep(context.Background(), 20*time.Second); err != nil {
		t.Fatal(err)
	}
	if passed := c.Now().Sub(start); passed < 20*time.Second {
		t.Errorf("%s have passed, and it slept for 20 s", passed)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, clock := range []sandbox.Clock{c, sandbox.SystemClock{}} {
		if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("a sleep that was called off: %v", err)
		}
		if err := clock.Sleep(context.Background(), 0); err != nil {
			t.Errorf("no sleep at all: %v", err)
		}
	}
}

func TestParseClock(t *testing.T) {
	for _, text := range []string{"", "x10", "2026-01-05T08:00:00Z", "2026-01-05T08:00:00+01:00, x0.5"} {
		c, err := sandbox.ParseClock(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if year := c.Now().Year(); text != "" && text != "x10" && year != 2026 {
			t.Errorf("%q shows the year %d", text, year)
		}
	}
	for _, text := range []string{"x0", "x-1", "xx", "xNaN", "x1e9", "tomorrow", "2026-01-05", ","} {
		if c, err := sandbox.ParseClock(text); err == nil {
			t.Errorf("%q was taken and shows %s", text, c.Now())
		}
	}
}

func TestOptionsChooseTheClock(t *testing.T) {
	scaled, err := sandbox.New(sandbox.Options{Scale: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := scaled.Clock().(*sandbox.ScaledClock); !ok {
		t.Errorf("with a scale the clock is %T", scaled.Clock())
	}
	plain, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := plain.Clock().(sandbox.SystemClock); !ok {
		t.Errorf("without anything the clock is %T", plain.Clock())
	}
}
