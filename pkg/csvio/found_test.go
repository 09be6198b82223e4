package csvio

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// What goes in comes out, as often as it is asked for, whether it is kept in memory, in the file, or in both, and with more
// texts than are numbered.
func TestFoundHandsOutWhatItWasGiven(t *testing.T) {
	for _, keep := range []int{0, 1, 5000} {
		temp := t.TempDir()
		t.Setenv("TMPDIR", temp)
		s := &Found{keep: keep}
		want := []schema.Finding{
			{Code: "E-SOURCE-FULL", Severity: schema.Error, Origin: schema.Origin{File: "list.csv"}, Message: "too many"},
			{Code: "E-KEY-DUPLICATE", Severity: schema.Error, Origin: schema.Origin{File: "list.csv", Sheet: "Blatt 1", Row: 7, Line: 9, Column: "A", Header: "Login"}, Related: []int64{3, 1 << 40}},
		}
		for i := range 5000 {
			want = append(want, schema.Finding{
				Code: "W-PLACEHOLDER", Severity: schema.Warning, Origin: schema.Origin{Row: int64(i), Line: int64(2 * i)}, Attribute: "phone",
				Value: fmt.Sprintf("%040d", i), Message: fmt.Sprintf("%060d is no value", i), Hint: "enter the value",
			})
		}
		for _, f := range want {
			if err := s.Add(f); err != nil {
				t.Fatal(err)
			}
		}
		if s.Len() != int64(len(want)) {
			t.Errorf("kept %d findings, want %d", s.Len(), len(want))
		}
		for range 2 {
			var got []schema.Finding
			for f, err := range s.All() {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, f)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("keep %d (-want +got):\n%s", keep, d)
			}
		}
		if (s.file != nil) != (keep > 0) {
			t.Errorf("keep %d: file %v", keep, s.file)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(temp); len(left) > 0 {
			t.Errorf("%s was left", left[0].Name())
		}
	}
}

// A file that was cut off meanwhile is an error and never fewer findings.
func TestFoundNoticesWhatIsMissing(t *testing.T) {
	s := &Found{keep: 1}
	defer s.Close()
	for row := range int64(3) {
		if err := s.Add(schema.Finding{Code: "E-X", Origin: schema.Origin{Row: row}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.file.Truncate(s.size - 1); err != nil {
		t.Fatal(err)
	}
	n := 0
	var last error
	for _, err := range s.All() {
		if last = err; err == nil {
			n++
		}
	}
	if n != 2 || last == nil {
		t.Errorf("%d findings and error %v, want 2 and an error", n, last)
	}
}
