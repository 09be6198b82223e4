package diff_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// plain is a table of which nothing is known but its cells.
type plain struct{ schema.Table }

// opened is a file with the given rows as a list.
func opened(t testing.TB, dir, name string, rows []string, s *schema.Schema, o csvio.Options) *csvio.List {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := csvio.Open(t.Context(), path, s, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestCompareOfFilesByTheirBytesAndByTheirCells compares files in which the same bytes need not mean the same, or other bytes
// may, with what is known of the bytes of rows and without.
func TestCompareOfFilesByTheirBytesAndByTheirCells(t *testing.T) {
	cells := map[string][]string{
		"key":   {"ann", "Ann", " ann", "zo\u00eb", "zoe\u0308", "bea", "\u00a0bea", "#CLEAR", "cat", "dan", ""},
		"name":  {"\t#CLEAR", "Ann", "Ann ", "\"Ann\"", "Zo\u00eb", "Zoe\u0308", "#CLEAR", "\" #CLEAR\"", "", "\u2126", "A\u200bb", "'0049"},
		"mail":  {"a@x.org", "a@X.org", "mailto:a@x.org", "", "a[at]x.org"},
		"phone": {"+1 555 0100", "+15550100", "001 555 0100", "", "=\"0049\""},
		"date": {"2026-03-31", "2026-03-31T10:00:00", "2026-03-31T10:00:00Z", "2026-03-31T10:00:00+02:00", "31.03.2026", "03/04/2026", "46112",
			"2026-03-31T23:59:59.000Z", "2026-13-01", "", "#CLEAR", "2026-03-31T10:00:00.5Z", "2026-03-31T24:00:00Z"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		row := func() string {
			parts := make([]string, len(personNames))
			for i, column := range []string{"key", "name", "mail", "phone", "date"} {
				parts[i] = rapid.SampledFrom(cells[column]).Draw(rt, column)
			}
			return strings.Join(parts, ",")
		}
		desired, current := []string{strings.Join(personNames, ",")}, []string{strings.Join(personNames, ",")}
		for range rapid.IntRange(0, 8).Draw(rt, "rows") {
			r := row()
			switch rapid.IntRange(0, 5).Draw(rt, "in") {
			case 0:
				desired = append(desired, r)
			case 1:
				current = append(current, r)
			default:
				desired, current = append(desired, r), append(current, r)
			}
		}
		reading := schema.Reading{
			PhoneDigits: rapid.Bool().Draw(rt, "phoneDigits"),
			Blank:       rapid.SampledFrom([]schema.Blank{schema.BlankKeep, schema.BlankClear}).Draw(rt, "blank"),
		}
		if rapid.Bool().Draw(rt, "zone") {
			reading.Zone = zone(t)
		}
		sch := personSchema()
		if rapid.Bool().Draw(rt, "dates typed as text") {
			for i := range sch.Attributes {
				if a := &sch.Attributes[i]; a.Type == schema.Date {
					a.Type, a.System = schema.Text, true
				}
			}
		}
		var off []string
		for _, rule := range []string{csvio.RuleTrim, csvio.RuleDate, csvio.RuleSerial, csvio.RuleNFC} {
			if rapid.IntRange(0, 3).Draw(rt, "off") == 0 {
				off = append(off, rule)
			}
		}
		o := csvio.Options{Off: off, DateOrder: rapid.SampledFrom([]schema.DateOrder{schema.Unsettled, schema.DayFirst}).Draw(rt, "order")}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		d, c := opened(t, dir, "new.csv", desired, sch, o), opened(t, dir, "old.csv", current, sch, csvio.Options{Off: off})
		defer d.Close()
		defer c.Close()
		told := func(desired, current schema.Table) (changes []string, sum diff.Summary, fault string) {
			sum, err := diff.Compare(t.Context(), desired, current, diff.Options{Schema: sch, Reading: reading}, func(c diff.Change) error {
				changes = append(changes, told(c))
				return nil
			})
			return changes, sum, fmt.Sprint(err)
		}
		got, sum, fault := told(d, c)
		want, wantSum, wantFault := told(plain{d}, plain{c})
		if diff := gocmp.Diff(want, got) + gocmp.Diff(wantSum, sum) + gocmp.Diff(wantFault, fault); diff != "" {
			rt.Errorf("%q\n%q\n(-by cells +by bytes):\n%s", desired, current, diff)
		}
	})
}

// counted is a list that counts how often it is read whole.
type counted struct {
	*csvio.List
	readings int
}

func (c *counted) Prepared(ctx context.Context, prepare func(*schema.Block, any) any, f func(*schema.Block, any) error) error {
	c.readings++
	return c.List.Prepared(ctx, prepare, f)
}

func TestCompareReadsAnewWhereBytesTellNothing(t *testing.T) {
	rows := func(date string) []string {
		lines := []string{strings.Join(personNames, ",")}
		for i := range 500 {
			lines = append(lines, fmt.Sprintf("p%03d,Ann,p%03d@x.org,+1555010%03d,%s", i, i, i, date))
		}
		return lines
	}
	for why, tt := range map[string]struct {
		date           string
		same, readings int
	}{
		"as it is":             {"2026-03-31T10:00:00Z", 500, 1},
		"in another spelling":  {"2026-03-31T12:00:00+02:00", 500, 2},
		"another day for each": {"2026-04-30T10:00:00Z", 0, 1},
	} {
		o := csvio.Options{}
		desired, current := opened(t, t.TempDir(), "new.csv", rows(tt.date), personSchema(), o), &counted{List: opened(t, t.TempDir(), "old.csv", rows("2026-03-31T10:00:00Z"), personSchema(), o)}
		sum, err := diff.Compare(t.Context(), desired, current, diff.Options{Schema: personSchema(), Reading: schema.Reading{Zone: zone(t)}}, func(diff.Change) error { return nil })
		if err != nil || sum.Same != int64(tt.same) || sum.Desired != 500 || sum.Current != 500 || current.readings != tt.readings {
			t.Errorf("%s: %+v after %d readings, error %v; want %d the same after %d readings", why, sum, current.readings, err, tt.same, tt.readings)
		}
		if err := errors.Join(desired.Close(), current.Close()); err != nil {
			t.Error(err)
		}
	}
}
