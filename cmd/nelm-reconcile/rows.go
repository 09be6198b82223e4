package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// newRowsCommand is for testers of the reader: it is documented in docs/reading.md and kept out of --help.
func newRowsCommand(a *app) *cobra.Command {
	f := &listFlags{}
	cmd := &cobra.Command{
		Use:    "rows FILE",
		Short:  "Print what was read of a file as one JSON array of arrays of strings, header first",
		Hidden: true,
		Example: `  nelm-reconcile rows contractors.xlsx --sheet Active
  nelm-reconcile rows contractors.csv | jq -c '.[0]'      # the headings`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runRows(cmd.Context(), f, args[0]) },
	}
	p := cmd.Flags()
	p.StringVar(&f.delimiter, "delimiter", "", "what separates cells: the character itself, or tab (default: looked for)")
	p.StringVar(&f.encoding, "encoding", "", "how the file is encoded (default: looked for)")
	p.StringVar(&f.sheet, "sheet", "", "`NAME` of the sheet in a workbook")
	p.IntVar(&f.headerRow, "header-row", 0, "row `N` that holds the headings, from 1 (default: looked for)")
	return cmd
}

// runRows prints after dialect, encoding, preamble and footer were settled and before anything was trimmed or repaired.
// Standard output holds what was read in any case; findings go to standard error, and an error among them is exit 3.
func (a *app) runRows(ctx context.Context, f *listFlags, path string) (err error) {
	o := csvio.Options{Stdin: a.stdin, Encoding: f.encoding, Sheet: f.sheet, HeaderRow: f.headerRow}
	if f.delimiter != "" {
		if o.Delimiter, err = csvio.ParseDelimiter(f.delimiter); err != nil {
			return &codedError{code: exitUsage, err: err}
		}
	}
	out := bufio.NewWriter(a.stdout)
	var found csvio.Found
	defer func() { err = errors.Join(err, found.Close()) }()
	failed := false
	n := 0
	in, err := csvio.Rows(ctx, path, o, func(cells []string) error {
		sep := ",\n"
		if n == 0 {
			sep = "["
		}
		n++
		line, err := json.Marshal(cells)
		if err != nil {
			return err
		}
		if _, err = out.WriteString(sep); err != nil {
			return err
		}
		_, err = out.Write(line)
		return err
	}, func(f schema.Finding) error {
		failed = failed || f.Severity == schema.Error
		return found.Add(f)
	})
	end := "]\n"
	if n == 0 {
		end = "[]\n"
	}
	_, e := out.WriteString(end)
	if err = errors.Join(err, e, out.Flush()); err != nil {
		return err
	}
	a.say("%s: %s", in.File, in.Dialect)
	if err := report.Findings(a.stderr, found.All(), report.FindingOptions{}); err != nil {
		return err
	}
	if failed {
		return &codedError{code: exitInvalid}
	}
	return nil
}
