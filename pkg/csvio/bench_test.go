package csvio

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"testing"
	"time"

	"github.com/gocarina/gocsv"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// generated writes the generator's list of so many rows × 12 columns.
func generated(b *testing.B, rows int, o gen.Options) string {
	b.Helper()
	o.Seed, o.Rows = 1, rows
	pair, err := gen.NewPair(o)
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "list.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	_, err = pair.WriteOld(f)
	if err = errors.Join(err, f.Close()); err != nil {
		b.Fatal(err)
	}
	return path
}

// readPlainly reads a file with encoding/csv and reused records: the yardstick.
func readPlainly(b *testing.B, path string) time.Duration {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	r := csv.NewReader(bufio.NewReaderSize(f, chunkSize))
	r.ReuseRecord = true
	for err == nil {
		_, err = r.Read()
	}
	took := time.Since(start)
	if err = errors.Join(f.Close(), err); !errors.Is(err, io.EOF) {
		b.Fatal(err)
	}
	return took
}

// readAsList reads a file as a list: opened, every row scanned into fields, every cell looked at for repairs.
func readAsList(b *testing.B, path string, want int, o Options) (took time.Duration, peak uint64) {
	b.Helper()
	s, err := schema.FromTemplate(gen.Header(12))
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	start := time.Now()
	l, err := Open(b.Context(), path, s, o)
	if err != nil {
		b.Fatal(err)
	}
	rows := 0
	err = l.Blocks(b.Context(), func(block *schema.Block) error {
		rows += block.Len()
		metrics.Read(sample)
		peak = max(peak, sample[0].Value.Uint64()-sample[1].Value.Uint64())
		return nil
	})
	took = time.Since(start)
	if err = errors.Join(err, l.Close()); err != nil || rows != want {
		b.Fatalf("%d rows, want %d: %v", rows, want, err)
	}
	return took, peak
}

// BenchmarkScanAgainstEncodingCSV reads a million rows by turns with encoding/csv and as a list on one and on all processors, and
// reports what the best time of ours is of the other's: the best, because a busy machine can only add to a time.
func BenchmarkScanAgainstEncodingCSV(b *testing.B) {
	const rows, rounds = 1_000_000, 7
	for _, list := range []struct {
		name string
		list gen.Options
		o    Options
	}{
		{name: "rows and fields", o: Options{NoDigest: true, Off: Rules(), DateOrder: schema.DayFirst}},
		{name: "with repairs", o: Options{NoDigest: true, CountRepairs: true}},
		{name: "with repairs, padded and respelt", list: gen.Options{OldSpelling: gen.Respelt}, o: Options{NoDigest: true, CountRepairs: true}},
	} {
		b.Run(list.name, func(b *testing.B) {
			path := generated(b, rows, list.list)
			single := list.o
			single.workers = 1
			for b.Loop() {
				var yard, one, all []time.Duration
				var peak uint64
				for range rounds {
					yard = append(yard, readPlainly(b, path))
					took, _ := readAsList(b, path, rows, single)
					one = append(one, took)
					took, at := readAsList(b, path, rows, list.o)
					all = append(all, took)
					peak = max(peak, at)
				}
				best := slices.Min(yard).Seconds()
				b.ReportMetric(slices.Min(one).Seconds()/best, "x-encoding/csv-1-core")
				b.ReportMetric(slices.Min(all).Seconds()/best, fmt.Sprintf("x-encoding/csv-%d-cores", cores()))
				b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
			}
		})
	}
}

// BenchmarkGrowth reports the exponent with which the time grows from 20 thousand to 5 million rows.
func BenchmarkGrowth(b *testing.B) {
	const small, large = 20_000, 5_000_000
	o := Options{NoDigest: true, CountRepairs: true}
	few, many := generated(b, small, gen.Options{}), generated(b, large, gen.Options{})
	for b.Loop() {
		var short, long []time.Duration
		var peak uint64
		for range 3 {
			for range 9 {
				took, _ := readAsList(b, few, small, o)
				short = append(short, took)
			}
			took, at := readAsList(b, many, large, o)
			long = append(long, took)
			peak = max(peak, at)
		}
		b.ReportMetric(math.Log(slices.Min(long).Seconds()/slices.Min(short).Seconds())/math.Log(float64(large)/small), "exponent")
		b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
	}
}

// BenchmarkGocsv reads the same rows with gocsv into structs, for scale.
func BenchmarkGocsv(b *testing.B) {
	const rows = 200_000
	type line struct {
		AccountName string `csv:"accountName"`
		FirstName   string `csv:"firstName"`
		LastName    string `csv:"lastName"`
		Phone       string `csv:"phone"`
		Email       string `csv:"email"`
		Manager     string `csv:"manager"`
		StartDate   string `csv:"startDate"`
		EndDate     string `csv:"endDate"`
		Vendor      string `csv:"vendor"`
		CostCenter  string `csv:"costCenter"`
		SiteCode    string `csv:"siteCode"`
		Remarks     string `csv:"remarks"`
	}
	path := generated(b, rows, gen.Options{})
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		var lines []line
		err = gocsv.Unmarshal(bufio.NewReaderSize(f, chunkSize), &lines)
		took := time.Since(start)
		if err = errors.Join(err, f.Close()); err != nil || len(lines) != rows {
			b.Fatalf("%d rows: %v", len(lines), err)
		}
		ours, _ := readAsList(b, path, rows, Options{NoDigest: true, CountRepairs: true})
		b.ReportMetric(took.Seconds()/ours.Seconds(), "x-ours")
	}
}
