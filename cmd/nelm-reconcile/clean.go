package main

import (
	"context"
	"io"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// writeClean writes the rows without an error as a list of their own.
func (a *app) writeClean(ctx context.Context, l *csvio.List, s *schema.Schema, findings []schema.Finding, to, list string) error {
	bad := map[int64]bool{}
	for _, f := range findings {
		if f.Severity == schema.Error {
			bad[f.Origin.Row] = true
		}
	}
	out := output{path: to, what: "a list of this program", ours: "\x00", inputs: []string{list}}
	var rows int64
	_, err := out.write(a, func(w io.Writer) (err error) {
		rows, err = csvio.WriteClean(ctx, w, s, l, func(row int64) bool { return bad[row] })
		return err
	})
	if err != nil {
		return err
	}
	a.say("%d rows without an error: %s", rows, to)
	return nil
}
