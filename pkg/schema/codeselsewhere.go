package schema

// codesElsewhere are the codes that other packages raise. They stand here because one list must know them all: for explain,
// for --only and --ignore, and for the test that every code has its page.
func codesElsewhere() []Code {
	return []Code{
		{ID: "E-NUL", Title: "a cell holds a NUL byte", Raised: "csvio"},
		{ID: "E-QUOTE", Title: "a quote is out of place", Raised: "csvio"},
		{ID: "E-ROW-LENGTH", Title: "a row is longer than can be read", Raised: "csvio"},
		{ID: "E-ROW-WIDTH", Title: "a row has too few or too many cells", Raised: "csvio"},
		{ID: "W-COLUMN-REPLACED", Title: "a constant stands in for a column of the list", Raised: "csvio"},
		{ID: "W-COLUMN-UNKNOWN", Title: "a column of the list is not used", Raised: "csvio"},
		{ID: "W-DATE-MIXED", Title: "a column's dates are written in both orders", Raised: "csvio"},
		{ID: "N-HEADER-REPEATED", Title: "the header stands in the list again", Raised: "csvio"},
		{ID: "N-PREAMBLE", Title: "lines above the header were passed over", Raised: "csvio"},
		{ID: "N-ROW-BLANK", Title: "blank rows were passed over", Raised: "csvio"},
	}
}
