package diff_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestCompareRowsThatCouldNotBeRead(t *testing.T) {
	ragged := func(row int64) schema.Finding {
		return schema.Finding{Code: "E-ROW-WIDTH", Severity: schema.Error, Origin: schema.Origin{Row: row}, Message: "the row has 4 cells"}
	}
	tests := []struct {
		why      string
		findings []schema.Finding
		want     []string
		noKey    int64
	}{{
		why:      "a row whose cells may be misplaced is blocked, its key cannot be relied on, and yet nobody is missing for it",
		findings: []schema.Finding{ragged(2)},
		want: []string{
			`blocked "a" row 2 record id-1 E-ROW-WIDTH`,
			`blocked "b" row 3 record id-2 E-KEY-DUPLICATE`, `blocked "b" row 4 record id-2 E-KEY-DUPLICATE`,
			`missing "gone" record id-3`,
		},
		noKey: 1,
	}, {
		why:      "nor does its key make another row a duplicate",
		findings: []schema.Finding{ragged(4)},
		want:     []string{`blocked "b" row 4 record id-2 E-ROW-WIDTH`, `missing "gone" record id-3`},
		noKey:    1,
	}, {
		why: "an error in the key's cell means that it cannot be read, one in another cell does not",
		findings: []schema.Finding{
			{Code: "E-ENCODING", Severity: schema.Error, Attribute: "firstName", Origin: schema.Origin{Row: 2}},
			{Code: "E-ENCODING", Severity: schema.Error, Attribute: "accountName", Origin: schema.Origin{Row: 4}},
		},
		want: []string{
			`blocked "a" row 2 record id-1 E-ENCODING`,
			`blocked "b" row 4 record id-2 E-ENCODING`,
			`missing "gone" record id-3`,
		},
		noKey: 1,
	}, {
		why:      "a warning of reading changes nothing",
		findings: []schema.Finding{{Code: "W-ROW-WIDTH", Severity: schema.Warning, Origin: schema.Origin{Row: 2}}},
		want:     []string{`blocked "b" row 3 record id-2 E-KEY-DUPLICATE`, `blocked "b" row 4 record id-2 E-KEY-DUPLICATE`, `missing "gone" record id-3`},
	}}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			desired := list(t, personNames, "a|Ann|||", "b|Bea|||", "b|Bea|||")
			desired.findings = tt.findings
			got, sum := compare(t, desired, records(t, personNames, "a|Ann|||", "b|Bea|||", "gone|Gus|||"), diff.Options{Schema: personSchema()})
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("changes (-want +got):\n%s", d)
			}
			if sum.NoKey != tt.noKey {
				t.Errorf("%d rows without a readable key, want %d", sum.NoKey, tt.noKey)
			}
		})
	}
}

