package csvio

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// WriteClean writes the rows of a list as they are after all repairs: the columns that it has, under their technical names, in
// the order of the schema's template; UTF-8, parted by commas, lines that end in LF, nothing escaped. It leaves out the rows that
// have an error in the list itself and those for which skip says so, and returns how many it wrote.
func WriteClean(ctx context.Context, w io.Writer, s *schema.Schema, t schema.Table, skip func(row int64) bool) (written int64, err error) {
	places := make(map[string]int)
	for i, c := range t.Columns() {
		places[c.Name] = i
	}
	var names []string
	var order []int
	for _, name := range s.Names() {
		if i, ok := places[name]; ok {
			names = append(names, name)
			order = append(order, i)
		}
	}
	out := csv.NewWriter(w)
	if err := out.Write(names); err != nil {
		return 0, fmt.Errorf("write the header: %w", err)
	}
	row := make([]string, len(order))
	bad := make(map[int64]bool)
	err = t.Blocks(ctx, func(b *schema.Block) error {
		clear(bad)
		for _, f := range b.Findings {
			if f.Severity == schema.Error {
				bad[f.Origin.Row] = true
			}
		}
		for i, ref := range b.Rows {
			if bad[ref.Row] || skip(ref.Row) {
				continue
			}
			for k, c := range order {
				row[k] = string(b.Cell(i, c))
			}
			if err := out.Write(row); err != nil {
				return fmt.Errorf("write row %d: %w", ref.Row, err)
			}
			written++
		}
		return nil
	})
	if err != nil {
		return written, err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return written, fmt.Errorf("write the clean list: %w", err)
	}
	return written, nil
}
