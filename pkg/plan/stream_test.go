package plan

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

var oneChange = []schema.FieldChange{{Attribute: "manager", Old: "jane.doe", New: "p.meyer"}}

// emitMany plans n updates of one and the same record under names of their own.
func emitMany(n int, seen func(i int)) func(func(diff.Change) error) (diff.Summary, error) {
	return func(emit func(diff.Change) error) (diff.Summary, error) {
		current := person("someone")
		names := current.Names
		for i := range n {
			rec := *current
			rec.Names, rec.Values = names, append([]string(nil), current.Values...)
			rec.Values[0] = fmt.Sprintf("person.%07d", i)
			err := emit(diff.Change{Kind: diff.Update, Key: rec.Values[0], Desired: wanted(int64(i+2), rec.Values[0]), Current: &rec, Fields: oneChange})
			if err != nil {
				return diff.Summary{}, err
			}
			seen(i)
		}
		return diff.Summary{Desired: int64(n), Current: int64(n)}, nil
	}
}

// Memory does not grow with the number of operations: between a tenth of them and all of them the heap stays as it is.
func TestBuildInBoundedMemory(t *testing.T) {
	const n = 200_000
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, late uint64
	_, err := Build(emitMany(n, func(i int) {
		switch i {
		case n / 10:
			early = heap()
		case n - 1:
			late = heap()
		}
	}), io.Discard, options(t))
	if err != nil {
		t.Fatal(err)
	}
	if late > early+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes over %d operations", early, late, n-n/10)
	}
}

func BenchmarkBuild(b *testing.B) {
	o := options(&testing.T{})
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := Build(emitMany(b.N, func(int) {}), io.Discard, o); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkRead(b *testing.B) {
	var file bytes.Buffer
	if _, err := Build(emitMany(b.N, func(int) {}), &file, options(&testing.T{})); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := Read(&file); err != nil {
		b.Fatal(err)
	}
}
