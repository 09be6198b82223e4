//go:build unix

package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
)

var (
	benchRows   = flag.Int("rows", 1_000_000, "rows of each list of the benchmarks of whole commands")
	benchRounds = flag.Int("rounds", 5, "runs of each command and of what it is compared with, in turn; the best of each counts")
)

// BenchmarkCommands times whole processes over generated lists of 12 columns: the best of some runs, as a share of the best that
// encoding/csv with reused records takes to read the same files one after the other, in turn with them. It also reports the
// highest memory of any run as the operating system counts it.
func BenchmarkCommands(b *testing.B) {
	program := builtProgram(b)
	for _, bm := range []struct {
		name string
		list gen.Options
		rows int
		args func(dir string) []string
		both bool // lists are read
	}{
		{"diff 4 % changed", gen.Options{}, *benchRows, diffArgs, true},
		{"plan by meaning, validated", gen.Options{NewSpelling: gen.Respelt}, *benchRows, planArgs, true},
		{"diff every row updated", gen.Options{Shape: gen.AllUpdated}, *benchRows, diffArgs, true},
		{"validate", gen.Options{OneLine: true}, *benchRows, validateArgs, false},
		{"diff 20 thousand rows", gen.Options{}, 20_000, diffArgs, true},
		{"validate 20 thousand rows", gen.Options{OneLine: true}, 20_000, validateArgs, false},
	} {
		b.Run(bm.name, func(b *testing.B) {
			o := bm.list
			o.Seed, o.Rows = 1, bm.rows
			dir := pairOfLists(b, o)
			files := []string{filepath.Join(dir, "new.csv")}
			if bm.both {
				files = append(files, filepath.Join(dir, "old.csv"))
			}
			rounds := *benchRounds
			if bm.rows < 100_000 {
				rounds *= 5
			}
			for b.Loop() {
				var yard, wall []time.Duration
				var cpu time.Duration
				peak := int64(0)
				for range rounds {
					yard = append(yard, readPlainly(b, files))
					took, used, most := timed(b, program, dir, bm.args(dir))
					wall = append(wall, took)
					cpu = used
					peak = max(peak, most)
				}
				ours, theirs := slices.Min(wall), slices.Min(yard)
				b.ReportMetric(ours.Seconds()/theirs.Seconds(), "x-encoding/csv")
				b.ReportMetric(float64(ours.Milliseconds()), "ms")
				b.ReportMetric(float64(cpu.Milliseconds()), "cpu-ms")
				b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// BenchmarkCommandsGrow reports with what exponent the time of a comparison grows from a fifth of the largest list, and how many
// bytes a record takes beyond that.
func BenchmarkCommandsGrow(b *testing.B) {
	program := builtProgram(b)
	large := 5 * *benchRows
	var took [2]time.Duration
	var peak [2]int64
	sizes := [2]int{*benchRows, large}
	for b.Loop() {
		for i, rows := range sizes {
			dir := pairOfLists(b, gen.Options{Seed: 1, Rows: rows})
			var wall []time.Duration
			for range max(1, *benchRounds/2) {
				t, _, most := timed(b, program, dir, diffArgs(dir))
				wall = append(wall, t)
				peak[i] = max(peak[i], most)
			}
			took[i] = slices.Min(wall)
			if err := os.RemoveAll(dir); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(math.Log(took[1].Seconds()/took[0].Seconds())/math.Log(5), "exponent")
		b.ReportMetric(float64(peak[1]-peak[0])/float64(sizes[1]-sizes[0]), "B/record")
		b.ReportMetric(float64(peak[1])/(1<<20), "peak-MB")
		b.ReportMetric(0, "ns/op")
	}
}

func diffArgs(dir string) []string {
	return []string{"diff", filepath.Join(dir, "new.csv"), "--against", filepath.Join(dir, "old.csv"), "--key", "accountName", "--format", "json", "--time-zone", "UTC", "-o", filepath.Join(dir, "out.json")}
}

func planArgs(dir string) []string {
	return []string{"plan", filepath.Join(dir, "new.csv"), "--against", filepath.Join(dir, "old.csv"), "--schema", filepath.Join(dir, "template.csv"), "--time-zone", "UTC", "--phone-digits", "--as-of", "2026-03-02", "-o", filepath.Join(dir, "out.plan.jsonl")}
}

func validateArgs(dir string) []string {
	return []string{"validate", filepath.Join(dir, "new.csv"), "--schema", filepath.Join(dir, "template.csv"), "--as-of", "2026-03-02"}
}

// builtProgram is the program as people run it.
func builtProgram(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "nelm-reconcile")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return program
}

// pairOfLists writes old.csv, new.csv and the template of both.
func pairOfLists(b *testing.B, o gen.Options) string {
	b.Helper()
	pair, err := gen.NewPair(o)
	if err != nil {
		b.Fatal(err)
	}
	dir, err := os.MkdirTemp(b.TempDir(), "")
	if err != nil {
		b.Fatal(err)
	}
	template := func(w io.Writer) (gen.Written, error) {
		_, err := fmt.Fprintln(w, strings.Join(gen.Header(12), ","))
		return gen.Written{}, err
	}
	for name, write := range map[string]func(io.Writer) (gen.Written, error){"old.csv": pair.WriteOld, "new.csv": pair.WriteNew, "template.csv": template} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		_, err = write(f)
		if err = errors.Join(err, f.Close()); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// readPlainly reads files with encoding/csv and does nothing with them.
func readPlainly(b *testing.B, files []string) time.Duration {
	b.Helper()
	runtime.GC()
	start := time.Now()
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		r := csv.NewReader(bufio.NewReaderSize(f, 256<<10))
		r.ReuseRecord = true
		for err == nil {
			_, err = r.Read()
		}
		if err = errors.Join(f.Close(), err); !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// timed runs the program, which may refuse what it was asked for, and gives its wall time, processor time and highest memory in bytes.
func timed(b *testing.B, program, dir string, args []string) (wall, cpu time.Duration, peak int64) {
	b.Helper()
	for _, out := range []string{"out.json", "out.plan.jsonl"} { // letting go of an earlier one is no part of the work
		if err := os.Remove(filepath.Join(dir, out)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			b.Fatal(err)
		}
	}
	c := exec.Command(program, args...)
	c.Dir = dir
	start := time.Now()
	out, err := c.CombinedOutput()
	wall = time.Since(start)
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && slices.Contains([]int{exitInvalid, exitUnsafe}, exit.ExitCode())) {
		b.Fatalf("%v: %v\n%s", args, err, out)
	}
	usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("the system does not say what a process used")
	}
	peak = usage.Maxrss
	if runtime.GOOS != "darwin" {
		peak <<= 10 // everybody else counts in kilobytes
	}
	return wall, c.ProcessState.UserTime() + c.ProcessState.SystemTime(), peak
}
