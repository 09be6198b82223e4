package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/go-playground/validator/v10"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A settings is nelm.yaml. It holds no secret and is meant to be committed beside the list it describes.
type settings struct {
	BaseURL    string            `yaml:"base-url" validate:"omitempty,url"`
	CAFile     string            `yaml:"ca-file"`
	Source     string            `yaml:"source"`
	TimeZone   string            `yaml:"time-zone" validate:"omitempty,timezone"`
	DateFormat string            `yaml:"date-format"`
	Delimiter  string            `yaml:"delimiter"`
	Encoding   string            `yaml:"encoding"`
	Sheet      string            `yaml:"sheet"`
	HeaderRow  int               `yaml:"header-row" validate:"gte=0"`
	HeaderRows int               `yaml:"header-rows" validate:"gte=0"`
	NoHeader   bool              `yaml:"no-header" validate:"excluded_with=HeaderRow HeaderRows"`
	MapFile    string            `yaml:"map-file"`
	Map        map[string]string `yaml:"map"`
	Set        map[string]string `yaml:"set"`
	Default    map[string]string `yaml:"default"`
	Blank      string            `yaml:"blank" validate:"omitempty,oneof=keep clear"`
	Ignore     []string          `yaml:"ignore"`
	OnMissing  string            `yaml:"on-missing" validate:"omitempty,oneof=keep end delete"`
	Limits     limitSettings     `yaml:"limits"`

	Repair        []string      `yaml:"repair"`
	NoRepair      []string      `yaml:"no-repair"`
	PhoneRegion   string        `yaml:"phone-region" validate:"omitempty,len=2,alpha"`
	PhoneDigits   bool          `yaml:"phone-digits"`
	CheckManagers bool          `yaml:"check-managers"`
	TrustHeadings bool          `yaml:"trust-headings"`
	Rules         []schema.Rule `yaml:"rules" validate:"dive"`
	Term          string        `yaml:"term"`
	StartAhead    string        `yaml:"start-ahead"`
	MaxLength     int           `yaml:"max-length"`
}

// limitSettings take N, P% or none.
type limitSettings struct {
	MaxRemovals string `yaml:"max-removals"`
	MaxUpdates  string `yaml:"max-updates"`
	MaxCreates  string `yaml:"max-creates"`
	MinInput    string `yaml:"min-input"`
	MaxInvalid  string `yaml:"max-invalid"`
}

// A config is what the settings of file and environment come to, and where each came from.
type config struct {
	settings
	path   string            // the file that was read; empty where there was none
	origin map[string]string // setting → where its value came from
}

// The environment variables that are read. It is a list and not a prefix: a shell may hold others that begin alike.
var environment = []struct{ name, what string }{
	{"SAIL_BASE_URL", "address of the tenant's API, e.g. https://acme.api.identitynow.com (no version)"},
	{"SAIL_CLIENT_ID", "id of the personal access token or API client"},
	{"SAIL_CLIENT_SECRET", "its secret; prefer --secret-file where other people can see the environment"},
	{"NELM_CONFIG", "configuration file, as --config"},
	{"NELM_SOURCE", "the source, as --source"},
	{"NELM_TIME_ZONE", "zone of dates without one, as --time-zone"},
	{"NELM_STATE_DIR", "folder for locks and request times (default: the user's state folder)"},
	{"NO_COLOR", "no colour when set to anything"},
}

