package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// appendChange appends a difference as one line of JSON: type, kind, key; where they are known, row and line of the list and id
// of the record; the fields of an update or rename; else the values that the one side has and the other lacks, by attribute, as
// desired or as current; and the findings. It is written by hand because there may be millions.
func appendChange(b []byte, ch *diff.Change) ([]byte, error) {
	b = append(b, `{"type":"change","kind":`...)
	b = plan.AppendString(b, string(ch.Kind))
	b = append(b, `,"key":`...)
	b = plan.AppendString(b, ch.Key)
	if d := ch.Desired; d != nil {
		b = appendPlace(b, `,"row":`, d.Ref.Row)
		b = appendPlace(b, `,"line":`, d.Ref.Line)
	}
	if ch.Current != nil && ch.Current.ID != "" {
		b = append(b, `,"id":`...)
		b = plan.AppendString(b, ch.Current.ID)
	}
	switch {
	case len(ch.Fields) > 0:
		b = append(b, `,"fields":`...)
		b = plan.AppendFields(b, ch.Fields)
	case ch.Desired != nil:
		b = appendValues(b, `,"desired":{`, ch.Desired)
	case ch.Current != nil:
		b = appendValues(b, `,"current":{`, ch.Current)
	}
	if len(ch.Findings) > 0 {
		var findings bytes.Buffer
		enc := json.NewEncoder(&findings)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(ch.Findings); err != nil {
			return nil, fmt.Errorf("write the findings of %q: %w", ch.Key, err)
		}
		b = append(append(b, `,"findings":`...), bytes.TrimSuffix(findings.Bytes(), []byte{'\n'})...)
	}
	return append(b, "}\n"...), nil
}

func appendPlace(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
}

func appendValues(b []byte, name string, r *schema.Record) []byte {
	b = append(b, name...)
	for i, n := range r.Names {
		if i > 0 {
			b = append(b, ',')
		}
		b = plan.AppendString(b, n)
		b = append(b, ':')
		b = plan.AppendString(b, r.Values[i])
	}
	return append(b, '}')
}
