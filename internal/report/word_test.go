package report

import "testing"

func TestWord(t *testing.T) {
	for _, test := range []struct{ why, arg, want string }{
		{"a file", "lists/contractors-2.csv", "lists/contractors-2.csv"},
		{"a setting", "vendor=ACME", "vendor=ACME"},
		{"letters of any alphabet", "Zürich/名簿.csv", "Zürich/名簿.csv"},
		{"a space", "my list.csv", "'my list.csv'"},
		{"a quote", "it's.csv", `'it'\''s.csv'`},
		{"what a shell would carry out", "$(rm).csv", "'$(rm).csv'"},
		{"another command", "a;b", "'a;b'"},
		{"nothing, which would vanish", "", "''"},
		{"what would move the cursor", "a\x1b[2J", `'a\x1b[2J'`},
		{"what would turn the text around", "a\u202eb", `'a\u202eb'`},
	} {
		if got := Word(test.arg); got != test.want {
			t.Errorf("%s: %s, want %s", test.why, got, test.want)
		}
	}
}
