package apply

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// What the tenant below answers, and what judge makes of it.
var (
	errRefused     = errors.New("400.1 Bad Request Content")
	errConflict    = errors.New("400.1.409 Reference conflict")
	errDenied      = errors.New("403 Forbidden")
	errGone        = errors.New("404 Not found")
	errUnclear     = errors.New("connection reset")
	errUnavailable = errors.New("429 too many requests")
)

func judge(err error) Verdict {
	for kind, v := range map[error]Verdict{errRefused: Refused, errConflict: Conflict, errDenied: Denied, errGone: Gone, errUnavailable: Unavailable} {
		if errors.Is(err, kind) {
			return v
		}
	}
	return Unclear
}

// A clock that moves only when somebody waits on it or asks the tenant for something.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 14, 15, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// faults are what a tenant does wrong. A nil function does nothing.
type faults struct {
	before func(call string, n int) error  // the n-th call of that kind fails before it has an effect
	after  func(call string, n int) error  // the same after its effect
	drop   func(account string) bool       // an uploaded row or a patch is taken and silently lost
	alter  func(account string) bool       // an uploaded row lands with another last name
	reject func(account string) bool       // an upload with this row is refused as a whole
	fail   func(job int) bool              // the job ends in ERROR and has no effect
	hang   func(job int) bool              // the job never ends
	spare  func(account string) bool       // a bulk delete leaves this one
	slow   time.Duration                   // how much longer a job takes
	mute   bool                            // a job that has not ended shows no status at all
	fill   bool                            // a record that is created gets a vendor if it has none
	recase bool                            // account names become lower case
	stale  time.Duration                   // how long after an upload the status is still the one of the job before
	lag    time.Duration                   // how long a change takes to show in a list
	seen   func(t *tenant, call string)    // called before every call
	strict func(ids []string) (bad string) // a bulk delete that has this id is refused as a whole
}

// A tenant is one source in memory, as a Remote.
type tenant struct {
	mu      sync.Mutex
	clock   *clock
	source  schema.Source
	access  schema.Access
	schema  *schema.Schema
	records map[string]schema.Record // by id
	old     []aged                   // how the list was before its last changes
	next    int
	jobs    []*uploadJob
	faults  faults
	calls   map[string]int
	log     []string // writes that had an effect, one per record: "create a.b"
}

type aged struct {
	until   time.Time
	records map[string]schema.Record
}

type uploadJob struct {
	rows       []map[string]string
	start, end time.Time
	done, hang bool
	status     string
	handed     time.Time
}

func newTenant(custom ...string) *tenant {
	s, err := schema.FromTemplate(append((&schema.Schema{Attributes: schema.System()}).Names(), custom...))
	if err != nil {
		panic(err)
	}
	t := &tenant{
		clock:   newClock(),
		schema:  s,
		source:  schema.Source{Tenant: schema.Tenant{ID: "t-1", Org: "acme"}, ID: "ne-1", SourceID: "2c9180", Name: "Contractors EMEA"},
		access:  schema.Access{User: true, UserName: "admin", Admin: true},
		records: make(map[string]schema.Record),
		calls:   make(map[string]int),
	}
	t.schema.Source = t.source
	return t
}

// add puts a record into the tenant; values are in template order, missing ones are made up.
func (t *tenant) add(account string, values ...string) schema.Record {
	rec := t.fresh(row(account, values...))
	t.records[rec.ID] = rec
	return rec
}

func row(account string, values ...string) []string {
	full := []string{account, "First", "Last", "+1 512 555 0100", account + "@example.com", "jane.doe", "2026-01-05T00:00:00Z", "2026-12-31T23:59:59Z"}
	copy(full[1:], values)
	if len(values) > 7 {
		full = append(full, values[7:]...)
	}
	return full
}

func (t *tenant) fresh(values []string) schema.Record {
	t.next++
	names := t.schema.Names()
	full := make([]string, len(names))
	copy(full, values)
	at := t.clock.Now().Format(time.RFC3339Nano)
	return schema.Record{ID: fmt.Sprintf("id-%05d", t.next), Names: names, Values: full, Created: at, Modified: at}
}

func (t *tenant) byName(account string) (schema.Record, bool) {
	for _, r := range t.records {
		if r.Values[0] == account {
			return r, true
		}
	}
	return schema.Record{}, false
}

// set changes a record behind everybody's back.
func (t *tenant) set(account, attribute, value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rec, _ := t.byName(account)
	rec.Values = slices.Clone(rec.Values)
	rec.Values[slices.Index(rec.Names, attribute)] = value
	rec.Modified = t.clock.Now().Format(time.RFC3339Nano)
	t.records[rec.ID] = rec
}

