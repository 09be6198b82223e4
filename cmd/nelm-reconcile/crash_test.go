package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// A strike is the moment at which the program is killed: exactly one of its fields is set.
type strike struct {
	line   int           // its journal has so many lines
	before int           // its write of this number arrives, which then has no effect
	after  int           // its write of this number has taken effect, and the answer is on its way
	file   string        // a file that matches is there, below the working folder or below the state folder
	time   time.Duration // real time since its start
}

func (k strike) String() string {
	switch {
	case k.line > 0:
		return fmt.Sprintf("journal line %d", k.line)
	case k.before > 0:
		return fmt.Sprintf("before write %d", k.before)
	case k.after > 0:
		return fmt.Sprintf("after write %d", k.after)
	case k.file != "":
		return "file " + filepath.Base(filepath.Dir(k.file)) + " " + filepath.Base(k.file)
	}
	return fmt.Sprintf("after %s", k.time.Round(time.Millisecond))
}

// The run that is killed: 12 creates in one upload, 8 patches, 5 deletes in one request. Undisturbed its journal has one line
// of the run, three of the upload, two of each patch, two of the delete, and one of the end.
const (
	crashCreates, crashUpdates, crashDeletes = 12, 8, 5
	crashWrites                              = 1 + crashUpdates + 1
	crashLines                               = 1 + 3 + 2*crashUpdates + 2 + 1
)

// strikes are all moments but the random ones.
func strikes() []strike {
	all := []strike{
		{file: ".nelm/runs/*Z-*"}, {file: ".nelm/runs/*/plan.jsonl"}, {file: ".nelm/runs/*/snapshot.jsonl"}, {file: "applied/*.json"},
		{file: ".nelm/runs/*/readback.jsonl"}, {file: ".nelm/runs/*/result.json"},
	}
	for n := range crashLines {
		all = append(all, strike{line: n + 1})
	}
	for n := range crashWrites {
		all = append(all, strike{before: n + 1}, strike{after: n + 1})
	}
	return all
}

// TestKilledProgram kills the program wherever a run can be hurt, follows what it says until it has ended well, and looks at
// the tenant and at every request that arrived.
func TestKilledProgram(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 1))
	moment := func() strike { return strike{time: time.Duration(1+random.IntN(900)) * time.Millisecond} }
	all := strikes()
	var chosen []strike
	switch {
	case soaking():
		for range 3 { // one kill is not the other: threads run differently
			chosen = append(chosen, all...)
		}
		for range 200 {
			chosen = append(chosen, moment())
		}
	case testing.Short():
		chosen = []strike{{line: 2}, {after: 1}}
	default:
		for _, k := range all {
			switch {
			case k.file != "" && k.file != ".nelm/runs/*/snapshot.jsonl", k.line%9 == 2, k.before == 5, k.after == 1, k.after == crashWrites:
				chosen = append(chosen, k)
			}
		}
		chosen = append(chosen, moment(), moment())
	}
	// The clock that people have: what was sent and does not show is waited for, for half a minute.
	slow := []strike{{after: 1}, {after: crashWrites}} // nothing is left that did not land
	switch {
	case soaking():
		slow = all
	case testing.Short():
		slow = nil
	}
	var survived atomic.Int64
	t.Run("quick clock", func(t *testing.T) {
		sideBySide(t, chosen, func(t *testing.T, i int, k strike) {
			second := strike{}
			if i%3 == 0 { // the program that goes on is killed too
				second = strike{after: 1 + i%4}
			}
			if !killedProgram(t, true, []string{"8", "1"}[i%2], k, second) {
				survived.Add(1)
			}
		})
	})
	t.Run("real clock", func(t *testing.T) {
		sideBySide(t, slow, func(t *testing.T, _ int, k strike) {
			if !killedProgram(t, false, "8", k, strike{}) {
				survived.Add(1)
			}
		})
	})
	t.Logf("%d kills on the quick clock, %d on the real one; %d came too late", len(chosen), len(slow), survived.Load())
	if n := int(survived.Load()); 2*n > len(chosen)+len(slow) {
		t.Errorf("%d of %d kills came when the program had ended", n, len(chosen)+len(slow))
	}
}

var resumeHint = regexp.MustCompile(`nelm-reconcile apply --resume (\S+)`)

