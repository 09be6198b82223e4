package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// writeClean writes the rows without an error as a list of their own: repaired, in template order, dates as days or instants
// that need no settling. Attributes that the list has no column for have none in it either, so that nothing more is managed.
func (a *app) writeClean(ctx context.Context, l *csvio.List, s *schema.Schema, r listRequest, findings []schema.Finding, to, list string) error {
	bad := map[int64]bool{}
	for _, f := range findings {
		if f.Severity == schema.Error {
			bad[f.Origin.Row] = true
		}
	}
	columns := l.Columns()
	var names []string
	var from []int
	for _, name := range s.Names() {
		if i := slices.IndexFunc(columns, func(c schema.Column) bool { return c.Name == name }); i >= 0 {
			names, from = append(names, name), append(from, i)
		}
	}
	out := output{path: to, what: "a list of this program", ours: "\x00", inputs: []string{list}}
	rows := 0
	_, err := out.write(a, func(w io.Writer) error {
		var failed error
		err := csvio.WriteUpload(w, names, func(yield func([]string) bool) {
			cells := make([]string, len(names))
			failed = l.Blocks(ctx, func(b *schema.Block) error {
				for row := range b.Rows {
					if bad[b.Rows[row].Row] {
						continue
					}
					for i, c := range from {
						cells[i] = cleanCell(s, columns[c], b.Cell(row, c), r)
					}
					rows++
					if !yield(cells) {
						return io.ErrShortWrite
					}
				}
				return nil
			})
		})
		if failed != nil && failed != io.ErrShortWrite {
			return fmt.Errorf("read the list again: %w", failed)
		}
		return err
	})
	if err != nil {
		return err
	}
	a.say("%d rows without an error: %s", rows, to)
	return nil
}

// cleanCell is a cell as it means: a day stays a day, in the one spelling that needs no settling.
func cleanCell(s *schema.Schema, c schema.Column, cell []byte, r listRequest) string {
	text := string(schema.Trim(cell))
	at, ok := s.Attribute(c.Name)
	if !ok || at.Type != schema.Date || text == "" {
		return text
	}
	when, err := schema.ParseDate(cell, c.Dates, r.reading.Zone)
	if err != nil || when.HasTime {
		return text
	}
	return when.Day.String()
}
