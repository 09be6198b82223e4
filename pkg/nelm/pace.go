package nelm

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// The service allows SlotCount requests in ten seconds per client id and API version. When it counts a request is its own
// affair, but it cannot be before the request was sent nor after its answer arrived. So a slot that opens ten seconds after
// its request was *answered* is never used twice within ten seconds of the service's, however long the network takes, and
// with SlotCount slots no window of the service's can hold more than it allows. The rate is then 100 requests in
// 10 s + latency: 95 % of the permitted one at a latency of half a second.
const (
	// window is the service's, and a little for the grain of its clock.
	window = 10*time.Second + 10*time.Millisecond
	// lostWindow is how long a slot stays shut after a request whose answer never came: it may still be on its way.
	lostWindow = 2 * window

	fewestSlots     = 10 // even after many refusals, one request a second
	answersPerSlot  = 20 // answers without a refusal that open one more slot again: half of them in some two minutes
	violationWindow = 2 * time.Minute
)

// A pacer gives out permissions to send one request each. It is shared by everything that a client does.
type pacer struct {
	clock Clock
	slots Slots
	log   *slog.Logger
	waits func(time.Duration)
	door  chan struct{} // held by the one who waits for the next slot; the others queue

	mu       sync.Mutex
	limit    int         // how many of the slots are used: all, or fewer after a refusal
	good     int         // answers since the limit was last changed
	shut     time.Time   // end of the longest hold that this pacer has set
	refused  time.Time   // when the last refusal came that counts as one; those of requests sent before belong to it
	episodes []time.Time // times of the refusals that count as one each, within the violation window
	last     time.Time   // when the last slot was taken
}

func newPacer(clock Clock, slots Slots, log *slog.Logger, waits func(time.Duration)) *pacer {
	if waits == nil {
		waits = func(time.Duration) {}
	}
	return &pacer{clock: clock, slots: slots, log: log, waits: waits, door: make(chan struct{}, 1), limit: SlotCount}
}

// A ticket is the permission to send one request. Exactly one of its methods is called, once, when the request is over.
type ticket struct {
	pacer *pacer
	slot  int
	sent  time.Time
	until time.Time
}

// take waits for a slot. life is how long the request can last at most.
//
// Only one waits for the slots and the others wait for their turn: what is under way frees no slot sooner than one window
// from now, so that whoever waits need not be woken by answers.
func (p *pacer) take(ctx context.Context, life time.Duration) (*ticket, error) {
	select {
	case p.door <- struct{}{}:
		defer func() { <-p.door }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		now := p.clock.Now()
		n, next := p.usable(now)
		if !next.After(now) {
			until := now.Add(life + lostWindow)
			var slot int
			var err error
			if slot, next, err = p.slots.Take(now, until, n); err != nil {
				return nil, fmt.Errorf("keep the pace: %w", err)
			}
			if slot >= 0 {
				p.took(now)
				return &ticket{pacer: p, slot: slot, sent: now, until: until}, nil
			}
		}
		if err := p.clock.Sleep(ctx, next.Sub(now)); err != nil {
			return nil, err
		}
	}
}

// answered frees the slot of a request that the service has answered.
func (t *ticket) answered() { t.opens(window) }

// lost frees the slot of a request whose answer did not come.
func (t *ticket) lost() { t.opens(lostWindow) }

// unused frees the slot of a request that was never sent.
func (t *ticket) unused() { t.opens(0) }

func (t *ticket) opens(after time.Duration) {
	// Where the time cannot be kept the slot stays shut for as long as the request could have lasted, which is safe.
	if err := t.pacer.slots.Open(t.slot, t.until, t.pacer.clock.Now().Add(after)); err != nil {
		t.pacer.log.Warn("cannot keep the time of a request; its slot opens late", "error", err)
	}
}

// accepted is told of every answer that is not a refusal, and finds the speed again, slowly.
func (p *pacer) accepted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit == SlotCount {
		return
	}
	if p.good++; p.good >= answersPerSlot {
		p.good = 0
		p.limit++
	}
}

// usable is how many slots may be used, and from when. A second refusal within the violation window keeps it at the fewest until the
// first has left that window: a third one could start the service's escalating waits of one to twenty minutes.
func (p *pacer) usable(now time.Time) (int, time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	if len(p.episodes) > 1 {
		p.limit, p.good = fewestSlots, 0
	}
	if p.refused.IsZero() {
		return p.limit, time.Time{}
	}
	// Once there was a refusal somebody else uses the same client id. From then on requests are sent evenly and not in bursts,
	// so that the next one too many is one and not as many as there are workers.
	from := p.last.Add(window / time.Duration(p.limit))
	if p.shut.After(from) {
		from = p.shut
	}
	return p.limit, from
}

func (p *pacer) took(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = now
}

// refuse is told of a request, sent at the given time, that the service refused because of too many. Every worker waits
// until wait is over, and then half as many slots are used. Refusals of requests that were under way when the first came
// are the same event.
func (p *pacer) refuse(sent time.Time, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if until := now.Add(wait); until.After(p.shut) {
		p.shut = until
		if err := p.slots.Hold(until); err != nil {
			p.log.Warn("cannot tell other processes to wait", "error", err)
		}
	}
	if !p.refused.IsZero() && !sent.After(p.refused) {
		return
	}
	p.refused = now
	p.forget(now)
	p.episodes = append(p.episodes, now)
	p.limit = max(p.limit/2, fewestSlots)
	p.good = 0
	p.log.Warn("the service asks to wait: too many requests with this client id", "wait", wait.String(), "slots", p.limit)
	p.waits(wait)
}

// forget drops the refusals that have left the violation window.
func (p *pacer) forget(now time.Time) {
	for len(p.episodes) > 0 && now.Sub(p.episodes[0]) >= violationWindow {
		p.episodes = p.episodes[1:]
	}
}

// A budget bounds how much of the traffic may be retries: a service that is down is not asked five times for everything.
type budget struct {
	mu     sync.Mutex
	tokens float64
}

const (
	fullBudget  = 100.0 // retries that may be spent in a row
	earnedRetry = 0.5   // of a retry for every success: one call in three may fail for as long as it likes
)

func newBudget() *budget { return &budget{tokens: fullBudget} }

func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.tokens+earnedRetry, fullBudget)
}
