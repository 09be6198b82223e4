// Package contract holds HTTP exchanges with a NELM service against the official description of the API, in tests.
//
// [Check] wraps a handler so that every exchange that passes through it is looked at: what a well-formed request gets must be
// declared, must have the declared content type and shape, and must have nothing that the description does not know. What a
// malformed request gets must be a refusal of the declared shape. The few deliberate differences stand in [Exceptions].
//
// The description is a file beside the repository. Where it is not there Check says so in the test's log and looks at nothing.
package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

const descriptionPath = "../shared/spec/nelm-v2024.openapi.json"

// Description is the official description, ready to validate with.
type Description struct {
	doc    *openapi3.T
	router routers.Router
}

// Load reads a description file. Its paths are served under every version that shares the v2024 contract; v1 is the per-service style.
func Load(path string) (*Description, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("load description: %w", err)
	}
	// The examples have a mistake of the description's own: an array example on the items of a patch operation's value.
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("load description: %w", err)
	}
	doc.Servers = nil
	for _, version := range []string{"v2024", "v3", "v2025", "v2026", "beta"} {
		doc.Servers = append(doc.Servers, &openapi3.Server{URL: "/" + version})
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("load description: %w", err)
	}
	return &Description{doc, router}, nil
}

// Find looks for the description beside the repository, from the working directory upwards. The error wraps fs.ErrNotExist when it
// is not there.
func Find() (*Description, error) {
	for up, tried := ".", 0; tried < 8; up, tried = filepath.Join(up, ".."), tried+1 {
		path := filepath.Join(up, descriptionPath)
		if _, err := os.Stat(path); err == nil {
			return once(path)
		}
	}
	return nil, fmt.Errorf("find %s: %w", descriptionPath, fs.ErrNotExist)
}

// once keeps a loaded description for all tests of a run: it is read-only and takes a while to read.
var once = func() func(string) (*Description, error) {
	var loaded sync.Map
	return func(path string) (*Description, error) {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("find description: %w", err)
		}
		load, _ := loaded.LoadOrStore(abs, sync.OnceValues(func() (*Description, error) { return Load(abs) }))
		return load.(func() (*Description, error))()
	}
}()

// Operations lists the operationIds of the description, sorted.
func (d *Description) Operations() (ids []string) {
	for _, path := range d.doc.Paths.Map() {
		for _, op := range path.Operations() {
			ids = append(ids, op.OperationID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Violation is one way in which an exchange differs from the description.
type Violation struct {
	Operation string // operationId, "" when the path is none of the description's
	Method    string
	Path      string
	Status    int
	Problem   string
	Exception string // the name of the exception that allows it, "" when none does
}

func (v Violation) String() string {
	return fmt.Sprintf("%s %s → %d (%s): %s", v.Method, v.Path, v.Status, v.Operation, v.Problem)
}

// Validator looks at exchanges. It is safe for concurrent use.
type Validator struct {
	description *Description
	allowed     []string

	mu         sync.Mutex
	violations []Violation
	succeeded  map[string]int
	exchanges  int
}

// NewValidator makes a validator that lets the named exceptions pass besides those that always do.
func NewValidator(d *Description, exceptions ...string) (*Validator, error) {
	known := Exceptions()
	for _, name := range exceptions {
		if !slices.ContainsFunc(known, func(e Exception) bool { return e.Name == name }) {
			return nil, fmt.Errorf("contract: there is no exception %q", name)
		}
	}
	return &Validator{description: d, allowed: exceptions, succeeded: map[string]int{}}, nil
}

// Violations are all that were found so far, those included that an exception allows.
func (v *Validator) Violations() []Violation {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.violations)
}

// Succeeded counts the well-formed exchanges with a 2xx answer, by operationId, and all exchanges that were looked at.
func (v *Validator) Succeeded() (byOperation map[string]int, exchanges int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	byOperation = map[string]int{}
	for id, n := range v.succeeded {
		byOperation[id] = n
	}
	return byOperation, v.exchanges
}

// Check wraps a handler for a test, which fails for every violation that no exception allows.
func Check(t testing.TB, h http.Handler, exceptions ...string) http.Handler {
	t.Helper()
	d, err := Find()
	if errors.Is(err, fs.ErrNotExist) {
		t.Logf("contract: not checked, because the official description is not there: %v", err)
		return h
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewValidator(d, exceptions...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, violation := range v.Violations() {
			if violation.Exception == "" {
				t.Errorf("contract: %v", violation)
			}
		}
	})
	return v.Wrap(h)
}

// Wrap passes every exchange through to h and looks at it when it has ended. An answer that h breaks off is not looked at.
func (v *Validator) Wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent bytes.Buffer
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, &sent), r.Body}
		seen := &recorder{ResponseWriter: w}
		h.ServeHTTP(seen, r)
		if !seen.hijacked {
			v.Exchange(r, sent.Bytes(), seen.status(), seen.Header(), seen.body.Bytes())
		}
	})
}

// recorder keeps a copy of an answer.
type recorder struct {
	http.ResponseWriter
	code     int
	body     bytes.Buffer
	hijacked bool
}

func (r *recorder) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

func (r *recorder) status() int {
	if r.code == 0 {
		return http.StatusOK
	}
	return r.code
}
