package csvio

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOneColumnIntoTwo(t *testing.T) {
	for _, tt := range []struct {
		why, into, cell string
		want            []string
		finding         bool
	}{
		{why: "at a comma", into: "lastName, firstName", cell: `"Lee, Ann"`, want: []string{"Lee", "Ann"}},
		{why: "at the first comma", into: "lastName, firstName", cell: `"Lee, Ann, Dr."`, want: []string{"Lee", "Ann, Dr."}},
		{why: "at the last space", into: "firstName lastName", cell: "Ana Maria Ruiz", want: []string{"Ana Maria", "Ruiz"}},
		{why: "at a no-break space", into: "firstName lastName", cell: "Ana\u00a0Ruiz", want: []string{"Ana", "Ruiz"}},
		{why: "at another sign", into: "lastName/firstName", cell: "Lee / Ann", want: []string{"Lee", "Ann"}},
		{why: "into three", into: "lastName, firstName (vendor", cell: `"Lee, Ann (ACME"`, want: []string{"Lee", "Ann", "ACME"}},
		{why: "an empty cell", into: "lastName, firstName", cell: "", want: []string{"", ""}},
		{why: "nothing to part at", into: "lastName, firstName", cell: "Prince", want: []string{"Prince", ""}, finding: true},
		{why: "nothing behind it", into: "lastName, firstName", cell: `"Lee, "`, want: []string{"Lee,", ""}, finding: true},
	} {
		t.Run(tt.why, func(t *testing.T) {
			l := open(t, "accountName,Name\nx,"+tt.cell+"\n", Options{Map: map[string]string{"name": tt.into}})
			g := readAll(t, l)
			if d := cmp.Diff([][]string{append([]string{"x"}, tt.want...)}, g.Rows); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if got := cmp.Equal(g.Findings, []string{"E-SPLIT@2:B"}); got != tt.finding {
				t.Errorf("findings: %v", g.Findings)
			}
			if made := len(g.Repairs) > 0 && g.Repairs[0].Rule == RuleSplit; made == (tt.finding || tt.cell == "") {
				t.Errorf("repairs: %v", g.Repairs)
			}
			if c := l.Columns()[1]; c.Header != "Name" || c.Index != 1 {
				t.Errorf("column %+v, want that of the file", c)
			}
		})
	}
}

