package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// A record that is not as planned is looked at this often, over this long, before it is said to be so: the service tells of
// a change a while after it has taken it.
const (
	leastLooks = 3
	settleTime = 30 * time.Second
)

// mostAlone is how many operations are sent alone after they did not land: a minute of the service's pace. More go by
// another upload.
const mostAlone = 600

// settle reads the source until everything that was sent is as planned, or for the time above. The tenant has as long to
// answer a look that failed.
func (x *run) settle(ctx context.Context) {
	sent := x.sent()
	if len(sent) == 0 || x.view != nil && x.seenAll() && !x.unsettled() {
		x.settled = true
		return
	}
	x.o.Progress.Stage("verify", len(sent))
	x.settled = false
	begin, shown, good := x.now(), 0, 0
	for looks := 1; ; looks++ {
		err := x.lookBack(ctx)
		if err == nil {
			good++
			done := 0
			for _, t := range sent {
				if x.sight(t).standing == planned {
					done++
				}
			}
			x.o.Progress.Add(max(done-shown, 0))
			shown = max(done, shown)
		}
		spent := x.now().Sub(begin)
		still := err == nil && !x.unsettled()
		if still || looks >= leastLooks && spent >= settleTime {
			x.settled = still || good >= leastLooks
			x.o.Progress.End(looked(looks))
			if err != nil {
				x.stop("what was sent could not be read back", err)
			}
			return
		}
		pause := settleTime / leastLooks
		if looks >= leastLooks-1 {
			pause = max(settleTime-spent, firstPoll)
		}
		if x.o.Clock.Sleep(ctx, pause) != nil {
			x.o.Progress.End(looked(looks))
			return
		}
	}
}

func looked(times int) string {
	if times == 1 {
		return "1 look"
	}
	return fmt.Sprintf("%d looks", times)
}

// sent are the operations for which a write was announced.
func (x *run) sent() []*task {
	var sent []*task
	for _, t := range x.tasks {
		if t.tried {
			sent = append(sent, t)
		}
	}
	return sent
}

// seenAll reports whether the view is younger than every write.
func (x *run) seenAll() bool {
	for _, t := range x.tasks {
		if t.tried && x.view.tick < t.at {
			return false
		}
	}
	return true
}

// unsettled reports whether waiting may still show something: a write that was taken, or may have been, and does not show.
func (x *run) unsettled() bool {
	for _, t := range x.tasks {
		if t.tried && !t.without() && !t.hanging && x.sight(t).standing != planned {
			return true
		}
	}
	return false
}

// mostRetries is how often an operation is sent again while its answer does not come.
const mostRetries = 3

// again reports whether an operation that did not land is sent again, and counts it: once where the tenant had an answer,
// some times where it had none.
func (t *task) again() bool {
	if t.answer == unclear {
		t.unheard++
		return t.unheard <= mostRetries
	}
	t.heard++
	return t.heard == 1
}

// retry sends again, alone, what was sent and did not land. It reports whether anything was sent.
func (x *run) retry(ctx context.Context) bool {
	if x.stopping(ctx) || x.view == nil {
		return false
	}
	var creates, patches, uploads, deletes []*task
	for _, t := range x.tasks {
		s := x.sight(t)
		if !t.tried || t.hanging || t.skip != "" || s.standing == planned || s.standing == moved || !t.again() {
			continue
		}
		switch {
		case t.op.Route == plan.BulkDelete && !t.without():
			deletes = append(deletes, t)
		case t.op.Route == plan.Patch && !t.without():
			patches = append(patches, t)
		case t.op.Route != plan.Upload:
		case t.op.Action == plan.Create:
			creates = append(creates, t)
		case x.access.User:
			patches = append(patches, t)
		case t.uploads < mostUploads:
			uploads = append(uploads, t)
		}
	}
	if len(creates)+len(patches) > mostAlone && !x.jobHangs {
		uploads = append(uploads, creates...)
		creates = nil
	}
	written := x.write
	x.createTasks(ctx, "retry", creates)
	x.patchTasks(ctx, "retry", patches)
	x.uploadTasks(ctx, uploads)
	x.removeTasks(ctx, deletes)
	return x.write > written
}
