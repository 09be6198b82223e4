package apply

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// mostSilence is how many writes in a row may be denied or bring no answer before nothing more is sent: the client has
// tried each of them several times, so the tenant is down or the token has lost its rights.
const mostSilence = 10

// The verbs of the journal.
const (
	verbUpload = "upload"
	verbCreate = "create"
	verbPatch  = "patch"
	verbDelete = "delete"
)

// A reply is how one write was answered.
type reply struct {
	sent    bool // false: the run has ended, nothing was sent
	write   int
	err     error
	verdict Verdict // of err
}

// send announces a write in the journal, sends it, and notes the answer. The write is not begun when ctx has ended; one that
// has begun when it ends is given time for its answer. Several goroutines may send at once, each its own tasks.
func (x *run) send(ctx context.Context, verb string, tasks []*task, call func(context.Context) (job string, err error)) reply {
	n, err := x.announce(ctx, verb, tasks)
	if n == 0 || err != nil {
		return reply{}
	}
	for _, t := range tasks {
		t.tried, t.answer, t.message, t.at = true, unclear, "", x.tick()
	}
	sending, end := x.outlive(ctx)
	job, err := call(sending)
	end()
	r := reply{sent: true, write: n, err: err}
	out := outcomeRecord{Type: kindOutcome, Time: x.now(), Write: n, Answer: accepted, Job: job}
	if err != nil {
		r.verdict = x.o.Judge(err)
		out.Answer, out.Message = answerOf(r.verdict), err.Error()
	}
	for _, t := range tasks {
		t.answer, t.message, t.at = out.Answer, out.Message, x.tick()
	}
	if err := x.folder.Append(out); err != nil {
		x.breakOff(err)
	}
	x.heed(verb, r)
	return r
}

func answerOf(v Verdict) string {
	switch v {
	case Unclear, Unavailable:
		return unclear // what had no effect for now is looked at and sent again like what may have had one
	case Denied:
		return denied
	}
	return refused
}

// without reports whether the last write of the operation is known to have had no effect, and sending it again now would not
// either.
func (t *task) without() bool { return t.answer == refused || t.answer == denied }

// grace is how long a write that has begun may go on after the run was interrupted: long enough for an answer, not for what
// the service may ask a client to wait before it sends.
const grace = 30 * time.Second

// outlive returns a context that ends only some time after ctx, so that a write which has begun comes to its end.
func (x *run) outlive(ctx context.Context) (context.Context, func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if x.o.Clock.Sleep(longer, grace) == nil {
			cancel()
		}
	})
	return longer, func() { stop(); cancel() }
}

// announce writes the intent; 0 means that the run has ended.
func (x *run) announce(ctx context.Context, verb string, tasks []*task) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stopped != "" || ctx.Err() != nil || x.broken != nil {
		return 0, nil
	}
	rec := intentRecord{Type: kindIntent, Time: x.now(), Write: x.write + 1, Verb: verb}
	for _, t := range tasks {
		rec.Ops = append(rec.Ops, t.op.N)
		if verb == verbPatch || verb == verbDelete {
			rec.IDs = append(rec.IDs, t.id)
		}
	}
	// Under the lock, so that the journal has the writes in the order of their numbers.
	if err := x.folder.Append(rec); err != nil {
		x.broken = fmt.Errorf("announce a write: %w", err)
		x.stopped, x.cause = "the journal cannot be written", x.broken
		return 0, x.broken
	}
	x.write++
	return x.write, nil
}

// breakOff ends the run because what it did cannot be written down any more.
func (x *run) breakOff(err error) {
	x.mu.Lock()
	x.broken = errors.Join(x.broken, err)
	x.mu.Unlock()
	x.stop("the journal cannot be written", err)
}

// heed decides from an answer whether the run goes on.
func (x *run) heed(verb string, r reply) {
	x.mu.Lock()
	if r.err == nil || r.verdict == Unclear {
		x.effect++
	}
	switch {
	case r.err == nil, r.verdict == Refused, r.verdict == Gone, r.verdict == Conflict:
		x.silence = 0
	default:
		x.silence++
	}
	silence := x.silence
	x.mu.Unlock()
	switch {
	case r.err == nil:
	case x.o.FailFast && r.verdict != Unclear:
		x.stop("a write was refused (--fail-fast): "+r.err.Error(), r.err)
	case r.verdict == Denied && (verb == verbUpload || verb == verbDelete):
		x.stop("the tenant denied it: "+r.err.Error(), r.err)
	case silence >= mostSilence:
		x.stop(fmt.Sprintf("%d writes in a row were denied or brought no answer: %s", silence, r.err), r.err)
	}
}
