package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// runsFolder holds one folder for each run of apply.
var runsFolder = filepath.Join(".nelm", "runs")

type applyFlags struct {
	yes         bool
	confirm     string
	expect      string
	parallel    int
	wait        time.Duration
	skipDrifted bool
	failFast    bool
	dryRun      bool
	progress    string
	resume      string
}

func newApplyCommand(a *app) *cobra.Command {
	f := &applyFlags{}
	cmd := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Carry out a plan, and prove every row by reading it back; the only command that writes",
		Long: `Carry out a plan: check that it belongs to this tenant and source and that nothing it touches has moved since, save
the whole source as it is, send creates by bulk upload, updates by parallel patches and deletes by bulk delete, then read
every record back. A plan is applied once. Exit 0 only if everything planned was verified.`,
		Example: `  nelm-reconcile apply contractors.plan.jsonl
  nelm-reconcile apply contractors.plan.jsonl --yes --expect k7qf-3a19-c2mt-8wpx
  nelm-reconcile apply --resume latest`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case f.resume != "" && len(args) > 0:
				return errors.New("--resume takes the plan from the run: leave the PLAN out")
			case f.resume == "" && len(args) != 1:
				return fmt.Errorf("apply needs one PLAN and got %d arguments", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.resume != "" {
				return a.runResume(cmd.Context(), f)
			}
			return a.runApply(cmd.Context(), f, args[0])
		},
	}
	p := cmd.Flags()
	p.BoolVarP(&f.yes, "yes", "y", false, "do not ask; deletes still need --confirm")
	p.StringVar(&f.confirm, "confirm", "", "the source's `NAME`, to confirm deletes where nobody can be asked")
	p.StringVar(&f.expect, "expect", "", "`FINGERPRINT` of the plan that was reviewed; any other is refused")
	p.IntVar(&f.parallel, "parallel", apply.DefaultParallel, "patches in flight at once")
	p.DurationVar(&f.wait, "wait", apply.DefaultWait, "longest wait for one upload job")
	p.BoolVar(&f.skipDrifted, "skip-drifted", false, "leave out operations whose records moved since the plan")
	p.BoolVar(&f.failFast, "fail-fast", false, "send nothing more after the first refused write")
	p.BoolVar(&a.guard, "guard", false, "patches carry a test of the old values: the tenant refuses one whose record moved in the last moment")
	p.BoolVarP(&f.dryRun, "dry-run", "n", false, "check everything and end before the first write")
	p.StringVar(&f.resume, "resume", "", "go on with a `RUN` that was interrupted or killed")
	p.StringVar(&f.progress, "progress", "auto", "auto, bar, lines, json or none")
	return cmd
}

