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
		"accountName": fmt.Sprintf("ana.ruiz%d", n), "firstName": "Ana" + strings.Repeat("a", n%7), "lastName": fmt.Sprintf("Ruiz%d", n),
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

// A list is a table as it is read from a file: its columns have places and headings.
type list struct {
	*schema.Memory
	columns []schema.Column
}

func (l *list) Columns() []schema.Column { return l.columns }

func listOf(t testing.TB, names []string, rows ...map[string]string) *list {
	t.Helper()
	l := &list{Memory: table(t, names, rows...)}
	for i, n := range names {
		l.columns = append(l.columns, schema.Column{Name: n, Header: "The " + n, Index: i})
	}
	return l
}

// clean returns rows about which nothing is to be said.
func clean(from, to int) []map[string]string {
	var rows []map[string]string
	for n := from; n <= to; n++ {
		rows = append(rows, cleanRow(n))
	}
	return rows
}

// each changes one cell of every row.
func each(rows []map[string]string, attribute string, value func(n int) string) []map[string]string {
	for n, r := range rows {
		r[attribute] = value(n)
	}
	return rows
}

// A phoneBook is a directory with few people in it.
type phoneBook []schema.Person

func (p phoneBook) Lookup(_ context.Context, values []string) (map[string][]schema.Person, error) {
	found := make(map[string][]schema.Person)
	for _, v := range values {
		for _, one := range p {
			if strings.EqualFold(v, one.Alias) || strings.EqualFold(v, one.Email) || strings.EqualFold(v, one.Name) {
				found[v] = append(found[v], one)
			}
		}
	}
	return found, nil
}

// A validateCase is a list and every finding that it must bring. near names the code that it all but raises.
type validateCase struct {
	why  string
	o    func(*schema.CheckOptions)
	cols []string
	rows []map[string]string
	near string
	want []string // row code attribute related
}

func one(cells ...string) []map[string]string { return []map[string]string{with(1, cells...)} }

