package diff_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// meaning is a record as the referee sees it: typed values, which cmp compares.
type meaning struct {
	FirstName, Email, Phone string
	EndDate                 time.Time
	Day                     string // of EndDate in the zone of the comparison
}

// referee says what a comparison of small lists must say, the slow and plain way. It knows nothing of hashes, blocks or order of
// reading, and cmp decides which fields differ.
type referee struct {
	zone  *time.Location
	blank schema.Blank
}

func folded(key string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(strings.TrimSpace(key))))
}

func (r referee) meaning(t *rapid.T, values []string) meaning {
	text := func(s string) string { return norm.NFC.String(strings.TrimSpace(s)) }
	m := meaning{FirstName: text(values[1]), Email: text(values[2]), Phone: text(values[3])}
	if user, domain, ok := strings.Cut(m.Email, "@"); ok {
		m.Email = user + "@" + strings.ToLower(domain)
	}
	if cell := strings.TrimSpace(values[4]); cell != "" && cell != schema.ClearCell {
		w, err := schema.ParseDate([]byte(cell), schema.Unsettled, r.zone)
		if err != nil {
			t.Fatal(err)
		}
		m.Day = w.Day.String()
		if w.HasTime {
			m.EndDate = w.Instant
			m.Day = w.Instant.In(r.zone).Format("2006-01-02")
		}
	}
	return m
}

// fields names the attributes that differ, in template order.
func (r referee) fields(t *rapid.T, desired, current []string) []string {
	want, have := r.meaning(t, desired), r.meaning(t, current)
	keep := func(i int) bool {
		cell := strings.TrimSpace(desired[i])
		return cell == "" && r.blank == schema.BlankKeep
	}
	clear := func(i int, s *string) {
		if strings.TrimSpace(desired[i]) == schema.ClearCell {
			*s = ""
		}
	}
	clear(1, &want.FirstName)
	clear(2, &want.Email)
	clear(3, &want.Phone)
	if want.EndDate.IsZero() {
		have.EndDate = time.Time{} // a day alone is every instant of it
	}
	var found []string
	for _, f := range []struct {
		name  string
		cell  int
		paths []string
	}{{"firstName", 1, []string{"FirstName"}}, {"phone", 3, []string{"Phone"}}, {"email", 2, []string{"Email"}}, {"endDate", 4, []string{"EndDate", "Day"}}} {
		only := gocmp.FilterPath(func(p gocmp.Path) bool { return p.String() != "" && !slices.Contains(f.paths, p.String()) }, gocmp.Ignore())
		if !keep(f.cell) && !gocmp.Equal(want, have, only) {
			found = append(found, f.name)
		}
	}
	return found
}

// compare returns the lines that brief makes of the changes.
func (r referee) compare(t *rapid.T, desired, current [][]string) []string {
	var lines []string
	listed := make(map[string]int)
	for _, row := range desired {
		listed[folded(row[0])]++
	}
	have := make(map[string][]int)
	for i, row := range current {
		if key := folded(row[0]); key != "" {
			have[key] = append(have[key], i)
		}
	}
	pairs, unclearRows, unclearRecords := sameMail(desired, current, listed, have)
	for i, row := range desired {
		key := folded(row[0])
		sent := norm.NFC.String(strings.TrimSpace(row[0]))
		records := have[key]
		if record, ok := pairs[i]; ok {
			records = []int{record}
		}
		line := func(kind diff.Kind, key string, record int, fields []string) {
			lines = append(lines, fmt.Sprintf("%s %q row %d record %d %s", kind, key, i+2, record, strings.Join(fields, ",")))
		}
		switch {
		case key == "" && len(records) == 1:
			line(diff.Blocked, current[records[0]][0], records[0]+1, nil)
		case key == "":
			line(diff.Blocked, "", 0, nil)
		case len(records) > 1:
			line(diff.Blocked, sent, 0, nil)
		case listed[key] > 1 && len(records) == 1:
			line(diff.Blocked, current[records[0]][0], records[0]+1, nil)
		case listed[key] > 1:
			line(diff.Blocked, sent, 0, nil)
		case unclearRows[i]:
			line(diff.Blocked, sent, 0, nil)
		case len(records) == 0 && (strings.TrimSpace(row[1]) == "" || row[1] == schema.ClearCell):
			line(diff.Blocked, sent, 0, nil)
		case len(records) == 0:
			line(diff.Create, sent, 0, nil)
		case current[records[0]][0] != sent:
			line(diff.Rename, current[records[0]][0], records[0]+1, append([]string{"accountName"}, r.fields(t, row, current[records[0]])...))
		default:
			if fields := r.fields(t, row, current[records[0]]); len(fields) > 0 {
				line(diff.Update, sent, records[0]+1, fields)
			}
		}
	}
	order := make([]int, len(current))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(cmp.Compare(current[i][0], current[j][0]), cmp.Compare(i, j)) })
	for _, i := range order {
		key := folded(current[i][0])
		switch {
		case slices.Contains(slices.Collect(maps.Values(pairs)), i):
		case key == "" || len(have[key]) > 1 || unclearRecords[i]:
			lines = append(lines, fmt.Sprintf("blocked %q row 0 record %d ", current[i][0], i+1))
		case listed[key] == 0:
			lines = append(lines, fmt.Sprintf("missing %q row 0 record %d ", current[i][0], i+1))
		}
	}
	return lines
}

