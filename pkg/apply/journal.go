package apply

import (
	"encoding/json"
	"fmt"
	"time"
)

// The kinds of journal records. docs/journal.md says what each means; a reader leaves out kinds that it does not know.
const (
	kindRun     = "run"
	kindIntent  = "intent"
	kindOutcome = "outcome"
	kindJob     = "job"
	kindEnd     = "end"
)

const journalVersion = "1.0"

// runRecord is the first record, and the first of every resumption.
type runRecord struct {
	Type          string    `json:"type"`
	Time          time.Time `json:"time"`
	FormatVersion string    `json:"format_version"`
	Plan          string    `json:"plan"`        // id
	Fingerprint   string    `json:"fingerprint"` // of the plan
	Operations    int       `json:"operations"`  // that the plan sends
	Records       int       `json:"records"`     // in the source, as the snapshot has them
	Resumed       bool      `json:"resumed,omitempty"`
	Skipped       []int64   `json:"skipped,omitempty"` // operations left out because their records had moved
}

// intentRecord is on the disk before its write is sent.
type intentRecord struct {
	Type  string    `json:"type"`
	Time  time.Time `json:"time"`
	Write int       `json:"write"` // number of the write within the run, from 1
	Verb  string    `json:"verb"`  // upload, create, patch, delete
	Ops   []int64   `json:"ops"`   // operations that it carries out
	IDs   []string  `json:"ids,omitempty"`
}

// outcomeRecord says how a write was answered. An intent without one has an unknown outcome.
type outcomeRecord struct {
	Type    string    `json:"type"`
	Time    time.Time `json:"time"`
	Write   int       `json:"write"`
	Answer  string    `json:"answer"` // accepted, refused, denied, unclear
	Job     string    `json:"job,omitempty"`
	Message string    `json:"message,omitempty"`
}

// jobRecord says how an upload job ended; an accepted upload without one may still be running.
type jobRecord struct {
	Type   string    `json:"type"`
	Time   time.Time `json:"time"`
	Write  int       `json:"write"`
	Status string    `json:"status"`
}

// endRecord is the last record of a run that the program lived to end.
type endRecord struct {
	Type      string    `json:"type"`
	Time      time.Time `json:"time"`
	Resumable bool      `json:"resumable"`
	Result    string    `json:"result"` // the line of counts
	Stopped   string    `json:"stopped,omitempty"`
}

// The answers of an outcomeRecord.
const (
	accepted = "accepted"
	refused  = "refused" // took no effect, and would not another time
	denied   = "denied"  // took no effect for want of rights, which a resumed run may have
	unclear  = "unclear"
)

// A write is one write of a journal with what is known of it.
type write struct {
	intentRecord
	answer  string // empty: not answered as far as the journal knows
	message string
	job     string // status in which its job ended; empty for none known
}

// A history is what a journal tells.
type history struct {
	run    runRecord // the last, with the time of the first
	writes []write
	last   time.Time // of the last record
	ended  *endRecord
}

// readHistory reads the records of a journal. A run without records has a zero history.
func readHistory(records []json.RawMessage) (history, error) {
	var h history
	for i, raw := range records {
		var head struct {
			Type string    `json:"type"`
			Time time.Time `json:"time"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			return history{}, fmt.Errorf("journal record %d: %w", i+1, err)
		}
		h.last = head.Time
		if head.Type != kindEnd {
			h.ended = nil
		}
		if err := h.add(head.Type, raw); err != nil {
			return history{}, fmt.Errorf("journal record %d: %w", i+1, err)
		}
	}
	if len(records) > 0 && h.run.Type == "" {
		return history{}, fmt.Errorf("the journal does not begin with a run")
	}
	return h, nil
}

func (h *history) add(kind string, raw json.RawMessage) error {
	switch kind {
	case kindRun:
		var r runRecord
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		if r.FormatVersion != journalVersion {
			return fmt.Errorf("its format is %q, this program knows %q", r.FormatVersion, journalVersion)
		}
		if h.run.Type != "" {
			r.Time = h.run.Time
		}
		h.run = r
	case kindIntent:
		var r intentRecord
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		if want := len(h.writes) + 1; r.Write != want {
			return fmt.Errorf("it announces write %d, want %d", r.Write, want)
		}
		h.writes = append(h.writes, write{intentRecord: r})
	case kindOutcome:
		var r outcomeRecord
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		w, err := h.write(r.Write)
		if err != nil {
			return err
		}
		w.answer, w.message = r.Answer, r.Message
	case kindJob:
		var r jobRecord
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		w, err := h.write(r.Write)
		if err != nil {
			return err
		}
		w.job = r.Status
	case kindEnd:
		h.ended = new(endRecord)
		return json.Unmarshal(raw, h.ended)
	}
	return nil
}

func (h *history) write(n int) (*write, error) {
	if n < 1 || n > len(h.writes) {
		return nil, fmt.Errorf("it is about write %d, which was never announced", n)
	}
	return &h.writes[n-1], nil
}
