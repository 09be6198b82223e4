package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/docs/findings"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func newExplainCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "One page on a finding: what it means, what happens, what to do",
		Example: `  nelm-reconcile explain E-KEY-DUPLICATE
  nelm-reconcile explain            # all codes`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listCodes()
			}
			page, err := findings.Page(args[0])
			if err != nil {
				return &codedError{code: exitUsage, err: fmt.Errorf("there is no finding %q", args[0]), hint: nearCode(args[0])}
			}
			_, err = fmt.Fprint(a.stdout, page)
			return err
		},
	}
}

func (a *app) listCodes() error {
	t := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	for _, c := range schema.Codes() {
		fmt.Fprintf(t, "%s\t%s\t%s\n", c.ID, c.Severity, c.Title)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	a.say("Next: nelm-reconcile explain CODE")
	return nil
}

// nearCode names the codes that hold what was asked for.
func nearCode(asked string) string {
	var near []string
	for _, c := range schema.Codes() {
		for part := range strings.SplitSeq(strings.ToUpper(asked), "-") {
			if len(part) > 2 && strings.Contains(c.ID, part) {
				near = append(near, c.ID)
				break
			}
		}
	}
	if len(near) == 0 || len(near) > 8 {
		return "nelm-reconcile explain  lists all codes"
	}
	return "there is " + strings.Join(near, ", ")
}
