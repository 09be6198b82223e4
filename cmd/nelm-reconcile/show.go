package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

func newShowCommand(a *app) *cobra.Command {
	var format string
	var max int
	cmd := &cobra.Command{
		Use:   "show PLAN",
		Short: "Print a plan as text or JSON",
		Example: `  nelm-reconcile show contractors.plan.jsonl
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
			p, err := readPlan(args[0])
			if err != nil {
				return err
			}
			switch format {
			case "text":
				return report.Plan(a.stdout, p, report.PlanOptions{Colour: a.colour(), Max: max, File: args[0], Apply: p.Trailer.Safe})
			case "json":
				return report.PlanJSON(a.stdout, p)
			}
			return usagef("--format is text or json, not %q", format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().IntVar(&max, "max", 0, "show at most `N` operations as text; 0 for all")
	return cmd
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
