package report

import (
	"os"
	"strings"
)

// Word puts an argument into a command that a person may paste into a shell: as it is where every shell takes it so, else in quotes.
// What could move the cursor is shown and not carried out.
func Word(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:@%+,", r) || r == os.PathSeparator || r >= 0xa0 && !unsafeRune(r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(plain(s), "'", `'\''`) + "'"
}
