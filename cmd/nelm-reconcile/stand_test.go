package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox/contract"
)

// The tests here run the program as other processes against a sandbox that this process serves, so that they can look into
// it, make it fail, and kill the program at the moment at which a certain request arrives.

// quickProgram is the program on a clock that runs faster, with nothing else changed.
const quickProgram = "nelm-reconcile-quick"

// quickSecond is how much real time one second of the quick clock takes.
const quickSecond = 10 * time.Millisecond

// quickEpoch names the variable with the moment at which quick clock and real clock agree, in nanoseconds since 1970.
const quickEpoch = "NELM_TEST_EPOCH"

// quickMain is main on the quick clock, which it shares with all processes that have the same epoch.
func quickMain() {
	nanoseconds, err := strconv.ParseInt(os.Getenv(quickEpoch), 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitUsage)
	}
	epoch := time.Unix(0, nanoseconds)
	gone := time.Since(epoch)
	clock := sandbox.NewScaledClock(epoch.Add(gone*(time.Second/quickSecond)), quickSecond)
	a := stdio()
	a.clock, a.now = clock, clock.Now
	os.Exit(run(context.Background(), os.Args[1:], a))
}

// soaking says whether the tests run in full, as make soak has them, or in a form that fits into every test run.
func soaking() bool { return os.Getenv("NELM_SOAK") != "" }

