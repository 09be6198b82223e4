package main

import (
	"context"
	"io"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// writeClean writes the rows without an error as a list of their own.
func (a *app) writeClean(ctx context.Context, l *csvio.List, s *schema.Schema, bad *rowSet, to, list string) error {
	out := output{path: to, what: "a list of this program", ours: "\x00", inputs: []string{list}}
	var rows int64
	err := out.stream(a, func(w io.Writer) (err error) {
		rows, err = csvio.WriteClean(ctx, w, s, l, bad.has)
		return err
	})
	if err != nil {
		return err
	}
	a.say("%d rows without an error: %s", rows, to)
	return nil
}

// A rowSet is a set of rows of a list, a bit for each row. Row 0, the file as a whole, is never in it.
type rowSet []uint64

func (s *rowSet) add(row int64) {
	if row <= 0 {
		return
	}
	for row>>6 >= int64(len(*s)) {
		*s = append(*s, 0)
	}
	(*s)[row>>6] |= 1 << (row & 63)
}

func (s *rowSet) has(row int64) bool {
	return row>>6 < int64(len(*s)) && (*s)[row>>6]>>(row&63)&1 == 1
}

func (s *rowSet) any() bool { return len(*s) > 0 }
