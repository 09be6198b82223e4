package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func newInitCommand(a *app) *cobra.Command {
	f := &listFlags{}
	var to, mapping string
	cmd := &cobra.Command{
		Use:   "init LIST",
		Short: "Write nelm.yaml for a list: the source, and which heading means which attribute",
		Long: `Look at a list and write the configuration that makes it fit the source. What is certain is written as a setting; what
is guessed, from headings and from what the cells look like, stands there as a comment to be confirmed.`,
		Example: `  nelm-reconcile init contractors.xlsx --source "Contractors EMEA"`,
		Args:    oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runInit(cmd.Context(), f, args[0], to, mapping)
		},
	}
	cmd.Flags().StringVarP(&to, "output", "o", "nelm.yaml", "`FILE` to write; one that is there is never written over")
	cmd.Flags().StringVar(&mapping, "mapping", "", "`FILE` for the mapping, as CSV to be completed in a spreadsheet program (default: among the settings)")
	f.register(cmd)
	return cmd
}

func (a *app) runInit(ctx context.Context, f *listFlags, list, to, mapping string) error {
	out := output{path: to, what: "written by init", ours: "\x00", inputs: []string{list}}
	if a.conf.path != "" && same(to, a.conf.path) {
		return &codedError{code: exitUsage, err: fmt.Errorf("%s is there already, and init writes a whole new one", to), hint: "move it away, or name another file with -o and compare the two"}
	}
	if err := out.check(a); err != nil {
		return err
	}
	table := output{path: mapping, what: "written by init", ours: "\x00", inputs: []string{list, to}}
	if mapping == "-" {
		return usagef("--mapping names a file: the settings refer to it")
	}
	if mapping != "" {
		if err := table.check(a); err != nil {
			return err
		}
	}
	s, err := a.initSchema(ctx, f)
	if err != nil {
		return err
	}
	r, err := f.request(a)
	if err != nil {
		return err
	}
	g, err := csvio.GuessMapping(ctx, list, s, r.options)
	if err != nil {
		return err
	}
	if g.MapFile = mapping; mapping != "" {
		if _, err := table.write(a, func(w io.Writer) error { return csvio.WriteMapping(w, g.Lines()) }); err != nil {
			return err
		}
	}
	if _, err := out.write(a, func(w io.Writer) error { return writeSettings(w, s, list, &g) }); err != nil {
		return err
	}
	sure, guessed := 0, 0
	for _, c := range g.Columns {
		switch {
		case c.Sure:
			sure++
		case c.Attribute != "":
			guessed++
		}
	}
	a.say("%s: %s", list, g.Input.Dialect)
	a.say("%d columns: %d certain, %d guessed, %d not known", len(g.Columns), sure, guessed, len(g.Columns)-sure-guessed)
	do := fmt.Sprintf("look through %s, take the # from the guesses that are right", to)
	if mapping != "" {
		do = fmt.Sprintf("look through %s, copy the guesses that are right into the column attribute, write - there for a column that is not to be read", mapping)
	}
	a.say("Next: %s, set time-zone, and run  nelm-reconcile validate %s", do, report.Word(list))
	return nil
}

// initSchema is the schema to guess for: cached or given, else that of the live source, else the eight system attributes.
func (a *app) initSchema(ctx context.Context, f *listFlags) (*schema.Schema, error) {
	s, _, err := a.offlineSchema(f.schemaFile)
	if err == nil || f.schemaFile != "" {
		return s, err
	}
	if a.conf.Source != "" && a.conf.BaseURL != "" {
		_, src, err := a.connect(ctx)
		if err != nil {
			return nil, err
		}
		s, _, err := liveSchema(ctx, src, a.now())
		if err == nil {
			a.keepSchema(s)
		}
		return s, err
	}
	a.say("no source is named and no schema is cached: custom attributes are not known\n  run  nelm-reconcile schema --source NAME  first to have them; nelm-reconcile sources  lists the names")
	return &schema.Schema{Attributes: schema.System()}, nil
}

// headings are the first row of the list.
func headings(ctx context.Context, list string, o csvio.Options) ([]string, error) {
	var header []string
	enough := errors.New("one row is enough")
	o.NoDigest = true
	_, err := csvio.Rows(ctx, list, o, func(cells []string) error {
		header = cells
		return enough
	}, func(schema.Finding) error { return nil })
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	if len(header) == 0 {
		return nil, usagef("%s has no rows to look at", list)
	}
	return header, nil
}

// writeSettings writes nelm.yaml: what is certain as settings, what has to be looked at as comments.
func writeSettings(w io.Writer, s *schema.Schema, list string, g *csvio.Guesses) error {
	source := "# source: NAME   # nelm-reconcile sources  lists them"
	if s.Source.Name != "" {
		source = "source: " + scalar(s.Source.Name)
	}
	_, err := fmt.Fprintf(w, `# Made by nelm-reconcile init for %s. Holds no secret: commit it beside the list.
%s

# Where the days of the list are. There is no default: a wrong zone ends contracts a day early or late.
# time-zone: Europe/Berlin

# Settles 03/04/2026, where the list's own dates do not: DD/MM/YYYY, MM/DD/YYYY or YYYY-MM-DD.
# date-format: DD/MM/YYYY

`, list, source)
	if err == nil {
		err = g.Encode(w)
	}
	if err == nil {
		_, err = io.WriteString(w, "\nlimits:\n  max-removals: 5%\n  max-updates: 30%\n  max-creates: none\n  min-input: 70%\n")
	}
	return err
}

// scalar writes text as YAML on one line.
func scalar(s string) string {
	data, err := yaml.Marshal(s)
	if err != nil || strings.ContainsAny(s, "\n\r") {
		return fmt.Sprintf("%q", s)
	}
	return strings.TrimSpace(string(data))
}
