package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// TestNothingPrivateIsTold runs every command that talks to a tenant, in good and bad times, with and without -v. Nobody's mail
// address, telephone number or name of any kind stands in what goes to a log, no secret and no token anywhere, and what the
// program writes is for its owner alone.
func TestNothingPrivateIsTold(t *testing.T) {
	for _, verbose := range []bool{false, true} {
		name := "without -v"
		if verbose {
			name = "with -v"
		}
		t.Run(name, func(t *testing.T) { nothingPrivateIsTold(t, verbose) })
	}
}

// A told is one command of that test and what it is for.
type told struct {
	why  string
	code int
	args []string
}

func nothingPrivateIsTold(t *testing.T, verbose bool) {
	s := newStand(t, 60, true, sandbox.Options{Random: 9})
	want := s.wish(5, 8, 3)
	s.writeList(want)
	secret := s.box.Credentials().Admin.Secret
	s.write("secret.env", "SAIL_CLIENT_ID="+s.box.Credentials().Admin.ClientID+"\nSAIL_CLIENT_SECRET="+secret+"\n")
	wrong := strings.Repeat("0123456789abcdef", 4)
	s.write("wrong.env", "SAIL_CLIENT_ID="+s.box.Credentials().Admin.ClientID+"\nSAIL_CLIENT_SECRET="+wrong+"\n")

	secrets, people := []string{secret, wrong}, private(s, want)
	talk := 0
	tell := func(c told) {
		t.Helper()
		args := c.args
		if verbose {
			args = append([]string{"-v"}, args...)
		}
		said := s.must(c.code, args...)
		talk += len(said.stderr)
		for _, p := range append(slices.Clone(people), secrets...) {
			if strings.Contains(said.stderr, p) {
				t.Errorf("%s: %s tells %q on standard error:\n%s", c.why, c.args[0], p, said.stderr)
				break
			}
		}
		for token := range maps.Keys(s.gate.seenTokens()) {
			if strings.Contains(said.stdout+said.stderr, token) {
				t.Errorf("%s: %s tells a token: %s", c.why, c.args[0], said)
			}
		}
		for _, p := range secrets {
			if strings.Contains(said.stdout, p) {
				t.Errorf("%s: %s tells a secret: %s", c.why, c.args[0], said.stdout)
			}
		}
	}
	apply := func(plan string) []string {
		return []string{"apply", plan, "--yes", "--confirm", practice, "--timeout", "10m"}
	}

	for _, c := range []told{
		{"looking", exitOK, []string{"sources"}},
		{"looking", exitOK, []string{"schema"}},
		{"looking, with a secret file", exitOK, []string{"doctor", "list.csv", "--secret-file", "secret.env"}},
		{"looking at settings", exitOK, []string{"sources", "--show-config", "--secret-file", "secret.env"}},
		{"a backup", exitOK, []string{"pull", "--secret-file", "secret.env"}},
		{"a list", exitOK, []string{"validate", "list.csv"}},
		{"differences", exitOK, []string{"diff", "list.csv"}},
		{"a wrong secret", exitDenied, []string{"sources", "--secret-file", "wrong.env"}},
		{"a wrong secret", exitDenied, []string{"doctor", "--secret-file", "wrong.env"}},
		{"a wrong secret", exitDenied, []string{"pull", "--secret-file", "wrong.env"}},
		{"a plan", exitOK, []string{"plan", "list.csv", "-o", "p.plan.jsonl"}},
		{"a plan to go stale", exitOK, []string{"plan", "list.csv", "-o", "stale.plan.jsonl"}},
		{"a dry run", exitOK, append(apply("p.plan.jsonl"), "--dry-run")},
	} {
		tell(c)
	}

	s.setFaults(sandbox.Fault{Operation: "any", Kind: "500"})
	tell(told{"a tenant that fails", exitUnavailable, []string{"pull"}})
	tell(told{"a tenant that fails", exitUnavailable, apply("p.plan.jsonl")})
	s.setFaults(sandbox.Fault{Operation: "patch", Kind: "500"}, sandbox.Fault{Operation: "upload", Kind: "job-alter", Value: "5"})
	tell(told{"writes that fail, and rows that the tenant alters", exitPartial, apply("p.plan.jsonl")})
	s.setFaults()
	tell(told{"runs", exitOK, []string{"runs", "list"}})
	tell(told{"a run that is partial", exitOK, []string{"runs", "show", "latest"}})
	tell(told{"a plan that is used", exitStale, apply("p.plan.jsonl")})
	tell(told{"going on where nothing is left", exitPartial, []string{"apply", "--resume", "latest", "--yes"}})

	// Somebody changes just what must not be told, of people whom the plan is about.
	err := s.box.Mutate(s.box.Sources()[0].SourceID, func(records []sandbox.Record) []sandbox.Record {
		for i := range records {
			if strings.HasPrefix(records[i].AccountName, "old.00") {
				records[i].Email, records[i].Phone = "moved."+records[i].Email, "+49 30 23125 7"+records[i].Phone[len(records[i].Phone)-2:]
				people = append(people, records[i].Email, records[i].Phone)
			}
		}
		return records
	})
	if err != nil {
		t.Fatal(err)
	}
	tell(told{"a stale plan", exitStale, apply("stale.plan.jsonl")})
	tell(told{"an undo", exitUnsafe, []string{"undo", "latest", "-o", "undo.plan.jsonl", "--max-removals", "0"}})

	// Rows that the tenant refuses in its own words: a manager that nobody knows.
	list := s.people()
	for _, name := range []string{"odd.1", "odd.2"} {
		list[name] = []string{name, "Odd", "Strangefield", "+49 30 23125 80" + name[4:], name + "@example.com", "no.such.manager", "2026-01-15", "2030-11-30", "Blick"}
		people = append(people, list[name][3], list[name][4])
	}
	s.writeList(list)
	tell(told{"a plan that the tenant will refuse", exitOK, []string{"plan", "list.csv", "-o", "odd.plan.jsonl"}})
	tell(told{"rows that the tenant refuses", exitPartial, apply("odd.plan.jsonl")})
	// A list that is wrong, and one that is not a list.
	s.write("bad.csv", "accountName,firstName,lastName,phone,email,manager,startDate,endDate\nold.001,A,B,+49 30 23125 001,old.001@@example..com,jane.doe,2026-01-01,03/04/2026\n")
	people = append(people, "old.001@@example..com")
	tell(told{"a list with errors", exitInvalid, []string{"validate", "bad.csv"}})
	tell(told{"a list with errors, and too short", exitUnsafe, []string{"plan", "bad.csv", "-o", "bad.plan.jsonl"}})
	s.write("other.yaml", "source: "+practice+"\ncontact: old.001@example.com, +49 30 23125 001\nclient-secret: "+secret+"\n")
	tell(told{"a wrong configuration that holds what it must not", exitUsage, []string{"sources", "--config", "other.yaml"}})

	if talk < 1000 {
		t.Errorf("only %d bytes were told: there was nothing to look through", talk)
	}
	if tokens := s.gate.seenTokens(); len(tokens) < 5 {
		t.Errorf("only %d tokens were used", len(tokens))
	}
	s.ownersAlone(append(secrets, slices.Collect(maps.Keys(s.gate.seenTokens()))...), people, "secret.env", "wrong.env", "other.yaml")
}

