package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// here runs one command line in this process, in an empty folder, with a terminal or a pipe for standard output.
func here(t *testing.T, terminal bool, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	home := t.TempDir()
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &talk, stdoutTerminal: terminal, now: time.Now, env: func(name string) (string, bool) {
		return home, name == "HOME" || name == "NELM_STATE_DIR" || name == "XDG_CONFIG_HOME"
	}}
	code = run(t.Context(), args, a)
	return code, out.String(), talk.String()
}

func TestAPageIsNotPouredOverATerminal(t *testing.T) {
	golden, err := filepath.Abs("../../docs/plan-file.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("list.csv", []byte("accountName\na\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		why      string
		terminal bool
		args     []string
		refused  string // the hint; empty where the command goes on
	}{
		{"the page of a plan", true, []string{"show", golden, "--format", "html"}, " --format html -o review.html"},
		{"the page of differences, with the flags that it had", true, []string{"diff", "list.csv", "--format", "html", "--blank", "clear"}, "diff list.csv --blank clear --format html -o review.html"},
		{"into a pipe", false, []string{"show", golden, "--format", "html"}, ""},
		{"where standard output was named", true, []string{"show", golden, "--format", "html", "-o", "-"}, ""},
		{"into a file", true, []string{"show", golden, "--format", "html", "-o", "review.html"}, ""},
		{"text", true, []string{"show", golden}, ""},
	} {
		code, stdout, stderr := here(t, test.terminal, test.args...)
		refused := strings.Contains(stderr, "an HTML page is for a browser, and standard output is a terminal")
		if code != exitUsage || stdout != "" || refused != (test.refused != "") || !strings.Contains(stderr, test.refused) {
			t.Errorf("%s: exit %d, %q on standard output, want the hint %q:\n%s", test.why, code, stdout, test.refused, stderr)
		}
	}
}

// A list that cannot be read is said before anything else is asked for, even before who is to be asked.
func TestTheListIsLookedAtFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"empty.csv": "", "list.csv": "accountName\na\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		why, want string
		args      []string
	}{
		{"no such file", "nowhere.csv: there is no such file", []string{"diff", "nowhere.csv"}},
		{"so for a plan", "nowhere.csv: there is no such file", []string{"plan", "nowhere.csv", "-o", "p.plan.jsonl"}},
		{"an empty one", "empty.csv: is empty", []string{"diff", "empty.csv"}},
		{"a folder", "is a folder", []string{"diff", "."}},
		{"an end of the day that is nowhere", "--on-missing end needs to know where the day ends", []string{"plan", "list.csv", "--on-missing", "end", "-o", "p.plan.jsonl"}},
		{"a list that is there", "no source is named", []string{"diff", "list.csv"}},
		{"standard input, which is read once only", "no source is named", []string{"diff", "-"}},
	} {
		code, _, stderr := here(t, false, test.args...)
		if code != exitUsage || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit %d, want …%s…:\n%s", test.why, code, test.want, stderr)
		}
	}
}