// sideBySide runs subtests, eight at once: they mostly wait, for other processes and for clocks, so that there may be more of
// them than processors.
func sideBySide[T any](t *testing.T, tests []T, run func(t *testing.T, i int, test T)) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(8)
	for i, test := range tests {
		g.Go(func() error {
			t.Run(fmt.Sprintf("%02d %v", i, test), func(t *testing.T) { run(t, i, test) })
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// practice is the name of the source. Deletes are confirmed by it.
const practice = "Contractors EMEA"

// A stand is a sandbox with one source, and the folders of a person who works on it.
type stand struct {
	t       *testing.T
	box     *sandbox.Sandbox
	gate    *gate
	program string
	env     []string
	dir     string // where the person works
	state   string // per-user state folder
	first   map[string]sandbox.Record
}

// attributes of the source in template order.
var attributes = []string{"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate", "vendor"}

// newStand serves a source of so many records. quick puts both sides on the quick clock.
func newStand(t *testing.T, records int, quick bool, o sandbox.Options) *stand {
	t.Helper()
	o.Seed = seedOf(records)
	s := &stand{t: t, program: "nelm-reconcile", dir: t.TempDir(), state: filepath.Join(t.TempDir(), "state")}
	epoch := time.Now()
	if quick {
		s.program = quickProgram
		o.Clock = sandbox.NewScaledClock(epoch, quickSecond)
	} else {
		o.Jobs = sandbox.JobTiming{Submitted: -1, Queued: 100 * time.Millisecond, Running: 100 * time.Millisecond}
	}
	var err error
	if s.box, err = sandbox.New(o); err != nil {
		t.Fatal(err)
	}
	s.gate = &gate{next: contract.Check(t, s.box), arrived: map[string]int{}, refused: map[string]int{}, spoilt: map[string]int{}, tokens: map[string]bool{}}
	server := httptest.NewServer(s.gate)
	t.Cleanup(server.Close)
	admin := s.box.Credentials().Admin
	s.env = append(without(os.Environ(), "SAIL_", "NELM_", "XDG_"),
		"SAIL_BASE_URL="+server.URL, "SAIL_CLIENT_ID="+admin.ClientID, "SAIL_CLIENT_SECRET="+admin.Secret,
		"NELM_STATE_DIR="+s.state, "XDG_CONFIG_HOME="+t.TempDir(), "NO_PROXY=127.0.0.1", quickEpoch+"="+strconv.FormatInt(epoch.UnixNano(), 10))
	s.write("nelm.yaml", "source: "+practice+"\ntime-zone: Europe/Berlin\non-missing: delete\nlimits: {max-updates: none, max-removals: none}\n")
	s.first = s.records()
	return s
}

// without leaves out the variables that begin with one of the prefixes.
func without(env []string, prefixes ...string) []string {
	return slices.DeleteFunc(env, func(e string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(e, p) })
	})
}

func seedOf(n int) *sandbox.Seed {
	berlin := time.FixedZone("", 3600)
	src := sandbox.SeedSource{Name: practice, Owner: "jane.doe", Attributes: []sandbox.SeedAttribute{{TechnicalName: "vendor"}}}
	for i := range n {
		src.Records = append(src.Records, sandbox.Record{
			AccountName: fmt.Sprintf("old.%03d", i), FirstName: "Ann", LastName: fmt.Sprintf("Oldfield%03d", i),
			Email: fmt.Sprintf("old.%03d@example.com", i), Phone: fmt.Sprintf("+49 30 23125 %03d", i), Manager: "jane.doe",
			StartDate: time.Date(2026, 1, 1, 0, 0, 0, 0, berlin), EndDate: time.Date(2030, 12, 31, 23, 59, 59, 0, berlin),
			Data: map[string]string{"vendor": "ACME"},
		})
	}
	return &sandbox.Seed{Identities: []sandbox.Identity{{Alias: "jane.doe", Name: "Jane Doe"}}, Sources: []sandbox.SeedSource{src}}
}

func (s *stand) records() map[string]sandbox.Record {
	s.t.Helper()
	records, err := s.box.Records(s.box.Sources()[0].SourceID)
	if err != nil {
		s.t.Fatal(err)
	}
	m := make(map[string]sandbox.Record, len(records))
	for _, r := range records {
		m[r.AccountName] = r
	}
	if len(m) != len(records) {
		s.t.Errorf("%d records have %d account names: somebody is there twice", len(records), len(m))
	}
	return m
}

// people are what the source holds, as rows of a list by account name; dates are days in the list's zone.
func (s *stand) people() map[string][]string {
	berlin := time.FixedZone("", 3600) // every date is one of winter
	m := map[string][]string{}
	for name, r := range s.records() {
		m[name] = []string{name, r.FirstName, r.LastName, r.Phone, r.Email, r.Manager, r.StartDate.In(berlin).Format(time.DateOnly), r.EndDate.In(berlin).Format(time.DateOnly), r.Data["vendor"]}
	}
	return m
}

// wish is a list with so many people who are new, changed and gone.
func (s *stand) wish(fresh, changed, gone int) map[string][]string {
	list := s.people()
	for i, name := range slices.Sorted(maps.Keys(list)) {
		switch {
		case i < changed:
			list[name][2] = "Newfield"
			list[name][7] = "2031-12-31"
		case i < changed+gone:
			delete(list, name)
		}
	}
	for i := range fresh {
		name := fmt.Sprintf("new.%03d", i)
		list[name] = []string{name, "Bo", "Freshfield", fmt.Sprintf("+49 30 23125 9%02d", i), name + "@example.com", "jane.doe", "2026-01-15", "2030-11-30", "Blick, \"Söhne\""}
	}
	return list
}

// writeList writes people as the CSV file that the program reads.
func (s *stand) writeList(people map[string][]string) {
	s.t.Helper()
	var b bytes.Buffer
	rows := [][]string{attributes}
	for _, name := range slices.Sorted(maps.Keys(people)) {
		rows = append(rows, people[name])
	}
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		s.t.Fatal(err)
	}
	s.write("list.csv", b.String())
}

func (s *stand) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stand) setFaults(faults ...sandbox.Fault) {
	s.t.Helper()
	if err := s.box.SetFaults(faults); err != nil {
		s.t.Fatal(err)
	}
}

// ended is how the program ended.
type ended struct {
	code           int // -1: it was killed
	stdout, stderr string
}

func (e ended) String() string {
	return fmt.Sprintf("exit %d\nstdout:\n%s\nstderr:\n%s", e.code, e.stdout, e.stderr)
}

// A process is the program while it runs.
type process struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	over           chan struct{}
	err            error
}

