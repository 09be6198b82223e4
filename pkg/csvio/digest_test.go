package csvio

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// The digest is that of the whole file, however much of it was read before it is asked for, and in what pieces.
func TestDigestIsThatOfTheWholeFile(t *testing.T) {
	var rows strings.Builder
	for i := range 400 {
		fmt.Fprintf(&rows, "p%d,Ann,\"a line\nbreak\",p%d@x.org\n", i, i)
	}
	enough := errors.New("enough")
	for why, in := range map[string]string{
		"a header and rows":             "accountName,firstName,lastName,email\n" + rows.String(),
		"a title above, a total below":  "People of ACME\n\naccountName,firstName,lastName,email\n" + rows.String() + "\nTotal: 400\n",
		"a byte order mark":             "\ufeffaccountName,firstName,lastName,email\n" + rows.String(),
		"no rows":                       "accountName,firstName,lastName,email\n",
		"a last row without its end":    "accountName,firstName,lastName,email\n" + strings.TrimSuffix(rows.String(), "\n"),
		"what looks like a footer, not": "accountName,firstName,lastName,email\n" + rows.String() + "x,Bea,\"y\n\nTotal: 1\n\",x@x.org\n",
	} {
		sum := sha256.Sum256([]byte(in))
		want := hex.EncodeToString(sum[:])
		for _, chunk := range []int{0, 97, 1000} {
			for _, workers := range []int{1, 2} {
				for after, read := range map[string]func(l *List) error{
					"at once": func(*List) error { return nil },
					"after the first rows": func(l *List) error {
						if err := l.Blocks(t.Context(), func(*schema.Block) error { return enough }); err != nil && !errors.Is(err, enough) {
							return err
						}
						return nil
					},
					"after all rows": func(l *List) error { return l.Blocks(t.Context(), func(*schema.Block) error { return nil }) },
					"after all rows, twice": func(l *List) error {
						return errors.Join(l.Blocks(t.Context(), func(*schema.Block) error { return nil }), l.Blocks(t.Context(), func(*schema.Block) error { return nil }))
					},
				} {
					l := open(t, in, Options{chunk: chunk, workers: workers})
					if err := read(l); err != nil {
						t.Fatal(err)
					}
					if got, err := l.Digest(t.Context()); err != nil || got != want {
						t.Errorf("%s, chunks of %d, %d workers, %s: %s, %v; want %s", why, chunk, workers, after, got, err, want)
					}
				}
			}
		}
	}
}