// configure reads the configuration before any command runs. Precedence: flags, then NELM_*, then SAIL_*, then ./nelm.yaml,
// then the user's own file, then defaults.
func (a *app) configure(cmd *cobra.Command) error {
	c := &config{origin: map[string]string{}}
	path, required, err := a.configPath()
	if err != nil {
		return err
	}
	if path != "" {
		data, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !required:
			path = ""
		case err != nil:
			return &codedError{code: exitUsage, err: fmt.Errorf("read configuration: %w", err), hint: "name another with --config"}
		default:
			if c.settings, err = parseSettings(data); err != nil {
				return &codedError{code: exitUsage, err: fmt.Errorf("configuration %s: %w", path, err), hint: "the settings are described in docs/configuration.md"}
			}
		}
	}
	c.path = path
	for name, value := range map[string]string{"source": c.Source, "base-url": c.BaseURL, "time-zone": c.TimeZone, "date-format": c.DateFormat, "on-missing": c.OnMissing, "blank": c.Blank} {
		if value != "" {
			c.origin[name] = path
		}
	}
	take := func(setting string, to *string, variable string) {
		if v, ok := a.env(variable); ok && v != "" {
			*to, c.origin[setting] = v, "environment "+variable
		}
	}
	take("base-url", &c.BaseURL, "SAIL_BASE_URL")
	take("source", &c.Source, "NELM_SOURCE")
	take("time-zone", &c.TimeZone, "NELM_TIME_ZONE")
	if a.global.source != "" {
		c.Source, c.origin["source"] = a.global.source, "flag --source"
	}
	if a.global.env != "" {
		if c.BaseURL, c.origin["base-url"], err = a.cliEnvironment(a.global.env); err != nil {
			return err
		}
	}
	a.conf = c
	if a.global.showConfig {
		return a.printConfig()
	}
	return nil
}

// configPath says which file to read, and whether it has to be there.
func (a *app) configPath() (path string, required bool, err error) {
	if a.global.config != "" {
		return a.global.config, true, nil
	}
	if v, ok := a.env("NELM_CONFIG"); ok && v != "" {
		return v, true, nil
	}
	if _, err := os.Stat("nelm.yaml"); err == nil {
		return "nelm.yaml", true, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", false, nil // no home, as in many containers: then there is no such file either
	}
	return filepath.Join(dir, "nelm-reconcile", "config.yaml"), false, nil
}

// parseSettings reads nelm.yaml strictly: a misspelt setting would otherwise be a limit that nobody enforces.
func parseSettings(data []byte) (settings, error) {
	var s settings
	dec := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if len(bytes.TrimSpace(data)) == 0 {
		return s, nil
	}
	if err := dec.Decode(&s); err != nil {
		// Without the source: a wrong file, such as a list or one that holds a secret, must not end up in a log.
		return s, errors.New(yaml.FormatError(err, false, false))
	}
	for name, text := range map[string]string{"max-removals": s.Limits.MaxRemovals, "max-updates": s.Limits.MaxUpdates, "max-creates": s.Limits.MaxCreates, "min-input": s.Limits.MinInput, "max-invalid": s.Limits.MaxInvalid} {
		if _, err := plan.ParseLimit(text); err != nil {
			return s, fmt.Errorf("limits.%s: %w", name, err)
		}
	}
	if s.DateFormat != "" {
		if _, err := schema.ParseDateFormat(s.DateFormat); err != nil {
			return s, fmt.Errorf("date-format: %w", err)
		}
	}
	if err := validator.New(validator.WithRequiredStructEnabled()).Struct(s); err != nil {
		var fields validator.ValidationErrors
		if !errors.As(err, &fields) {
			return s, err
		}
		var lines []string
		for _, f := range fields {
			lines = append(lines, settingFault(f))
		}
		return s, errors.New(strings.Join(lines, "\n"))
	}
	return s, nil
}

// settingLine is the line of a key of a setting that is a table, 0 where it is not found.
func settingLine(path, setting, key string) int64 {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil || len(file.Docs) == 0 {
		return 0
	}
	node, line := file.Docs[0].Body, int64(0)
	for _, name := range []string{setting, key} {
		table, ok := node.(ast.MapNode)
		if !ok {
			return 0
		}
		line = 0
		for entry := table.MapRange(); line == 0 && entry.Next(); {
			if t := entry.Key().GetToken(); t.Value == name {
				node, line = entry.Value(), int64(t.Position.Line)
			}
		}
	}
	return line
}

