package report

import (
	"bufio"
	"fmt"
	"io"
)

// CheckState is how a check came out.
type CheckState string

// A failed check keeps the job from being done, a warning does not.
const (
	CheckOK      CheckState = "ok"
	CheckWarning CheckState = "warning"
	CheckFailed  CheckState = "failed"
)

// A Check is one line of doctor.
type Check struct {
	Name    string     `json:"name"`
	State   CheckState `json:"state"`
	Message string     `json:"message"`
	Remedy  string     `json:"remedy,omitempty"`
}

// Checks prints what doctor found, as text or as one document.
func Checks(w io.Writer, checks []Check, asJSON, colour bool) error {
	if asJSON {
		return document(w, struct {
			FormatVersion string  `json:"format_version"`
			Kind          string  `json:"kind"`
			Checks        []Check `json:"checks"`
		}{FormatVersion, "doctor", checks})
	}
	p := palette(colour)
	return text(w, func(b *bufio.Writer) {
		for _, c := range checks {
			state := map[CheckState]string{CheckOK: p.green("ok     "), CheckWarning: p.yellow("warning"), CheckFailed: p.red("FAILED ")}[c.State]
			fmt.Fprintf(b, "%s  %-10s  %s\n", state, c.Name, plain(c.Message))
			if c.Remedy != "" {
				fmt.Fprintf(b, "%23s%s\n", "→ ", plain(c.Remedy))
			}
		}
	})
}
