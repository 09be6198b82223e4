package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func newDoctorCommand(a *app) *cobra.Command {
	f := &listFlags{}
	cmd := &cobra.Command{
		Use:   "doctor [LIST]",
		Short: "Can this token, source and mapping do the job? Each line with its remedy; nothing is written",
		Example: `  nelm-reconcile doctor
  nelm-reconcile doctor contractors.csv --source "Contractors EMEA" --time-zone Europe/Berlin      # and with this list?`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list := ""
			if len(args) == 1 {
				list = args[0]
			}
			return a.runDoctor(cmd.Context(), f, list)
		},
	}
	f.register(cmd)
	return cmd
}

// A patient is what the checks have learnt so far.
type patient struct {
	app   *app
	lines []report.Check
}

func (p *patient) ok(name, format string, args ...any) {
	p.lines = append(p.lines, report.Check{Name: name, State: report.CheckOK, Message: fmt.Sprintf(format, args...)})
}

func (p *patient) warn(name, remedy, format string, args ...any) {
	p.lines = append(p.lines, report.Check{Name: name, State: report.CheckWarning, Message: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (p *patient) fail(name, remedy string, err error) {
	p.lines = append(p.lines, report.Check{Name: name, State: report.CheckFailed, Message: err.Error(), Remedy: remedy})
}

func (a *app) runDoctor(ctx context.Context, f *listFlags, list string) error {
	p := &patient{app: a}
	err := p.examine(ctx, f, list)
	if e := report.Checks(a.stdout, p.lines, a.global.json, a.colour()); e != nil {
		return e
	}
	if err != nil {
		return &codedError{code: exitCode(err)}
	}
	for _, l := range p.lines {
		if l.State == report.CheckFailed {
			return &codedError{code: exitError}
		}
	}
	a.say("Next: nelm-reconcile validate LIST")
	return nil
}

// examine looks at one thing after another. An error means that nothing further can be looked at; its line is there already.
func (p *patient) examine(ctx context.Context, f *listFlags, list string) error {
	a := p.app
	client, err := a.client()
	if err != nil {
		p.fail("settings", "see  nelm-reconcile help environment", err)
		return err
	}
	access, tenant, err := client.Access(ctx)
	if err != nil {
		p.fail("token", "check SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET", err)
		return err
	}
	p.token(access, tenant)
	p.clock(client)
	name, err := a.sourceName()
	if err != nil {
		p.fail("source", "nelm-reconcile sources  lists them; name one with --source or in nelm.yaml", err)
		return err
	}
	src, err := client.Source(ctx, name)
	if err != nil {
		p.fail("source", "nelm-reconcile sources  lists what this token can see", err)
		if errors.Is(err, nelm.ErrNotFound) {
			return &codedError{code: exitUsage, err: err}
		}
		return err
	}
	where, _, err := src.Describe(ctx)
	if err != nil {
		p.fail("source", "", err)
		return err
	}
	p.ok("source", "%q, id %s, sourceId %s", where.Name, where.ID, where.SourceID)
	p.capacity(where)
	s, findings, err := liveSchema(ctx, src, a.now())
	if err != nil {
		p.fail("schema", "look at the source's attributes in the admin interface", err)
		return err
	}
	p.schema(s, findings)
	if access.Admin || !access.User {
		p.job(ctx, src)
	} else {
		p.ok("upload job", "this token may not see any, and needs none: end dates go by patch")
	}
	p.backup(where)
	if list != "" {
		p.list(ctx, f, list, s)
	}
	return nil
}

func (p *patient) token(access schema.Access, tenant schema.Tenant) {
	switch {
	case !access.User:
		p.warn("token", "use a personal access token of an administrator where values have to be patched", "an application's, on %s: it can upload and delete, and cannot patch, so updates go by upload", tenant.Org)
	case !access.Admin:
		p.warn("rights", "use an administrator's personal access token for anything but end dates", "a person's, on %s, without administrator rights: it may only move end dates", tenant.Org)
	default:
		p.ok("token", "an administrator's personal access token, on %s", tenant.Org)
	}
}

// clock compares this machine's clock with the tenant's: which contracts have ended today rests on it.
func (p *patient) clock(c *nelm.Client) {
	const name = "clock"
	switch ahead, known := c.ClockSkew(); {
	case !known:
		p.ok(name, "the service does not tell its time")
	case ahead.Abs() > time.Minute:
		p.warn(name, "set this machine's clock", "the service's clock differs by %s", ahead.Round(time.Second))
	default:
		p.ok(name, "as the service's, to within a minute")
	}
}

func (p *patient) capacity(s schema.Source) {
	const name = "capacity"
	switch {
	case s.Count < 0:
		p.warn(name, "", "the service does not say how many records the source holds")
	case s.Count > schema.MaxRecords*9/10:
		p.warn(name, "end or delete people who have left, or use a second source", "%d of %d records", s.Count, schema.MaxRecords)
	default:
		p.ok(name, "%d of %d records", s.Count, schema.MaxRecords)
	}
}

func (p *patient) schema(s *schema.Schema, findings []schema.Finding) {
	const name = "schema"
	for _, f := range findings {
		p.warn(name, f.Hint, "%s: %s", f.Code, f.Message)
	}
	path := filepath.Join(schemaFolder, s.Source.SourceID+".json")
	cached, err := readSchema(path)
	switch {
	case err != nil:
		p.warn(name, "nelm-reconcile schema", "not cached here, so validate has nothing to check against")
	case cached.Fingerprint() != s.Fingerprint():
		p.warn(name, "nelm-reconcile schema", "the cached one (%s) differs from the source's", age(cached, p.app.now()))
	default:
		p.ok(name, "8 + %d attributes, cached as they are", len(s.Attributes)-len(schema.System()))
	}
}

func (p *patient) job(ctx context.Context, src *nelm.Source) {
	const name = "upload job"
	status, err := src.UploadStatus(ctx)
	switch {
	case err != nil:
		p.fail(name, "", err)
	case status == "PENDING" || status == "IN_PROGRESS":
		p.warn(name, "wait until it has ended; if it never does, only the vendor's support can clear it", "%s: a second upload would fail", status)
	case status == "":
		p.ok(name, "none has run")
	default:
		p.ok(name, "none is running; the last one is %s", status)
	}
}

// backup says how old the newest backup of the source is.
func (p *patient) backup(where schema.Source) {
	const name, remedy = "backup", "nelm-reconcile pull"
	files, err := filepath.Glob(filepath.Join(backupsFolder, backupName(where)+"-*.sha256"))
	if err != nil || len(files) == 0 {
		p.warn(name, remedy, "there is none in %s; the service's terms leave backups to its customers", backupsFolder)
		return
	}
	newest := files[len(files)-1]
	at, err := time.Parse(stamp, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(newest), backupName(where)+"-"), ".sha256"))
	switch d := p.app.now().Sub(at); {
	case err != nil:
		p.warn(name, remedy, "%s is not named as a backup is", newest)
	case d > 7*24*time.Hour:
		p.warn(name, remedy, "the newest is %d days old", int(d.Hours()/24))
	default:
		p.ok(name, "the newest is of %s", at.Local().Format("2006-01-02 15:04"))
	}
}

// list says whether the mapping leads from the list to the source.
func (p *patient) list(ctx context.Context, f *listFlags, path string, s *schema.Schema) {
	const name = "mapping"
	req, err := f.request(p.app)
	if err != nil {
		p.fail(name, "", err)
		return
	}
	l, err := csvio.Open(ctx, path, s, req.options)
	if err != nil {
		remedy := ""
		var input *csvio.InputError
		if errors.As(err, &input) {
			remedy = input.Hint
		}
		p.fail(name, remedy, err)
		return
	}
	defer l.Close()
	have := map[string]bool{}
	for _, c := range l.Columns() {
		have[c.Name] = true
	}
	var lacking []string
	for _, at := range s.Attributes {
		if at.Required && !have[at.TechnicalName] && req.options.Default[at.TechnicalName] == "" {
			lacking = append(lacking, at.TechnicalName)
		}
	}
	switch {
	case len(lacking) > 0:
		p.warn(name, "map a column with --map \"HEADING=attribute\" or give new records a value with --default ATTRIBUTE=VALUE", "nobody can be created: the list has nothing for %s", strings.Join(lacking, ", "))
	case req.reading.Zone == nil:
		p.warn(name, "time-zone: Europe/Berlin in nelm.yaml, or --time-zone", "every required attribute has a column, and no time zone is set for days")
	default:
		p.ok(name, "every required attribute has a column in %s", filepath.Base(path))
	}
	if _, err := os.Stat("nelm.yaml"); err != nil {
		p.warn(name, "write nelm.yaml beside the list, see docs/configuration.md", "no nelm.yaml here: flags have to be repeated")
	}
}
