package schema

// A DateOrder says how dates made of numbers alone are written in a column.
type DateOrder uint8

// Unsettled means that nothing is known: a date such as 03/04/2026 is then ambiguous and refused.
const (
	Unsettled DateOrder = iota
	DayFirst
	MonthFirst
	YearFirst
)
