package report

import (
	"io"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
)

// A RunLine is one run in a list of runs.
type RunLine struct {
	Run     string        `json:"run"`
	Started time.Time     `json:"started"`
	Result  *apply.Result `json:"-"`
	Problem string        `json:"problem,omitempty"` // why the run cannot be read
}

// Text is what became of the run, in one line.
func (l RunLine) Text() string {
	if l.Result == nil {
		return "cannot be read: " + plain(l.Problem)
	}
	s := l.Result.String()
	if l.Result.Resumable {
		s += " · can be resumed"
	}
	return s
}

// RunsJSON writes a list of runs as one document.
func RunsJSON(w io.Writer, runs []RunLine) error {
	type line struct {
		RunLine
		Planned    int  `json:"planned"`
		Verified   int  `json:"verified"`
		NotApplied int  `json:"notApplied"`
		Differs    int  `json:"differs"`
		Skipped    int  `json:"skipped"`
		Unknown    int  `json:"unknown"`
		Resumable  bool `json:"resumable"`
	}
	lines := make([]line, 0, len(runs))
	for _, r := range runs {
		l := line{RunLine: r}
		if res := r.Result; res != nil {
			l.Planned, l.Verified, l.NotApplied, l.Differs, l.Skipped, l.Unknown, l.Resumable =
				res.Planned, res.Verified, res.NotApplied, res.Differs, res.Skipped, res.Unknown, res.Resumable
		}
		lines = append(lines, l)
	}
	return document(w, struct {
		FormatVersion string `json:"format_version"`
		Kind          string `json:"kind"`
		Runs          []line `json:"runs"`
	}{FormatVersion, "runs", lines})
}
