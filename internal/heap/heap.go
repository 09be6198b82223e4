// Package heap sets the pace of the garbage collector for a process that is to stay small.
package heap

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// The room above what lives that the heap may take before the collector runs: a part of what lives, and not less than what a run
// over a small list takes in all.
const (
	heapPart = 16 // one in sixteen
	heapRoom = 4 << 20
	massRoom = 34 << 20 // where changes come by the hundred thousand: each is made of strings, and the index is mostly gone by then
	mass     = 1 << 16  // changes

	// What may be taken besides the heap, and more of that, before the pace is set anew after a run of the collector: a part of the heap, as what
	// the runtime needs for itself grows with it, and some.
	sparePart = 4 // one in four
	spareRoom = 12 << 20

	firstSize = 16 << 20 // that the heap may have before the collector runs at all
	unit      = 4 << 20  // what the runtime takes to live before its first run
	step      = 2 << 20  // what has to come to stay before the pace is set anew: all goroutines stop for that
)

// given is the pace that the process was started with. From here on the collector is held until [Keep] or [Release]: libraries build tables before main
// begins, of which little can be collected, and a run of it takes as long as some thousand rows. This package imports so little
// that it is early among them.
var given = func() int {
	runtime.MemProfileRate = 0 // nobody asks for a profile of it, and what is noted for one takes a megabyte
	return debug.SetGCPercent(-1)
}()

// Release lets the collector go at the pace that the process was started with.
func Release() { debug.SetGCPercent(given) }

// A Mass counts changes, one after the other, and gives the heap more room when they are a mass.
type Mass int

// Change counts one.
func (m *Mass) Change() {
	if *m++; *m == mass {
		pace.mu.Lock()
		defer pace.mu.Unlock()
		pace.room = massRoom
	}
}

// pace is how the collector is paced once Keep was called.
var pace struct {
	mu   sync.Mutex
	kept bool
	live int // after the collector's last run; 0 before the first
	most int // size that the heap may have before the next
	room int
	come int // what has come to stay since the pace was set
}

// Keep keeps the heap small: it sets the collector's pace anew after each of its runs. A share of what lives, as the runtime has it, is too
// little while the heap is small and too much once an index of a million records lives, which has no pointers for the
// collector to follow. A size that the heap has had is no reason to collect: the memory is taken.
func Keep() {
	pace.mu.Lock()
	defer pace.mu.Unlock()
	pace.kept, pace.most, pace.room = true, firstSize, heapRoom
	set()
	runtime.SetFinalizer(&pacer{sample: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}, (*pacer).again)
}

// Stays says that so many bytes were taken that are there to stay, such as for an index: there is nothing to collect in them, and no
// reason to look sooner because of them. A negative number is of what was let go: much of that is collected at once, and what comes next has its room.
// Without [Keep] it does nothing.
func Stays(bytes int) {
	pace.mu.Lock()
	defer pace.mu.Unlock()
	if !pace.kept {
		return
	}
	if bytes < -step {
		pace.mu.Unlock() // the collector sets the pace
		runtime.GC()
		pace.mu.Lock()
		return
	}
	if pace.come += bytes; pace.come >= step {
		set()
	}
}

// limit is the memory that the process was told not to take more of; math.MaxInt64 where it was told nothing.
var limit = debug.SetMemoryLimit(-1)

// set sets the pace. The runtime reckons it by what lived at the last run of the collector: until it is set anew after the next, much more may
// live and the pace be far too slow. A limit of all memory is there for that moment.
func set() {
	pace.most, pace.come = pace.most+pace.come, 0
	debug.SetMemoryLimit(min(limit, int64(pace.most+pace.most/sparePart+spareRoom)))
	if pace.live == 0 {
		debug.SetGCPercent(100 * (pace.most / 1024) / (unit / 1024))
	} else {
		debug.SetGCPercent(100 * max(pace.most-pace.live, 0) / pace.live)
	}
}

// A pacer is garbage that comes back to life with every run of the collector.
type pacer struct{ sample []metrics.Sample }

func (p *pacer) again() {
	metrics.Read(p.sample)
	pace.mu.Lock()
	defer pace.mu.Unlock()
	pace.live = max(int(p.sample[0].Value.Uint64()), 1<<20)
	pace.most, pace.come = max(pace.most+pace.come, pace.live+max(pace.live/heapPart, pace.room)), 0
	set()
	runtime.SetFinalizer(p, (*pacer).again)
}
