package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// schemaFolder holds the cached schemas, one file for each source.
var schemaFolder = filepath.Join(".nelm", "schema")

func newSchemaCommand(a *app) *cobra.Command {
	var template, against string
	cmd := &cobra.Command{
		Use:   "schema [--diff OLD [NEW]]",
		Short: "Fetch a source's attributes and template, check one against the other, cache and print them",
		Long: `Fetch the schema attributes of a source and its template CSV, check the one against the other, cache the result
in .nelm/schema/ for validate, which needs no network then, and print it. With --diff OLD it is compared with another
one instead of printed; with --diff OLD NEW two files are compared, without a network.`,
		Example: `  nelm-reconcile schema --source "Contractors EMEA"
  nelm-reconcile schema --template contractors.xlsx      # an empty list to fill in
  nelm-reconcile schema --diff old-template.csv          # what has changed since`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.diffSchemas(against, args[0])
			}
			return a.runSchema(cmd.Context(), template, against)
		},
	}
	cmd.Flags().StringVar(&template, "template", "", "`FILE` for an empty list to fill in: .csv or .xlsx")
	cmd.Flags().StringVar(&against, "diff", "", "`FILE` of another schema, cached or a template CSV: print what differs; exit 4 if anything does")
	return cmd
}

// diffSchemas compares two schema files.
func (a *app) diffSchemas(was, is string) error {
	if was == "" {
		return usagef("schema takes a file only to compare it: --diff OLD NEW")
	}
	old, err := readSchema(was)
	if err != nil {
		return noSchema(err)
	}
	s, err := readSchema(is)
	if err != nil {
		return noSchema(err)
	}
	return a.schemaDiff(old, s)
}

func (a *app) schemaDiff(was, is *schema.Schema) error {
	differs, err := report.SchemaDiff(a.stdout, was, is)
	if err == nil && differs {
		err = &codedError{code: exitChanges}
	}
	return err
}

// noSchema is the end of a run with a file that is no schema.
func noSchema(err error) error {
	var refused *schema.FileError
	if errors.As(err, &refused) {
		return &codedError{code: exitUsage, err: err, hint: refused.Hint}
	}
	return &codedError{code: exitUsage, err: err, hint: schemaFiles}
}

const schemaFiles = "a schema file is a cached one (.nelm/schema/….json) or a template CSV of the source, which  nelm-reconcile schema --template FILE.csv  writes"

func (a *app) runSchema(ctx context.Context, template, against string) error {
	var other *schema.Schema
	if against != "" {
		var err error
		if other, err = readSchema(against); err != nil {
			return noSchema(err)
		}
	}
	if template != "" {
		if err := templateOutput(template).check(a); err != nil {
			return err
		}
	}
	_, src, err := a.connect(ctx)
	if err != nil {
		return err
	}
	s, findings, err := liveSchema(ctx, src, a.now())
	if err != nil {
		return err
	}
	a.sayChanged(s)
	path, err := cacheSchema(s)
	if err != nil {
		return err
	}
	if template != "" {
		return a.writeTemplate(s, template)
	}
	if other != nil {
		return a.schemaDiff(other, s)
	}
	if a.global.json {
		return s.Encode(a.stdout)
	}
	if err := report.Schema(a.stdout, s); err != nil {
		return err
	}
	if err := report.Findings(a.stderr, report.Listed(findings), report.FindingOptions{}); err != nil {
		return err
	}
	a.say("Cached in %s\nNext: nelm-reconcile validate LIST", path)
	return nil
}

// templateOutput is the file of an empty list.
func templateOutput(path string) output {
	return output{path: path, what: "an empty list of this program", ours: "\x00"}
}

// writeTemplate writes an empty list to fill in, with the technical names as headings.
func (a *app) writeTemplate(s *schema.Schema, path string) error {
	write := func(w io.Writer) error { return csvio.WriteUpload(w, s.Names(), func(func([]string) bool) {}) }
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xlsx":
		write = func(w io.Writer) error { return csvio.WriteTemplateSheet(w, s.Names()) }
	case ".csv":
	default:
		return usagef("--template writes .csv or .xlsx, not %s", path)
	}
	if _, err := templateOutput(path).write(a, write); err != nil {
		return err
	}
	a.say("An empty list: %s\nNext: fill it in and run  nelm-reconcile validate %s", path, report.Word(path))
	return nil
}

// cacheSchema writes a schema into the cache and returns the file's name.
func cacheSchema(s *schema.Schema) (string, error) {
	if err := os.MkdirAll(schemaFolder, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(schemaFolder, s.Source.SourceID+".json")
	return path, state.WriteFile(path, nil, func(w io.Writer) error { return s.Encode(w) })
}

// offlineSchema finds the schema to check against without a network: the given file, or the cached one of the source.
func (a *app) offlineSchema(file string) (*schema.Schema, string, error) {
	if file != "" {
		s, err := readSchema(file)
		if err != nil {
			return nil, "", noSchema(err)
		}
		if of := s.Source; of.SourceID != "" && a.conf.Source != "" && !matches(of, a.conf.Source) {
			return nil, "", &codedError{code: exitUsage, err: fmt.Errorf("schema %s is of the source %q (%s), and the source is to be %q", file, of.Name, of.SourceID, a.conf.Source),
				hint: "give the schema of that source, or name the other one with --source"}
		}
		return s, file, nil
	}
	paths, err := filepath.Glob(filepath.Join(schemaFolder, "*.json"))
	if err != nil {
		return nil, "", err
	}
	var names []string
	for _, p := range paths {
		s, err := readSchema(p)
		if err != nil {
			return nil, "", noSchema(err)
		}
		if a.conf.Source == "" && len(paths) == 1 || a.conf.Source != "" && matches(s.Source, a.conf.Source) {
			return s, p, nil
		}
		names = append(names, fmt.Sprintf("%q", s.Source.Name))
	}
	fetch := "fetch it with  nelm-reconcile schema, or name a file with --schema"
	switch {
	case len(paths) == 0:
		return nil, "", &codedError{code: exitUsage, err: errors.New("no schema is cached here"), hint: fetch}
	case a.conf.Source == "":
		return nil, "", &codedError{code: exitUsage, err: fmt.Errorf("several schemas are cached (%s) and no source is named", strings.Join(names, ", ")), hint: "name one with --source"}
	}
	return nil, "", &codedError{code: exitUsage, err: fmt.Errorf("no schema of source %q is cached, only of %s", a.conf.Source, strings.Join(names, ", ")), hint: fetch}
}

func matches(s schema.Source, name string) bool {
	return s.ID == name || s.SourceID == name || strings.EqualFold(s.Name, name)
}

// readSchema reads a cached schema or a bare template CSV, told apart by their first byte.
func readSchema(path string) (*schema.Schema, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) {
			return nil, fmt.Errorf("schema %s: %w", path, p.Err)
		}
		return nil, err
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return nil, fmt.Errorf("schema %s: it is a workbook; a template is read as CSV", path)
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		s, err := schema.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", path, err)
		}
		return s, nil
	}
	header, err := csvio.ReadTemplate(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", path, err)
	}
	s, err := schema.FromTemplate(header)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", path, err)
	}
	return s, nil
}

// age says how old a cached schema is, in words.
func age(s *schema.Schema, now time.Time) string {
	if s.Fetched.IsZero() {
		return "from a template alone"
	}
	switch d := now.Sub(s.Fetched); {
	case d < 2*time.Minute:
		return "fetched just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("fetched %d minutes ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("fetched %d hours ago", int(d.Hours()))
	default:
		return fmt.Sprintf("fetched %d days ago", int(d.Hours()/24))
	}
}