func TestAccountNamesFromATemplate(t *testing.T) {
	people := "First,Last,Start Date,Ort\nAna,Ruiz,2026-01-01,A\nJörg,Müller-Lüdenscheidt,2026-01-01,B\nSean,O'Neil,2026-01-01,C\nØystein,Łoś,2026-01-01,D\n"
	o := Options{
		Map: map[string]string{"First": "firstName", "Last": "lastName", "Ort": ""},
		Set: map[string]string{"accountName": "{{first}}.{{last}}", "vendor": "{{Ort}}/{{firstName:1}}"},
	}
	keys := func(g got, l *List) []string {
		var out []string
		for _, r := range g.Rows {
			for i, c := range l.Columns() {
				if c.Name == "accountName" {
					out = append(out, r[i])
				}
			}
		}
		return out
	}
	l := open(t, people, o)
	g := readAll(t, l)
	if d := cmp.Diff([]string{"ana.ruiz", "jorg.muller-ludenscheidt", "sean.oneil", "oystein.los"}, keys(g, l)); d != "" {
		t.Errorf("account names (-want +got):\n%s", d)
	}
	if got := g.Rows[1][len(g.Rows[1])-1]; got != "B/J" {
		t.Errorf("vendor by its template is %q, want %q", got, "B/J")
	}

	t.Run("one of another, and empty where a part is", func(t *testing.T) {
		l := open(t, "First,Last\nAnn,Lee\nBob,\n", Options{
			Map: map[string]string{"First": "firstName", "Last": "lastName"},
			Set: map[string]string{"accountName": "{{email}}", "email": "{{first}}.{{last}}"},
		})
		if d := cmp.Diff([][]string{{"Ann", "Lee", "ann.lee", "Ann.Lee"}, {"Bob", "", "", ""}}, readAll(t, l).Rows); d != "" {
			t.Errorf("rows (-want +got):\n%s", d)
		}
	})

	t.Run("numbers do not depend on the order", func(t *testing.T) {
		rows := []string{"Ana,Ruiz,2026-03-01,A", "Ana,Ruiz,2026-01-01,B", "Ana,Ruiz,2026-02-01,C", "ana,RUIZ2,2020-01-01,D", "Bob,Lee,2026-01-01,E", "Bob,Lee,2026-01-01,E"}
		want := map[string]string{"A": "ana.ruiz4", "B": "ana.ruiz", "C": "ana.ruiz3", "D": "ana.ruiz2", "E": "bob.lee"}
		for range 10 {
			rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			o := o
			o.Map = map[string]string{"First": "firstName", "Last": "lastName", "Ort": "vendor"}
			o.Set = map[string]string{"accountName": "{{first}}.{{last}}"}
			l := open(t, "First,Last,Start Date,Ort\n"+strings.Join(rows, "\n")+"\n", o)
			g := readAll(t, l)
			numbered := 0
			for _, f := range g.Findings {
				if strings.HasPrefix(f, "W-KEY-NUMBERED") {
					numbered++
				}
			}
			for i, key := range keys(g, l) {
				if key != want[g.Rows[i][3]] {
					t.Errorf("%v of %v is %q, want %q", g.Rows[i], rows, key, want[g.Rows[i][3]])
				}
				rec, err := l.Row(t.Context(), g.Refs[i])
				if err != nil || !cmp.Equal(rec.Values, g.Rows[i]) {
					t.Errorf("read again: %v, %v; want %v", rec.Values, err, g.Rows[i])
				}
			}
			if numbered != 2 {
				t.Errorf("%d rows are said to be numbered, want 2: %v", numbered, g.Findings)
			}
		}
	})

	t.Run("letters without a form in ASCII", func(t *testing.T) {
		l := open(t, "First,Last,Ort\n太郎,山田,x\nAnn,,x\n", o)
		g := readAll(t, l)
		if d := cmp.Diff([]string{"", ""}, keys(g, l)); d != "" {
			t.Errorf("account names (-want +got):\n%s", d)
		}
		if d := cmp.Diff([]string{"E-KEY-LETTERS@2"}, g.Findings); d != "" {
			t.Errorf("findings (-want +got):\n%s", d)
		}
	})
}

func TestNumberedAccountNamesAreKeptInPartsOfAList(t *testing.T) {
	o := Options{
		Map: map[string]string{"First": "firstName", "Last": "lastName"},
		Set: map[string]string{"accountName": "{{first}}.{{last}}"},
	}
	l := open(t, "First,Last,Start Date\nAna,Ruiz,2026-03-01\nAna,Ruiz,2026-01-01\n", o)
	g := readAll(t, l)
	var out bytes.Buffer
	if err := WriteFailed(t.Context(), &out, l, eachOf(Failure{Ref: g.Refs[0], Code: "E-X", Problem: "p", Hint: "h"})); err != nil {
		t.Fatal(err)
	}
	want := "First,Last,Start Date,nelm_row,nelm_code,nelm_problem,nelm_hint,nelm_account\nAna,Ruiz,2026-03-01,2,E-X,p,h,ana.ruiz2\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Fatalf("failed rows (-want +got):\n%s", d)
	}
	part := readAll(t, open(t, strings.Replace(out.String(), "Ana,Ruiz", "Anna,Ruiz", 1), o))
	if d := cmp.Diff([][]string{{"Anna", "Ruiz", "2026-03-01", "ana.ruiz2"}}, part.Rows); d != "" {
		t.Errorf("corrected and read again (-want +got):\n%s", d)
	}
}

