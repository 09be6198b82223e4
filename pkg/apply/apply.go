// Package apply carries out a plan and proves what became of it: it checks that the plan is safe, fresh and meant for this
// place, writes down what it is about to do before it does it, and reads back every record that it touched.
//
// A write is announced in a journal, which is on the disk before the write is sent, and its answer is added after. What
// became of an operation is never taken from an answer: the service answers an upload with a job that says nothing about
// rows, and a bulk delete with nothing at all. It is read from the source once it has settled. Because everything is
// decided by looking, a run that was killed goes on the same way as one that never stopped: see [Resume].
package apply

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Run applies a plan once.
//
// First it only looks: the plan is safe and the one that is expected; tenant, source and schema are the plan's; the token
// may do what is planned; no upload is running; there is room; and no record that the plan touches has moved. Any of this
// ends the run with nothing sent, as an *[UnsafeError], *[ExpectError], *[WrongPlaceError], *[DeniedError], *[BusyError],
// *[CapacityError] or *[StaleError], or with the remote's own error. Then Confirm is asked.
//
// Then the whole list is saved as it was, and the plan is carried out: uploads one after another, patches side by side,
// deletes in groups; deletes first where there is no room without. At the end every record is read back until it is as
// planned, or for at least three looks over thirty seconds.
//
// The error is nil if everything planned was verified. It is a *[PartialError] if something was sent and not all was
// verified, and an *[InterruptedError] if the context ended; the Result then says what is known of every operation. A
// write that has begun when the context ends is given thirty seconds for its answer. The caller holds the lock of the source.
func Run(ctx context.Context, p *plan.Plan, r Remote, o Options) (Result, error) {
	x, err := newRun(p, r, o)
	if err != nil {
		return Result{}, err
	}
	if err := x.check(); err != nil {
		return Result{}, err
	}
	if len(x.tasks) == 0 {
		return x.result(), nil
	}
	if err := x.preflight(ctx); err != nil {
		return Result{}, interrupted(ctx, err)
	}
	if o.DryRun {
		return x.dry(), nil
	}
	if err := x.confirm(ctx); err != nil {
		return Result{}, interrupted(ctx, err)
	}
	if err := ctx.Err(); err != nil {
		return Result{}, interrupted(ctx, err)
	}
	folder, err := x.o.Begin()
	if err != nil {
		return Result{}, err
	}
	x.folder = folder
	if err := x.begin(); err != nil {
		return Result{}, err
	}
	return x.carryOut(ctx)
}

// dry is the result of a run that ends after the preflight.
func (x *run) dry() Result {
	for _, t := range x.tasks {
		if t.skip == "" && (!t.tried || x.sight(t).standing != planned) {
			t.skip, t.tried = "dry run: nothing was sent", false
		}
	}
	return x.result()
}

// interrupted makes an error that the end of the context has caused an *[InterruptedError].
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return &InterruptedError{Cause: err}
	}
	return err
}

// A run is a plan being carried out. Fields below mu are shared by the goroutines that patch.
type run struct {
	plan    *plan.Plan
	remote  Remote
	o       Options
	meaning *meaning
	started time.Time
	tasks   []*task // the operations that send something, in plan order

	source    schema.Source
	access    schema.Access
	schema    *schema.Schema
	job       string // last status seen of an upload job
	skipped   []plan.Drift
	view      *view // the latest
	snapshot  *view // what was saved before the first write
	newcomers newcomers
	folder    Folder
	settled   bool // the view is what remains after looking often and long enough
	jobHangs  bool // an upload job did not end in time: another upload would fail
	uploadEnd string
	refusals  int // uploads in a row that were refused

	mu      sync.Mutex
	ticks   int64  // see tick
	write   int    // number of the last write announced
	stopped string // why nothing more is sent; empty while the run goes on
	cause   error  // of that
	broken  error  // the journal or another file of the run cannot be written
	effect  int    // writes that were accepted or may have been
	silence int    // writes in a row that were denied or brought no answer
}