// sameMail finds the rows without a record and the records without a row that share a mail: alone on both sides they are a
// pair, else it is unclear who is who; a mail of more than three is a team's.
func sameMail(desired, current [][]string, listed map[string]int, have map[string][]int) (pairs map[int]int, rows, records map[int]bool) {
	pairs, rows, records = make(map[int]int), make(map[int]bool), make(map[int]bool)
	news, olds := make(map[string][]int), make(map[string][]int)
	for i, row := range desired {
		if mail := folded(row[2]); mail != "" && len(have[folded(row[0])]) == 0 {
			news[mail] = append(news[mail], i)
		}
	}
	for i, record := range current {
		if mail, key := folded(record[2]), folded(record[0]); mail != "" && listed[key] == 0 && len(have[key]) == 1 {
			olds[mail] = append(olds[mail], i)
		}
	}
	for mail := range news {
		switch n, m := len(news[mail]), len(olds[mail]); {
		case m == 0 || n > 3 || m > 3:
		case n == 1 && m == 1:
			pairs[news[mail][0]] = olds[mail][0]
		default:
			for _, i := range news[mail] {
				rows[i] = true
			}
			for _, i := range olds[mail] {
				records[i] = true
			}
		}
	}
	return pairs, rows, records
}

// brief is a change as the referee says it.
func brief(c diff.Change) string {
	var row, record int64
	if c.Desired != nil {
		row = c.Desired.Ref.Row
	}
	if c.Current != nil {
		record = c.Current.Ref.Row
	}
	var fields []string
	for _, f := range c.Fields {
		fields = append(fields, f.Attribute)
	}
	return fmt.Sprintf("%s %q row %d record %d %s", c.Kind, c.Key, row, record, strings.Join(fields, ","))
}

// Cells of few values, many of which mean the same, so that keys meet and rows agree.
var (
	keyCells   = []string{"a", "A", " a", "b", "b ", "c", "d", "e", "zo\u00eb", "zoe\u0308", "ZOE\u0308", "k\u212a", "kk", "", " ", "f", "g", "h"}
	nameCells  = []string{"Ann", " Ann ", "Zo\u00eb", "Zoe\u0308", "", "#CLEAR", "ann"}
	mailCells  = []string{"a@x.org", "a@X.ORG", "A@x.org", "", " ", "#CLEAR"}
	phoneCells = []string{"+1 1", " +1 1", "+11", "", "#CLEAR"}
	dateCells  = []string{"2026-03-31", "2026-03-31T10:00:00Z", "2026-03-31T12:00:00+02:00", "2026-04-01T03:59:59Z", "2026-04-01", "31 March 2026", "", "#CLEAR"}
)

func rowsOf(current bool) *rapid.Generator[[][]string] {
	return rapid.SliceOfN(rowOf(current), 0, 12)
}

