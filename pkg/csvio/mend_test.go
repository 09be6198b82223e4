package csvio

import (
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestRepairsOfCells(t *testing.T) {
	type step struct{ Rule, From, To string }
	for _, tt := range []struct {
		why, header, cell string
		o                 Options
		want              string
		steps             []step
	}{
		{why: "a plain address", header: "email", cell: "a.b+c@example.com", want: "a.b+c@example.com"},
		{why: "a domain in capitals", header: "email", cell: "Ann.Lee@Example.COM", want: "Ann.Lee@example.com", steps: []step{{RuleMailDomain, "Ann.Lee@Example.COM", "Ann.Lee@example.com"}}},
		{why: "an address against robots", header: "email", cell: "a [at] b [dot] example(dot)com", want: "a@b.example.com", steps: []step{{RuleMailAt, "a [at] b [dot] example(dot)com", "a@b.example.com"}}},
		{why: "a link", header: "email", cell: "mailto:a@example.com;", want: "a@example.com", steps: []step{{RuleMailLink, "mailto:a@example.com;", "a@example.com"}}},
		{why: "a name and an address, one repair after another", header: "email", cell: "Ann Lee <a@EXAMPLE.com>", want: "a@example.com", steps: []step{{RuleMailLink, "Ann Lee <a@EXAMPLE.com>", "a@EXAMPLE.com"}, {RuleMailDomain, "a@EXAMPLE.com", "a@example.com"}}},
		{why: "two addresses are left to the rules", header: "email", cell: "a@x.com; b@x.com", want: "a@x.com; b@x.com"},
		{why: "no address is left to the rules", header: "email", cell: "N/A (at home)", want: "N/A (at home)"},
		{why: "a word that has at in it", header: "email", cell: "Matt(at)Example", want: "Matt(at)Example"},
		{why: "a repair of mails that is switched off", header: "email", cell: "a[at]b.com", o: Options{Off: []string{RuleMailAt}}, want: "a[at]b.com"},

		{why: "a phone is kept", header: "phone", cell: "(0170) 123-45 67", want: "(0170) 123-45 67"},
		{why: "a phone is cleaned on request", header: "phone", cell: "0049 (170) 123-45.67", o: Options{On: []string{RulePhoneClean}}, want: "+491701234567", steps: []step{{RulePhoneClean, "0049 (170) 123-45.67", "+491701234567"}}},
		{why: "what is no phone is not cleaned", header: "phone", cell: "123 ext. 4", o: Options{On: []string{RulePhoneClean}}, want: "123 ext. 4"},
		{why: "nor is one that a spreadsheet broke", header: "phone", cell: "-491701", o: Options{On: []string{RulePhoneClean}}, want: "-491701"},
		{why: "a phone of a given country in international form", header: "phone", cell: "0170 1234567", o: Options{On: []string{RulePhoneE164}, PhoneRegion: "de"}, want: "+491701234567", steps: []step{{RulePhoneE164, "0170 1234567", "+491701234567"}}},
		{why: "a phone with its country needs none", header: "phone", cell: "+1 (201) 555-0123", o: Options{On: []string{RulePhoneE164}}, want: "+12015550123", steps: []step{{RulePhoneE164, "+1 (201) 555-0123", "+12015550123"}}},
		{why: "a phone that its country does not have", header: "phone", cell: "0170 12", o: Options{On: []string{RulePhoneE164}, PhoneRegion: "DE"}, want: "0170 12"},
		{why: "a phone with an extension", header: "phone", cell: "+1 201-555-0123 ext. 4", o: Options{On: []string{RulePhoneE164}}, want: "+1 201-555-0123 ext. 4"},

		{why: "a day by its parts", header: "endDate", cell: "31.12.2026", want: "2026-12-31", steps: []step{{RuleDate, "31.12.2026", "2026-12-31"}}},
		{why: "a day with the month's name", header: "endDate", cell: "3 March 2026", want: "2026-03-03", steps: []step{{RuleDate, "3 March 2026", "2026-03-03"}}},
		{why: "a day in quotes that are doubled inside", header: "endDate", cell: `"""31.12.2026"""`, want: `"31.12.2026"`},
		{why: "a day kept from Excel", header: "endDate", cell: `'31.12.2026`, want: "2026-12-31", steps: []step{{RuleExcelText, "'31.12.2026", "31.12.2026"}, {RuleDate, "31.12.2026", "2026-12-31"}}},
		{why: "a day in the column's order", header: "endDate", cell: "03/04/2026", o: Options{DateOrder: schema.MonthFirst}, want: "2026-03-04", steps: []step{{RuleDate, "03/04/2026", "2026-03-04"}}},
		{why: "a day that can be read in two ways", header: "endDate", cell: "03/04/2026", want: "03/04/2026"},
		{why: "two digits for the year", header: "endDate", cell: "31/12/26", want: "31/12/26"},
		{why: "a day as the tenant writes it", header: "endDate", cell: "2026-12-31", want: "2026-12-31"},
		{why: "a moment", header: "endDate", cell: "2026-12-31T23:59:59Z", want: "2026-12-31T23:59:59Z"},
		{why: "a day as spreadsheets count", header: "endDate", cell: "46387", want: "2026-12-31", steps: []step{{RuleSerial, "46387", "2026-12-31"}}},
		{why: "a number that is no day of ours", header: "endDate", cell: "99999", want: "99999"},
		{why: "a date repair that is switched off", header: "endDate", cell: "31.12.2026", o: Options{Off: []string{RuleDate}}, want: "31.12.2026"},

		{why: "a plain name", header: "firstName", cell: "Ann-Marie O'Neil", want: "Ann-Marie O'Neil"},
		{why: "a no-break space in a name", header: "firstName", cell: "Ann\u00a0Marie", want: "Ann Marie", steps: []step{{RuleSpaces, "Ann\u00a0Marie", "Ann Marie"}}},
		{why: "accents apart from their letters", header: "firstName", cell: "Rene\u0301", want: "René", steps: []step{{RuleNFC, "Rene\u0301", "René"}}},
		{why: "curly quotes are kept", header: "lastName", cell: "O’Neil", want: "O’Neil"},
		{why: "curly quotes made straight on request", header: "lastName", cell: "O’Neil “X”", o: Options{On: []string{RuleSmartQuotes}}, want: "O'Neil \"X\"", steps: []step{{RuleSmartQuotes, "O’Neil “X”", "O'Neil \"X\""}}},
		{why: "garbled letters are never repaired", header: "lastName", cell: "MÃ¼ller Â£", want: "MÃ¼ller Â£"},
		{why: "a phone that was kept from Excel", header: "phone", cell: `"=""+49 30 23125"""`, want: "+49 30 23125", steps: []step{{RuleExcelText, `="+49 30 23125"`, "+49 30 23125"}}},
		{why: "a sum of texts", header: "phone", cell: `"=""+49""+""30"""`, want: `="+49"+"30"`},
		{why: "a text that was kept from Excel", header: "accountName", cell: `"=""0049"""`, want: "0049", steps: []step{{RuleExcelText, `="0049"`, "0049"}}},
		{why: "a number behind an apostrophe", header: "phone", cell: "'0049", want: "0049", steps: []step{{RuleExcelText, "'0049", "0049"}}},
		{why: "a name behind an apostrophe", header: "lastName", cell: "'t Hooft", want: "'t Hooft"},
		{why: "a formula is left to the rules", header: "vendor", cell: "=1+1", want: "=1+1"},
		{why: "spaces around quotes", header: "vendor", cell: ` "ACME, Inc" `, want: "ACME, Inc", steps: []step{{RuleQuoteSpace, ` "ACME, Inc" `, "ACME, Inc"}}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			for _, careful := range []bool{false, true} {
				tt.o.careful = careful
				l := open(t, "manager,"+tt.header+"\nx,"+tt.cell+"\n", tt.o)
				g := readAll(t, l)
				if d := cmp.Diff([][]string{{"x", tt.want}}, g.Rows); d != "" {
					t.Errorf("rows (-want +got):\n%s", d)
				}
				var steps []step
				for _, r := range g.Repairs {
					steps = append(steps, step{r.Rule, r.From, r.To})
				}
				if d := cmp.Diff(tt.steps, steps); d != "" {
					t.Errorf("repairs, careful %t (-want +got):\n%s", careful, d)
				}
			}
		})
	}
}

