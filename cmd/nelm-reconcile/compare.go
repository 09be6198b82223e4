package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/heap"
	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// compareFlags are those that diff and plan share: what the list is compared with, and how.
type compareFlags struct {
	listFlags
	against  string
	ignore   []string
	key      string
	renames  string
	exitCode bool
}

func (f *compareFlags) register(cmd *cobra.Command) {
	f.listFlags.register(cmd)
	p := cmd.Flags()
	p.StringVar(&f.against, "against", "remote", "what to compare with: remote, or a `FILE`: an exported CSV or a snapshot that pull saved")
	p.StringArrayVar(&f.ignore, "ignore", nil, "leave `ATTRIBUTE` out of the comparison; may be repeated")
	p.StringVar(&f.key, "key", schema.AccountName, "`ATTRIBUTE` that names a person")
	p.StringVar(&f.renames, "renames", "", "`FILE` that answers suspected renames: from,to,same with yes or no")
	p.BoolVar(&f.exitCode, "exit-code", false, "exit 4 if there are differences")
}

// A comparison is a list and what it is to be compared with, both ready to be read.
type comparison struct {
	list    *csvio.List
	desired schema.Table    // the list, or what stands for it
	remote  []schema.Record // the tenant's records; nil for a file
	against *csvio.List     // the other side where it is a file
	client  *nelm.Client
	source  *nelm.Source
	where   schema.Source
	access  schema.Access
	schema  *schema.Schema
	current schema.Table
	records int  // of the current side; -1 for a file, which is counted while it is read
	part    bool // the list is a part of one, from which nobody is missing; a plan sees to that by itself
	bare    bool // the schema is a file's header: there are no rules to hold a row to
	readAt  time.Time
	calls   int
	request listRequest
	options diff.Options
	renames []csvio.Rename // where the answers of options stand

	notes     []schema.Finding // of the list as a whole, for whoever reviews a plan
	misplaced schema.Misplaced // columns of the list that hold what belongs in others
}

