package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// TestLongValues: a line that is read has the beginning of a long value, and how long it is.
func TestLongValues(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "(blank)"},
		{strings.Repeat("é", mostShown), strings.Repeat("é", mostShown)},
		{strings.Repeat("é", 500_000), strings.Repeat("é", mostShown) + "… (500,000 characters)"},
	} {
		if got := value(tt.in); got != tt.want {
			t.Errorf("%.20q is shown as %.400q", tt.in, got)
		}
	}
}

// TestLongValuesThatDifferLate: what differs is seen, however far behind it is.
func TestLongValuesThatDifferLate(t *testing.T) {
	long := strings.Repeat("é", 500)
	for _, tt := range []struct{ was, will, wantWas, wantWill string }{
		{"a", "b", "a", "b"},
		{long + "a", long + "b", "…" + long[:40] + "a", "…" + long[:40] + "b"},
		{long, long + "b", "…" + long[:40], "…" + long[:40] + "b"},
		{"a" + long, "b" + long, "a" + long, "b" + long},
		{"", long, "", long},
	} {
		if was, will := apart(tt.was, tt.will); was != tt.wantWas || will != tt.wantWill {
			t.Errorf("%.40q and %.40q are shown as %.80q and %.80q", tt.was, tt.will, was, will)
		}
	}
}

func changesText(t *testing.T, o ChangeOptions, list []diff.Change, s diff.Summary) []byte {
	t.Helper()
	var out bytes.Buffer
	c := NewChanges(&out, o)
	c.Where(options(t).Source, 1262)
	for _, ch := range list {
		if err := c.Change(ch); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Summary(s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestChanges(t *testing.T) {
	seen := diff.Summary{Desired: 1284, Current: 1262, Same: 1257, Created: 1, Updated: 2, Missing: 2, Blocked: 1, Renamed: 1, Fields: map[string]int64{"endDate": 1, "manager": 1, "startDate": 1, "vendor": 1}}
	of := &schema.Schema{Attributes: append(schema.System(), schema.Attribute{TechnicalName: "vendor", Type: schema.Text})}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "changes.txt", changesText(t, ChangeOptions{Schema: of, Zone: zone}, changes(true), seen))
	golden(t, "changes-cut.txt", changesText(t, ChangeOptions{Schema: of, Zone: zone, Max: 2}, changes(false), seen))
	golden(t, "changes-none.txt", changesText(t, ChangeOptions{Schema: of, Zone: zone}, nil, diff.Summary{Same: 3}))
	golden(t, "changes.jsonl", changesText(t, ChangeOptions{JSON: true}, changes(true), seen))
}

// Every line of a stream is JSON, and says the same as the change that it was made from.
func TestChangesJSON(t *testing.T) {
	list := changes(true)
	lines := bytes.SplitAfter(changesText(t, ChangeOptions{JSON: true}, list, diff.Summary{}), []byte("\n"))
	for i, ch := range list {
		var got struct {
			Type, Kind, Key, ID string
			Row, Line           int64
			Fields              []schema.FieldChange
			Desired, Current    map[string]string
			Findings            []schema.Finding
		}
		if err := json.Unmarshal(lines[i], &got); err != nil {
			t.Fatalf("%s: %v", lines[i], err)
		}
		if got.Type != "change" || got.Kind != string(ch.Kind) || got.Key != ch.Key {
			t.Errorf("line %d is the %s %s of %s, want the change %s of %s", i+1, got.Type, got.Kind, got.Key, ch.Kind, ch.Key)
		}
		if diff := cmp.Diff(ch.Fields, got.Fields); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", ch.Key, diff)
		}
		if diff := cmp.Diff(ch.Findings, got.Findings); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", ch.Key, diff)
		}
		side, values := ch.Current, got.Current
		if ch.Desired != nil {
			side, values = ch.Desired, got.Desired
			if got.Row != ch.Desired.Ref.Row {
				t.Errorf("%s: row %d, want %d", ch.Key, got.Row, ch.Desired.Ref.Row)
			}
		}
		if len(ch.Fields) > 0 {
			continue
		}
		want := map[string]string{}
		for j, n := range side.Names {
			want[n] = side.Values[j]
		}
		if diff := cmp.Diff(want, values); diff != "" {
			t.Errorf("%s: values (-want +got):\n%s", ch.Key, diff)
		}
	}
}

func TestChangesMarkdown(t *testing.T) {
	o := options(t)
	for name, l := range map[string]ChangeList{
		"changes.md":      {Source: o.Source, List: "contractors.csv", Changes: changes(true), Summary: diff.Summary{Same: 1257, Created: 1, Updated: 2, Missing: 2, Blocked: 1, Renamed: 1}},
		"changes-none.md": {List: "new.csv", Against: "old|file.csv", Summary: diff.Summary{Same: 3}},
	} {
		var out bytes.Buffer
		if err := ChangesMarkdown(&out, l, ChangeOptions{Schema: o.Schema, Zone: o.Reading.Zone, Max: 6}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
}

func TestChangeLines(t *testing.T) {
	got := ChangeLines([]diff.Change{
		{Kind: diff.Create, Key: "a", Desired: &schema.Record{Ref: schema.Ref{Row: 4}, Names: []string{"accountName", "phone", "vendor"}, Values: []string{"a", "", "ACME"}}},
		changes(false)[1], changes(false)[3], changes(false)[5],
		{Kind: diff.Blocked, Key: "x", Desired: person(9, "x", "", ""), Findings: []schema.Finding{{Severity: schema.Warning, Message: "odd"}, {Severity: schema.Error, Message: "wrong"}}},
	})
	want := []Line{
		{"a", 4, "create", "vendor", "", "ACME", ""},
		{"maria.lopez", 41, "update", "manager", "jane.doe", "maria", ""},
		{"maria.lopez", 41, "update", "endDate", "2026-03-31T23:59:59-04:00", "2026-09-30T23:59:59-04:00", ""},
		{"k.ono", 60, "blocked", "", "", "", `"k.ono(at)acme" is no mail address`},
		{"old.guy", 0, "missing", "", "", "", "not in the list"},
		{"x", 9, "blocked", "", "", "", "wrong"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func BenchmarkChangesJSON(b *testing.B) {
	list := changes(false)
	c := NewChanges(io.Discard, ChangeOptions{JSON: true})
	b.ReportAllocs()
	for i := range b.N {
		if err := c.Change(list[i%2]); err != nil {
			b.Fatal(err)
		}
	}
}