func validateCases() []validateCase {
	updates := func(o *schema.CheckOptions) { o.UpdatesOnly = true }
	clearing := func(o *schema.CheckOptions) { o.UpdatesOnly, o.Reading.Blank = true, schema.BlankClear }
	noZone := func(o *schema.CheckOptions) { o.Reading.Zone = nil }
	rules := func(rules ...schema.Rule) func(*schema.CheckOptions) {
		return func(o *schema.CheckOptions) { o.Rules = rules }
	}
	digits := func(n int) string { return fmt.Sprintf("+3461234%04d", n) }
	mails := func(n int) string { return fmt.Sprintf("a%d@example.com", n) }
	words := func(n int) string { return "Ruiz" + strings.Repeat("x", n) }
	return []validateCase{
		{why: "a clean list", rows: clean(1, 9), near: "E-COLUMN-SWAPPED"},
		{why: "no list at all"},

		{why: "a new record needs its required cells", rows: one("phone", " "), want: []string{"1 E-REQUIRED phone"}},
		{why: "a record that exists keeps them", o: updates, rows: one("phone", " "), near: "E-REQUIRED"},
		{why: "unless blank means clear", o: clearing, rows: one("phone", " "), want: []string{"1 E-REQUIRED phone"}},
		{why: "a default fills them", o: func(o *schema.CheckOptions) { o.Defaults = map[string]string{"manager": "jane.doe"} }, rows: one("manager", "")},
		{why: "an optional cell may be blank", rows: one("vendor", "")},
		{why: "a required one cannot be cleared", o: updates, rows: one("phone", "#CLEAR"), want: []string{"1 E-REQUIRED phone"}},
		{why: "an optional one can", o: updates, rows: one("vendor", "#CLEAR")},
		{why: "nobody's row", rows: one("accountName", ""), want: []string{"1 E-KEY-BLANK accountName"}},
		{why: "an account name of one letter", rows: one("accountName", "q"), near: "E-KEY-BLANK"},

		{why: "exact doubles, and findings in row order",
			rows: []map[string]string{with(1), with(2, "email", "x"), with(1, "email", "b@example.com"), with(3, "email", "y")},
			want: []string{"1 E-KEY-DUPLICATE accountName [3]", "2 E-EMAIL-BAD email", "3 E-KEY-DUPLICATE accountName [1]", "4 E-EMAIL-BAD email"}},
		{why: "doubles by case", rows: []map[string]string{with(1, "accountName", "j.smith"), with(2, "accountName", "J.Smith")},
			want: []string{"1 E-KEY-DUPLICATE accountName [2]", "2 E-KEY-DUPLICATE accountName [1]"}},
		{why: "doubles by space", rows: []map[string]string{with(1, "accountName", "j.smith"), with(2, "accountName", "j.smith\u00a0")},
			want: []string{"1 E-KEY-DUPLICATE accountName [2]", "2 E-KEY-DUPLICATE accountName [1]"}},
		{why: "doubles by Unicode form", rows: []map[string]string{with(1, "accountName", "jos\u00e9"), with(2, "accountName", "jose\u0301")},
			want: []string{"1 E-KEY-DUPLICATE accountName [2]", "2 E-KEY-DUPLICATE accountName [1]"}},
		{why: "an accent is another name", rows: []map[string]string{with(1, "accountName", "jos\u00e9"), with(2, "accountName", "jose")}, near: "E-KEY-DUPLICATE"},
		{why: "blank keys are no doubles", o: updates, rows: []map[string]string{with(1, "accountName", ""), with(2, "accountName", "")},
			want: []string{"1 E-KEY-BLANK accountName", "2 E-KEY-BLANK accountName"}},
		{why: "one mail for two", rows: []map[string]string{with(1), with(2, "email", "ANA.Ruiz1@example.com")},
			want: []string{"1 W-EMAIL-DUPLICATE email [2]", "2 W-EMAIL-DUPLICATE email [1]"}},
		{why: "one person's row twice is one finding", rows: []map[string]string{with(1), with(1)}, near: "W-EMAIL-DUPLICATE",
			want: []string{"1 E-KEY-DUPLICATE accountName [2]", "2 E-KEY-DUPLICATE accountName [1]"}},
		{why: "one person by mail and name", rows: []map[string]string{with(1), with(8, "email", "ana.ruiz1@example.com", "lastName", "RUIZ1")},
			want: []string{"1 W-PERSON-DUPLICATE accountName [2]", "2 W-PERSON-DUPLICATE accountName [1]"}},
		{why: "one person by phone and name", rows: []map[string]string{with(1), with(8, "phone", "0034 612 340 001", "lastName", "Ruiz1")},
			want: []string{"1 W-PERSON-DUPLICATE accountName [2]", "2 W-PERSON-DUPLICATE accountName [1]"}},
		{why: "by both is one finding, and another with that mail is another", rows: []map[string]string{with(1), with(8, "phone", digits(1), "lastName", "Ruiz1", "email", "ana.ruiz1@example.com"), with(3, "email", "ana.ruiz1@example.com")},
			want: []string{"1 W-PERSON-DUPLICATE accountName [2]", "2 W-PERSON-DUPLICATE accountName [1]", "3 W-EMAIL-DUPLICATE email [1 2]"}},
		{why: "a family shares its phone", rows: []map[string]string{with(1), with(2, "phone", digits(1))}, near: "W-PERSON-DUPLICATE"},

		{why: "the end is before the start", rows: one("startDate", "2027-01-01"), want: []string{"1 E-END-BEFORE-START endDate"}},
		{why: "by a second", rows: one("startDate", "2026-12-31T10:00:01Z", "endDate", "2026-12-31T11:00:00+01:00"), want: []string{"1 E-END-BEFORE-START endDate"}},
		{why: "one day is a term", rows: one("startDate", "2026-12-31"), near: "E-END-BEFORE-START"},
		{why: "already ended", rows: one("endDate", "2026-03-01"), want: []string{"1 W-ALREADY-ENDED endDate"}},
		{why: "ends today", rows: one("endDate", "2026-03-02"), near: "W-ALREADY-ENDED"},
		{why: "ended this morning", rows: one("endDate", "2026-03-02T11:59:59Z"), want: []string{"1 W-ALREADY-ENDED endDate"}},
		{why: "nothing is past where no time is", o: func(o *schema.CheckOptions) { o.AsOf = time.Time{} }, rows: one("endDate", "2026-03-01")},
		{why: "starts far ahead", rows: one("startDate", "2028-01-01", "endDate", "2028-06-01"), want: []string{"1 W-START-FAR startDate"}},
		{why: "starts in eleven months", rows: one("startDate", "2027-02-01", "endDate", "2027-06-01"), near: "W-START-FAR"},
		{why: "starts later than was said", o: func(o *schema.CheckOptions) { o.StartAhead = 24 * time.Hour }, rows: one("startDate", "2026-03-04"), want: []string{"1 W-START-FAR startDate"}},
		{why: "runs too long", o: func(o *schema.CheckOptions) { o.Term = 360 * 24 * time.Hour }, rows: one("endDate", "2027-01-05"), want: []string{"1 W-TERM-LONG endDate"}},
		{why: "runs just so long", o: func(o *schema.CheckOptions) { o.Term = 360 * 24 * time.Hour }, rows: one("endDate", "2026-12-31"), near: "W-TERM-LONG"},
		{why: "an ambiguous date", rows: one("endDate", "03/04/2026"), want: []string{"1 E-DATE-AMBIGUOUS endDate"}},
		{why: "a date that is settled by itself", rows: one("endDate", "13/04/2026"), near: "E-DATE-AMBIGUOUS"},
		{why: "no such date", rows: one("endDate", "31.11.2026"), want: []string{"1 E-DATE-BAD endDate"}},
		{why: "a date in words", rows: one("endDate", "30 noviembre 2026"), near: "E-DATE-BAD"},
		{why: "days without a zone, said once", o: noZone, rows: clean(1, 4), want: []string{"1 E-DATE-ZONE startDate"}},
		{why: "instants need none", o: noZone, rows: one("startDate", "2026-01-05T00:00:00Z", "endDate", "2026-12-31T00:00:00+02:00"), near: "E-DATE-ZONE"},
		{why: "the year 9999", rows: one("endDate", "9999-12-31"), want: []string{"1 W-DATE-ODD endDate"}},
		{why: "an offset that no place has", rows: one("endDate", "2027-12-31T00:00:00+14:30"), want: []string{"1 W-DATE-ODD endDate"}},
		{why: "one to the west", rows: one("endDate", "2027-12-31T00:00:00-12:01"), want: []string{"1 W-DATE-ODD endDate"}},
		{why: "the farthest offsets", rows: one("endDate", "2027-12-31T00:00:00+14:00", "startDate", "2026-01-31T00:00:00-12:00"), near: "W-DATE-ODD"},
		{why: "the year 2099", rows: one("endDate", "2099-12-31"), near: "W-DATE-ODD"},
		{why: "midnight without a zone", rows: one("endDate", "2026-12-31 00:00:00"), want: []string{"1 W-END-MIDNIGHT endDate"}},
		{why: "midnight of a start", rows: one("startDate", "2026-01-05 00:00:00"), near: "W-END-MIDNIGHT"},

		{why: "a mail that only the library knows", rows: one("email", "josé+x!@example.com"), near: "E-EMAIL-BAD"},
		{why: "not a mail", rows: one("email", "ana.example.com"), want: []string{"1 E-EMAIL-BAD email"}},
		{why: "two mails", rows: one("email", "a@example.com; b@example.com"), want: []string{"1 E-EMAIL-BAD email"}},
		{why: "a phone as people write it", rows: one("phone", "(020) 7946-0000 ext. 12"), near: "E-PHONE-BAD"},
		{why: "not a phone", rows: one("phone", "call me"), want: []string{"1 E-PHONE-BAD phone"}},
		{why: "a phone that a spreadsheet broke", rows: one("phone", "5.55123E+09"), want: []string{"1 E-PHONE-DAMAGED phone"}},
		{why: "a phone that a spreadsheet took for a subtraction", rows: one("phone", "-491701"), want: []string{"1 E-PHONE-DAMAGED phone"}},
		{why: "and with a fraction", rows: one("phone", "-30123.5"), want: []string{"1 E-PHONE-DAMAGED phone"}},
		{why: "a hyphen in front of a phone", rows: one("phone", "- 030 123456"), near: "E-PHONE-DAMAGED"},
		{why: "a phone with points", rows: one("phone", "555.512.3009"), near: "E-PHONE-DAMAGED"},

		{why: "a control character", rows: one("firstName", "A\x07na"), want: []string{"1 E-TEXT-CONTROL firstName"}},
		{why: "a line break in an account name", rows: one("accountName", "a\nb"), want: []string{"1 E-TEXT-CONTROL accountName"}},
		{why: "a line break", rows: one("vendor", "A\nB"), near: "E-TEXT-CONTROL", want: []string{"1 W-TEXT-NEWLINE vendor"}},
		{why: "a line break at the end is trimmed", rows: one("vendor", "A B\n"), near: "W-TEXT-NEWLINE"},
		{why: "bytes that are not UTF-8", rows: one("firstName", "Ren\xe9"), want: []string{"1 E-ENCODING firstName"}},
		{why: "any script", rows: one("firstName", "李", "lastName", "Ωμέγα Łódź"), near: "E-ENCODING"},
		{why: "a spreadsheet's error", rows: one("vendor", "#REF!"), want: []string{"1 E-TEXT-DAMAGED vendor"}},
		{why: "a date that did not fit its cell", rows: one("endDate", "########"), want: []string{"1 E-TEXT-DAMAGED endDate"}},
		{why: "an account name that was a number", rows: one("accountName", "1.23457E+11"), want: []string{"1 E-TEXT-DAMAGED accountName"}},
		{why: "a hash is no error, nor is 1e5 a quantity in every column", rows: one("vendor", "#1", "firstName", "1.5E+5"), near: "E-TEXT-DAMAGED"},
		{why: "a zero-width space inside", rows: one("lastName", "Ru\u200biz"), want: []string{"1 W-TEXT-INVISIBLE lastName"}},
		{why: "the joiner of Persian names", rows: one("lastName", "علی\u200cرضا"), near: "W-TEXT-INVISIBLE"},
		{why: "a formula", rows: one("vendor", "=cmd|' /C calc'!A0"), want: []string{"1 W-TEXT-FORMULA vendor"}},
		{why: "signed numbers are none", rows: one("vendor", "-12,5"), near: "W-TEXT-FORMULA"},
		{why: "UTF-8 read as Windows-1252", rows: one("lastName", "MÃ¼ller", "firstName", "JosÃ©"), want: []string{"1 W-TEXT-MOJIBAKE firstName", "1 W-TEXT-MOJIBAKE lastName"}},
		{why: "a letter that was lost", rows: one("lastName", "M\ufffdller"), want: []string{"1 W-TEXT-MOJIBAKE lastName"}},
		{why: "letters that the encoding did not have", rows: one("firstName", "Ay?e", "lastName", "?zkan"), want: []string{"1 W-TEXT-MOJIBAKE firstName", "1 W-TEXT-MOJIBAKE lastName"}},
		{why: "a question is no lost letter", rows: one("firstName", "Ann ?", "lastName", "(?) Lee"), near: "W-TEXT-MOJIBAKE"},
		{why: "capitals with their accents", rows: one("lastName", "SÃO ÅNGSTRÖM", "firstName", "Ânia"), near: "W-TEXT-MOJIBAKE"},
		{why: "very long", rows: one("vendor", strings.Repeat("é", 256)), want: []string{"1 W-TEXT-LONG vendor"}},
		{why: "not too long", rows: one("vendor", strings.Repeat("é", 255)), near: "W-TEXT-LONG"},
		{why: "longer than was said", o: func(o *schema.CheckOptions) { o.MaxLength = 10 }, rows: one("vendor", "12345678901"), want: []string{"1 W-TEXT-LONG vendor"}},
		{why: "a placeholder", rows: one("vendor", "TBD"), want: []string{"1 W-PLACEHOLDER vendor"}},
		{why: "one digit over and over", rows: one("phone", "000-000-0000"), want: []string{"1 W-PLACEHOLDER phone"}},
		{why: "a name that only looks like one", rows: one("lastName", "Na", "firstName", "Test-Ana"), near: "W-PLACEHOLDER"},

		{why: "their own manager", rows: one("manager", "Ana.Ruiz1"), want: []string{"1 E-MGR-SELF manager"}},
		{why: "their own manager by mail", rows: one("manager", "ana.ruiz1@example.com"), want: []string{"1 E-MGR-SELF manager"}},
		{why: "manager and mail are both cleared", o: updates, rows: one("manager", "#CLEAR", "email", "#CLEAR"), near: "E-MGR-SELF", want: []string{"1 E-REQUIRED email", "1 E-REQUIRED manager"}},
		{why: "somebody with nearly that name", rows: one("manager", "ana.ruiz"), near: "E-MGR-SELF"},

		{why: "swapped columns are said once", rows: each(each(clean(1, 20), "phone", mails), "email", digits), want: []string{"0 E-COLUMN-SWAPPED phone"}},
		{why: "and what else is wrong with them as well", rows: append(each(each(clean(1, 20), "phone", mails), "email", digits), with(30, "phone", "call me", "email", "+34612349999")),
			want: []string{"0 E-COLUMN-SWAPPED phone", "21 E-PHONE-BAD phone"}},
		{why: "names for account names", rows: each(each(clean(1, 20), "lastName", words), "accountName", func(n int) string { return "Ana Ruiz" + strings.Repeat("x", n) }), want: []string{"0 W-COLUMN-SWAPPED accountName"}},
		{why: "mails for account names are ordinary", rows: each(clean(1, 20), "accountName", func(n int) string { return fmt.Sprintf("a%d@example.net", n) }), near: "W-COLUMN-SWAPPED"},
		{why: "mails and last names swapped", rows: each(each(clean(1, 20), "lastName", mails), "email", func(n int) string { return "Ruiz" + strings.Repeat("x", n) + " Gil" }), want: []string{"0 E-COLUMN-SWAPPED lastName"}},
		{why: "mails and first names swapped", rows: each(each(clean(1, 20), "firstName", mails), "email", words), want: []string{"0 E-COLUMN-SWAPPED firstName"}},
		{why: "two names in one cell among them", rows: append(each(each(clean(1, 20), "firstName", mails), "email", words), with(30, "firstName", "x@example.com", "email", "Anne Marie")), want: []string{"0 E-COLUMN-SWAPPED firstName"}},
		{why: "mails and account names swapped", rows: each(each(clean(1, 20), "accountName", mails), "email", func(n int) string { return fmt.Sprintf("a.ruiz%d", n) }), want: []string{"0 E-COLUMN-SWAPPED accountName"}},
		{why: "account names and first names swapped", rows: each(each(each(clean(1, 20), "lastName", words), "accountName", func(n int) string { return []string{"Ana", "Eve", "Bo"}[n%3] }), "firstName", func(n int) string { return fmt.Sprintf("a.ruiz%d", n) }),
			want: []string{"0 E-COLUMN-SWAPPED accountName"}},
		{why: "numbers for account names, and first names swapped", rows: each(each(each(clean(1, 20), "lastName", words), "accountName", words), "firstName", func(n int) string { return fmt.Sprint(12340 + n) }), want: []string{"0 E-COLUMN-SWAPPED accountName"}},
		{why: "numbers for account names, extensions for phones", rows: each(each(clean(1, 20), "accountName", func(n int) string { return fmt.Sprint(12345600 + n) }), "phone", func(n int) string { return fmt.Sprint(1200 + n) }), near: "E-COLUMN-SWAPPED"},
		{why: "three columns round", rows: each(each(each(each(clean(1, 20), "lastName", words), "accountName", mails), "firstName", func(n int) string { return fmt.Sprintf("a.ruiz%d", n) }), "email", words), want: []string{"0 E-COLUMN-SWAPPED accountName"}},
		{why: "columns shifted", rows: each(each(each(each(each(clean(1, 20), "accountName", words), "firstName", words), "lastName", digits), "phone", mails), "email", func(n int) string { return fmt.Sprintf("a.ruiz%d", n) }), near: "W-COLUMN-SWAPPED", want: []string{"0 E-COLUMN-SWAPPED accountName"}},
		{why: "nothing but placeholders beside mails for account names", rows: each(each(clean(1, 3), "accountName", mails), "email", func(n int) string { return []string{"unknown", "tbd", "pending"}[n%3] }), near: "E-COLUMN-SWAPPED",
			want: []string{"1 E-EMAIL-BAD email", "2 E-EMAIL-BAD email", "3 E-EMAIL-BAD email"}},
		{why: "one word for all mails", rows: each(each(clean(1, 3), "accountName", mails), "email", func(n int) string { return "keine" }), near: "E-COLUMN-SWAPPED",
			want: []string{"1 E-EMAIL-BAD email", "2 E-EMAIL-BAD email", "3 E-EMAIL-BAD email"}},
		{why: "logins with underscores", rows: each(clean(1, 20), "accountName", func(n int) string { return "ruiz_ana" + strings.Repeat("x", n) }), near: "W-COLUMN-SWAPPED"},
		{why: "numbers that look like days", rows: each(each(clean(1, 20), "accountName", func(n int) string { return fmt.Sprint(20250100 + n) }), "phone", func(n int) string { return fmt.Sprint(20100100 + n) }), near: "W-COLUMN-SWAPPED"},
		{why: "names of one word and of two, and mails", rows: each(each(clean(1, 20), "firstName", mails), "email", func(n int) string { return []string{"Ana", "Eva Maria"}[n%2] }), want: []string{"0 E-COLUMN-SWAPPED firstName"}},
		{why: "account names of letters, and first names", rows: each(each(each(clean(1, 20), "accountName", words), "firstName", words), "lastName", words), near: "E-COLUMN-SWAPPED"},
		{why: "managers named by mail", rows: each(each(each(clean(1, 20), "manager", mails), "firstName", words), "lastName", words), near: "E-COLUMN-SWAPPED"},
		{why: "words for mails, which no column holds", rows: each(clean(1, 3), "email", words), near: "E-COLUMN-SWAPPED", want: []string{"1 E-EMAIL-BAD email", "2 E-EMAIL-BAD email", "3 E-EMAIL-BAD email"}},
		{why: "a swap that is not to be told is said of each cell", o: func(o *schema.CheckOptions) { o.Ignore = []string{"E-COLUMN-SWAPPED"} }, rows: each(clean(1, 3), "phone", mails),
			want: []string{"1 E-PHONE-BAD phone", "2 E-PHONE-BAD phone", "3 E-PHONE-BAD phone"}},
		{why: "dates turned round", rows: each(each(clean(1, 20), "startDate", func(int) string { return "2028-12-31" }), "endDate", func(int) string { return "2026-01-30" }), want: []string{"0 E-COLUMN-SWAPPED endDate"}},
		{why: "dates turned round, most ends blank", o: updates, rows: append(each(each(clean(1, 20), "startDate", func(int) string { return "2028-12-31" }), "endDate", func(int) string { return "2026-01-30" }), each(clean(30, 60), "endDate", func(int) string { return "" })...),
			want: []string{"0 E-COLUMN-SWAPPED endDate"}},
		{why: "a few contracts turned round among many open ones", o: updates, rows: append(each(each(clean(1, 3), "startDate", func(int) string { return "2028-12-31" }), "endDate", func(int) string { return "2026-01-30" }), each(clean(30, 60), "endDate", func(int) string { return "" })...),
			near: "E-COLUMN-SWAPPED", want: []string{"1 W-ALREADY-ENDED endDate", "1 W-START-FAR startDate", "1 E-END-BEFORE-START endDate", "2 W-ALREADY-ENDED endDate", "2 W-START-FAR startDate", "2 E-END-BEFORE-START endDate", "3 W-ALREADY-ENDED endDate", "3 W-START-FAR startDate", "3 E-END-BEFORE-START endDate"}},
		{why: "a few mails in the wrong column are their rows' affair", rows: append(clean(1, 8), with(9, "phone", "a@example.com")), want: []string{"9 E-PHONE-BAD phone"}},
		{why: "an empty column", rows: each(clean(1, 3), "vendor", func(int) string { return " " }), want: []string{"0 W-COLUMN-EMPTY vendor"}},
		{why: "one row has it", rows: append(each(clean(1, 3), "vendor", func(int) string { return "" }), cleanRow(4)), near: "W-COLUMN-EMPTY"},
		{why: "everybody has one first name", rows: each(clean(1, 10), "firstName", func(int) string { return "Ana" }), want: []string{"0 W-COLUMN-SAME firstName"}},
		{why: "everybody has one manager and one end", rows: clean(1, 10), near: "W-COLUMN-SAME"},
		{why: "nobody can be new", cols: []string{"accountName", "endDate"}, rows: clean(1, 1), want: []string{
			"0 W-COLUMN-MISSING firstName", "0 W-COLUMN-MISSING lastName", "0 W-COLUMN-MISSING phone", "0 W-COLUMN-MISSING email", "0 W-COLUMN-MISSING manager", "0 W-COLUMN-MISSING startDate"}},
		{why: "nobody is new", o: updates, cols: []string{"accountName", "endDate"}, rows: clean(1, 1), near: "W-COLUMN-MISSING"},

		{why: "a pattern", o: rules(schema.Rule{Attribute: "vendor", Pattern: `V\d`}), rows: one("vendor", "V1x"), want: []string{"1 E-RULE vendor"}},
		{why: "a pattern that fits", o: rules(schema.Rule{Attribute: "vendor", Pattern: `V\d`}), rows: one(), near: "E-RULE"},
		{why: "one of several", o: rules(schema.Rule{Attribute: "vendor", Check: "oneof=ACME 'Big Corp'", Severity: schema.Warning}), rows: one(), want: []string{"1 W-RULE vendor"}},
		{why: "is one of several", o: rules(schema.Rule{Attribute: "vendor", Check: "oneof=ACME 'Big Corp'", Severity: schema.Warning}), rows: one("vendor", "Big Corp"), near: "W-RULE"},
		{why: "a length", o: rules(schema.Rule{Attribute: "vendor", Check: "len=3,numeric", Severity: schema.Note}), rows: one("vendor", "12"), want: []string{"1 N-RULE vendor"}},
		{why: "that length", o: rules(schema.Rule{Attribute: "vendor", Check: "len=3,numeric", Severity: schema.Note}), rows: one("vendor", "123"), near: "N-RULE"},
		{why: "unique", o: rules(schema.Rule{Attribute: "vendor", Check: "unique"}), rows: []map[string]string{with(1, "vendor", "Q"), with(2), with(3, "vendor", "q ")},
			want: []string{"1 E-RULE vendor [3]", "3 E-RULE vendor [1]"}},
		{why: "required for a new record", o: rules(schema.Rule{Attribute: "vendor", Check: "required"}), rows: one("vendor", ""), want: []string{"1 E-RULE vendor"}},
		{why: "kept by one that exists", o: func(o *schema.CheckOptions) {
			o.UpdatesOnly, o.Rules = true, []schema.Rule{{Attribute: "vendor", Check: "required"}}
		}, rows: one("vendor", "")},
		{why: "but not cleared", o: func(o *schema.CheckOptions) {
			o.UpdatesOnly, o.Rules = true, []schema.Rule{{Attribute: "vendor", Check: "required"}}
		}, rows: one("vendor", "#CLEAR"), want: []string{"1 E-RULE vendor"}},
		{why: "required if", o: rules(schema.Rule{Attribute: "vendor", Check: "required_if=manager jane.doe 'John Roe'"}), rows: []map[string]string{with(1, "vendor", ""), with(2, "vendor", "", "manager", "x.y"), with(3, "vendor", "", "manager", "John Roe"), with(4)},
			want: []string{"1 E-RULE vendor", "3 E-RULE vendor"}},
		{why: "required unless", o: rules(schema.Rule{Attribute: "vendor", Check: "required_unless=manager jane.doe"}), rows: []map[string]string{with(1, "vendor", ""), with(2, "vendor", "", "manager", "x.y"), with(3)}, want: []string{"2 E-RULE vendor"}},
		{why: "required with", o: rules(schema.Rule{Attribute: "vendor", Check: "required_with=firstName"}), rows: append(one("vendor", ""), with(2), with(3, "firstName", "Eve")), want: []string{"1 E-RULE vendor"}},
		{why: "required without", o: rules(schema.Rule{Attribute: "vendor", Check: "required_without=phone"}), rows: append(one("vendor", "", "phone", ""), with(2), with(3)), want: []string{"1 E-REQUIRED phone", "1 E-RULE vendor"}},
		{why: "a date after another", o: rules(schema.Rule{Attribute: "endDate", Check: "gtfield=startDate"}), rows: one("startDate", "2026-12-31"), want: []string{"1 E-RULE endDate"}},
		{why: "a date at or after another", o: rules(schema.Rule{Attribute: "endDate", Check: "gtefield=startDate"}), rows: one("startDate", "2026-12-31")},
		{why: "unreadable dates are not compared", o: rules(schema.Rule{Attribute: "endDate", Check: "gtefield=startDate"}), rows: one("startDate", "soon"), want: []string{"1 E-DATE-BAD startDate"}},
		{why: "numbers", o: rules(schema.Rule{Attribute: "vendor", Check: "ltfield=lastName"}), rows: []map[string]string{with(1, "vendor", "9", "lastName", "10"), with(2, "vendor", "10", "lastName", "9"), with(3, "vendor", "ten", "lastName", "9")},
			want: []string{"2 E-RULE vendor", "3 E-RULE vendor"}},
		{why: "two that must differ", o: rules(schema.Rule{Attribute: "vendor", Check: "nefield=firstName"}), rows: []map[string]string{with(1, "vendor", "Anaa"), with(2)}, want: []string{"1 E-RULE vendor"}},

		{why: "only some codes", o: func(o *schema.CheckOptions) { o.Only = []string{"e-email-bad"} }, rows: one("email", "x", "phone", "y"), want: []string{"1 E-EMAIL-BAD email"}},
		{why: "all but some", o: func(o *schema.CheckOptions) { o.Ignore = []string{"E-EMAIL-BAD"} }, rows: one("email", "x", "phone", "y"), want: []string{"1 E-PHONE-BAD phone"}},
	}
}

