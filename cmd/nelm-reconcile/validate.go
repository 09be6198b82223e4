package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

type validateFlags struct {
	listFlags
	errors      string
	format      string
	maxFindings int
	strict      bool
	only        []string
	ignore      []string
	repairs     string
	clean       string
	words       string // of the command line, for the next command
}

func newValidateCommand(a *app) *cobra.Command {
	f := &validateFlags{}
	cmd := &cobra.Command{
		Use:   "validate LIST",
		Short: "Check a list against the source's schema; needs no network once the schema is cached",
		Long: `Check a list against the source's schema and say everything that is wrong with it in one pass. Needs no network once
the schema is cached (nelm-reconcile schema), or with --schema FILE, which also takes a bare template CSV.

Rows with an error are written to LIST.failed.csv in the list's own columns, with what to fix beside them.`,
		Example: `  nelm-reconcile validate contractors.csv
  nelm-reconcile validate contractors.csv --map "Contract End=endDate" --date-format DD/MM/YYYY --time-zone Europe/Berlin`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.words = listWords(cmd)
			return a.runValidate(cmd.Context(), f, args[0])
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.errors, "errors", "", "`FILE` for the rows with an error (default LIST.failed.csv; - for none)")
	cmd.Flags().StringVar(&f.format, "format", "text", "text, json (one finding a line), csv, md, junit or github (annotations)")
	cmd.Flags().IntVar(&f.maxFindings, "max-findings", 20, "show at most `N` groups of findings as text; 0 for all")
	cmd.Flags().StringArrayVar(&f.only, "only", nil, "show findings with this `CODE` alone; all are counted; may be repeated")
	cmd.Flags().StringArrayVar(&f.ignore, "ignore", nil, "do not show findings with this `CODE`; all are counted; may be repeated")
	cmd.Flags().StringVar(&f.clean, "clean", "", "`FILE` for the rows without an error, repaired, in template order, as CSV")
	cmd.Flags().StringVar(&f.repairs, "repairs", "", "`FILE` for what reading changed, cell by cell, as CSV")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "warnings fail too")
	return cmd
}

func (a *app) runValidate(ctx context.Context, f *validateFlags, path string) (err error) {
	if !slices.Contains([]string{"text", "json", "csv", "md", "junit", "github"}, f.format) {
		return usagef("--format is text, json, csv, md, junit or github, not %q", f.format)
	}
	if a.global.json {
		f.format = "json"
	}
	if f.clean != "" {
		if err := a.cleanOutput(f.clean, path).check(a); err != nil {
			return err
		}
	}
	req, err := f.request(a)
	if err != nil {
		return err
	}
	s, from, err := a.offlineSchema(f.schemaFile)
	if err != nil {
		return err
	}
	req.options.NoDigest = true
	l, err := a.open(ctx, path, s, req)
	if err != nil {
		return err
	}
	defer l.Close()
	in := l.Input()
	a.say("schema: %s, 8 + %d attributes (%s, %s)", sourceTitle(s), len(s.Attributes)-len(schema.System()), from, age(s, a.now()))

	if req.managers {
		if req.reading.Managers, err = a.findManagers(ctx, s, l); err != nil {
			return err
		}
	}
	check, err := a.checker(s, l, req)
	if err != nil {
		return err
	}
	var found csvio.Found
	shown := &found
	defer func() { err = errors.Join(err, found.Close()) }()
	// What --only and --ignore leave out is not shown, but the list is no better for it: counts, exit code and the files that are
	// written are of everything.
	chosen := check
	choosing := len(f.only)+len(f.ignore) > 0
	if choosing {
		req.check.Only, req.check.Ignore = f.only, f.ignore
		if chosen, err = a.checker(s, l, req); err != nil {
			return err
		}
		shown = &csvio.Found{}
		defer func() { err = errors.Join(err, shown.Close()) }()
	}
	var bad rowSet // rows with an error
	keep := func(f schema.Finding) error {
		if err := zoneMissing(f); err != nil {
			return err
		}
		if f.Severity == schema.Error {
			bad.add(f.Origin.Row)
		}
		if choosing && chosen.Wants(f.Code) {
			if err := shown.Add(f); err != nil {
				return err
			}
		}
		return found.Add(f)
	}
	for _, f := range in.Findings { // about the file as a whole, found before the rules were asked
		if err := keep(f); err != nil {
			return err
		}
	}
	v, err := schema.Validate(ctx, l, check, keep)
	if err != nil {
		return err
	}
	for _, of := range in.Findings {
		v.Add(of)
	}

	turned := v.Codes[schema.CodeColumnSwapped] > 0
	if f.clean != "" && turned {
		a.say("%s is not written: no row is good while columns are swapped", f.clean)
	} else if f.clean != "" {
		if err := a.writeClean(ctx, l, s, &bad, f.clean, path); err != nil {
			return err
		}
	}
	if f.repairs != "" {
		out := output{path: f.repairs, what: "a list of repairs", ours: "file,", inputs: []string{path}}
		if err := out.stream(a, func(w io.Writer) error { return csvio.WriteRepairs(ctx, w, l) }); err != nil {
			return err
		}
	}
	failed := ""
	if f.errors != "-" && bad.any() {
		if failed, err = a.writeFailed(ctx, l, found.All(), path, f.errors); err != nil {
			return err
		}
	}
	switch f.format {
	case "json":
		if err = report.FindingsJSON(a.stdout, shown.All()); err == nil {
			err = report.ValidationJSON(a.stdout, v)
		}
	case "csv":
		err = csvio.WriteFindings(a.stdout, shown.All())
	case "md":
		err = report.FindingsMarkdown(a.stdout, shown.All(), v)
	case "junit":
		err = report.FindingsJUnit(a.stdout, shown.All(), v, in.File, f.strict)
	case "github":
		err = report.FindingsGitHub(a.stdout, shown.All())
	default:
		err = report.Findings(a.stdout, shown.All(), report.FindingOptions{Colour: a.colour(), Max: f.maxFindings})
		if err == nil {
			err = report.Validation(a.stdout, v, l.Input().Repaired)
		}
	}
	if err != nil {
		return err
	}
	if choosing {
		a.say("shown: %d of %d findings, as --only and --ignore choose; counts, exit code and files are of all", shown.Len(), found.Len())
	}
	if v.Rows == 0 {
		a.say("the list has no rows below its header")
		if v.Errors == 0 && path != "-" {
			a.say("Next: give every person a row in it, and run  nelm-reconcile validate %s%s", report.Word(path), f.words)
			return nil
		}
	}
	if v.Errors == 0 && !(f.strict && v.Warnings > 0) {
		if old := failedName(path, l.Workbook()); path != "-" && !same(old, path) {
			if made, err := csvio.IsFailedFile(old); err == nil && made {
				a.say("%s is of an earlier check: the list has none of these errors any more", old)
			}
		}
		if path != "-" {
			a.say("Next: %s", a.nextPlan(path, f.words, s.Source.Name))
		}
		return nil
	}
	if turned {
		if failed != "" {
			a.say("Rows with errors besides: %s", failed)
		}
		a.say("Next: mend the columns first, as the hint says, then validate again")
		return &codedError{code: exitInvalid}
	}
	if failed != "" {
		a.say("Rows with errors: %s\nNext: correct them there and run  nelm-reconcile validate %s%s\n      then plan that file too, or copy the rows back into the list; nobody is missing from such a file", failed, report.Word(failed), f.words+dateWords(l.Columns(), req.options.DateOrder)+encodingWords(l))
	}
	return &codedError{code: exitInvalid}
}

