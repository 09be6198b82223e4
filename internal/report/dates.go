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
	d := dates{zone: time.UTC, is: map[string]bool{}}
	if zone, err := time.LoadLocation(h.Options.Zone); err == nil {
		d.zone = zone
	}
	for _, a := range h.Schema.Attributes {
		d.is[a.TechnicalName] = a.Type == schema.Date
	}
	return d
}

// pair is the old and the new value of a field. An instant that is the first or the last second of a day in the zone is shown
// as that day, unless the two could then not be told apart; any other with its time and offset.
func (d dates) pair(f schema.FieldChange) (was, will string) {
	if !d.is[f.Attribute] {
		return f.Old, f.New
	}
	was, will = d.day(f.Old), d.day(f.New)
	if was == will {
		return d.full(f.Old), d.full(f.New)
	}
	return was, will
}

func (d dates) day(value string) string {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return value
	}
	t = t.In(d.zone)
	switch t.Format("15:04:05") {
	case "00:00:00", "23:59:59":
		return t.Format(time.DateOnly)
	}
	return d.full(value)
}

func (d dates) full(value string) string {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return value
	}
	return t.In(d.zone).Format("2006-01-02 15:04:05 -07:00")
}

func (d dates) clock(t time.Time) string { return t.In(d.zone).Format("15:04:05") }
