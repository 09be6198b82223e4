package sandbox

import (
	"maps"
	"sync"
)

// Counts is what a sandbox has seen since it was made.
type Counts struct {
	Requests     map[string]int `json:"requests"`     // by operationId; "token", "info" and "unknown" besides
	Statuses     map[int]int    `json:"statuses"`     // by status; 0 is a connection that was reset
	RateLimited  int            `json:"rateLimited"`  // how many 429 were given, those of faults included
	MostInWindow int            `json:"mostInWindow"` // the most requests of one client to one version within 10 s
	Faults       map[string]int `json:"faults"`       // that happened, by kind
}

type counter struct {
	mu     sync.Mutex
	counts Counts
}

func newCounter() *counter {
	return &counter{counts: Counts{Requests: map[string]int{}, Statuses: map[int]int{}}}
}

func (c *counter) add(op string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Requests[op]++
	c.counts.Statuses[status]++
}

func (c *counter) limited() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.RateLimited++
}

// Counts tells what the sandbox has seen so far.
func (s *Sandbox) Counts() Counts {
	s.counter.mu.Lock()
	defer s.counter.mu.Unlock()
	c := s.counter.counts
	c.Requests, c.Statuses = maps.Clone(c.Requests), maps.Clone(c.Statuses)
	c.MostInWindow = s.limiter.mostInWindow()
	s.deck.mu.Lock()
	defer s.deck.mu.Unlock()
	c.Faults = maps.Clone(s.deck.fired)
	return c
}
