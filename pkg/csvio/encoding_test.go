package csvio

import (
	"strings"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A text is looked at in pieces, and characters stand across where they meet.
func TestEncodingOfALongTextIsCertain(t *testing.T) {
	for _, letters := range []string{"é", "語", "😀"} {
		for shift := range len(letters) {
			in := strings.Repeat("x", shift) + ",b\n" + strings.Repeat(strings.Repeat(letters, 100)+",y\n", 3*samplePlace/100/len(letters))
			l, err := Rows(t.Context(), write(t, in), Options{}, func([]string) error { return nil }, func(schema.Finding) error { return nil })
			if err != nil || !strings.Contains(l.Dialect, "certain: all of it decodes") {
				t.Errorf("%q, shifted by %d: %s, %v", letters, shift, l.Dialect, err)
			}
		}
	}
}
