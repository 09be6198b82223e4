package csvio

import (
	"context"
	"errors"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// OpenByHeader opens the list at path, a file that can be read more than once, for the source whose schema choose makes of its
// headings. Where there are several sheets, and none is named, it is the first.
func OpenByHeader(ctx context.Context, path string, choose func(headings []string) (*schema.Schema, error), o Options) (*List, error) {
	return openList(ctx, path, nil, choose, o)
}

// Headings are the first row of the list at path as it stands there.
func Headings(ctx context.Context, path string, o Options) (_ []string, err error) {
	in, err := openInput(ctx, path, o.Stdin, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	most := o.most
	if most == 0 {
		most = maxRecord
	}
	cells, _, err := in.headings(ctx, &dialect{}, o, most)
	return cells, err
}

// headings are the first row of the table. They leave the input as UTF-8 text, and in d how that is written; the findings are about the
// file as a whole.
func (s *input) headings(ctx context.Context, d *dialect, o Options, most int) ([]string, []schema.Finding, error) {
	notes, err := s.understand(ctx, d, o, anySheet)
	if err != nil {
		return nil, nil, err
	}
	buf, final, err := s.head(headBytes)
	if err != nil {
		return nil, nil, err
	}
	found := *d
	found.sheet = s.sheet
	found.obey(buf)
	h, _ := bestHead(found, buf, final, most)
	given := int64(o.HeaderRow)
	if given == 0 && found.named {
		given = 2
	}
	first, _ := h.tableStart(s.name, given, s.sheet != "")
	for _, r := range h.rows[min(first, len(h.rows)):] {
		if !r.blank {
			return r.cells, notes, nil
		}
	}
	return nil, nil, isEmpty(s.name)
}