// zoneMissing turns the finding that a date has no zone into the end of the run: without a zone no date-only cell of the
// list means anything, and thousands of rows would say so one by one.
func zoneMissing(f schema.Finding) error {
	if f.Code != schema.CodeDateZone {
		return nil
	}
	return noZone(fmt.Errorf("%s, row %d, column %q: %s", f.Origin.File, f.Origin.Row, f.Origin.Header, f.Message))
}

func noZone(err error) error {
	return &codedError{code: exitUsage, err: err,
		hint: "say where these days are:  --time-zone Europe/Berlin, or time-zone: in nelm.yaml; there is no default, because a contract would end a day early or late"}
}

// errNoFailures: the rows with an error are none that could be fed back.
var errNoFailures = errors.New("no row has an error")

// writeFailed writes the fix-and-refeed file if a row has an error, and returns its name.
// What a person has corrected in such a file is never written over: then the next name is taken.
func (a *app) writeFailed(ctx context.Context, l *csvio.List, found report.Found, list, to string) (string, error) {
	store, err := a.store()
	remembers := err == nil // without a folder of the user nothing is known of earlier files
	if to == "" {
		name := failedName(list, l.Workbook())
		ours := func(path string) (bool, error) {
			if same(path, list) {
				return false, nil // a corrected file that is checked again is not written over
			}
			made, err := csvio.IsFailedFile(path)
			if err != nil || !made || !remembers {
				return false, err
			}
			untouched, err := store.Untouched(path)
			if err != nil { // what is not known to be untouched is left as it is
				a.say("warning: it is not known whether somebody has worked in %s: %v", path, err)
			}
			return untouched && err == nil, nil
		}
		if to, err = state.FreshName(name, ours); err != nil {
			return "", err
		}
		if to != name && !same(name, list) {
			a.say("%s is left as it is: somebody may have corrected rows in it", name)
		}
	} else if made, err := csvio.IsFailedFile(to); err == nil && !made {
		return "", &codedError{code: exitUsage, err: fmt.Errorf("refusing to write over %s: it is there already and is no file of failed rows", to), hint: "give another name with --errors"}
	}
	err = state.WriteFile(to, []string{list, a.conf.path}, func(w io.Writer) error {
		rows := 0
		err := csvio.WriteFailed(ctx, w, l, func(each func(csvio.Failure) error) error {
			return l.Failures(ctx, found, func(f csvio.Failure) error {
				rows++
				return each(f)
			})
		})
		if err == nil && rows == 0 {
			err = errNoFailures
		}
		return err
	})
	if errors.Is(err, errNoFailures) {
		return "", nil
	}
	if err != nil || !remembers {
		return to, err
	}
	if err := store.Remember(to); err != nil { // the file is there, and what was found is still to be said
		a.say("warning: %s cannot be told from one that somebody has worked in: %v", to, err)
	}
	return to, nil
}

// sourceTitle is the name of the source that a schema belongs to.
func sourceTitle(s *schema.Schema) string {
	if s.Source.Name == "" {
		return "any source with this template"
	}
	return fmt.Sprintf("source %q", s.Source.Name)
}
