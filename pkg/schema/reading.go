package schema

import "time"

// Blank says what a blank cell of a list means.
type Blank uint8

// Under BlankKeep, the zero value, a blank cell leaves the attribute as it is; under BlankClear it empties it. A column that
// is not in the list is never touched under either.
const (
	BlankKeep Blank = iota
	BlankClear
)

// ClearCell empties one attribute of one record, whatever blank cells mean.
const ClearCell = "#CLEAR"

// A Reading says how the cells of a list are read and compared.
type Reading struct {
	Zone        *time.Location // of days and times that are written without one; nil, and they cannot be sent
	Blank       Blank
	PhoneDigits bool // two phone numbers with the same digits are the same

	// Managers are the people whom identity cells name; a mail address or a display name then means their alias. nil, and
	// identity cells are text about which nothing is known.
	Managers *Managers
}

// isClear says whether a trimmed cell asks for the attribute to be emptied.
func isClear(cell []byte) bool { return string(cell) == ClearCell }