// likeOneOf makes a row that is one of the records, or differs from it in a cell.
func likeOneOf(current [][]string) *rapid.Generator[[]string] {
	if len(current) == 0 {
		return rowOf(false)
	}
	return rapid.Custom(func(t *rapid.T) []string {
		row := slices.Clone(rapid.SampledFrom(current).Draw(t, "record"))
		column := rapid.IntRange(0, 2*len(row)).Draw(t, "column")
		if column < len(row) {
			row[column] = rowOf(false).Draw(t, "other")[column]
		}
		return row
	})
}

func rowOf(current bool) *rapid.Generator[[]string] {
	cell := func(cells []string) *rapid.Generator[string] {
		if current {
			// A tenant holds dates as instants, no marks, and whatever names it was given.
			cells = slices.DeleteFunc(slices.Clone(cells), func(s string) bool {
				return s == schema.ClearCell || s == "2026-04-01" || s == "2026-03-31" || s == "31 March 2026"
			})
		}
		return rapid.SampledFrom(cells)
	}
	return rapid.Custom(func(t *rapid.T) []string {
		return []string{
			cell(keyCells).Draw(t, "key"), cell(nameCells).Draw(t, "name"), cell(mailCells).Draw(t, "mail"),
			cell(phoneCells).Draw(t, "phone"), cell(dateCells).Draw(t, "date"),
		}
	})
}

func joined(rows [][]string) []string {
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = strings.Join(r, "|")
	}
	return lines
}

// cut is a table as one that rereads, in small blocks.
func cut(t *rapid.T, table schema.Table, rows int) schema.Table {
	l, err := load(context.Background(), table, rows)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestCompareAgreesWithTheReferee holds the engine to the plain way over random lists.
func TestCompareAgreesWithTheReferee(t *testing.T) {
	z := zone(t)
	rapid.Check(t, func(rt *rapid.T) {
		current := rowsOf(true).Draw(rt, "current")
		desired := rapid.SliceOfN(rapid.OneOf(rowOf(false), likeOneOf(current)), 0, 12).Draw(rt, "desired")
		reading := schema.Reading{Zone: z, Blank: rapid.SampledFrom([]schema.Blank{schema.BlankKeep, schema.BlankClear}).Draw(rt, "blank")}
		want := referee{zone: z, blank: reading.Blank}.compare(rt, desired, current)
		var got []string
		var list, have schema.Table = list(t, personNames, joined(desired)...), records(t, personNames, joined(current)...)
		if rows := rapid.IntRange(0, 5).Draw(rt, "rows of a block that rereads"); rows > 0 {
			list, have = cut(rt, list, rows), cut(rt, have, rows)
		}
		sum, err := diff.Compare(t.Context(), list, have, diff.Options{Schema: personSchema(), Reading: reading}, func(c diff.Change) error {
			got = append(got, brief(c))
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		if d := gocmp.Diff(want, got); d != "" {
			rt.Errorf("(-referee +got):\n%s", d)
		}
		if n := sum.Same + sum.Created + sum.Updated + sum.Renamed + sum.Blocked - sum.Held; n != sum.Desired || sum.Desired != int64(len(desired)) {
			rt.Errorf("the desired rows do not add up: %+v", sum)
		}
		if sum.Current != int64(len(current)) {
			rt.Errorf("%d current records, want %d", sum.Current, len(current))
		}
	})
}

// TestCompareFindsNothingInAnotherSpelling spells one tenant in many ways.
func TestCompareFindsNothingInAnotherSpelling(t *testing.T) {
	z := zone(t)
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(rt, "records")
		var current, desired [][]string
		for i := range n {
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, z).AddDate(0, 0, rapid.IntRange(-800, 800).Draw(rt, "day")).
				Add(time.Duration(rapid.IntRange(0, 86_399).Draw(rt, "second")) * time.Second)
			name := rapid.SampledFrom([]string{"Zo\u00eb", "An\u00f1a Mar\u00eda", "\u1ed6", "Bea"}).Draw(rt, "name")
			floating := at.In(z).Format("2006-01-02T15:04:05")
			if read, err := time.ParseInLocation("2006-01-02T15:04:05", floating, z); err != nil || !read.Equal(at) {
				floating = at.In(z).Format(time.RFC3339) // the hour that comes twice in autumn
			}
			record := []string{fmt.Sprintf("zo\u00eb.%d", i), name, fmt.Sprintf("p%d@x.org", i), "+1 555 0100", at.UTC().Format("2006-01-02T15:04:05.000Z")}
			current = append(current, record)
			desired = append(desired, []string{
				space(rt, form(rt, record[0])),
				space(rt, form(rt, record[1])),
				space(rt, rapid.SampledFrom([]string{record[2], strings.Replace(record[2], "x.org", "X.Org", 1), ""}).Draw(rt, "mail")),
				space(rt, rapid.SampledFrom([]string{"+1 555 0100", "001 (555) 01-00", "+15550100", ""}).Draw(rt, "phone")),
				space(rt, rapid.SampledFrom([]string{
					at.In(z).Format("2006-01-02"), at.In(z).Format("2 January 2006"), at.In(z).Format("2006/01/02"), at.In(z).Format("20060102"),
					at.In(z).Format(time.RFC3339), at.In(time.FixedZone("", 5*3600+1800)).Format(time.RFC3339Nano), floating, "",
				}).Draw(rt, "date")),
			})
		}
		desired = rapid.Permutation(desired).Draw(rt, "order")
		got, sum := compare(t, list(t, personNames, joined(desired)...), records(t, personNames, joined(current)...),
			diff.Options{Schema: personSchema(), Reading: schema.Reading{Zone: z, PhoneDigits: true}})
		if len(got) != 0 || sum.Same != int64(n) {
			rt.Errorf("%d of %d are the same, and changes were found: %s", sum.Same, n, strings.Join(got, "\n"))
		}
	})
}

