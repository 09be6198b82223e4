package main

import (
	"context"
	"io"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// cleanOutput is the file of the rows without an error. Nothing in such a file tells it from a person's own, so it is written over
// only as long as it holds, byte for byte, what was written there the last time.
func (a *app) cleanOutput(to, list string) output {
	out := output{path: to, what: "a list of this program", ours: "\x00", inputs: []string{list}}
	if store, err := a.store(); err == nil && isFile(to) {
		if untouched, err := store.Untouched(to); err == nil && untouched {
			out.ours = ""
		}
	}
	return out
}

// writeClean writes the rows without an error as a list of their own.
func (a *app) writeClean(ctx context.Context, l *csvio.List, s *schema.Schema, bad *rowSet, to, list string) error {
	var rows int64
	err := a.cleanOutput(to, list).stream(a, func(w io.Writer) (err error) {
		rows, err = csvio.WriteClean(ctx, w, s, l, bad.has)
		return err
	})
	if err != nil {
		return err
	}
	a.say("%d rows without an error: %s", rows, to)
	if !isFile(to) {
		return nil
	}
	store, err := a.store()
	if err == nil {
		err = store.Remember(to)
	}
	if err != nil { // the file is there, and what was found is still to be said
		a.say("warning: the next check cannot tell %s from a file of yours, and will not write over it: %v", to, err)
	}
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
