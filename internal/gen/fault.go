package gen

import (
	"fmt"
	"strconv"
)

// FaultKind is a way in which a row can be wrong.
type FaultKind int

const (
	// BrokenMail: the email is no mail address.
	BrokenMail FaultKind = iota
	// BrokenPhone: the phone is none, such as what a spreadsheet makes of a long number.
	BrokenPhone
	// MissingRequired: a required cell of an account that is in no other row and not in the old list is blank.
	MissingRequired
	// EndBeforeStart: both dates are valid, the end is before the start.
	EndBeforeStart
	// DuplicateKey: the row has the account name of another row of the same list and differs from it in the phone.
	DuplicateKey
	// BadDate: a date is no date, or of no day in the calendar.
	BadDate

	faultKinds = int(BadDate) + 1
)

// String returns the kind in words.
func (k FaultKind) String() string {
	names := [faultKinds]string{"broken mail", "broken phone", "missing required", "end before start", "duplicate key", "bad date"}
	if k < 0 || int(k) >= faultKinds {
		return "fault kind " + strconv.Itoa(int(k))
	}
	return names[k]
}

// MarshalText writes the kind in words.
func (k FaultKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// FaultKinds returns k kinds, taking them in turn: what [Options.Faults] wants for k faults of every sort.
func FaultKinds(k int) []FaultKind {
	kinds := make([]FaultKind, k)
	for i := range kinds {
		kinds[i] = FaultKind(i % faultKinds)
	}
	return kinds
}

// Fault is a fault that was planted in the new list.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Row is where the fault stands in the new list, from 1, the header not counted: with [Options.OneLine] the file's line less one. Of a
	// duplicate it is the later of the two rows, and Twin the earlier one.
	Row         int    `json:"row"`
	Twin        int    `json:"twin,omitempty"`
	AccountName string `json:"accountName"` // as it stands in the row
	// Attribute is whose cell is wrong: accountName of a duplicate, endDate of an end before its start (both dates were set for it).
	Attribute string `json:"attribute"`
	Value     string `json:"value"` // what stands in that cell, in the spelling of the zero [Spelling]
}

// spoils tells whether the cell of a column is wrong in a row with the nth fault of a pair.
func (k FaultKind) spoils(column, n int) bool {
	return column == k.column(n) || k == EndBeforeStart && column == startDate
}

// appendSpoilt writes a cell that the nth fault of a pair spoils.
func (k FaultKind) appendSpoilt(dst []byte, r *row, column, n int) []byte {
	turn := n / faultKinds
	switch k {
	case BrokenMail:
		mail := [...]string{"%s@@example.com", "%s@", "%s example.com", "%s.example.com", "@%s.example.com"}[turn%5]
		return fmt.Appendf(dst, mail, r.last.fold())
	case BrokenPhone:
		return append(dst, [...]string{"5.55123E+09", "ask at reception", "+49 30 555O12", "office: 5551"}[turn%4]...)
	case EndBeforeStart:
		// Both in the near future, so that the row has no other fault than their order.
		if column == startDate {
			return append(dst, "2026-07-02T00:00:00Z"...)
		}
		return append(dst, "2026-07-01T23:59:59Z"...)
	case DuplicateKey:
		return r.append(dst, phone, true)
	case BadDate:
		return append(dst, [...]string{"2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "next spring", "31.06.2026"}[turn%4]...)
	}
	// MissingRequired leaves the cell blank.
	return dst
}

// column returns the column of the cell that makes the nth fault of a pair.
func (k FaultKind) column(n int) int {
	turn := n / faultKinds
	switch k {
	case BrokenMail:
		return email
	case BrokenPhone, DuplicateKey:
		return phone
	case MissingRequired:
		return [...]int{email, lastName, manager, firstName, endDate}[turn%5]
	case EndBeforeStart:
		return endDate
	default:
		return [...]int{endDate, startDate}[turn%2]
	}
}
