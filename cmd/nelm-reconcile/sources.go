package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
)

func newSourcesCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "sources",
		Short: "List the non-employee sources: name, both ids, records of 20,000",
		Example: `  nelm-reconcile sources
  nelm-reconcile sources --json | jq -r '.sources[] | .sourceId + " " + .name'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runSources(cmd.Context()) },
	}
}

func (a *app) runSources(ctx context.Context) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	all, err := c.Sources(ctx)
	if err != nil {
		return err
	}
	if a.global.json {
		return report.SourcesJSON(a.stdout, all)
	}
	if err := report.Sources(a.stdout, all); err != nil {
		return err
	}
	a.say("Next: nelm-reconcile schema --source NAME")
	return nil
}
