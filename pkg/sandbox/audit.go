package sandbox

import "time"

// event is one entry of the audit trail that the search operation shows.
type event struct {
	id            string
	action        string
	actor, target string
	created       time.Time
	attributes    map[string]string
}

// maxEvents bounds the trail; the oldest entries go first. It holds the events of three uploads of a full source.
const maxEvents = 60_000

func (t *tenant) audit(action, actor, target string, attributes map[string]string) {
	if len(t.events) >= maxEvents {
		t.events = append(t.events[:0:0], t.events[maxEvents/4:]...)
	}
	if t.set.is("audit-attributes", "none") {
		attributes = nil
	}
	t.events = append(t.events, event{id: t.ids.hex32(), action: action, actor: actor, target: target, created: t.clock.Now().UTC(), attributes: attributes})
}

func (t *tenant) auditRecord(action, actor string, r *record) {
	t.audit(action, actor, r.accountName, map[string]string{"accountName": r.accountName, "sourceId": r.source.sourceID})
}

func (t *tenant) auditSource(action, actor string, src *source) {
	t.audit(action, actor, src.name, map[string]string{"sourceId": src.sourceID, "sourceName": src.name})
}