func TestMappingsThatCannotBe(t *testing.T) {
	for _, tt := range []struct {
		why, want string
		o         Options
	}{
		{why: "the same twice", want: "mapped to lastName twice", o: Options{Map: map[string]string{"Name": "lastName, lastName"}}},
		{why: "nothing between", want: "is no attribute", o: Options{Map: map[string]string{"Name": "lastNamefirstName"}}},
		{why: "an attribute that another column has", want: "two columns hold firstName", o: Options{Map: map[string]string{"Name": "lastName, firstName"}}},
		{why: "an attribute that is set", want: "--set gives every row another", o: Options{Map: map[string]string{"Name": "lastName, vendor"}, Set: map[string]string{"vendor": "x"}}},
		{why: "two that are made of each other", want: "is itself made of", o: Options{Set: map[string]string{"accountName": "{{email}}", "email": "{{accountName}}"}}},
		{why: "a placeholder for nothing", want: `the list has no "Foo"`, o: Options{Set: map[string]string{"accountName": "{{Foo}}"}}},
		{why: "an open placeholder", want: "not closed", o: Options{Set: map[string]string{"accountName": "{{Name"}}},
		{why: "no number of letters", want: "no number of letters", o: Options{Set: map[string]string{"accountName": "{{Name:x}}"}}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			l, err := Open(t.Context(), write(t, "firstName,Name\nA,B\n"), testSchema(), tt.o)
			if err == nil {
				t.Fatalf("opened; Close: %v", l.Close())
			}
			var bad *InputError
			if !errors.As(err, &bad) || !strings.Contains(bad.Message, tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestFooterOfAList(t *testing.T) {
	table := "accountName,firstName,lastName\na,A,x\nb,B,y\n"
	for _, tt := range []struct {
		why, foot string
		rows      int
		findings  []string
	}{
		{why: "a remark behind an empty row", foot: "\nexported on Monday,,\n", rows: 2, findings: []string{"N-ROW-BLANK@4", "N-FOOTER@5"}},
		{why: "a total", foot: "Total: 2\n", rows: 2, findings: []string{"N-FOOTER@4"}},
		{why: "a total beside its number", foot: "Total,2\n", rows: 2, findings: []string{"N-FOOTER@4"}},
		{why: "the same as wide as the table", foot: "\nSumme:,,2\n", rows: 2, findings: []string{"N-ROW-BLANK@4", "N-FOOTER@5"}},
		{why: "a total beside a name may be somebody", foot: "Total,Ann,2\n", rows: 3},
		{why: "a key alone is a record, whatever is above it", foot: "\nc,,\n", rows: 3, findings: []string{"N-ROW-BLANK@4"}},
		{why: "a cut row", foot: "c", rows: 3, findings: []string{"E-ROW-WIDTH@4"}},
		{why: "a footer in quotes is none", foot: "c,\"\nTotal: 2\n\",z\n", rows: 3},
	} {
		t.Run(tt.why, func(t *testing.T) {
			path := write(t, table+tt.foot)
			sameHowever(t, path, Options{}, []int{1, 5, 40}, []int{1, 2})
			rows, _, findings, _, _ := everything(t, path, Options{})
			var got []string
			for _, f := range findings {
				got = append(got, brief(f))
			}
			if d := cmp.Diff(tt.findings, got); d != "" || len(rows) != tt.rows {
				t.Errorf("%d rows, want %d; findings (-want +got):\n%s", len(rows), tt.rows, d)
			}
		})
	}
	l := open(t, table+"\nold ones: c and d,,\n", Options{})
	want := []string{"old ones: c and d", "old", "ones", "c", "and", "d"}
	if d := cmp.Diff(want, l.Outside()); d != "" {
		t.Errorf("Outside (-want +got):\n%s", d)
	}
	l = open(t, "People of spring,e\n\n"+table, Options{})
	want = []string{"People of spring", "People", "of", "spring", "e"}
	if d := cmp.Diff(want, l.Outside()); d != "" {
		t.Errorf("Outside (-want +got):\n%s", d)
	}
}
