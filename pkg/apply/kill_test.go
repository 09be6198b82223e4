package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// The test program is started again as another process that applies a plan and is killed, by itself at a certain journal
// record or by the test at any moment. Files, locks, connections and the death are real; only the clock is quick.

const childTask = "NELM_TEST_CHILD"

// quick is how much real time one second takes on both sides.
const quick = 8 * time.Millisecond

// patience is the client's with one request, in time of the quick clock: a busy machine is not what is tested.
const patience = time.Hour

type task struct {
	URL, ID, Secret string
	Plan            string // file
	User, Runs      string
	KillAt          int  // journal record at which it dies; 0: it lives
	Before          bool // dies before the record is written, and else right after
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childTask); text != "" {
		os.Exit(applyInChild(text))
	}
	os.Exit(m.Run())
}

// applyInChild applies the plan, or goes on with the run that there is. It says on standard output how it ended.
func applyInChild(text string) int {
	var t task
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		fmt.Println(err)
		return 2
	}
	ctx := context.Background()
	clock := sandbox.NewScaledClock(time.Time{}, quick)
	client, err := nelm.New(nelm.Config{BaseURL: t.URL, ClientID: t.ID, ClientSecret: t.Secret, Clock: clock, Timeout: patience})
	if err != nil {
		fmt.Println(err)
		return 2
	}
	source, err := client.Source(ctx, practice)
	if err != nil {
		fmt.Println(err)
		return 2
	}
	store := state.Store{User: t.User, Runs: t.Runs}
	s := stage{clock: nil, store: store}
	o := s.options()
	o.Clock = clock
	o.ChunkRows, o.DeleteIDs = 4, 3
	o.Begin = func() (apply.Folder, error) {
		run, err := store.NewRun()
		return &dying{Run: run, at: t.KillAt, before: t.Before}, err
	}
	o.Claim = func(f apply.Folder) error { return store.Claim("the plan", f.(*dying).Run) }
	runs, err := store.ListRuns()
	if err == nil {
		if len(runs) == 0 || !has(runs[0], apply.PlanFile) {
			var p *plan.Plan
			if p, err = readPlan(t.Plan); err == nil {
				_, err = apply.Run(ctx, p, source, o)
			}
		} else {
			_, err = apply.Resume(ctx, &dying{Run: runs[0], at: t.KillAt, before: t.Before}, source, o)
		}
	}
	var finished *apply.FinishedError
	if err != nil && !errors.As(err, &finished) {
		fmt.Println(err)
		return 1
	}
	fmt.Println("done")
	return 0
}

func has(r *state.Run, name string) bool {
	_, err := os.Stat(r.Path(name))
	return err == nil
}

func readPlan(path string) (*plan.Plan, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return plan.Read(f)
}

// A dying folder kills its own process at a journal record, with SIGKILL where there is one.
type dying struct {
	*state.Run
	at     int
	before bool
	n      atomic.Int64
}

func (d *dying) Append(record any) error {
	n := int(d.n.Add(1))
	if n == d.at && d.before {
		die()
	}
	err := d.Run.Append(record)
	if n == d.at {
		die()
	}
	return err
}

func die() {
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

func TestKilledProcesses(t *testing.T) {
	r := random(3)
	type kill struct {
		at     int
		before bool
		after  time.Duration // of real time; for a kill from outside
	}
	var kills []kill
	// One of the run, three of each of 2 uploads, two of each of 8 patches and of 2 deletes, and the end.
	const records = 28
	moments, step := 2, 9
	if os.Getenv("NELM_TEST_SEEDS") != "" { // make soak: every record, and hundreds of moments
		moments, step = 200, 1
	}
	if testing.Short() {
		moments, step = 1, 27
	}
	for n := 1; n <= records; n += step {
		kills = append(kills, kill{at: n, before: true}, kill{at: n})
	}
	for range moments {
		kills = append(kills, kill{after: time.Duration(5+r.IntN(120)) * time.Millisecond})
	}
	for _, k := range kills {
		t.Run(fmt.Sprintf("%+v", k), func(t *testing.T) {
			box, err := sandbox.New(sandbox.Options{Seed: seed(60), Scale: quick})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(box)
			defer server.Close()
			admin := box.Credentials().Admin
			client, err := nelm.New(nelm.Config{BaseURL: server.URL, ClientID: admin.ClientID, ClientSecret: admin.Secret, Clock: box.Clock(), Timeout: patience})
			if err != nil {
				t.Fatal(err)
			}
			source, err := client.Source(t.Context(), practice)
			if err != nil {
				t.Fatal(err)
			}
			form, err := source.Schema(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s := &stage{t: t, box: box, now: box.Clock().Now, source: source, form: form}
			want := wish(s.people(), random(1), 8, 5, 6)
			dir := t.TempDir()
			work := task{URL: server.URL, ID: admin.ClientID, Secret: admin.Secret, Plan: filepath.Join(dir, "p.plan.jsonl"),
				User: filepath.Join(dir, "user"), Runs: filepath.Join(dir, "runs"), KillAt: k.at, Before: k.before}
			p := s.plan(want, "auto")
			if err := state.WriteFile(work.Plan, nil, p.Write); err != nil {
				t.Fatal(err)
			}
			before := box.Counts().Requests

			said, killed := run(t, work, k.after)
			if k.at > 0 && !killed {
				t.Fatalf("it did not die: %s", said)
			}
			work.KillAt = 0
			for tries := 0; said != "done" && tries < 4; tries++ {
				said, _ = run(t, work, 0)
			}
			if said != "done" {
				t.Fatalf("it never ended: %s", said)
			}
			if d := cmp.Diff(want, s.people()); d != "" {
				t.Errorf("source (-want +got):\n%s", d)
			}
			if again := s.plan(want, "auto"); again.Trailer.Counts.Sent() != 0 {
				t.Errorf("a second plan sends %d", again.Trailer.Counts.Sent())
			}
			// 6 creates in 2 uploads, 8 patches, 5 deletes in 2 groups; a write whose answer was lost is sent once more at the most.
			after := box.Counts().Requests
			for op, most := range map[string]int{"importNonEmployeeRecordsInBulk": 3, "createNonEmployeeRecord": 0, "patchNonEmployeeRecord": 8 + apply.DefaultParallel, "deleteNonEmployeeRecordsInBulk": 3} {
				if n := after[op] - before[op]; n > most {
					t.Errorf("%s was sent %d times, which only %d can explain", op, n, most)
				}
			}
		})
	}
}

// run starts the child and, where after is set, kills it then. It returns the last line that the child said.
func run(t *testing.T, work task, after time.Duration) (said string, killed bool) {
	t.Helper()
	text, err := json.Marshal(work)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childTask+"="+string(text))
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[len(lines)-1], exit != nil && !exit.Exited()
}