// enter counts a call, lets time pass, lets jobs go on, and fails if it is to fail.
func (t *tenant) enter(call string) (n int, err error) {
	if t.faults.seen != nil {
		t.faults.seen(t, call)
	}
	t.mu.Lock()
	t.calls[call]++
	n = t.calls[call]
	t.clock.mu.Lock()
	t.clock.now = t.clock.now.Add(20 * time.Millisecond)
	t.clock.mu.Unlock()
	t.work()
	if t.faults.before != nil {
		err = t.faults.before(call, n)
	}
	return n, err
}

func (t *tenant) leave(call string, n int, err error) error {
	defer t.mu.Unlock()
	if err == nil && t.faults.after != nil {
		return t.faults.after(call, n)
	}
	return err
}

// change is called before the records change, so that lists can be late.
func (t *tenant) change() {
	if t.faults.lag > 0 {
		t.old = append(t.old, aged{until: t.clock.Now().Add(t.faults.lag), records: maps.Clone(t.records)})
	}
}

func (t *tenant) work() {
	now := t.clock.Now()
	for n, j := range t.jobs {
		if j.done || j.hang || now.Before(j.end) {
			continue
		}
		j.done, j.status = true, JobCompleted
		if t.faults.fail != nil && t.faults.fail(n+1) {
			j.status = JobError
			continue
		}
		t.change()
		for _, r := range j.rows {
			t.land(r)
		}
	}
}

func (t *tenant) land(values map[string]string) {
	account := values[schema.AccountName]
	if t.faults.drop != nil && t.faults.drop(account) {
		return
	}
	rec, ok := t.byName(account)
	verb := "update "
	if !ok {
		rec, verb = t.fresh(nil), "create "
	}
	rec.Values = slices.Clone(rec.Values)
	for i, name := range rec.Names {
		rec.Values[i] = values[name]
	}
	if t.faults.fill && !ok && rec.Values[8] == "" {
		rec.Values[8] = "unknown"
	}
	if t.faults.recase {
		rec.Values[0] = strings.ToLower(account)
	}
	if t.faults.alter != nil && t.faults.alter(account) {
		rec.Values[2] = "Altered"
	}
	rec.Modified = t.clock.Now().Format(time.RFC3339Nano)
	t.records[rec.ID] = rec
	t.log = append(t.log, verb+account)
}

func (t *tenant) Describe(context.Context) (schema.Source, schema.Access, error) {
	n, err := t.enter("describe")
	s := t.source
	s.Count = len(t.records)
	return s, t.access, t.leave("describe", n, err)
}

func (t *tenant) Schema(context.Context) (*schema.Schema, error) {
	n, err := t.enter("schema")
	return t.schema, t.leave("schema", n, err)
}

func (t *tenant) List(_ context.Context, seen func(done, total int)) ([]schema.Record, error) {
	n, err := t.enter("list")
	records := t.records
	now := t.clock.Now()
	for _, o := range t.old {
		if now.Before(o.until) {
			records = o.records
			break
		}
	}
	var list []schema.Record
	for _, id := range slices.Sorted(maps.Keys(records)) {
		rec := records[id]
		rec.Values = slices.Clone(rec.Values)
		list = append(list, rec)
	}
	if err = t.leave("list", n, err); err != nil {
		return nil, err
	}
	if seen != nil {
		seen(len(list), len(list))
	}
	return list, nil
}

func (t *tenant) Get(_ context.Context, id string) (schema.Record, error) {
	n, err := t.enter("get")
	rec, ok := t.records[id]
	if err == nil && !ok {
		err = errGone
	}
	return rec, t.leave("get", n, err)
}

func (t *tenant) Upload(_ context.Context, _ string, data []byte) (string, error) {
	n, err := t.enter("upload")
	if err != nil {
		return "", t.leave("upload", n, err)
	}
	lines, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err == nil && !slices.Equal(lines[0], t.schema.Names()) {
		err = fmt.Errorf("%w: header %v", errRefused, lines[0])
	}
	if err != nil {
		return "", t.leave("upload", n, err)
	}
	now := t.clock.Now()
	j := &uploadJob{handed: now, start: now.Add(3 * time.Second), end: now.Add(8*time.Second + t.faults.slow)}
	for _, line := range lines[1:] {
		if t.faults.reject != nil && t.faults.reject(line[0]) {
			return "", t.leave("upload", n, fmt.Errorf("%w: %q is not a person", errRefused, line[0]))
		}
		values := make(map[string]string)
		for i, v := range line {
			values[lines[0][i]] = v
		}
		j.rows = append(j.rows, values)
	}
	for _, other := range t.jobs {
		if !other.done { // the second to start fails
			j.done, j.status = true, JobError
		}
	}
	t.jobs = append(t.jobs, j)
	j.hang = t.faults.hang != nil && t.faults.hang(len(t.jobs))
	return fmt.Sprint("job-", len(t.jobs)), t.leave("upload", n, nil)
}

