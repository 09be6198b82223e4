package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// storm are faults of every kind, each in force for about half of the seeds, with odds that leave the service usable; and for
// some seeds one that does not.
func storm(seed uint64, r *rand.Rand) []sandbox.Fault {
	var faults []sandbox.Fault
	for _, f := range []sandbox.Fault{
		{Operation: "any", Kind: "429", Value: "3", Probability: 0.05, Count: 10},
		{Operation: "any", Kind: "500", Probability: 0.05},
		{Operation: "any", Kind: "503", Value: "2", Probability: 0.05, Count: 10},
		{Operation: "any", Kind: "502", Probability: 0.03},
		{Operation: "any", Kind: "reset", Probability: 0.05},
		{Operation: "write", Kind: "reset-after", Probability: 0.1},
		{Operation: "write", Kind: "503-after", Probability: 0.1},
		{Operation: "any", Kind: "cut", Value: "50%", Probability: 0.05},
		{Operation: "any", Kind: "slow", Value: "5s", Probability: 0.1},
		{Operation: "any", Kind: "expire", Probability: 0.05, Count: 3},
		{Operation: "token", Kind: "503", Probability: 0.3, Count: 4},
		{Operation: "list", Kind: "shift", Value: "1", Probability: 0.1, Count: 3},
		{Operation: "list", Kind: "shift", Value: "-2", Probability: 0.1, Count: 3},
		{Operation: "read", Kind: "lag", Value: "10s", Probability: 0.2},
		{Operation: "upload", Kind: "job-error", Probability: 0.3, Count: 2},
		{Operation: "upload", Kind: "job-partial", Value: "50%", Probability: 0.3, Count: 2},
		{Operation: "upload", Kind: "job-drop", Value: "2", Probability: 0.4, Count: 3},
		{Operation: "upload", Kind: "job-alter", Value: "2", Probability: 0.4, Count: 3},
		{Operation: "upload", Kind: "job-slow", Value: "1m", Probability: 0.3, Count: 1},
	} {
		if r.IntN(2) == 0 {
			faults = append(faults, f)
		}
	}
	switch seed % 8 {
	case 1:
		faults = append(faults, sandbox.Fault{Operation: "upload", Kind: "job-hang", Value: "30%", Count: 1})
	case 2: // nobody gets through after a while
		faults = append(faults, sandbox.Fault{Operation: "any", Kind: "reset", After: 8 + r.IntN(20)})
	case 3: // updates never get through
		faults = append(faults, sandbox.Fault{Operation: "patch", Kind: "500"})
	case 4: // what an upload drops never gets through
		faults = append(faults, sandbox.Fault{Operation: "upload", Kind: "job-drop", Value: "3"}, sandbox.Fault{Operation: "create", Kind: "503"}, sandbox.Fault{Operation: "patch", Kind: "reset"})
	case 5: // it takes requests and does nothing with most of them
		faults = append(faults, sandbox.Fault{Operation: "write", Kind: "500", Probability: 0.8})
	}
	return faults
}

// TestFaultyTenant: whatever goes wrong, what is called verified is so in the tenant, and what is not as planned is named. When it
// is over, a new plan does what is left.
func TestFaultyTenant(t *testing.T) {
	seeds := 8
	switch {
	case soaking():
		seeds = 300
	case testing.Short():
		seeds = 2
	}
	var all []int
	for n := range seeds {
		all = append(all, n)
	}
	var mu sync.Mutex
	total := tally{ends: map[int]int{}}
	t.Run("seeds", func(t *testing.T) {
		sideBySide(t, all, func(t *testing.T, _ int, n int) {
			got := faultyTenant(t, uint64(n))
			mu.Lock()
			defer mu.Unlock()
			total.add(got)
		})
	})
	t.Logf("%d seeds: %d faults happened, %d operations verified, %d named, exit codes %v", seeds, total.faults, total.verified, total.named, total.ends)
	if total.verified < 10*seeds || total.faults < 4*seeds {
		t.Errorf("%d verified, %d faults: too few to prove anything", total.verified, total.faults)
	}
}

type tally struct {
	faults, verified, named int
	ends                    map[int]int // how often the program ended with a code
}

