package apply

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

var errKilled = errors.New("killed")

// A mortal world dies at its n-th event: before or after a journal record or a file is on the disk, before or after a
// call has its effect at the tenant. From then on nothing that the program does has an effect; what the tenant had already
// taken goes on.
type mortal struct {
	mu   sync.Mutex
	left int // events until death; negative: immortal
	dead bool
}

// event reports whether the program is dead now.
func (m *mortal) event() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left == 0 {
		m.dead = true
	}
	m.left--
	return m.dead
}

func (m *mortal) inhabit(ten *tenant, f *folder) {
	ten.faults.before = func(string, int) error {
		if m.event() {
			return errKilled
		}
		return nil
	}
	ten.faults.after = ten.faults.before
	f.onAppend = func(int, []byte) error {
		if m.event() {
			return errKilled
		}
		return nil
	}
	f.afterAppend = f.onAppend
	f.onWrite = func(string) error { return f.onAppend(0, nil) }
}

// world is the same every time: creates in two uploads, updates by upload and by patch, deletes in two groups.
func world(t *testing.T) (*tenant, *plan.Plan) {
	ten := newTenant("vendor")
	for i := range 12 {
		ten.add(fmt.Sprintf("x%02d", i))
	}
	d := newDraft(ten)
	for i := range 3 {
		d.create(fmt.Sprintf("new%d", i))
	}
	for i := range 4 {
		d.change(fmt.Sprintf("x%02d", i), plan.Patch, "lastName", "New", "vendor", "ACME")
	}
	for i := range 3 {
		d.remove(fmt.Sprintf("x%02d", 9+i))
	}
	return ten, d.plan(t)
}

func mortalOptions(ten *tenant, f *folder, claimed *string, id string) Options {
	o := options(ten, f)
	o.ChunkRows, o.DeleteIDs, o.Parallel = 2, 2, 1
	o.Claim = func(Folder) error {
		if f.onAppend(0, nil) != nil {
			return errKilled
		}
		if *claimed != "" && *claimed != id {
			return errors.New("the plan was applied by another run")
		}
		*claimed = id
		return nil
	}
	return o
}

// TestKilledAtEveryEvent kills the program at every single event of a run, kills the run that goes on once more, and lets
// the third end.
func TestKilledAtEveryEvent(t *testing.T) {
	want := func() map[string]string {
		ten, p := world(t)
		var claimed string
		f := newFolder()
		(&mortal{left: -1}).inhabit(ten, f)
		if res, err := Run(t.Context(), p, ten, mortalOptions(ten, f, &claimed, "0")); err != nil || !res.Whole() {
			t.Fatalf("undisturbed: %s, %v", &res, err)
		}
		return ten.content()
	}()
	kills := 0
	for k := 0; ; k++ {
		ten, p := world(t)
		var claimed string
		run, resumed := 0, 0
		f := newFolder()
		first := &mortal{left: k}
		first.inhabit(ten, f)
		_, err := Run(t.Context(), p, ten, mortalOptions(ten, f, &claimed, "0"))
		if !first.dead {
			if err != nil {
				t.Fatalf("event %d was never reached, and the run ended in %v", k, err)
			}
			break
		}
		kills++
		for _, left := range []int{(k*7 + 3) % 31, -1} {
			again := &mortal{left: left}
			f = f.survive()
			again.inhabit(ten, f)
			if _, err := f.Open(PlanFile); errors.Is(err, fs.ErrNotExist) {
				if claimed != "" {
					t.Fatalf("killed at event %d: the plan is claimed by a run that cannot be resumed", k)
				}
				run++
				_, err = Run(t.Context(), p, ten, mortalOptions(ten, f, &claimed, fmt.Sprint(run)))
				if left < 0 && err != nil {
					t.Fatalf("killed at event %d, applied again: %v", k, err)
				}
				continue
			}
			resumed++
			res, err := Resume(t.Context(), f, ten, mortalOptions(ten, f, &claimed, fmt.Sprint(run)))
			var finished *FinishedError
			if left < 0 && !errors.As(err, &finished) && (err != nil || !res.Whole()) {
				t.Fatalf("killed at event %d, resumed %d times: %s, %v\njournal:\n%s", k, resumed, &res, err, bytes.Join(rawBytes(f), []byte("\n")))
			}
		}
		if diff := cmp.Diff(want, ten.content()); diff != "" {
			t.Errorf("killed at event %d: tenant (-want +got):\n%s", k, diff)
		}
		effects := make(map[string]int)
		for _, l := range ten.log {
			effects[l]++
		}
		for l, n := range effects {
			if n > 1 && (strings.HasPrefix(l, "create") || strings.HasPrefix(l, "delete")) {
				t.Errorf("killed at event %d: %q had an effect %d times", k, l, n)
			}
			if n > 2 {
				t.Errorf("killed at event %d: %q was done %d times: once, and once more where nobody knew", k, l, n)
			}
		}
		looked, err := Look(f)
		if err != nil || !looked.Whole() {
			t.Errorf("killed at event %d: in the end the run's folder says %s, %v", k, &looked, err)
		}
	}
	if kills < 60 {
		t.Errorf("only %d events: the world is too quiet to prove anything", kills)
	}
	t.Logf("killed at %d events", kills)
}

func rawBytes(f *folder) [][]byte {
	var lines [][]byte
	for _, l := range f.journal {
		lines = append(lines, l)
	}
	return lines
}

func TestLookAtARunThatWasKilled(t *testing.T) {
	ten := newTenant()
	for _, name := range []string{"ana", "ben", "cleo"} {
		ten.add(name)
	}
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New").change("cleo", plan.Patch, "lastName", "New").plan(t)
	f := newFolder()
	ten.faults.reject = is("ana")
	m := &mortal{left: -1}
	f.onAppend = func(n int, rec []byte) error {
		if bytes.Contains(rec, []byte(`"type":"outcome","`)) && bytes.Contains(rec, []byte(`"write":2,`)) {
			m.dead = true
		}
		if m.dead {
			return errKilled
		}
		return nil
	}
	f.onWrite = func(string) error {
		if m.dead {
			return errKilled
		}
		return nil
	}
	o := options(ten, f)
	o.Parallel = 1
	if _, err := Run(t.Context(), p, ten, o); err == nil {
		t.Fatal("the run was not killed")
	}
	res, err := Look(f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ana not applied", "ben unknown", "cleo skipped"}, states(res)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if !res.Resumable {
		t.Error("it is not said that it can be resumed")
	}
}

// A run that was gone on with and killed is told from its journal, not from the result that its first part left.
func TestLookAtARunThatWasKilledAfterItWasResumed(t *testing.T) {
	ctx, ten, p, f, o := cutAtFirstPatch(t, 3)
	if res, _ := Run(ctx, p, ten, o); !cmp.Equal(states(res), []string{"x00 unknown", "x01 skipped", "x02 skipped"}) {
		t.Fatalf("interrupted: %v", states(res))
	}
	ten.faults = faults{}
	dead := false
	f.onAppend = func(_ int, rec []byte) error {
		dead = dead || bytes.Contains(rec, []byte(`"write":3`))
		if dead {
			return errKilled
		}
		return nil
	}
	f.onWrite = func(string) error { return f.onAppend(0, nil) }
	if _, err := Resume(t.Context(), f, ten, o); err == nil {
		t.Fatal("the run was not killed")
	}
	res, err := Look(f.survive())
	if err != nil || !res.Resumable || !cmp.Equal(states(res), []string{"x00 unknown", "x01 unknown", "x02 skipped"}) {
		t.Errorf("got %v, %v", states(res), err)
	}
}
