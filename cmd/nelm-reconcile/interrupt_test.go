package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// TestInterruptedTwice interrupts the program while its upload is under way, and again while it waits for the answer: it ends
// at once, and its last words say how to go on.
func TestInterruptedTwice(t *testing.T) {
	if runtime.GOOS == "windows" {
		// Windows has no signal that one process can send to another alone: os.Process.Signal knows Kill only.
		t.Skip("a process cannot be interrupted from outside")
	}
	s := newStand(t, 30, false, sandbox.Options{Random: 5})
	want := s.wish(6, 4, 0)
	s.writeList(want)
	s.must(0, "plan", "list.csv", "-o", "p.plan.jsonl")
	var p *process
	var met atomic.Bool
	started := make(chan struct{})
	s.gate.meet(nil, func() bool {
		if met.Swap(true) {
			return false
		}
		<-started
		for { // until it has left: two signals that come together are one
			select {
			case <-p.over:
				return true
			case <-time.After(5 * time.Millisecond):
				_ = p.cmd.Process.Signal(os.Interrupt) // it may have left meanwhile
			}
		}
	})
	p = s.start("apply", "p.plan.jsonl", "--yes")
	close(started)
	said := p.wait()
	s.gate.meet(nil, nil)
	runs := glob(t, s.dir, ".nelm/runs/*Z-*")
	if len(runs) != 1 {
		t.Fatalf("runs %v: %s", runs, said)
	}
	if said.code != exitInterrupt || !strings.HasSuffix(said.stderr, "apply --resume "+filepath.Base(runs[0])+"\nexit 130 (interrupted)\n") {
		t.Errorf("it ended without saying how to go on: %s", said)
	}
	if !strings.Contains(said.stderr, "interrupted: nothing more is sent") {
		t.Errorf("it did not say why it went on after the first: %s", said)
	}
	s.must(0, "apply", "--resume", "latest", "--yes")
	if d := cmp.Diff(want, s.people()); d != "" {
		t.Errorf("source (-want +got):\n%s", d)
	}
}
