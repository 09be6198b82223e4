package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// freshFor is how old a list may be when something is sent that rests on it.
const freshFor = time.Minute

// check looks at the plan alone.
func (x *run) check() error {
	t := &x.plan.Trailer
	if x.o.Expect != "" && !plan.SameFingerprint(x.o.Expect, t.Fingerprint) {
		return &ExpectError{Want: x.o.Expect, Got: t.Fingerprint}
	}
	if !t.Safe {
		return &UnsafeError{Refusals: t.Refusals}
	}
	return nil
}

// preflight finds out whether the plan can be carried out here and now. It sends nothing.
func (x *run) preflight(ctx context.Context) error {
	if err := x.place(ctx); err != nil {
		return err
	}
	if err := x.rights(); err != nil {
		return err
	}
	if !x.jobHangs {
		if err := x.idle(ctx); err != nil {
			return err
		}
	}
	return x.look(ctx)
}

// place compares where the token leads with where the plan is for.
func (x *run) place(ctx context.Context) error {
	source, access, err := x.remote.Describe(ctx)
	if err != nil {
		return fmt.Errorf("read the source: %w", err)
	}
	want := x.plan.Header.Source
	if source.Tenant.ID != want.Tenant.ID {
		return &WrongPlaceError{What: "tenant", Plan: spell(want.Tenant.Org, want.Tenant.ID), Here: spell(source.Tenant.Org, source.Tenant.ID)}
	}
	if source.SourceID != want.SourceID {
		return &WrongPlaceError{What: "source", Plan: spell(want.Name, want.SourceID), Here: spell(source.Name, source.SourceID)}
	}
	s, err := x.remote.Schema(ctx)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	if got := s.Fingerprint(); got != x.plan.Header.Schema.Fingerprint {
		return &WrongPlaceError{What: "schema", Plan: x.plan.Header.Schema.Fingerprint, Here: got}
	}
	x.source, x.access, x.schema = source, access, s
	return nil
}

func spell(name, id string) string {
	if name == "" {
		return id
	}
	return fmt.Sprintf("%q (%s)", name, id)
}

// rights compares what the plan needs with what the token shows that it may do. An application's token cannot patch, and
// without administrator's rights a person may change end dates and nothing else.
func (x *run) rights() error {
	var patches, others int
	for _, t := range x.tasks {
		if t.op.Route == plan.Patch {
			patches++
		}
		if t.op.Route != plan.Patch || !onlyEndDate(t.op) {
			others++
		}
	}
	switch {
	case !x.access.User && patches > 0:
		return &DeniedError{
			Message: fmt.Sprintf("the plan patches %d records, and this token belongs to an application, which may not patch", patches),
			Hint:    "use a personal access token, or plan again with this one and --route bulk",
		}
	case x.access.User && !x.access.Admin && others > 0:
		return &DeniedError{
			Message: fmt.Sprintf("this token may only change end dates, and %d of %d operations need more", others, len(x.tasks)),
			Hint:    "use the token of an administrator, or plan a list that has only accountName and endDate",
		}
	}
	return nil
}

func onlyEndDate(op *plan.Operation) bool {
	return (op.Action == plan.Update || op.Action == plan.End) && len(op.Fields) == 1 && op.Fields[0].Attribute == schema.EndDate
}

// idle makes sure that no upload job is running.
func (x *run) idle(ctx context.Context) error {
	status, err := x.remote.UploadStatus(ctx)
	if err != nil {
		return fmt.Errorf("see whether an upload is running: %w", err)
	}
	x.job = status
	return Busy(status)
}

// Busy returns a [*BusyError] if an upload job in this state has not ended: whoever reads the source now reads it half changed.
func Busy(status string) error {
	if running(status) {
		return &BusyError{Status: status}
	}
	return nil
}

// running says whether a job in this state has not ended. A state that nobody knows yet counts as one that has not.
func running(status string) bool {
	return status != "" && status != JobCompleted && status != JobError
}

