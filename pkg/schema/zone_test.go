package schema

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// The calendar must agree with the time package at every hour and on both sides of every change of the clocks.
func TestCalendar(t *testing.T) {
	for _, name := range []string{"UTC", "America/New_York", "Europe/Dublin", "America/Havana", "Africa/Casablanca", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kolkata", "America/Nuuk"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		c := newCalendar(zone)
		wrong := 0
		for at := int64(-400 * daySeconds); at < c.end+400*daySeconds && wrong < 5; at += 3 * 3600 {
			for _, unix := range []int64{at - 1, at} {
				y, m, d := time.Unix(unix, 0).In(zone).Date()
				if want := dayNumber(y, int(m), d); c.day(unix) != want {
					wrong++
					t.Errorf("%s: %s is on day %d, got %d", name, time.Unix(unix, 0).UTC(), want, c.day(unix))
				}
			}
		}
	}
}

func TestDayNumber(t *testing.T) {
	for d := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < 10000; d = d.AddDate(0, 0, 7) {
		n := dayNumber(d.Year(), int(d.Month()), d.Day())
		if int64(n)*daySeconds != d.Unix() || dayOf(n) != (Day{d.Year(), d.Month(), d.Day()}) {
			t.Fatalf("%s has the number %d, which is %v", d, n, dayOf(n))
		}
	}
}
