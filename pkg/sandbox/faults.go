package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong on purpose, for some requests of some operations.
type Fault struct {
	// Operation is an operationId, its short name (see FaultOperations), "token", or a group: "read", "write" or "any", none of which
	// has the token endpoint in it.
	Operation string `json:"operation"`
	// Kind is one of FaultKinds.
	Kind string `json:"kind"`
	// Value is the kind's parameter; "" means the kind's default.
	Value string `json:"value,omitempty"`
	// Probability is between 0 and 1 for each request; 0 means always.
	Probability float64 `json:"probability,omitempty"`
	// Count is how often the fault happens at most; 0 means without end.
	Count int `json:"count,omitempty"`
	// After is how many requests of the operation are left alone first.
	After int `json:"after,omitempty"`
}

// FaultKind describes one kind of fault.
type FaultKind struct {
	Name, Value, Default, Does string // Value says what the parameter is, "" when there is none
}

// FaultKinds lists the kinds of faults.
func FaultKinds() []FaultKind {
	return []FaultKind{
		{"429", "seconds", "10", "answers 429 with that Retry-After and does nothing"},
		{"500", "", "", "answers 500 and does nothing"},
		{"502", "", "", "answers 502 and does nothing"},
		{"503", "seconds", "", "answers 503, with a Retry-After if a value is given, and does nothing"},
		{"504", "", "", "answers 504 and does nothing"},
		{"503-after", "", "", "does what was asked and answers 503 all the same"},
		{"reset", "", "", "resets the connection and does nothing"},
		{"reset-after", "", "", "does what was asked and resets the connection before the answer"},
		{"hang", "duration", "10m", "does nothing for that long and then resets the connection"},
		{"slow", "duration", "5s", "answers that much later"},
		{"slow-body", "duration", "5s", "sends the body bit by bit over that time"},
		{"cut", "percent", "50%", "sends that part of the body and ends the connection"},
		{"expire", "", "", "takes the token for expired, now and from now on"},
		{"shift", "places", "1", "begins a page that many places later, or earlier if negative, as if earlier pages had changed meanwhile"},
		{"lag", "duration", "5s", "reads show the state of that long ago"},
		{"job-error", "", "", "an upload is accepted, lands no row and ends in ERROR"},
		{"job-partial", "percent", "50%", "an upload lands that part of its rows, the first ones, and ends in ERROR"},
		{"job-hang", "percent", "0%", "an upload lands that part of its rows and stays IN_PROGRESS for good"},
		{"job-drop", "rows", "1", "an upload silently drops that many rows and ends in COMPLETED"},
		{"job-alter", "rows", "1", "an upload silently alters a value in that many rows and ends in COMPLETED"},
		{"job-slow", "duration", "1m", "an upload stays IN_PROGRESS for that much longer"},
	}
}

// FaultOperations lists what Fault.Operation may be, groups first.
func FaultOperations() []string {
	names := []string{"any", "read", "write", "token"}
	for _, op := range operations() {
		names = append(names, op.alias)
	}
	return names
}

