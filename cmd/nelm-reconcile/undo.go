package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func newUndoCommand(a *app) *cobra.Command {
	var output string
	f := &limitFlags{}
	cmd := &cobra.Command{
		Use:   "undo RUN -o PLAN",
		Short: "Make the plan that reverses a run",
		Long: `Make the plan that reverses a run of apply: what it created is deleted, values that it changed go back, what it deleted
is created again. It is a plan like any other, with the same review, limits and checks, and is applied with apply.

What no plan can restore is said on its line: a record that is created again has a new id, and neither its approvals nor
the access that hung on it come back.`,
		Example: `  nelm-reconcile undo latest -o undo.plan.jsonl
  nelm-reconcile undo 7f3a -o undo.plan.jsonl --allow-removals 38`,
		Args: oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			words := func(refusals []plan.Refusal) string { return undoWords(cmd, refusals) }
			return a.runUndo(cmd.Context(), f, args[0], output, words)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` for the plan (default undo.plan.jsonl in the folder of the run)")
	f.register(cmd)
	return cmd
}

// oneRun is the check of commands that take one run.
func oneRun(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%s needs one RUN, such as latest, the end of its id or its folder, and got %d arguments", cmd.Name(), len(args))
}

func (a *app) runUndo(ctx context.Context, f *limitFlags, name, output string, words func([]plan.Refusal) string) (err error) {
	limits, err := f.limits(a)
	if err != nil {
		return err
	}
	run, err := a.findRun(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	saved, err := apply.Load(runFolder{run})
	if err != nil {
		return &codedError{code: exitUsage, err: fmt.Errorf("run %s: %w", run.ID, err)}
	}
	p := saved.Plan
	if a.conf.Source == "" {
		a.conf.Source = p.Header.Source.SourceID
	}
	client, src, err := a.connect(ctx)
	if err != nil {
		return err
	}
	where, access, err := src.Describe(ctx)
	if err != nil {
		return err
	}
	if where.Tenant.ID != p.Header.Source.Tenant.ID || where.SourceID != p.Header.Source.SourceID {
		return &apply.WrongPlaceError{What: "source", Plan: p.Header.Source.Name + " of " + p.Header.Source.Tenant.Org, Here: where.Name + " of " + where.Tenant.Org}
	}
	live, _, err := liveSchema(ctx, src, a.now())
	if err != nil {
		return err
	}
	after, err := a.readBack(ctx, run, saved, src)
	if err != nil {
		return err
	}
	o := plan.Options{
		Now: a.now(), Tool: "nelm-reconcile " + toolVersion(), Source: where, Access: access, Schema: live, Limits: limits,
		Undoes: p.Header.ID, UndoesRun: run.ID, Idle: saved.Idle, Live: saved.After == nil, Read: plan.ReadState{At: a.now(), Records: int64(len(after)), Calls: total(client.Requests())},
	}
	if output == "" {
		output = filepath.Join(run.Dir, "undo.plan.jsonl")
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	if by, err := takenBackBy(store, p.Header.ID); err != nil {
		return err
	} else if by != "" {
		a.say("warning: run %s took this run back already: apply refuses what is no longer as this run left it", by)
	}
	if p.Header.Undoes != "" {
		a.say("the run took back another one: this plan brings back what it undid")
	}
	var refused error
	var s plan.Summary
	out := planOutput(output)
	sent, err := out.write(a, func(w io.Writer) error {
		var err error
		s, err = plan.Undo(p, saved.Before.Records, after, w, o)
		if isRefusal(err) {
			refused, err = err, nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := a.showPlan(out, sent, s, 5, refused == nil); err != nil {
		return errors.Join(err, refused)
	}
	if refused != nil {
		if filepath.Base(name) == name {
			name = run.ID // which stays the same when there is a later one
		}
		return undoAgain(refused, name, words)
	}
	if s.Trailer.Counts.Delete > 0 {
		a.say("It deletes what the run created: apply asks for the source's name, or give  --confirm %s", report.Word(where.Name))
	}
	return nil
}

// undoAgain adds to a refusal the whole command that would allow the plan, if there is one.
func undoAgain(refused error, run string, words func([]plan.Refusal) string) error {
	var limit *plan.LimitError
	if !errors.As(refused, &limit) {
		return refused
	}
	var flags string
	for _, r := range limit.Refusals {
		if r.Flag == "" {
			return refused
		}
		flags += strings.TrimRight(" "+r.Flag+" "+r.Value, " ")
	}
	return &codedError{code: exitUnsafe, err: errors.New(refused.Error()), hint: "if it is really meant:  nelm-reconcile undo " + report.Word(run) + words(limit.Refusals) + flags}
}

// undoWords are the flags of an undo that its next command needs again, without those that its refusals give anew.
func undoWords(cmd *cobra.Command, refusals []plan.Refusal) (words string) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch {
		case f.Name == "allow-removals", slices.ContainsFunc(refusals, func(r plan.Refusal) bool { return r.Flag == "--"+f.Name }):
		case f.Value.Type() == "bool":
			words += " --" + f.Name
		case f.Shorthand == "o":
			words += " -o " + report.Word(f.Value.String())
		default:
			words += " --" + f.Name + " " + report.Word(f.Value.String())
		}
	})
	return words
}

// readBack is the source after the run: the records that it touched as it read them back, and the others as they were saved
// before it. Where the run could not read back all that it may have changed, the source as it is now stands for that.
func (a *app) readBack(ctx context.Context, run *state.Run, saved apply.Saved, remote apply.Remote) ([]schema.Record, error) {
	if saved.After == nil {
		store, err := a.store()
		if err != nil {
			return nil, err
		}
		where := saved.Plan.Header.Source // while its apply lives, a run is not over
		lock, err := store.LockSource(where.Tenant.ID, where.SourceID, where.Name, "undo "+run.ID)
		if err != nil {
			return nil, err
		}
		a.say("the run ended before all of it was read back: the source is read now")
		records, err := apply.LookBack(ctx, runFolder{run}, remote, apply.Options{Judge: judge, Progress: a.meter(), Clock: a.clock})
		return records, errors.Join(err, lock.Release())
	}
	// A record that was sent something and was not read back is gone.
	touched := map[string]bool{}
	for _, op := range saved.Plan.Operations {
		if op.Action.Sent() && op.ID != "" && !saved.Idle[op.N] {
			touched[op.ID] = true
		}
	}
	after := append([]schema.Record(nil), saved.After.Records...)
	for _, r := range after {
		touched[r.ID] = true
	}
	for _, r := range saved.Before.Records {
		if !touched[r.ID] {
			after = append(after, r)
		}
	}
	return after, nil
}

// findRun finds the run that a person names.
func (a *app) findRun(name string) (*state.Run, error) {
	store, err := a.store()
	if err != nil {
		return nil, err
	}
	run, err := store.FindRun(name)
	var none *state.RunError
	if !errors.As(err, &none) && !errors.Is(err, os.ErrNotExist) {
		return run, err
	}
	hint := "nelm-reconcile runs list  shows the runs of this folder"
	if runs, e := store.ListRuns(); e == nil && len(runs) == 0 {
		hint = "there are no runs in " + runsFolder + ": work in the folder where apply was started, or name the folder of the run"
	}
	return nil, &codedError{code: exitUsage, err: err, hint: hint}
}