// start runs the program without a terminal and with nothing on standard input.
func (s *stand) start(args ...string) *process {
	s.t.Helper()
	p := &process{t: s.t, cmd: exec.Command(s.program, args...), over: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = s.dir, s.env
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.over) }()
	s.t.Cleanup(p.kill)
	return p
}

// kill ends the process the hard way and returns when it is dead.
func (p *process) kill() {
	select {
	case <-p.over:
		return
	default:
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	<-p.over
}

func (p *process) wait() ended {
	p.t.Helper()
	<-p.over
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		p.t.Fatal(p.err)
	}
	return ended{code: p.cmd.ProcessState.ExitCode(), stdout: p.stdout.String(), stderr: p.stderr.String()}
}

func (s *stand) run(args ...string) ended {
	s.t.Helper()
	return s.start(args...).wait()
}

// must runs the program and insists on its exit code.
func (s *stand) must(code int, args ...string) ended {
	s.t.Helper()
	e := s.run(args...)
	if e.code != code {
		s.t.Fatalf("%s: want exit %d, got %s", strings.Join(args, " "), code, e)
	}
	return e
}

// glob are the files below a folder that match.
func glob(t *testing.T, folder, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, filepath.FromSlash(pattern)))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A gate stands before the sandbox and sees every write that arrives.
type gate struct {
	next http.Handler

	mu      sync.Mutex
	arrived map[string]int // writes by the journal's verbs
	refused map[string]int // those answered with 401 or 429, which had no effect for certain
	spoilt  map[string]int // those answered with a 5xx, or not to the end
	tokens  map[string]bool
	before  func() bool
	after   func() bool
}

// meet sets what happens when a write arrives: before it takes effect, and after that and before its answer; nil for nothing.
// What returns true breaks the connection off; before, the write then has no effect.
func (g *gate) meet(before, after func() bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.before, g.after = before, after
}

// seen are the counts so far.
func (g *gate) seen() (arrived, refused, spoilt map[string]int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.arrived), maps.Clone(g.refused), maps.Clone(g.spoilt)
}

// seenTokens are the tokens that came with requests.
func (g *gate) seenTokens() map[string]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.tokens)
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		g.mu.Lock()
		g.tokens[token] = true
		g.mu.Unlock()
	}
	verb := verbOf(r)
	if verb == "" {
		g.next.ServeHTTP(w, r)
		return
	}
	g.mu.Lock()
	g.arrived[verb]++
	before, after := g.before, g.after
	g.mu.Unlock()
	answered := &answered{ResponseWriter: w}
	whole := false
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		switch {
		case answered.status == http.StatusUnauthorized || answered.status == http.StatusTooManyRequests:
			g.refused[verb]++
		case !whole || answered.status == 0 || answered.status >= 500:
			g.spoilt[verb]++
		}
	}()
	if before != nil && before() {
		panic(http.ErrAbortHandler)
	}
	if after == nil {
		g.next.ServeHTTP(answered, r)
		whole = true
		return
	}
	kept := httptest.NewRecorder()
	g.next.ServeHTTP(kept, r)
	if after() {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(answered.Header(), kept.Header())
	answered.WriteHeader(kept.Code)
	_, err := answered.Write(kept.Body.Bytes())
	whole = err == nil
}

// answered keeps the status of an answer; 0 where the connection was taken away.
type answered struct {
	http.ResponseWriter
	status int
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets a handler take the connection.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// verbOf is the journal's word for a write; empty for what changes nothing.
func verbOf(r *http.Request) string {
	switch {
	case r.Method == http.MethodGet || strings.HasPrefix(r.URL.Path, "/oauth"):
		return ""
	case r.Method == http.MethodPatch:
		return "patch"
	case strings.HasSuffix(r.URL.Path, "/bulk-delete"):
		return "delete"
	case strings.Contains(r.URL.Path, "bulk-upload"):
		return "upload"
	case strings.HasSuffix(r.URL.Path, "/non-employee-records"):
		return "create"
	}
	return r.Method + " " + r.URL.Path
}
