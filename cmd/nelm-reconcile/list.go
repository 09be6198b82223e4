package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nelm-reconcile/nelm-reconcile/internal/heap"
	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// listFlags are those of the commands that read a list. Each is also a setting of nelm.yaml; the flag wins.
type listFlags struct {
	sheet      string
	headerRow  int
	headerRows int
	noHeader   bool
	columns    string
	mapFile    string
	delimiter  string
	encoding   string
	mapping    []string
	set        []string
	def        []string
	dateFormat string
	timeZone   string
	blank      string
	schemaFile string
	asOf       string

	phoneDigits   bool
	checkManagers bool
	trustHeadings bool
	off           []string
	on            []string
	phoneRegion   string
	flags         *pflag.FlagSet
}

func (f *listFlags) register(cmd *cobra.Command) {
	p := cmd.Flags()
	f.flags = p
	p.StringVar(&f.sheet, "sheet", "", "`NAME` of the sheet in a workbook")
	p.IntVar(&f.headerRow, "header-row", 0, "row `N` that holds the headings, from 1 (default: looked for)")
	p.IntVar(&f.headerRows, "header-rows", 0, "number `N` of rows that the header is spread over (default: looked for)")
	p.BoolVar(&f.noHeader, "no-header", false, "the list has no header row: --map \"[A]=accountName\" names columns by their letters")
	p.StringVar(&f.columns, "columns", "", "`NAME,NAME,…`: the attributes of a list without a header row, in the order of its columns; nothing between two commas leaves one out")
	p.StringVar(&f.delimiter, "delimiter", "", "what separates cells: the character itself, or tab (default: looked for)")
	p.StringVar(&f.encoding, "encoding", "", "how the list is encoded, e.g. utf-8, windows-1252 (default: looked for)")
	p.StringArrayVar(&f.mapping, "map", nil, "`\"HEADING=attribute\"`: which attribute a column holds, by its heading or its letter, \"[G]=attribute\"; \"HEADING=\" leaves it out")
	p.StringVar(&f.mapFile, "map-file", "", "`FILE` of such mappings: CSV with the columns heading and attribute")
	p.StringArrayVar(&f.set, "set", nil, "`ATTRIBUTE=VALUE` for every row")
	p.StringArrayVar(&f.def, "default", nil, "`ATTRIBUTE=VALUE` where a cell is blank, on creates")
	p.StringVar(&f.dateFormat, "date-format", "", "order of dates made of numbers: DD/MM/YYYY, MM/DD/YYYY or YYYY-MM-DD")
	p.StringVar(&f.timeZone, "time-zone", "", "`ZONE` of dates without one, e.g. Europe/Berlin; there is no default")
	p.StringVar(&f.blank, "blank", "", "what a blank cell says of an existing record: keep (default) or clear")
	p.StringVar(&f.schemaFile, "schema", "", "schema `FILE` to check against: cached JSON or a bare template CSV")
	p.BoolVar(&f.phoneDigits, "phone-digits", false, "two phone numbers with the same digits are the same")
	p.BoolVar(&f.checkManagers, "check-managers", false, "look managers up in the tenant; a mail address or a name then means that person's alias")
	p.BoolVar(&f.trustHeadings, "trust-headings", false, "columns hold what their headings say: none is taken for swapped with another, whatever its cells look like")
	p.StringArrayVar(&f.off, "no-repair", nil, "`RULE` of reading that is not to be applied, e.g. trim; may be repeated")
	p.StringArrayVar(&f.on, "repair", nil, "`RULE` of reading that is made on request only: "+strings.Join(csvio.RulesOnRequest(), ", "))
	p.StringVar(&f.phoneRegion, "phone-region", "", "`COUNTRY` of phones without one, as two letters such as DE, for --repair phone-e164")
	p.StringVar(&f.asOf, "as-of", "", "`DATE` that counts as today for rules that look at it (default: today)")
}

// A listRequest is what the flags and settings of one command come to.
type listRequest struct {
	options csvio.Options
	reading schema.Reading
	now     time.Time // the time of the run, or the start of the day that --as-of names
	key     string    // attribute that names a person; empty for accountName

	managers bool                // look managers up
	check    schema.CheckOptions // the person's own rules
}

