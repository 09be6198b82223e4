package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// TestTwoAppliesAtOnce holds one apply at its first write and starts another from another folder: it ends while the first still
// waits, says who is in its way, and has sent nothing. When the first is killed, the lock is free.
func TestTwoAppliesAtOnce(t *testing.T) {
	s := newStand(t, 40, true, sandbox.Options{Random: 3})
	want := s.wish(6, 4, 3)
	s.writeList(want)
	s.must(0, "plan", "list.csv", "-o", "p.plan.jsonl")

	// Another folder of the same person, with a plan of its own for the same source.
	other := *s
	other.dir = t.TempDir()
	for _, name := range []string{"nelm.yaml", "list.csv"} {
		data, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		other.write(name, string(data))
	}
	other.must(0, "plan", "list.csv", "-o", "mine.plan.jsonl")

	sending := []string{"--yes", "--confirm", practice, "--timeout", "10m"}
	met, release := make(chan struct{}), make(chan struct{})
	letGo := sync.OnceFunc(func() { close(release) })
	t.Cleanup(letGo) // the server waits for it
	var writes atomic.Int64
	s.gate.meet(func() bool {
		if writes.Add(1) > 1 {
			return false
		}
		close(met)
		<-release
		return true
	}, nil)
	first := s.start(append([]string{"apply", "p.plan.jsonl"}, sending...)...)
	select {
	case <-met:
	case <-first.over:
		t.Fatalf("the first ended before it wrote: %s", first.wait())
	}

	second := other.must(exitUnavailable, append([]string{"apply", "mine.plan.jsonl"}, sending...)...)
	select {
	case <-first.over:
		t.Fatal("the first ended before the second did: nothing was proven")
	default:
	}
	for _, part := range []string{fmt.Sprintf("process %d on ", first.cmd.Process.Pid), "(apply p.plan.jsonl)", practice, "exit 9 (unavailable)"} {
		if !strings.Contains(second.stderr, part) {
			t.Errorf("the second does not say %q: %s", part, second)
		}
	}
	if runs := glob(t, other.dir, ".nelm/runs/*"); len(runs) > 0 {
		t.Errorf("the second has begun a run: %q", runs)
	}
	if arrived, _, _ := s.gate.seen(); !cmp.Equal(arrived, map[string]int{"upload": 1}) {
		t.Errorf("writes that arrived: %v, want the one that is held", arrived)
	}

	first.kill()
	letGo()
	s.gate.meet(nil, nil)
	// The second can go now: nothing of the first had an effect, so its plan is still fresh.
	other.must(0, append([]string{"apply", "mine.plan.jsonl"}, sending...)...)
	if d := cmp.Diff(want, s.people()); d != "" {
		t.Errorf("source (-want +got):\n%s", d)
	}
	// What the first had not sent is stale now, and going on with it sends nothing.
	refused := s.must(exitStale, append([]string{"apply", "p.plan.jsonl"}, sending...)...)
	hint := resumeHint.FindStringSubmatch(refused.stderr)
	if hint == nil {
		t.Fatalf("it does not say how to go on: %s", refused)
	}
	arrived, _, _ := s.gate.seen()
	for _, from := range []*stand{s, &other} { // the run is found from the other folder by its path
		name := hint[1]
		if from == &other {
			name = filepath.Join(s.dir, ".nelm", "runs", name)
		}
		stale := from.must(exitStale, append([]string{"apply", "--resume", name}, sending...)...)
		if !strings.Contains(stale.stderr, "the plan is stale") {
			t.Errorf("going on with %s says %s", name, stale)
		}
	}
	if again, _, _ := s.gate.seen(); !cmp.Equal(arrived, again) {
		t.Errorf("going on sent %v, and %v had arrived before", again, arrived)
	}
}

// TestAPlanIsAppliedOnce: from whatever folder, under whatever name.
func TestAPlanIsAppliedOnce(t *testing.T) {
	s := newStand(t, 40, true, sandbox.Options{Random: 4})
	s.writeList(s.wish(3, 2, 1))
	s.must(0, "plan", "list.csv", "-o", "p.plan.jsonl")
	data, err := os.ReadFile(filepath.Join(s.dir, "p.plan.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	other := *s
	other.dir = t.TempDir()
	other.write("copy.plan.jsonl", string(data))

	sending := []string{"--yes", "--confirm", practice, "--timeout", "10m"}
	s.must(0, append([]string{"apply", "p.plan.jsonl"}, sending...)...)
	arrived, _, _ := s.gate.seen()
	run := filepath.Base(glob(t, s.dir, ".nelm/runs/*Z-*")[0])
	for _, refused := range []ended{
		s.must(exitStale, append([]string{"apply", "p.plan.jsonl"}, sending...)...),
		other.must(exitStale, append([]string{"apply", "copy.plan.jsonl"}, sending...)...),
	} {
		if !strings.Contains(refused.stderr, "applied already") || !strings.Contains(refused.stderr, run) {
			t.Errorf("it does not say that run %s has applied the plan: %s", run, refused)
		}
	}
	finished := s.must(0, append([]string{"apply", "--resume", "latest"}, sending...)...)
	if !strings.Contains(finished.stderr, "run "+run+" is finished already") {
		t.Errorf("resuming it says %s", finished)
	}
	if again, _, _ := s.gate.seen(); !cmp.Equal(arrived, again) {
		t.Errorf("writes %v, and %v before: something was sent again", again, arrived)
	}
}

// TestAPlanThatARunLostIsTakenOnce: a run that died before its first write leaves its plan free, and cannot be resumed when
// another run has taken it.
func TestAPlanThatARunLostIsTakenOnce(t *testing.T) {
	s := newStand(t, 40, true, sandbox.Options{Random: 4})
	s.writeList(s.wish(3, 2, 1))
	s.must(0, "plan", "list.csv", "-o", "p.plan.jsonl")
	sending := []string{"--yes", "--confirm", practice, "--timeout", "10m"}
	s.must(0, append([]string{"apply", "p.plan.jsonl"}, sending...)...)
	run := glob(t, s.dir, ".nelm/runs/*Z-*")[0]

	// As if it had been killed between saving its plan and its first journal record.
	lost := filepath.Join(filepath.Dir(run), "2026-01-01T000000Z-0000")
	if err := os.Mkdir(lost, 0o700); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(run, "plan.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(lost, "plan.jsonl"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	refused := s.must(exitStale, append([]string{"apply", "--resume", filepath.Base(lost)}, sending...)...)
	if !strings.Contains(refused.stderr, "applied already") || !strings.Contains(refused.stderr, filepath.Base(run)) {
		t.Errorf("it does not say that run %s has the plan: %s", filepath.Base(run), refused)
	}
}
