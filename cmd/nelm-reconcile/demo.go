package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
	"github.com/nelm-reconcile/nelm-reconcile/testdata"
)

// The demo's list speaks of contracts around this day; rules that look at today look at it, so that the demo tells the same
// story every year.
const demoDay = "2026-03-02"

func newDemoCommand(a *app) *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The whole job on a local sandbox, before your eyes",
		Long: `Start the sandbox with a seeded source, take a contractor list such as people really send, and run
schema, validate, diff, plan and apply on it, each as the command that you would type. Nothing outside this machine is
reached. Ends with 0 only if the sandbox was read back as planned and a second plan finds nothing to do.`,
		Example: `  nelm-reconcile demo
  nelm-reconcile demo --folder practice      # keep the lists, plans and pages there`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context(), folder) },
	}
	cmd.Flags().StringVar(&folder, "folder", "", "`FOLDER` to work in, empty or new (default: a temporary one, which is kept)")
	return cmd
}

// A demo runs commands in its folder against its own sandbox.
type demo struct {
	app    *app
	folder string
	env    []string
}

func (a *app) runDemo(ctx context.Context, folder string) error {
	folder, err := demoFolder(folder)
	if err != nil {
		return err
	}
	seed, err := sandbox.ReadSeed(bytes.NewReader(testdata.Seed))
	if err != nil {
		return fmt.Errorf("the embedded seed: %w", err)
	}
	box, err := sandbox.New(sandbox.Options{Seed: seed})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: box, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	defer server.Close()

	d := &demo{app: a, folder: folder, env: demoEnv(box.Env("http://"+ln.Addr().String()), folder)}
	if err := d.steps(ctx); err != nil {
		select {
		case e := <-served:
			err = errors.Join(err, fmt.Errorf("the sandbox ended early: %w", e))
		default:
		}
		return err
	}
	return nil
}

// demoFolder makes the folder and puts the list and its configuration there.
func demoFolder(folder string) (string, error) {
	if folder == "" {
		var err error
		if folder, err = os.MkdirTemp("", "nelm-demo-"); err != nil {
			return "", err
		}
	} else {
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", &codedError{code: exitUsage, err: err}
		}
		if len(entries) > 0 {
			return "", &codedError{code: exitUsage, err: fmt.Errorf("the folder %s is not empty", folder), hint: "name a new one: the demo overwrites nothing"}
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return "", err
		}
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	for name, data := range map[string][]byte{"contractors.csv": testdata.Contractors, "nelm.yaml": testdata.Config, "seed.json": testdata.Seed} {
		if err := state.WriteFile(filepath.Join(folder, name), nil, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// demoEnv is the environment of the steps: this one, without what would lead to a real tenant, and with the sandbox.
func demoEnv(exports []byte, folder string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "SAIL_") && !strings.HasPrefix(kv, "NELM_") {
			env = append(env, kv)
		}
	}
	for line := range strings.Lines(string(exports)) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if ok && strings.HasPrefix(name, "SAIL_") {
			env = append(env, name+"="+strings.Trim(value, `'"`))
		}
	}
	return append(env, "NELM_STATE_DIR="+filepath.Join(folder, ".nelm", "state"))
}

func (d *demo) steps(ctx context.Context) error {
	d.title("A local sandbox holds the source; a list came from HR. In %s:", d.folder)
	list := "contractors.csv"
	planFile := planName(list)
	for _, s := range []struct {
		title string
		args  []string
		codes []int
	}{
		{"1. What does a record of this source consist of?", []string{"schema"}, []int{exitOK}},
		{"2. Is the list fit to be sent? (No network needed.)", []string{"validate", list, "--as-of", demoDay, "--max-findings", "3"}, []int{exitInvalid}},
		{"3. What differs from the source?", []string{"diff", list, "--as-of", demoDay, "--max", "3"}, []int{exitOK}},
		{"4. Decide, within limits. Rows with errors wait; people missing from the list are ended, not deleted.", []string{"plan", list, "--as-of", demoDay, "--on-missing", "end", "--skip-invalid", "--max", "2", "-o", planFile}, []int{exitOK}},
		{"5. Apply exactly that, and read every record back.", []string{"apply", planFile, "--yes"}, []int{exitOK}},
		{"6. The same list once more.", []string{"plan", list, "--as-of", demoDay, "--on-missing", "end", "--skip-invalid", "--exit-code", "--max", "2", "-o", "again.plan.jsonl"}, []int{exitOK}},
	} {
		d.title("%s", s.title)
		if err := d.run(ctx, s.args, s.codes...); err != nil {
			return err
		}
	}
	return d.end()
}

func (d *demo) title(format string, args ...any) {
	fmt.Fprintf(d.app.stdout, "\n# "+format+"\n", args...)
}

// run shows a command as a person would type it and runs it: this very program, in the demo's folder.
func (d *demo) run(ctx context.Context, args []string, codes ...int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintf(d.app.stdout, "$ nelm-reconcile %s\n", strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Args[0] = os.Args[0]
	cmd.Dir, cmd.Env = d.folder, d.env
	cmd.Stdout, cmd.Stderr = d.app.stdout, d.app.stderr
	err = cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return fmt.Errorf("run %s: %w", args[0], err)
	}
	code := cmd.ProcessState.ExitCode()
	for _, c := range codes {
		if code == c {
			return nil
		}
	}
	return &codedError{code: max(code, exitError), err: fmt.Errorf("the demo stops here: %s ended with %d, want %v", args[0], code, codes)}
}

// end says which files were written and what to do next.
func (d *demo) end() error {
	d.title("Everything that was planned was read back. The files, in %s:", d.folder)
	err := filepath.WalkDir(d.folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(d.folder, path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(rel, filepath.Join(".nelm", "state")) {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(d.app.stdout, "  %8d  %s\n", info.Size(), rel)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.app.stdout, `
Next: read the plan as the reviewer's page
        %[1]s show %[2]s --format html -o review.html
      practise on the same tenant, by hand
        %[1]s sandbox --seed %[3]s --print-env sandbox.env
      with your own tenant: set SAIL_BASE_URL, SAIL_CLIENT_ID, SAIL_CLIENT_SECRET and run
        %[1]s doctor
`, program(), report.Word(filepath.Join(d.folder, planName("contractors.csv"))), report.Word(filepath.Join(d.folder, "seed.json")))
	return err
}

// program is how the person can call this program again: by go run, where that is how it was called.
func program() string {
	if self, err := os.Executable(); err == nil && strings.Contains(self, string(filepath.Separator)+"go-build") {
		return "go run ./cmd/nelm-reconcile"
	}
	return "nelm-reconcile"
}