// rules takes the person's own rules from the configuration.
func (r *listRequest) rules(c *config) error {
	r.check = schema.CheckOptions{Rules: c.Rules, MaxLength: c.MaxLength}
	for _, t := range []struct {
		to         *time.Duration
		name, text string
	}{{&r.check.Term, "term", c.Term}, {&r.check.StartAhead, "start-ahead", c.StartAhead}} {
		if t.text == "" {
			continue
		}
		var err error
		if *t.to, err = parseDays(t.text); err != nil {
			return usagef("configuration %s: %s: %v", c.path, t.name, err)
		}
	}
	return nil
}

// request settles flags against settings.
func (f *listFlags) request(a *app) (listRequest, error) {
	var r listRequest
	c := a.conf
	pick := func(flag, setting string) string {
		if flag != "" {
			return flag
		}
		return setting
	}

	o := &r.options
	o.Stdin = a.stdin
	o.Sheet = pick(f.sheet, c.Sheet)
	o.Encoding = pick(f.encoding, c.Encoding)
	if err := f.header(o, c); err != nil {
		return r, err
	}
	var err error
	if d := pick(f.delimiter, c.Delimiter); d != "" {
		if o.Delimiter, err = csvio.ParseDelimiter(d); err != nil {
			return r, &codedError{code: exitUsage, err: fmt.Errorf("--delimiter: %w", err)}
		}
	}
	if o.Map, err = f.mappings(c); err != nil {
		return r, err
	}
	if o.Set, err = addPairs(maps.Clone(c.Set), "--set", f.set); err != nil {
		return r, err
	}
	if o.Default, err = addPairs(maps.Clone(c.Default), "--default", f.def); err != nil {
		return r, err
	}
	if format := pick(f.dateFormat, c.DateFormat); format != "" {
		if o.DateOrder, err = schema.ParseDateFormat(format); err != nil {
			return r, &codedError{code: exitUsage, err: fmt.Errorf("--date-format: %w", err)}
		}
	}

	if zone := pick(f.timeZone, c.TimeZone); zone != "" {
		if r.reading.Zone, err = time.LoadLocation(zone); err != nil || strings.EqualFold(zone, "local") {
			return r, usagef("--time-zone %q is not a zone of the IANA database, such as Europe/Berlin or America/New_York", zone)
		}
	}
	switch blank := pick(f.blank, c.Blank); blank {
	case "", "keep":
	case "clear":
		r.reading.Blank = schema.BlankClear
	default:
		return r, usagef("--blank is keep or clear, not %q", blank)
	}

	r.reading.PhoneDigits = f.phoneDigits || c.PhoneDigits
	r.managers = f.checkManagers || c.CheckManagers
	o.Off = append(slices.Clone(c.NoRepair), f.off...)
	o.On = append(slices.Clone(c.Repair), f.on...)
	o.PhoneRegion = pick(f.phoneRegion, c.PhoneRegion)
	if err := r.rules(c); err != nil {
		return r, err
	}
	r.check.TrustHeadings = f.trustHeadings || c.TrustHeadings

	r.now = a.now()
	if f.asOf != "" {
		zone := r.reading.Zone
		if zone == nil {
			zone = time.UTC
		}
		day, err := time.ParseInLocation(time.DateOnly, f.asOf, zone)
		if err != nil {
			return r, usagef("--as-of %q is not a date such as 2026-03-02", f.asOf)
		}
		r.now = day
	}
	return r, nil
}

