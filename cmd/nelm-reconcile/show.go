package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// shownBegins are the first bytes of what show writes in each format; text cannot be told
// from a person's and is never written over.
var shownBegins = map[string]string{"html": "<!doctype html>", "json": "{\n  \"format_version\"", "csv": "accountName,row,kind", "md": "\x00", "text": "\x00"}

func newShowCommand(a *app) *cobra.Command {
	var format, to string
	var max int
	var showPII bool
	cmd := &cobra.Command{
		Use:   "show PLAN",
		Short: "Print a plan as text, JSON or a page for a reviewer",
		Example: `  nelm-reconcile show contractors.plan.jsonl
  nelm-reconcile show contractors.plan.jsonl --format html -o review.html
  nelm-reconcile show contractors.plan.jsonl --json | jq '.operations[] | select(.action == "end")'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("show needs one PLAN and got %d arguments", len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if a.global.json {
				format = "json"
			}
			if err := a.pageOnTerminal(format, to, "show "+report.Word(args[0])); err != nil {
				return err
			}
			p, err := readPlan(args[0])
			if err != nil {
				return err
			}
			var write func(io.Writer) error
			switch format {
			case "text":
				o := report.PlanOptions{Colour: a.colour() && to == "", Max: max, File: args[0], Apply: p.Trailer.Safe}
				write = func(w io.Writer) error { return report.Plan(w, p, o) }
			case "json":
				write = func(w io.Writer) error { return report.PlanJSON(w, p) }
			case "md":
				write = func(w io.Writer) error {
					return report.PlanMarkdown(w, p, report.MarkdownOptions{Max: max, File: args[0]})
				}
			case "csv":
				write = func(w io.Writer) error {
					return csvio.WriteChanges(w, func(each func(csvio.FieldLine) error) error { return eachLine(report.PlanLines(p), each) })
				}
			case "html":
				write = func(w io.Writer) error { return report.PlanHTML(w, p, report.HTMLOptions{ShowPII: showPII}) }
			default:
				return usagef("--format is text, json, csv, md or html, not %q", format)
			}
			if to == "" || to == "-" {
				return write(a.stdout)
			}
			out := output{path: to, what: "a page or text of this program", ours: shownBegins[format], inputs: args}
			if _, err := out.write(a, write); err != nil {
				return err
			}
			a.say("Written to %s", to)
			if p.Trailer.Safe {
				a.say("Next: nelm-reconcile apply %s --expect %s", report.Word(args[0]), p.Trailer.Fingerprint)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json, csv, md, or html: one page for a reviewer, who needs nothing but a browser")
	cmd.Flags().StringVarP(&to, "output", "o", "", "`FILE` to write instead of standard output")
	cmd.Flags().BoolVar(&showPII, "show-pii", false, "in html: show personal data that does not change, instead of masking it")
	cmd.Flags().IntVar(&max, "max", 0, "show at most `N` operations as text; 0 for all")
	return cmd
}

// eachLine hands out the lines of a report as csvio writes them.
func eachLine(lines []report.Line, each func(csvio.FieldLine) error) error {
	for _, l := range lines {
		if err := each(csvio.FieldLine(l)); err != nil {
			return err
		}
	}
	return nil
}

// readPlan reads a whole plan file.
func readPlan(path string) (*plan.Plan, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &codedError{code: exitUsage, err: fmt.Errorf("there is no plan file %s", path), hint: "make one with  nelm-reconcile plan LIST -o " + path}
	}
	if err != nil {
		return nil, &codedError{code: exitUsage, err: err}
	}
	defer f.Close()
	p, err := plan.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}