func TestCompareKeepsAnErrorAboutARowThatWasNotDelivered(t *testing.T) {
	desired := list(t, personNames, "a|Ann|||", "b|Bea|||")
	desired.Memory = records(t, personNames, "a|Ann|||", "b|Bea|||") // rows 1 and 2, of which the finding is about neither
	desired.before = []schema.Finding{{Code: "E-QUOTE", Severity: schema.Error, Origin: schema.Origin{Row: 7}, Message: "never closed"}}
	got, sum := compare(t, desired, records(t, personNames, "a|Ann|||"), diff.Options{Schema: personSchema()})
	want := []string{`create "b" row 2`, `blocked "" E-QUOTE`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	if sum.NoKey != 1 || sum.Desired != 2 {
		t.Errorf("%d rows, %d without a readable key, want 2 and 1", sum.Desired, sum.NoKey)
	}
}

func TestCompareRefuses(t *testing.T) {
	ragged := list(t, personNames, "a|Ann|||")
	ragged.findings = []schema.Finding{{Code: "E-ROW-WIDTH", Severity: schema.Error, Origin: schema.Origin{Row: 2}, Message: "the row has 4 cells"}}
	whole := list(t, personNames, "a|Ann|||")
	tests := []struct {
		why              string
		desired, current schema.Table
		o                diff.Options
		want             string
	}{
		{"without a schema nothing has a meaning", whole, whole, diff.Options{}, "no schema"},
		{"the list has no key", list(t, []string{"email"}, "a@x.org"), whole, diff.Options{Schema: personSchema()}, `the desired list has no column for the key "accountName", only email`},
		{"the current side has no key", whole, list(t, personNames), diff.Options{Schema: personSchema(), Key: "vendor"}, `no column for the key "vendor"`},
		{"a column is twice there", list(t, []string{"accountName", "email", "email"}), whole, diff.Options{Schema: personSchema()}, `two columns for "email"`},
		{"a column is not of the schema", list(t, []string{"accountName", "shoeSize"}), whole, diff.Options{Schema: personSchema()}, `column "shoeSize" of the desired list is not in the schema`},
		{"the current side lacks what the list manages", list(t, []string{"accountName", "vendor"}), whole, diff.Options{Schema: personSchema()}, `a column for "vendor" and the current side has none`},
		{"rows are found by what is to be ignored", whole, whole, diff.Options{Schema: personSchema(), Ignore: []string{"accountName"}}, `"accountName" cannot be ignored`},
		{"a current row that cannot be read would make a create of its person", whole, ragged, diff.Options{Schema: personSchema()}, "read the current side: row 2 cannot be read (E-ROW-WIDTH: the row has 4 cells)"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			_, err := diff.Compare(t.Context(), tt.desired, tt.current, tt.o, func(c diff.Change) error {
				t.Errorf("emitted %s", told(c))
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// breaking is a table whose reading ends in an error.
type breaking struct {
	schema.Table
	err   error
	after int // readings that go well before
}

func (b *breaking) Blocks(ctx context.Context, f func(*schema.Block) error) error {
	if b.after--; b.after >= 0 {
		return b.Table.Blocks(ctx, f)
	}
	return b.err
}

func TestCompareEndsWithTheErrorOfAReading(t *testing.T) {
	broken := errors.New("the disk is gone")
	whole := func() schema.Table { return list(t, personNames, "a|Ann|||", "b|Bea|||", "b|Bea|||") }
	tests := []struct {
		why              string
		desired, current schema.Table
		want             string
	}{
		{"of the current side: no create is made up", whole(), &breaking{Table: whole(), err: broken}, "read the current side"},
		{"of the list, when its first rows are looked at", &breaking{Table: whole(), err: broken}, whole(), "read the desired list"},
		{"of the list: nobody is missing", &breaking{Table: whole(), err: broken, after: 1}, whole(), "read the desired list"},
		{"of the list, when it is read for duplicates", &breaking{Table: whole(), err: broken, after: 2}, whole(), "read the desired list again for its duplicate keys"},
		{"of the list, when what differs is read again", &breaking{Table: whole(), err: broken, after: 3}, whole(), "read the desired list again"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			_, err := diff.Compare(t.Context(), tt.desired, tt.current, diff.Options{Schema: personSchema()}, func(c diff.Change) error {
				t.Errorf("emitted %s", told(c))
				return nil
			})
			if !errors.Is(err, broken) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q and the cause", err, tt.want)
			}
		})
	}
}

func TestCompareEmitsRecordsOfOneKeyInTheirOrder(t *testing.T) {
	const n = 60
	var lines, want []string
	for i := range n {
		lines = append(lines, []string{"c", "b", "a"}[i%3]+"|Ann|||")
	}
	for i, key := range []string{"a", "b", "c"} {
		for at := 2 - i; at < n; at += 3 {
			want = append(want, fmt.Sprintf(`blocked %q record id-%d E-CURRENT-DUPLICATE`, key, at+1))
		}
	}
	got, _ := compare(t, list(t, personNames), records(t, personNames, lines...), diff.Options{Schema: personSchema()})
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCompareReadsManyMissingRecordsAgain(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // one reader gets them all
	const n, gone = 80_000, 19_000
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("p%05d|N%d|||", i, i))
	}
	desired, current := list(t, personNames, lines[:n-gone]...), reloaded(t, list(t, personNames, lines...))
	next := n - gone
	sum, err := diff.Compare(t.Context(), desired, current, diff.Options{Schema: personSchema()}, func(c diff.Change) error {
		if want := fmt.Sprintf("p%05d", next); c.Kind != diff.Missing || c.Key != want || c.Current.Values[0] != want || c.Current.Values[1] != fmt.Sprint("N", next) {
			t.Fatalf("%s %q with the record %q, want the missing %q", c.Kind, c.Key, c.Current.Values, want)
		}
		next++
		return nil
	})
	if err != nil || sum.Missing != gone || sum.Same != n-gone {
		t.Errorf("%d missing, %d the same, error %v; want %d and %d", sum.Missing, sum.Same, err, gone, n-gone)
	}
	if current.rereads == 0 {
		t.Error("nothing was reread")
	}
}

// The records of a tenant come one by one, many times as many as are at hand at once.
func TestCompareKeepsManyMissingRecordsApart(t *testing.T) {
	const n, gone = 3000, 2000
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("p%05d|N%d|m%d@x.org||", i, i, i))
	}
	desired, current := list(t, personNames, append(slices.Clone(lines[gone:]), "new|New|new@x.org||")...), records(t, personNames, lines...)
	next := 0
	_, err := diff.Compare(t.Context(), desired, current, diff.Options{Schema: personSchema()}, func(c diff.Change) error {
		if c.Kind != diff.Missing {
			return nil
		}
		if want := fmt.Sprintf("p%05d", next); c.Key != want || c.Current.Values[0] != want || c.Current.Values[1] != fmt.Sprint("N", next) {
			t.Fatalf("%q with the record %q, want %q", c.Key, c.Current.Values, want)
		}
		next++
		return nil
	})
	if err != nil || next != gone {
		t.Errorf("%d missing, error %v; want %d", next, err, gone)
	}
}

// forgetful is a table that does not read all of its rows again.
type forgetful struct{ *blocks }

func (f forgetful) Reread(ctx context.Context, refs []schema.Ref, do func(*schema.Block) error) error {
	return f.blocks.Reread(ctx, refs[:len(refs)-1], do)
}

func TestCompareNoticesRowsThatAreNotReadAgain(t *testing.T) {
	var lines, others []string
	for i := range 400 {
		lines = append(lines, fmt.Sprintf("p%03d|Ann|||", i))
		others = append(others, fmt.Sprintf("p%03d|%s|||", i, []string{"Ann", "Bea"}[i/390]))
	}
	o := diff.Options{Schema: personSchema()}
	desired, current := reloaded(t, list(t, personNames, lines...)), reloaded(t, records(t, personNames, others...))
	// Rows that differ are kept, unless keys repeat.
	repeating := reloaded(t, list(t, personNames, append(slices.Clone(lines), lines[0])...))
	for why, tt := range map[string]struct {
		desired, current schema.Table
		want             string
	}{
		"of the list":             {forgetful{repeating}, current, "read the desired list again: it has changed"},
		"of the current side":     {desired, forgetful{current}, "read the current side again: it has changed"},
		"the missing of the same": {list(t, personNames, lines[:390]...), forgetful{current}, "read the current side again: it has changed"},
	} {
		_, err := diff.Compare(t.Context(), tt.desired, tt.current, o, func(c diff.Change) error {
			t.Errorf("%s: emitted %s", why, told(c))
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", why, err, tt.want)
		}
	}
}

func TestCompareStopsWhenEmitDoes(t *testing.T) {
	full := errors.New("the disk is full")
	desired, current := list(t, personNames, "a|Ann|||", "b|Bea|||"), records(t, personNames, "x|Xi|||", "y|Yo|||")
	for stop := range 4 {
		n := 0
		_, err := diff.Compare(t.Context(), desired, current, diff.Options{Schema: personSchema()}, func(diff.Change) error {
			if n++; n > stop {
				return full
			}
			return nil
		})
		if err != full || n != stop+1 {
			t.Errorf("after %d changes: %d changes emitted and error %v, want %d and the error of emit as it is", stop, n, err, stop+1)
		}
	}
}

func TestCompareHeedsItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	whole := list(t, personNames, "a|Ann|||")
	if _, err := diff.Compare(ctx, whole, whole, diff.Options{Schema: personSchema()}, func(diff.Change) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestCompareKeepsTheFindingsOfReading(t *testing.T) {
	for _, tt := range []struct {
		why   string
		rows  int
		fails int
	}{
		{"few rows of many are read again one by one", 100, 3},
		{"many are read again in blocks", 100, 60},
		{"more findings than are held are read again too", 20_000, 17_000},
	} {
		t.Run(tt.why, func(t *testing.T) {
			var lines []string
			for i := range tt.rows {
				lines = append(lines, fmt.Sprintf("p%05d|Ann|||", i))
			}
			desired, current := list(t, personNames, lines...), records(t, personNames, lines...)
			for i := range tt.fails {
				row := int64(2 + i*(tt.rows/tt.fails))
				desired.findings = append(desired.findings, schema.Finding{Code: "E-NUL", Severity: schema.Error, Attribute: "firstName", Origin: schema.Origin{Row: row}, Message: fmt.Sprint("row ", row)})
			}
			failed := 0
			_, err := diff.Compare(t.Context(), desired, current, diff.Options{Schema: personSchema()}, func(c diff.Change) error {
				failed++
				want := []schema.Finding{{Code: "E-NUL", Severity: schema.Error, Attribute: "firstName", Origin: schema.Origin{Row: c.Desired.Ref.Row}, Message: fmt.Sprint("row ", c.Desired.Ref.Row)}}
				if d := cmp.Diff(want, c.Findings); d != "" {
					t.Errorf("findings of %q (-want +got):\n%s", c.Key, d)
				}
				return nil
			})
			if err != nil || failed != tt.fails {
				t.Errorf("%d rows are blocked and the error is %v, want %d and none", failed, err, tt.fails)
			}
		})
	}
}