func (c *comparison) close() error {
	var errs []error
	for _, l := range []*csvio.List{c.list, c.against} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// compare opens both sides. A list without a file behind it is compared with the live source; --against FILE needs no
// network. digest asks for the list's SHA-256, which a plan holds.
func (a *app) compare(ctx context.Context, f *compareFlags, path string, digest bool) (*comparison, error) {
	req, err := f.request(a)
	if err != nil {
		return nil, err
	}
	req.options.NoDigest, req.options.CountRepairs = !digest, true
	req.key = f.key
	// To read the source takes minutes: what is wrong with the file itself is said before.
	if err := csvio.Present(path); err != nil {
		return nil, err
	}
	c := &comparison{request: req, readAt: a.now(), records: -1}
	if f.against == "remote" || f.against == "" {
		err = a.currentRemote(ctx, c, func() error {
			return zoneNeeded(ctx, path, c.schema, req, append(slices.Clone(a.conf.Ignore), f.ignore...))
		})
	} else {
		err = a.currentFile(ctx, c, f)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	if c.list, err = a.open(ctx, path, c.schema, req); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if req.managers {
		if req.reading.Managers, err = a.findManagers(ctx, c.schema, c.list, c.current); err != nil {
			return nil, errors.Join(err, c.close())
		}
		c.request.reading = req.reading
	}
	check, err := a.checker(c.schema, c.list, req)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	if c.bare {
		check = nil
	} else if c.misplaced, err = schema.FindMisplaced(ctx, c.list, check); err != nil {
		return nil, errors.Join(err, c.close())
	} else {
		c.misplaced.Spoil(check)
	}
	c.options = diff.Options{
		Defaults: c.list.Defaults(),
		Schema:   c.schema, Reading: req.reading, Key: f.key, Check: check, File: c.list.Input().File, Stays: heap.Stays,
		Ignore: append(append([]string(nil), a.conf.Ignore...), f.ignore...),
	}
	if f.renames != "" {
		if c.renames, err = readRenames(f.renames); err != nil {
			return nil, errors.Join(err, c.close())
		}
		for _, r := range c.renames {
			c.options.Renames = append(c.options.Renames, diff.Answer{From: r.From, To: r.To, Same: r.Same == "yes"})
		}
	}
	for _, name := range c.options.Ignore {
		if _, ok := c.schema.Attribute(name); !ok {
			return nil, errors.Join(usagef("--ignore %q: the source has no such attribute; it has %q", name, c.schema.Names()), c.close())
		}
	}
	return c, nil
}

// readRenames reads a person's answers to suspected renames.
func readRenames(path string) ([]csvio.Rename, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &codedError{code: exitUsage, err: fmt.Errorf("--renames: %w", err)}
	}
	defer f.Close()
	return csvio.ReadRenames(path, f)
}

// mostStrays bounds how many answers about nobody are named one by one.
const mostStrays = 20

// sayStrays says which answers about renames are about nobody. A file of answers may be kept for every night, so those that are
// settled are not among them.
func (a *app) sayStrays(f *compareFlags, c *comparison, s diff.Summary) {
	side := "the source"
	if c.source == nil {
		side = f.against
	}
	for i, stray := range s.Strays {
		if i == mostStrays {
			a.say("warning: %s: … and %d more answers are about nobody", f.renames, len(s.Strays)-i)
			return
		}
		r, key := c.renames[stray.Answer], c.options.Key
		from := fmt.Sprintf("no record of %s has the %s %q (column from)", side, key, r.From)
		to := fmt.Sprintf("no row of the list has the %s %q (column to)", key, r.To)
		why, todo := from, "correct the name, or take the line out"
		switch {
		case stray.Swapped:
			why, todo = fmt.Sprintf("%q (column from) is the %s of a row of the list, and %q (column to) that of a record of %s", r.From, key, r.To, side), "change the two over: from is the name in the source"
		case stray.From && stray.To:
			why = from + " and " + to
		case stray.To:
			why = to
		}
		a.say("warning: %s:%d: %s, so the answer is about nobody; %s", f.renames, r.Line, why, todo)
	}
}

// sayRenames says how suspected renames are answered.
func (a *app) sayRenames(s diff.Summary) {
	if s.Renamed > 0 {
		a.say("Suspected renames are held back until they are answered: a file with the columns from,to,same (yes or no) and  --renames FILE;  nelm-reconcile explain E-RENAME-SUSPECTED")
	}
}

// changes compares both sides. A list with days in it and no zone to read them in ends the run with the first of them:
// without a zone no such cell means anything, and thousands of rows would say so one by one.
func (c *comparison) changes(ctx context.Context, emit func(diff.Change) error) (diff.Summary, error) {
	c.options.Present = c.list.Outside()
	if c.desired == nil {
		c.desired = c.list
	}
	var seen heap.Mass
	s, err := diff.Compare(ctx, c.desired, c.current, c.options, func(ch diff.Change) error {
		seen.Change()
		if c.part && ch.Kind == diff.Missing {
			return nil
		}
		for _, f := range ch.Findings {
			if err := zoneMissing(f); err != nil {
				return err
			}
		}
		c.sayOnce(&ch)
		return emit(ch)
	})
	if c.part {
		s.Missing = 0
	}
	return s, err
}

// swapped tells whether columns hold what belongs in others, so that no row is good.
func swapped(found []schema.Finding) bool {
	return slices.ContainsFunc(found, func(f schema.Finding) bool { return f.Code == schema.CodeColumnSwapped })
}

// sayOnce puts what is said of the list as a whole in the place of what follows from it in a blocked row, so that thousands of rows
// have one reason. The row stays blocked.
func (c *comparison) sayOnce(ch *diff.Change) {
	if ch.Kind != diff.Blocked || len(c.misplaced.Findings) == 0 {
		return
	}
	var kept []schema.Finding
	for _, f := range ch.Findings {
		if once, ok := c.misplaced.Instead(f); ok {
			if slices.ContainsFunc(kept, func(k schema.Finding) bool { return k.Message == once.Message }) {
				continue
			}
			f = once
		}
		kept = append(kept, f)
	}
	ch.Findings = kept
}

// saidOnce takes out of a blocked row what is said of the list as a whole, and tells whether nothing else blocks it.
func (c *comparison) saidOnce(ch *diff.Change) bool {
	if ch.Kind != diff.Blocked || len(c.misplaced.Findings) == 0 {
		return false
	}
	ch.Findings = slices.DeleteFunc(slices.Clone(ch.Findings), func(f schema.Finding) bool { return f.Code == schema.CodeColumnSwapped })
	return !slices.ContainsFunc(ch.Findings, func(f schema.Finding) bool { return f.Severity == schema.Error })
}

// zoneNeeded refuses a list whose first rows have days and which has no zone to read them in, as [comparison.changes] does for any
// row: to read the source first takes minutes. What else is wrong with the list is said when it is opened in its turn.
func zoneNeeded(ctx context.Context, path string, s *schema.Schema, r listRequest, ignored []string) error {
	if info, err := os.Stat(path); path == "-" || r.reading.Zone != nil || err != nil || !info.Mode().IsRegular() {
		return nil
	}
	r.options.HeaderRow, r.options.NoDigest = headerRow(path, r.options.HeaderRow), true
	l, err := csvio.Open(ctx, path, s, r.options)
	if err != nil {
		return nil
	}
	if otherSource(l.Input(), s) != nil {
		return l.Close()
	}
	columns := l.Columns()
	err = l.Peek(ctx, func(b *schema.Block) error {
		for i, col := range columns {
			if a, _ := s.Attribute(col.Name); a.Type != schema.Date || slices.Contains(ignored, col.Name) {
				continue
			}
			for row := range b.Len() {
				if fault := schema.NeedsZone(b.Cell(row, i), col.Dates); fault != nil {
					return noZone(fmt.Errorf("%s, column %q: %s", l.Input().File, col.Header, fault.Message))
				}
			}
		}
		return nil
	})
	return errors.Join(err, l.Close())
}

// currentRemote reads the whole source. before is asked when the source is known and none of its records was read.
func (a *app) currentRemote(ctx context.Context, c *comparison, before func() error) error {
	var err error
	if c.client, c.source, err = a.connect(ctx); err != nil {
		return err
	}
	if c.where, c.access, err = c.source.Describe(ctx); err != nil {
		return err
	}
	var findings []schema.Finding
	if c.schema, findings, err = liveSchema(ctx, c.source, a.now()); err != nil {
		return err
	}
	if err := report.Findings(a.stderr, report.Listed(findings), report.FindingOptions{}); err != nil {
		return err
	}
	a.keepSchema(c.schema)
	if err := before(); err != nil {
		return err
	}
	calls := total(c.client.Requests())
	m := a.meter()
	m.Stage("read", max(c.where.Count, 0))
	seen := 0
	records, err := c.source.List(ctx, func(done, _ int) { m.Add(done - seen); seen = done })
	if err != nil {
		return err
	}
	c.readAt, c.remote, c.records, c.where.Count = a.now(), records, len(records), len(records)
	c.calls = total(c.client.Requests()) - calls
	m.End(fmt.Sprintf("records of the source in %d calls", c.calls))
	c.current, err = schema.NewMemory(c.schema.Names(), records)
	return err
}

// idle refuses a source with an upload job that has not ended: its records are read half changed.
func (c *comparison) idle(ctx context.Context) error {
	if c.source == nil {
		return nil
	}
	status, err := c.source.UploadStatus(ctx)
	if err != nil {
		return fmt.Errorf("see whether an upload is running: %w", err)
	}
	return apply.Busy(status)
}

// keepSchema caches the schema that was just read, so that validate can check against it, and says if it is another one than
// before. A cache that cannot be written is no reason to stop.
func (a *app) keepSchema(s *schema.Schema) {
	a.sayChanged(s)
	if _, err := cacheSchema(s); err != nil {
		a.say("warning: the schema could not be cached for validate: %v", err)
	}
}

// sayChanged says if the schema that was just read is another one than is cached.
func (a *app) sayChanged(s *schema.Schema) {
	was, err := readSchema(filepath.Join(schemaFolder, s.Source.SourceID+".json"))
	if err == nil && was.Fingerprint() != s.Fingerprint() {
		a.say("warning: the source's schema has changed since it was cached (%s); the cache is renewed", age(was, a.now()))
	}
}

// total adds up requests by operation.
func total(byOperation map[string]int) int {
	n := 0
	for _, of := range byOperation {
		n += of
	}
	return n
}