// header settles where the header is, if there is one.
func (f *listFlags) header(o *csvio.Options, c *config) error {
	given := func(flag string) bool { return f.flags != nil && f.flags.Changed(flag) }
	bare := f.noHeader || given("columns")
	switch {
	case given("header-row") && f.headerRow < 1:
		return usagef("--header-row %d: rows are counted from 1", f.headerRow)
	case given("header-rows") && f.headerRows < 1:
		return usagef("--header-rows %d: a header has a row at least; for a list without one, --no-header", f.headerRows)
	case bare && (given("header-row") || given("header-rows")):
		return usagef("--header-row and --header-rows say that there is a header, --no-header and --columns that there is none: leave out two of them")
	case bare:
		o.NoHeader = true
		return nil
	}
	o.HeaderRow, o.Headers = f.headerRow, f.headerRows
	if o.HeaderRow == 0 {
		o.HeaderRow = c.HeaderRow
	}
	if o.Headers == 0 {
		o.Headers = c.HeaderRows
	}
	o.NoHeader = c.NoHeader && f.headerRow == 0 && f.headerRows == 0
	return nil
}

// mappings adds up what is said about columns: in the files, then on the command line, where --columns stands for all that the
// files say.
func (f *listFlags) mappings(c *config) (map[string]string, error) {
	m := map[string]string{}
	if f.columns == "" {
		if err := readMapFile(m, c.MapFile); err != nil {
			return nil, err
		}
		maps.Copy(m, c.Map)
	}
	if err := readMapFile(m, f.mapFile); err != nil {
		return nil, err
	}
	if f.columns != "" {
		names, err := csv.NewReader(strings.NewReader(f.columns)).Read()
		if err != nil {
			return nil, usagef("--columns %q: write the names with commas between them", f.columns)
		}
		for i, name := range names {
			m["["+schema.Column{Index: i}.Letter()+"]"] = strings.TrimSpace(name)
		}
	}
	return addPairs(m, "--map", f.mapping)
}

func readMapFile(m map[string]string, path string) error {
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return &codedError{code: exitUsage, err: fmt.Errorf("--map-file: %w", err), hint: "nelm-reconcile init LIST --mapping FILE  makes one"}
	}
	lines, err := csvio.ReadMapping(path, file)
	maps.Copy(m, lines)
	return errors.Join(err, file.Close())
}

// addPairs adds NAME=VALUE flags to a map. The last = counts in a mapping, since headings hold all kinds of characters and
// technical names none of it.
func addPairs(m map[string]string, flag string, pairs []string) (map[string]string, error) {
	for _, p := range pairs {
		i := strings.IndexByte(p, '=')
		if flag == "--map" {
			i = strings.LastIndexByte(p, '=')
		}
		if i <= 0 {
			return nil, usagef("%s %q: write NAME=VALUE", flag, p)
		}
		if m == nil {
			m = map[string]string{}
		}
		m[strings.TrimSpace(p[:i])] = strings.TrimSpace(p[i+1:])
	}
	return m, nil
}

