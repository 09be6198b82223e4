// Package heap sets the pace of the garbage collector for a process that is to stay small.
package heap

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// The room above what lives that the heap may take before the collector runs: a part of what lives, and not less than what a run
// over a small list takes in all.
const (
	heapPart = 16 // one in sixteen
	heapRoom = 4 << 20
	massRoom = 34 << 20 // where changes come by the hundred thousand: each is made of strings, and the index is mostly gone by then
	mass     = 1 << 16  // changes
)

// room is the least that the heap may take; massRoom once a mass of changes has come.
var room atomic.Int64

// given is the pace that the process was started with. From here on the collector is held until [Keep] or [Release]: libraries build tables before main
// begins, of which little can be collected, and a run of it takes as long as some thousand rows. This package imports so little
// that it is early among them.
var given = debug.SetGCPercent(-1)

// Release lets the collector go at the pace that the process was started with.
func Release() { debug.SetGCPercent(given) }

// A Mass counts changes, one after the other, and gives the heap more room when they are a mass.
type Mass int

// Change counts one.
func (m *Mass) Change() {
	if *m++; *m == mass {
		room.Store(massRoom)
	}
}

// Keep keeps the heap small: it sets the collector's pace anew after each of its runs. A share of what lives, as the runtime has it, is too
// little while the heap is small and too much once an index of a million records lives, which has no pointers for the
// collector to follow. A size that the heap has had is no reason to collect: the memory is taken.
func Keep() {
	room.Store(heapRoom)
	debug.SetGCPercent(400) // of the 4 MB that the runtime begins with
	runtime.SetFinalizer(&pacer{sample: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}, (*pacer).again)
}

// A pacer is garbage that comes back to life with every run of the collector.
type pacer struct {
	sample []metrics.Sample
	most   int // size that the heap was let grow to
}

func (p *pacer) again() {
	metrics.Read(p.sample)
	live := max(int(p.sample[0].Value.Uint64()), 1<<20)
	p.most = max(p.most, live+max(live/heapPart, int(room.Load())))
	debug.SetGCPercent(100 * (p.most - live) / live)
	runtime.SetFinalizer(p, (*pacer).again)
}
