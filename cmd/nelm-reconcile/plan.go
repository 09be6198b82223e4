package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

type planFlags struct {
	compareFlags
	limitFlags
	output      string
	onMissing   string
	endDate     string
	deleteAfter string
	route       string
	scope       string
	skipInvalid bool
	zoneShift   bool
	max         int
}

func newPlanCommand(a *app) *cobra.Command {
	f := &planFlags{}
	cmd := &cobra.Command{
		Use:   "plan LIST -o PLAN",
		Short: "Decide what to create, update, end or delete, check limits, and write it down for review",
		Long: `Compare a list with the live source and decide what to create, update, end or delete. The plan is checked against
limits, written to a file that can be reviewed (nelm-reconcile show) and applied (nelm-reconcile apply), and summed up.

Nobody is removed unless you say so: people who are in the source but not in the list are kept, ended (their endDate moves
to an earlier day) or deleted as --on-missing says. Unlike with delimited-file sources, leaving somebody out of an upload
removes nobody. A plan over a limit is written all the same, marked unsafe, and cannot be applied.`,
		Example: `  nelm-reconcile plan contractors.csv -o contractors.plan.jsonl
  nelm-reconcile plan contractors.csv --on-missing end --end-date today -o contractors.plan.jsonl`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runPlan(cmd.Context(), f, args[0]) },
	}
	f.compareFlags.register(cmd)
	f.limitFlags.register(cmd)
	p := cmd.Flags()
	p.StringVarP(&f.output, "output", "o", "", "`FILE` for the plan; - for standard output")
	p.StringVar(&f.onMissing, "on-missing", "", "people of the source who are not in the list: keep (default), end or delete")
	p.StringVar(&f.endDate, "end-date", "today", "with --on-missing end: their last day, today or a `DATE`")
	p.StringVar(&f.deleteAfter, "delete-after", "", "with --on-missing delete: only those who ended at least so long ago, e.g. 30d")
	p.StringVar(&f.route, "route", "auto", "how updates are sent: auto, bulk or patch")
	p.StringVar(&f.scope, "scope", "", "`ATTRIBUTE=VALUE`: the list speaks for these records alone, e.g. vendor=ACME")
	p.BoolVar(&f.skipInvalid, "skip-invalid", false, "plan the good rows although others have errors; those people are left alone")
	p.BoolVar(&f.zoneShift, "allow-zone-shift", false, "most dates move by the same few hours, and that is meant")
	p.IntVar(&f.max, "max", 5, "show at most `N` operations of each kind of list; 0 for all")
	return cmd
}

// planName is where a plan goes that belongs to a list: contractors.csv → contractors.plan.jsonl.
func planName(list string) string {
	if list == "-" {
		return "list.plan.jsonl"
	}
	return strings.TrimSuffix(list, filepath.Ext(list)) + ".plan.jsonl"
}