func (t *tenant) UploadStatus(context.Context) (string, error) {
	n, err := t.enter("status")
	now := t.clock.Now()
	status := ""
	for _, j := range t.jobs {
		switch {
		case now.Before(j.handed.Add(t.faults.stale)):
		case j.done:
			status = j.status
		case now.Before(j.start) || t.faults.mute:
			status = ""
		default:
			status = JobInProgress
		}
	}
	return status, t.leave("status", n, err)
}

func (t *tenant) Create(_ context.Context, rec schema.Record) (schema.Record, error) {
	n, err := t.enter("create")
	account, _ := rec.Get(schema.AccountName)
	if _, ok := t.byName(account); ok && err == nil {
		err = errConflict
	}
	if err == nil && t.faults.reject != nil && t.faults.reject(account) {
		err = fmt.Errorf("%w: lastName is required", errRefused)
	}
	if err != nil {
		return schema.Record{}, t.leave("create", n, err)
	}
	t.change()
	made := t.fresh(rec.Values)
	t.records[made.ID] = made
	t.log = append(t.log, "create "+account)
	return made, t.leave("create", n, nil)
}

func (t *tenant) Patch(_ context.Context, rec schema.Record, changes []schema.FieldChange) (schema.Record, error) {
	n, err := t.enter("patch")
	now, ok := t.records[rec.ID]
	switch {
	case err != nil:
	case !ok:
		err = errGone
	case !t.access.User:
		err = errDenied
	case t.faults.reject != nil && t.faults.reject(now.Values[0]):
		err = fmt.Errorf("%w: it has no such manager", errRefused)
	}
	if err != nil {
		return schema.Record{}, t.leave("patch", n, err)
	}
	if t.faults.drop != nil && t.faults.drop(now.Values[0]) {
		return now, t.leave("patch", n, nil)
	}
	t.change()
	now.Values = slices.Clone(now.Values)
	for _, c := range changes {
		now.Values[slices.Index(now.Names, c.Attribute)] = c.New
	}
	now.Modified = t.clock.Now().Format(time.RFC3339Nano)
	t.records[rec.ID] = now
	t.log = append(t.log, "patch "+now.Values[0])
	return now, t.leave("patch", n, nil)
}

func (t *tenant) Delete(_ context.Context, ids []string) error {
	n, err := t.enter("delete")
	if err == nil && t.faults.strict != nil {
		if bad := t.faults.strict(ids); bad != "" {
			err = fmt.Errorf("%w: %s", errRefused, bad)
		}
	}
	if err != nil {
		return t.leave("delete", n, err)
	}
	t.change()
	for _, id := range ids {
		rec, ok := t.records[id]
		if !ok || t.faults.spare != nil && t.faults.spare(rec.Values[0]) {
			continue
		}
		delete(t.records, id)
		t.log = append(t.log, "delete "+rec.Values[0])
	}
	return t.leave("delete", n, nil)
}

// content is what the tenant holds: values by account name.
func (t *tenant) content() map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := make(map[string]string)
	for _, r := range t.records {
		m[r.Values[0]] = strings.Join(r.Values[1:], "|")
	}
	return m
}

// A folder in memory. onAppend may fail, or panic to kill the program.
type folder struct {
	mu       sync.Mutex
	journal  []json.RawMessage
	files    map[string][]byte
	onAppend func(n int, record []byte) error
	onWrite  func(name string) error
	// afterAppend may fail when the record is in the journal already.
	afterAppend func(n int, record []byte) error
}

func newFolder() *folder { return &folder{files: make(map[string][]byte)} }

func (f *folder) Name() string { return "2026-03-02T141500Z-7f3a" }

func (f *folder) Append(record any) error {
	b, err := json.Marshal(record)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.onAppend != nil {
		if err := f.onAppend(len(f.journal), b); err != nil {
			return err
		}
	}
	f.journal = append(f.journal, b)
	if f.afterAppend != nil {
		return f.afterAppend(len(f.journal), b)
	}
	return nil
}

// survive is the folder as the next process finds it.
func (f *folder) survive() *folder {
	return &folder{journal: slices.Clone(f.journal), files: maps.Clone(f.files)}
}

func (f *folder) Records() ([]json.RawMessage, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.journal), false, nil
}

func (f *folder) Write(name string, write func(io.Writer) error) error {
	if f.onWrite != nil {
		if err := f.onWrite(name); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[name] = b.Bytes()
	return nil
}

func (f *folder) Open(name string) (io.ReadCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func payload(names []string, rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{names}, rows...)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// interrupt applies a plan and stops when a call of that kind has been made: of looks at a job, one after an upload.
func interrupt(t *testing.T, ten *tenant, p *plan.Plan, f *folder, at string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ten.faults.seen = func(_ *tenant, call string) {
		if call == at && (call != "status" || ten.calls["upload"] > 0) {
			cancel()
		}
	}
	var stopped *InterruptedError
	if _, err := Run(ctx, p, ten, options(ten, f)); !errors.As(err, &stopped) {
		t.Fatalf("got %v, want it to be interrupted", err)
	}
}
