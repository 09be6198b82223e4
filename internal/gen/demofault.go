package gen

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// listRow is a row of the demo's list: a person, and the cells that somebody got wrong.
type listRow struct {
	contractor
	wrong  map[string]string // by the list's header: what stands in the cell instead
	fault  string            // what is wrong with the row, in words; empty if nothing is
	column string            // the list's header over the cell that shows it
}

// DemoFault is a row of the demo's list with which something is wrong.
type DemoFault struct {
	Line    int    // physical line of the file where the row begins, from 1, which is the header
	Login   string // without the spaces around it
	Column  string // the list's header over the cell that is wrong
	Value   string // what stands there
	Problem string
}

// plantFaults adds the rows with faults. Copies are made of people who are the same in list and tenant, so that a fault changes no count
// but its own.
func (d *Demo) plantFaults(cast *casting, same []contractor) {
	// These people have a good record in the tenant.
	for _, f := range []struct {
		column, problem string
		value           func(contractor) string
	}{
		{"E-mail", "no mail address", func(c contractor) string { return strings.Replace(c.mail, "@", "@@", 1) }},
		{"E-mail", "mail address without a domain", func(c contractor) string { return c.login + "@" }},
		{"E-mail", "mail address without an @", func(c contractor) string { return strings.Replace(c.mail, "@", ".", 1) }},
		{"Mobile", "a spreadsheet made a number of the phone", func(contractor) string { return "5.55123E+09" }},
		{"Mobile", "a spreadsheet made a number of the phone", func(contractor) string { return "4.93023E+11" }},
		{"Contract end", "no such day", func(contractor) string { return "31/02/2027" }},
		{"Contract end", "no date", func(contractor) string { return "until further notice" }},
		{"Contract end", "a year of two digits", func(contractor) string { return "30/06/26" }},
		{"Contract end", "ends before it starts", func(c contractor) string { return slashes(c.start.AddDate(0, 0, -1)) }},
		{"Contract end", "ends before it starts", func(c contractor) string { return slashes(c.start.AddDate(-1, 0, 0)) }},
	} {
		c := cast.next()
		d.records = append(d.records, c)
		d.rows = append(d.rows, listRow{contractor: c, wrong: map[string]string{f.column: f.value(c)}, fault: f.problem, column: f.column})
	}
	// These are new, so nothing in the tenant could stand in for what is missing.
	for _, column := range []string{"Surname", "E-mail", "Line manager"} {
		c := cast.next()
		c.start, c.end = day(2026, time.April, 1), day(2026, time.September, 30)
		d.rows = append(d.rows, listRow{contractor: c, wrong: map[string]string{column: ""}, fault: "required, and blank", column: column})
	}

	again := listRow{contractor: same[0], fault: "the same login again, in a row that is otherwise the same", column: "Login"}
	later := listRow{contractor: same[1], fault: "the same login again, with another end", column: "Login"}
	later.end = endOfMonth(later.end.AddDate(0, 6, 0))
	capital := listRow{contractor: same[2], fault: "the same login again, but for capitals", column: "Login"}
	capital.login = capitals(capital.login)
	d.rows = append(d.rows, again, later, capital)

	// One person, two logins, and a record for either.
	for _, c := range same[3:5] {
		first, size := utf8.DecodeRuneInString(c.login)
		_, last, _ := strings.Cut(c.login[size:], ".")
		c.login = string(first) + last
		c.badgeNo += "2"
		d.records = append(d.records, c)
		d.rows = append(d.rows, listRow{contractor: c, fault: "the same person under a second login", column: "Login"})
	}
}

func slashes(t time.Time) string { return t.Format("02/01/2006") }

// capitals writes anna.koch as Anna.Koch.
func capitals(login string) string {
	start := true
	return strings.Map(func(r rune) rune {
		if start {
			r = unicode.ToUpper(r)
		}
		start = r == '.'
		return r
	}, login)
}
