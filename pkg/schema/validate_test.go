package schema_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A cleanRow is one that no rule complains about; n makes it somebody's own.
func cleanRow(n int) map[string]string {
	return map[string]string{
		"accountName": fmt.Sprintf("ana.ruiz%d", n), "firstName": "Ana", "lastName": fmt.Sprintf("Ruiz%d", n),
		"phone": fmt.Sprintf("+3461234%04d", n), "email": fmt.Sprintf("ana.ruiz%d@example.com", n), "manager": "jane.doe",
		"startDate": "2026-01-05", "endDate": "2026-12-31", "vendor": fmt.Sprintf("V%d", n),
	}
}

func table(t testing.TB, names []string, rows ...map[string]string) *schema.Memory {
	t.Helper()
	var records []schema.Record
	for _, r := range rows {
		var rec schema.Record
		for _, n := range names {
			rec.Values = append(rec.Values, r[n])
		}
		records = append(records, rec)
	}
	m, err := schema.NewMemory(names, records)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func testSchema(t testing.TB) *schema.Schema {
	t.Helper()
	s, err := schema.FromTemplate(strings.Split("accountName,firstName,lastName,phone,email,manager,startDate,endDate,vendor", ","))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// with returns a clean row with some cells changed.
func with(n int, cells ...string) map[string]string {
	r := cleanRow(n)
	for i := 0; i < len(cells); i += 2 {
		r[cells[i]] = cells[i+1]
	}
	return r
}

func TestValidate(t *testing.T) {
	options := schema.CheckOptions{Reading: schema.Reading{Zone: zone(t, "Europe/Berlin")}, AsOf: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	noZone := options
	noZone.Reading.Zone = nil
	updates := options
	updates.UpdatesOnly = true
	clearing := updates
	clearing.Reading.Blank = schema.BlankClear
	s := testSchema(t)
	for _, c := range []struct {
		why  string
		o    schema.CheckOptions
		rows []map[string]string
		want []string // row code column related
	}{
		{"a clean list", options, []map[string]string{cleanRow(1), cleanRow(2)}, nil},
		{"a new record needs its required cells", options, []map[string]string{with(1, "phone", " ")}, []string{"1 E-REQUIRED phone"}},
		{"a record that exists keeps them", updates, []map[string]string{with(1, "phone", " ")}, nil},
		{"unless blank means clear", clearing, []map[string]string{with(1, "phone", " ")}, []string{"1 E-REQUIRED phone"}},
		{"an optional cell may be blank", options, []map[string]string{with(1, "vendor", "")}, nil},
		{"a required one cannot be cleared", updates, []map[string]string{with(1, "phone", "#CLEAR")}, []string{"1 E-REQUIRED phone"}},
		{"an optional one can", updates, []map[string]string{with(1, "vendor", "#CLEAR")}, nil},
		{"nobody's row", options, []map[string]string{with(1, "accountName", "")}, []string{"1 E-KEY-BLANK accountName"}},
		{"exact doubles, and findings in row order", options,
			[]map[string]string{with(1), with(2, "email", "x"), with(1, "email", "b@example.com"), with(3, "email", "y")},
			[]string{"1 E-KEY-DUPLICATE accountName [3]", "2 E-EMAIL-BAD email", "3 E-KEY-DUPLICATE accountName [1]", "4 E-EMAIL-BAD email"}},
		{"doubles by case", options, []map[string]string{with(1, "accountName", "j.smith"), with(2, "accountName", "J.Smith")},
			[]string{"1 E-KEY-DUPLICATE accountName [2]", "2 E-KEY-DUPLICATE accountName [1]"}},
		{"doubles by space", options, []map[string]string{with(1, "accountName", "j.smith"), with(2, "accountName", "j.smith\u00a0")},
			[]string{"1 E-KEY-DUPLICATE accountName [2]", "2 E-KEY-DUPLICATE accountName [1]"}},
		{"doubles by Unicode form", options, []map[string]string{with(1, "accountName", "jos\u00e9"), with(2, "accountName", "jose\u0301")},
			[]string{"1 E-KEY-DUPLICATE accountName [2]", "2 E-KEY-DUPLICATE accountName [1]"}},
		{"blank keys are no doubles", updates, []map[string]string{with(1, "accountName", ""), with(2, "accountName", "")},
			[]string{"1 E-KEY-BLANK accountName", "2 E-KEY-BLANK accountName"}},
		{"the end is before the start", options, []map[string]string{with(1, "startDate", "2027-01-01")}, []string{"1 E-END-BEFORE-START endDate"}},
		{"one day is a term", options, []map[string]string{with(1, "startDate", "2026-12-31")}, nil},
		{"already ended", options, []map[string]string{with(1, "endDate", "2026-03-01")}, []string{"1 W-ALREADY-ENDED endDate"}},
		{"ends today", options, []map[string]string{with(1, "endDate", "2026-03-02")}, nil},
		{"ended this morning", options, []map[string]string{with(1, "endDate", "2026-03-02T11:59:59Z")}, []string{"1 W-ALREADY-ENDED endDate"}},
		{"an ambiguous date", options, []map[string]string{with(1, "endDate", "03/04/2026")}, []string{"1 E-DATE-AMBIGUOUS endDate"}},
		{"no such date", options, []map[string]string{with(1, "endDate", "31.11.2026")}, []string{"1 E-DATE-BAD endDate"}},
		{"days without a zone", noZone, []map[string]string{with(1, "startDate", "2026-01-05T00:00:00Z")}, []string{"1 E-DATE-ZONE endDate"}},
		{"a mail that only the library knows", options, []map[string]string{with(1, "email", "josé@example.com")}, nil},
		{"not a mail", options, []map[string]string{with(1, "email", "ana.example.com")}, []string{"1 E-EMAIL-BAD email"}},
		{"a phone as people write it", options, []map[string]string{with(1, "phone", "(020) 7946-0000 ext. 12")}, nil},
		{"not a phone", options, []map[string]string{with(1, "phone", "call me")}, []string{"1 E-PHONE-BAD phone"}},
		{"a phone that a spreadsheet broke", options, []map[string]string{with(1, "phone", "5.55123E+09")}, []string{"1 E-PHONE-DAMAGED phone"}},
		{"a control character", options, []map[string]string{with(1, "firstName", "A\x07na")}, []string{"1 E-TEXT-CONTROL firstName"}},
		{"a line break", options, []map[string]string{with(1, "vendor", "A\nB")}, []string{"1 W-TEXT-NEWLINE vendor"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			tab := table(t, s.Names(), c.rows...)
			checker, err := schema.NewChecker(s, tab.Columns(), c.o)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			v, err := schema.Validate(context.Background(), tab, checker, func(f schema.Finding) error {
				line := fmt.Sprintf("%d %s %s", f.Origin.Row, f.Code, f.Attribute)
				if f.Related != nil {
					line += fmt.Sprint(" ", f.Related)
				}
				got = append(got, line)
				if f.Message == "" || f.Hint == "" || strings.Contains(f.Message, "\n") {
					t.Errorf("%s has the message %q and the hint %q", f.Code, f.Message, f.Hint)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if v.Rows != int64(len(c.rows)) || v.OK+v.BadRows != v.Rows || v.Errors+v.Warnings+v.Notes != int64(len(got)) {
				t.Errorf("the counts do not add up: %+v", v)
			}
		})
	}
}
