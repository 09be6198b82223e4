package gen

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustPair(t interface{ Fatal(...any) }, o Options) *Pair {
	p, err := NewPair(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lists writes both lists and reads them with encoding/csv.
func lists(t interface{ Fatal(...any) }, p *Pair) (old, new [][]string) {
	var a, b bytes.Buffer
	wrote, err := p.WriteOld(&a)
	if err != nil {
		t.Fatal(err)
	}
	if wrote.Bytes != int64(a.Len()) || wrote.Rows != p.OldRows() {
		t.Fatal("old list: said", wrote, "have bytes", a.Len(), "rows", p.OldRows())
	}
	if _, err := p.WriteNew(&b); err != nil {
		t.Fatal(err)
	}
	if old, err = csv.NewReader(&a).ReadAll(); err != nil {
		t.Fatal("old list: ", err)
	}
	if new, err = csv.NewReader(&b).ReadAll(); err != nil {
		t.Fatal("new list: ", err)
	}
	return old, new
}

// naive compares two lists by text with maps, leaving out the account names that are faulty.
func naive(header []string, old, new [][]string, faulty map[string]bool) []Change {
	before := map[string][]string{}
	after := map[string]bool{}
	for _, row := range old {
		before[row[0]] = row
	}
	var changes []Change
	for at, row := range new {
		after[row[0]] = true
		if faulty[row[0]] {
			continue
		}
		was, ok := before[row[0]]
		if !ok {
			changes = append(changes, Change{Kind: Created, AccountName: row[0], Row: at + 1})
			continue
		}
		var fields []FieldChange
		for c := range row {
			if was[c] != row[c] {
				fields = append(fields, FieldChange{Attribute: header[c], Old: was[c], New: row[c]})
			}
		}
		if fields != nil {
			changes = append(changes, Change{Kind: Updated, AccountName: row[0], Row: at + 1, Fields: fields})
		}
	}
	for at, row := range old {
		if !after[row[0]] {
			changes = append(changes, Change{Kind: Deleted, AccountName: row[0], Row: at + 1})
		}
	}
	return changes
}

func TestTruthIsWhatANaiveComparisonFinds(t *testing.T) {
	tests := []struct {
		why  string
		o    Options
		want Counts
	}{
		{"the mix of the benchmarks", Options{Seed: 1, Rows: 5000}, Counts{Created: 50, Updated: 100, Deleted: 50, Same: 4850}},
		{"another seed, the narrowest list", Options{Seed: 2, Rows: 5000, Columns: 8}, Counts{Created: 50, Updated: 100, Deleted: 50, Same: 4850}},
		{"the widest list", Options{Seed: 3, Rows: 5000, Columns: 18, OneLine: true}, Counts{Created: 50, Updated: 100, Deleted: 50, Same: 4850}},
		{"only shuffled", Options{Seed: 4, Rows: 5000, Shape: Same}, Counts{Same: 5000}},
		{"everybody is extended", Options{Seed: 5, Rows: 5000, Shape: AllUpdated}, Counts{Updated: 5000}},
		{"a first load", Options{Seed: 6, Rows: 5000, Shape: AllCreated}, Counts{Created: 5000}},
		{"an empty list", Options{Seed: 7, Rows: 5000, Shape: AllDeleted}, Counts{Deleted: 5000}},
		{"nothing at all", Options{}, Counts{}},
		{"faults do not count as changes", Options{Seed: 8, Rows: 5000, Faults: FaultKinds(60)},
			Counts{Created: 50, Updated: 100, Deleted: 50, Same: 4800, Faulty: 70}},
		{"faults where everybody is extended", Options{Seed: 9, Rows: 5000, Shape: AllUpdated, Faults: FaultKinds(12)},
			Counts{Updated: 4990, Faulty: 14}},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			p := mustPair(t, test.o)
			if diff := cmp.Diff(test.want, p.Counts()); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			old, new := lists(t, p)
			if diff := cmp.Diff(p.Header(), old[0]); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			faulty := map[string]bool{}
			for _, f := range p.Faults() {
				faulty[f.AccountName] = true
			}
			want := naive(old[0], old[1:], new[1:], faulty)
			var got []Change
			for c := range p.Changes() {
				got = append(got, c)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("changes (-naive +truth):\n%s", diff)
			}
			var counts Counts
			for _, c := range got {
				*map[ChangeKind]*int{Created: &counts.Created, Updated: &counts.Updated, Deleted: &counts.Deleted}[c.Kind]++
				if c.Kind == Updated && (len(c.Fields) < 1 || len(c.Fields) > 3) {
					t.Errorf("%s: %d fields are updated, want 1 to 3", c.AccountName, len(c.Fields))
				}
			}
			counts.Same, counts.Faulty = test.want.Same, test.want.Faulty
			if diff := cmp.Diff(test.want, counts); diff != "" {
				t.Errorf("counted changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaultsStandWhereTheTruthSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Seed:   rapid.Uint64().Draw(t, "seed"),
			Rows:   rapid.IntRange(100, 300).Draw(t, "rows"),
			Faults: FaultKinds(rapid.IntRange(0, 40).Draw(t, "faults")),
		}
		p := mustPair(t, o)
		_, new := lists(t, p)
		wrong := map[int]bool{}
		for n, f := range p.Faults() {
			if f.Kind != o.Faults[n] {
				t.Fatalf("fault %d is %v, want %v", n, f.Kind, o.Faults[n])
			}
			row := new[f.Row]
			value := row[indexOf(new[0], f.Attribute)]
			if row[accountName] != f.AccountName || value != f.Value {
				t.Fatalf("fault %+v: the row is %q", f, row)
			}
			if wrong[f.Row] {
				t.Fatalf("row %d has two faults", f.Row)
			}
			wrong[f.Row] = true
			if f.Kind == DuplicateKey {
				twin := new[f.Twin]
				if f.Twin >= f.Row || twin[accountName] != f.AccountName || twin[phone] == row[phone] || twin[email] != row[email] {
					t.Fatalf("fault %+v: rows are %q and %q", f, twin, row)
				}
				wrong[f.Twin] = true
			}
		}
		seen := map[string]int{}
		for at, row := range new[1:] {
			faults := faultsOf(row)
			if first := seen[row[accountName]]; first > 0 {
				faults = append(faults, DuplicateKey)
			}
			seen[row[accountName]] = at + 1
			var want []FaultKind
			for _, f := range p.Faults() {
				if f.Row == at+1 {
					want = append(want, f.Kind)
				}
			}
			if diff := cmp.Diff(want, faults); diff != "" {
				t.Fatalf("row %d %q (-truth +checked):\n%s", at+1, row, diff)
			}
		}
	})
}

func indexOf(header []string, name string) int {
	for i, h := range header {
		if h == name {
			return i
		}
	}
	return -1
}

// faultsOf checks a row on its own, with rules that are plainer than the generator.
func faultsOf(row []string) []FaultKind {
	for c := accountName; c <= endDate; c++ {
		if row[c] == "" {
			return []FaultKind{MissingRequired}
		}
	}
	var faults []FaultKind
	if !regexp.MustCompile(`^[a-z]+\.[a-z]+[0-9]+@example\.(com|org)$`).MatchString(row[email]) {
		faults = append(faults, BrokenMail)
	}
	if !regexp.MustCompile(`^\+[1-9][0-9]{9,14}$`).MatchString(row[phone]) {
		faults = append(faults, BrokenPhone)
	}
	start, startErr := time.Parse(time.RFC3339, row[startDate])
	end, endErr := time.Parse(time.RFC3339, row[endDate])
	switch {
	case startErr != nil || endErr != nil:
		faults = append(faults, BadDate)
	case end.Before(start):
		faults = append(faults, EndBeforeStart)
	}
	return faults
}

func TestRespeltListMeansTheSame(t *testing.T) {
	o := Options{Seed: 11, Rows: 2000, Columns: 18, Shape: Same}
	plain, _ := lists(t, mustPair(t, o))
	o.OldSpelling = Respelt
	spelt, _ := lists(t, mustPair(t, o))
	digits := regexp.MustCompile(`[^0-9]`)
	var other [18]int
	for at := range plain {
		for c, value := range spelt[at] {
			if value != plain[at][c] {
				other[c]++
			}
			want, got := plain[at][c], strings.TrimPrefix(value, " ")
			switch {
			case at == 0:
			case c == phone:
				want, got = digits.ReplaceAllString(want, ""), digits.ReplaceAllString(got, "")
			case c == startDate || c == endDate:
				a, errA := time.Parse(time.RFC3339, want)
				b, errB := time.Parse(time.RFC3339, got)
				if errA != nil || errB != nil || !a.Equal(b) {
					t.Fatalf("row %d: %q and %q are not the same instant", at, want, got)
				}
				continue
			}
			if want != got {
				t.Fatalf("row %d, %s: %q, want the meaning of %q", at, columnNames[c], value, want)
			}
		}
	}
	for c := 1; c < 18; c++ {
		if other[c] < 1900 {
			t.Errorf("%s: %d of 2000 cells are spelt otherwise, want almost all", columnNames[c], other[c])
		}
	}
}

func TestRowsAreAFunctionOfSeedAndIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		columns := rapid.IntRange(MinColumns, MaxColumns).Draw(t, "columns")
		index := rapid.IntRange(0, 99).Draw(t, "index")
		p := mustPair(t, Options{Seed: seed, Rows: 100, Columns: columns})
		want := Row(seed, columns, index)
		if diff := cmp.Diff(want, p.OldRow(index+1)); diff != "" {
			t.Fatalf("row %d (-alone +in the list):\n%s", index, diff)
		}
		old, new := lists(t, p)
		if diff := cmp.Diff(want, old[index+1]); diff != "" {
			t.Fatalf("row %d (-alone +written):\n%s", index, diff)
		}
		if diff := cmp.Diff(p.NewRow(index+1), new[index+1]); diff != "" {
			t.Fatalf("row %d (-alone +written):\n%s", index, diff)
		}
	})
}

