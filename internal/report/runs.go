package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// A RunLine is one run in a list of runs.
type RunLine struct {
	Run     string        `json:"run"`
	Started time.Time     `json:"started"`
	Result  *apply.Result `json:"-"`
	Undoes  string        `json:"undoes,omitempty"` // the run that this one took back
	// TakenBack is the run that took this one back, or a part of it.
	TakenBack string `json:"takenBack,omitempty"`
	Problem   string `json:"problem,omitempty"` // why the run cannot be read
}

// Text is what became of the run, in one line.
func (l RunLine) Text() string {
	if l.Result == nil {
		return "cannot be read: " + plain(l.Problem)
	}
	s := l.Result.String()
	switch {
	case l.TakenBack != "":
		s += " · taken back by run " + plain(l.TakenBack)
	case l.Result.Resumable:
		s += " · can be resumed"
	}
	if l.Undoes != "" {
		s += " · takes back run " + plain(l.Undoes)
	}
	return s
}

// RunFiles are what a run left for people; a name is empty where there is none.
type RunFiles struct{ Page, Failed string }

// Run prints what a run was about: when and where, of which list or run, what was done by action, and where to read on. The words of
// its result come after it.
func Run(w io.Writer, h *plan.Header, r *apply.Result, f RunFiles) error {
	return text(w, func(b *bufio.Writer) {
		d := newDates(h)
		began := "began " + d.minute(r.Started)
		switch {
		case r.Stopped != "":
			began += fmt.Sprintf(", stopped early (%s)", plain(r.Stopped))
		case d.minute(r.Ended) == d.minute(r.Started):
			began += fmt.Sprintf(", ended %s later", duration(int64(r.Ended.Sub(r.Started).Seconds())))
		default:
			began += ", ended " + d.minute(r.Ended)
		}
		of := "list     " + plain(h.Input.File) + ", " + count(h.Input.Rows, "row")
		if back := takesBack(h); back != "" {
			of = "undo     of " + back
		}
		fmt.Fprintf(b, "run      %s\n", strings.TrimPrefix(plain(r.Run)+", "+began, ", "))
		fmt.Fprintf(b, "source   %s\n", strings.Join(placeOf(&h.Source), " · "))
		fmt.Fprintln(b, of)
		if done := doneByAction(r); done != "" {
			fmt.Fprintf(b, "done     %s\n", done)
		}
		for _, file := range []struct{ word, name string }{{"page", f.Page}, {"failed", f.Failed}} {
			if file.name != "" {
				fmt.Fprintf(b, "%-8s %s\n", file.word, plain(file.name))
			}
		}
	})
}

// doneByAction counts what was verified of what was planned, and what may have been done and was not read back:
// 35 creates · 0 of 80 updates (69 sent, not read back).
func doneByAction(r *apply.Result) string {
	var parts []string
	for _, action := range []plan.Action{plan.Create, plan.Update, plan.End, plan.Delete} {
		var planned, verified, unknown int
		for _, o := range r.Outcomes {
			if o.Action == action {
				planned++
				switch o.State {
				case apply.Verified:
					verified++
				case apply.Unknown:
					unknown++
				}
			}
		}
		switch {
		case planned == 0:
		case planned == verified:
			parts = append(parts, count(planned, string(action)))
		default:
			part := number(verified) + " of " + count(planned, string(action))
			if unknown > 0 {
				part += " (" + number(unknown) + " sent, not read back)"
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " · ")
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
