package diff_test

import (
	"bufio"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

var benchRows = flag.Int("rows", 200_000, "rows of each list that is compared by a benchmark")

// benchmark is a pair of lists that is compared.
type benchmark struct {
	name  string
	o     gen.Options
	check bool
}

var benchmarks = []benchmark{
	{"standard", gen.Options{}, false},
	{"same", gen.Options{Shape: gen.Same}, false},
	{"respelt-checked", gen.Options{OldSpelling: gen.Respelt}, true},
	{"all-updated", gen.Options{Shape: gen.AllUpdated}, false},
	{"all-created", gen.Options{Shape: gen.AllCreated}, false},
	{"all-deleted", gen.Options{Shape: gen.AllDeleted}, false},
}

// BenchmarkCompare compares two generated files of 12 columns and gives the time as a share of what encoding/csv with reused
// records takes to read both, one after the other, in the same run: machines differ and are busy, the ratio is steady.
func BenchmarkCompare(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			o := bm.o
			o.Rows, o.Seed = *benchRows, 1
			older, newer := writePair(b, o)
			var plain, ours, plainCPU, oursCPU time.Duration
			var sum diff.Summary
			for b.Loop() {
				start, cpu := time.Now(), cpuTime(b)
				readPlainly(b, older)
				readPlainly(b, newer)
				plain, plainCPU = plain+time.Since(start), plainCPU+cpuTime(b)-cpu
				start, cpu = time.Now(), cpuTime(b)
				sum = compareFiles(b, newer, older, bm.check)
				ours, oursCPU = ours+time.Since(start), oursCPU+cpuTime(b)-cpu
			}
			b.ReportMetric(float64(ours)/float64(plain), "x-encoding/csv")
			if plainCPU > 0 {
				b.ReportMetric(float64(oursCPU)/float64(plainCPU), "x-encoding/csv-cpu")
			}
			b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms/compare")
			b.ReportMetric(float64(sum.Desired+sum.Current-2*sum.Same), "differ")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// writePair writes the two lists of a pair to files.
func writePair(b *testing.B, o gen.Options) (older, newer string) {
	b.Helper()
	p, err := gen.NewPair(o)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	older, newer = filepath.Join(dir, "old.csv"), filepath.Join(dir, "new.csv")
	for path, write := range map[string]func(io.Writer) (gen.Written, error){older: p.WriteOld, newer: p.WriteNew} {
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := write(f); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	return older, newer
}

// readPlainly reads a file with encoding/csv and does nothing with it.
func readPlainly(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReaderSize(f, 1<<18))
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

// openFile opens one of the files as a table.
func openFile(b *testing.B, path string, s *schema.Schema) *csvio.List {
	l, err := csvio.Open(b.Context(), path, s, csvio.Options{CountRepairs: true, NoDigest: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			b.Error(err)
		}
	})
	return l
}

// compareFiles compares two files, and counts the changes.
func compareFiles(b *testing.B, newer, older string, check bool) diff.Summary {
	s := generatedSchema()
	desired, current := openFile(b, newer, s), openFile(b, older, s)
	sum := compareTables(b, desired, current, s, check)
	if err := errors.Join(desired.Close(), current.Close()); err != nil {
		b.Fatal(err)
	}
	return sum
}

func compareTables(b *testing.B, desired, current schema.Table, s *schema.Schema, check bool) diff.Summary {
	o := diff.Options{Schema: s, Reading: schema.Reading{Zone: time.UTC, PhoneDigits: true}}
	if check {
		var err error
		if o.Check, err = schema.NewChecker(s, desired.Columns(), schema.CheckOptions{Reading: o.Reading}); err != nil {
			b.Fatal(err)
		}
	}
	var emitted int64
	sum, err := diff.Compare(b.Context(), desired, current, o, func(diff.Change) error {
		emitted++
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if want := sum.Created + sum.Updated + sum.Missing + sum.Blocked + sum.Renamed; emitted != want {
		b.Fatalf("%d changes, the summary has %d", emitted, want)
	}
	return sum
}

// BenchmarkEngine compares lists that are in memory already, cut into cells, so that it times the comparison alone; ns/row counts
// the rows of both.
func BenchmarkEngine(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			o := bm.o
			o.Rows, o.Seed = *benchRows, 1
			older, newer := writePair(b, o)
			s := generatedSchema()
			var tables [2]*blocks
			for i, path := range []string{newer, older} {
				var err error
				if tables[i], err = load(b.Context(), openFile(b, path, s), 1500); err != nil {
					b.Fatal(err)
				}
			}
			var sum diff.Summary
			for b.Loop() {
				sum = compareTables(b, tables[0], tables[1], s, bm.check)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(sum.Desired+sum.Current), "ns/row")
			b.ReportMetric(float64(sum.Desired+sum.Current-2*sum.Same), "differ")
		})
	}
}
