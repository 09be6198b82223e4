package nelm

import (
	"maps"
	"sync"
)

// counts keeps how many requests each operation has sent, and which operations are known to be deprecated.
type counts struct {
	mu         *sync.Mutex
	sent       map[string]int
	deprecated map[string]bool
}

func newCounts() counts {
	return counts{mu: new(sync.Mutex), sent: make(map[string]int), deprecated: make(map[string]bool)}
}

func (c counts) add(op string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent[op]++
}

// first says whether this is the first word of an operation's deprecation.
func (c counts) first(op string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deprecated[op] {
		return false
	}
	c.deprecated[op] = true
	return true
}

// Requests returns how many requests were sent so far, by operation; token calls and retries are among them.
func (c *Client) Requests() map[string]int {
	c.counts.mu.Lock()
	defer c.counts.mu.Unlock()
	return maps.Clone(c.counts.sent)
}
