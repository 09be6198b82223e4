package csvio

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Failures gathers the findings that are errors by row, in the order of the list. It reads the list once to find the rows
// again. Findings about the file as a whole have no row and are left out.
func (l *List) Failures(ctx context.Context, findings []schema.Finding) ([]Failure, error) {
	byRow := map[int64]*Failure{}
	for _, f := range findings {
		if f.Severity != schema.Error || f.Origin.Row == 0 {
			continue
		}
		problem := f.Message
		if f.Origin.Header != "" {
			problem = f.Origin.Header + ": " + problem
		}
		have := byRow[f.Origin.Row]
		if have == nil {
			byRow[f.Origin.Row] = &Failure{Code: f.Code, Problem: problem, Hint: f.Hint}
			continue
		}
		if !slices.Contains(strings.Fields(have.Code), f.Code) {
			have.Code += " " + f.Code
		}
		have.Problem += "; " + problem
		if f.Hint != "" && !strings.Contains(have.Hint, f.Hint) {
			have.Hint = strings.TrimPrefix(have.Hint+"; "+f.Hint, "; ")
		}
	}
	var failures []Failure
	if len(byRow) == 0 {
		return nil, nil
	}
	err := l.Blocks(ctx, func(b *schema.Block) error {
		for _, r := range b.Rows {
			if f := byRow[r.Row]; f != nil {
				f.Ref = r
				failures = append(failures, *f)
			}
		}
		return nil
	})
	return failures, err
}

// IsFailedFile reports whether a file was written by [WriteFailed], so that it may be written again.
func IsFailedFile(path string) (bool, error) {
	header := []string{}
	_, err := Rows(context.Background(), path, Options{NoDigest: true}, func(cells []string) error {
		header = cells
		return errEnough
	}, func(schema.Finding) error { return nil })
	var unusable *InputError
	switch {
	case errors.Is(err, errEnough), err == nil:
	case errors.As(err, &unusable) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
		return false, nil // whatever it is, it is not ours
	default:
		return false, err
	}
	for _, name := range OwnColumns() {
		if !slices.Contains(header, name) {
			return false, nil
		}
	}
	return true, nil
}
