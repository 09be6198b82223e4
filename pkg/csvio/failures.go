package csvio

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Failures gathers the findings that are errors by row, and hands the rows out in the order of the list, which it reads
// meanwhile. The findings must be in the order of the rows; those that are no errors and those about the file as a whole
// may stand anywhere among them and are left out.
func (l *List) Failures(ctx context.Context, findings iter.Seq2[schema.Finding, error], each func(Failure) error) error {
	next, stop := iter.Pull2(findings)
	defer stop()
	var f schema.Finding
	step := func() error { // to the next error
		for {
			var err error
			var ok bool
			if f, err, ok = next(); err != nil {
				return err
			} else if !ok {
				return errEnough
			}
			if f.Severity == schema.Error && f.Origin.Row > 0 {
				return nil
			}
		}
	}
	err := step()
	if err == nil {
		err = l.Blocks(ctx, func(b *schema.Block) error {
			var end error
			for _, r := range b.Rows {
				for end == nil && f.Origin.Row < r.Row { // of a row that is no record
					end = step()
				}
				var row *Failure
				for end == nil && f.Origin.Row == r.Row {
					row = row.with(r, &f)
					end = step()
				}
				if row != nil {
					if err := each(*row); err != nil {
						return err
					}
				}
				if end != nil {
					return end
				}
			}
			return nil
		})
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// with adds a finding about the row at ref.
func (have *Failure) with(ref schema.Ref, f *schema.Finding) *Failure {
	problem := f.Message
	if f.Origin.Header != "" {
		problem = f.Origin.Header + ": " + problem
	}
	if have == nil {
		return &Failure{Ref: ref, Code: f.Code, Problem: problem, Hint: f.Hint}
	}
	if !slices.Contains(strings.Fields(have.Code), f.Code) {
		have.Code += " " + f.Code
	}
	have.Problem += "; " + problem
	if f.Hint != "" && !strings.Contains(have.Hint, f.Hint) {
		have.Hint = strings.TrimPrefix(have.Hint+"; "+f.Hint, "; ")
	}
	return have
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
