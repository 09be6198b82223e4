package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func newInitCommand(a *app) *cobra.Command {
	f := &listFlags{}
	var to string
	cmd := &cobra.Command{
		Use:   "init LIST",
		Short: "Write nelm.yaml for a list: the source, and which heading means which attribute",
		Long: `Look at a list's headings and write the configuration that makes it fit the source. What is certain is written, what is
guessed is written and marked, and what is not known stands there as a comment to be filled in. Look it through before you
use it.`,
		Example: `  nelm-reconcile init contractors.xlsx --source "Contractors EMEA"`,
		Args:    oneList,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runInit(cmd.Context(), f, args[0], to) },
	}
	cmd.Flags().StringVarP(&to, "output", "o", "nelm.yaml", "`FILE` to write; one that is there is never written over")
	f.register(cmd)
	return cmd
}

func (a *app) runInit(ctx context.Context, f *listFlags, list, to string) error {
	out := output{path: to, what: "written by init", ours: "\x00", inputs: []string{list}}
	if err := out.check(a); err != nil {
		return err
	}
	s, err := a.initSchema(ctx, f)
	if err != nil {
		return err
	}
	r, err := f.request(a)
	if err != nil {
		return err
	}
	header, err := headings(ctx, list, r.options)
	if err != nil {
		return err
	}
	found := csvio.Suggest(header, s)
	if _, err := out.write(a, func(w io.Writer) error { return writeSettings(w, s, list, found) }); err != nil {
		return err
	}
	guessed, unknown := 0, 0
	for _, g := range found {
		switch {
		case g.Attribute == "":
			unknown++
		case !g.Certain:
			guessed++
		}
	}
	a.say("%d headings: %d certain, %d guessed, %d not known", len(found), len(found)-guessed-unknown, guessed, unknown)
	a.say("Next: look through %s, set its time-zone, and run  nelm-reconcile validate %s", to, word(list))
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
	a.say("no source is named and no schema is cached: custom attributes are not known")
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

// writeSettings writes nelm.yaml with its guesses marked.
func writeSettings(w io.Writer, s *schema.Schema, list string, found []csvio.Suggestion) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made by nelm-reconcile init for %s. Holds no secret: commit it beside the list.\n\n", list)
	if s.Source.Name != "" {
		fmt.Fprintf(&b, "source: %s\n\n", scalar(s.Source.Name))
	} else {
		b.WriteString("# source: NAME                # nelm-reconcile sources  lists them\n\n")
	}
	b.WriteString("# Where the days of the list are. There is no default: a wrong zone ends contracts a day early or late.\n# time-zone: Europe/Berlin\n\n")
	b.WriteString("# Settles 03/04/2026, where the list's own dates do not: DD/MM/YYYY, MM/DD/YYYY or YYYY-MM-DD.\n# date-format: DD/MM/YYYY\n\n")
	b.WriteString("# Heading in the list: attribute of the source.\nmap:\n")
	have := map[string]bool{}
	mapped := false
	for _, g := range found {
		heading := strings.TrimSpace(g.Heading)
		if heading == "" {
			continue
		}
		switch {
		case g.Attribute == "":
			fmt.Fprintf(&b, "  # %s: \"\"   # not known: give it an attribute, or take the # away to leave the column out on purpose\n", scalar(heading))
			continue
		case g.Certain:
			fmt.Fprintf(&b, "  %s: %s\n", scalar(heading), scalar(g.Attribute))
		default:
			fmt.Fprintf(&b, "  %s: %s   # guessed\n", scalar(heading), scalar(g.Attribute))
		}
		have[g.Attribute], mapped = true, true
	}
	if !mapped {
		b.WriteString("  {}\n")
	}
	for _, at := range s.Attributes {
		switch {
		case !at.Required || have[at.TechnicalName]:
		case at.TechnicalName == schema.AccountName:
			b.WriteString("\n# accountName is what records are matched by, and no heading was found for it: give it one above.\n")
		default:
			fmt.Fprintf(&b, "\n# %s is required and no heading was found for it. A value for every new record:\n# default:\n#   %s: VALUE\n", at.TechnicalName, scalar(at.TechnicalName))
		}
	}
	b.WriteString("\nlimits:\n  max-removals: 5%\n  max-updates: 30%\n  max-creates: none\n  min-input: 70%\n")
	_, err := io.WriteString(w, b.String())
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
