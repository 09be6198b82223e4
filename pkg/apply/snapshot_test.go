package apply

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestSnapshotsReadBackTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := []string{"accountName", "lastName", "data.with \"quotes\""}
		s := &Snapshot{Source: schema.Source{Tenant: schema.Tenant{ID: "t"}, SourceID: "s", Name: rapid.String().Draw(rt, "name"), Count: -1}, At: time.Date(2026, 3, 2, 0, 0, 0, 5, time.UTC), Names: names}
		for range rapid.IntRange(0, 5).Draw(rt, "records") {
			s.Records = append(s.Records, schema.Record{Names: names, ID: rapid.String().Draw(rt, "id"), Values: rapid.SliceOfN(rapid.String(), 3, 3).Draw(rt, "values"), Modified: "2026-01-01T00:00Z"})
		}
		var b bytes.Buffer
		if err := s.Write(&b); err != nil {
			rt.Fatal(err)
		}
		got, err := ReadSnapshot(&b)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(s, got); diff != "" {
			rt.Fatalf("(-written +read):\n%s", diff)
		}
	})
}

func TestReadSnapshotRefuses(t *testing.T) {
	names := []string{"accountName", "lastName"}
	s := &Snapshot{Names: names, Records: []schema.Record{{Names: names, ID: "1", Values: []string{"ana", "A"}}, {Names: names, ID: "2", Values: []string{"ben", "B"}}}}
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	whole := b.String()
	for cut := range len(whole) {
		if _, err := ReadSnapshot(strings.NewReader(whole[:cut])); err == nil {
			t.Fatalf("cut off after %d of %d bytes, and read all the same", cut, len(whole))
		}
	}
	for _, test := range []struct{ why, from, to string }{
		{"a value was changed", `"ben"`, `"bob"`},
		{"a record was taken out", `{"type":"record","id":"1","values":["ana","A"]}` + "\n", ""},
		{"a newer format", `"format_version":"1.0"`, `"format_version":"1.1"`},
		{"another kind", `"kind":"snapshot"`, `"kind":"plan"`},
		{"a value too many", `["ana","A"]`, `["ana","A","x"]`},
	} {
		edited := strings.Replace(whole, test.from, test.to, 1)
		if edited == whole {
			t.Fatalf("%s: nothing was edited", test.why)
		}
		if _, err := ReadSnapshot(strings.NewReader(edited)); err == nil {
			t.Errorf("%s, and read all the same", test.why)
		}
	}
}
