package diff

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// TestIndexFindsWhatAMapFinds holds the index to a map, with hashes that crowd into the same slots.
func TestIndexFindsWhatAMapFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		why  string
		n    int
		hash func() hash
	}{
		{"none", 0, nil},
		{"one", 1, func() hash { return hash{1, 1 << 32} }},
		{"few hashes, many records", 1000, func() hash { return hash{random.Uint64N(20), random.Uint64N(20) << 32} }},
		{"all in the last slot of their part", 700, func() hash { return hash{random.Uint64(), math.MaxUint64 - random.Uint64N(1000)<<32} }},
		{"many parts, all in the last slots of theirs", 60_000, func() hash { return hash{random.Uint64N(2000), math.MaxUint64 - random.Uint64N(40)<<32} }},
		{"many parts", 100_000, func() hash { return hash{random.Uint64(), random.Uint64() >> 32 << 32} }},
	} {
		var x index
		first := make(map[hash]int)
		twins := make(map[int][]int)
		held := make(map[int]bool)
		for i := range tt.n {
			key := tt.hash()
			keyless := i%50 == 7
			if err := x.add(key, hash{}, schema.Ref{Row: int64(i)}, keyless); err != nil {
				t.Fatal(err)
			}
			if keyless {
				held[i] = true
			} else if at, ok := first[key]; ok {
				twins[at] = append(twins[at], i)
				held[at], held[i] = true, true
			} else {
				first[key] = i
			}
		}
		x.seal(1 + tt.n%3)
		if d := cmp.Diff(twins, x.twins); d != "" {
			t.Errorf("%s: twins (-want +got):\n%s", tt.why, d)
		}
		if d := cmp.Diff(held, x.held); d != "" {
			t.Errorf("%s: held (-want +got):\n%s", tt.why, d)
		}
		for key, want := range first {
			if got, ok := x.find(key); !ok || got != want {
				t.Fatalf("%s: %v is found at %d: %t, want %d", tt.why, key, got, ok, want)
			}
			for _, other := range []hash{{key.a + 1, key.b}, {key.a, key.b - 1<<32}} {
				_, want := first[other]
				if _, ok := x.find(other); ok != want {
					t.Fatalf("%s: %v is found: %t, want %t", tt.why, other, ok, want)
				}
			}
		}
	}
}

// TestIndexTakesFewBytesOfARecord states what the index costs, for rows of about 170 bytes of which one in twenty has a line break.
func TestIndexTakesFewBytesOfARecord(t *testing.T) {
	const n, most = 400_000, 40
	random := rand.New(rand.NewPCG(5, 6))
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var x index
	ref := schema.Ref{Row: 2, Line: 2, Offset: 100}
	for range n {
		key, content := hash{random.Uint64(), random.Uint64()}, hash{random.Uint64(), random.Uint64()}
		if err := x.add(key, content, ref, false); err != nil {
			t.Fatal(err)
		}
		ref.Row, ref.Line, ref.Offset = ref.Row+1, ref.Line+1, ref.Offset+120+random.Int64N(100)
		if random.IntN(20) == 0 {
			ref.Line++
		}
	}
	x.seal(2)
	used := float64(heap()-before) / n
	runtime.KeepAlive(&x)
	t.Logf("%.1f bytes a record", used)
	if used > most {
		t.Errorf("the index takes %.1f bytes a record, want at most %d", used, most)
	}
}
