package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

// patchOp is one operation of an RFC 6902 patch, as sent.
type patchOp struct {
	Op    string          `json:"op"`
	Path  *string         `json:"path"`
	From  *string         `json:"from,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

const maxPatchOps = 1000

// readPatch reads a patch and checks its form, so that what is applied later can only fail for want of a target.
func readPatch(raw []byte) ([]patchOp, *refusal) {
	var ops []patchOp
	if err := decodeJSON(raw, &ops); err != nil || ops == nil {
		return nil, badSyntax("")
	}
	if len(ops) > maxPatchOps {
		return nil, badContent(fmt.Sprintf("a patch must have at most %d operations", maxPatchOps))
	}
	for _, op := range ops {
		if op.Path == nil {
			return nil, badSyntax("path is required in every operation of a patch")
		}
		if !validPointer(*op.Path) {
			return nil, badSyntax("path " + *op.Path + " is not a JSON Pointer")
		}
		switch op.Op {
		case "add", "replace", "test":
			if op.Value == nil {
				return nil, badSyntax("value is required in " + op.Op)
			}
		case "move", "copy":
			if op.From == nil || !validPointer(*op.From) {
				return nil, badSyntax("from is required in " + op.Op)
			}
		case "remove":
		default:
			return nil, badSyntax("op must be one of add, remove, replace, move, copy, test")
		}
	}
	return ops, nil
}

// validPointer holds a path against RFC 6901. The whole document is no target here, for nothing may be replaced wholly.
func validPointer(path string) bool {
	if !strings.HasPrefix(path, "/") {
		return false
	}
	for i := 0; i < len(path); i++ {
		if path[i] == '~' && (i+1 >= len(path) || path[i+1] != '0' && path[i+1] != '1') {
			return false
		}
	}
	return true
}

// root is the top field that an operation touches.
func root(pointer string) string {
	first, _, _ := strings.Cut(pointer[1:], "/")
	return strings.ReplaceAll(strings.ReplaceAll(first, "~1", "/"), "~0", "~")
}

// touched lists the fields that a patch would write: the targets of all operations but test, and the sources of move.
func touched(ops []patchOp) (fields []string) {
	for _, op := range ops {
		if op.Op != "test" {
			fields = append(fields, root(*op.Path))
		}
		if op.Op == "move" {
			fields = append(fields, root(*op.From))
		}
	}
	return fields
}

// applyPatch applies a patch to a document, all or nothing. The library does RFC 6902; its extensions beyond it are off.
func applyPatch(doc []byte, ops []patchOp) ([]byte, error) {
	raw, err := json.Marshal(ops)
	if err != nil {
		return nil, err
	}
	patch, err := jsonpatch.DecodePatch(raw)
	if err != nil {
		return nil, err
	}
	return patch.ApplyWithOptions(doc, &jsonpatch.ApplyOptions{AccumulatedCopySizeLimit: maxJSONBody})
}

// patchDocument applies a patch as the switch "patch-atomic" wants it: with "no", what went before the operation that fails stays.
// The second result is then the refusal for that operation, together with the document as far as it came.
func (t *tenant) patchDocument(doc []byte, ops []patchOp) ([]byte, *refusal) {
	patched, err := applyPatch(doc, ops)
	if err == nil {
		return patched, nil
	}
	refused := badContent("the patch cannot be applied: " + patchReason(err))
	if t.set.is("patch-atomic", "yes") {
		return nil, refused
	}
	for i := range ops {
		next, err := applyPatch(doc, ops[i:i+1])
		if err != nil {
			break
		}
		doc = next
	}
	return doc, refused
}

func patchReason(err error) string {
	switch {
	case errors.Is(err, jsonpatch.ErrTestFailed):
		return "a test failed"
	case errors.Is(err, jsonpatch.ErrMissing):
		return "there is nothing at a path"
	default:
		return "an operation does not fit the document"
	}
}

func patchRecord(c *call) (*answer, *refusal) {
	old, bad := c.record(0)
	if bad != nil {
		return nil, bad
	}
	ops, bad := readPatch(c.body)
	if bad != nil {
		return nil, bad
	}
	fields := touched(ops)
	if !c.mayDoAll(old.source) && slices.ContainsFunc(fields, func(f string) bool { return f != "endDate" }) {
		return nil, c.ownerRefusal()
	}
	for _, field := range fields {
		if slices.Contains([]string{"id", "sourceId", "created", "modified"}, field) {
			return nil, badContent(field + " cannot be changed")
		}
		if field != "data" && !slices.Contains(systemColumns(), field) {
			return nil, badContent(field + " is not an attribute of a non-employee")
		}
	}
	doc, ops, err := c.patchable(old, ops)
	if err != nil {
		return nil, internalFault()
	}
	patched, refused := c.patchDocument(doc, ops)
	if patched == nil {
		return nil, refused
	}
	p, problems, bad := c.readPatched(patched, doc)
	if bad != nil {
		return nil, bad
	}
	a, bad := c.update(old, p, problems)
	if refused != nil {
		return nil, refused
	}
	return a, bad
}

// patchable writes a record as the document that a patch is applied to, and fits the patch to it where a switch says so: a data
// object that is made when it is absent, and dates that test compares as instants.
func (c *call) patchable(old *record, ops []patchOp) ([]byte, []patchOp, error) {
	body := c.recordBody(old)
	if body.Data == nil && c.set.is("patch-data-absent", "tolerant") {
		body.Data = &map[string]string{}
	}
	doc, _, err := encode(body)
	if err != nil || c.set.is("patch-test-dates", "text") {
		return doc, ops, err
	}
	ops = slices.Clone(ops)
	for i, op := range ops {
		at := old.date(strings.TrimPrefix(*op.Path, "/"))
		var text string
		if op.Op != "test" || at == nil || json.Unmarshal(op.Value, &text) != nil {
			continue
		}
		if given, ok := parseDate(text, true); ok && given.Equal(*at) {
			ops[i].Value, err = json.Marshal(c.stamp(*at))
		}
	}
	return doc, ops, err
}

// readPatched reads the patched document back into a person. A record may lack mandatory values from before; only what the patch
// took away is a problem.
func (c *call) readPatched(patched, before []byte) (p person, problems []string, bad *refusal) {
	var now, was map[string]json.RawMessage
	if decodeJSON(patched, &now) != nil || decodeJSON(before, &was) != nil {
		return p, nil, badSyntax("")
	}
	for _, name := range systemColumns() {
		text, problem := c.textField(now, name)
		if problem != "" {
			if was[name] != nil || now[name] != nil {
				problems = append(problems, problem)
			}
			continue
		}
		if at := p.date(name); at == nil {
			*p.column(name) = text
		} else if date, ok := parseDate(text, bytes.Equal(now[name], was[name])); ok {
			*at = date
		} else {
			problems = append(problems, name+" must be a date-time")
		}
	}
	if c.set.is("patch-null", "refuse") && emptiesData(now["data"], was["data"]) {
		problems = append(problems, "data must not have null or empty values")
	}
	data, problem := readData(now["data"])
	if problem != "" {
		problems = append(problems, problem)
	}
	p.data = data
	return p, problems, nil
}

// emptiesData tells whether a value of data is null or empty now that was not so before.
func emptiesData(now, was json.RawMessage) bool {
	var after, before map[string]*string
	if json.Unmarshal(now, &after) != nil || len(was) > 0 && json.Unmarshal(was, &before) != nil {
		return false
	}
	for name, text := range after {
		if text == nil || *text == "" {
			if b := before[name]; b == nil || *b != "" {
				return true
			}
		}
	}
	return false
}
