package diff_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// personNames are the columns of most lists here.
var personNames = []string{"accountName", "firstName", "email", "phone", "endDate"}

// personSchema has a required attribute, a phone, a mail and a date, in this order.
func personSchema() *schema.Schema {
	return &schema.Schema{Attributes: []schema.Attribute{
		{TechnicalName: "accountName", Type: schema.Text, System: true, Required: true},
		{TechnicalName: "firstName", Type: schema.Text, System: true, Required: true},
		{TechnicalName: "phone", Type: schema.Phone, System: true},
		{TechnicalName: "email", Type: schema.Email, System: true},
		{TechnicalName: "endDate", Type: schema.Date, System: true},
		{TechnicalName: "vendor", Type: schema.Text},
	}}
}

// records makes a table of a tenant's records out of lines of cells divided by "|".
func records(t testing.TB, names []string, lines ...string) *schema.Memory {
	t.Helper()
	var rs []schema.Record
	for i, line := range lines {
		rs = append(rs, schema.Record{Values: strings.Split(line, "|"), ID: fmt.Sprintf("id-%d", i+1)})
	}
	m, err := schema.NewMemory(names, rs)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// file is a table as a file gives it: its columns have headings, and reading may find faults.
type file struct {
	*schema.Memory
	columns  []schema.Column
	findings []schema.Finding // in row order; those of a row go with its block
	before   []schema.Finding // go with the first block, whatever rows they are about
}

func (f *file) Columns() []schema.Column { return f.columns }

func (f *file) Blocks(ctx context.Context, do func(*schema.Block) error) error {
	return f.Memory.Blocks(ctx, func(b *schema.Block) error {
		if b.Rows[0].Offset == 0 {
			b.Findings = append(b.Findings, f.before...)
		}
		for _, found := range f.findings {
			if b.Rows[0].Row <= found.Origin.Row && found.Origin.Row <= b.Rows[b.Len()-1].Row {
				b.Findings = append(b.Findings, found)
			}
		}
		return do(b)
	})
}

// list makes a desired list out of lines of cells divided by "|". Its first row has the number 2, as under a header.
func list(t testing.TB, names []string, lines ...string) *file {
	t.Helper()
	f := &file{}
	var rs []schema.Record
	for i, line := range lines {
		rs = append(rs, schema.Record{Values: strings.Split(line, "|"), Ref: schema.Ref{Row: int64(i + 2), Line: int64(i + 2)}})
	}
	for i, n := range names {
		f.columns = append(f.columns, schema.Column{Name: n, Header: strings.ToUpper(n), Index: i})
	}
	var err error
	if f.Memory, err = schema.NewMemory(names, rs); err != nil {
		t.Fatal(err)
	}
	return f
}

// zone is one that is far from UTC.
func zone(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// told is a change in one line: kind, key, list row, record id, fields and codes of findings.
func told(c diff.Change) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q", c.Kind, c.Key)
	if c.Desired != nil {
		fmt.Fprintf(&b, " row %d", c.Desired.Ref.Row)
	}
	if c.Current != nil {
		fmt.Fprintf(&b, " record %s", c.Current.ID)
	}
	for _, f := range c.Fields {
		fmt.Fprintf(&b, " %s: %q → %q", f.Attribute, f.Old, f.New)
	}
	for _, f := range c.Findings {
		fmt.Fprintf(&b, " %s", f.Code)
	}
	return b.String()
}

// compare returns what a comparison says, one line a change.
func compare(t testing.TB, desired, current schema.Table, o diff.Options) ([]string, diff.Summary) {
	t.Helper()
	var lines []string
	s, err := diff.Compare(t.Context(), desired, current, o, func(c diff.Change) error {
		lines = append(lines, told(c))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, s
}

func TestCompare(t *testing.T) {
	tests := []struct {
		why     string
		names   []string // of the list; personNames if nil
		desired []string
		current []string // of personNames
		reading schema.Reading
		ignore  []string
		checked bool
		want    []string
		sum     diff.Summary
	}{{
		why:     "the same in any order is no change",
		desired: []string{"b|Bea|b@x.org|+1 2|2026-03-31T00:00:00Z", "a|Ann|a@x.org|+1 1|2026-03-31T00:00:00Z"},
		current: []string{"a|Ann|a@x.org|+1 1|2026-03-31T00:00:00Z", "b|Bea|b@x.org|+1 2|2026-03-31T00:00:00Z"},
		sum:     diff.Summary{Desired: 2, Current: 2, Same: 2},
	}, {
		why:     "every spelling of the same is no change: space, Unicode form, domain, offset, day, digits",
		desired: []string{" a | Zoe\u0308 |a@X.ORG|001 (555) 0100|2026-03-31"},
		current: []string{"a|Zo\u00eb|a@x.org|+15550100|2026-04-01T03:59:59Z"},
		reading: schema.Reading{PhoneDigits: true},
		sum:     diff.Summary{Desired: 1, Current: 1, Same: 1},
	}, {
		why:     "an instant is told from another of the same day",
		desired: []string{"a|Ann|||2026-03-31T10:00:00Z"},
		current: []string{"a|Ann|||2026-03-31T11:00:00Z"},
		want:    []string{`update "a" row 2 record id-1 endDate: "2026-03-31T11:00:00Z" → "2026-03-31T10:00:00Z"`},
		sum:     diff.Summary{Desired: 1, Current: 1, Updated: 1, Fields: map[string]int64{"endDate": 1}},
	}, {
		why:     "also where it stands among days, and so does every day that is not that of the instant",
		desired: []string{"a|Ann|||2026-03-31", "b|Bea|||2026-03-31T10:00:00Z", "c|Cem|||2026-03-31", "d|Dee|||2026-03-31T10:00:00Z"},
		current: []string{"a|Ann|||2026-04-01T03:59:59Z", "b|Bea|||2026-03-31T11:00:00Z", "c|Cem|||2026-04-01T04:00:00Z", "d|Dee|||2026-03-31T12:00:00+02:00"},
		want: []string{
			`update "b" row 3 record id-2 endDate: "2026-03-31T11:00:00Z" → "2026-03-31T10:00:00Z"`,
			`update "c" row 4 record id-3 endDate: "2026-04-01T04:00:00Z" → "2026-03-31T23:59:59-04:00"`,
		},
		sum: diff.Summary{Desired: 4, Current: 4, Same: 2, Updated: 2, Fields: map[string]int64{"endDate": 2}},
	}, {
		why:     "a day is told from an instant of another day among instants",
		desired: []string{"a|Ann|||2026-03-31", "b|Bea|||2026-03-31T10:00:00Z", "c|Cem|||2026-03-31T10:00:00Z", "d|Dee|||2026-03-31"},
		current: []string{"a|Ann|||2026-04-01T03:59:59Z", "b|Bea|||2026-03-31T10:00:00Z", "c|Cem|||2026-03-31T10:00:00.5Z", "d|Dee|||2026-04-01T04:00:00Z"},
		want: []string{
			`update "c" row 4 record id-3 endDate: "2026-03-31T10:00:00.5Z" → "2026-03-31T10:00:00Z"`,
			`update "d" row 5 record id-4 endDate: "2026-04-01T04:00:00Z" → "2026-03-31T23:59:59-04:00"`,
		},
		sum: diff.Summary{Desired: 4, Current: 4, Same: 2, Updated: 2, Fields: map[string]int64{"endDate": 2}},
	}, {
		why:     "values that only together are the same are not the same",
		desired: []string{"a|Ann1|a@x.org||", "b|Bea||b@x.org|"},
		current: []string{"a|Ann|1a@x.org||", "b|Beab@x.org|||"},
		reading: schema.Reading{Blank: schema.BlankClear},
		want: []string{
			`update "a" row 2 record id-1 firstName: "Ann" → "Ann1" email: "1a@x.org" → "a@x.org"`,
			`update "b" row 3 record id-2 firstName: "Beab@x.org" → "Bea" phone: "" → "b@x.org"`,
		},
		sum: diff.Summary{Desired: 2, Current: 2, Updated: 2, Fields: map[string]int64{"firstName": 2, "email": 1, "phone": 1}},
	}, {
		why:     "create, update and missing: the list's order, then keys; fields in template order, old as given and new as sent",
		desired: []string{"new|Ned|n@x.org||2026-03-31", "a|Anna|b@x.org|+1 1|2026-03-31"},
		current: []string{"z|Zoe|||", "a|Ann|a@x.org|+1 1|2025-12-31T00:00:00.000Z", "m|Max|||"},
		want: []string{
			`create "new" row 2`,
			`update "a" row 3 record id-2 firstName: "Ann" → "Anna" email: "a@x.org" → "b@x.org" endDate: "2025-12-31T00:00:00.000Z" → "2026-03-31T23:59:59-04:00"`,
			`missing "m" record id-3`,
			`missing "z" record id-1`,
		},
		sum: diff.Summary{Desired: 2, Current: 3, Created: 1, Updated: 1, Missing: 2, Fields: map[string]int64{"firstName": 1, "email": 1, "endDate": 1}},
	}, {
		why:     "a column that the list does not have is not managed, nor one that is ignored",
		names:   []string{"email", "accountName", "firstName"},
		desired: []string{"new@x.org|a|Anna"},
		current: []string{"a|Ann|a@x.org|+1 1|2026-03-31T00:00:00Z"},
		ignore:  []string{"email"},
		want:    []string{`update "a" row 2 record id-1 firstName: "Ann" → "Anna"`},
		sum:     diff.Summary{Desired: 1, Current: 1, Updated: 1, Fields: map[string]int64{"firstName": 1}},
	}, {
		why:     "a blank cell keeps, #CLEAR clears",
		desired: []string{"a||#CLEAR| |"},
		current: []string{"a|Ann|a@x.org|+1 1|2026-03-31T00:00:00Z"},
		want:    []string{`update "a" row 2 record id-1 email: "a@x.org" → ""`},
		sum:     diff.Summary{Desired: 1, Current: 1, Updated: 1, Fields: map[string]int64{"email": 1}},
	}, {
		why:     "a blank cell clears where blank cells are to clear",
		desired: []string{"a|Ann|a@x.org||"},
		current: []string{"a|Ann|a@x.org|+1 1|"},
		reading: schema.Reading{Blank: schema.BlankClear},
		want:    []string{`update "a" row 2 record id-1 phone: "+1 1" → ""`},
		sum:     diff.Summary{Desired: 1, Current: 1, Updated: 1, Fields: map[string]int64{"phone": 1}},
	}, {
		why:     "a create without a required attribute is blocked, an update without it is not",
		desired: []string{"new||||", "a||||2026-03-31"},
		current: []string{"a|Ann|||"},
		want: []string{
			`blocked "new" row 2 E-REQUIRED`,
			`update "a" row 3 record id-1 endDate: "" → "2026-03-31T23:59:59-04:00"`,
		},
		sum: diff.Summary{Desired: 2, Current: 1, Blocked: 1, Updated: 1, Fields: map[string]int64{"endDate": 1}},
	}, {
		why:     "a create without a column for a required attribute is blocked",
		names:   []string{"accountName", "email"},
		desired: []string{"new|n@x.org"},
		want:    []string{`blocked "new" row 2 E-REQUIRED`},
		sum:     diff.Summary{Desired: 1, Blocked: 1},
	}, {
		why:     "the rules ask the same of a create",
		names:   []string{"accountName", "email"},
		checked: true,
		desired: []string{"new|n@x.org"},
		want:    []string{`blocked "new" row 2 E-REQUIRED`},
		sum:     diff.Summary{Desired: 1, Blocked: 1},
	}, {
		why:     "a row with an error is blocked and nobody is missing for it, even if it is the same",
		checked: true,
		desired: []string{"a|Ann|not a mail||", "b|Bea|neither||", "c|Cem|nor this||"},
		current: []string{"a|Ann|a@x.org||", "b|Bea|neither||"},
		want: []string{
			`blocked "a" row 2 record id-1 E-EMAIL-BAD`,
			`blocked "b" row 3 record id-2 E-EMAIL-BAD`,
			`blocked "c" row 4 E-EMAIL-BAD`,
		},
		sum: diff.Summary{Desired: 3, Current: 2, Blocked: 3},
	}, {
		why:     "a warning does not block, and goes with the change",
		checked: true,
		desired: []string{"a|Ann\nMary|||", "new|Ned\nOle|||", "b|Bea\nCleo|||"},
		current: []string{"a|Ann|||", "b|Bea\nCleo|||"},
		want: []string{
			`update "a" row 2 record id-1 firstName: "Ann" → "Ann\nMary" W-TEXT-NEWLINE`,
			`create "new" row 3 W-TEXT-NEWLINE`,
		},
		sum: diff.Summary{Desired: 3, Current: 2, Same: 1, Updated: 1, Created: 1, Fields: map[string]int64{"firstName": 1}},
	}, {
		why:     "a value that cannot be sent blocks its row without any rules",
		desired: []string{"a|Ann|||31.02.2026", "new|Ned|||31.02.2026"},
		current: []string{"a|Ann|||2026-02-28T00:00:00Z"},
		want:    []string{`blocked "a" row 2 record id-1 E-DATE-BAD`, `blocked "new" row 3 E-DATE-BAD`},
		sum:     diff.Summary{Desired: 2, Current: 1, Blocked: 2},
	}, {
		why: "every row of a repeated key is blocked, whatever they differ in, and whether the first was the same or not",
		desired: []string{
			"a|Ann|||", "zoe\u0308|Zoe|||", "x|Xi|||", "A |Other|||", "zo\u00eb|Zoe|||", "new|Ned|||", "NEW|Ned|||", "new|Ned|||",
		},
		current: []string{"a|Ann|||", "x|Xi|||"},
		want: []string{
			`blocked "a" row 2 record id-1 E-KEY-DUPLICATE`,
			"blocked \"zoë\" row 3 E-KEY-DUPLICATE",
			`blocked "a" row 5 record id-1 E-KEY-DUPLICATE`,
			"blocked \"zoë\" row 6 E-KEY-DUPLICATE",
			`blocked "new" row 7 E-KEY-DUPLICATE`,
			`blocked "NEW" row 8 E-KEY-DUPLICATE`,
			`blocked "new" row 9 E-KEY-DUPLICATE`,
		},
		sum: diff.Summary{Desired: 8, Current: 2, Same: 1, Blocked: 7},
	}, {
		why:     "a key that differs in case, form or space only is a suspected rename, not a create beside a missing one",
		desired: []string{"J.Smith|Jo|||", "Zoe\u0308|Zoe|||", "pad|Pat|||"},
		current: []string{"j.smith|Joe|||", "Zoe\u0308|Zoe|||", " pad|Pat|||"},
		want: []string{
			`rename "j.smith" row 2 record id-1 accountName: "j.smith" → "J.Smith" firstName: "Joe" → "Jo" E-RENAME-SUSPECTED`,
			"rename \"Zoe\u0308\" row 3 record id-2 accountName: \"Zoe\u0308\" → \"Zoë\" E-RENAME-SUSPECTED",
			`rename " pad" row 4 record id-3 accountName: " pad" → "pad" E-RENAME-SUSPECTED`,
		},
		sum: diff.Summary{Desired: 3, Current: 3, Renamed: 3},
	}, {
		why:     "current records that fold together are blocked, with the row about any of them, and none is missing",
		desired: []string{"jane|Jane|||", "b|Bea|||"},
		current: []string{"Jane|Jane|||", "b|Bea|||", "jane|Jane|||", "same|Sam|||", "same|Sam|||"},
		want: []string{
			`blocked "jane" row 2 E-CURRENT-DUPLICATE`,
			`blocked "Jane" record id-1 E-CURRENT-DUPLICATE`,
			`blocked "jane" record id-3 E-CURRENT-DUPLICATE`,
			`blocked "same" record id-4 E-CURRENT-DUPLICATE`,
			`blocked "same" record id-5 E-CURRENT-DUPLICATE`,
		},
		sum: diff.Summary{Desired: 2, Current: 5, Same: 1, Blocked: 5, Held: 4},
	}, {
		why:     "a row without a key is blocked and counted, a record without one is blocked",
		desired: []string{" |Ann|||", "|Bea|||"},
		current: []string{"|Cem|||", "|Dee|||"},
		want: []string{
			`blocked "" row 2 E-KEY-BLANK`, `blocked "" row 3 E-KEY-BLANK`,
			`blocked "" record id-1 E-CURRENT-KEY-BLANK`, `blocked "" record id-2 E-CURRENT-KEY-BLANK`,
		},
		sum: diff.Summary{Desired: 2, Current: 2, Blocked: 4, Held: 2, NoKey: 2},
	}, {
		why:     "the rules and the comparison do not both say that the key is blank",
		checked: true,
		desired: []string{" |Ann|||"},
		want:    []string{`blocked "" row 2 E-KEY-BLANK`},
		sum:     diff.Summary{Desired: 1, Blocked: 1, NoKey: 1},
	}, {
		why: "nothing against nothing",
		sum: diff.Summary{},
	}, {
		why:     "everything is missing from an empty list",
		current: []string{"b|Bea|||", "a|Ann|||"},
		want:    []string{`missing "a" record id-2`, `missing "b" record id-1`},
		sum:     diff.Summary{Current: 2, Missing: 2},
	}}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			names := tt.names
			if names == nil {
				names = personNames
			}
			desired := list(t, names, tt.desired...)
			o := diff.Options{Schema: personSchema(), Reading: tt.reading, Ignore: tt.ignore}
			o.Reading.Zone = zone(t)
			if tt.checked {
				var err error
				if o.Check, err = schema.NewChecker(o.Schema, desired.Columns(), schema.CheckOptions{Reading: o.Reading}); err != nil {
					t.Fatal(err)
				}
			}
			got, sum := compare(t, desired, records(t, personNames, tt.current...), o)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("changes (-want +got):\n%s", d)
			}
			if tt.sum.Fields == nil {
				tt.sum.Fields = map[string]int64{}
			}
			if d := cmp.Diff(tt.sum, sum); d != "" {
				t.Errorf("summary (-want +got):\n%s", d)
			}
		})
	}
}