// ParseFault reads a fault as a flag has it: OPERATION:RATE[:KIND[=VALUE]], where RATE is a percentage of the requests or a number
// of times, and may end in @N to leave the first N requests alone. "patch:5%" fails every twentieth patch with a 500,
// "upload:1:job-drop=3" lets the first upload lose three rows, "list:1@2:cut" cuts the third page.
func ParseFault(text string) (Fault, error) {
	parts := strings.SplitN(text, ":", 3)
	if len(parts) < 2 {
		return Fault{}, fmt.Errorf("fault %q: it must be like patch:5%% or upload:1:job-error", text)
	}
	f := Fault{Operation: parts[0], Kind: "500"}
	if len(parts) == 3 {
		f.Kind, f.Value, _ = strings.Cut(parts[2], "=")
	}
	rate, after, skips := strings.Cut(parts[1], "@")
	if skips {
		n, err := strconv.Atoi(after)
		if err != nil || n < 0 {
			return Fault{}, fmt.Errorf("fault %q: %q is not a number of requests", text, after)
		}
		f.After = n
	}
	if percent, isPercent := strings.CutSuffix(rate, "%"); isPercent {
		p, err := strconv.ParseFloat(percent, 64)
		if err != nil || !(p > 0 && p <= 100) {
			return Fault{}, fmt.Errorf("fault %q: %q is not a percentage above 0", text, rate)
		}
		f.Probability = p / 100
	} else {
		n, err := strconv.Atoi(rate)
		if err != nil || n < 1 {
			return Fault{}, fmt.Errorf("fault %q: %q is neither a percentage nor a number of times", text, rate)
		}
		f.Count = n
	}
	if _, err := f.rule(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

// faultFile is the form of a file of faults in JSON, and of the admin endpoint.
type faultFile struct {
	FormatVersion string  `json:"format_version,omitempty"`
	Kind          string  `json:"kind,omitempty"`
	Faults        []Fault `json:"faults"`
}

const (
	faultsKind    = "sandbox-faults"
	faultsVersion = "1.0"
)

// ReadFaults reads a file of faults: either a JSON object with a list "faults", or lines as ParseFault takes them, with empty lines
// and lines that begin with # left out.
func ReadFaults(r io.Reader) ([]Fault, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxJSONBody))
	if err != nil {
		return nil, fmt.Errorf("read faults: %w", err)
	}
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '{' {
		return readFaultsJSON(trimmed)
	}
	var faults []Fault
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		f, err := ParseFault(line)
		if err != nil {
			return nil, fmt.Errorf("read faults: line %d: %w", n, err)
		}
		faults = append(faults, f)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read faults: %w", err)
	}
	return faults, nil
}

func readFaultsJSON(raw []byte) ([]Fault, error) {
	var file faultFile
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("read faults: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read faults: there is more after the end of the JSON document")
	}
	if file.Kind != "" && file.Kind != faultsKind {
		return nil, fmt.Errorf("read faults: kind is %q, not %q", file.Kind, faultsKind)
	}
	if major, _, _ := strings.Cut(file.FormatVersion, "."); file.FormatVersion != "" && major != "1" {
		return nil, fmt.Errorf("read faults: format_version is %q, and this sandbox reads 1.x", file.FormatVersion)
	}
	for i, f := range file.Faults {
		if _, err := f.rule(); err != nil {
			return nil, fmt.Errorf("read faults: fault %d: %w", i+1, err)
		}
	}
	return file.Faults, nil
}

// rule is a fault that was checked, with its value understood.
type rule struct {
	Fault
	operations []string // operationIds; none means by group
	duration   time.Duration
	share      float64 // of a percentage
	number     int     // of rows, seconds or places

	rng     *rand.Rand
	matched int
	fired   int
}

func (f Fault) rule() (*rule, error) {
	r := &rule{Fault: f}
	kinds := FaultKinds()
	i := slices.IndexFunc(kinds, func(k FaultKind) bool { return k.Name == f.Kind })
	if i < 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, k.Name)
		}
		return nil, fmt.Errorf("the kind %q is unknown; there are %s", f.Kind, strings.Join(names, ", "))
	}
	if f.Probability < 0 || f.Probability > 1 || f.Count < 0 || f.After < 0 {
		return nil, errors.New("probability must be from 0 to 1, count and after must not be negative")
	}
	if !slices.Contains([]string{"any", "read", "write", "token"}, f.Operation) {
		for _, op := range operations() {
			if op.alias == f.Operation || op.id == f.Operation {
				r.operations = append(r.operations, op.id)
			}
		}
		if len(r.operations) == 0 {
			return nil, fmt.Errorf("the operation %q is unknown; there are %s", f.Operation, strings.Join(FaultOperations(), ", "))
		}
	}
	if strings.HasPrefix(f.Kind, "job-") && !slices.Equal(r.operations, []string{"importNonEmployeeRecordsInBulk"}) {
		return nil, fmt.Errorf("%s is a fault of the operation upload only", f.Kind)
	}
	return r, r.readValue(kinds[i])
}

