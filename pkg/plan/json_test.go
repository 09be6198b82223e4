package plan

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// The short way of writing an operation is held to encoding/json's.
func FuzzOperationJSON(f *testing.F) {
	f.Add("a", "b", "c", int64(3), true)
	f.Add("\x00\x1f\x7f\"\\/\b\f\n\r\t", "\xff\xfe\xed\xa0\x80", "\u2028\u2029<>&é😀", int64(-1), false)
	f.Add("", "", "", int64(0), false)
	f.Fuzz(func(t *testing.T, a, b, c string, n int64, whole bool) {
		op := Operation{Type: "operation", N: n, Action: Update, AccountName: a, ID: b, Row: n, Reason: c, Fields: []schema.FieldChange{{Attribute: a, Old: b, New: c}}}
		if whole {
			op.Line, op.Fingerprint, op.Current = n, b, []string{a, b, c}
			op.Fields = append(op.Fields, op.Fields[0])
			op.Findings = []schema.Finding{{Code: "E-X", Severity: schema.Error, Message: a, Hint: c, Related: []int64{n}}}
		}
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(op); err != nil {
			t.Fatal(err)
		}
		got, err := appendOperation(nil, &op)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(got)); diff != "" {
			t.Errorf("(-encoding/json +ours):\n%s", diff)
		}
	})
}

// FuzzRead: whatever a file holds, reading it ends in a plan or in an error that says why not; and what can be read is
// written again as it was.
func FuzzRead(f *testing.F) {
	var file bytes.Buffer
	if err := sample().Write(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"type":"header","kind":"plan","format_version":"1.0"}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		fingerprint := p.Trailer.Fingerprint
		var again bytes.Buffer
		if err := p.Write(&again); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		q, err := Read(&again)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if q.Trailer.Fingerprint != fingerprint {
			t.Errorf("the fingerprint was %s and is %s", fingerprint, q.Trailer.Fingerprint)
		}
	})
}
