package diff_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// TestDaffAgrees compares lists of text with daff, which others wrote: the same keys are created, deleted and changed, in the
// same cells.
func TestDaffAgrees(t *testing.T) {
	daff, err := exec.LookPath("daff")
	if err != nil {
		// A bare machine has Go alone; .ci/run installs daff, so that there its verdict is heard.
		t.Skip("daff is not installed, so that nobody else's verdict is heard here: npm install --global daff@1.4.2")
	}
	for _, o := range []gen.Options{
		{Rows: 900, Seed: 11},
		{Rows: 400, Seed: 12, Columns: 18, NewSpelling: gen.NeedlessQuotes | gen.CRLF},
		{Rows: 200, Seed: 13, Shape: gen.AllUpdated},
		{Rows: 100, Seed: 14, Shape: gen.AllCreated},
		{Rows: 100, Seed: 15, Shape: gen.AllDeleted},
		{Rows: 300, Seed: 16, Shape: gen.Same},
	} {
		t.Run(fmt.Sprintf("%d rows, shape %d", o.Rows, o.Shape), func(t *testing.T) {
			pair, err := gen.NewPair(o)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			older, newer := filepath.Join(dir, "old.csv"), filepath.Join(dir, "new.csv")
			for path, write := range map[string]func(io.Writer) (gen.Written, error){older: pair.WriteOld, newer: pair.WriteNew} {
				var b bytes.Buffer
				if _, err := write(&b); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want := daffSays(t, daff, older, newer)
			got := weSay(t, older, newer, max(o.Columns, 12))
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-daff +ours):\n%s", d)
			}
			if counts := pair.Counts(); counts.Created+counts.Updated+counts.Deleted > len(got) {
				t.Errorf("%d lines about %+v", len(got), counts)
			}
		})
	}
}

// daffSays returns a line for every created and deleted key and for every changed cell, sorted.
func daffSays(t *testing.T, daff, older, newer string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), daff, "diff", "--id", "accountName", "--unordered", "--all-columns", "--context", "0", "--output-format", "json", older, newer)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	var answer struct{ Sheet [][]*string }
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	var names []string
	lines := []string{}
	for _, row := range answer.Sheet {
		// The first cell says what a row is; of a changed one it is the arrow that stands between the old and the new in its cells.
		switch act := text(row[0]); {
		case act == "@@":
			for _, name := range row[1:] {
				names = append(names, text(name))
			}
		case act == "+++":
			lines = append(lines, "created "+text(row[1]))
		case act == "---":
			lines = append(lines, "deleted "+text(row[1]))
		case strings.HasSuffix(act, "->"):
			for i, cell := range row[1:] {
				if was, is, changed := strings.Cut(text(cell), act); changed {
					lines = append(lines, fmt.Sprintf("changed %s %s %q %q", text(row[1]), names[i], was, is))
				}
			}
		case act != "" && act != "..." && act != ":":
			t.Fatalf("daff says %q, which this test does not know", act)
		}
	}
	slices.Sort(lines)
	return lines
}

// weSay returns the same of our own comparison.
func weSay(t *testing.T, older, newer string, columns int) []string {
	t.Helper()
	s := &schema.Schema{}
	for _, name := range gen.Header(columns) {
		s.Attributes = append(s.Attributes, schema.Attribute{TechnicalName: name, Type: schema.Text})
	}
	var lists []*csvio.List
	for _, path := range []string{newer, older} {
		l, err := csvio.Open(t.Context(), path, s, csvio.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}()
		lists = append(lists, l)
	}
	lines := []string{}
	o := diff.Options{Schema: s, Reading: schema.Reading{Blank: schema.BlankClear}}
	if _, err := diff.Compare(t.Context(), lists[0], lists[1], o, func(c diff.Change) error {
		switch c.Kind {
		case diff.Create:
			lines = append(lines, "created "+c.Key)
		case diff.Missing:
			lines = append(lines, "deleted "+c.Key)
		case diff.Update:
			for _, f := range c.Fields {
				lines = append(lines, fmt.Sprintf("changed %s %s %q %q", c.Key, f.Attribute, f.Old, f.New))
			}
		default:
			t.Errorf("%s %s: %v", c.Kind, c.Key, c.Findings)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}