func (a *app) runPlan(ctx context.Context, f *planFlags, path string) (err error) {
	if f.output == "" {
		return &codedError{code: exitUsage, err: errors.New("plan needs a file to write: -o PLAN"), hint: fmt.Sprintf("nelm-reconcile plan %s -o %s", report.Word(path), report.Word(planName(path)))}
	}
	out := planOutput(f.output, path)
	if err := out.check(a); err != nil {
		return err
	}
	o, err := f.options(a)
	if err != nil {
		return err
	}
	c, err := a.compare(ctx, &f.compareFlags, path, true)
	if err != nil {
		return err
	}
	defer func() {
		if e := c.close(); err == nil {
			err = e
		}
	}()
	if err := c.idle(ctx); err != nil {
		return err
	}
	if err := a.findPeopleTwice(ctx, c); err != nil {
		return err
	}
	if err := f.complete(ctx, a, &o, c); err != nil {
		return err
	}

	var compared diff.Summary
	changes := func(emit func(diff.Change) error) (diff.Summary, error) {
		var err error
		compared, err = c.changes(ctx, emit)
		return compared, err
	}
	var s plan.Summary
	var refused error
	sent, err := out.write(a, func(w io.Writer) error {
		var err error
		s, err = plan.Build(changes, w, o)
		if isRefusal(err) { // the plan is written all the same, so that somebody can judge it
			refused, err = err, nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := a.showPlan(out, sent, s, f.max, refused == nil); err != nil {
		return err
	}
	a.sayStrays(&f.compareFlags, c, compared)
	a.sayRenames(compared)
	// Advice for somebody who looks on; a nightly log has no line for it.
	if n := s.Trailer.Counts.Create + s.Trailer.Fields[schema.Manager]; n > 0 && a.stderrTerminal && c.source != nil && !c.request.managers && slices.Contains(o.Managed, schema.Manager) {
		a.say("managers were not looked up: with --check-managers those that the tenant does not know are found before it refuses them")
	}
	switch {
	case refused != nil:
		return refused
	case f.exitCode && s.Trailer.Counts.Sent() > 0:
		return &codedError{code: exitChanges}
	}
	return nil
}

// shownAsRead is how many operations a plan may have to be shown as it reads back, which is a check as well. Of a longer one what
// was kept of it while it was written is shown.
const shownAsRead = 2000

// showPlan prints the plan that was just written. It goes to standard output, unless the plan itself went there.
func (a *app) showPlan(out output, sent []byte, s plan.Summary, most int, safe bool) error {
	p := s.Head
	if p == nil || a.global.json || s.Trailer.Counts.Operations() <= shownAsRead {
		var err error
		if out.readable() {
			p, err = readPlan(out.path)
		} else {
			p, err = plan.Read(bytes.NewReader(sent))
		}
		if err != nil {
			return fmt.Errorf("the plan does not read back as it was written: %w", err)
		}
	}
	w, file := a.stdout, out.path
	if out.path == "-" {
		w = a.stderr
	}
	if a.global.json && out.path != "-" {
		return report.PlanJSON(w, p)
	}
	if !out.readable() {
		file, safe = "", false // there is no file to review or to apply
	}
	return report.Plan(w, p, report.PlanOptions{Colour: a.colour() && w == a.stdout, Max: most, File: file, Apply: safe, Quiet: a.global.quiet})
}

// isRefusal tells a plan that was written but must not be applied from one that could not be made.
func isRefusal(err error) bool {
	var limit *plan.LimitError
	var invalid *plan.InvalidError
	return errors.As(err, &limit) || errors.As(err, &invalid)
}

// options settles what needs no tenant, so that a wrong flag is said before anything is read.
func (f *planFlags) options(a *app) (plan.Options, error) {
	o := plan.Options{Made: a.now(), Tool: "nelm-reconcile " + toolVersion(), SkipInvalid: f.skipInvalid, Route: f.route}
	pick := func(flag, setting, fallback string) string {
		for _, v := range []string{flag, setting} {
			if v != "" {
				return v
			}
		}
		return fallback
	}
	var err error
	if o.OnMissing, err = plan.ParseOnMissing(pick(f.onMissing, a.conf.OnMissing, "keep")); err != nil {
		return o, usagef("--on-missing: %v", err)
	}
	if o.OnMissing == plan.EndMissing {
		r, err := f.request(a)
		if err != nil {
			return o, err
		}
		if _, err := endOf(f.endDate, r.now, r.reading.Zone); err != nil {
			return o, err
		}
	}
	if o.Limits, err = f.limits(a); err != nil {
		return o, err
	}
	if f.deleteAfter != "" {
		if o.DeleteAfter, err = parseDays(f.deleteAfter); err != nil {
			return o, usagef("--delete-after: %v", err)
		}
	}
	switch f.route {
	case "auto", "bulk", "patch":
	default:
		return o, usagef("--route is auto, bulk or patch, not %q", f.route)
	}
	return o, nil
}

// complete adds what was learnt by opening both sides.
func (f *planFlags) complete(ctx context.Context, a *app, o *plan.Options, c *comparison) error {
	o.Now = c.request.now
	o.Source, o.Access, o.Schema, o.Reading, o.Key = c.where, c.access, c.schema, c.request.reading, f.key
	o.Read = plan.ReadState{At: c.readAt, Records: int64(max(c.records, 0)), Calls: c.calls}
	o.Managed = managed(c)
	o.ZoneShiftOK, o.Head = f.zoneShift, f.max
	o.Whole = slices.Concat(c.misplaced.Findings, c.notes)
	if f.scope != "" {
		var err error
		if o.Scope, err = plan.ParseScope(f.scope, c.schema.Names()); err != nil {
			return usagef("--scope: %v", err)
		}
		if c.desired, err = o.Scope.Guard(c.list); err != nil {
			return usagef("--scope: %v", err)
		}
		o.Read.InScope = o.Scope.Count(c.remote)
	}
	if c.source == nil {
		o.Against = f.against
	}
	if c.list.Partial() {
		o.Partial = "it carries nelm_ columns, so it is a file of rows to correct and a part of a list"
	}
	o.Settled = func() (plan.Input, string) {
		in := c.list.Input()
		return plan.Input{File: in.File, SHA256: in.SHA256, Bytes: in.Bytes, Rows: max(in.Rows, 0), Dialect: in.Dialect, Layout: layoutOf(c.list.Options())}, ""
	}
	if o.OnMissing == plan.EndMissing {
		var err error
		if o.EndDate, err = endOf(f.endDate, o.Now, o.Reading.Zone); err != nil {
			return err
		}
	}
	if c.source != nil {
		store, err := a.store()
		if err != nil {
			return err
		}
		a.warnUnfinished(store, c.where, "")
	}
	return a.pending(ctx, o, c)
}

// managed are the attributes that the list has an opinion about, in template order.
func managed(c *comparison) []string {
	var names []string
	for _, name := range c.schema.Names() {
		if slices.Contains(c.options.Ignore, name) {
			continue
		}
		if slices.ContainsFunc(c.list.Columns(), func(col schema.Column) bool { return col.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}

// endOf is the last second of a day, where the list is.
func endOf(day string, now time.Time, zone *time.Location) (time.Time, error) {
	if zone == nil {
		return time.Time{}, &codedError{code: exitUsage, err: errors.New("--on-missing end needs to know where the day ends"),
			hint: "--time-zone Europe/Berlin, or time-zone: in nelm.yaml; there is no default"}
	}
	d := now.In(zone)
	if day != "today" {
		var err error
		if d, err = time.ParseInLocation(time.DateOnly, day, zone); err != nil {
			return time.Time{}, usagef("--end-date is today or a date such as 2026-03-02, not %q", day)
		}
	}
	return schema.When{Day: schema.Day{Year: d.Year(), Month: d.Month(), Day: d.Day()}}.EndOf(zone), nil
}

// pending finds the account names that wait for approval. A token that may not see requests is told so: then a create can
// collide with one, which the tenant refuses.
func (a *app) pending(ctx context.Context, o *plan.Options, c *comparison) error {
	if c.source == nil {
		return nil
	}
	requests, err := c.source.PendingRequests(ctx)
	if errors.Is(err, nelm.ErrDenied) {
		a.say("warning: this token may not see requests that wait for approval; a create can collide with one")
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range requests {
		if o.Pending == nil {
			o.Pending = map[string]string{}
		}
		reason := "a request waits for approval"
		if r.Created != "" {
			reason += " since " + r.Created
		}
		o.Pending[strings.ToLower(r.AccountName)] = reason
	}
	return nil
}

// parseDays reads 30d, 4w, or a duration such as 12h.
func parseDays(s string) (time.Duration, error) {
	for unit, length := range map[string]int{"d": 1, "w": 7} {
		digits, ok := strings.CutSuffix(s, unit)
		if days, err := strconv.ParseUint(digits, 10, 16); ok && err == nil {
			return time.Duration(days) * time.Duration(length) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a time such as 30d, 4w or 12h: a number and w for weeks, d for days, h for hours or m for minutes", s)
	}
	return d, nil
}
