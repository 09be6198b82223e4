package gen

import (
	"bytes"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// demoHeader is the first line of the list, in the words of whoever keeps it.
var demoHeader = [...]string{
	"Login", "First name", "Surname", "Mobile", "E-mail", "Line manager", "Contract start", "Contract end", "Company", "Cost centre", "Site", "Notes",
}

var demoNotes = [...]string{
	"", "", "", "", "", "", "", "extended, see mail", "laptop returned", "works Mon, Tue", "asked for a \"quiet desk\"", "to be confirmed by Finance",
	"on site twice a week,\nelse remote",
}

// List returns the list as a spreadsheet saves it: UTF-8 with a byte order mark, lines that end in CR LF, and all that people type.
func (d *Demo) List() []byte {
	file, _ := d.list()
	return file
}

// Faults returns the rows of the list with which something is wrong, in the order of the list.
func (d *Demo) Faults() []DemoFault {
	_, lines := d.list()
	var faults []DemoFault
	for i, row := range d.rows {
		if row.fault != "" {
			value, ok := row.wrong[row.column]
			if !ok {
				value = row.login
			}
			faults = append(faults, DemoFault{Line: lines[i], Login: row.login, Column: row.column, Value: value, Problem: row.fault})
		}
	}
	return faults
}

// list returns the file, and the physical line on which each row begins.
func (d *Demo) list() (file []byte, lines []int) {
	out := bytes.NewBufferString("\uFEFF")
	writeLine(out, demoHeader[:])
	line := 2
	for i := range d.rows {
		cells := d.rows[i].cells()
		writeLine(out, cells)
		lines = append(lines, line)
		line += 1 + strings.Count(strings.Join(cells, ""), "\n")
	}
	return out.Bytes(), lines
}

func writeLine(out *bytes.Buffer, cells []string) {
	for i, cell := range cells {
		if i > 0 {
			out.WriteByte(',')
		}
		if strings.ContainsAny(cell, ",\"\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		out.WriteString(cell)
	}
	out.WriteString("\r\n")
}

// cells returns the row as it is typed, in the order of demoHeader.
func (row *listRow) cells() []string {
	cells := []string{
		row.login, row.first, row.last, row.phone, row.mail, row.manager, spellDay(row.start, mix(row.hash^1)), spellDay(row.end, mix(row.hash^2)),
		row.vendor, row.costCenter, row.siteCode, demoNotes[mix(row.hash^3)%uint64(len(demoNotes))],
	}
	for i, name := range demoHeader {
		if value, ok := row.wrong[name]; ok {
			cells[i] = value
			continue
		}
		if name == "Notes" {
			continue
		}
		d := mix(row.hash ^ uint64(i)<<8)
		if name == "Site" && d%20 == 0 {
			cells[i] = "" // what a blank cell means is for the config to say; by default it keeps what the tenant has
			continue
		}
		switch d >> 16 % 100 {
		case 0, 1:
			cells[i] += " "
		case 2:
			cells[i] = " " + cells[i]
		case 3:
			cells[i] = "\u00A0" + cells[i]
		case 4, 5, 6:
			cells[i] = norm.NFD.String(cells[i]) // as some systems type accents
		}
	}
	return cells
}

// spellDay writes a day in one of three ways. The config says that the day comes first where a date is all numbers and slashes.
func spellDay(t time.Time, d uint64) string {
	switch {
	case d%100 < 18:
		return t.Format("2006-01-02")
	case d%100 < 28:
		return t.Format("2 Jan 2006")
	}
	return slashes(t)
}
