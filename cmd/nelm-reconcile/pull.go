package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// backupsFolder is where pull puts its backups unless told otherwise.
var backupsFolder = filepath.Join(".nelm", "backups")

// stamp is how a backup's name carries its time, in UTC; names then sort by age.
const stamp = "20060102T150405Z"

type pullFlags struct {
	to   string
	keep int
	all  bool
}

func newPullCommand(a *app) *cobra.Command {
	f := &pullFlags{}
	cmd := &cobra.Command{
		Use:   "pull",
		Short: "Back up one or all sources: a dated CSV, a snapshot with ids, and their checksums",
		Long: `Back up a source, or with --all every source that the token sees, as three dated files: NAME-TIME.csv in template order,
NAME-TIME.snapshot.jsonl with record ids, and NAME-TIME.sha256 for sha256sum -c. The service's terms put the duty of regular
backups on its customers.

To restore, plan against the backup: nelm-reconcile plan BACKUP.csv -o restore.plan.jsonl`,
		Example: `  nelm-reconcile pull
  nelm-reconcile pull --all --to backups --keep 30      # every night: a month of every source`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runPull(cmd.Context(), f) },
	}
	p := cmd.Flags()
	p.StringVar(&f.to, "to", backupsFolder, "`FOLDER` for the backups")
	p.IntVar(&f.keep, "keep", 0, "keep the newest `N` backups of each source and remove older ones; 0 keeps all")
	p.BoolVar(&f.all, "all", false, "every source that the token sees")
	return cmd
}

func (a *app) runPull(ctx context.Context, f *pullFlags) error {
	if f.keep < 0 {
		return usagef("--keep is a number of backups, not %d", f.keep)
	}
	sources, err := a.pulled(ctx, f)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.to, 0o700); err != nil {
		return &codedError{code: exitUsage, err: err}
	}
	for _, src := range sources {
		where, _, err := src.Describe(ctx)
		if err != nil {
			return err
		}
		name := backupName(where)
		if err := a.pull(ctx, f, src, where, name); err != nil {
			return fmt.Errorf("back up %q: %w", where.Name, err)
		}
		removed, err := thin(f.to, name, f.keep)
		if err != nil {
			return fmt.Errorf("remove old backups of %q: %w", where.Name, err)
		}
		if removed > 0 {
			a.say("removed %d older backups of %q", removed, where.Name)
		}
	}
	return nil
}

// pulled are the sources to back up.
func (a *app) pulled(ctx context.Context, f *pullFlags) ([]*nelm.Source, error) {
	if !f.all {
		_, src, err := a.connect(ctx)
		return []*nelm.Source{src}, err
	}
	client, err := a.client()
	if err != nil {
		return nil, err
	}
	listed, err := client.Sources(ctx)
	if err != nil {
		return nil, err
	}
	var all []*nelm.Source
	for _, s := range listed {
		src, err := client.Source(ctx, s.SourceID)
		if err != nil {
			return nil, err
		}
		all = append(all, src)
	}
	return all, nil
}

// pull writes one backup. The checksums come last: a backup without them was not completed.
func (a *app) pull(ctx context.Context, f *pullFlags, src *nelm.Source, where schema.Source, name string) error {
	s, err := src.Schema(ctx)
	if err != nil {
		return err
	}
	begun := a.now()
	m := a.meter()
	m.Stage("read", max(where.Count, 0))
	seen := 0
	records, err := src.List(ctx, func(done, _ int) { m.Add(done - seen); seen = done })
	if err != nil {
		return err
	}
	m.End("records of " + where.Name)
	where.Count = len(records)
	base := filepath.Join(f.to, name+"-"+begun.UTC().Format(stamp))
	sums := ""
	for _, file := range []struct {
		ending string
		write  func(io.Writer) error
	}{
		{".csv", func(w io.Writer) error {
			return csvio.WriteUpload(w, s.Names(), func(yield func([]string) bool) {
				for _, r := range records {
					if !yield(inOrder(r, s.Names())) {
						return
					}
				}
			})
		}},
		{".snapshot.jsonl", (&apply.Snapshot{Source: where, At: begun.UTC(), Names: s.Names(), Records: records}).Write},
	} {
		h := sha256.New()
		err := state.WriteFile(base+file.ending, nil, func(w io.Writer) error { return file.write(io.MultiWriter(w, h)) })
		if err != nil {
			return err
		}
		sums += hex.EncodeToString(h.Sum(nil)) + "  " + filepath.Base(base) + file.ending + "\n"
	}
	err = state.WriteFile(base+".sha256", nil, func(w io.Writer) error { _, err := io.WriteString(w, sums); return err })
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(a.stdout, "%s.csv   %d records\n", base, len(records)); err != nil {
		return err
	}
	a.say("Restore: nelm-reconcile plan %s.csv -o restore.plan.jsonl", base)
	return nil
}

// inOrder are the values of a record in the order of names.
func inOrder(r schema.Record, names []string) []string {
	values := make([]string, len(names))
	for i, n := range names {
		values[i], _ = r.Get(n)
	}
	return values
}

// backupName is the beginning of a source's backups: readable, and its own even where two names look alike.
func backupName(s schema.Source) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '-'
	}, s.Name)
	return strings.Trim(name, "-") + "-" + s.SourceID[:min(8, len(s.SourceID))]
}

// thin removes the oldest backups of a source beyond the newest keep. Only files that are named as pull names them are touched.
func thin(folder, name string, keep int) (removed int, err error) {
	if keep == 0 {
		return 0, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0, err
	}
	var times []string
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), name+"-")
		at, ending, _ := strings.Cut(rest, ".")
		if _, err := time.Parse(stamp, at); ok && err == nil && ending == "sha256" {
			times = append(times, at)
		}
	}
	slices.Sort(times)
	for len(times) > keep {
		for _, ending := range []string{".sha256", ".csv", ".snapshot.jsonl"} {
			if err := os.Remove(filepath.Join(folder, name+"-"+times[0]+ending)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return removed, err
			}
		}
		times = times[1:]
		removed++
	}
	return removed, nil
}