func validateOptions(t testing.TB) schema.CheckOptions {
	return schema.CheckOptions{Reading: schema.Reading{Zone: zone(t, "Europe/Berlin")}, AsOf: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), File: "list.csv"}
}

func told(f schema.Finding) string {
	line := fmt.Sprintf("%d %s %s", f.Origin.Row, f.Code, f.Attribute)
	if f.Related != nil {
		line += fmt.Sprint(" ", f.Related)
	}
	return line
}

func TestValidate(t *testing.T) {
	s := testSchema(t)
	for _, c := range validateCases() {
		t.Run(c.why, func(t *testing.T) {
			cols := c.cols
			if cols == nil {
				cols = s.Names()
			}
			tab := listOf(t, cols, c.rows...)
			o := validateOptions(t)
			if c.o != nil {
				c.o(&o)
			}
			checker, err := schema.NewChecker(s, tab.Columns(), o)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			v, err := schema.Validate(context.Background(), tab, checker, func(f schema.Finding) error {
				got = append(got, told(f))
				if f.Message == "" || f.Hint == "" || strings.ContainsAny(f.Message+f.Hint, "\n\r") || f.Origin.File != "list.csv" {
					t.Errorf("%s has the message %q, the hint %q and the file %q", f.Code, f.Message, f.Hint, f.Origin.File)
				}
				if f.Origin.Row > 0 && (f.Origin.Column == "" || f.Origin.Header == "") {
					t.Errorf("%s does not say where it is: %+v", f.Code, f.Origin)
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