func (a *app) runApply(ctx context.Context, f *applyFlags, path string) (err error) {
	meter, err := a.meterOf(f.progress)
	if err != nil {
		return err
	}
	p, err := readPlan(path)
	if err != nil {
		return err
	}
	src, err := a.sourceOf(ctx, p)
	if err != nil {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	lock, err := store.LockSource(p.Header.Source.Tenant.ID, p.Header.Source.SourceID, p.Header.Source.Name, "apply "+filepath.Base(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if done, ok, err := store.Applied(p.Header.ID); err != nil {
		return err
	} else if ok {
		return a.appliedBefore(store, done)
	}

	a.warnUnfinished(store, p.Header.Source, p.Header.Undoes)

	var run *state.Run
	defer func() {
		if run != nil {
			err = errors.Join(err, run.Close())
		}
	}()
	o := f.options(ctx, a, meter)
	o.Begin = func() (apply.Folder, error) {
		var err error
		if run, err = store.NewRun(); err != nil {
			return nil, err
		}
		return runFolder{run}, nil
	}
	o.Claim = func(apply.Folder) error {
		a.writing.Store(run)
		return claim(store, &p.Header, run)
	}
	res, err := apply.Run(ctx, p, src, o)
	if e := a.sayMoved(err); e != nil {
		return e
	}
	if f.dryRun && err == nil && p.Trailer.Counts.Sent() == 0 {
		a.say("nothing to do: the plan sends nothing")
		return nil
	}
	if f.dryRun && err == nil {
		again := "nelm-reconcile apply " + report.Word(path)
		if f.skipDrifted {
			again += " --skip-drifted"
		}
		a.say("Dry run: everything was checked, nothing was sent.\nNext: %s", again)
		return nil
	}
	if run == nil {
		if err == nil {
			a.say("nothing to do: the plan sends nothing")
		}
		return err
	}
	if e := a.reportRun(ctx, run, p, &res); e != nil {
		err = errors.Join(err, e)
	}
	return err
}

// options are what running and resuming have in common.
func (f *applyFlags) options(ctx context.Context, a *app, m *meter) apply.Options {
	return apply.Options{
		Payload: payload, Judge: judge, Complaints: complaints, Progress: m, Clock: a.clock,
		Confirm: func(s apply.Summary) error { return a.confirm(ctx, f, s) },
		Expect:  f.expect, Parallel: f.parallel, Wait: f.wait, SkipDrifted: f.skipDrifted, FailFast: f.failFast, DryRun: f.dryRun,
	}
}

// warnUnfinished says which runs on the source did not come to their end: what is decided now is decided on half of what was
// meant then. One whose plan the one at hand takes back is none of them.
func (a *app) warnUnfinished(store state.Store, where schema.Source, undoes string) {
	runs, err := store.ListRuns()
	if err != nil {
		return // there is no folder of runs, or none that can be read: the run itself will say so
	}
	for _, r := range runs {
		res, err := apply.Look(runFolder{r})
		if err == nil && res.Resumable && res.Plan != undoes && res.Source.SourceID == where.SourceID && res.Source.Tenant.ID == where.Tenant.ID && !isTakenBack(store, res.Plan) {
			a.say("warning: run %s on this source did not come to its end; go on with  nelm-reconcile apply --resume %s", r.ID, r.ID)
		}
		if err := r.Close(); err != nil {
			a.say("warning: close run %s: %v", r.ID, err)
		}
	}
}

// claim records that a run applies a plan, and what it takes back by that.
func claim(store state.Store, h *plan.Header, run *state.Run) error {
	if err := store.Claim(h.ID, run); err != nil || h.Undoes == "" {
		return err
	}
	return store.TakeBack(h.Undoes, run)
}

// takenBackBy gives the run that took back what was done for a plan, from this folder or, as is on record, from another; nothing, if none did. One
// whose folder shows that it sent nothing is none.
func takenBackBy(store state.Store, plan string) (string, error) {
	here, err := takenBack(store)
	if err != nil || here[plan] != "" {
		return here[plan], err
	}
	by, ok, err := store.TakenBack(plan)
	if err != nil || !ok {
		return "", err
	}
	run, err := store.FindRun(by.Run)
	if err != nil {
		return by.Run, nil // its folder is gone; the register still knows
	}
	res, err := apply.Look(runFolder{run})
	if err = errors.Join(err, run.Close()); err == nil && res.Verified+res.Differs+res.Unknown == 0 {
		return "", nil
	}
	return by.Run, nil
}

// isTakenBack says that it is certain that what was done for a plan was taken back.
func isTakenBack(store state.Store, plan string) bool {
	by, err := takenBackBy(store, plan)
	return err == nil && by != ""
}

// appliedBefore refuses a plan that was applied, and says how to go on if that run did not come to its end.
func (a *app) appliedBefore(store state.Store, done state.Application) error {
	refusal := &codedError{code: exitStale, err: &state.AppliedError{Application: done}}
	run, err := store.FindRun(done.Run)
	if err != nil {
		return refusal // its folder is gone; the register still knows
	}
	if by, err := takenBackBy(store, done.Plan); err == nil && by != "" {
		refusal.hint = fmt.Sprintf("run %s took it back: to do it again, plan the list again", by)
	} else if res, err := apply.Look(runFolder{run}); err == nil && res.Resumable {
		name := run.ID
		if here, err := filepath.Abs(runsFolder); err != nil || filepath.Dir(done.Run) != here {
			name = report.Word(done.Run) // it was begun in another folder, whose runs are not found here by name
		}
		refusal.hint = "it did not come to its end; go on with  nelm-reconcile apply --resume " + name
	}
	return errors.Join(refusal, run.Close())
}

// sourceOf finds the source that a plan is to be applied to: the one that flag, environment or configuration name, which the
// preflight then holds against the plan's, or else the plan's own.
func (a *app) sourceOf(ctx context.Context, p *plan.Plan) (*nelm.Source, error) {
	planned := p.Header.Source
	if a.conf.Source == "" {
		a.conf.Source = planned.SourceID
	}
	_, src, err := a.connect(ctx)
	if errors.Is(err, nelm.ErrNotFound) && matches(planned, a.conf.Source) {
		return nil, &apply.WrongPlaceError{What: "source", Plan: fmt.Sprintf("%q (sourceId %s)", planned.Name, planned.SourceID), Here: "a tenant that has no such source"}
	}
	return src, err
}

// runResume goes on with a run from its folder alone.
func (a *app) runResume(ctx context.Context, f *applyFlags) (err error) {
	meter, err := a.meterOf(f.progress)
	if err != nil {
		return err
	}
	run, err := a.findRun(f.resume)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	p, err := readPlan(run.Path(apply.PlanFile))
	if err != nil {
		return fmt.Errorf("run %s: %w", run.ID, err)
	}
	src, err := a.sourceOf(ctx, p)
	if err != nil {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	lock, err := store.LockSource(p.Header.Source.Tenant.ID, p.Header.Source.SourceID, p.Header.Source.Name, "resume "+run.ID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if done, ok, err := store.Applied(p.Header.ID); err != nil {
		return err
	} else if ok && filepath.Base(done.Run) != run.ID {
		return a.appliedBefore(store, done) // this run had sent nothing when it died, and another one has taken its plan
	}
	if by, err := takenBackBy(store, p.Header.ID); err != nil {
		return err
	} else if by != "" {
		return &codedError{code: exitStale, err: fmt.Errorf("run %s was taken back by run %s: to go on with it would do again what was undone", run.ID, by), hint: "plan the list again: the plan has what is left to do"}
	}
	a.writing.Store(run)
	o := f.options(ctx, a, meter)
	o.Claim = func(apply.Folder) error { return claim(store, &p.Header, run) } // it may have died before it got there
	res, err := apply.Resume(ctx, runFolder{run}, src, o)
	var done *apply.FinishedError
	if errors.As(err, &done) {
		a.say("run %s is finished already", run.ID)
		err = nil
		if done.Result != nil {
			res = *done.Result
			if !res.Whole() {
				err = &apply.PartialError{Result: &res}
			}
		}
	}
	if e := a.sayMoved(err); e != nil {
		return e
	}
	return errors.Join(err, a.reportRun(ctx, run, p, &res))
}

// sayMoved says which records have moved where a run was refused because of them.
func (a *app) sayMoved(err error) error {
	var stale *apply.StaleError
	if !errors.As(err, &stale) {
		return nil
	}
	return report.Drift(a.stderr, stale.Drift)
}

// A runFolder is the folder of a run as apply wants it.
type runFolder struct{ *state.Run }

// Name is what the person calls the run.
func (f runFolder) Name() string { return f.ID }

// reportRun prints what became of every operation and where it stands.
func (a *app) reportRun(ctx context.Context, run *state.Run, p *plan.Plan, res *apply.Result) error {
	if res.Plan == "" {
		return nil // the run ended before there was anything to say
	}
	if err := run.Write("report.html", func(w io.Writer) error { return report.ResultHTML(w, res) }); err != nil {
		return err
	}
	failed, err := a.writeFailedRows(context.WithoutCancel(ctx), run, p, res) // an interrupted run is reported as well
	if err != nil {
		return err
	}
	if a.global.json {
		return report.ResultJSON(a.stdout, res)
	}
	if err := report.Result(a.stdout, res, report.ResultOptions{Colour: a.colour(), Max: 20, More: run.Path(apply.ResultFile)}); err != nil {
		return err
	}
	a.say("\nJournal  %s", run.Dir)
	switch {
	case failed == "":
	case res.Resumable:
		a.say("Failed   %s   (rows of the list that the tenant did not take; go on with the run before you correct them)", failed)
	default:
		a.say("Failed   %s   (rows of the list, to be corrected and planned)", failed)
	}
	switch {
	case res.Resumable:
		a.say("Undo     nelm-reconcile undo %s -o undo.plan.jsonl", run.ID)
		a.say("Next: nelm-reconcile apply --resume %s", run.ID)
	case p.Header.Undoes != "":
		a.say("Next: nothing; planning the same list again would bring back what was undone")
	case !res.Whole():
		a.say("Undo     nelm-reconcile undo %s -o undo.plan.jsonl", run.ID)
		a.say("Next: look at what is not verified, then plan the same list again: it finds what is left to do")
	default:
		a.say("Undo     nelm-reconcile undo %s -o undo.plan.jsonl", run.ID)
		a.say("Next: plan the same list again: it finds nothing to do")
	}
	return nil
}

// writeFailedRows writes the rows of the list whose operations did not come about, as validate does, and returns the file's
// name. What going on with the run can still settle is no fault of a row and is not among them. Where the list is gone or another one by now there is none: result.json has every operation in any case.
func (a *app) writeFailedRows(ctx context.Context, run *state.Run, p *plan.Plan, res *apply.Result) (string, error) {
	var findings []schema.Finding
	hint := "look at the reason, correct the row if it is the cause, and plan this file"
	if res.Resumable {
		hint = "first go on with  nelm-reconcile apply --resume " + res.Run + "  and look at what is left then"
	}
	for _, o := range res.Outcomes {
		open := res.Resumable && (o.State == apply.Skipped || o.State == apply.Unknown)
		if o.State == apply.Verified || o.Row == 0 || open {
			continue
		}
		findings = append(findings, schema.Finding{
			Code: o.Code(), Severity: schema.Error, Origin: schema.Origin{Row: o.Row, Line: o.Line},
			Message: strings.TrimSuffix(string(o.State)+": "+o.Message, ": "), Hint: hint,
		})
	}
	// A run that goes on has left one of its first end, whose rows may have come about by now.
	for _, old := range []string{"failed.csv", "failed.xlsx"} {
		if err := os.Remove(run.Path(old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if len(findings) == 0 {
		return "", nil
	}
	l, err := listOf(ctx, p)
	if err != nil {
		a.say("the failed rows are in %s only: %v", run.Path(apply.ResultFile), err)
		return "", nil
	}
	name := "failed.csv"
	if l.Workbook() {
		name = "failed.xlsx"
	}
	slices.SortStableFunc(findings, func(a, b schema.Finding) int { return cmp.Compare(a.Origin.Row, b.Origin.Row) })
	err = run.Write(name, func(w io.Writer) error {
		return csvio.WriteFailed(ctx, w, l, func(each func(csvio.Failure) error) error {
			return l.Failures(ctx, report.Listed(findings), each)
		})
	})
	return run.Path(name), errors.Join(err, l.Close())
}

// layoutOf is what a plan keeps of the options that its list was read with.
func layoutOf(o csvio.Options) plan.Layout {
	l := plan.Layout{
		Sheet: o.Sheet, Encoding: o.Encoding, HeaderRow: o.HeaderRow, HeaderRows: o.Headers, NoHeader: o.NoHeader,
		Repair: o.On, NoRepair: o.Off, PhoneRegion: o.PhoneRegion,
	}
	if len(o.Map) > 0 {
		l.Map = o.Map
	}
	if len(o.Set) > 0 {
		l.Set = o.Set
	}
	if o.Delimiter != 0 {
		l.Delimiter = string(o.Delimiter)
	}
	if o.DateOrder != schema.Unsettled {
		l.DateFormat = o.DateOrder.String()
	}
	return l
}

// optionsOf are the options that a plan's list is read with again. What flags and settings say by now is not about it.
func optionsOf(l plan.Layout) (csvio.Options, error) {
	o := csvio.Options{
		Sheet: l.Sheet, Encoding: l.Encoding, HeaderRow: l.HeaderRow, Headers: l.HeaderRows, NoHeader: l.NoHeader,
		Map: l.Map, Set: l.Set, On: l.Repair, Off: l.NoRepair, PhoneRegion: l.PhoneRegion,
	}
	var delimiter, format error
	if l.Delimiter != "" {
		o.Delimiter, delimiter = csvio.ParseDelimiter(l.Delimiter)
	}
	if l.DateFormat != "" {
		o.DateOrder, format = schema.ParseDateFormat(l.DateFormat)
	}
	return o, errors.Join(delimiter, format)
}

// listOf opens the list that a plan was made from, if it is still the same, as it was read then.
func listOf(ctx context.Context, p *plan.Plan) (*csvio.List, error) {
	if p.Header.Input.File == "" || p.Header.Input.File == "-" {
		return nil, errors.New("the list was standard input")
	}
	o, err := optionsOf(p.Header.Input.Layout)
	if err != nil {
		return nil, err
	}
	l, err := csvio.Open(ctx, p.Header.Input.File, &schema.Schema{Source: p.Header.Source, Attributes: p.Header.Schema.Attributes}, o)
	if err != nil {
		return nil, err
	}
	if sum, err := l.Digest(ctx); err != nil || sum != p.Header.Input.SHA256 {
		return nil, errors.Join(err, fmt.Errorf("%s has changed since the plan was made", p.Header.Input.File), l.Close())
	}
	return l, nil
}

// payload makes the CSV of a bulk upload.
func payload(names []string, rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	err := csvio.WriteUpload(&b, names, func(yield func([]string) bool) {
		for _, r := range rows {
			if !yield(r) {
				return
			}
		}
	})
	return b.Bytes(), err
}

// judge says what an error of the client means for the write that it answers.
func judge(err error) apply.Verdict {
	var e *nelm.Error
	switch {
	case errors.Is(err, nelm.ErrUnknownOutcome):
		return apply.Unclear
	case errors.Is(err, nelm.ErrDenied):
		return apply.Denied
	case errors.Is(err, nelm.ErrNotFound):
		return apply.Gone
	case errors.Is(err, nelm.ErrConflict):
		return apply.Conflict
	case errors.Is(err, nelm.ErrRateLimited):
		return apply.Unavailable
	case errors.As(err, &e) && e.Status >= 400 && e.Status < 500:
		return apply.Refused
	}
	return apply.Unclear
}

// complaints are the tenant's own words about an upload that it refused.
func complaints(err error) []string {
	var e *nelm.Error
	if errors.As(err, &e) {
		return e.Messages
	}
	return nil
}

// confirm asks for a yes, or for the source's name where people are deleted.
func (a *app) confirm(ctx context.Context, f *applyFlags, s apply.Summary) error {
	if len(s.Skipped) > 0 {
		a.say("%d operations are left out: their records moved since the plan was made", len(s.Skipped))
	}
	if f.dryRun || s.Counts.Delete == 0 && f.yes {
		return nil
	}
	what := inWords(s.Counts)
	if s.Counts.Delete == 0 {
		answer, err := a.ask(ctx, fmt.Sprintf("Apply %s to %q on %s? [y/N]", what, s.Source.Name, s.Source.Tenant.Org), "say so beforehand with --yes")
		if err == nil && !yes(answer) {
			err = &codedError{code: exitUnsafe, err: errors.New("not confirmed; nothing was sent")}
		}
		return err
	}
	name := f.confirm
	if name == "" {
		var err error
		name, err = a.ask(ctx, fmt.Sprintf("Apply %s to %q on %s? Deletes cannot be taken back. Type the source's name to go on:", what, s.Source.Name, s.Source.Tenant.Org),
			"deletes have to be confirmed by name:  --confirm "+report.Word(s.Source.Name))
		if err != nil {
			return err
		}
	}
	if name != s.Source.Name {
		return &codedError{code: exitUnsafe, err: fmt.Errorf("not confirmed: that is not the source's name, %q; nothing was sent", s.Source.Name)}
	}
	return nil
}

// inWords are the counts of what is sent: 35 creates, 80 updates and 10 ends.
func inWords(c plan.Counts) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		noun string
	}{{c.Create, "create"}, {c.Update, "update"}, {c.End, "end"}, {c.Delete, "delete"}} {
		switch {
		case p.n == 1:
			parts = append(parts, "1 "+p.noun)
		case p.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", p.n, p.noun))
		}
	}
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// stateFolder is the folder of what belongs to the person and not to the list: locks, request times, applied plans.
func (a *app) stateFolder() (string, error) {
	user, err := state.UserDir(func(name string) string { v, _ := a.env(name); return v })
	if err != nil {
		return "", &codedError{code: exitUsage, err: err}
	}
	return user, nil
}

// store says where runs, locks and the register of applied plans are.
func (a *app) store() (state.Store, error) {
	user, err := a.stateFolder()
	return state.Store{User: user, Runs: runsFolder, Now: a.now}, err
}