func TestSeedsGiveOtherLists(t *testing.T) {
	a, _ := lists(t, mustPair(t, Options{Seed: 1, Rows: 50}))
	b, _ := lists(t, mustPair(t, Options{Seed: 2, Rows: 50}))
	if cmp.Diff(a, b) == "" {
		t.Error("seeds 1 and 2 give the same list")
	}
}

func TestRowsAreValidAndUnique(t *testing.T) {
	old, _ := lists(t, mustPair(t, Options{Seed: 12, Rows: 20_000, Columns: 18}))
	seen := map[string]int{}
	for at, row := range old[1:] {
		if faults := faultsOf(row); faults != nil {
			t.Fatalf("row %d %q: %v", at+1, row, faults)
		}
		for _, c := range []int{accountName, email} {
			if other := seen[row[c]]; other > 0 {
				t.Fatalf("rows %d and %d have the same %s %s", other, at+1, columnNames[c], row[c])
			}
			seen[row[c]] = at + 1
		}
	}
}

// The shares that the benchmarks' figures are stated for.
func TestMixOfALongList(t *testing.T) {
	p := mustPair(t, Options{Seed: 13, Rows: 20_000})
	w, err := p.WriteOld(new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		why       string
		got       float64
		low, high float64
	}{
		{"bytes a row", float64(w.Bytes) / 20_000, 165, 172},
		{"share of rows with a quoted field", float64(w.Quoted) / 20_000, 0.43, 0.45},
		{"share of rows with a line break in a field", float64(w.MultiLine) / 20_000, 0.045, 0.055},
		{"share of rows that are not ASCII", float64(w.NonASCII) / 20_000, 0.39, 0.41},
	} {
		if test.got < test.low || test.got > test.high {
			t.Errorf("%s: %.3f, want %.3f to %.3f", test.why, test.got, test.low, test.high)
		}
	}
}

