package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// finish says what became of every operation, writes it down, and chooses the error. What was read before the last write is no
// read-back and is not written as one.
func (x *run) finish(ctx context.Context) (Result, error) {
	res := x.result()
	var broken error
	if x.view != nil && x.seenAll() {
		back := Snapshot{Source: x.source, At: x.view.at, Names: x.schema.Names()}
		for _, t := range x.tasks {
			if rec := x.view.find(t.id, t.op.AccountName); t.tried && rec != nil {
				back.Records = append(back.Records, *rec)
			}
		}
		broken = errors.Join(broken, x.folder.Write(ReadbackFile, back.Write))
	}
	err := x.folder.Write(ResultFile, res.write)
	broken = errors.Join(broken, err)
	if err == nil && x.brokenError() == nil { // the end stands in the journal only if the result is there to be read
		end := endRecord{Type: kindEnd, Time: x.now(), Resumable: res.Resumable, Result: res.String(), Stopped: res.Stopped}
		broken = errors.Join(broken, x.folder.Append(end))
	}
	return res, errors.Join(x.verdict(ctx, &res), broken)
}

// verdict is the error that a run with this result ends in.
func (x *run) verdict(ctx context.Context, res *Result) error {
	switch {
	case res.Whole():
		return nil
	case ctx.Err() != nil:
		return &InterruptedError{Run: res.Run, Result: res, Cause: ctx.Err()}
	case x.effect == 0 && x.cause != nil && x.o.Judge(x.cause) == Denied:
		return &DeniedError{Message: "nothing was changed: " + x.cause.Error(), Hint: "give the token the right to do this (scope idn:nelm:manage)", Cause: x.cause}
	case x.effect == 0 && x.cause != nil && !x.o.FailFast:
		return fmt.Errorf("nothing was changed: %w", x.cause)
	}
	return &PartialError{Result: res, Cause: x.cause}
}

// result is what is known of every operation now.
func (x *run) result() Result {
	res := Result{
		FormatVersion: resultVersion, Kind: "result",
		Plan: x.plan.Header.ID, Fingerprint: x.plan.Trailer.Fingerprint, Source: x.source,
		Started: x.started.UTC(), Ended: x.now(), Stopped: x.stopped,
		Outcomes: make([]Outcome, 0, len(x.tasks)),
	}
	if x.folder != nil {
		res.Run = x.folder.Name()
	}
	for _, t := range x.tasks {
		o, again := x.outcome(t)
		res.Resumable = res.Resumable || again
		res.Outcomes = append(res.Outcomes, o)
	}
	res.count()
	res.Vanished = x.vanished()
	return res
}

// outcome says what became of one operation, and whether resuming the run could tell or do more.
func (x *run) outcome(t *task) (o Outcome, again bool) {
	o = Outcome{N: t.op.N, AccountName: t.op.AccountName, ID: t.id, Row: t.op.Row, Line: t.op.Line, Action: t.op.Action}
	if t.skip != "" && !t.tried {
		o.State, o.Message = Skipped, t.skip
		return o, false
	}
	if x.view == nil || t.tried && x.view.tick < t.at {
		switch {
		case !t.tried:
			o.State, o.Message = Skipped, x.why(t)
		case t.answer == accepted:
			o.State, o.Message = Unknown, "the tenant took it, and it was not read back"
		default:
			o.State, o.Message = Unknown, "it was not read back; its answer was: "+t.message
		}
		return o, true
	}
	s := x.sight(t)
	if s.rec != nil {
		o.ID = s.rec.ID
	}
	switch {
	case s.standing == planned:
		o.State = Verified
	case !t.tried:
		o.State, o.Message = Skipped, x.why(t)
		return o, true
	case t.hanging:
		o.State = Unknown
		o.Message = fmt.Sprintf("its upload job did not end in %s and may still change it; if it hangs for good only the vendor's support can clear it", x.o.Wait)
		return o, true
	case !x.settled && !t.without():
		o.State, o.Message = Unknown, "it was sent and does not show; it could not be looked at for long enough to say more"
		return o, true
	case s.undone:
		o.State, o.Message = NotApplied, fmt.Sprintf("it was sent and is as before, but was changed since (%s): somebody may have put it back, so it was not sent again; a new plan does it", s.rec.Modified)
	case s.renamed != nil:
		name, _ := s.renamed.Get(schema.AccountName)
		o.State, o.ID, o.Fields = Differs, s.renamed.ID, []schema.FieldChange{{Attribute: schema.AccountName, Old: name, New: t.op.AccountName}}
		o.Message = "it was sent, and a new record with its values stands under another account name: somebody may have renamed it, so it was not made again"
	case s.standing == before && t.answer == denied:
		o.State, o.Message = NotApplied, "the tenant denied it: "+t.message
		return o, true
	case s.standing == before && t.answer == refused:
		o.State, o.Message = NotApplied, "the tenant refused it: "+t.message
	case s.standing == before && t.answer == unclear:
		o.State, o.Message = NotApplied, "the tenant did not change it: "+t.message
	case s.standing == before:
		o.State, o.Message = NotApplied, unchanged(t)
	case s.rec == nil:
		o.State, o.Message = Differs, "there is no such record any more"
	default:
		o.State, o.Fields = Differs, append(o.Fields, s.open...)
		for _, f := range s.strange {
			if _, ours := oldValue(t.op, f.Attribute); !ours {
				o.Fields = append(o.Fields, f)
			}
		}
		o.Message = "it was read back with other values than planned"
		if t.message != "" {
			o.Message += "; the tenant's answer was: " + t.message
		}
	}
	return o, false
}

func (x *run) why(t *task) string {
	switch {
	case x.stopped != "":
		return "it was not sent: " + x.stopped
	case x.jobHangs && t.op.Route == plan.Upload:
		return "it was not sent: the upload job before it has not ended, and a second one would fail"
	}
	return "it was not sent"
}

func unchanged(t *task) string {
	switch {
	case t.op.Action == plan.Delete:
		return "the tenant did not delete it, although it took the request"
	case t.uploads > 0:
		return "the tenant did not change it (the upload job reported no error for it)"
	}
	return "the tenant did not change it, although it took the request"
}

// vanished are the account names that were there before the run, were not to be deleted, and are gone. Nothing that is sent
// should ever cause this; an upload is only believed not to delete.
func (x *run) vanished() []string {
	if x.snapshot == nil || x.view == x.snapshot || x.view == nil {
		return nil
	}
	deleted := make(map[string]bool)
	for _, t := range x.tasks {
		if t.op.Action == plan.Delete {
			deleted[t.id] = true
		}
	}
	var names []string
	for i := range x.snapshot.records {
		rec := &x.snapshot.records[i]
		if _, there := x.view.byID[rec.ID]; !there && !deleted[rec.ID] {
			name, _ := rec.Get("accountName")
			names = append(names, name)
		}
	}
	return names
}

func (r *Result) write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