func (a *tally) add(b tally) {
	a.faults, a.verified, a.named = a.faults+b.faults, a.verified+b.verified, a.named+b.named
	for code, n := range b.ends {
		a.ends[code] += n
	}
}

func faultyTenant(t *testing.T, seed uint64) tally {
	r := rand.New(rand.NewPCG(seed, 11))
	s := newStand(t, 80, true, sandbox.Options{Random: seed + 1})
	want := s.wish(12, 10, 5)
	s.writeList(want)
	s.must(0, "plan", "list.csv", "-o", "p.plan.jsonl", "--route", []string{"auto", "bulk"}[seed%2])
	faults := storm(seed, r)
	s.setFaults(faults...)

	sending := []string{"--yes", "--confirm", practice, "--timeout", "10m", "--wait", "3m"}
	args := append([]string{"apply", "p.plan.jsonl"}, sending...)
	total := tally{ends: map[int]int{}}
	var said ended
	for tries := 0; ; tries++ {
		if tries == 3 {
			total.faults = s.faultsSeen()
			s.setFaults() // it gets better in the end
			s.box.FinishJobs()
		}
		said = s.run(args...)
		total.ends[said.code]++
		verified, named, resumable := s.truthful(said, want, total.ends[exitPartial] > 0)
		total.verified, total.named = total.verified+verified, total.named+named
		if said.code == exitOK || said.code == exitPartial && !resumable || tries == 8 {
			break
		}
		if hint := resumeHint.FindStringSubmatch(said.stderr); hint != nil {
			args = append([]string{"apply", "--resume", strings.TrimSuffix(hint[1], ";")}, sending...)
		}
		time.Sleep(30 * quickSecond)
	}
	if said.code != exitOK && said.code != exitPartial {
		t.Errorf("it never came to an end: %s", said)
	}
	total.faults = max(total.faults, s.faultsSeen())
	s.counted()
	if said.code == exitOK {
		if d := cmp.Diff(want, s.people()); d != "" {
			t.Errorf("exit 0, and the source is not as planned (-want +got):\n%s", d)
		}
	}
	// What is left needs a new plan, which finds it.
	s.setFaults()
	s.box.FinishJobs()
	s.must(0, "plan", "list.csv", "-o", "rest.plan.jsonl")
	s.must(0, "apply", "rest.plan.jsonl", "--yes", "--confirm", practice, "--timeout", "10m")
	if d := cmp.Diff(want, s.people()); d != "" {
		t.Errorf("after a second plan (-want +got):\n%s", d)
	}
	if t.Failed() {
		t.Logf("faults %+v\nlast said %s", faults, said)
	}
	return total
}

func (s *stand) faultsSeen() int {
	n := 0
	for _, seen := range s.box.Counts().Faults {
		n += seen
	}
	return n
}

