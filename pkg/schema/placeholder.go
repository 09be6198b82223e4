package schema

// mayBePlaceholder is a cheap look at what isPlaceholder then settles: no placeholder of a cell's length begins with its letter.
func mayBePlaceholder(cell []byte) bool {
	if len(cell) > longestPlaceholder {
		return false
	}
	letter := cell[0] | 0x20 - 'a'
	if letter > 'z'-'a' {
		return cell[0]-'0' > 9
	}
	const a, c, d, f, i, k, l, n, p, s, t, u, x = 1, 1 << 2, 1 << 3, 1 << 5, 1 << 8, 1 << 10, 1 << 11, 1 << 13, 1 << 15, 1 << 18, 1 << 19, 1 << 20, 1 << 23
	var initials uint32
	switch len(cell) {
	case 1, 2:
		initials = x
	case 3:
		initials = n | s | t | x | f
	case 4:
		initials = n | k | t | x | a
	case 5:
		initials = t | x | d
	case 6:
		initials = t | f
	case 7:
		initials = u | i | p
	case 8:
		initials = t | c
	case 9:
		initials = t | u
	case 11:
		initials = p | d | l
	}
	return initials>>letter&1 == 1
}

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
	switch string(folded) {
	case "n/a", "n.a.", "n.a", "k.a.", "s/o", "tbd", "tba", "tbc", "tbd.", "t.b.d.", "todo", "to do", "xx", "xxx", "xxxx", "xxxxx", "x", "-", "--", "---", "?", "??", "???", ".", "..", "...", "/", "_",
		"null", "nil", "(none)", "(blank)", "(leer)", "<none>", "test", "test test", "testuser", "test user", "dummy", "placeholder", "unknown", "unbekannt", "inconnu", "desconocido",
		"undefined", "lorem ipsum", "asdf", "foo", "foobar", "changeme", "pending":
		return true
	}
	return false
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
