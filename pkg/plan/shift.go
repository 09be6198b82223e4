package plan

import (
	"fmt"
	"strings"
	"time"
)

// shifts counts by how much the dates of a plan move, for moves of a day or less. There are at most 172,801 of them.
type shifts map[time.Duration]int64

// farShift stands for every move of more than a day; such moves are meant.
const farShift = time.Duration(1<<63 - 1)

func (s shifts) add(d time.Duration) {
	d = d.Truncate(time.Second)
	if d > 24*time.Hour || d < -24*time.Hour {
		d = farShift
	}
	s[d]++
}

// fewShifts is the number of moved dates below which nothing can be said of most of them.
const fewShifts = 5

// refusal says whether more than half of the moved dates share one shift of 24 hours or less: that is a wrong zone and not a
// change. Two shifts an hour apart, on the same side, are one, because of summer time.
func (s shifts) refusal(zone string) (Refusal, bool) {
	var all, most int64
	var shift time.Duration
	for d, n := range s {
		all += n
		if d == farShift || d == 0 {
			continue
		}
		if next := d + time.Hour; d > 0 == (next > 0) && next != 0 {
			n += s[next]
		}
		if n > most || n == most && d < shift {
			most, shift = n, d
		}
	}
	if all < fewShifts || most*2 <= all {
		return Refusal{}, false
	}
	if zone == "" {
		zone = "none given"
	}
	return Refusal{
		Code: "E-ZONE-SHIFT",
		Message: fmt.Sprintf("refusing to plan E-ZONE-SHIFT: %s of %s moved dates move by the same %s: that is a wrong time zone (%s), not a change",
			grouped(most), grouped(all), spokenShift(shift), zone),
		Flag: "--allow-zone-shift",
	}, true
}

// spokenShift writes a shift as 5h, -5h30m or 24h.
func spokenShift(d time.Duration) string {
	s := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
