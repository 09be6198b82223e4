package schema_test

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestParseDate(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct {
		cell  string
		order schema.DateOrder
		zone  *time.Location
		want  string // the day, or the instant in RFC 3339, or the code of the error
		why   string
	}{
		{"2019-08-23T18:52:59.162Z", 0, nil, "2019-08-23T18:52:59.162Z", "a record as the service shows it"},
		{"2021-01-12T20:49:40.26Z", 0, nil, "2021-01-12T20:49:40.26Z", "fractions come in any length"},
		{"2021-01-12T20:49:40.123456789Z", 0, nil, "2021-01-12T20:49:40.123456789Z", "up to nine digits"},
		{"2021-01-12T20:49:40.1234567891Z", 0, nil, "E-DATE-BAD", "but no more"},
		{"2020-04-05T08:00:00-10:00", 0, nil, "2020-04-05T08:00:00-10:00", "the CSV example keeps its offset"},
		{"2020-04-05T08:00:00+0530", 0, nil, "2020-04-05T08:00:00+05:30", "an offset without its colon"},
		{"2020-04-05T08:00:00+05", 0, nil, "2020-04-05T08:00:00+05:00", "an offset of hours"},
		{"2020-04-05T08:00Z", 0, nil, "2020-04-05T08:00:00Z", "no seconds"},
		{"2020-04-05T08:00:00", 0, time.UTC, "2020-04-05T08:00:00Z", "no zone is that of the reader"},
		{"2020-04-05 08:00", 0, berlin, "2020-04-05T08:00:00+02:00", "a spreadsheet's time in the stated zone"},
		{"2020-04-05 08:00", 0, nil, "E-DATE-ZONE", "there is no default zone"},
		{"5 Apr 2020 8:05 pm", 0, berlin, "2020-04-05T20:05:00+02:00", "a clock of twelve hours"},
		{"2020-04-05 13:05 pm", 0, berlin, "E-DATE-BAD", "13 is not on it"},
		{"2020-04-05T24:00:00Z", 0, nil, "E-DATE-BAD", "no hour 24"},
		{"2020-04-05T08:00:00 CEST", 0, nil, "E-DATE-BAD", "names of zones mean several"},
		{"2020-03-24", 0, nil, "2020-03-24", "a day needs no zone to be read"},
		{" 2020-03-24\u00a0", 0, nil, "2020-03-24", "space around it"},
		{"2020/03/24", 0, nil, "2020-03-24", ""},
		{"2020-3-4", schema.DayFirst, nil, "2020-03-04", "a year in front settles the order"},
		{"20200324", 0, nil, "2020-03-24", ""},
		{"19081309", 0, nil, "E-DATE-BAD", "month 13"},
		{"31.12.2026", 0, nil, "2026-12-31", "settled by itself"},
		{"12/31/2026", 0, nil, "2026-12-31", "settled by itself"},
		{"31. 12. 2026", 0, nil, "2026-12-31", "spaces after the points"},
		{"03/04/2026", 0, nil, "E-DATE-AMBIGUOUS", "refuses to guess"},
		{"03/03/2026", 0, nil, "2026-03-03", "both readings agree"},
		{"03/04/2026", schema.DayFirst, nil, "2026-04-03", ""},
		{"03/04/2026", schema.MonthFirst, nil, "2026-03-04", ""},
		{"03/04/2026", schema.YearFirst, nil, "E-DATE-AMBIGUOUS", "a column of ISO dates says nothing of this cell"},
		{"03/28/2026", schema.DayFirst, nil, "E-DATE-BAD", "contradicts its column"},
		{"28/03/2026", schema.MonthFirst, nil, "E-DATE-BAD", "contradicts its column"},
		{"03/04/26", schema.DayFirst, nil, "E-DATE-BAD", "two-digit years are refused"},
		{"3-Apr-26", 0, nil, "E-DATE-BAD", "two-digit years are refused"},
		{"2026-02-29", 0, nil, "E-DATE-BAD", "no leap year"},
		{"2024-02-29", 0, nil, "2024-02-29", "a leap year"},
		{"31/04/2026", schema.DayFirst, nil, "E-DATE-BAD", "no such day"},
		{"3 April 2026", 0, nil, "2026-04-03", ""},
		{"3rd of April 2026", 0, nil, "2026-04-03", ""},
		{"April 3, 2026", 0, nil, "2026-04-03", ""},
		{"Apr 3rd, 2026", 0, nil, "2026-04-03", ""},
		{"03-APR-2026", 0, nil, "2026-04-03", ""},
		{"3. März 2026", 0, nil, "2026-03-03", "German"},
		{"3 févr. 2026", 0, nil, "2026-02-03", "French"},
		{"3 de abril de 2026", 0, nil, "2026-04-03", "Spanish"},
		{"Fri, 3 Apr 2026", 0, nil, "2026-04-03", "a weekday in front"},
		{"44927", 0, nil, "E-DATE-BAD", "a spreadsheet's day number"},
		{"1610524800", 0, nil, "E-DATE-BAD", "seconds since 1970"},
		{"tomorrow", 0, nil, "E-DATE-BAD", ""},
		{"2026-04-03x", 0, nil, "E-DATE-BAD", "rest after the day"},
		{"2026-04-03T", 0, nil, "E-DATE-BAD", "rest after the day"},
		{"", 0, nil, "E-DATE-BAD", "blank is no date"},
	} {
		t.Run(c.cell, func(t *testing.T) {
			got := ""
			w, err := schema.ParseDate([]byte(c.cell), c.order, c.zone)
			var bad *schema.DateError
			switch {
			case errors.As(err, &bad):
				got = bad.Code
			case err != nil:
				got = err.Error()
			case w.HasTime:
				got = w.Instant.Format(time.RFC3339Nano)
			default:
				got = w.Day.String()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", c.why, diff)
			}
		})
	}
}