func TestRepairsThatAreNotKnown(t *testing.T) {
	for why, o := range map[string]Options{"off": {Off: []string{"tirm"}}, "on": {On: []string{"phone"}}, "region": {PhoneRegion: "Germany"}, "made anyway": {On: []string{RuleTrim}}} {
		if l, err := Open(t.Context(), write(t, "accountName\n"), testSchema(), o); err == nil {
			t.Errorf("%s: opened; Close: %v", why, l.Close())
		}
	}
}

// FuzzMendedCellsStay repairs any cell twice: the second time nothing is left to do.
func FuzzMendedCellsStay(f *testing.F) {
	for _, s := range []string{"a [at] b.com", "+1 201 555 0123", "31.12.2026", "Ann\u00a0Lee", "'0049", `="1"`, "46387", "mailto:<a@b.C>", "first.last@example.com", "first.last@exampleX.com", "first-last@example.com;", "first.last@@example.co", "e\u0301"} {
		f.Add(s)
	}
	s := testSchema()
	l := &layout{off: map[string]bool{}, target: []int{0, 1, 2, 3}, headings: []string{"endDate", "email", "phone", "firstName"}, grammar: &grammar{delim: []byte{','}}}
	for _, h := range l.headings {
		l.columns = append(l.columns, schema.Column{Name: h, Dates: schema.DayFirst})
	}
	if err := l.settleRepairs(s, Options{On: RulesOnRequest(), PhoneRegion: "DE"}); err != nil {
		f.Fatal(err)
	}
	l.prepare()
	f.Fuzz(func(t *testing.T, cell string) {
		for column := range l.target {
			c := &chunk{}
			once := l.mend(c, schema.Ref{}, column, column, trimmed([]byte(cell)))
			if c.repaired != nil && !l.mayNeed(column, trimmed([]byte(cell))) {
				t.Errorf("%s: %q is taken for plain and became %q by %v", l.headings[column], cell, once, c.repaired)
			}
			c.repaired = nil
			twice := l.mend(c, schema.Ref{}, column, column, trimmed(once))
			if string(trimmed(once)) != string(twice) || c.repaired != nil {
				t.Errorf("%s: %q became %q, then %q by %v", l.headings[column], cell, once, twice, c.repaired)
			}
		}
	})
}

func TestPlainTextNeedsNoRepair(t *testing.T) {
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		for _, text := range []string{string(r), "a" + string(r), "가" + string(r), string(r) + "\u0301"} {
			b := []byte(text)
			odd := false
			for i, c := range b {
				odd = odd || maybeOddText(c) || c == 0xCE && b[i+1] == 0x87
			}
			if odd {
				continue
			}
			spaces, found := plainSpaces(b)
			if found || !norm.NFC.IsNormal(b) {
				t.Fatalf("%q is taken for plain: NFC %t, spaces %q", text, norm.NFC.IsNormal(b), spaces)
			}
		}
	}
}
