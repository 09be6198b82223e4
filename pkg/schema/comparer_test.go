package schema_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func attribute(name string) schema.Attribute {
	for _, a := range schema.System() {
		if a.TechnicalName == name {
			return a
		}
	}
	return schema.Attribute{TechnicalName: name, Type: schema.Text}
}

func TestEqual(t *testing.T) {
	ny := zone(t, "America/New_York")
	keep := schema.Reading{Zone: ny}
	clearing := schema.Reading{Zone: ny, Blank: schema.BlankClear}
	digits := schema.Reading{Zone: ny, PhoneDigits: true}
	for _, c := range []struct {
		attr             string
		r                schema.Reading
		desired, current string
		want             bool
		why              string
	}{
		{"firstName", keep, "Ana", " Ana ", true, "space does not count"},
		{"firstName", keep, "Ana", "ana", false, "case does"},
		{"firstName", keep, "Jose\u0301", "Jos\u00e9", true, "Unicode form does not"},
		{"firstName", keep, "", "Ana", true, "blank keeps"},
		{"firstName", keep, " \u00a0", "Ana", true, "so does space"},
		{"firstName", clearing, "", "Ana", false, "blank clears"},
		{"firstName", clearing, "", " ", true, "and nothing is left to clear"},
		{"vendor", keep, "#CLEAR", "ACME", false, "clears one value"},
		{"vendor", keep, "#CLEAR", "", true, "which is gone already"},
		{"vendor", keep, "#CLEAR", "#CLEAR", false, "of the tenant it is only text"},
		{"vendor", keep, "x", "", false, "set where nothing was"},
		{"email", keep, "Ana@Example.COM", "Ana@example.com", true, "a domain has no case"},
		{"email", keep, "ana@example.com", "Ana@example.com", false, "what is before it may have"},
		{"phone", keep, "555-555", "555555", false, "text unless told otherwise"},
		{"phone", digits, "+1 (555) 555-5555", "0015555555555", true, "digits"},
		{"phone", digits, "555-5555 x12", "555-5555", false, "an extension counts"},
		{"phone", digits, "none", "none", true, "text where there are no digits"},
		{"phone", digits, "none", "nil", false, "text where there are no digits"},
		{"endDate", keep, "2026-03-31", "2026-04-01T03:59:59Z", true, "the last second of that day there"},
		{"endDate", keep, "2026-03-31", "2026-04-01T04:00:00Z", false, "one second later"},
		{"endDate", keep, "2026-03-31", "2026-03-31T12:00:00.5Z", true, "any instant of that day"},
		{"endDate", keep, "2026-03-31", "2026-03-31T00:00:00Z", false, "still the 30th there"},
		{"startDate", keep, "2026-03-31", "2026-03-31T04:00:00.000Z", true, ""},
		{"startDate", keep, "3/31/2026", "2026-03-31T04:00:00.000Z", true, "another spelling"},
		{"startDate", keep, "2026-03-31T00:00:00-04:00", "2026-03-31T04:00:00.000Z", true, "instants, not strings"},
		{"startDate", keep, "2026-03-31T00:00:00.5-04:00", "2026-03-31T04:00:00.000Z", false, "half a second"},
		{"startDate", keep, "2026-03-31 00:00", "2026-03-31T04:00", true, "the person's zone against UTC"},
		{"endDate", keep, "2026-03-31T23:59:59-04:00", "2026-03-31", true, "a day in the other list is what would be sent for it"},
		{"endDate", keep, "2026-03-31T12:00:00-04:00", "2026-03-31", false, "and nothing else"},
		{"endDate", keep, "2026-03-31", "31.03.2026", true, "two days"},
		{"endDate", keep, "soon", " soon", true, "unreadable on both sides is text"},
		{"endDate", keep, "soon", "2026-03-31", false, ""},
		{"endDate", keep, "2026-03-31", "soon", false, ""},
		{"endDate", schema.Reading{}, "2026-03-31", "2026-03-31T12:00:00Z", false, "without a zone no day equals an instant"},
		{"endDate", schema.Reading{}, "2026-03-31", "31.3.2026", true, "but it equals the day"},
		{"endDate", schema.Reading{}, "2026-03-31T12:00:00Z", "2026-03-31T14:00:00+02:00", true, "instants need none"},
	} {
		cmpr := schema.NewComparer(attribute(c.attr), schema.Column{Name: c.attr}, schema.Column{Name: c.attr}, c.r)
		d, cur := []byte(c.desired), []byte(c.current)
		if got := cmpr.Equal(d, cur); got != c.want {
			t.Errorf("%s: Equal(%q, %q) = %v: %s", c.attr, c.desired, c.current, got, c.why)
		}
		same := bytes.Equal(cmpr.AppendCanonical(nil, d, true), cmpr.AppendCanonical(nil, cur, false))
		if !cmpr.NeedsEqual(d) && same != c.want {
			t.Errorf("%s: canonical forms of %q and %q same: %v, want %v without asking Equal", c.attr, c.desired, c.current, same, c.want)
		}
		if keeps := len(schema.Trim(d)) == 0; c.want && !same && !keeps {
			t.Errorf("%s: %q equals %q but their canonical forms differ", c.attr, c.desired, c.current)
		}
	}
}