// private are the mail addresses and telephone numbers of the source and of a list.
func private(s *stand, list map[string][]string) []string {
	var all []string
	for _, people := range []map[string][]string{s.people(), list} {
		for _, values := range people {
			all = append(all, values[3], values[4])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ownersAlone checks every file and folder that the program wrote: nobody else may read it, no name tells of a person, and
// none holds a secret, the given files of the test itself apart.
func (s *stand) ownersAlone(secrets, people []string, own ...string) {
	s.t.Helper()
	files := 0
	for _, root := range []string{s.dir, s.state} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || path == s.dir || slices.Contains(own, d.Name()) {
				return err
			}
			files++
			info, err := d.Info()
			if err != nil {
				return err
			}
			wantMode := fs.FileMode(0o600)
			if d.IsDir() {
				wantMode = 0o700
			}
			if runtime.GOOS != "windows" && info.Mode().Perm() != wantMode {
				s.t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), wantMode)
			}
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			for _, p := range append([]string{"old.0", "new.0", "@"}, people...) {
				if strings.Contains(relative, p) {
					s.t.Errorf("the name %s tells of a person", relative)
					break
				}
			}
			if d.IsDir() {
				return nil
			}
			data, err := os.ReadFile(path)
			for _, p := range secrets {
				if strings.Contains(string(data), p) {
					s.t.Errorf("%s holds a secret or a token", path)
				}
			}
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if files < 20 {
		s.t.Errorf("the program wrote %d files: there was nothing to look at", files)
	}
}
