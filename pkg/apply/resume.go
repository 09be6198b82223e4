package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Resume goes on with a run that was interrupted or killed, from its folder alone. Options.Begin is not called.
//
// The journal says which writes were announced, and so may have taken effect. What became of them is looked up: an operation
// whose record is as planned is done, one whose record is as before is sent again, one that is neither is left alone and
// reported; so is one that somebody has put back, as far as the record's time of change tells, and a record that was made and has got
// another account name. Operations that were never announced must still be fresh, as in [Run]. An upload job of the run that is still
// running is waited for.
//
// A run that had nothing left to do ends in a *[FinishedError].
func Resume(ctx context.Context, folder Folder, r Remote, o Options) (Result, error) {
	p, h, err := recorded(folder)
	if err != nil {
		return Result{}, err
	}
	if h.ended != nil && !h.ended.Resumable {
		res, err := look(folder, p, &h)
		if err != nil {
			return Result{}, err
		}
		return res, &FinishedError{Run: folder.Name(), Result: &res}
	}
	if h.run.Type != "" && h.run.Plan != p.Header.ID {
		return Result{}, fmt.Errorf("run %s: its journal is of another plan than the one in its folder", folder.Name())
	}
	o.Begin = func() (Folder, error) { return folder, nil }
	if len(h.writes) == 0 {
		return Run(ctx, p, r, o) // nothing was ever sent: all that Run checks holds as on the first day
	}
	x, err := newRun(p, r, o)
	if err != nil {
		return Result{}, err
	}
	x.folder = folder
	if err := x.check(); err != nil {
		return Result{}, err
	}
	if err := x.recall(&h); err != nil {
		return Result{}, err
	}
	if err := x.catchUp(ctx, &h); err != nil {
		return Result{}, interrupted(ctx, err)
	}
	if x.o.DryRun {
		return x.dry(), nil
	}
	if err := x.confirm(ctx); err != nil {
		return Result{}, interrupted(ctx, err)
	}
	if err := x.claim(); err != nil {
		return Result{}, err
	}
	if err := x.announceRun(true); err != nil {
		return Result{}, err
	}
	if x.now().Sub(h.last) < settleTime {
		x.settle(ctx) // what was sent a moment ago may not show yet
	}
	return x.carryOut(ctx)
}

// recall takes over what the journal knows.
func (x *run) recall(h *history) error {
	byN := make(map[int64]*task, len(x.tasks))
	for _, t := range x.tasks {
		byN[t.op.N] = t
	}
	for _, n := range h.run.Skipped {
		if t := byN[n]; t != nil {
			t.skip = "the record had moved since the plan was made and was left out"
		}
	}
	for _, w := range h.writes {
		for i, n := range w.Ops {
			t := byN[n]
			if t == nil {
				return fmt.Errorf("the journal announces operation %d, which the plan does not send", n)
			}
			t.tried, t.recalled, t.answer, t.message = true, true, w.answer, w.message
			if i < len(w.IDs) {
				t.id = w.IDs[i]
			}
			switch {
			case w.answer == "":
				t.answer, t.message = unclear, "the run ended before an answer came"
			case w.answer == denied:
				t.answer = unclear // another token may be allowed to
			}
			if w.Verb == verbUpload {
				t.uploads = 1
			}
		}
		if w.answer != refused && w.answer != denied {
			x.effect++
		}
	}
	x.write, x.started = len(h.writes), h.run.Time
	s, err := loadSnapshot(x.folder, SnapshotFile)
	if err != nil {
		return err
	}
	x.snapshot = newView(s.Records, s.At, 0)
	return nil
}

// catchUp is the preflight of a run that goes on.
func (x *run) catchUp(ctx context.Context, h *history) error {
	if err := x.place(ctx); err != nil {
		return err
	}
	if err := x.rights(); err != nil {
		return err
	}
	if err := x.awaitOwn(ctx, h); err != nil {
		return err
	}
	return x.look(ctx)
}

// awaitOwn waits for the upload job that the run left behind, and goes on without its rows if it does not end. Any other job
// that is running is somebody else's.
func (x *run) awaitOwn(ctx context.Context, h *history) error {
	var own *write
	for i := range h.writes {
		if w := &h.writes[i]; w.Verb == verbUpload {
			own = w
		}
	}
	err := x.idle(ctx)
	var busy *BusyError
	if own == nil || own.answer == refused || own.answer == denied || own.job != "" || !errors.As(err, &busy) {
		return err
	}
	status, ended := x.awaitJob(ctx, JobInProgress, true)
	if err := ctx.Err(); err != nil {
		return err
	}
	if !ended {
		x.jobHangs = true
		for _, t := range x.tasks {
			t.hanging = slices.Contains(own.Ops, t.op.N)
		}
		return nil
	}
	return x.folder.Append(jobRecord{Type: kindJob, Time: x.now(), Write: own.Write, Status: status})
}
