package csvio

import (
	"fmt"
	"strings"
)

// An InputError says why a list cannot be used at all, and what to do about it. A fault in a single row is never an
// InputError: it is a finding on that row.
type InputError struct {
	File    string // as the person named it; "-" for standard input; or --map, --set, --default
	Line    int64  // physical line from 1; 0 for the file as a whole
	Message string // what is wrong, lower case, one line
	Hint    string // what to do, lower case, one line; may be empty
	Err     error  // what the operating system or a library said; may be nil

	Headings []string // those of a mapping that the file does not have, or that are mapped wrongly, as they were written; of --set and --default the attribute

	noHeader bool // what was taken for the table has no headings that are known
}

// Error gives file, line and message; the hint is apart so that it can be printed on its own line.
func (e *InputError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	b.WriteString(e.Message)
	return b.String()
}

// Unwrap gives the cause, such as [io/fs.ErrNotExist].
func (e *InputError) Unwrap() error { return e.Err }