// open opens the list against the schema. It adds what only the command knows: which flag or source would help.
func (a *app) open(ctx context.Context, path string, s *schema.Schema, r listRequest) (*csvio.List, error) {
	r.options.HeaderRow = headerRow(path, r.options.HeaderRow)
	if isBackup(path) {
		r.options = csvio.Options{NoDigest: r.options.NoDigest, CountRepairs: r.options.CountRepairs}
		a.say("%s is a backup that pull wrote: what the configuration says of the layout of a list, and its map, set and default, are not about it", path)
	}
	l, err := csvio.Open(ctx, path, s, r.options)
	var unusable *csvio.InputError
	if errors.As(err, &unusable) {
		if own, ok := a.ownHeadings(ctx, path, s, r.options); ok {
			a.say("%s has the source's own headings: what %s says of the layout of a list, of other headings (map) and of values for columns that stand here (set) is not about it", path, a.conf.path)
			l, err = csvio.Open(ctx, path, s, own)
		}
	}
	if errors.As(err, &unusable) && strings.HasPrefix(unusable.File, "--") {
		a.whereSaid(unusable, r.options)
	} else if errors.As(err, &unusable) && len(unusable.Headings) > 0 {
		unusable.Hint = a.whereMapped(unusable.Headings) + unusable.Hint
	}
	if row := r.options.HeaderRow; row > 0 && errors.As(err, &unusable) && unusable.File == path {
		unusable.Hint += fmt.Sprintf("; row %d is taken for the header because header-row says so, in %s or as a flag", row, a.conf.path)
	}
	if err != nil {
		return nil, err
	}
	in := l.Input()
	a.say("%s: %s", in.File, in.Dialect)
	if err := otherSource(in, s); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// isBackup tells a file that pull wrote, by the checksum beside it: it has the source's own headings and values.
func isBackup(path string) bool {
	base, ok := strings.CutSuffix(path, ".csv")
	if !ok {
		return false
	}
	_, err := os.Stat(base + ".sha256")
	return err == nil
}

// ownHeadings are the options for a file such as an empty list of the source or a clean one, where the configuration is about a list
// with other headings: every heading is the technical name of an attribute, and nothing that is mapped is lacking for it. What
// flags say stays.
func (a *app) ownHeadings(ctx context.Context, path string, s *schema.Schema, o csvio.Options) (csvio.Options, bool) {
	c := a.conf
	configured := map[string]string{}
	if path == "-" || readMapFile(configured, c.MapFile) != nil {
		return o, false
	}
	maps.Copy(configured, c.Map)
	headings, err := csvio.Headings(ctx, path, csvio.Options{})
	if err != nil || len(configured) == 0 {
		return o, false // who opens the list says why
	}
	has := map[string]bool{}
	for _, h := range headings {
		if _, ok := s.Attribute(h); has[h] || !ok && !strings.HasPrefix(h, "nelm_") {
			return o, false
		}
		has[h] = true
	}
	o.Map, o.Set = maps.Clone(o.Map), maps.Clone(o.Set)
	for heading, to := range configured {
		if has[heading] || o.Map[heading] != to {
			continue
		}
		if slices.ContainsFunc(s.Names(), func(name string) bool { return strings.Contains(to, name) && !has[name] }) {
			return o, false // a column may have been lost
		}
		delete(o.Map, heading)
	}
	for name, value := range c.Set {
		if has[name] && o.Set[name] == value {
			delete(o.Set, name)
		}
	}
	if d, err := csvio.ParseDelimiter(c.Delimiter); err == nil && d == o.Delimiter {
		o.Delimiter = 0
	}
	if o.Encoding == c.Encoding {
		o.Encoding = ""
	}
	if o.Sheet == c.Sheet {
		o.Sheet = ""
	}
	if o.HeaderRow == c.HeaderRow {
		o.HeaderRow = 0
	}
	if o.Headers == c.HeaderRows {
		o.Headers = 0
	}
	o.NoHeader = o.NoHeader && !c.NoHeader
	return o, true
}

// whereSaid names the place of a wrong mapping, constant or default that does not come from a flag.
func (a *app) whereSaid(e *csvio.InputError, o csvio.Options) {
	table := map[string]struct{ said, used map[string]string }{"--map": {a.conf.Map, o.Map}, "--set": {a.conf.Set, o.Set}, "--default": {a.conf.Default, o.Default}}[e.File]
	if len(e.Headings) == 0 {
		return
	}
	key := e.Headings[0]
	lines := map[string]string{}
	if to, ok := table.said[key]; ok && to == table.used[key] {
		setting := strings.TrimPrefix(e.File, "--")
		e.File, e.Line = a.conf.path, settingLine(a.conf.path, setting, key)
		e.Message = setting + ": " + e.Message
	} else if e.File == "--map" && readMapFile(lines, a.conf.MapFile) == nil && lines[key] != "" && lines[key] == o.Map[key] {
		e.File = a.conf.MapFile
	}
}

// whereMapped is the beginning of a hint: which of the headings stand in the configuration.
func (a *app) whereMapped(headings []string) string {
	var ours []string
	for _, h := range headings {
		if _, ok := a.conf.Map[h]; ok {
			ours = append(ours, strconv.Quote(h))
		}
	}
	switch {
	case len(ours) > 0:
		stand := "stands"
		if len(ours) > 1 {
			stand = "stand"
		}
		return fmt.Sprintf("%s %s under map: in %s; ", strings.Join(ours, ", "), stand, a.conf.path)
	case a.conf.MapFile != "":
		return fmt.Sprintf("map-file: in %s is %s; ", a.conf.path, a.conf.MapFile)
	}
	return ""
}

// headerRow is the row of the header as it was given for a list. It says nothing of the file of the list's failed rows, whose
// header is the first row.
func headerRow(path string, given int) int {
	if given > 0 && path != "-" {
		if made, err := csvio.IsFailedFile(path); err == nil && made {
			return 0
		}
	}
	return given
}

// otherSource refuses a list whose columns this source does not know and another one, whose schema is cached, has: it would be
// compared with the wrong people.
func otherSource(in csvio.Input, s *schema.Schema) error {
	var unknown []string
	for _, f := range in.Findings {
		if f.Code == "W-COLUMN-UNKNOWN" {
			unknown = append(unknown, f.Origin.Header)
		}
	}
	if len(unknown) == 0 || s.Source.SourceID == "" {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(schemaFolder, "*.json"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		other, err := readSchema(path)
		if err != nil || other.Source.SourceID == s.Source.SourceID {
			continue // a cache that cannot be read is said where it is used
		}
		if slices.ContainsFunc(unknown, func(name string) bool { _, ok := other.Attribute(name); return !ok }) {
			continue
		}
		return &codedError{code: exitUsage,
			err:  fmt.Errorf("%s looks like a list of the source %q: it has %s, which the source %q does not know", in.File, other.Source.Name, strings.Join(unknown, ", "), s.Source.Name),
			hint: fmt.Sprintf("name its source with --source %s, or leave what is not known out with --map %s", report.Word(other.Source.Name), report.Word(unknown[0]+"="))}
	}
	return nil
}

// failedFile is the ending of a file of failed rows, with the number of a later round.
var failedFile = regexp.MustCompile(`\.failed(-[0-9]+)?$`)

// failedName is the name of the fix-and-refeed file beside a list: contractors.csv → contractors.failed.csv, and so for that
// file itself.
func failedName(list string, workbook bool) string {
	ending := ".failed.csv"
	if workbook {
		ending = ".failed.xlsx" // text cells, so that a spreadsheet program damages nothing on the way back
	}
	if list == "-" {
		return "list" + ending
	}
	return failedFile.ReplaceAllString(strings.TrimSuffix(list, filepath.Ext(list)), "") + ending
}

// checker makes the rules for a list.
func (a *app) checker(s *schema.Schema, l *csvio.List, r listRequest) (*schema.Checker, error) {
	in := l.Input()
	o := r.check
	o.Stays = heap.Stays
	o.Reading, o.AsOf, o.File, o.Sheet, o.Key, o.Defaults = r.reading, r.now, in.File, in.Sheet, r.key, l.Defaults()
	c, err := schema.NewChecker(s, l.Columns(), o)
	var rule *schema.RuleError
	var code *schema.CodeError
	switch {
	case errors.As(err, &rule):
		return nil, &codedError{code: exitUsage, err: fmt.Errorf("configuration %s: %w", a.conf.path, err), hint: "correct the rule there; \"Your own rules\" in docs/configuration.md has the words"}
	case errors.As(err, &code):
		return nil, &codedError{code: exitUsage, err: err, hint: "without " + code.Flag + " every finding is shown with its code, such as E-KEY-DUPLICATE"}
	case err != nil && a.conf.path != "":
		return nil, &codedError{code: exitUsage, err: err, hint: fmt.Sprintf("say under map: in %s which heading it is (where init has guessed it, take the # away), or here: --map \"HEADING=attribute\"", a.conf.path)}
	case err != nil:
		return nil, &codedError{code: exitUsage, err: err, hint: "nelm-reconcile init LIST  writes a mapping with its guesses; by hand it is --map \"HEADING=attribute\""}
	}
	return c, nil
}

// findManagers looks up whom the identity columns of the tables name.
func (a *app) findManagers(ctx context.Context, s *schema.Schema, tables ...schema.Table) (*schema.Managers, error) {
	c, err := a.client()
	if err != nil {
		return nil, err
	}
	m, err := schema.FindManagers(ctx, s, c.Directory(), tables...)
	if errors.Is(err, nelm.ErrDenied) {
		return nil, &codedError{code: exitDenied, err: err, hint: "managers are shown to personal access tokens only; leave --check-managers out, or use one"}
	}
	return m, err
}
