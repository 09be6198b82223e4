package state

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func store(t *testing.T) Store {
	t.Helper()
	dir := t.TempDir()
	return Store{
		User: filepath.Join(dir, "user"),
		Runs: filepath.Join(dir, "work", ".nelm", "runs"),
		Now:  func() time.Time { return time.Date(2026, 3, 2, 14, 15, 0, 99, time.UTC) },
	}
}

func TestNewRun(t *testing.T) {
	s := store(t)
	r, err := s.NewRun()
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^2026-03-02T141500Z-[0-9a-f]{4}$`).MatchString(r.ID) {
		t.Errorf("run is called %q", r.ID)
	}
	if err := r.Append(entry{N: 1}); err != nil {
		t.Fatal(err)
	}
	if err := r.Write("result.json", text("{}")); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Append(entry{N: 2}); err != nil {
		t.Fatalf("a run that was closed and goes on: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	records, torn, err := r.Records()
	if len(records) != 2 || torn || err != nil {
		t.Errorf("got %d records, torn %t, %v, want 2", len(records), torn, err)
	}
	if got := content(t, filepath.Join(s.Runs, ".gitignore")); got != "*\n" {
		t.Errorf("git would take the runs: .gitignore is %q", got)
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{r.Dir: 0o700, s.Runs: 0o700, r.Path("journal.jsonl"): 0o600, r.Path("result.json"): 0o600} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
			}
		}
	}
}

func TestFindRun(t *testing.T) {
	s := store(t)
	for _, id := range []string{"2026-03-01T080000Z-7f3a", "2026-03-02T080000Z-7f3a", "2026-03-02T090000Z-00ff"} {
		if err := os.MkdirAll(filepath.Join(s.Runs, id), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, other := range []string{"notes", "2026-03-02T090000Z-00FG", "2026-13-02T090000Z-00ff"} {
		if err := os.MkdirAll(filepath.Join(s.Runs, other), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, want string
		matches    int
		why        string
	}{
		{"latest", "2026-03-02T090000Z-00ff", 0, "the newest"},
		{"00ff", "2026-03-02T090000Z-00ff", 0, "its end"},
		{"2026-03-02T09", "2026-03-02T090000Z-00ff", 0, "its beginning"},
		{"2026-03-01T080000Z-7f3a", "2026-03-01T080000Z-7f3a", 0, "its whole id"},
		{filepath.Join(s.Runs, "2026-03-01T080000Z-7f3a"), "2026-03-01T080000Z-7f3a", 0, "its path"},
		{"7f3a", "", 2, "two end so"},
		{"beef", "", 0, "there is none"},
		{"", "", 0, "an empty name means no run"},
		{filepath.Join(s.Runs, "notes"), "", 0, "a folder, but of no run"},
		{filepath.Join(s.Runs, "2026-03-09T080000Z-7f3a"), "", 0, "named like a run, but not there"},
	} {
		r, err := s.FindRun(test.name)
		if test.want != "" {
			if err != nil || r.ID != test.want {
				t.Errorf("%s: FindRun(%q) = %v, %v, want %s", test.why, test.name, r, err, test.want)
			}
			continue
		}
		var e *RunError
		if !errors.As(err, &e) || len(e.Matches) != test.matches {
			t.Errorf("%s: FindRun(%q) gave %v, want a *RunError with %d matches", test.why, test.name, err, test.matches)
		}
	}
}

func TestListAndPruneRuns(t *testing.T) {
	s := store(t)
	if runs, err := s.ListRuns(); len(runs) != 0 || err != nil {
		t.Fatalf("before the first run: %v, %v", runs, err)
	}
	ids := []string{"2026-03-01T000000Z-0001", "2026-01-02T000000Z-0002", "2026-01-01T000000Z-0003", "2025-12-31T000000Z-0004"}
	for _, id := range ids {
		if err := os.MkdirAll(filepath.Join(s.Runs, id), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	list := func() []string {
		runs, err := s.ListRuns()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range runs {
			got = append(got, r.ID)
		}
		return got
	}
	if diff := cmp.Diff(ids, list()); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	removed, kept, err := s.PruneRuns(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), func(r *Run) (string, error) {
		if strings.HasSuffix(r.ID, "0004") {
			return "can be resumed", nil
		}
		return "", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(removed) != 1 || removed[0].ID != ids[2] {
		t.Errorf("removed %v, want only %s: %s is not before the day", removed, ids[2], ids[1])
	}
	if diff := cmp.Diff(map[string]string{ids[3]: "can be resumed"}, kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{ids[0], ids[1], ids[3]}, list()); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestClaimOnce(t *testing.T) {
	s := store(t)
	first, err := s.NewRun()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Applied("plan-1"); ok || err != nil {
		t.Fatalf("applied before it was: %t, %v", ok, err)
	}
	if err := s.Claim("plan-1", first); err != nil {
		t.Fatal(err)
	}
	elsewhere := s
	elsewhere.Runs = filepath.Join(t.TempDir(), "runs")
	second, err := elsewhere.NewRun()
	if err != nil {
		t.Fatal(err)
	}
	var applied *AppliedError
	if err := elsewhere.Claim("plan-1", second); !errors.As(err, &applied) {
		t.Fatalf("the plan could be claimed twice: %v", err)
	}
	if applied.Application.Run != first.Dir || !strings.Contains(applied.Error(), first.ID) {
		t.Errorf("the refusal %q does not lead to run %s", applied, first.ID)
	}
	if err := elsewhere.Claim("plan-2", second); err != nil {
		t.Errorf("another plan: %v", err)
	}
	if err := s.Claim("../../plan", first); err != nil {
		t.Errorf("an id that is a path: %v", err)
	}
	if got := names(t, s.User); len(got) != 1 {
		t.Errorf("the per-user folder holds %v, want applied/ alone", got)
	}
}

func TestUserDir(t *testing.T) {
	env := func(m map[string]string) func(string) string { return func(k string) string { return m[k] } }
	abs := t.TempDir()
	got, err := UserDir(env(map[string]string{"NELM_STATE_DIR": abs, "XDG_STATE_HOME": "/elsewhere"}))
	if err != nil || got != abs {
		t.Errorf("NELM_STATE_DIR: got %q, %v, want %q", got, err, abs)
	}
	got, err = UserDir(env(map[string]string{"XDG_STATE_HOME": abs}))
	if want := filepath.Join(abs, "nelm-reconcile"); err != nil || got != want {
		t.Errorf("XDG_STATE_HOME: got %q, %v, want %q", got, err, want)
	}
	if _, err := UserDir(env(map[string]string{"NELM_STATE_DIR": "here"})); err == nil {
		t.Error("a relative folder was taken: a lock in it locks nothing")
	}
}

func TestTheLatestRunIsTheOneThatBeganLast(t *testing.T) {
	s := store(t)
	for range 50 { // all of one second
		run, err := s.NewRun()
		if err != nil {
			t.Fatal(err)
		}
		latest, err := s.FindRun("latest")
		if err != nil {
			t.Fatal(err)
		}
		if latest.ID != run.ID {
			t.Fatalf("%s is called the latest run, and %s has just begun", latest.ID, run.ID)
		}
	}
}
