package gen

import (
	"strconv"
	"strings"
	"time"
)

// The columns of a list: the eight of the template in its order, then custom ones.
const (
	accountName = iota
	firstName
	lastName
	phone
	email
	manager
	startDate
	endDate
	vendor
	costCenter
	siteCode
	remarks
	badge
	department
	jobTitle
	building
	contract
	project
)

var columnNames = [...]string{
	"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate",
	"vendor", "costCenter", "siteCode", "remarks", "badge", "department", "jobTitle", "building", "contract", "project",
}

// MinColumns and MaxColumns bound [Options.Columns]: a source has 8 attributes of its own and at most 10 custom ones.
const (
	MinColumns = 8
	MaxColumns = len(columnNames)
)

// Header returns the names of the first columns of a list, in the order of the template.
func Header(columns int) []string {
	return append([]string(nil), columnNames[:columns]...)
}

// Row returns the values of row index of the old list: a function of seed, columns and index alone. Account names and mail addresses
// contain the index, hence are unique; phones are E.164; dates are RFC 3339 with seconds, in UTC, the start in 2024 or 2025, the end
// between 2026-07-01 and 2027-12-31.
func Row(seed uint64, columns int, index int) []string {
	r := newRow(seed, index)
	values := make([]string, columns)
	var buf []byte
	for c := range values {
		buf = r.append(buf[:0], c, false)
		values[c] = string(buf)
	}
	return values
}

// row is what all fields of one row have in common.
type row struct {
	index int
	hash  uint64
	first name
	last  name
}

func newRow(seed uint64, index int) row {
	r := row{index: index, hash: mix(mix(seed) ^ uint64(index))}
	r.first = pickName(r.draw(firstName), plainFirstNames[:], accentedFirstNames[:])
	r.last = pickName(r.draw(lastName), plainLastNames[:], accentedLastNames[:])
	return r
}

// draw returns the random number that decides about one column of the row.
func (r *row) draw(column int) uint64 { return mix(r.hash + uint64(column)<<32) }

// 22.5 % of first and of last names are not ASCII, which makes 40 % of rows.
func pickName(draw uint64, plain []string, accented []name) name {
	at := int(draw >> 32)
	if draw%1000 < 225 {
		return accented[at%len(accented)]
	}
	n := plain[at%len(plain)]
	return name{written: n, plain: n}
}

// append adds the value of a column to dst. The updated value differs from the first one for every reader: not only in case, spaces or
// the spelling of a date, and it is never blank.
func (r *row) append(dst []byte, column int, updated bool) []byte {
	d := r.draw(column)
	high := d >> 32
	if updated {
		d = mix(d)
	}
	switch column {
	case accountName:
		dst = append(dst, r.first.plain[0]|0x20)
		dst = appendLower(dst, r.last.plain)
		return strconv.AppendInt(dst, int64(r.index), 10)
	case firstName:
		dst = append(dst, r.first.written...)
		switch {
		case updated:
			return append(dst, " M."...)
		case d>>48%100 < 6:
			dst = append(dst, ` "`...)
			dst = append(dst, r.first.plain[:2]...)
			return append(dst, '"')
		}
		return dst
	case lastName:
		dst = append(dst, r.last.written...)
		switch {
		case updated:
			dst = append(dst, '-')
			return append(dst, plainLastNames[d%uint64(len(plainLastNames))]...)
		case d>>48%100 < 6:
			return append(dst, ", Jr."...)
		}
		return dst
	case phone:
		const least, span = 2_000_000, 8_000_000
		number := high % span
		if updated {
			number = (number + 1 + d%(span-1)) % span
		}
		dst = append(dst, [...]string{"+4930", "+1212", "+3361", "+44770", "+3161", "+4860"}[r.hash%6]...)
		return strconv.AppendUint(dst, least+number, 10)
	case email:
		dst = appendLower(dst, r.first.plain)
		dst = append(dst, '.')
		dst = appendLower(dst, r.last.plain)
		dst = strconv.AppendInt(dst, int64(r.index), 10)
		if updated {
			return append(dst, "@example.org"...)
		}
		return append(dst, "@example.com"...)
	case manager:
		at := uint64(pickOther(high, d, len(plainFirstNames)*10, updated))
		dst = appendLower(dst, plainFirstNames[at%uint64(len(plainFirstNames))])
		dst = append(dst, '.')
		return appendLower(dst, plainLastNames[at/uint64(len(plainFirstNames))])
	case startDate:
		day := int(high % 731)
		if updated {
			day -= 30 + int(d%300)
		}
		return time.Date(2024, 1, 1+day, 0, 0, 0, 0, time.UTC).AppendFormat(dst, time.RFC3339)
	case endDate:
		day := int(high % 549)
		if updated {
			day += 30 + int(d%300)
		}
		return time.Date(2026, 7, 1+day, 23, 59, 59, 0, time.UTC).AppendFormat(dst, time.RFC3339)
	case vendor:
		at := int(high % plainVendors)
		if d0 := r.draw(column); d0%100 < 27 {
			at = plainVendors + int(high%uint64(len(vendors)-plainVendors))
		}
		if updated {
			at = (at + 1 + int(d%uint64(len(vendors)-1))) % len(vendors)
		}
		return append(dst, vendors[at]...)
	case remarks:
		return appendRemarks(dst, high, d, updated)
	default:
		return appendCode(dst, column, high, d, updated)
	}
}

// appendRemarks writes free text: blank in two rows of three, with a line break in one of twenty.
func appendRemarks(dst []byte, high, d uint64, updated bool) []byte {
	switch share := high % 100; {
	case updated:
		dst = append(dst, "Moved by ticket "...)
		return strconv.AppendUint(dst, d%1_000_000, 10)
	case share < 5:
		return append(dst, "Remote from Tuesday\nOn site otherwise"...)
	case share < 12:
		return append(dst, `Level "B" access`...)
	case share < 34:
		return append(dst, "Badge handed out at the front desk"...)
	}
	return dst
}

// appendCode writes a column whose values are a word or a prefix, and a number. The updated number is another one.
func appendCode(dst []byte, column int, high, d uint64, updated bool) []byte {
	var word string
	span := 100_000
	switch column {
	case costCenter:
		word = "CC"
	case siteCode:
		word, span = sites[high%uint64(len(sites))], 100
	case badge:
		word, span = "B", 10_000_000
	case department:
		word, span = departments[high%uint64(len(departments))], 10
	case jobTitle:
		word, span = jobs[high%uint64(len(jobs))], 5
	case building:
		word, span = "Building", 40
	case contract:
		word, span = "CT", 10_000_000
	case project:
		word, span = "P", 10_000
	}
	dst = append(dst, word...)
	dst = append(dst, ' ')
	return strconv.AppendInt(dst, int64(pickOther(high, d, span, updated)), 10)
}

// pickOther chooses one of n numbers by high, and, for an updated value, by d another one than that.
func pickOther(high, d uint64, n int, updated bool) int {
	at := int(high % uint64(n))
	if updated {
		at = (at + 1 + int(d%uint64(n-1))) % n
	}
	return at
}

func appendLower(dst []byte, ascii string) []byte {
	for i := range len(ascii) {
		b := ascii[i]
		if 'A' <= b && b <= 'Z' {
			b |= 0x20
		}
		dst = append(dst, b)
	}
	return dst
}

// fold returns the plain lower-case spelling of a name.
func (n name) fold() string { return strings.ToLower(n.plain) }
