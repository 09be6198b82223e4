package schema

// A Severity says what a finding means for its row.
type Severity string

// An error keeps its row from being sent, a warning does not, a note is information.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// An Origin says where in a person's file something stands.
type Origin struct {
	File   string `json:"file,omitempty"`
	Sheet  string `json:"sheet,omitempty"`
	Row    int64  `json:"row,omitempty"`    // as a spreadsheet program counts, see [Ref]; 0 for the file as a whole
	Line   int64  `json:"line,omitempty"`   // physical line
	Column string `json:"column,omitempty"` // letter
	Header string `json:"header,omitempty"` // the column's heading in the person's words
}

// A Finding is a fact about somebody's data.
type Finding struct {
	Code      string   `json:"code"` // stable, e.g. E-KEY-DUPLICATE
	Severity  Severity `json:"severity"`
	Origin    Origin   `json:"origin,omitzero"`
	Attribute string   `json:"attribute,omitempty"` // technical name
	Value     string   `json:"value,omitempty"`     // the cell as it was read
	Message   string   `json:"message"`             // what and why, one line
	Hint      string   `json:"hint,omitempty"`      // what to do, one line
	Related   []int64  `json:"related,omitempty"`   // other rows that it is about
}
