package apply

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A State is what became of one operation.
type State string

const (
	Verified   State = "verified"    // the record was read back and is as planned
	NotApplied State = "not applied" // it was sent, and the record was read back unchanged
	Differs    State = "differs"     // the record was read back and is neither as before nor as planned
	Skipped    State = "skipped"     // it was not sent
	Unknown    State = "unknown"     // it may have been sent, and the record could not be read back
)

// An Outcome is what became of one operation of a plan.
type Outcome struct {
	N           int64       `json:"n"` // of the operation
	AccountName string      `json:"accountName"`
	ID          string      `json:"id,omitempty"`   // of the record, where it was read back
	Row         int64       `json:"row,omitempty"`  // of the list
	Line        int64       `json:"line,omitempty"` // of the list
	Action      plan.Action `json:"action"`
	State       State       `json:"state"`
	Message     string      `json:"message,omitempty"` // why it is not verified
	// Fields are the attributes that are not as planned: Old is what was read back, New what was planned. Only where State
	// is differs.
	Fields []schema.FieldChange `json:"fields,omitempty"`
}

// Code is the stable name of what kept an operation from being verified; empty where it was.
func (o Outcome) Code() string {
	switch o.State {
	case NotApplied:
		return "E-NOT-APPLIED"
	case Differs:
		return "E-DIFFERS"
	case Skipped:
		return "E-SKIPPED"
	case Unknown:
		return "E-UNKNOWN"
	}
	return ""
}

// A Result says what became of every operation of a plan that sends something. The five counts add up to Planned, and
// Outcomes are in plan order.
type Result struct {
	FormatVersion string        `json:"format_version"`
	Kind          string        `json:"kind"` // result
	Run           string        `json:"run,omitempty"`
	Plan          string        `json:"plan"`        // its id
	Fingerprint   string        `json:"fingerprint"` // of the plan
	Source        schema.Source `json:"source"`
	Started       time.Time     `json:"started"`
	Ended         time.Time     `json:"ended"`
	// Resumable says that sending or looking can go on: operations were left out because the run ended early, or could not
	// be read back.
	Resumable bool   `json:"resumable"`
	Stopped   string `json:"stopped,omitempty"` // why the run ended early

	Planned    int       `json:"planned"`
	Verified   int       `json:"verified"`
	NotApplied int       `json:"notApplied"`
	Differs    int       `json:"differs"`
	Skipped    int       `json:"skipped"`
	Unknown    int       `json:"unknown"`
	Outcomes   []Outcome `json:"outcomes"`
	// Vanished are account names that were there before the run, were not to be deleted, and are gone.
	Vanished []string `json:"vanished,omitempty"`
}

// Whole reports whether everything planned was verified.
func (r *Result) Whole() bool { return r.Verified == r.Planned }

// String is the line of counts: 226 planned · 224 verified · 1 not applied · 1 differs.
func (r *Result) String() string {
	s := fmt.Sprintf("%d planned · %d verified", r.Planned, r.Verified)
	for _, c := range []struct {
		n    int
		name State
	}{{r.NotApplied, NotApplied}, {r.Differs, Differs}, {r.Skipped, Skipped}, {r.Unknown, Unknown}} {
		if c.n > 0 {
			s += fmt.Sprintf(" · %d %s", c.n, c.name)
		}
	}
	return s
}

func (r *Result) count() {
	r.Planned, r.Verified, r.NotApplied, r.Differs, r.Skipped, r.Unknown = len(r.Outcomes), 0, 0, 0, 0, 0
	for _, o := range r.Outcomes {
		switch o.State {
		case Verified:
			r.Verified++
		case NotApplied:
			r.NotApplied++
		case Differs:
			r.Differs++
		case Skipped:
			r.Skipped++
		default:
			r.Unknown++
		}
	}
}

// ReadResult reads a result.json.
func ReadResult(r io.Reader) (Result, error) {
	var res Result
	if err := json.NewDecoder(r).Decode(&res); err != nil {
		return Result{}, fmt.Errorf("read the result: %w", err)
	}
	if res.Kind != "result" || res.FormatVersion != resultVersion {
		return Result{}, fmt.Errorf("read the result: it is %q version %q, want %q version %q", res.Kind, res.FormatVersion, "result", resultVersion)
	}
	return res, nil
}

const resultVersion = "1.0"
