package apply_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox/contract"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// These tests have the whole line from list to read-back, with the real client against the local service.

const practice = "Contractors EMEA"

// A stage is a service with one source, a client for it, and one clock for both.
type stage struct {
	t      *testing.T
	box    *sandbox.Sandbox
	clock  *sandbox.ManualClock
	now    func() time.Time
	source *nelm.Source
	store  state.Store
	form   *schema.Schema
}

func newStage(t *testing.T, records int, o sandbox.Options, who func(sandbox.Credentials) sandbox.Credential) *stage {
	t.Helper()
	clock := sandbox.NewManualClock(time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC))
	o.Clock, o.Seed = clock, seed(records)
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(contract.Check(t, box, contract.ForSwitches(o.Switches)...))
	t.Cleanup(server.Close)
	if who == nil {
		who = func(c sandbox.Credentials) sandbox.Credential { return c.Admin }
	}
	c := who(box.Credentials())
	client, err := nelm.New(nelm.Config{BaseURL: server.URL, ClientID: c.ClientID, ClientSecret: c.Secret, Clock: clock, HTTP: &http.Client{}})
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
	return &stage{t: t, box: box, clock: clock, now: clock.Now, source: source, form: form, store: state.Store{User: t.TempDir(), Runs: t.TempDir(), Now: clock.Now}}
}

func seed(n int) *sandbox.Seed {
	s := &sandbox.Seed{
		Identities: []sandbox.Identity{{Alias: "jane.doe", Name: "Jane Doe", FirstName: "Jane", LastName: "Doe", Email: "jane.doe@example.com"}},
		Sources: []sandbox.SeedSource{{
			Name: practice, Owner: "jane.doe", AccountManagers: []string{"jane.doe"}, Attributes: []sandbox.SeedAttribute{{TechnicalName: "vendor"}},
		}},
	}
	for i := range n {
		s.Sources[0].Records = append(s.Sources[0].Records, sandbox.Record{
			AccountName: fmt.Sprintf("a.%05d", i), FirstName: "Ann", LastName: fmt.Sprintf("No%05d", i), Email: fmt.Sprintf("a.%05d@example.com", i),
			Phone: "5551234", Manager: "jane.doe", StartDate: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), EndDate: time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC),
			Data: map[string]string{"vendor": "ACME"},
		})
	}
	return s
}

// people are what the source holds, by account name, without regard to how dates are written.
func (s *stage) people() map[string][]string {
	s.t.Helper()
	records, err := s.box.Records(s.sourceID())
	if err != nil {
		s.t.Fatal(err)
	}
	m := make(map[string][]string)
	for _, r := range records {
		m[r.AccountName] = []string{r.AccountName, r.FirstName, r.LastName, r.Phone, r.Email, r.Manager, r.StartDate.UTC().Format(time.RFC3339), r.EndDate.UTC().Format(time.RFC3339), r.Data["vendor"]}
	}
	return m
}

func (s *stage) sourceID() string { return s.box.Sources()[0].SourceID }

