package apply

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// Saved is what the folder of a run holds of people's data: what undoing it rests on.
type Saved struct {
	Plan   *plan.Plan
	Before *Snapshot // the whole source before the first write
	// After is the records that were touched, as they were read back after the last write; nil where what became of an
	// operation is unknown: [LookBack] reads it then.
	After *Snapshot
	// Idle are the operations that changed nothing for certain: they were never sent, or refused every time.
	Idle map[int64]bool
}

// Load reads what a run has saved. A run that ended before its first write is an error.
func Load(folder Folder) (Saved, error) {
	p, h, err := recorded(folder)
	if err != nil {
		return Saved{}, err
	}
	s := Saved{Plan: p, Idle: make(map[int64]bool)}
	if s.Before, err = loadSnapshot(folder, SnapshotFile); err != nil {
		return Saved{}, err
	}
	for i := range p.Operations {
		s.Idle[p.Operations[i].N] = true
	}
	for _, w := range h.writes {
		for _, n := range w.Ops {
			s.Idle[n] = s.Idle[n] && (w.answer == refused || w.answer == denied)
		}
	}
	res, err := look(folder, p, &h)
	if err != nil || res.Unknown > 0 {
		return s, err
	}
	s.After, err = loadSnapshot(folder, ReadbackFile)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return s, err
}

// recorded are the plan of a run and what its journal tells.
func recorded(folder Folder) (*plan.Plan, history, error) {
	p, err := loadPlan(folder)
	if err != nil {
		return nil, history{}, err
	}
	records, _, err := folder.Records() // a torn line announces nothing that was begun
	if err != nil {
		return nil, history{}, err
	}
	h, err := readHistory(records)
	return p, h, err
}

func loadSnapshot(folder Folder, name string) (*Snapshot, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", folder.Name(), err)
	}
	s, err := ReadSnapshot(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("run %s, %s: %w", folder.Name(), name, err)
	}
	return s, nil
}

// Look says what is known of a run without asking the tenant: its result.json if the run lived to write it, and else what
// its journal tells. There an operation that was announced is unknown, unless it was refused, and the others were skipped.
func Look(folder Folder) (Result, error) {
	p, h, err := recorded(folder)
	if err != nil {
		return Result{}, err
	}
	return look(folder, p, &h)
}

func look(folder Folder, p *plan.Plan, h *history) (Result, error) {
	if h.ended != nil {
		f, err := folder.Open(ResultFile)
		if err != nil {
			return Result{}, fmt.Errorf("run %s: %w", folder.Name(), err)
		}
		res, err := ReadResult(f)
		return res, errors.Join(err, f.Close())
	}
	res := Result{
		FormatVersion: resultVersion, Kind: "result", Run: folder.Name(),
		Plan: p.Header.ID, Fingerprint: p.Trailer.Fingerprint, Source: p.Header.Source,
		Started: h.run.Time, Ended: h.last, Resumable: true, Stopped: "the program was killed",
	}
	last := make(map[int64]*write)
	for i := range h.writes {
		for _, n := range h.writes[i].Ops {
			last[n] = &h.writes[i]
		}
	}
	for i := range p.Operations {
		op := &p.Operations[i]
		if !op.Action.Sent() {
			continue
		}
		o := Outcome{N: op.N, AccountName: op.AccountName, ID: op.ID, Row: op.Row, Line: op.Line, Action: op.Action, State: Unknown}
		switch w := last[op.N]; {
		case w == nil:
			o.State, o.Message = Skipped, "it was not sent: the program was killed"
		case w.answer == refused || w.answer == denied:
			o.State, o.Message = NotApplied, "the tenant "+w.answer+" it: "+w.message
		default:
			o.Message = "it was sent, and the program was killed before it was read back"
		}
		res.Outcomes = append(res.Outcomes, o)
	}
	res.count()
	return res, nil
}

func loadPlan(folder Folder) (*plan.Plan, error) {
	f, err := folder.Open(PlanFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run %s ended before it began: it has no plan and nothing was sent; apply the plan file again", folder.Name())
	}
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", folder.Name(), err)
	}
	p, err := plan.Read(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("run %s: %w", folder.Name(), err)
	}
	return p, nil
}