func TestRefusedOptions(t *testing.T) {
	for _, test := range []struct {
		why  string
		o    Options
		want string
	}{
		{"fewer than the template's columns", Options{Columns: 7}, "7 columns"},
		{"more than a source can have", Options{Columns: 19}, "19 columns"},
		{"a negative length", Options{Rows: -1}, "-1 rows"},
		{"an unknown shape", Options{Shape: 99}, "shape 99"},
		{"an unknown fault", Options{Rows: 100, Faults: []FaultKind{99}}, "kind 99"},
		{"nobody left to carry a fault", Options{Rows: 100, Shape: AllDeleted, Faults: FaultKinds(1)}, "want 1 rows"},
	} {
		t.Run(test.why, func(t *testing.T) {
			if _, err := NewPair(test.o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one that says %q", err, test.want)
			}
		})
	}
}

func TestKindsHaveNames(t *testing.T) {
	names := []string{Created.String(), Updated.String(), Deleted.String()}
	for _, k := range FaultKinds(faultKinds) {
		names = append(names, k.String())
	}
	sort.Strings(names)
	want := []string{"bad date", "broken mail", "broken phone", "created", "deleted", "duplicate key", "end before start", "missing required", "updated"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func BenchmarkWriteOld(b *testing.B) {
	p := mustPair(b, Options{Seed: 1, Rows: 20_000})
	b.ReportAllocs()
	for b.Loop() {
		w, err := p.WriteOld(discard{})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(w.Bytes)
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
