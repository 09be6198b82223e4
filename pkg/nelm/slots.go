package nelm

import (
	"sync"
	"time"
)

// SlotCount is how many requests the service takes from one client id and API version in ten seconds.
const SlotCount = 100

// Slots remembers when each of the [SlotCount] request slots of one client id and API version opens again. An
// implementation that several processes share makes them keep one pace; see [NewSlots] for one that is not shared.
//
// Implementations are safe for use by many goroutines.
type Slots interface {
	// Take takes one slot among the first n that is open at now and marks it as taken until the given time, which is later
	// than the request can possibly last. Where none is open, or a hold lasts, slot is -1 and next is the earliest time at
	// which asking again makes sense.
	Take(now, until time.Time, n int) (slot int, next time.Time, err error)
	// Open says when a taken slot opens again. until is what Take was given: where it no longer stands in the slot, because
	// somebody else has taken it since, the later of the two times is kept.
	Open(slot int, until, at time.Time) error
	// Hold keeps every slot shut until the given time. An earlier hold that lasts longer stays.
	Hold(until time.Time) error
}

// NewSlots returns slots that are kept in memory, all open.
func NewSlots() Slots { return &memorySlots{} }

type memorySlots struct {
	mu sync.Mutex
	slotTimes
}

func (m *memorySlots) Take(now, until time.Time, n int) (int, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	slot, next := m.take(now, until, n)
	return slot, next, nil
}

func (m *memorySlots) Open(slot int, until, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open(slot, until, at)
	return nil
}

func (m *memorySlots) Hold(until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hold(until)
	return nil
}

// slotTimes are the times themselves: when each slot opens, and until when all are shut.
type slotTimes struct {
	opens [SlotCount]time.Time
	shut  time.Time
}

func (s *slotTimes) take(now, until time.Time, n int) (slot int, next time.Time) {
	n = min(max(n, 1), SlotCount)
	first := 0
	for i := 1; i < n; i++ {
		if s.opens[i].Before(s.opens[first]) {
			first = i
		}
	}
	next = s.opens[first]
	if s.shut.After(next) {
		next = s.shut
	}
	if !next.After(now) {
		s.opens[first] = until
		return first, now
	}
	// A slot whose request is not answered yet says until when it may last at most; it cannot open sooner than one window
	// from now, so asking again then is never too late.
	if latest := now.Add(window); next.After(latest) && !s.shut.After(latest) {
		next = latest
	}
	return -1, next
}

func (s *slotTimes) open(slot int, until, at time.Time) {
	if s.opens[slot].Equal(until) || at.After(s.opens[slot]) {
		s.opens[slot] = at
	}
}

func (s *slotTimes) hold(until time.Time) {
	if until.After(s.shut) {
		s.shut = until
	}
}
