package schema

// codesElsewhere are the codes that other packages raise. They stand here because one list must know them all: for explain,
// for --only and --ignore, and for the test that every code has its page.
func codesElsewhere() []Code {
	return []Code{
		{ID: "E-CELL-ERROR", Title: "a workbook's cell shows an error", Raised: "csvio"},
		{ID: "E-CELL-FORMULA", Title: "a workbook's formula has no value", Raised: "csvio"},
		{ID: "E-CELL-NUMBER", Title: "a workbook keeps an account name as a number", Raised: "csvio"},
		{ID: "E-KEY-LETTERS", Title: "an account name cannot be written in ASCII", Raised: "csvio"},
		{ID: "E-SPLIT", Title: "a cell cannot be parted as the mapping says", Raised: "csvio"},
		{ID: "W-KEY-NUMBERED", Title: "two rows make the same account name", Raised: "csvio"},
		{ID: "E-NUL", Title: "a cell holds a NUL byte", Raised: "csvio"},
		{ID: "E-QUOTE", Title: "a quote is out of place", Raised: "csvio"},
		{ID: "E-ROW-LENGTH", Title: "a row is longer than can be read", Raised: "csvio"},
		{ID: "E-ROW-WIDTH", Title: "a row has too few or too many cells", Raised: "csvio"},
		{ID: "W-CELL-NUMBER", Title: "a workbook keeps a phone number as a number", Raised: "csvio"},
		{ID: "W-CHARACTER-LOST", Title: "a letter was lost before the list came here", Raised: "csvio"},
		{ID: "W-COLUMN-REPLACED", Title: "a constant stands in for a column of the list", Raised: "csvio"},
		{ID: "W-COLUMN-UNKNOWN", Title: "a column of the list is not used", Raised: "csvio"},
		{ID: "W-DATE-MIXED", Title: "a column's dates are written in both orders", Raised: "csvio"},
		{ID: "W-ROW-HIDDEN", Title: "rows are hidden in the sheet", Raised: "csvio"},
		{ID: "N-COLUMN-UNNAMED", Title: "columns without a heading were passed over", Raised: "csvio"},
		{ID: "N-FOOTER", Title: "lines below the table were passed over", Raised: "csvio"},
		{ID: "N-HEADER-REPEATED", Title: "the header stands in the list again", Raised: "csvio"},
		{ID: "N-PREAMBLE", Title: "lines above the header were passed over", Raised: "csvio"},
		{ID: "N-ROW-BLANK", Title: "blank rows were passed over", Raised: "csvio"},
		{ID: "N-SHEET-UNREAD", Title: "other sheets of the workbook were not read", Raised: "csvio"},

		{ID: "E-CURRENT-DUPLICATE", Title: "several records of the source have one account name", Raised: "diff"},
		{ID: "E-CURRENT-KEY-BLANK", Title: "a record of the source has no account name", Raised: "diff"},
		{ID: "E-KEY-OUTSIDE", Title: "an account name stands outside the rows of the list", Raised: "diff"},
		{ID: "E-RENAME-SUSPECTED", Title: "a new row and a missing record may be one person", Raised: "diff"},

		{ID: "E-SCOPE", Title: "a row lies outside the scope", Raised: "plan"},
		{ID: "E-ZONE-SHIFT", Title: "all dates move by the same hours", Raised: "plan"},
		{ID: "N-PEOPLE-UNCHECKED", Title: "people who stand in the list twice were not looked for", Raised: "plan"},

		{ID: "E-DIFFERS", Title: "a record was read back with another value", Raised: "apply"},
		{ID: "E-NOT-APPLIED", Title: "a change did not reach the source", Raised: "apply"},
		{ID: "E-SKIPPED", Title: "a change was not sent", Raised: "apply"},
		{ID: "E-UNKNOWN", Title: "it is not known whether a change arrived", Raised: "apply"},
	}
}