func TestWhichDay(t *testing.T) {
	for _, c := range []struct{ zone, day, start, end, why string }{
		{"America/New_York", "2026-03-31", "2026-03-31T00:00:00-04:00", "2026-03-31T23:59:59-04:00", "midnight there, not here"},
		{"America/New_York", "2026-03-08", "2026-03-08T00:00:00-05:00", "2026-03-08T23:59:59-04:00", "a day of 23 hours"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-04T23:59:59-02:00", "midnight was skipped"},
		{"America/Sao_Paulo", "2018-11-03", "2018-11-03T00:00:00-03:00", "2018-11-03T23:59:59-03:00", "the day before it ends in its own offset"},
		{"America/Havana", "2025-11-02", "2025-11-02T00:00:00-04:00", "2025-11-02T23:59:59-05:00", "midnight came twice: the first is the start"},
		{"Pacific/Kiritimati", "2026-12-31", "2026-12-31T00:00:00+14:00", "2026-12-31T23:59:59+14:00", ""},
	} {
		w, err := schema.ParseDate([]byte(c.day), schema.Unsettled, nil)
		if err != nil {
			t.Fatal(err)
		}
		z := zone(t, c.zone)
		got := []string{w.StartOf(z).Format(time.RFC3339), w.EndOf(z).Format(time.RFC3339)}
		if diff := cmp.Diff([]string{c.start, c.end}, got); diff != "" {
			t.Errorf("%s in %s: %s (-want +got)\n%s", c.day, c.zone, c.why, diff)
		}
	}
}

// Every day of 2010 to 2030 in zones with strange clocks: the start shows the day, the second before it does not.
func TestDaysHaveEdges(t *testing.T) {
	for _, name := range []string{"America/Havana", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "Asia/Tehran", "America/Asuncion", "Australia/Lord_Howe", "Europe/London", "America/Scoresbysund", "UTC"} {
		z := zone(t, name)
		for d := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2030; d = d.AddDate(0, 0, 1) {
			w := schema.When{Day: schema.Day{Year: d.Year(), Month: d.Month(), Day: d.Day()}}
			start, end := w.StartOf(z), w.EndOf(z)
			day := func(t time.Time) string { return t.Format(time.DateOnly) }
			want := []bool{true, true, true, true}
			got := []bool{
				day(start) == w.Day.String(), day(start.Add(-time.Second)) < w.Day.String(),
				day(end) == w.Day.String(), day(end.Add(time.Second)) > w.Day.String(),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s in %s is %s to %s (-want +got)\n%s", w.Day, name, start, end, diff)
			}
		}
	}
}

func TestParseDateFormat(t *testing.T) {
	for _, c := range []struct {
		pattern string
		want    schema.DateOrder
		fails   bool
	}{
		{"DD/MM/YYYY", schema.DayFirst, false},
		{"d.m.yyyy", schema.DayFirst, false},
		{"MM-DD-YYYY", schema.MonthFirst, false},
		{"YYYY-MM-DD", schema.YearFirst, false},
		{"DD/MM/YY", schema.Unsettled, true},
		{"YYYY-DD-MM", schema.Unsettled, true},
		{"%d/%m/%Y", schema.Unsettled, true},
		{"", schema.Unsettled, true},
		{"DD/MM/YYYY HH", schema.Unsettled, true},
	} {
		got, err := schema.ParseDateFormat(c.pattern)
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("ParseDateFormat(%q) = %v, %v; want %v, error %v", c.pattern, got, err, c.want, c.fails)
		}
	}
}
