package schema

// mayBePlaceholder is a cheap look at what isPlaceholder then settles: no placeholder of a cell's length begins and ends with its
// letters.
func mayBePlaceholder(cell []byte) bool {
	n := len(cell)
	if n > longestPlaceholder {
		return false
	}
	letter := cell[0] | 0x20 - 'a'
	if letter > 'z'-'a' {
		return cell[0]-'0' > 9
	}
	return placeholderEnds[n][letter]>>endOf(cell[n-1])&1 == 1
}

// endOf is a letter's place in the alphabet, whatever its case, or the one behind for all other signs.
func endOf(c byte) byte { return min(c|0x20-'a', 'z'-'a'+1) }

// placeholderEnds has, by the length of the words that isPlaceholder knows and the letter with which they begin, a bit for each
// end of one.
var placeholderEnds = func() (ends [longestPlaceholder + 1]['z' - 'a' + 1]uint32) {
	for word := range placeholders {
		if letter := word[0] - 'a'; letter <= 'z'-'a' {
			ends[len(word)][letter] |= 1 << endOf(word[len(word)-1])
		}
	}
	return ends
}()

// longestPlaceholder is the length of the longest word that isPlaceholder knows.
const longestPlaceholder = 11

// isPlaceholder knows the words that people write where they have no value. It leaves out those that are somebody's name,
// such as Na and None.
func isPlaceholder(cell []byte) bool {
	var buf [longestPlaceholder]byte
	if len(cell) > len(buf) {
		return false
	}
	folded, _ := appendLower(buf[:0], cell)
	return placeholders[string(folded)]
}

// placeholders are the words that isPlaceholder knows, in small letters.
var placeholders = map[string]bool{
	"n/a": true, "n.a.": true, "n.a": true, "k.a.": true, "s/o": true, "tbd": true, "tba": true, "tbc": true, "tbd.": true, "t.b.d.": true, "todo": true,
	"to do": true, "xx": true, "xxx": true, "xxxx": true, "xxxxx": true, "x": true, "-": true, "--": true, "---": true, "?": true, "??": true, "???": true,
	".": true, "..": true, "...": true, "/": true, "_": true, "null": true, "nil": true, "(none)": true, "(blank)": true, "(leer)": true, "<none>": true,
	"test": true, "test test": true, "testuser": true, "test user": true, "dummy": true, "placeholder": true, "unknown": true, "unbekannt": true,
	"inconnu": true, "desconocido": true, "undefined": true, "lorem ipsum": true, "asdf": true, "foo": true, "foobar": true, "changeme": true, "pending": true,
}

// isRepeated says whether a number is one digit over and over, which nobody's is.
func isRepeated(digits []byte) bool {
	if len(digits) < 6 || digits[0] != digits[1] {
		return false
	}
	for _, c := range digits {
		if c != digits[0] {
			return false
		}
	}
	return true
}
