package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// TestUndoOfARunThatWasNotReadBack: however early a run ends, undo takes back what it did and no more.
func TestUndoOfARunThatWasNotReadBack(t *testing.T) {
	// interruptAt interrupts the program when its write of this number has taken effect.
	interruptAt := func(at int64) func(t *testing.T, s *stand, args []string) ended {
		return func(t *testing.T, s *stand, args []string) ended {
			if runtime.GOOS == "windows" {
				// Windows has no signal that one process can send to another alone: os.Process.Signal knows Kill only.
				t.Skip("a process cannot be interrupted from outside")
			}
			var p *process
			var met atomic.Int64
			started := make(chan struct{})
			s.gate.meet(nil, func() bool {
				if met.Add(1) == at {
					<-started
					if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
						t.Error(err)
					}
				}
				return false
			})
			p = s.start(args...)
			close(started)
			return p.wait()
		}
	}
	for _, test := range []struct {
		why  string
		code int
		run  func(t *testing.T, s *stand, args []string) ended
	}{
		{"interrupted during the upload", exitInterrupt, interruptAt(1)},
		{"interrupted during the patches", exitInterrupt, interruptAt(4)},
		{"killed during the patches", -1, func(_ *testing.T, s *stand, args []string) ended { return s.struck(strike{after: 4}, args...) }},
		{"nothing can be read when all was sent", exitPartial, func(_ *testing.T, s *stand, args []string) ended {
			s.setFaults(sandbox.Fault{Operation: "list", Kind: "500", After: 1})
			return s.run(args...)
		}},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := newStand(t, 60, true, sandbox.Options{Random: 5})
			before := s.people()
			s.writeList(s.wish(12, 8, 0))
			s.must(0, "plan", "list.csv", "-o", "p.plan.jsonl")
			said := test.run(t, s, []string{"apply", "p.plan.jsonl", "--yes", "--parallel", "2", "--timeout", "10m"})
			s.gate.meet(nil, nil)
			s.setFaults()
			s.box.FinishJobs()
			if said.code != test.code || cmp.Equal(before, s.people()) {
				t.Fatalf("want exit %d and something done: %s", test.code, said)
			}
			if failed := glob(t, s.dir, ".nelm/runs/*/failed.csv"); len(failed) > 0 {
				t.Errorf("no row is wrong, and there is %v: %s", failed, said)
			}
			s.must(0, "undo", "latest", "-o", "u.plan.jsonl")
			s.must(0, "apply", "u.plan.jsonl", "--yes", "--confirm", practice, "--timeout", "10m")
			if d := cmp.Diff(before, s.people()); d != "" {
				t.Errorf("after the undo (-want +got):\n%s", d)
			}
		})
	}
}

// A run that is gone on with and refused, as records it has not sent yet have moved, names them.
func TestResumeNamesWhatHasMoved(t *testing.T) {
	s := newStand(t, 30, true, sandbox.Options{Random: 5})
	s.writeList(s.wish(0, 8, 0))
	s.must(0, "plan", "list.csv", "-o", "p.plan.jsonl")
	if said := s.struck(strike{after: 2}, "apply", "p.plan.jsonl", "--yes", "--parallel", "1"); said.code != -1 {
		t.Fatalf("want it to be killed: %s", said)
	}
	sent := make(map[int64]bool)
	for _, l := range s.journal() {
		for _, n := range l.Ops {
			sent[n] = true
		}
	}
	p, err := readPlan(filepath.Join(s.dir, "p.plan.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(p.Operations, func(op plan.Operation) bool { return op.Action.Sent() && !sent[op.N] })
	if i < 0 {
		t.Fatal("everything was sent already")
	}
	name := p.Operations[i].AccountName
	err = s.box.Mutate(s.box.Sources()[0].SourceID, func(records []sandbox.Record) []sandbox.Record {
		for n := range records {
			if records[n].AccountName == name {
				records[n].LastName = "Moved"
			}
		}
		return records
	})
	if err != nil {
		t.Fatal(err)
	}
	if said := s.must(exitStale, "apply", "--resume", "latest", "--yes"); !strings.Contains(said.stderr, name) {
		t.Errorf("it does not name %s: %s", name, said)
	}
}
