package main

import (
	"context"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// mostPeople is the largest list, in bytes, of which plan looks for people who stand in it twice: many times what one source can hold.
const mostPeople = 16 << 20

// findPeopleTwice notes which rows of the list share a mail address, or a name and a phone, under two account names, so that whoever
// reviews the plan is told beside the changes of these rows. Validate says it of the list; a nightly run never asks it.
func (a *app) findPeopleTwice(ctx context.Context, c *comparison) error {
	if c.bare || c.list.Input().Bytes > mostPeople {
		return nil
	}
	req := c.request
	req.check.Only = []string{schema.CodePersonDuplicate, schema.CodeEmailDuplicate}
	check, err := a.checker(c.schema, c.list, req)
	if err != nil {
		return err
	}
	c.options.Warnings = make(map[int64][]schema.Finding)
	_, err = schema.Validate(ctx, c.list, check, func(f schema.Finding) error {
		c.options.Warnings[f.Origin.Row] = append(c.options.Warnings[f.Origin.Row], f)
		return nil
	})
	return err
}
