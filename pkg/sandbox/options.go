package sandbox

import (
	"io"
	"time"
)

// Options says how a sandbox behaves. The zero value is an empty tenant on the machine's clock with every switch at its default,
// no faults and no latency.
type Options struct {
	// Seed is what the tenant holds at the start; nil means a few identities and no source.
	Seed *Seed

	// Clock is the source of time; nil means Scale, or the machine's clock.
	Clock Clock
	// Scale is how much real time one second of the sandbox takes, when Clock is nil: 10ms is a hundred times as fast. 0 is real time.
	Scale time.Duration

	// Latency is added to every answer.
	Latency time.Duration
	// TokenLife is how long a token is good for; 0 means 749 s, the figure of the documentation's example.
	TokenLife time.Duration
	// Jobs says how long a bulk upload takes.
	Jobs JobTiming

	// Faults are in force from the start; see ParseFault and ReadFaults.
	Faults []Fault
	// Switches sets the behaviours that the documentation leaves open, by name; see Switches. An unknown name or value is an error.
	Switches map[string]string

	// AccessLog gets one line per request, without query, names or secrets; nil means none.
	AccessLog io.Writer
	// Random seeds the ids, the credentials and the faults, so that a run can be repeated; 0 means 1.
	Random uint64
}

// JobTiming is how long a bulk upload spends in each state. A zero duration means the default, a negative one no time at all.
type JobTiming struct {
	// Submitted is for how long the status switch "status-after-upload" has its effect; default 1 s. It is a part of Queued.
	Submitted time.Duration
	// Queued is the time in PENDING; default 500 ms, and never less than Submitted when that switch is in force.
	Queued time.Duration
	// Running is the fixed part of the time in IN_PROGRESS; default 500 ms.
	Running time.Duration
	// PerRow is added to Running for every row; default 50 µs. Rows land evenly over the time in IN_PROGRESS.
	PerRow time.Duration
}

func (t JobTiming) withDefaults() JobTiming {
	set := func(d *time.Duration, fallback time.Duration) {
		switch {
		case *d == 0:
			*d = fallback
		case *d < 0:
			*d = 0
		}
	}
	set(&t.Submitted, time.Second)
	set(&t.Queued, 500*time.Millisecond)
	set(&t.Running, 500*time.Millisecond)
	set(&t.PerRow, 50*time.Microsecond)
	return t
}