// truthful holds what the program says against the tenant. sent says that an earlier command has changed something already.
func (s *stand) truthful(said ended, want map[string][]string, sent bool) (verified, named int, resumable bool) {
	s.t.Helper()
	got, first := s.people(), s.first
	switch said.code {
	case exitOK, exitPartial:
	case exitUnavailable:
		if d := cmp.Diff(first, s.records()); d != "" && !sent {
			s.t.Errorf("exit 9 says that nothing was changed (-before +after):\n%s", d)
		}
		return 0, 0, true
	default:
		s.t.Errorf("it ended with a code that no fault explains: %s", said)
		return 0, 0, false
	}
	results := glob(s.t, s.dir, ".nelm/runs/*/"+apply.ResultFile)
	if len(results) != 1 {
		s.t.Fatalf("%d results, want one of the one run: %s", len(results), said)
	}
	var res apply.Result
	s.read(results[0], &res)
	bad := map[string]bool{}
	for _, o := range res.Outcomes {
		asPlanned := cmp.Equal(want[o.AccountName], got[o.AccountName])
		switch {
		case o.State == apply.Verified && !asPlanned:
			s.t.Errorf("%s %s is called verified and is %q, want %q", o.Action, o.AccountName, got[o.AccountName], want[o.AccountName])
		case (o.State == apply.NotApplied || o.State == apply.Differs) && asPlanned:
			s.t.Errorf("%s %s is called %s and is as planned: %s", o.Action, o.AccountName, o.State, o.Message)
		}
		if o.State == apply.Verified {
			verified++
		} else {
			named++
			// Who is missing from the list has no row in it; what going on may settle is no fault of a row.
			if open := res.Resumable && (o.State == apply.Skipped || o.State == apply.Unknown); o.Row > 0 && !open {
				bad[o.AccountName] = true
			}
			if o.Message == "" {
				s.t.Errorf("%s %s is %s without a word on why", o.Action, o.AccountName, o.State)
			}
		}
	}
	planned := map[string]bool{}
	for _, op := range s.planned() {
		planned[op] = true
	}
	for name := range want {
		if !planned[name] && !cmp.Equal(got[name], want[name]) {
			s.t.Errorf("%s is not in the plan and is %q, want %q", name, got[name], want[name])
		}
	}
	for name, was := range first {
		if now, there := s.records()[name]; there && now.ID != was.ID {
			s.t.Errorf("%s was deleted and created again", name)
		}
	}
	if res.Verified != verified || res.Planned != len(planned) || res.Planned != len(res.Outcomes) ||
		res.Planned != res.Verified+res.NotApplied+res.Differs+res.Skipped+res.Unknown {
		s.t.Errorf("the counts do not add up for %d operations: %s", len(planned), &res)
	}
	if (said.code == exitOK) != (named == 0) {
		s.t.Errorf("exit %d with %d of %d not verified", said.code, named, res.Planned)
	}
	if !strings.Contains(said.stdout, fmt.Sprintf("%d verified", verified)) {
		s.t.Errorf("%d are verified, and it says %s", verified, said)
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(bad)), s.failed(filepath.Dir(results[0]))); d != "" {
		s.t.Errorf("exit %d, failed.csv (-result.json +failed.csv):\n%s", said.code, d)
	}
	if len(bad) > 0 {
		if shown, want := s.must(exitOK, "runs", "show", "latest").stdout, filepath.Join(filepath.Base(filepath.Dir(results[0])), "failed.csv"); !strings.Contains(shown, "\nfailed   ") || !strings.Contains(shown, want+"\n") {
			s.t.Errorf("runs show does not name %s:\n%s", want, shown)
		}
	}
	return verified, named, res.Resumable
}

func (s *stand) read(path string, into any) {
	s.t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// planned are the account names that the plan sends something for.
func (s *stand) planned() (names []string) {
	s.t.Helper()
	f, err := os.Open(filepath.Join(s.dir, "p.plan.jsonl"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	p, err := plan.Read(f)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, op := range p.Operations {
		if op.Action.Sent() {
			names = append(names, op.AccountName)
		}
	}
	return names
}

// failed are the account names in the failed.csv of a run.
func (s *stand) failed(run string) []string {
	s.t.Helper()
	f, err := os.Open(filepath.Join(run, "failed.csv"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		s.t.Fatalf("failed.csv: %d rows, %v", len(rows), err)
	}
	column := slices.Index(rows[0], "accountName")
	if column < 0 {
		s.t.Fatalf("failed.csv has the columns %q", rows[0])
	}
	var names []string
	for _, row := range rows[1:] {
		names = append(names, row[column])
	}
	slices.Sort(names)
	return names
}

// counted checks that no more writes arrived than the journal announces and the faults explain: a refusal for its token or
// its pace is sent again, a write that is safe to repeat also when its answer failed, an upload and a create never.
func (s *stand) counted() {
	s.t.Helper()
	announced := map[string]int{}
	for _, l := range s.journal() {
		if l.Type == "intent" {
			announced[l.Verb]++
		}
	}
	arrived, refused, spoilt := s.gate.seen()
	for verb, n := range arrived {
		most := announced[verb] + refused[verb]
		if verb == "patch" || verb == "delete" {
			most += spoilt[verb]
		}
		if n > most {
			s.t.Errorf("%s: %d arrived, and %d were announced, %d refused, %d answered badly", verb, n, announced[verb], refused[verb], spoilt[verb])
		}
	}
}
