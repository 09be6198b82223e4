package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
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
is guessed, from headings and from what the cells look like, stands there as a comment to be confirmed. What is said with
flags (--map, --time-zone, --set …) is written as settings.`,
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
	given, err := f.given(a)
	if err != nil {
		return err
	}
	r.options.Map, r.options.Set, r.options.Default = given.Map, given.Set, given.Default
	g, err := csvio.GuessMapping(ctx, list, s, r.options)
	if err != nil {
		return err
	}
	given.Source = cmp.Or(s.Source.Name, given.Source)
	if g.MapFile = mapping; mapping != "" {
		if _, err := table.write(a, func(w io.Writer) error { return csvio.WriteMapping(w, g.Lines()) }); err != nil {
			return err
		}
	}
	if _, err := out.write(a, func(w io.Writer) error { return writeSettings(w, &given, list, &g) }); err != nil {
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
	for _, n := range g.Input.Findings {
		if n.Code == "N-SHEET-UNREAD" {
			a.say("%s; %s", n.Message, n.Hint)
		}
	}
	word := "columns"
	if len(g.Columns) == 1 {
		word = "column"
	}
	a.say("%d %s: %d certain, %d guessed, %d not known", len(g.Columns), word, sure, guessed, len(g.Columns)-sure-guessed)
	do := []string{"look through " + to}
	switch {
	case mapping != "":
		do = []string{"look through " + mapping, "copy the guesses that are right into the column attribute", "write - there for a column that is not to be read"}
	case guessed > 0:
		do = append(do, "take the # from the guesses that are right")
	}
	if given.TimeZone == "" {
		do = append(do, "set time-zone in "+to)
	}
	with := ""
	if to != "nelm.yaml" && to != "-" {
		with = " --config " + report.Word(to)
	}
	a.say("Next: %s, and run  nelm-reconcile validate %s%s", strings.Join(do, ", "), report.Word(list), with)
	return nil
}

// given are the settings that the flags of a command line come to. Of other settings there are only those that are not of one list
// alone: the source, the zone and the order of dates.
func (f *listFlags) given(a *app) (settings, error) {
	s := settings{
		Source: a.conf.Source, TimeZone: cmp.Or(f.timeZone, a.conf.TimeZone), DateFormat: cmp.Or(f.dateFormat, a.conf.DateFormat), CAFile: a.global.caFile,
		Delimiter: f.delimiter, Encoding: f.encoding, Blank: f.blank, Repair: f.on, NoRepair: f.off,
		PhoneRegion: f.phoneRegion, PhoneDigits: f.phoneDigits, CheckManagers: f.checkManagers, TrustHeadings: f.trustHeadings,
	}
	if a.global.env != "" {
		s.BaseURL = a.conf.BaseURL
	}
	var err error
	if s.Map, err = f.mappings(&config{}); err != nil {
		return s, err
	}
	if s.Set, err = addPairs(nil, "--set", f.set); err != nil {
		return s, err
	}
	s.Default, err = addPairs(nil, "--default", f.def)
	return s, err
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

// writeSettings writes nelm.yaml: what is certain and what was given as settings, what has to be looked at as comments.
func writeSettings(w io.Writer, given *settings, list string, g *csvio.Guesses) error {
	or := func(name, value, otherwise string) string {
		if value == "" {
			return "# " + name + ": " + otherwise
		}
		return name + ": " + scalar(value)
	}
	_, err := fmt.Fprintf(w, `# Made by nelm-reconcile init for %s. Holds no secret: commit it beside the list.
%s

# Where the days of the list are. There is no default: a wrong zone ends contracts a day early or late.
%s

# Settles 03/04/2026, where the list's own dates do not: DD/MM/YYYY, MM/DD/YYYY or YYYY-MM-DD.
%s

`, list, or("source", given.Source, "NAME   # nelm-reconcile sources  lists them"),
		or("time-zone", given.TimeZone, "Europe/Berlin"), or("date-format", given.DateFormat, "DD/MM/YYYY"))
	if err == nil {
		err = g.Encode(w)
	}
	if err == nil {
		_, err = io.WriteString(w, given.others()+"\nlimits:\n  max-removals: 5%\n  max-updates: 30%\n  max-creates: none\n  min-input: 70%\n")
	}
	return err
}

// others are the settings that are written only where they were given.
func (s *settings) others() string {
	var b strings.Builder
	for _, t := range []struct{ name, value string }{
		{"base-url", s.BaseURL}, {"ca-file", s.CAFile}, {"delimiter", s.Delimiter}, {"encoding", s.Encoding}, {"blank", s.Blank}, {"phone-region", s.PhoneRegion},
	} {
		if t.value != "" {
			fmt.Fprintf(&b, "%s: %q\n", t.name, t.value)
		}
	}
	for _, t := range []struct {
		name string
		on   bool
	}{{"phone-digits", s.PhoneDigits}, {"check-managers", s.CheckManagers}, {"trust-headings", s.TrustHeadings}} {
		if t.on {
			fmt.Fprintf(&b, "%s: true\n", t.name)
		}
	}
	for _, t := range []struct {
		name  string
		rules []string
	}{{"repair", s.Repair}, {"no-repair", s.NoRepair}} {
		if len(t.rules) > 0 {
			fmt.Fprintf(&b, "%s: [%s]\n", t.name, strings.Join(t.rules, ", "))
		}
	}
	if len(s.Default) > 0 {
		b.WriteString("default:\n")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Default)) {
		fmt.Fprintf(&b, "  %q: %q\n", name, s.Default[name])
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n# As it was given to init.\n" + b.String()
}

// scalar writes text as YAML on one line.
func scalar(s string) string {
	data, err := yaml.Marshal(s)
	if err != nil || strings.ContainsAny(s, "\n\r") {
		return fmt.Sprintf("%q", s)
	}
	return strings.TrimSpace(string(data))
}