// killedProgram reports whether the first kill came before the program had ended.
func killedProgram(t *testing.T, quick bool, parallel string, first, second strike) (hit bool) {
	s := newStand(t, 60, quick, sandbox.Options{Random: 5})
	want := s.wish(crashCreates, crashUpdates, crashDeletes)
	s.writeList(want)
	s.must(0, "plan", "list.csv", "-o", "p.plan.jsonl")

	sending := []string{"--yes", "--confirm", practice, "--parallel", parallel, "--timeout", "5m"}
	args := append([]string{"apply", "p.plan.jsonl"}, sending...)
	said := s.struck(first, args...)
	hit = said.code == -1
	if !hit && first.before+first.after > 0 { // whoever watches files and clocks may be late
		t.Fatalf("it was not killed: %s", said)
	}
	if !hit && said.code != 0 {
		t.Fatalf("it ended by itself: %s", said)
	}
	kill := second
	for tries := 0; said.code != 0; tries++ {
		if tries == 8 {
			t.Fatalf("it never ended: %s", said)
		}
		said = s.struck(kill, args...)
		kill = strike{}
		if said.code != exitStale {
			continue // it was killed once more, or applied a plan of which nothing had begun
		}
		hint := resumeHint.FindStringSubmatch(said.stderr)
		if hint == nil { // then that run has come to its end, and has only not lived to say so
			looked := s.must(0, "runs", "show", "latest", "--json")
			var res apply.Result
			if err := json.Unmarshal([]byte(looked.stdout), &res); err != nil || !res.Whole() || res.Resumable {
				t.Fatalf("it can neither be applied nor resumed: %s\n%s", said, looked)
			}
			break
		}
		args = append([]string{"apply", "--resume", hint[1]}, sending...)
	}

	if d := cmp.Diff(want, s.people()); d != "" {
		t.Errorf("source (-want +got):\n%s", d)
	}
	s.sameRecords(want)
	s.explained()
	again := s.must(0, "plan", "list.csv", "--exit-code", "-o", "again.plan.jsonl")
	if !bytes.Contains([]byte(again.stdout), []byte("nothing to do")) {
		t.Errorf("a second plan says %s", again)
	}
	finished := s.must(0, "apply", "--resume", "latest", "--yes")
	if !bytes.Contains([]byte(finished.stderr), []byte("finished already")) {
		t.Errorf("resuming the finished run says %s", finished)
	}
	s.must(exitStale, "apply", "p.plan.jsonl", "--yes", "--confirm", practice)
	if t.Failed() {
		t.Logf("first %v, second %v, last said %s", first, second, said)
		for _, path := range glob(t, s.dir, ".nelm/runs/*/journal.jsonl") {
			data, err := os.ReadFile(path)
			t.Logf("%s %v\n%s", filepath.Base(filepath.Dir(path)), err, data)
		}
	}
	return hit
}

// struck runs the program and kills it at a moment; an empty strike lets it live.
func (s *stand) struck(k strike, args ...string) ended {
	s.t.Helper()
	var p *process
	started := make(chan struct{})
	die := func(at int) func() bool {
		if at == 0 {
			return nil
		}
		var met atomic.Int64
		return func() bool {
			if met.Add(1) != int64(at) {
				return false
			}
			<-started
			p.kill()
			return true
		}
	}
	s.gate.meet(die(k.before), die(k.after))
	p = s.start(args...)
	close(started)
	watch := func(there func() bool) {
		for {
			select {
			case <-p.over:
				return
			default:
			}
			if there() {
				p.kill()
				return
			}
			time.Sleep(200 * time.Microsecond)
		}
	}
	switch {
	case k.line > 0:
		old := len(s.journal())
		watch(func() bool { return len(s.journal())-old >= k.line })
	case k.file != "":
		watch(func() bool { return len(glob(s.t, s.dir, k.file))+len(glob(s.t, s.state, k.file)) > 0 })
	case k.time > 0:
		select {
		case <-p.over:
		case <-time.After(k.time):
			p.kill()
		}
	}
	e := p.wait()
	s.gate.meet(nil, nil)
	return e
}

// A line is a line of a journal, as far as these tests look at it.
type line struct {
	Type, Verb, Answer, Status string
	Write                      int
	Ops                        []int64
}

// journal are the whole lines of the journals of all runs.
func (s *stand) journal() []line {
	s.t.Helper()
	var lines []line
	for _, path := range glob(s.t, s.dir, ".nelm/runs/*/journal.jsonl") {
		records, _, err := state.ReadJournal(path)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, raw := range records {
			var l line
			if err := json.Unmarshal(raw, &l); err != nil {
				s.t.Fatal(err)
			}
			lines = append(lines, l)
		}
	}
	return lines
}

// sameRecords checks what account names do not show: whoever was to stay has the record that they had, and whoever was not to
// change was not touched.
func (s *stand) sameRecords(want map[string][]string) {
	s.t.Helper()
	now := s.records()
	for name, was := range s.first {
		is, stays := now[name]
		switch {
		case !stays:
		case is.ID != was.ID:
			s.t.Errorf("%s has another record: it was deleted and created again", name)
		case was.LastName == want[name][2] && !is.Modified.Equal(was.Modified):
			s.t.Errorf("%s was touched and is not in the plan", name)
		}
	}
}

// explained checks every write that arrived against the journal: each was announced, each that the journal calls accepted
// did arrive, and an operation was sent again only where nobody knew what had become of it.
func (s *stand) explained() {
	s.t.Helper()
	announced, accepted := map[string]int{}, map[string]int{}
	var writes []line
	known := map[int64]string{} // by operation, how its last write was answered
	for _, l := range s.journal() {
		switch l.Type {
		case "intent":
			writes = append(writes, l)
			announced[l.Verb]++
			for _, op := range l.Ops {
				if answer, sent := known[op]; sent && answer == "accepted" {
					s.t.Errorf("operation %d was sent again by a %s, although the tenant had accepted it", op, l.Verb)
				}
				known[op] = ""
			}
		case "outcome":
			w := writes[l.Write-1]
			if l.Answer == "accepted" {
				accepted[w.Verb]++
			}
			for _, op := range w.Ops {
				known[op] = l.Answer
			}
		case "job":
			if l.Status != apply.JobCompleted {
				for _, op := range writes[l.Write-1].Ops {
					known[op] = l.Status
				}
			}
		}
	}
	arrived, _, _ := s.gate.seen()
	for verb := range maps.Keys(arrived) {
		if !slices.Contains([]string{"upload", "create", "patch", "delete"}, verb) {
			s.t.Errorf("%d writes arrived that no plan asks for: %s", arrived[verb], verb)
		}
	}
	for _, verb := range []string{"upload", "create", "patch", "delete"} {
		if n := arrived[verb]; n > announced[verb] || n < accepted[verb] {
			s.t.Errorf("%s: %d arrived, the journal announces %d and calls %d accepted", verb, n, announced[verb], accepted[verb])
		}
	}
}
