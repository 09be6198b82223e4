package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
)

func TestPairIsWrittenWithItsTruth(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var stdout, stderr bytes.Buffer
	args := []string{"-pair", dir, "-rows", "1000", "-columns", "9", "-seed", "5", "-faults", "7", "-new-spelling", "padded,dates"}
	if err := run(args, &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	p, err := gen.NewPair(gen.Options{Seed: 5, Rows: 1000, Columns: 9, Faults: gen.FaultKinds(7), NewSpelling: gen.Padded | gen.OtherDates})
	if err != nil {
		t.Fatal(err)
	}
	var old, new bytes.Buffer
	if _, err := p.WriteOld(&old); err != nil {
		t.Fatal(err)
	}
	if _, err := p.WriteNew(&new); err != nil {
		t.Fatal(err)
	}
	var changes, faults strings.Builder
	for c := range p.Changes() {
		if err := json.NewEncoder(&changes).Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range p.Faults() {
		if err := json.NewEncoder(&faults).Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"old.csv": old.String(), "new.csv": new.String(), "changes.jsonl": changes.String(), "faults.jsonl": faults.String()} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if want := "10 created, 20 updated, 10 deleted, 964 the same, 8 faulty\n"; !strings.HasSuffix(stdout.String(), want) {
		t.Errorf("stdout is %q, want it to end in %q", stdout.String(), want)
	}
}

func TestDemoIsWritten(t *testing.T) {
	dir := t.TempDir()
	if err := run([]string{"-demo", dir}, new(bytes.Buffer), new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"contractors.csv", "seed.json", "nelm.yaml", "README.md"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestRefusedArguments(t *testing.T) {
	for _, test := range []struct {
		why  string
		args []string
		want string
	}{
		{"nothing to write", nil, "either -demo DIR or -pair DIR"},
		{"two things to write", []string{"-demo", "a", "-pair", "b"}, "either -demo DIR or -pair DIR"},
		{"a word too many", []string{"-pair", "a", "b"}, "either -demo DIR or -pair DIR"},
		{"an unknown flag", []string{"-what"}, "-what"},
		{"an unknown shape", []string{"-pair", "a", "-shape", "round"}, `unknown shape "round"`},
		{"an unknown spelling", []string{"-pair", "a", "-new-spelling", "loud"}, `unknown spelling "loud"`},
		{"options that the generator refuses", []string{"-pair", "a", "-columns", "3"}, "3 columns"},
	} {
		t.Run(test.why, func(t *testing.T) {
			err := run(test.args, new(bytes.Buffer), new(bytes.Buffer))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one that says %q", err, test.want)
			}
		})
	}
}
