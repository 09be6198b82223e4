package diff

import (
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// move is how far an update moves a date: whole is false where the date was blank, becomes blank or cannot be read, so that
// there is no distance.
type move struct {
	by    time.Duration
	whole bool
}

// move measures how far a date moves. A day alone counts as the instant that would be sent for it.
func (c *comparison) move(m *managed, old, sent string) move {
	to, err := time.Parse(time.RFC3339Nano, sent)
	if err != nil {
		return move{}
	}
	was, err := schema.ParseDate([]byte(old), c.currentColumns[m.current].Dates, time.UTC)
	if err != nil {
		return move{}
	}
	from := was.Instant
	if !was.HasTime {
		zone := c.o.Reading.Zone
		if zone == nil {
			zone = time.UTC
		}
		from = was.StartOf(zone)
		if m.attribute.TechnicalName == schema.EndDate {
			from = was.EndOf(zone)
		}
	}
	return move{by: to.Sub(from), whole: true}
}

// countMoves adds the dates that a change moves to the summary.
func (c *comparison) countMoves(moves []move) {
	const day = 24 * time.Hour
	for _, m := range moves {
		if !m.whole {
			continue
		}
		c.summary.DateChanges++
		if -day <= m.by && m.by <= day {
			c.summary.DateShifts[m.by]++
		}
	}
}
