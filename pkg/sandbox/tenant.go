package sandbox

import (
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	maxSources          = 50
	maxRecords          = 20_000 // in one source
	maxCustomAttributes = 10
	maxApprovers        = 3
	maxAccountManagers  = 10
	maxComment          = 4000
	maxPage             = 250
)

// tenant is the state behind the API. Its lock is held by whoever reads or changes it; records and people are never changed in place,
// so a page of them may be written out after the lock is gone.
type tenant struct {
	mu    sync.Mutex
	clock Clock
	ids   *idSource
	set   settings
	jobs  JobTiming

	org, id, pod string

	identities []*Identity
	byID       map[string]*Identity
	byAlias    map[string]*Identity // by alias in lower case

	sources  []*source // in the order of their creation
	made     int       // how many sources there have been
	records  map[string]*record
	requests []*request
	events   []event
	calls    uint64        // list calls without sorters, for the switch "unsorted"
	lagUntil time.Duration // how far back changes are remembered, for reads that lag; 0 when no fault asks for it
}

// source is a non-employee source with all that belongs to it.
type source struct {
	id, sourceID, name, description string
	cloudExternalID                 string
	owner                           string
	accountManagers, approvers      []string
	created, modified               time.Time

	attributes []*attribute // the eight system ones, then the custom ones in the order of their creation
	records    []*record    // in the order of their creation
	byName     map[string]*record

	cursor  int    // where position looks first
	changes uint64 // counts changes of records, to know when sorted is stale
	sorted  sortedRecords
	history []change

	running  *job // the job that may still land rows
	newest   *job
	previous *job // the newest before newest, for the switch "status-after-upload"
}

type sortedRecords struct {
	by      string
	changes uint64
	records []*record
}

// record is immutable; an update replaces it.
type record struct {
	person
	id                string
	source            *source
	created, modified time.Time
}

// change is kept, while some fault lets reads lag, so that the state before it can be shown.
type change struct {
	at            time.Time
	before, after *record // nil before a create and after a delete
}

func (t *tenant) foldName(name string) string {
	if t.set.is("account-name-case", "insensitive") {
		return strings.ToLower(name)
	}
	return name
}

// findSource finds a source by the id that paths use; nil when there is none.
func (t *tenant) findSource(id string) *source {
	for _, src := range t.sources {
		if src.sourceID == id || src.id == id && t.set.is("source-uuid-in-path", "works") {
			return src
		}
	}
	return nil
}

// taken tells whether an account name is in use where src's names must be unique, by a record other than self.
func (t *tenant) taken(src *source, name string, self *record) bool {
	folded := t.foldName(name)
	if r := src.byName[folded]; r != nil && (self == nil || r.id != self.id) {
		return true
	}
	if !t.set.is("account-name-scope", "tenant") {
		return false
	}
	return slices.ContainsFunc(t.sources, func(other *source) bool { return other != src && other.byName[folded] != nil })
}

func (t *tenant) newRecordID() string {
	if t.set.is("record-ids", "hex") {
		return t.ids.hex32()
	}
	return t.ids.uuid()
}

// insert adds a record. The caller has checked that the name is free and the source is not full.
func (t *tenant) insert(r *record) {
	src := r.source
	src.records = append(src.records, r)
	src.byName[t.foldName(r.accountName)] = r
	t.records[r.id] = r
	t.noteChange(src, nil, r)
	t.recordCreated(r)
}

// replace puts a new version in the place of an old one.
func (t *tenant) replace(old, now *record) {
	src := old.source
	if i := src.position(old); i >= 0 {
		src.records[i] = now
	}
	delete(src.byName, t.foldName(old.accountName))
	src.byName[t.foldName(now.accountName)] = now
	t.records[now.id] = now
	t.noteChange(src, old, now)
}

// position finds a record in the order of creation. It looks first after the one that it found last, for an upload usually updates
// records in the order in which they were made.
func (src *source) position(r *record) int {
	from := min(src.cursor, len(src.records))
	if i := slices.Index(src.records[from:], r); i >= 0 {
		src.cursor = from + i
		return src.cursor
	}
	return slices.Index(src.records[:from], r)
}

// remove deletes records of one source.
func (t *tenant) remove(src *source, gone map[*record]bool) {
	if len(gone) == 0 {
		return
	}
	src.records = slices.DeleteFunc(src.records, func(r *record) bool { return gone[r] })
	for r := range gone {
		delete(src.byName, t.foldName(r.accountName))
		delete(t.records, r.id)
		t.noteChange(src, r, nil)
		t.recordDeleted(r)
	}
}

func (t *tenant) noteChange(src *source, before, after *record) {
	src.changes++
	if t.lagUntil <= 0 {
		src.history = nil
		return
	}
	now := t.clock.Now()
	oldest := now.Add(-t.lagUntil)
	src.history = slices.DeleteFunc(src.history, func(c change) bool { return !c.at.After(oldest) })
	src.history = append(src.history, change{now, before, after})
}

// recordsAsOf is the source's records as they were lag ago, in the order of their creation; a lag of 0 is the present.
func (t *tenant) recordsAsOf(src *source, lag time.Duration) []*record {
	if lag <= 0 || len(src.history) == 0 {
		return src.records
	}
	since := t.clock.Now().Add(-lag)
	seen := slices.Clone(src.records)
	for _, c := range slices.Backward(src.history) {
		if !c.at.After(since) {
			break
		}
		switch {
		case c.after == nil:
			seen = append(seen, c.before)
		case c.before == nil:
			seen = slices.DeleteFunc(seen, func(r *record) bool { return r.id == c.after.id })
		default:
			if i := slices.Index(seen, c.after); i >= 0 {
				seen[i] = c.before
			}
		}
	}
	return seen
}

// recordAsOf is one record as it was lag ago, or nil.
func (t *tenant) recordAsOf(id string, lag time.Duration) *record {
	if lag <= 0 {
		return t.records[id]
	}
	for _, src := range t.sources {
		for _, r := range t.recordsAsOf(src, lag) {
			if r.id == id {
				return r
			}
		}
	}
	return nil
}
