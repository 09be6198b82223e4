package sandbox

import (
	"slices"
	"time"
)

// job is one bulk upload. Nothing works on it in the background: settle brings it to where the clock says it is, before every call.
type job struct {
	id      string
	source  *source
	actor   string
	created time.Time
	starts  time.Time // the end of PENDING
	ends    time.Time // the end of IN_PROGRESS
	hangs   bool      // never ends
	rows    []uploadRow
	landed  int  // how many of rows have been taken over
	failed  bool // ends in ERROR
	named   map[string]bool
}

const (
	jobPending    = "PENDING"
	jobInProgress = "IN_PROGRESS"
	jobCompleted  = "COMPLETED"
	jobError      = "ERROR"
)

func (j *job) status(now time.Time) string {
	switch {
	case now.Before(j.starts):
		return jobPending
	case j.hangs || now.Before(j.ends):
		return jobInProgress
	case j.failed:
		return jobError
	}
	return jobCompleted
}

// startJob makes a job for the good rows of a file. While another job of the source is at work, the new one fails at once.
func (c *call) startJob(src *source, rows []uploadRow, failed bool) *job {
	j := &job{id: c.ids.hex32(), source: src, actor: c.caller.name(), created: c.now, starts: c.now, ends: c.now, failed: failed}
	src.previous, src.newest = src.newest, j
	c.auditSource("NON_EMPLOYEE_BULK_IMPORT_STARTED", j.actor, src)
	if src.running != nil {
		j.failed = true
		c.auditSource("NON_EMPLOYEE_BULK_IMPORT_FAILED", j.actor, src)
		return j
	}
	src.running = j
	if c.set.is("absent-rows", "delete") {
		j.named = map[string]bool{}
		for _, row := range rows {
			j.named[c.foldName(row.accountName)] = true
		}
	}
	queued := c.jobs.Queued
	if !c.set.is("status-after-upload", "pending") {
		queued = max(queued, c.jobs.Submitted)
	}
	j.rows = rows
	if failed && c.set.is("failed-job", "atomic") {
		j.rows = nil
	}
	j.starts = c.now.Add(queued)
	j.ends = j.starts.Add(c.jobs.Running + time.Duration(len(rows))*c.jobs.PerRow)
	for _, f := range c.jobFaults {
		f.spoil(j, c.tenant)
	}
	c.settle()
	return j
}

// settle lands the rows of all running jobs that are due by now.
func (t *tenant) settle() {
	now := t.clock.Now().UTC()
	for _, src := range t.sources {
		if src.running != nil {
			t.advance(src.running, now)
		}
	}
}

func (t *tenant) advance(j *job, now time.Time) {
	if now.Before(j.starts) {
		return
	}
	due := len(j.rows)
	span := j.ends.Sub(j.starts)
	if now.Before(j.ends) {
		due = int(float64(due) * (float64(now.Sub(j.starts)) / float64(span)))
	}
	for ; j.landed < due; j.landed++ {
		at := j.starts.Add(time.Duration(float64(span) * float64(j.landed+1) / float64(len(j.rows))))
		if !t.land(j, &j.rows[j.landed], at.Truncate(time.Millisecond)) {
			j.failed = true
		}
	}
	if j.hangs || now.Before(j.ends) {
		return
	}
	t.finish(j)
}

func (t *tenant) finish(j *job) {
	src := j.source
	src.running = nil
	outcome := "NON_EMPLOYEE_BULK_IMPORT_PASSED"
	if j.failed {
		outcome = "NON_EMPLOYEE_BULK_IMPORT_FAILED"
	} else if j.named != nil {
		gone := map[*record]bool{}
		for _, r := range src.records {
			if !j.named[t.foldName(r.accountName)] {
				gone[r] = true
			}
		}
		t.remove(src, gone)
	}
	t.auditSource(outcome, j.actor, src)
	j.rows, j.named = nil, nil
}

// land takes over one row: an update where the account name is known and a create where it is not. It returns false when the row
// has become impossible since it was read.
func (t *tenant) land(j *job, row *uploadRow, at time.Time) bool {
	src := j.source
	if old := src.byName[t.foldName(row.accountName)]; old != nil {
		p := row.person
		p.data = slices.Clone(p.data)
		p.accountName = old.accountName
		if t.set.is("blank-cell", "keep") {
			t.keepBlanks(&p, &old.person, src)
		}
		t.store(old, p, at, j.actor)
		return true
	}
	if len(src.records) >= maxRecords || t.taken(src, row.accountName, nil) {
		return false
	}
	if t.set.is("upload-approval", "request") && len(src.approvers) > 0 {
		t.startRequest(src, row.person, nil)
		return true
	}
	r := &record{person: row.person, id: t.newRecordID(), source: src, created: at, modified: at}
	t.insert(r)
	t.auditRecord("NON_EMPLOYEE_CREATE_PASSED", j.actor, r)
	return true
}

// keepBlanks fills what a row leaves blank from the record that it updates.
func (t *tenant) keepBlanks(p, old *person, src *source) {
	for _, a := range src.attributes {
		if !a.system {
			if p.custom(a.technicalName) == "" {
				p.addCustom(a.technicalName, old.custom(a.technicalName))
			}
			continue
		}
		if at := p.date(a.technicalName); at != nil {
			if at.IsZero() {
				*at = *old.date(a.technicalName)
			}
		} else if text := p.column(a.technicalName); *text == "" {
			*text = *old.column(a.technicalName)
		}
	}
}
