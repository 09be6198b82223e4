package schema

// mayBePlaceholder is a cheap look at what isPlaceholder then settles: most words are too long, or begin with a letter with which
// none of the placeholders does.
func mayBePlaceholder(cell []byte) bool {
	const a = 'a'
	const initials = 1<<('a'-a) | 1<<('c'-a) | 1<<('d'-a) | 1<<('f'-a) | 1<<('i'-a) | 1<<('k'-a) | 1<<('l'-a) | 1<<('n'-a) | 1<<('p'-a) | 1<<('s'-a) | 1<<('t'-a) | 1<<('u'-a) | 1<<('x'-a)
	letter := cell[0] | 0x20 - a
	return len(cell) <= longestPlaceholder && (letter > 'z'-a || initials>>letter&1 == 1)
}

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
