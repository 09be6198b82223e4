package diff

import (
	"fmt"
	"sync/atomic"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// An Answer is what a person says about a suspected rename: whether the current record with the key From and the desired row
// with the key To are the same person's. If they are, the row is about that record, which keeps its key: whether a tenant
// lets an account name change is not known. If not, the two have nothing to do with each other.
type Answer struct {
	From, To string
	Same     bool
}

// A Stray is an answer that is about nobody: it has no effect, and the names are the only sign why.
type Stray struct {
	Answer  int  // its place among Options.Renames
	From    bool // no current record has the key From
	To      bool // no desired row has the key To
	Swapped bool // a row has From and a record has To: it was written the wrong way round
}

// answers are the answers by the row's key, as it is sent, and where the records stand that they name.
type answers struct {
	list  []Answer
	about map[string][]Answer
	place map[string]int          // of the records that have one of the names, by their keys as they are given; absent until it is met
	rows  map[string]*atomic.Bool // the names, and whether a desired row has them
}

func newAnswers(list []Answer) (*answers, error) {
	a := &answers{list: make([]Answer, 0, len(list)), about: make(map[string][]Answer), place: make(map[string]int), rows: make(map[string]*atomic.Bool)}
	becomes := make(map[string]string)
	for _, answer := range list {
		answer.To = string(sentOf([]byte(answer.To)))
		for _, other := range a.about[answer.To] {
			if other.From == answer.From && other.Same != answer.Same || other.From != answer.From && other.Same && answer.Same {
				return nil, fmt.Errorf("the answers about %q contradict each other: it cannot be %q and %q at once", answer.To, other.From, answer.From)
			}
		}
		if to, ok := becomes[answer.From]; ok && answer.Same && to != answer.To {
			return nil, fmt.Errorf("the answers about %q contradict each other: it cannot become %q and %q at once", answer.From, to, answer.To)
		}
		if answer.Same {
			becomes[answer.From] = answer.To
		}
		a.about[answer.To] = append(a.about[answer.To], answer)
		a.list = append(a.list, answer)
		for _, name := range []string{answer.From, answer.To} {
			if a.rows[name] == nil {
				a.rows[name] = new(atomic.Bool)
			}
		}
	}
	return a, nil
}

// look notes where the records stand that answers name, before the block's rows are added to the index.
func (a *answers) look(c *comparison, b *schema.Block) {
	if len(a.rows) == 0 {
		return
	}
	for i := range b.Rows {
		key := givenOf(b.Cell(i, c.currentKey), c.recordKeys)
		if a.rows[string(key)] != nil {
			a.place[string(key)] = c.index.entries.len() + i
		}
	}
}

// strays returns the answers that are about nobody, once both sides were read. One that is settled is none, whichever way it
// went: the record has the new name, or the row has the record's. present are further keys of the list.
func (a *answers) strays(present []string) []Stray {
	for _, key := range present {
		if met := a.rows[string(sentOf([]byte(key)))]; met != nil {
			met.Store(true)
		}
	}
	var found []Stray
	for i, answer := range a.list {
		_, from := a.place[answer.From]
		_, becameTo := a.place[answer.To]
		row, keptFrom := a.rows[answer.To].Load(), a.rows[answer.From].Load()
		switch {
		case from && (row || becameTo || keptFrom), !from && becameTo && (row || !keptFrom):
		default:
			found = append(found, Stray{Answer: i, From: !from, To: !row, Swapped: !from && becameTo})
		}
	}
	return found
}

// same tells whether the two keys were said to be one person's.
func (a *answers) same(from, to string) bool {
	for _, answer := range a.about[to] {
		if answer.From == from {
			return answer.Same
		}
	}
	return false
}

// twoPeople tells whether the two keys were said to be two people's.
func (a *answers) twoPeople(from, to string) bool {
	for _, answer := range a.about[to] {
		if answer.From == from {
			return !answer.Same
		}
	}
	return false
}

// answered returns the place of the record that a desired row is about, given its folded key's hash and its key as it is sent:
// the one with that folded key, unless an answer says otherwise. Records that share a folded key are left to be blocked.
func (c *comparison) answered(key hash, sent []byte) (place int, found bool) {
	place, found = c.index.find(key)
	if met := c.answers.rows[string(sent)]; met != nil {
		met.Store(true)
	}
	for _, answer := range c.answers.about[string(sent)] {
		named, ok := c.answers.place[answer.From]
		switch {
		case !ok || c.index.held[named]:
		case answer.Same && !found:
			// Where a record has the new key already, the rename was made, or the name is another's.
			return named, true
		case !answer.Same && found && place == named:
			return 0, false
		}
	}
	return place, found
}

// shared is what the keys of desired rows have in common that are about one record, or would make one. That of a record is no hash of
// a key: its first half is 0.
func (c *comparison) shared(key hash, place int, found bool) hash {
	if found {
		return hash{b: uint64(place)}
	}
	return key
}
