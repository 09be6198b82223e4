package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
)

type diffFlags struct {
	compareFlags
	format string
	max    int
	words  string // of the command line, for the next command
}

func newDiffCommand(a *app) *cobra.Command {
	f := &diffFlags{}
	cmd := &cobra.Command{
		Use:   "diff LIST",
		Short: "Show what differs between a list and the source, field by field",
		Long: `Show what differs between a list and the live source, or with --against FILE an exported CSV without any network.
Values are compared by meaning: 31/03/2026 equals any instant of that day in the list's time zone. Nothing is written.`,
		Example: `  nelm-reconcile diff contractors.csv
  nelm-reconcile diff contractors.csv --against export.csv --exit-code`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.words = listWords(cmd)
			return a.runDiff(cmd.Context(), f, args[0])
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.format, "format", "text", "text or json (one change a line)")
	cmd.Flags().IntVar(&f.max, "max", 20, "show at most `N` changes as text; 0 for all")
	return cmd
}

func (a *app) runDiff(ctx context.Context, f *diffFlags, path string) (err error) {
	if a.global.json {
		f.format = "json"
	}
	if f.format != "text" && f.format != "json" {
		return usagef("--format is text or json, not %q", f.format)
	}
	c, err := a.compare(ctx, &f.compareFlags, path)
	if err != nil {
		return err
	}
	defer func() {
		if e := c.close(); err == nil {
			err = e
		}
	}()
	out := report.NewChanges(a.stdout, report.ChangeOptions{JSON: f.format == "json", Colour: a.colour(), Max: f.max, Schema: c.schema, Zone: c.request.reading.Zone})
	out.Where(c.where, c.records)
	s, err := c.changes(ctx, out.Change)
	if err != nil {
		return err
	}
	if err := out.Summary(s); err != nil {
		return err
	}
	if s.Created+s.Updated+s.Missing+s.Blocked+s.Renamed == 0 {
		return nil
	}
	if path != "-" {
		a.say("Next: nelm-reconcile plan %s%s -o %s", word(path), f.words, word(planName(path)))
	}
	if f.exitCode {
		return &codedError{code: exitChanges}
	}
	return nil
}
