package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
)

type diffFlags struct {
	compareFlags
	filterFlags
	format  string
	max     int
	output  string
	showPII bool
	last    bool   // only what was not there the last time
	words   string // of the command line, for the next command
}

func newDiffCommand(a *app) *cobra.Command {
	f := &diffFlags{}
	cmd := &cobra.Command{
		Use:   "diff LIST",
		Short: "Show what differs between a list and the source, field by field",
		Long: `Show what differs between a list and the live source, or with --against FILE an exported CSV or a snapshot of pull,
without any network.
Values are compared by meaning: 31/03/2026 equals any instant of that day in the list's time zone. Nothing is written.`,
		Example: `  nelm-reconcile diff contractors.csv
  nelm-reconcile diff contractors.csv --against export.csv --exit-code
  nelm-reconcile diff hr.csv --since-last --exit-code -q      # every night: silent, and 0, unless something is new`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.words = listWords(cmd, "against", "ignore", "key", "renames")
			return a.runDiff(cmd.Context(), f, args[0])
		},
	}
	f.compareFlags.register(cmd)
	f.filterFlags.register(cmd)
	cmd.Flags().BoolVar(&f.last, "since-last", false, "show only differences that were not there the last time with this flag; as text, nothing where none is new")
	cmd.Flags().StringVar(&f.format, "format", "text", "text, json (one change a line), csv, md or html")
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "`FILE` to write instead of standard output")
	cmd.Flags().BoolVar(&f.showPII, "show-pii", false, "in html: show personal data that does not change, instead of masking it")
	cmd.Flags().IntVar(&f.max, "max", 20, "show at most `N` changes as text; 0 for all")
	return cmd
}

func (a *app) runDiff(ctx context.Context, f *diffFlags, path string) (err error) {
	if a.global.json {
		f.format = "json"
	}
	if err := a.pageOnTerminal(f.format, f.output, "diff "+report.Word(path)+f.words); err != nil {
		return err
	}
	begins, ok := diffBegins[f.format]
	if !ok {
		return usagef("--format is text, json, csv, md or html, not %q", f.format)
	}
	out := output{path: f.output, what: "a report of this program", ours: begins, inputs: []string{path}}
	if out.path == "" {
		out.path = "-"
	}
	if err := out.check(a); err != nil {
		return err
	}
	c, err := a.compare(ctx, &f.compareFlags, path, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if c.part = c.list.Partial(); c.part {
		a.say("note: the list carries nelm_ columns, so it is a file of rows to correct and a part of a list: nobody is missing from it")
	}
	var busy *apply.BusyError
	if err := c.idle(ctx); errors.As(err, &busy) {
		a.say("warning: an upload is running on the source (%s): what it changes may not be here yet", busy.Status)
	} else if err != nil {
		return err
	}
	shown, err := f.compile(c.schema, c.request.reading.Zone, c.request.now)
	if err != nil {
		return err
	}
	var last *memory
	if f.last {
		if last, err = a.recall(f, c, path); err != nil {
			return err
		}
		chosen := shown
		shown = func(ch diff.Change) bool { return chosen(ch) && last.fresh(ch) }
	}
	c.options.FieldsOnly = (f.format == "text" || f.format == "json" || f.format == "csv") && len(f.where) == 0 && f.expiring == ""
	var s diff.Summary
	write := func(w io.Writer) error {
		s, err = a.writeDiff(ctx, w, f, c, shown)
		return err
	}
	if out.path == "-" {
		err = write(a.stdout)
	} else {
		err = out.stream(a, write)
	}
	if err != nil {
		return err
	}
	if last != nil {
		if err := last.save(); err != nil {
			return err
		}
	}
	a.sayStrays(&f.compareFlags, c, s)
	if last != nil && last.news == 0 {
		return nil // a watch says nothing while nothing is new
	}
	if s.Created+s.Updated+s.Missing+s.Blocked+s.Renamed == 0 {
		a.say("Next: nothing; both sides mean the same")
		return nil
	}
	a.sayRenames(s)
	if swapped(c.misplaced.Findings) {
		a.say("Next: mend the columns first, as the hint says, then compare again")
	} else if path != "-" && !c.bare { // what is no source has no plan
		a.say("Next: nelm-reconcile plan %s%s -o %s", report.Word(path), f.words, report.Word(planName(path)))
	} else if path != "-" && f.format == "text" {
		a.say("Next: nelm-reconcile diff %s%s --format html -o diff.html  (a page for a reviewer; for a plan, name the source's template with --schema)", report.Word(path), f.words)
	}
	if f.exitCode {
		return &codedError{code: exitChanges}
	}
	return nil
}

// diffBegins are the first bytes of what diff writes in each format; what cannot be told from a person's file is never
// written over.
var diffBegins = map[string]string{"text": "\x00", "json": `{"type":"change"`, "csv": "accountName,row,kind", "md": "\x00", "html": "<!doctype html>"}

// writeDiff compares and writes in the given format. Markdown and HTML need the whole; the others are written while the
// differences are found.
func (a *app) writeDiff(ctx context.Context, w io.Writer, f *diffFlags, c *comparison, shown filter) (diff.Summary, error) {
	o := report.ChangeOptions{JSON: f.format == "json", Colour: a.colour() && f.output == "", Max: f.max, Schema: c.schema, Zone: c.request.reading.Zone, Filtered: f.set() || f.last}
	if f.format == "text" || f.format == "json" {
		held := &quiet{w: w, open: !f.last || f.format == "json"}
		out := report.NewChanges(held, o)
		out.Where(c.where, c.records)
		if err := out.Whole(c.misplaced.Findings); err != nil {
			return diff.Summary{}, err
		}
		s, err := c.changes(ctx, func(ch diff.Change) error {
			if !shown(ch) {
				return nil
			}
			if f.format == "text" && c.saidOnce(&ch) { // which is said above
				return held.release()
			}
			return errors.Join(held.release(), out.Change(ch))
		})
		if err != nil {
			return s, err
		}
		return s, out.Summary(s)
	}
	if f.format == "csv" {
		var s diff.Summary
		err := csvio.WriteChanges(w, func(each func(csvio.FieldLine) error) (err error) {
			s, err = c.changes(ctx, func(ch diff.Change) error {
				if !shown(ch) {
					return nil
				}
				return eachLine(report.ChangeLines([]diff.Change{ch}), each)
			})
			return err
		})
		return s, err
	}
	l := report.ChangeList{Source: c.where, List: c.list.Input().File, Whole: c.misplaced.Findings}
	if c.source == nil {
		l.Against = f.against
	}
	var err error
	l.Summary, err = c.changes(ctx, func(ch diff.Change) error {
		if shown(ch) && !(f.format == "md" && c.saidOnce(&ch)) {
			l.Changes = append(l.Changes, ch)
		}
		return nil
	})
	if err != nil {
		return l.Summary, err
	}
	if f.format == "md" {
		return l.Summary, report.ChangesMarkdown(w, l, o)
	}
	return l.Summary, report.ChangesHTML(w, l, o, report.HTMLOptions{ShowPII: f.showPII})
}
