package gen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Config returns the config that makes the list fit the source.
func (d *Demo) Config() []byte {
	return []byte(`# Makes contractors.csv fit the source "` + DemoSource + `". Holds no secret: commit a file like this beside your list.
source: ` + DemoSource + `

# A day without a time means that day here: a start is 00:00:00, an end 23:59:59.
time-zone: ` + DemoZone + `

# Settles 03/04/2026. Dates such as 2026-04-03 and 3 Apr 2026 need no settling.
date-format: DD/MM/YYYY

# Header in the list: attribute of the source. The badge is not in the list, so it is never touched.
map:
  Login: accountName
  First name: firstName
  Surname: lastName
  Mobile: phone
  E-mail: email
  Line manager: manager
  Contract start: startDate
  Contract end: endDate
  Company: vendor
  Cost centre: costCenter
  Site: siteCode
  Notes: "" # ignored on purpose

limits:
  max-removals: 5%
  max-updates: 30%
  max-creates: none
  min-input: 70%
`)
}

// Readme returns the page that says what is in the demo's files.
func (d *Demo) Readme() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `# The demo's data

Made by the generator, byte for byte; nobody in it exists. Make it again with

    go run ./internal/gen/cmd/gen -demo testdata

| File | What it is |
|---|---|
| `+"`contractors.csv`"+` | a contractor list such as people send: own headers, three spellings of dates, stray and non-breaking spaces, composed and decomposed accents, a byte order mark, CR LF |
| `+"`seed.json`"+` | the tenant of the sandbox: sources "%s" and "Contractors APAC" (%d records), the managers, two pending requests |
| `+"`nelm.yaml`"+` | the config that makes the list fit: header mapping, date format, time zone, limits |
| `+"`embed.go`"+` | puts these files into the program, for its `+"`demo`"+` command |

The demo plays on %s, in %s.

## What list and tenant have in common

| | rows of the list | records of the tenant |
|---|---|---|
| the same by meaning | %d | %d |
| to update | %d | %d |
| to create | %d | |
| waiting for approval in a request | %d | |
| not in the list | | %d |
| wrong, with a record | %d | %d |
| wrong, without a record | %d | |
| **all** | **%d** | **%d** |

`, DemoSource, demoApac, DemoAsOf().Format("2006-01-02"), DemoZone,
		demoSame, demoSame, d.updates(), d.updates(), demoCreates, demoAwaited, demoLeavers,
		d.faults(true), len(d.records)-demoSame-d.updates()-demoLeavers, d.faults(false), len(d.rows), len(d.records))

	fmt.Fprintf(&b, "Of those that are the same, %d have ended, and %d is still under a manager who has left. Updates, by attribute:\n\n", demoEnded, demoInactiveOwn)
	updates := DemoUpdates()
	for _, attributes := range slices.Sorted(maps.Keys(updates)) {
		fmt.Fprintf(&b, "- %s: %d\n", attributes, updates[attributes])
	}
	b.WriteString(`
Two of the end dates move from the future into the past; all the others move later.

## What is wrong in the list

A line is that of the file, the header being line 1. All rows named here would otherwise be the same in the tenant, but for the three
with a blank cell, which have no record.

| Line | Login | Column | Value | Problem |
|---|---|---|---|---|
`)
	for _, f := range d.Faults() {
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", f.Line, f.Login, f.Column, f.Value, f.Problem)
	}
	return []byte(b.String())
}

func (d *Demo) updates() int {
	n := 0
	for _, people := range DemoUpdates() {
		n += people
	}
	return n
}

// faults counts the faulty rows whose login has, or has not, a record.
func (d *Demo) faults(recorded bool) int {
	logins := map[string]bool{}
	for _, c := range d.records {
		logins[c.login] = true
	}
	n := 0
	for _, row := range d.rows {
		if row.fault != "" && logins[row.login] == recorded {
			n++
		}
	}
	return n
}
