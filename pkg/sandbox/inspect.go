package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// SourceInfo names a source for tests and for the command's greeting.
type SourceInfo struct{ ID, SourceID, Name string }

// Sources lists the sources in the order of their creation.
func (s *Sandbox) Sources() []SourceInfo {
	s.tenant.mu.Lock()
	defer s.tenant.mu.Unlock()
	var all []SourceInfo
	for _, src := range s.tenant.sources {
		all = append(all, SourceInfo{src.id, src.sourceID, src.name})
	}
	return all
}

// Records gives the records of a source behind the API's back, in the order of their creation. Running uploads are brought to where
// the clock says they are first.
func (s *Sandbox) Records(sourceID string) ([]Record, error) {
	s.tenant.mu.Lock()
	defer s.tenant.mu.Unlock()
	src := s.tenant.findSource(sourceID)
	if src == nil {
		return nil, fmt.Errorf("sandbox: there is no source %s", sourceID)
	}
	s.tenant.settle()
	return exportedRecords(src), nil
}

func exportedRecords(src *source) []Record {
	all := make([]Record, 0, len(src.records))
	for _, r := range src.records {
		out := Record{ID: r.id, AccountName: r.accountName, FirstName: r.firstName, LastName: r.lastName, Email: r.email, Phone: r.phone,
			Manager: r.manager, StartDate: r.startDate, EndDate: r.endDate, Created: r.created, Modified: r.modified}
		if len(r.data) > 0 {
			out.Data = r.dataMap()
		}
		all = append(all, out)
	}
	return all
}

// Mutate changes the records of a source behind the API's back, as another administrator might at any moment: change gets all of them
// and returns all that shall be there. A record that it changed is modified now; one without an id is new; one that it leaves out is
// gone. Neither managers nor mandatory values are checked, but account names must stay unique and the source may not overflow.
func (s *Sandbox) Mutate(sourceID string, change func([]Record) []Record) error {
	t := s.tenant
	t.mu.Lock()
	defer t.mu.Unlock()
	src := t.findSource(sourceID)
	if src == nil {
		return fmt.Errorf("sandbox: there is no source %s", sourceID)
	}
	t.settle()
	wanted := change(exportedRecords(src))
	if len(wanted) > maxRecords {
		return fmt.Errorf("sandbox: %d records, and a source has at most %d", len(wanted), maxRecords)
	}
	now := t.clock.Now().UTC().Truncate(time.Millisecond)
	kept := map[string]bool{}
	for _, r := range wanted {
		kept[r.ID] = true
	}
	gone := map[*record]bool{}
	for _, r := range src.records {
		if !kept[r.id] {
			gone[r] = true
		}
	}
	t.remove(src, gone)
	for i := range wanted {
		if err := t.mutateOne(src, &wanted[i], now); err != nil {
			return fmt.Errorf("sandbox: record %d: %w", i+1, err)
		}
	}
	return nil
}

func (t *tenant) mutateOne(src *source, wanted *Record, now time.Time) error {
	old := t.records[wanted.ID]
	if wanted.ID == "" || old == nil || old.source != src {
		r, err := t.seedRecord(src, wanted, now)
		if err != nil {
			return err
		}
		t.insert(r)
		return nil
	}
	p := person{
		accountName: wanted.AccountName, firstName: wanted.FirstName, lastName: wanted.LastName, email: wanted.Email, phone: wanted.Phone,
		manager: wanted.Manager, startDate: wanted.StartDate.UTC(), endDate: wanted.EndDate.UTC(),
	}
	for _, a := range src.customAttributes() {
		p.addCustom(a.technicalName, wanted.Data[a.technicalName])
	}
	if samePerson(&p, &old.person) {
		return nil
	}
	if t.taken(src, p.accountName, old) {
		return fmt.Errorf("its accountName is there twice")
	}
	t.replace(old, &record{person: p, id: old.id, source: src, created: old.created, modified: now})
	return nil
}

// FinishJobs ends all running uploads now, those that hang included, as if their time were over.
func (s *Sandbox) FinishJobs() {
	t := s.tenant
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now().UTC()
	for _, src := range slices.Clone(t.sources) {
		if j := src.running; j != nil {
			j.hangs = false
			j.starts = minTime(j.starts, now)
			j.ends = minTime(j.ends, now)
			t.advance(j, now)
		}
	}
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
