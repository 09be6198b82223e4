package schema_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

const benchRows = 200_000

// benchList writes a list in which nothing is wrong and returns its path.
func benchList(b *testing.B) string {
	b.Helper()
	pair, err := gen.NewPair(gen.Options{Seed: 1, Rows: benchRows, OneLine: true})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "list.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := pair.WriteOld(f); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func benchChecker(b *testing.B, path string) (*csvio.List, *schema.Checker) {
	b.Helper()
	s, err := schema.FromTemplate(gen.Header(12))
	if err != nil {
		b.Fatal(err)
	}
	list, err := csvio.Open(context.Background(), path, s, csvio.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := list.Close(); err != nil {
			b.Error(err)
		}
	})
	c, err := schema.NewChecker(s, list.Columns(), schema.CheckOptions{
		Reading: schema.Reading{Zone: zone(b, "Europe/Berlin")}, AsOf: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), File: path,
	})
	if err != nil {
		b.Fatal(err)
	}
	return list, c
}

// readWithStandardLibrary is the yardstick: what it takes merely to read the file.
func readWithStandardLibrary(b *testing.B, path string) time.Duration {
	b.Helper()
	start := time.Now()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	r := csv.NewReader(bufio.NewReaderSize(f, 1<<18))
	r.ReuseRecord = true
	rows := 0
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			b.Fatal(err)
		}
		rows++
	}
	if rows != benchRows+1 {
		b.Fatalf("read %d rows", rows)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkValidate reads and checks a clean list. The metric ratio is its time over that of reading the same file with
// encoding/csv and reused records, in turn with it; goal 0.5.
func BenchmarkValidate(b *testing.B) {
	path := benchList(b)
	list, c := benchChecker(b, path)
	var ours, theirs time.Duration
	var before, after runtime.MemStats
	var allocated uint64
	for b.Loop() {
		theirs += readWithStandardLibrary(b, path)
		runtime.ReadMemStats(&before)
		start := time.Now()
		v, err := schema.Validate(context.Background(), list, c, func(f schema.Finding) error {
			if f.Origin.Row > 0 {
				b.Fatalf("%+v", f)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		if v.Rows != benchRows {
			b.Fatalf("%+v", v)
		}
		ours += time.Since(start)
		runtime.ReadMemStats(&after)
		allocated += after.TotalAlloc - before.TotalAlloc
	}
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N)/benchRows, "ns/row")
	b.ReportMetric(float64(allocated)/float64(b.N)/benchRows, "B/row")
	b.ReportMetric(0, "ns/op")
}

// firstBlock is a copy of the first block of a table.
func firstBlock(b *testing.B, t schema.Table) *schema.Block {
	b.Helper()
	var first *schema.Block
	err := t.Blocks(context.Background(), func(b *schema.Block) error {
		if first == nil {
			first = &schema.Block{Data: bytes.Clone(b.Data), Cells: slices.Clone(b.Cells), Rows: slices.Clone(b.Rows), Width: b.Width, Plain: slices.Clone(b.Plain)}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return first
}

// BenchmarkCheck checks the clean rows of one block again and again on one core: goal 300 ns a row, nothing allocated.
func BenchmarkCheck(b *testing.B) {
	path := benchList(b)
	list, c := benchChecker(b, path)
	block := firstBlock(b, list)
	b.ReportAllocs()
	for b.Loop() {
		c.Check(block, func(row int, f schema.Finding) { b.Fatalf("%+v", f) })
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(block.Len()), "ns/row")
}

// BenchmarkCanonical makes the canonical bytes of the cells of one block, as a comparison by meaning does on either side.
func BenchmarkCanonical(b *testing.B) {
	path := benchList(b)
	list, _ := benchChecker(b, path)
	block := firstBlock(b, list)
	s, err := schema.FromTemplate(gen.Header(12))
	if err != nil {
		b.Fatal(err)
	}
	var comparers []schema.Comparer
	for _, col := range list.Columns() {
		a, _ := s.Attribute(col.Name)
		comparers = append(comparers, schema.NewComparer(a, col, col, schema.Reading{Zone: zone(b, "America/New_York"), PhoneDigits: true}))
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		for row := range block.Rows {
			buf = buf[:0]
			for i := range comparers {
				buf = comparers[i].AppendCanonical(buf, block.Cell(row, i), false)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(block.Len()), "ns/row")
}