// look reads the list and compares it with the plan: room, and records that have moved.
func (x *run) look(ctx context.Context) error {
	if err := x.read(ctx); err != nil {
		return err
	}
	if err := x.fresh(); err != nil {
		return err
	}
	creates, deletes := x.volume()
	if n := len(x.view.records); n+creates-deletes > schema.MaxRecords {
		return &CapacityError{Records: n, Creates: creates, Deletes: deletes, Limit: schema.MaxRecords}
	}
	return nil
}

// list reads the whole source. seen hears of the progress; nil for nobody.
func (x *run) list(ctx context.Context, seen func(done, total int)) error {
	at, tick := x.now(), x.tick()
	records, err := x.remote.List(ctx, seen)
	if err != nil {
		return fmt.Errorf("read the records: %w", err)
	}
	x.view = newView(records, at, tick)
	return nil
}

// read reads the whole source as a stage of its own.
func (x *run) read(ctx context.Context) error {
	expected := max(x.source.Count, 0)
	if x.view != nil {
		expected = len(x.view.records)
	}
	x.o.Progress.Stage("read", expected)
	reported := 0
	err := x.list(ctx, func(done, _ int) {
		if expected > 0 {
			done = min(done, expected) // the source may have grown
		}
		x.o.Progress.Add(max(done-reported, 0))
		reported = max(done, reported)
	})
	if err != nil {
		x.o.Progress.End("")
		return err
	}
	x.o.Progress.End(fmt.Sprintf("%d records", len(x.view.records)))
	return nil
}

// recent reports whether what is sent now may rest on the list.
func (x *run) recent() bool { return x.view != nil && x.now().Sub(x.view.at) <= freshFor }

// refresh reads the list again, as a stage of its own, unless it is recent.
func (x *run) refresh(ctx context.Context) error {
	if x.recent() {
		return nil
	}
	return x.read(ctx)
}

// refreshWithin does the same within another stage.
func (x *run) refreshWithin(ctx context.Context) error {
	if x.recent() {
		return nil
	}
	return x.list(ctx, nil)
}

// fresh leaves out the operations whose records have moved, or refuses.
func (x *run) fresh() error {
	if x.plan.Header.Against != "" {
		plan.Identify(x.plan, x.view.records) // it was made against a file, which has no ids
	}
	// What a run that goes on has announced already may have moved by its own doing; the rest must be as it was.
	untouched := *x.plan
	untouched.Operations = nil
	for _, t := range x.tasks {
		if !t.tried && t.skip == "" {
			untouched.Operations = append(untouched.Operations, *t.op)
		}
	}
	drift := plan.CheckFresh(&untouched, x.view.records)
	if len(drift) == 0 {
		return nil
	}
	if !x.o.SkipDrifted {
		return &StaleError{Drift: drift, Planned: int64(len(x.tasks)), Since: x.plan.Header.Created}
	}
	x.skipped = drift
	moved := make(map[int64]plan.Drift, len(drift))
	for _, d := range drift {
		moved[d.N] = d
	}
	for _, t := range x.tasks {
		if d, ok := moved[t.op.N]; ok {
			t.skip = "the record moved since the plan was made (" + string(d.What) + ") and was left out"
		}
	}
	return nil
}

// confirm asks the person and, if the answer took its time, looks again.
func (x *run) confirm(ctx context.Context) error {
	if x.o.Confirm == nil {
		return nil
	}
	s := Summary{Source: x.source, Access: x.access, Fingerprint: x.plan.Trailer.Fingerprint, Skipped: x.skipped, Records: len(x.view.records), Counts: x.plan.Trailer.Counts}
	for _, t := range x.tasks {
		if standing := x.sight(t).standing; t.skip == "" && (!t.tried || standing != planned && standing != moved) {
			continue // it will be sent, as far as anybody can tell
		}
		switch t.op.Action {
		case plan.Create:
			s.Counts.Create--
		case plan.Update:
			s.Counts.Update--
		case plan.End:
			s.Counts.End--
		case plan.Delete:
			s.Counts.Delete--
		}
	}
	if err := x.o.Confirm(s); err != nil {
		return err
	}
	if x.recent() {
		return nil
	}
	if !x.jobHangs {
		if err := x.idle(ctx); err != nil {
			return err
		}
	}
	return x.look(ctx)
}
