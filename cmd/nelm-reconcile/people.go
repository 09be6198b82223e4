package main

import (
	"context"
	"fmt"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// mostPeople is the largest list, in bytes, of which plan looks for people who stand in it twice: many times what one source can hold.
const mostPeople = 16 << 20

// codePeopleUnchecked says that a plan has no word about people who stand in the list twice because it did not look for them.
const codePeopleUnchecked = "N-PEOPLE-UNCHECKED"

// findPeopleTwice notes which rows of the list share a mail address, or a name and a phone, under two account names, so that whoever
// reviews the plan is told beside the changes of these rows, or that nobody has looked. Validate says it of the list; a nightly run never
// asks it.
func (a *app) findPeopleTwice(ctx context.Context, c *comparison) error {
	if c.bare {
		return nil
	}
	if in := c.list.Input(); in.Bytes > mostPeople {
		c.notes = append(c.notes, schema.Finding{
			Code: codePeopleUnchecked, Severity: schema.Note, Origin: schema.Origin{File: in.File, Sheet: in.Sheet},
			Message: fmt.Sprintf("people who stand in the list twice under two account names were not looked for: it is larger than %d MB", mostPeople>>20),
			Hint:    "nelm-reconcile validate looks for them in a list of any size",
		})
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
