package csvio

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// FuzzFailedRowsComeBack writes all rows of any list as failed and reads them again, with what was said of the list: whatever its
// header, the rows must be the same.
func FuzzFailedRowsComeBack(f *testing.F) {
	f.Add("accountName,firstName\na,=Ann\nb,'x\n", uint8(0), false)
	f.Add("accountName;Contract;\n;Start;End\na;1;2\n", uint8(2), false)
	f.Add("x\naccountName,Contract,\n,Start,End\na,1,2\n\nb,1\n", uint8(0), false)
	f.Add("a,Ann\r\nb,\"B\r\nen\"\r\n", uint8(0), true)
	f.Add("sep=;\na;b\n", uint8(0), true)
	f.Fuzz(func(t *testing.T, content string, headers uint8, bare bool) {
		folder := t.TempDir()
		o := Options{Encoding: "utf-8", Headers: int(headers % 4), NoHeader: bare, Map: map[string]string{"Contract Start": "startDate", "[C]": "vendor"}}
		if bare {
			o.Headers, o.Map = 0, map[string]string{"[A]": "accountName", "[B]": "firstName"}
		}
		read := func(name, content string) (*List, []Failure, [][]string) {
			path := filepath.Join(folder, name)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := Open(t.Context(), path, testSchema(), o)
			var bad *InputError
			if err != nil && !errors.As(err, &bad) {
				t.Fatalf("Open: %v", err)
			}
			if err != nil {
				delete(o.Map, "Contract Start") // the mapping may be what does not fit
				delete(o.Map, "[C]")
				if l, err = Open(t.Context(), path, testSchema(), o); err != nil {
					return nil, nil, nil
				}
			}
			t.Cleanup(func() {
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			})
			var failures []Failure
			var rows [][]string
			faulty := make(map[int64]bool)
			if err := l.Blocks(t.Context(), func(b *schema.Block) error {
				for _, f := range b.Findings {
					faulty[f.Origin.Row] = faulty[f.Origin.Row] || f.Severity == schema.Error
				}
				for i, ref := range b.Rows {
					if faulty[ref.Row] {
						continue // is not as it was meant
					}
					failures = append(failures, Failure{Ref: ref, Code: "E-X", Problem: "bad", Hint: "mend it"})
					var cells []string
					for c := range b.Width {
						cells = append(cells, string(b.Cell(i, c)))
					}
					rows = append(rows, cells)
				}
				return nil
			}); err != nil {
				t.Fatalf("Blocks: %v", err)
			}
			return l, failures, rows
		}
		l, failures, before := read("list.csv", content)
		if l == nil || l.Partial() || strings.Contains(strings.ToLower(content), ownPrefix) {
			return
		}
		var out bytes.Buffer
		if err := WriteFailed(t.Context(), &out, l, eachOf(failures...)); err != nil {
			t.Fatal(err)
		}
		again, _, after := read("list.failed.csv", out.String())
		if again == nil || !again.Partial() {
			t.Fatalf("the failed rows cannot be read, or are not taken for a part:\n%q", out.String())
		}
		if d := cmp.Diff(before, after); d != "" {
			t.Errorf("rows of %q (-before +after):\n%s", out.String(), d)
		}
		if !bare {
			if d := cmp.Diff(l.Header(), again.Header()[:len(l.Header())]); d != "" {
				t.Errorf("headings of %q (-before +after):\n%s", out.String(), d)
			}
		}
	})
}