func TestSend(t *testing.T) {
	r := schema.Reading{Zone: zone(t, "America/New_York")}
	for _, c := range []struct {
		attr string
		r    schema.Reading
		cell string
		want string
		why  string
	}{
		{"startDate", r, "2026-03-31", "2026-03-31T00:00:00-04:00", "a start is the first second"},
		{"endDate", r, "2026-03-31", "2026-03-31T23:59:59-04:00", "an end is the last"},
		{"endDate", r, "2026-12-31", "2026-12-31T23:59:59-05:00", "in the offset of that day"},
		{"endDate", r, "2026-03-31 17:00", "2026-03-31T17:00:00-04:00", "a time keeps its time"},
		{"endDate", r, "2026-03-31T17:00:00.250Z", "2026-03-31T17:00:00.25Z", "and its offset"},
		{"endDate", r, "#CLEAR", "", "cleared"},
		{"endDate", schema.Reading{}, "2026-03-31", "--time-zone", "the error names the flag"},
		{"endDate", r, "03/04/2026", "--date-format", "the error names the flag"},
		{"firstName", r, " Jose\u0301 ", "Jos\u00e9", "trimmed, composed"},
		{"firstName", r, " ", "", ""},
	} {
		cmpr := schema.NewComparer(attribute(c.attr), schema.Column{}, schema.Column{}, c.r)
		got, err := cmpr.Send([]byte(c.cell))
		if err != nil {
			if !bytes.Contains([]byte(err.Error()), []byte(c.want)) || c.want == "" {
				t.Errorf("Send(%q): %v, want %q: %s", c.cell, err, c.want, c.why)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Send(%q): %s (-want +got)\n%s", c.cell, c.why, diff)
		}
	}
}

// What is sent must be what the next comparison finds, or every night would bring the same update.
func TestSentIsEqual(t *testing.T) {
	for _, name := range []string{"America/New_York", "Pacific/Kiritimati", "America/Sao_Paulo", "UTC"} {
		r := schema.Reading{Zone: zone(t, name)}
		for _, attr := range []string{schema.StartDate, schema.EndDate} {
			cmpr := schema.NewComparer(attribute(attr), schema.Column{}, schema.Column{}, r)
			for d := time.Date(2018, 10, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2020; d = d.AddDate(0, 0, 1) {
				cell := []byte(d.Format(time.DateOnly))
				sent, err := cmpr.Send(cell)
				if err != nil {
					t.Fatal(err)
				}
				if !cmpr.Equal(cell, []byte(sent)) || !cmpr.Equal([]byte(sent), []byte(sent)) {
					t.Errorf("%s in %s: %s was sent and differs", cell, name, sent)
				}
			}
		}
	}
}
