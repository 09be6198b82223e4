package report

import (
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// dates shows instants as the people of the list's zone know them.
type dates struct {
	zone *time.Location
	is   map[string]bool // attributes that are dates
}

func newDates(h *plan.Header) dates {
	zone, err := time.LoadLocation(h.Options.Zone)
	if err != nil {
		zone = nil
	}
	return datesOf(h.Schema.Attributes, zone)
}

// datesOf shows the dates among the attributes in a zone; nil is UTC.
func datesOf(attributes []schema.Attribute, zone *time.Location) dates {
	d := dates{zone: zone, is: map[string]bool{}}
	if zone == nil {
		d.zone = time.UTC
	}
	for _, a := range attributes {
		d.is[a.TechnicalName] = a.Type == schema.Date
	}
	return d
}

const rfc3339 = time.RFC3339

// pair is the old and the new value of a field. A start that is the first second of a day in the zone, and an end that is the
// last, are shown as that day, unless the two could then not be told apart; any other with its time and offset.
func (d dates) pair(f schema.FieldChange) (was, will string) {
	was, will = d.one(f.Attribute, f.Old), d.one(f.Attribute, f.New)
	if d.is[f.Attribute] && was == will {
		return d.full(f.Old), d.full(f.New)
	}
	return was, will
}

// one is a value on its own.
func (d dates) one(attribute, value string) string {
	if !d.is[attribute] {
		return value
	}
	t, err := time.Parse(rfc3339, value)
	if err != nil {
		return value
	}
	t = t.In(d.zone)
	whole := "00:00:00"
	if attribute == schema.EndDate {
		whole = "23:59:59"
	}
	if t.Format("15:04:05") == whole && t.Nanosecond() == 0 {
		return t.Format(time.DateOnly)
	}
	return d.full(value)
}

func (d dates) full(value string) string {
	t, err := time.Parse(rfc3339, value)
	if err != nil {
		return value
	}
	return t.In(d.zone).Format("2006-01-02 15:04:05.999 -07:00")
}

func (d dates) clock(t time.Time) string { return t.In(d.zone).Format("15:04:05 MST") }

func (d dates) minute(t time.Time) string { return t.In(d.zone).Format("2006-01-02 15:04 MST") }
