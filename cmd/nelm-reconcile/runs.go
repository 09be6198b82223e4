package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

func newRunsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List, show and prune the runs of apply",
		Example: `  nelm-reconcile runs
  nelm-reconcile runs show latest
  nelm-reconcile runs prune --older-than 90d`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.runRunsList() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the runs in .nelm/runs, the newest first", Args: cobra.NoArgs,
			Example: `  nelm-reconcile runs list
  nelm-reconcile runs list --json`,
			RunE: func(*cobra.Command, []string) error { return a.runRunsList() },
		},
		&cobra.Command{
			Use: "show RUN", Short: "Say what became of a run, from its journal alone if it did not live to say", Args: oneRun,
			Example: `  nelm-reconcile runs show latest
  nelm-reconcile runs show 7f3a --json`,
			RunE: func(_ *cobra.Command, args []string) error { return a.runRunsShow(args[0]) },
		},
		newRunsPruneCommand(a),
	)
	return cmd
}

func newRunsPruneCommand(a *app) *cobra.Command {
	var older string
	cmd := &cobra.Command{
		Use: "prune --older-than 90d", Short: "Remove old runs and the personal data in them", Args: cobra.NoArgs,
		Long: `Remove the folders of runs that began longer ago than --older-than says. A run that can still be resumed stays, and
so does one that cannot be read. What was removed can no longer be undone.`,
		Example: `  nelm-reconcile runs prune --older-than 90d`,
		RunE:    func(*cobra.Command, []string) error { return a.runRunsPrune(older) },
	}
	cmd.Flags().StringVar(&older, "older-than", "", "how long ago a run began, e.g. `90d`; required")
	return cmd
}

func (a *app) runRunsList() error {
	store, err := a.store()
	if err != nil {
		return err
	}
	runs, err := store.ListRuns()
	if err != nil {
		return err
	}
	undone, err := takenBack(store)
	if err != nil {
		return err
	}
	var all []report.RunLine
	of := map[string]string{}                 // plan → the run that applied it
	for _, r := range slices.Backward(runs) { // the oldest first: what is undone comes before its undo
		line := report.RunLine{Run: r.ID, Started: r.Started}
		res, err := apply.Look(runFolder{r})
		if err != nil {
			line.Problem = err.Error()
		} else {
			line.Result, of[res.Plan] = &res, r.ID
			if line.TakenBack = undone[res.Plan]; line.TakenBack == "" && res.Resumable {
				if line.TakenBack, err = takenBackBy(store, res.Plan); err != nil {
					return errors.Join(err, r.Close())
				}
			}
			if h, err := headerOf(r); err == nil && h.Undoes != "" {
				line.Undoes = cmp.Or(h.UndoesRun, of[h.Undoes])
			}
		}
		if err := r.Close(); err != nil {
			return err
		}
		all = append(all, line)
	}
	slices.Reverse(all)
	if a.global.json {
		return report.RunsJSON(a.stdout, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(a.stdout, "no runs in %s\n", runsFolder)
		return err
	}
	t := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "RUN\tSTARTED\tRESULT")
	for _, l := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\n", l.Run, l.Started.Local().Format("2006-01-02 15:04"), l.Text())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	a.say("Next: nelm-reconcile runs show %s", all[0].Run)
	return nil
}

func (a *app) runRunsShow(name string) (err error) {
	run, err := a.findRun(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	res, err := apply.Look(runFolder{run})
	if err != nil {
		return fmt.Errorf("run %s: %w", run.ID, err)
	}
	if a.global.json {
		return report.ResultJSON(a.stdout, &res)
	}
	h, err := headerOf(run)
	if err != nil {
		return fmt.Errorf("run %s: %w", run.ID, err)
	}
	if err := report.Run(a.stdout, &h, &res, filesOf(run)); err != nil {
		return err
	}
	if err := report.Result(a.stdout, &res, report.ResultOptions{Colour: a.colour(), Max: 20, More: "--json shows all"}); err != nil {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	if by, err := takenBackBy(store, res.Plan); err != nil {
		return err
	} else if by != "" {
		a.say("Next: nothing; run %s took it back", by)
		return nil
	}
	a.say("Undo     nelm-reconcile undo %s -o undo.plan.jsonl", run.ID)
	if res.Resumable {
		a.say("Next: nelm-reconcile apply --resume %s", run.ID)
	}
	return nil
}

// takenBack gives, by plan, the run that took back what was done for it, as soon as that has sent anything: who goes on with the
// first run then would do again what was undone.
func takenBack(store state.Store) (map[string]string, error) {
	runs, err := store.ListRuns()
	if err != nil {
		return nil, err
	}
	by := make(map[string]string)
	for _, r := range runs {
		if h, err := headerOf(r); err == nil && h.Undoes != "" {
			res, err := apply.Look(runFolder{r})
			if err == nil && res.Verified+res.Differs+res.Unknown > 0 {
				by[h.Undoes] = r.ID
			}
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
	}
	return by, nil
}

// headerOf is the header of the plan of a run.
func headerOf(run *state.Run) (plan.Header, error) {
	f, err := run.Open(apply.PlanFile)
	if err != nil {
		return plan.Header{}, err
	}
	defer f.Close()
	r, err := plan.NewReader(f)
	if err != nil {
		return plan.Header{}, fmt.Errorf("%s: %w", run.Path(apply.PlanFile), err)
	}
	return r.Header, nil
}

// filesOf are the files of a run that are for people and that are there.
func filesOf(run *state.Run) (files report.RunFiles) {
	there := func(name string) string {
		if _, err := os.Stat(run.Path(name)); err != nil {
			return ""
		}
		return run.Path(name)
	}
	return report.RunFiles{Page: there("report.html"), Failed: cmp.Or(there("failed.csv"), there("failed.xlsx"))}
}

func (a *app) runRunsPrune(older string) error {
	if older == "" {
		return usagef("runs prune needs --older-than, e.g. --older-than 90d: what it removes can no longer be undone")
	}
	d, err := parseDays(older)
	if err != nil {
		return usagef("--older-than: %v", err)
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	removed, kept, err := store.PruneRuns(a.now().Add(-d), func(r *state.Run) (string, error) {
		res, err := apply.Look(runFolder{r})
		switch {
		case err != nil:
			return "it cannot be read: " + err.Error(), nil
		case res.Resumable:
			return "it can still be resumed", nil
		}
		return "", nil
	})
	for _, r := range removed {
		fmt.Fprintf(a.stdout, "removed %s, begun %s\n", r.ID, r.Started.Local().Format(time.DateOnly))
	}
	for id, why := range kept {
		fmt.Fprintf(a.stdout, "kept %s: %s\n", id, why)
	}
	if err == nil && len(removed) == 0 {
		a.say("nothing to remove")
	}
	return err
}
