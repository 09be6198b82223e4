package schema

import (
	"sort"
	"time"
)

const daySeconds = 86400

// A calendar answers which day an instant falls on in one zone. [time.Time.In] answers the same, more slowly: beyond the last
// change that the zone's file lists it works out the rule for the year anew each time.
type calendar struct {
	zone *time.Location
	from []int64 // instants at which the clock was changed, Unix seconds; the first is the lower bound of what is known
	east []int32 // seconds east of UTC from then on
	hint []uint16
	end  int64 // upper bound of what is known
}

// A bucket is the span of instants that share one hint: about 97 days.
const bucket = 23

func newCalendar(zone *time.Location) *calendar {
	c := &calendar{zone: zone, end: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Unix()}
	t := time.Unix(0, 0).In(zone)
	for at := int64(0); at < c.end; {
		_, east := t.Zone()
		c.from, c.east = append(c.from, at), append(c.east, int32(east))
		_, next := t.ZoneBounds()
		if next.IsZero() {
			break
		}
		if !next.After(t) {
			next = t.Add(daySeconds * time.Second) // the bounds end a day early in leap years beyond the zone's list of changes
		}
		t, at = next, next.Unix()
	}
	for b := int64(0); b<<bucket < c.end; b++ {
		i := sort.Search(len(c.from), func(i int) bool { return c.from[i] > b<<bucket })
		c.hint = append(c.hint, uint16(i-1))
	}
	return c
}

// day is the number of the day, see [dayNumber], that a calendar in the zone shows at an instant.
func (c *calendar) day(unix int64) int32 {
	var east int64
	if unix >= 0 && unix < c.end {
		i := int(c.hint[unix>>bucket])
		for i+1 < len(c.from) && c.from[i+1] <= unix {
			i++
		}
		east = int64(c.east[i])
	} else {
		_, e := time.Unix(unix, 0).In(c.zone).Zone()
		east = int64(e)
	}
	return floorDay(unix + east)
}

// floorDay divides seconds into whole days, rounding down before 1970 too.
func floorDay(seconds int64) int32 {
	d := seconds / daySeconds
	if seconds%daySeconds < 0 {
		d--
	}
	return int32(d)
}