// plan compares a list with the source and plans the difference; whoever is not in the list is deleted.
func (s *stage) plan(people map[string][]string, route string) *plan.Plan {
	s.t.Helper()
	ctx := s.t.Context()
	source, access, err := s.source.Describe(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	records, err := s.source.List(ctx, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	current, err := schema.NewMemory(s.form.Names(), records)
	if err != nil {
		s.t.Fatal(err)
	}
	var rows []schema.Record
	for _, name := range slices.Sorted(maps.Keys(people)) {
		rows = append(rows, schema.Record{Values: people[name]})
	}
	desired, err := schema.NewMemory(s.form.Names(), rows)
	if err != nil {
		s.t.Fatal(err)
	}
	reading := schema.Reading{Zone: time.UTC, Blank: schema.BlankKeep}
	none := plan.NoLimit()
	var file bytes.Buffer
	_, err = plan.Build(func(emit func(diff.Change) error) (diff.Summary, error) {
		return diff.Compare(ctx, desired, current, diff.Options{Schema: s.form, Reading: reading}, emit)
	}, &file, plan.Options{
		Now: s.now(), Source: source, Access: access, Schema: s.form, Reading: reading, Managed: s.form.Names(), OnMissing: plan.DeleteMissing, Route: route,
		Input: plan.Input{File: "list.csv", Rows: int64(len(rows))}, Limits: plan.Limits{MaxRemovals: none, MaxUpdates: none, MaxCreates: none, MinInput: none, AllowEmpty: true},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := plan.Read(&file)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stage) options() apply.Options {
	return apply.Options{
		Begin: func() (apply.Folder, error) { return s.store.NewRun() },
		Payload: func(names []string, rows [][]string) ([]byte, error) {
			var b bytes.Buffer
			err := csv.NewWriter(&b).WriteAll(append([][]string{names}, rows...))
			return b.Bytes(), err
		},
		Judge: func(err error) apply.Verdict {
			var e *nelm.Error
			switch {
			case errors.Is(err, nelm.ErrUnknownOutcome):
				return apply.Unclear
			case errors.Is(err, nelm.ErrDenied):
				return apply.Denied
			case errors.Is(err, nelm.ErrNotFound):
				return apply.Gone
			case errors.Is(err, nelm.ErrConflict):
				return apply.Conflict
			case errors.As(err, &e) && e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests:
				return apply.Refused
			}
			return apply.Unclear
		},
		Complaints: func(err error) []string {
			var e *nelm.Error
			if errors.As(err, &e) {
				return e.Messages
			}
			return nil
		},
		Clock: s.clock,
	}
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// wish is a list that differs from what the source holds in a part of its people.
func wish(people map[string][]string, r *rand.Rand, changed, gone, fresh int) map[string][]string {
	list := make(map[string][]string)
	for name, values := range people {
		list[name] = slices.Clone(values)
	}
	names := slices.Sorted(maps.Keys(people))
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:changed] {
		list[name][2] = "Changed"
		if r.IntN(2) == 0 {
			list[name][7] = "2027-06-30T23:59:59Z"
		}
	}
	for _, name := range names[changed : changed+gone] {
		delete(list, name)
	}
	for i := range fresh {
		name := fmt.Sprintf("b.%05d", i)
		list[name] = []string{name, "Bo", "New", "555", name + "@example.com", "jane.doe", "2026-04-01T00:00:00Z", "2026-09-30T23:59:59Z", "ACME, \"Ltd\""}
	}
	return list
}

func TestTheWholeLine(t *testing.T) {
	for _, test := range []struct {
		why      string
		route    string
		switches map[string]string
	}{
		{"as the sandbox has it", "auto", nil},
		{"updates by upload", "bulk", nil},
		{"the status is stale after an upload", "bulk", map[string]string{"status-after-upload": "stale"}},
		{"no status after an upload", "auto", map[string]string{"status-after-upload": "absent", "status-none": "null"}},
		{"an unknown id is a bad request", "auto", map[string]string{"unknown-id": "400", "bulk-delete-unknown": "refuse"}},
		{"date-times without a zone", "bulk", map[string]string{"timestamps": "no-zone"}},
		{"date-times without seconds", "auto", map[string]string{"timestamps": "no-seconds"}},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := newStage(t, 300, sandbox.Options{Switches: test.switches}, nil)
			want := wish(s.people(), random(1), 40, 20, 30)
			if test.switches["timestamps"] == "no-seconds" {
				for _, v := range want {
					v[7] = strings.Replace(v[7], ":59:59Z", ":59:00Z", 1)
				}
			}
			p := s.plan(want, test.route)
			res, err := apply.Run(t.Context(), p, s.source, s.options())
			if err != nil {
				t.Fatalf("%v\n%s", err, notVerified(res))
			}
			if test.switches["timestamps"] != "no-seconds" {
				if d := cmp.Diff(want, s.people()); d != "" {
					t.Errorf("source (-want +got):\n%s", d)
				}
			}
			if again := s.plan(want, test.route); again.Trailer.Counts.Sent() != 0 {
				t.Errorf("a second plan sends %d", again.Trailer.Counts.Sent())
			}
		})
	}
}

func notVerified(r apply.Result) string {
	var b strings.Builder
	b.WriteString(r.String())
	for _, o := range r.Outcomes {
		if o.State != apply.Verified {
			fmt.Fprintf(&b, "\n%s %s %s: %s %v", o.Action, o.AccountName, o.State, o.Message, o.Fields)
		}
	}
	return b.String()
}

// chaos are faults of every kind, with odds that leave the service usable.
func chaos(r *rand.Rand) []sandbox.Fault {
	var faults []sandbox.Fault
	some := func(operation, kind, value string, probability float64, count int) {
		if r.IntN(2) == 0 {
			faults = append(faults, sandbox.Fault{Operation: operation, Kind: kind, Value: value, Probability: probability, Count: count})
		}
	}
	some("any", "429", "3", 0.05, 10)
	some("any", "500", "", 0.05, 0)
	some("any", "503", "2", 0.05, 10)
	some("any", "reset", "", 0.05, 0)
	some("any", "reset-after", "", 0.05, 0)
	some("write", "503-after", "", 0.1, 0)
	some("any", "cut", "50%", 0.05, 0)
	some("any", "expire", "", 0.05, 3)
	some("list", "shift", "1", 0.05, 3)
	some("read", "lag", "10s", 0.2, 0)
	some("upload", "job-error", "", 0.3, 2)
	some("upload", "job-partial", "50%", 0.3, 2)
	some("upload", "job-drop", "2", 0.3, 2)
	some("upload", "job-alter", "2", 0.3, 2)
	some("upload", "job-slow", "2m", 0.3, 1)
	if r.IntN(8) == 0 {
		faults = append(faults, sandbox.Fault{Operation: "upload", Kind: "job-hang", Value: "30%", Count: 1})
	}
	return faults
}

// TestFaults: whatever goes wrong, what is called verified is so, what is not as planned is named, and a run that could not
// finish can be gone on with.
func TestFaults(t *testing.T) {
	seeds := 12
	if testing.Short() {
		seeds = 5
	}
	if n, err := strconv.Atoi(os.Getenv("NELM_TEST_SEEDS")); err == nil {
		seeds = n // make soak
	}
	verified, named := 0, 0
	for n := range seeds {
		t.Run(fmt.Sprint("seed ", n), func(t *testing.T) {
			r := random(uint64(n))
			s := newStage(t, 120, sandbox.Options{Random: uint64(n) + 1}, nil)
			want := wish(s.people(), r, 15, 8, 12)
			p := s.plan(want, []string{"auto", "bulk"}[n%2])
			faults := chaos(r)
			if err := s.box.SetFaults(faults); err != nil {
				t.Fatal(err)
			}
			o := s.options()
			var run *state.Run
			o.Begin = func() (_ apply.Folder, err error) { run, err = s.store.NewRun(); return run, err }
			res, err := apply.Run(t.Context(), p, s.source, o)
			for resumed := 0; resumed < 5 && (run == nil || res.Resumable); resumed++ {
				if resumed == 3 { // it gets better in the end
					if err := s.box.SetFaults(nil); err != nil {
						t.Fatal(err)
					}
				}
				s.clock.Advance(5 * time.Minute)
				if run == nil {
					res, err = apply.Run(t.Context(), p, s.source, o)
				} else {
					res, err = apply.Resume(t.Context(), run, s.source, s.options())
				}
			}
			got := s.people()
			for _, o := range res.Outcomes {
				asPlanned := cmp.Equal(want[o.AccountName], got[o.AccountName])
				switch o.State {
				case apply.Verified:
					verified++
					if !asPlanned {
						t.Errorf("%s %s is called verified and is %q, want %q", o.Action, o.AccountName, got[o.AccountName], want[o.AccountName])
					}
				case apply.NotApplied, apply.Differs:
					named++
					if asPlanned {
						t.Errorf("%s %s is called %s and is as planned: %s", o.Action, o.AccountName, o.State, o.Message)
					}
				}
			}
			if res.Whole() != (err == nil) {
				t.Errorf("%s, and the error is %v", &res, err)
			}
			touched := make(map[string]bool)
			for _, o := range res.Outcomes {
				touched[o.AccountName] = true
			}
			for name, values := range got {
				if !touched[name] && len(res.Outcomes) > 0 && !cmp.Equal(values, want[name]) {
					t.Errorf("%s is not in the plan and is %q, want %q", name, values, want[name])
				}
			}
			if t.Failed() {
				t.Logf("faults %+v\n%v\n%s", faults, err, notVerified(res))
			}
		})
	}
	t.Logf("%d verified, %d named", verified, named)
	if verified < 20*seeds {
		t.Errorf("only %d operations were ever verified: the faults leave nothing to prove", verified)
	}
}

var (
	_ apply.Remote = (*nelm.Source)(nil)
	_ apply.Folder = (*state.Run)(nil)
	_ io.Closer    = (*state.Run)(nil)
	_ apply.Clock  = (*sandbox.ManualClock)(nil)
)