// TestCompareFindsNothingWhereTheSpellingChangesLateInTheList has first rows that say nothing about those that follow.
func TestCompareFindsNothingWhereTheSpellingChangesLateInTheList(t *testing.T) {
	const n = 3000
	respell := func(i int, s string) string {
		if i < n/2 {
			return s
		}
		return "\u00a0" + norm.NFD.String(s) + "\u3000"
	}
	for _, swapped := range []bool{false, true} {
		var plain, late []string
		for i := range n {
			key, name, mail := fmt.Sprintf("zo\u00eb.%d", i), "An\u00f1a \u1ed6 Mar\u00eda", fmt.Sprintf("p%d@x.org", i)
			plain = append(plain, strings.Join([]string{key, name, mail, "", "2026-03-31T10:00:00Z"}, "|"))
			late = append(late, strings.Join([]string{respell(i, key), respell(i, name), respell(i, mail), "", respell(i, "2026-03-31T12:00:00+02:00")}, "|"))
		}
		desired, current := list(t, personNames, late...), list(t, personNames, plain...)
		if swapped {
			// The key of a current record is what it is, so only the rest is spelt in another way.
			for i := range late {
				late[i] = plain[i][:strings.Index(plain[i], "|")] + late[i][strings.Index(late[i], "|"):]
			}
			desired, current = list(t, personNames, plain...), list(t, personNames, late...)
		}
		got, sum := compare(t, desired, current, diff.Options{Schema: personSchema(), Reading: schema.Reading{Zone: zone(t)}})
		if len(got) > 0 || sum.Same != n {
			t.Errorf("swapped: %t: %d of %d are the same, and %d changes were found", swapped, sum.Same, n, len(got))
		}
	}
}

// form writes text in one of the Unicode forms that mean the same.
func form(t *rapid.T, s string) string {
	return rapid.SampledFrom([]norm.Form{norm.NFC, norm.NFD}).Draw(t, "form").String(s)
}

// space puts space around a cell.
func space(t *rapid.T, s string) string {
	spaces := rapid.SampledFrom([]string{"", " ", "\t", "\u00a0", "  "})
	return spaces.Draw(t, "before") + s + spaces.Draw(t, "after")
}