// settingFault says what is wrong with a setting.
func settingFault(f validator.FieldError) string {
	name := yamlName(f.StructField())
	switch f.Tag() {
	case "timezone":
		return fmt.Sprintf("%s: %q is not a zone of the IANA database, such as Europe/Berlin or America/New_York", name, f.Value())
	case "url":
		return fmt.Sprintf("%s: %q is not an address such as https://acme.api.identitynow.com", name, f.Value())
	case "oneof":
		return fmt.Sprintf("%s: %q is not one of %s", name, f.Value(), strings.ReplaceAll(f.Param(), " ", ", "))
	case "excluded_with":
		return fmt.Sprintf("%s: there is header-row or header-rows besides; keep one of them", name)
	case "required":
		return fmt.Sprintf("%s: it is missing", settingPath(f))
	case "required_without": // of a rule
		path := settingPath(f)
		return fmt.Sprintf("%s: it has neither a check nor a pattern", path[:strings.LastIndexByte(path, '.')])
	}
	return fmt.Sprintf("%s: %v does not satisfy %s", name, f.Value(), strings.TrimSpace(f.Tag()+" "+f.Param()))
}

// settingPath is where a setting stands: rules[0].attribute.
func settingPath(f validator.FieldError) string {
	parts := strings.Split(f.StructNamespace(), ".")[1:]
	for i, part := range parts {
		parts[i] = yamlName(part)
	}
	return strings.Join(parts, ".")
}

// yamlName turns a field's name into that of its setting: TimeZone → time-zone.
func yamlName(field string) string {
	var b strings.Builder
	for i, r := range field {
		if r >= 'A' && r <= 'Z' {
			if i > 0 && !strings.HasSuffix(field[:i+1], "URL") {
				b.WriteByte('-')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// count is a number that is set, as text.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// printConfig prints each setting with where it comes from and ends the command there. Secrets are named, never shown.
func (a *app) printConfig() error {
	c := a.conf
	file := c.path
	type row struct{ name, value, fallback string }
	rows := []row{
		{"base-url", c.BaseURL, ""}, {"source", c.Source, ""}, {"time-zone", c.TimeZone, ""}, {"date-format", c.DateFormat, ""},
		{"delimiter", c.Delimiter, "looked for"}, {"encoding", c.Encoding, "looked for"}, {"sheet", c.Sheet, ""},
		{"header-row", count(c.HeaderRow), "looked for"}, {"header-rows", count(c.HeaderRows), "looked for"}, {"map-file", c.MapFile, ""},
		{"blank", c.Blank, "keep"}, {"on-missing", c.OnMissing, "keep"},
		{"limits.max-removals", c.Limits.MaxRemovals, "5%"}, {"limits.max-updates", c.Limits.MaxUpdates, "30%"},
		{"limits.max-creates", c.Limits.MaxCreates, "none"}, {"limits.min-input", c.Limits.MinInput, "70%"},
		{"limits.max-invalid", c.Limits.MaxInvalid, "30%"},
		{"term", c.Term, ""}, {"start-ahead", c.StartAhead, ""},
		{"ignore", strings.Join(c.Ignore, ", "), ""},
	}
	if c.NoHeader {
		rows = append(rows, row{"no-header", "true", ""})
	}
	for _, m := range []struct {
		name string
		of   map[string]string
	}{{"map", c.Map}, {"set", c.Set}, {"default", c.Default}} {
		for _, k := range slices.Sorted(maps.Keys(m.of)) {
			rows = append(rows, row{m.name, k + " = " + m.of[k], ""})
		}
	}
	for _, r := range c.Rules {
		rows = append(rows, row{"rules", r.Attribute, ""})
	}
	t := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	for _, r := range rows {
		value, from := r.value, c.origin[r.name]
		switch {
		case value == "" && r.fallback == "":
			value, from = "(not set)", "default"
		case value == "":
			value, from = r.fallback, "default"
		case from == "":
			from = file
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.name, value, from)
	}
	for _, name := range []string{"SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET"} {
		value, from := "(not set)", "default"
		if v, ok := a.env(name); ok && v != "" {
			value, from = "(set)", "environment "+name
		}
		if a.global.secretFile != "" {
			value, from = "(in the file)", "flag --secret-file"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", name, value, from)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return &codedError{code: exitOK}
}
