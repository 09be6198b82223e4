package main

import (
	"encoding/csv"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"github.com/nelm-reconcile/nelm-reconcile/internal/heap"
)

// The scripts in testdata/script run the program itself, mostly against its own sandbox.
func TestMain(m *testing.M) {
	heap.Release()
	testscript.Main(m, map[string]func(){"nelm-reconcile": main, quickProgram: quickMain})
}

func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NELM_STATE_DIR", filepath.Join(e.WorkDir, "state"))
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "xdg"))
			e.Setenv("DATA", filepath.Join(root, "testdata"))
			e.Setenv("NO_PROXY", "127.0.0.1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": scriptCode, "dotenv": scriptDotenv, "edit": scriptEdit, "cutlast": scriptCutlast, "readme": scriptReadme, "waitfile": scriptWaitfile, "confirm": scriptConfirm, "book": scriptBook, "lines": scriptLines,
		},
	})
}

// code N command…: runs a command that has to end with exactly that code.
func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command [args]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// dotenv FILE: waits until FILE is there, as a sandbox writes it once it listens, and sets what it exports.
func scriptDotenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: dotenv FILE")
	}
	path := ts.MkAbs(args[0])
	var data []byte
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var err error
		if data, err = os.ReadFile(path); err == nil {
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s did not appear: %v", args[0], err)
		}
	}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "="); ok {
			ts.Setenv(name, strings.Trim(value, `'"`))
		}
	}
}

// edit FILE OLD NEW: replaces every OLD, of which there has to be one.
func scriptEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	if !strings.Contains(string(data), args[1]) {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, []byte(strings.ReplaceAll(string(data), args[1], args[2])), 0o600))
}

// cutlast FILE: cuts the last line off.
func scriptCutlast(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: cutlast FILE")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	text := strings.TrimSuffix(string(data), "\n")
	ts.Check(os.WriteFile(path, []byte(text[:strings.LastIndexByte(text, '\n')+1]), 0o600))
}

// readme FILE: every line of the sessions that the README shows stands in the last command's output, as it is there.
func scriptReadme(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: readme FILE")
	}
	output := map[string]bool{}
	for line := range strings.Lines(ts.ReadFile("stdout") + ts.ReadFile("stderr")) {
		output[strings.TrimRight(line, " \n")] = true
	}
	shown, inside := 0, false
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		line = strings.TrimRight(line, " \n")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && line != "":
			shown++
			if !output[line] {
				ts.Fatalf("the README shows a line that the demo does not print: %q", line)
			}
		}
	}
	if shown == 0 {
		ts.Fatalf("the README shows no session")
	}
}

// waitfile GLOB TEXT: waits until one file matches and holds the text.
func scriptWaitfile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfile GLOB TEXT")
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		paths, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		for _, p := range paths {
			if data, err := os.ReadFile(p); err == nil && strings.Contains(string(data), args[1]) {
				return
			}
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no file %s with %q", args[0], args[1])
		}
	}
}

// confirm FILE: takes the # from every guessed line of a mapping that names an attribute.
func scriptConfirm(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: confirm FILE")
	}
	path := ts.MkAbs(args[0])
	guess := regexp.MustCompile(`(?m)^  # (.+: "?[A-Za-z]+"? )`)
	ts.Check(os.WriteFile(path, guess.ReplaceAll([]byte(ts.ReadFile(args[0])), []byte("  $1")), 0o600))
}

// book FILE SHEET=CSV…: makes a workbook of texts, a sheet of each CSV file.
func scriptBook(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: book FILE SHEET=CSV…")
	}
	f := excelize.NewFile()
	for i, arg := range args[1:] {
		sheet, path, _ := strings.Cut(arg, "=")
		r := csv.NewReader(strings.NewReader(ts.ReadFile(path)))
		r.FieldsPerRecord = -1
		rows, err := r.ReadAll()
		ts.Check(err)
		if i == 0 {
			ts.Check(f.SetSheetName("Sheet1", sheet))
		} else {
			_, err := f.NewSheet(sheet)
			ts.Check(err)
		}
		for n, row := range rows {
			cell, err := excelize.CoordinatesToCellName(1, n+1)
			ts.Check(err)
			ts.Check(f.SetSheetRow(sheet, cell, &row))
		}
	}
	ts.Check(f.SaveAs(ts.MkAbs(args[0])))
	ts.Check(f.Close())
}
