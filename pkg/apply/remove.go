package apply

import (
	"context"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// remove carries out the deletes.
func (x *run) remove(ctx context.Context) { x.removeTasks(ctx, x.due(plan.BulkDelete)) }

// removeTasks deletes in groups. The answer to a group says nothing about single records, so what is gone is looked up; a
// record that is gone already is one less to send. A group that is refused is halved until the record that stands in the
// way is alone.
func (x *run) removeTasks(ctx context.Context, tasks []*task) {
	if len(tasks) == 0 || x.stopping(ctx) {
		return
	}
	if err := x.refresh(ctx); err != nil {
		x.stop("the records could not be read before the deletes", err)
		return
	}
	if tasks = x.present(ctx, tasks); len(tasks) == 0 {
		return
	}
	x.o.Progress.Stage(verbDelete, len(tasks))
	defer x.o.Progress.End("")
	var queue [][]*task
	for len(tasks) > 0 {
		n := min(len(tasks), x.o.DeleteIDs)
		queue, tasks = append(queue, tasks[:n]), tasks[n:]
	}
	for len(queue) > 0 && !x.stopping(ctx) {
		group := queue[0]
		queue = queue[1:]
		ids := make([]string, len(group))
		for i, t := range group {
			ids[i] = t.id
		}
		r := x.send(ctx, verbDelete, group, func(ctx context.Context) (string, error) {
			return "", x.remote.Delete(ctx, ids)
		})
		if !r.sent {
			return
		}
		if len(group) > 1 && r.err != nil && (r.verdict == Refused || r.verdict == Gone || r.verdict == Conflict) {
			x.view = nil
			left := x.present(ctx, group)
			x.o.Progress.Add(len(group) - len(left))
			if len(left) == len(group) {
				half := len(left) / 2
				queue = append([][]*task{left[:half], left[half:]}, queue...)
			} else if len(left) > 0 {
				queue = append([][]*task{left}, queue...)
			}
			continue
		}
		x.o.Progress.Add(len(group))
	}
}

// present are the operations whose records are still there and as the plan knew them: what somebody has changed meanwhile
// is not deleted for good.
func (x *run) present(ctx context.Context, tasks []*task) []*task {
	if err := x.refreshWithin(ctx); err != nil {
		x.stop("the records could not be read before the deletes", err)
		return nil
	}
	var there []*task
	for _, t := range tasks {
		s := x.sight(t)
		if x.leave(t, s) {
			continue
		}
		if len(x.meaning.differences(s.rec, x.meaning.bystanders(t))) > 0 {
			t.skip = "the record changed during the run and was not deleted"
			continue
		}
		there = append(there, t)
	}
	return there
}