func (r *rule) readValue(kind FaultKind) (err error) {
	text := r.Value
	if text == "" {
		text = kind.Default
	}
	if text == "" {
		return nil
	}
	switch kind.Value {
	case "duration":
		r.duration, err = time.ParseDuration(text)
		if err != nil || r.duration < 0 || r.duration > 24*time.Hour {
			return fmt.Errorf("%q is not a duration such as 5s", text)
		}
	case "percent":
		p, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
		if err != nil || !(p >= 0 && p <= 100) {
			return fmt.Errorf("%q is not a percentage", text)
		}
		r.share = p / 100
	case "":
		return fmt.Errorf("%s takes no value", kind.Name)
	default:
		r.number, err = strconv.Atoi(text)
		if err != nil || r.number < 0 && kind.Name != "shift" || r.number > 1_000_000 || r.number < -1_000_000 {
			return fmt.Errorf("%q is not a number of %s", text, kind.Value)
		}
	}
	return nil
}

func (r *rule) concerns(op string, reads bool) bool {
	switch r.Operation {
	case "token":
		return op == opToken
	case "any":
		return op != opToken
	case "read":
		return op != opToken && reads
	case "write":
		return op != opToken && !reads
	}
	return slices.Contains(r.operations, op)
}

// firedFault is a fault that a request has drawn.
type firedFault struct {
	*rule
	draw uint64 // for choices within the fault
}

// faultDeck decides which faults a request draws. The same seed and the same order of requests give the same faults.
type faultDeck struct {
	seed uint64

	mu    sync.Mutex
	rules []*rule
	fired map[string]int // by kind
}

func newFaultDeck(seed uint64) *faultDeck { return &faultDeck{seed: seed, fired: map[string]int{}} }

// put replaces the faults.
func (d *faultDeck) put(faults []Fault) error {
	rules := make([]*rule, 0, len(faults))
	for i, f := range faults {
		r, err := f.rule()
		if err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
		r.rng = rand.New(rand.NewPCG(d.seed, 1000+uint64(i)))
		rules = append(rules, r)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rules = rules
	return nil
}

func (d *faultDeck) list() []Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	faults := []Fault{}
	for _, r := range d.rules {
		faults = append(faults, r.Fault)
	}
	return faults
}

// longestLag is how far back reads may have to look.
func (d *faultDeck) longestLag() (lag time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.rules {
		if r.Kind == "lag" {
			lag = max(lag, r.duration)
		}
	}
	return lag
}

// draw gives the faults of one request.
func (d *faultDeck) draw(op string, reads bool) (drawn []firedFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.rules {
		if !r.concerns(op, reads) {
			continue
		}
		r.matched++
		if r.matched <= r.After || r.Count > 0 && r.fired >= r.Count || r.Probability > 0 && r.rng.Float64() >= r.Probability {
			continue
		}
		r.fired++
		d.fired[r.Kind]++
		drawn = append(drawn, firedFault{r, r.rng.Uint64()})
	}
	return drawn
}

// spoil does to a job what a fault of a job does.
func (f firedFault) spoil(j *job, t *tenant) {
	rng := rand.New(rand.NewPCG(f.draw, 1))
	part := func() []uploadRow { return j.rows[:int(f.share*float64(len(j.rows)))] }
	switch f.Kind {
	case "job-error":
		j.rows, j.failed = nil, true
	case "job-partial":
		j.rows, j.failed = part(), true
	case "job-hang":
		j.rows, j.hangs = part(), true
	case "job-slow":
		j.ends = j.ends.Add(f.duration)
	case "job-drop":
		j.rows = slices.Clone(j.rows)
		for range min(f.number, len(j.rows)) {
			i := rng.IntN(len(j.rows))
			j.rows = slices.Delete(j.rows, i, i+1)
		}
	case "job-alter":
		j.rows = slices.Clone(j.rows)
		for _, i := range rng.Perm(len(j.rows))[:min(f.number, len(j.rows))] {
			alter(&j.rows[i].person, rng)
		}
	}
}

// alter changes one value as a faulty import might: a text loses its last letter, a date moves by a day.
func alter(p *person, rng *rand.Rand) {
	switch rng.IntN(3) {
	case 0:
		p.lastName = shortened(p.lastName)
	case 1:
		p.phone = shortened(p.phone)
	default:
		p.endDate = p.endDate.AddDate(0, 0, -1)
	}
}

func shortened(text string) string {
	letters := []rune(text)
	if len(letters) < 2 {
		return text + "x"
	}
	return string(letters[:len(letters)-1])
}
