package apply

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// patch carries out the operations that go by patch.
func (x *run) patch(ctx context.Context) { x.patchTasks(ctx, verbPatch, x.due(plan.Patch)) }

// patchTasks patches side by side. Only what is not as planned is sent.
func (x *run) patchTasks(ctx context.Context, stage string, tasks []*task) {
	if len(tasks) == 0 || x.stopping(ctx) {
		return
	}
	// A patch touches nothing but what it changes, so the list needs to be recent only as far as the preflight has seen to it.
	if x.view == nil {
		if err := x.read(ctx); err != nil {
			x.stop("the records could not be read before the patches", err)
			return
		}
	}
	type job struct {
		task    *task
		rec     schema.Record
		changes []schema.FieldChange
	}
	var jobs []job
	for _, t := range tasks {
		if s := x.sight(t); !x.leave(t, s) {
			jobs = append(jobs, job{task: t, rec: *s.rec, changes: s.open})
		}
	}
	if len(jobs) == 0 {
		return
	}
	x.o.Progress.Stage(stage, len(jobs))
	x.side(len(jobs), func(i int) bool {
		j := jobs[i]
		r := x.send(ctx, verbPatch, []*task{j.task}, func(ctx context.Context) (string, error) {
			_, err := x.remote.Patch(ctx, j.rec, j.changes)
			return "", err
		})
		return r.sent
	})
	x.o.Progress.End("")
}

// createTasks creates records one by one, side by side.
func (x *run) createTasks(ctx context.Context, stage string, tasks []*task) {
	if len(tasks) == 0 || x.stopping(ctx) {
		return
	}
	x.o.Progress.Stage(stage, len(tasks))
	x.side(len(tasks), func(i int) bool {
		t := tasks[i]
		x.fill(t, nil)
		r := x.send(ctx, verbCreate, []*task{t}, func(ctx context.Context) (string, error) {
			_, err := x.remote.Create(ctx, schema.Record{Names: t.names, Values: t.row})
			return "", err
		})
		return r.sent
	})
	x.o.Progress.End("")
}

// side does n writes, so many at once as the options say; do reports whether its write was sent. What becomes of one never
// stops the others: that is noted with its task, and what ends the whole run is asked for before each write is announced. So
// no function in the group returns an error, and none is cut off.
func (x *run) side(n int, do func(i int) bool) {
	var g errgroup.Group
	g.SetLimit(x.o.Parallel)
	for i := range n {
		g.Go(func() error {
			if do(i) {
				x.o.Progress.Add(1)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		x.breakOff(err)
	}
}
