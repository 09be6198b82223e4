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

// One letter outside ASCII may stand anywhere.
func TestEncodingOfATextWithOneLetter(t *testing.T) {
	for _, letter := range []string{"é", "’", "😀"} {
		for at := samplePlace - len(letter) - 1; at <= samplePlace+1; at++ {
			const head = "a,b\n"
			in := head + strings.Repeat("x", at-len(head)) + letter + strings.Repeat("y", samplePlace) + ",z\n"
			l, err := Rows(t.Context(), write(t, in), Options{}, func([]string) error { return nil }, func(schema.Finding) error { return nil })
			if err != nil || !strings.Contains(l.Dialect, "UTF-8 (certain: all of it decodes") {
				t.Errorf("%q at %d: %s, %v", letter, at, l.Dialect, err)
			}
		}
	}
}
