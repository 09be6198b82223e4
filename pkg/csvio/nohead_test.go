package csvio

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// What is wrong with a first row that names no attribute is said by what it looks like.
func TestFirstRowsThatAreNoHeadings(t *testing.T) {
	s := &schema.Schema{Attributes: schema.System()}
	for _, test := range []struct {
		why, text     string
		delimiter     rune
		message, hint string
	}{
		{"a mail address is nobody's heading", "a.one,Ann,a.one@example.com\n", 0, "looks like a person and not like headings: it has a mail address", "put a line with headings above it"},
		{"nor is a date", "a,b,31/12/2026\n", 0, "it has a date", "headings above it"},
		{"nor a phone", "a,b,+49 30 23125 001\n", 0, "it has a phone number", "headings above it"},
		{"the wrong delimiter leaves one cell", "Login,Vor,Nach,Tel\na,b,c,d\n", ';', "no column is known", "leave --delimiter out, or give --delimiter comma"},
		{"strange headings are named", "Colour,Size\nred,3\n", 0, `no column is known: row 1 has "Colour", "Size"`, "--map"},
	} {
		path := filepath.Join(t.TempDir(), "list.csv")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), path, s, Options{Delimiter: test.delimiter})
		var input *InputError
		if !errors.As(err, &input) {
			t.Errorf("%s: %v, want an InputError", test.why, err)
			continue
		}
		if !strings.Contains(input.Message, test.message) || !strings.Contains(input.Hint, test.hint) {
			t.Errorf("%s: %q, hint %q; want %q and %q", test.why, input.Message, input.Hint, test.message, test.hint)
		}
	}
}

// Of a list without headings that has the columns with which every template begins, these are proposed.
func TestColumnsInTheOrderOfTheTemplate(t *testing.T) {
	s := &schema.Schema{Attributes: append(schema.System(), schema.Attribute{TechnicalName: "vendor"}, schema.Attribute{TechnicalName: "site"})}
	const row = "a.one,Ann,One,+49 30 23125 001,a@example.com,jane.doe,2026-01-01,2026-12-31"
	for _, test := range []struct{ why, text, hint string }{
		{"the system's columns alone", row + "\n" + row + "\n", `--columns "accountName,firstName,lastName,phone,email,manager,startDate,endDate" (the order of the template`},
		{"all columns", row + ",ACME,BER\n", `--columns "accountName,firstName,lastName,phone,email,manager,startDate,endDate,vendor,site" (the order of the template`},
		{"one more than the system's", row + ",ACME\n", `--columns "?,?,?,phone,email,?,startDate,endDate,?" (write the attribute for each ?`},
	} {
		_, err := Open(t.Context(), write(t, test.text), s, Options{})
		var input *InputError
		if !errors.As(err, &input) || !strings.Contains(input.Hint, test.hint) {
			t.Errorf("%s: %v, hint %q; want %q", test.why, err, input.Hint, test.hint)
		}
	}
}
