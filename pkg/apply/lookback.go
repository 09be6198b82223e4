package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// pageSize is how many records the service lists at once.
const pageSize = 250

// LookBack reads the source as a run has left it that could not read everything back itself. What was sent within the last
// thirty seconds is waited for while it does not show, as in [Run]. It sends nothing and leaves the folder as it is; of Options
// only Judge, Progress, Clock and Parallel count. An upload job that has not ended is a *[BusyError].
func LookBack(ctx context.Context, folder Folder, r Remote, o Options) ([]schema.Record, error) {
	p, h, err := recorded(folder)
	if err != nil {
		return nil, err
	}
	o.DryRun = true
	x, err := newRun(p, r, o)
	if err != nil {
		return nil, err
	}
	x.folder = folder
	if err := x.recall(&h); err != nil {
		return nil, err
	}
	if err := x.idle(ctx); err != nil {
		return nil, interrupted(ctx, err)
	}
	if err := x.read(ctx); err != nil {
		return nil, interrupted(ctx, err)
	}
	if x.now().Sub(h.last) < settleTime {
		x.settle(ctx)
	}
	if err := errors.Join(ctx.Err(), x.cause); err != nil {
		return nil, interrupted(ctx, err)
	}
	if err := x.idle(ctx); err != nil { // it may have begun only while the list was read
		return nil, interrupted(ctx, err)
	}
	return x.view.records, nil
}

// lookBack reads what was sent and has not been seen as planned: the whole list, or each record where that takes fewer
// requests.
func (x *run) lookBack(ctx context.Context) error {
	open, ok := x.readAlone()
	if !ok {
		return x.list(ctx, nil)
	}
	tick := x.tick()
	found := make([]*schema.Record, len(open))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(x.o.Parallel)
	for i, t := range open {
		g.Go(func() error {
			rec, err := x.remote.Get(gctx, t.id)
			switch {
			case err == nil:
				found[i] = &rec
			case x.o.Judge(err) != Gone:
				return fmt.Errorf("read %s back: %w", t.id, err)
			}
			return nil
		})
	}
	err := g.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return x.list(ctx, nil) // how the service answers for a record that is gone is not documented
	}
	x.view = x.view.with(open, found, tick)
	return nil
}

// readAlone are the operations whose records are still to be looked at, if reading each is cheaper than a list and tells as
// much: their ids are known, and the list has been read since the last upload, which nobody promises to leave the records
// alone that it does not name.
func (x *run) readAlone() ([]*task, bool) {
	if x.view == nil {
		return nil, false
	}
	pages := max(1, (len(x.view.records)+pageSize-1)/pageSize)
	var open []*task
	for _, t := range x.tasks {
		if t.uploads > 0 && x.view.listed < t.at {
			return nil, false
		}
		if !t.tried || x.view.tick > t.at && x.sight(t).standing == planned {
			continue
		}
		if open = append(open, t); t.id == "" || len(open) > pages {
			return nil, false
		}
	}
	return open, true
}

// with is the view with single records as they were read again; nil is one that is gone.
func (v *view) with(tasks []*task, found []*schema.Record, tick int64) *view {
	records := make(map[string]schema.Record, len(v.records))
	for i := range v.records {
		records[v.records[i].ID] = v.records[i]
	}
	for i, t := range tasks {
		if found[i] == nil {
			delete(records, t.id)
		} else {
			records[t.id] = *found[i]
		}
	}
	sorted := make([]schema.Record, 0, len(records))
	for _, id := range slices.Sorted(maps.Keys(records)) {
		sorted = append(sorted, records[id])
	}
	w := newView(sorted, v.at, tick)
	w.listed = v.listed
	return w
}
