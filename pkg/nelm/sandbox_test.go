package nelm_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox/contract"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

const practice = "Contractors EMEA"

// seed is a tenant with one source of n records, two custom attributes and two people.
func seed(n int) *sandbox.Seed {
	s := &sandbox.Seed{
		Identities: []sandbox.Identity{
			{Alias: "jane.doe", Name: "Jane Doe", FirstName: "Jane", LastName: "Doe", Email: "jane.doe@example.com"},
			{Alias: "p.meyer", Name: "Paul Meyer", FirstName: "Paul", LastName: "Meyer", Email: "p.meyer@example.com", IdentityState: "INACTIVE_LONG_TERM"},
		},
		Sources: []sandbox.SeedSource{{
			Name: practice, Owner: "jane.doe", AccountManagers: []string{"jane.doe"},
			Attributes: []sandbox.SeedAttribute{{TechnicalName: "vendor"}, {TechnicalName: "cost/centre~1"}},
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

// practise serves a sandbox over real connections on a clock that a test moves.
func practise(t *testing.T, o sandbox.Options) (*sandbox.Sandbox, string, *sandbox.ManualClock) {
	t.Helper()
	clock := sandbox.NewManualClock(time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC))
	o.Clock = clock
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(contract.Check(t, box, contract.ForSwitches(o.Switches)...))
	t.Cleanup(server.Close)
	return box, server.URL, clock
}

func as(t *testing.T, who sandbox.Credential, url string, clock nelm.Clock, version string) *nelm.Client {
	t.Helper()
	c, err := nelm.New(nelm.Config{BaseURL: url, ClientID: who.ClientID, ClientSecret: who.Secret, Clock: clock, Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, c *nelm.Client) *nelm.Source {
	t.Helper()
	s, err := c.Source(t.Context(), practice)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// values are what a list holds, by account name.
func values(t *testing.T, s *nelm.Source) map[string][]string {
	t.Helper()
	records, err := s.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]string)
	for _, r := range records {
		all[r.Values[0]] = r.Values
	}
	return all
}

func sameInstant(t *testing.T, got, want string) bool {
	t.Helper()
	zone := time.UTC
	a, err := schema.ParseDate([]byte(got), schema.Unsettled, zone)
	if err != nil {
		t.Errorf("%q: %v", got, err)
		return false
	}
	b, err := schema.ParseDate([]byte(want), schema.Unsettled, zone)
	if err != nil {
		t.Fatal(err)
	}
	return a.Instant.Equal(b.Instant)
}

// One life of a source, told the same way whatever the service does where its description is silent.
func TestLifeOfASource(t *testing.T) {
	for _, row := range []struct {
		switches map[string]string
		version  string
		why      string
	}{
		{nil, "", "everything as the sandbox has it"},
		{nil, "v1", "the newer form of paths"},
		{nil, "beta", "another version"},
		{map[string]string{"empty-data": "absent", "patch-data-absent": "strict"}, "", "no data object, and none may be added to"},
		{map[string]string{"patch-null": "refuse"}, "", "an empty value is refused"},
		{map[string]string{"timestamps": "no-zone"}, "", "date-times without a zone"},
		{map[string]string{"timestamps": "no-seconds"}, "", "date-times without seconds"},
		{map[string]string{"attribute-types": "live"}, "", "types and null texts as the live service has them"},
		{map[string]string{"record-ids": "hex"}, "", "ids without dashes"},
		{map[string]string{"limit-over-max": "clamp", "unsorted": "unstable"}, "", "lists without an order of their own"},
		{map[string]string{"status-none": "null", "status-after-upload": "stale"}, "", "an upload status that says less"},
		{map[string]string{"rate-token": "shared", "rate-window": "fixed"}, "", "another way of counting requests"},
		{map[string]string{"csv-spacing": "spec", "content-disposition": "none", "csv-charset": "utf-8"}, "", "CSV as the example has it"},
		{map[string]string{"bulk-delete-unknown": "partial"}, "", "bulk delete that looks at every id"},
	} {
		t.Run(row.why, func(t *testing.T) {
			box, url, clock := practise(t, sandbox.Options{Seed: seed(3), Switches: row.switches})
			client := as(t, box.Credentials().Admin, url, clock, row.version)
			src := open(t, client)
			described, access, err := src.Describe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if described.Count != 3 || described.Tenant.ID == "" || !access.User || !access.Admin {
				t.Errorf("described as %+v with %+v", described, access)
			}
			if status, err := src.UploadStatus(t.Context()); err != nil || status != "" {
				t.Errorf("status before any upload is %q, %v", status, err)
			}

			created, err := src.Create(t.Context(), schema.Record{
				Names:  []string{"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate"},
				Values: []string{"b.new", "Bo", "New", "1", "b@example.com", "jane.doe", "2026-04-01T00:00:00+02:00", "2026-09-30T23:59:00+02:00"},
			})
			if err != nil {
				t.Fatal(err)
			}
			patched, err := src.Patch(t.Context(), created, []schema.FieldChange{
				{Attribute: "vendor", New: "Initech"}, {Attribute: "cost/centre~1", New: "77"}, {Attribute: "endDate", New: "2026-10-31T23:59:00+01:00"},
			})
			if err != nil {
				t.Fatal(err)
			}
			cleared, err := src.Patch(t.Context(), patched, []schema.FieldChange{{Attribute: "vendor", New: ""}, {Attribute: "cost/centre~1", New: "78"}})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := src.Get(t.Context(), created.ID); err != nil || cmp.Diff(cleared.Values, got.Values) != "" {
				t.Errorf("read back %v, %v; want %v", got.Values, err, cleared.Values)
			}
			if v, _ := cleared.Get("vendor"); v != "" {
				t.Errorf("vendor is %q after it was cleared", v)
			}
			if v, _ := cleared.Get("cost/centre~1"); v != "78" {
				t.Errorf("cost/centre~1 is %q, want 78", v)
			}
			if v, _ := cleared.Get("endDate"); !sameInstant(t, v, "2026-10-31T22:59:00Z") {
				t.Errorf("endDate is %q", v)
			}
			if _, err := src.Create(t.Context(), schema.Record{Names: created.Names[:8], Values: []string{"b.new", "Bo", "New", "1", "b@example.com", "jane.doe", "2026-04-01T00:00:00Z", "2026-09-30T23:59:59Z"}}); !errors.Is(err, nelm.ErrConflict) {
				t.Errorf("created twice: got %v, want ErrConflict", err)
			}

			template, err := src.Template(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			form, err := src.Schema(t.Context())
			if err != nil || cmp.Diff(template, form.Names()) != "" {
				t.Fatalf("template %v, schema %v, %v", template, form.Names(), err)
			}
			var file strings.Builder
			w := csv.NewWriter(&file)
			rows := [][]string{template,
				{"a.00000", "Ann", "Renamed", "5551234", "a@example.com", "jane.doe", "2026-01-01T00:00:00Z", "2026-12-31T23:59:00Z", "ACME", ""},
				{"c.new", "Cy", "New", "2", "c@example.com", "jane.doe", "2026-01-01T00:00:00Z", "2026-12-31T23:59:00Z", "ACME", "x,\"y\""}}
			if err := w.WriteAll(rows); err != nil {
				t.Fatal(err)
			}
			job, err := src.Upload(t.Context(), "", []byte(file.String()))
			if err != nil || job == "" {
				t.Fatalf("job %q, %v", job, err)
			}
			for range 20 {
				clock.Advance(time.Second)
				if status, err := src.UploadStatus(t.Context()); err != nil {
					t.Fatal(err)
				} else if status == "COMPLETED" {
					break
				}
			}
			all := values(t, src)
			if got := slices.Sorted(maps.Keys(all)); cmp.Diff([]string{"a.00000", "a.00001", "a.00002", "b.new", "c.new"}, got) != "" {
				t.Fatalf("records %v", got)
			}
			if all["a.00000"][2] != "Renamed" || all["c.new"][9] != `x,"y"` {
				t.Errorf("after the upload: %q, %q", all["a.00000"], all["c.new"])
			}

			export, err := src.Export(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(export)
			if err != nil || export.Close() != nil {
				t.Fatal(err)
			}
			if got := strings.Count(string(text), "\n"); got != 6 {
				t.Errorf("the export has %d lines, want a header and 5:\n%s", got, text)
			}

			if err := src.Delete(t.Context(), []string{created.ID}); err != nil {
				t.Fatal(err)
			}
			if err := src.Delete(t.Context(), []string{created.ID}); err != nil {
				t.Errorf("deleted again: %v", err)
			}
			if _, err := src.Get(t.Context(), created.ID); !errors.Is(err, nelm.ErrNotFound) {
				t.Errorf("got %v, want ErrNotFound", err)
			}
			records, err := src.List(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, r := range records[:3] {
				ids = append(ids, r.ID)
			}
			if err := src.Delete(t.Context(), ids); err != nil {
				t.Fatal(err)
			}
			if left := values(t, src); len(left) != 1 {
				t.Errorf("%d records left, want 1", len(left))
			}
			sent := 0
			for _, n := range client.Requests() {
				sent += n
			}
			seen := 0
			for _, n := range box.Counts().Requests {
				seen += n
			}
			if sent != seen {
				t.Errorf("%d requests counted, the service saw %d", sent, seen)
			}
		})
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	box, url, clock := practise(t, sandbox.Options{Seed: seed(3)})
	change := []schema.FieldChange{{Attribute: "phone", New: "1"}}

	app := open(t, as(t, box.Credentials().Application, url, clock, ""))
	records, err := app.List(t.Context(), nil)
	if err != nil || len(records) != 3 {
		t.Fatalf("an application lists: %d records, %v", len(records), err)
	}
	if _, err := app.Patch(t.Context(), records[0], change); !errors.Is(err, nelm.ErrDenied) {
		t.Errorf("an application patches: got %v, want ErrDenied", err)
	}

	owner := as(t, box.Credentials().Owner, url, clock, "")
	access, _, err := owner.Access(t.Context())
	if err != nil || !access.User || access.Admin {
		t.Fatalf("an owner's access is %+v, %v", access, err)
	}
	src := open(t, owner)
	if _, err := src.Patch(t.Context(), records[0], change); !errors.Is(err, nelm.ErrDenied) {
		t.Errorf("an owner patches the phone: got %v, want ErrDenied", err)
	}
	if _, err := src.Patch(t.Context(), records[0], []schema.FieldChange{{Attribute: "endDate", New: "2027-01-31T23:59:59Z"}}); err != nil {
		t.Errorf("an owner moves the end date: %v", err)
	}

	wrong := box.Credentials().Admin
	wrong.Secret = "not-the-secret"
	if _, err := as(t, wrong, url, clock, "").Sources(t.Context()); !errors.Is(err, nelm.ErrDenied) || strings.Contains(err.Error(), wrong.Secret) {
		t.Errorf("a wrong secret: got %v, want ErrDenied without it", err)
	}
}

func TestRequestsThatWait(t *testing.T) {
	s := seed(1)
	s.Sources[0].Requests = []sandbox.SeedRequest{{Record: sandbox.Record{
		AccountName: "waits", FirstName: "W", LastName: "Aits", Email: "w@example.com", Phone: "1", Manager: "jane.doe",
		StartDate: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), EndDate: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
	}, Requester: "jane.doe"}}
	s.Sources[0].Approvers = []string{"jane.doe"}
	box, url, clock := practise(t, sandbox.Options{Seed: s})
	for name, who := range map[string]sandbox.Credential{"an administrator": box.Credentials().Admin, "an application": box.Credentials().Application, "an owner": box.Credentials().Owner} {
		got, err := open(t, as(t, who, url, clock, "")).PendingRequests(t.Context())
		if err != nil || len(got) != 1 || got[0].AccountName != "waits" {
			t.Errorf("%s sees %+v, %v; want the one that waits", name, got, err)
		}
	}
}

// The law of lists: whatever goes wrong on the way, a list is the whole truth or an error.
func TestListIsTheTruthOrAnError(t *testing.T) {
	const records = 600
	whole := 0
	for run := range uint64(25) {
		random := rand.New(rand.NewPCG(7, run))
		var faults []sandbox.Fault
		for _, text := range []string{
			"read:6%:503", "read:4%:500", "read:4%:502", "read:5%:reset", "read:5%:reset-after", "read:5%:cut", "read:5%:cut=1%", "read:3%:429=2",
			"read:4%:expire", "token:20%:503", "token:20%:reset", "list:8%:shift=1", "list:8%:shift=-1", "list:4%:shift=249", "read:4%:503=3", "read:5%:slow",
		} {
			if random.IntN(2) == 0 {
				continue
			}
			f, err := sandbox.ParseFault(text)
			if err != nil {
				t.Fatal(err)
			}
			faults = append(faults, f)
		}
		box, url, clock := practise(t, sandbox.Options{Seed: seed(records), Faults: faults, Random: run + 1, Switches: map[string]string{"unsorted": "unstable"}})
		src, err := as(t, box.Credentials().Admin, url, clock, "").Source(t.Context(), practice)
		if err != nil {
			if !errors.Is(err, nelm.ErrUnavailable) {
				t.Errorf("run %d: %v, want a success or ErrUnavailable", run, err)
			}
			continue
		}
		for range 3 {
			list, err := src.List(t.Context(), nil)
			if err != nil {
				if !errors.Is(err, nelm.ErrUnavailable) {
					t.Errorf("run %d: %v, want a list or ErrUnavailable", run, err)
				}
				continue
			}
			whole++
			var got []string
			for _, r := range list {
				got = append(got, r.Values[0])
			}
			slices.Sort(got)
			if len(got) != records || got[0] != "a.00000" || got[records-1] != fmt.Sprintf("a.%05d", records-1) || len(slices.Compact(got)) != records {
				t.Errorf("run %d: a list of %d records that is not the truth", run, len(list))
			}
		}
	}
	if whole < 40 {
		t.Errorf("only %d of 75 lists came through: retries do not help", whole)
	}
}

// handled carries requests to a handler without a network, so that a test's own time can pass while they are under way.
type handled struct{ http.Handler }

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.RequestURI = r.URL.RequestURI()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// A full source in few requests and little time: pages are read side by side.
func TestListOfAFullSourceIsQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, err := sandbox.New(sandbox.Options{Seed: seed(fullSource), Latency: 300 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		who := box.Credentials().Admin
		c, err := nelm.New(nelm.Config{BaseURL: "https://sandbox.example.com", ClientID: who.ClientID, ClientSecret: who.Secret, HTTP: &http.Client{Transport: handled{box}}})
		if err != nil {
			t.Fatal(err)
		}
		src := open(t, c)
		if _, _, err := src.Describe(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := src.Schema(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		list, err := src.List(t.Context(), nil)
		if err != nil || len(list) != fullSource {
			t.Fatalf("%d records, %v", len(list), err)
		}
		sent := 0
		for _, n := range c.Requests() {
			sent += n
		}
		least := 4 + fullSource/250 // token, sources, attributes, template, and pages
		t.Logf("%d records in %s of the service's time; %d requests, the least possible are %d", len(list), time.Since(began), sent, least)
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("%s for %d records at 300 ms an answer", took, len(list))
		}
		if sent > least+max(least/20, 1) {
			t.Errorf("%d requests, want within 5 %% of %d", sent, least)
		}
	})
}

// 20,000 patches under the sandbox's limiter: not one refusal, and no time to spare.
func TestPatchesOfAWholeSourceMeetNoLimit(t *testing.T) {
	for _, row := range []struct {
		switches  map[string]string
		records   int
		processes int
		latency   time.Duration
		why       string
	}{
		{nil, fullSource, 1, 300 * time.Millisecond, "one process, and a whole source"},
		{map[string]string{"rate-window": "fixed", "rate-token": "shared"}, 2_000, 1, 500 * time.Millisecond, "another way of counting, and slow answers"},
		{nil, 2_000, 2, 300 * time.Millisecond, "two processes at once that share one pace"},
	} {
		t.Run(row.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box, err := sandbox.New(sandbox.Options{Seed: seed(row.records), Latency: row.latency, Switches: row.switches})
				if err != nil {
					t.Fatal(err)
				}
				slots := nelm.NewSlots()
				var sources []*nelm.Source
				for range row.processes {
					who := box.Credentials().Admin
					c, err := nelm.New(nelm.Config{
						BaseURL: "https://sandbox.example.com", ClientID: who.ClientID, ClientSecret: who.Secret, Slots: slots, HTTP: &http.Client{Transport: handled{box}},
					})
					if err != nil {
						t.Fatal(err)
					}
					sources = append(sources, open(t, c))
				}
				list, err := sources[0].List(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				began := time.Now()
				var wg sync.WaitGroup
				jobs := make(chan schema.Record)
				for i := range 8 * row.processes {
					wg.Go(func() {
						for r := range jobs {
							if _, err := sources[i%row.processes].Patch(t.Context(), r, []schema.FieldChange{{Attribute: "endDate", New: "2027-06-30T23:59:59Z"}}); err != nil {
								t.Error(err)
							}
						}
					})
				}
				for _, r := range list {
					jobs <- r
				}
				close(jobs)
				wg.Wait()
				took := time.Since(began)
				counts := box.Counts()
				share := float64(row.records) / took.Seconds() / 10
				t.Logf("%d patches in %s: %.1f %% of the permitted rate, %d refusals, at most %d in a window", row.records, took, 100*share, counts.RateLimited, counts.MostInWindow)
				if counts.RateLimited > 0 || counts.MostInWindow > nelm.SlotCount {
					t.Errorf("%d refusals, at most %d requests in a window, want none and %d", counts.RateLimited, counts.MostInWindow, nelm.SlotCount)
				}
				if share < 0.95 {
					t.Errorf("%.1f %% of the permitted rate, want 95 %%", 100*share)
				}
				if got := counts.Requests["patchNonEmployeeRecord"]; got != row.records {
					t.Errorf("%d patches sent for %d records", got, row.records)
				}
			})
		})
	}
}

// A patch whose answer is lost is sent again and has happened once.
func TestPatchesUnderFaults(t *testing.T) {
	var faults []sandbox.Fault
	for _, text := range []string{"patch:10%:reset-after", "patch:10%:503-after", "patch:10%:reset", "patch:10%:500", "patch:5%:429=1", "patch:5%:cut", "patch:3%:expire"} {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, f)
	}
	box, url, clock := practise(t, sandbox.Options{Seed: seed(200), Faults: faults})
	src := open(t, as(t, box.Credentials().Admin, url, clock, ""))
	list, err := src.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := make(map[string]bool)
	for i, r := range list {
		if _, err := src.Patch(context.WithoutCancel(t.Context()), r, []schema.FieldChange{{Attribute: "vendor", New: fmt.Sprint("V", i)}}); err != nil {
			if !errors.Is(err, nelm.ErrUnavailable) {
				t.Errorf("record %d: %v, want a success or ErrUnavailable", i, err)
			}
			failed[r.ID] = true
		}
	}
	if len(failed) > len(list)/5 {
		t.Errorf("%d of %d patches failed for good: retries do not help", len(failed), len(list))
	}
	after, err := src.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range after {
		if v, _ := r.Get("vendor"); v != fmt.Sprint("V", i) && !failed[r.ID] {
			t.Errorf("record %d has vendor %q although the patch was answered", i, v)
		}
	}
}
