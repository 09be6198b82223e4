package csvio

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// BenchmarkWorkbook reads a list of 50,000 rows x 12 as a workbook, beside the same list as CSV with encoding/csv, and says how
// big the heap became.
func BenchmarkWorkbook(b *testing.B) {
	const rows, columns = 50_000, 12
	folder := b.TempDir()
	book, text := filepath.Join(folder, "list.xlsx"), filepath.Join(folder, "list.csv")
	if err := writeBenchBook(book, text, rows, columns); err != nil {
		b.Fatal(err)
	}
	var ours, theirs time.Duration
	peak := uint64(0)
	for b.Loop() {
		runtime.GC()
		done := make(chan bool)
		go func() {
			var m runtime.MemStats
			for {
				select {
				case <-done:
					return
				case <-time.After(5 * time.Millisecond):
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapInuse)
				}
			}
		}()
		begun := time.Now()
		in, err := Rows(b.Context(), book, Options{}, func([]string) error { return nil }, func(schema.Finding) error { return nil })
		ours += time.Since(begun)
		done <- true
		if err != nil || in.Rows != rows {
			b.Fatalf("%d rows, %v", in.Rows, err)
		}
		begun = time.Now()
		if err := readWithEncodingCSV(text); err != nil {
			b.Fatal(err)
		}
		theirs += time.Since(begun)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "×encoding/csv")
	b.ReportMetric(float64(peak)/(1<<20), "MB-heap")
}

func writeBenchBook(book, text string, rows, columns int) error {
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	var out strings.Builder
	for i := range rows + 1 {
		cells, line := make([]any, columns), make([]string, columns)
		for c := range columns {
			line[c] = fmt.Sprintf("cell %d of row %d", c, i)
			cells[c] = line[c]
		}
		out.WriteString(strings.Join(line, ",") + "\n")
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), f.SaveAs(book), f.Close(), os.WriteFile(text, []byte(out.String()), 0o600))
}

func readWithEncodingCSV(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return f.Close()
		} else if err != nil {
			return errors.Join(err, f.Close())
		}
	}
}
