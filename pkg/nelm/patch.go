package nelm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// patchOperation is one operation of a JSON Patch (RFC 6902).
type patchOperation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// Patch sends the changes of one record, which must be rec as it was last read: what rec lacks is added, what it has is
// replaced, and an empty new value removes a custom attribute. It returns the record as the service gives it afterwards. If
// a new value is not in it although the service answered with success, the error matches [ErrNotApplied] and the record is
// returned as well. A patch that removes, or that is guarded ([Config].Guard), is sent once, see [ErrUnknownOutcome]; any other is safe to send again.
//
// Only a person's token may patch; with any other nothing is sent and the error matches [ErrDenied].
func (s *Source) Patch(ctx context.Context, rec schema.Record, changes []schema.FieldChange) (schema.Record, error) {
	const op = "patch record"
	if err := s.client.person(ctx, op); err != nil {
		return schema.Record{}, err
	}
	s.mu.Lock()
	bare := s.bare[rec.ID]
	s.mu.Unlock()
	operations, err := patchBody(rec, changes, bare)
	if err != nil {
		return schema.Record{}, notSent(op, "%v", err)
	}
	if len(operations) == 0 {
		return rec, nil
	}
	if s.client.config.Guard {
		operations = append(guards(rec, operations), operations...)
	}
	body, err := json.Marshal(operations)
	if err != nil {
		return schema.Record{}, fmt.Errorf("%s: %w", op, err)
	}
	s.writing()
	// Setting a value twice is setting it once; removing one twice is an error the second time.
	// And a guard of the old value fails once the new one is there.
	once := slices.ContainsFunc(operations, func(o patchOperation) bool { return o.Op == "remove" || o.Op == "test" })
	a, err := s.client.do(ctx, call{
		op: op, method: http.MethodPatch, path: s.client.path(recordsService, rec.ID), body: body,
		kind: "application/json-patch+json", repeatable: !once,
	})
	if err != nil {
		return schema.Record{}, err
	}
	after, err := s.same(op, a, rec.ID, rec.Names)
	if err != nil {
		return schema.Record{}, err
	}
	var ignored []string
	for _, c := range changes {
		before, _ := rec.Get(c.Attribute)
		if now, _ := after.Get(c.Attribute); !sameValue(now, c.New) && sameValue(now, before) {
			ignored = append(ignored, c.Attribute)
		}
	}
	if len(ignored) > 0 {
		return after, fmt.Errorf("%s: %w: %s", op, ErrNotApplied, strings.Join(ignored, ", "))
	}
	return after, nil
}

// patchBody makes the operations of a patch. bare says that the record has no data object in which a custom attribute could
// be added: the first one then brings the object along.
func patchBody(rec schema.Record, changes []schema.FieldChange, bare bool) ([]patchOperation, error) {
	var operations []patchOperation
	var probe recordBody
	added := make(map[string]string)
	for _, c := range changes {
		if c.Attribute == schema.AccountName {
			return nil, errors.New("the account name of a record cannot be changed: it says which record it is")
		}
		old, ok := rec.Get(c.Attribute)
		if !ok {
			return nil, fmt.Errorf("the record has no attribute %s", c.Attribute)
		}
		switch {
		case probe.system(c.Attribute) != nil:
			operations = append(operations, patchOperation{"replace", "/" + c.Attribute, c.New})
		case bare && c.New != "":
			added[c.Attribute] = c.New
		case old != "" && c.New == "":
			operations = append(operations, patchOperation{Op: "remove", Path: "/data/" + pointer(c.Attribute)})
		case old != "":
			operations = append(operations, patchOperation{"replace", "/data/" + pointer(c.Attribute), c.New})
		case c.New != "":
			operations = append(operations, patchOperation{"add", "/data/" + pointer(c.Attribute), c.New})
		}
	}
	if len(added) > 0 {
		operations = append(operations, patchOperation{"add", "/data", added})
	}
	return operations, nil
}

// guards are operations that make the service refuse the whole patch if a value that it replaces or removes is no longer the
// one that was read. Dates are compared as the service gave them, letter by letter.
func guards(rec schema.Record, operations []patchOperation) []patchOperation {
	var tests []patchOperation
	for _, o := range operations {
		if o.Op != "replace" && o.Op != "remove" {
			continue
		}
		name := strings.NewReplacer("~1", "/", "~0", "~").Replace(strings.TrimPrefix(strings.TrimPrefix(o.Path, "/data"), "/"))
		if old, ok := rec.Get(name); ok && old != "" {
			tests = append(tests, patchOperation{"test", o.Path, old})
		}
	}
	return tests
}

// pointer escapes a name for use in a JSON Pointer (RFC 6901).
func pointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// sameValue says whether a value is the one that was sent: the same text, or the same instant, which the service writes in
// its own way.
func sameValue(got, sent string) bool {
	if got == sent {
		return true
	}
	a, err := time.Parse(time.RFC3339Nano, got)
	if err != nil {
		return false
	}
	b, err := time.Parse(time.RFC3339Nano, sent)
	return err == nil && a.Equal(b)
}