// A task is one operation with what this run did for it.
type task struct {
	op       *plan.Operation
	id       string   // of the record, once known
	names    []string // attributes of row
	row      []string // what was uploaded; nil if nothing was
	tried    bool     // a write was announced
	recalled bool     // by an earlier part of the run
	answer   string   // the last one
	message  string   // of the last refusal
	at       int64    // tick of the last write's answer; see run.tick
	heard    int      // how often it had an answer, did not land, and was to be sent again
	unheard  int      // the same without an answer
	uploads  int      // how often it was in an upload
	hanging  bool     // the job that carries it did not end
	skip     string   // why it is left out; empty while it is not
}

func newRun(p *plan.Plan, r Remote, o Options) (*run, error) {
	o, err := o.withDefaults(p)
	if err != nil {
		return nil, err
	}
	m, err := newMeaning(p)
	if err != nil {
		return nil, err
	}
	x := &run{plan: p, remote: r, o: o, meaning: m, started: o.Clock.Now(), source: p.Header.Source}
	for i := range p.Operations {
		if op := &p.Operations[i]; op.Action.Sent() {
			x.tasks = append(x.tasks, &task{op: op, id: op.ID})
		}
	}
	return x, nil
}

// begin writes what has to be there before the first write: the plan, the list as it was, and the journal's first record.
func (x *run) begin() error {
	if err := x.folder.Write(PlanFile, x.plan.Write); err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	x.snapshot = x.view
	s := Snapshot{Source: x.source, At: x.view.at, Names: x.schema.Names(), Records: x.view.records}
	if err := x.folder.Write(SnapshotFile, s.Write); err != nil {
		return fmt.Errorf("save the list as it is: %w", err)
	}
	if err := x.announceRun(false); err != nil {
		return err
	}
	return x.claim()
}

func (x *run) claim() error {
	if x.o.Claim == nil {
		return nil
	}
	return x.o.Claim(x.folder)
}

func (x *run) announceRun(resumed bool) error {
	rec := runRecord{
		Type: kindRun, Time: x.now(), FormatVersion: journalVersion,
		Plan: x.plan.Header.ID, Fingerprint: x.plan.Trailer.Fingerprint,
		Operations: len(x.tasks), Records: len(x.view.records), Resumed: resumed,
	}
	if !resumed {
		x.started = rec.Time
	}
	for _, t := range x.tasks {
		if t.skip != "" {
			rec.Skipped = append(rec.Skipped, t.op.N)
		}
	}
	return x.folder.Append(rec)
}

func (x *run) now() time.Time { return x.o.Clock.Now().UTC() }

// carryOut sends what is open, reads it back, and says what became of it.
func (x *run) carryOut(ctx context.Context) (Result, error) {
	phases := []func(context.Context){x.upload, x.patch, x.remove}
	if x.deletesFirst() {
		phases = []func(context.Context){x.remove, x.upload, x.patch}
	}
	for _, phase := range phases {
		phase(ctx)
	}
	if ctx.Err() == nil && x.brokenError() == nil {
		x.settle(ctx)
		for x.retry(ctx) {
			x.settle(ctx)
		}
	}
	if ctx.Err() != nil {
		x.stop("the run was interrupted", nil)
	}
	return x.finish(ctx)
}

func (x *run) deletesFirst() bool {
	creates, deletes := x.volume()
	return x.plan.Trailer.DeletesFirst || deletes > 0 && len(x.view.records)+creates > schema.MaxRecords
}

// volume counts the accounts that are still to come and to go. One that stands already takes no more room, whoever made it and
// whatever its values are.
func (x *run) volume() (creates, deletes int) {
	for _, t := range x.tasks {
		there := x.view.find(t.id, t.op.AccountName) != nil
		switch {
		case t.skip != "":
		case t.op.Action == plan.Create && !there:
			creates++
		case t.op.Action == plan.Delete && there:
			deletes++
		}
	}
	return creates, deletes
}

// stop keeps anything further from being sent; the first reason stays.
func (x *run) stop(reason string, cause error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stopped == "" {
		x.stopped, x.cause = reason, cause
	}
}

func (x *run) stopping(ctx context.Context) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.stopped != "" || ctx.Err() != nil
}

func (x *run) brokenError() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.broken
}

// tick orders writes and looks: a list proves what became of the writes that were answered before it was begun. Clocks are
// too coarse for that.
func (x *run) tick() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ticks++
	return x.ticks
}
