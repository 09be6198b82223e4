package schema

// isPlainMail recognises the addresses that nearly everybody has: ASCII letters, digits and . _ - + before the @, a domain of
// labels of letters, digits and inner hyphens after it, the last at least two letters. What it accepts, the library accepts too.
func isPlainMail(b []byte) bool {
	if len(b) > 254 {
		return false
	}
	at := -1
	for i, c := range b {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c-'0' <= 9:
		case c == '@':
			if at >= 0 || i == 0 || i > 64 || b[i-1] == '.' {
				return false
			}
			at = i
		case c == '.':
			if i == 0 || b[i-1] == '.' || b[i-1] == '@' || at >= 0 && b[i-1] == '-' {
				return false
			}
		case c == '-':
			if at >= 0 && (b[i-1] == '.' || b[i-1] == '@') {
				return false
			}
		case (c == '_' || c == '+') && at < 0:
		default:
			return false
		}
	}
	if at < 0 {
		return false
	}
	letters := 0
	for i := len(b) - 1; b[i]|0x20 >= 'a' && b[i]|0x20 <= 'z'; i-- {
		letters++
	}
	i := len(b) - 1 - letters
	return letters >= 2 && letters <= 63 && i > at && b[i] == '.'
}

// isPlainPhone recognises a number of E.164 as nearly everybody has one: a plus sign and 8 to 15 digits of which the first is
// not 0. What it accepts, the library accepts too.
func isPlainPhone(b []byte) bool {
	if len(b) < 9 || len(b) > 16 || b[0] != '+' || b[1] == '0' {
		return false
	}
	for _, c := range b[1:] {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// isPhoneShaped says whether a cell can be a phone number at all: digits, 3 to 20 of them, with the punctuation that people
// use, a plus sign only in front, and perhaps an extension after x or ext.
func isPhoneShaped(b []byte) bool {
	digits, i := 0, 0
	if len(b) > 0 && b[0] == '+' {
		i++
	}
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c-'0' <= 9:
			digits++
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/':
		case c == 0xc2 && i+1 < len(b) && b[i+1] == 0xa0: // a no-break space
			i++
		case c|0x20 == 'x' || c|0x20 == 'e':
			return digits >= 3 && digits <= 20 && isExtension(b[i:])
		default:
			return false
		}
	}
	return digits >= 3 && digits <= 20
}

// isExtension says whether b is x or ext or ext. and one to six digits.
func isExtension(b []byte) bool {
	if len(b) > 3 && b[0]|0x20 == 'e' && b[1]|0x20 == 'x' && b[2]|0x20 == 't' {
		b = b[3:]
		if b[0] == '.' {
			b = b[1:]
		}
	} else if b[0]|0x20 == 'x' {
		b = b[1:]
	} else {
		return false
	}
	b = trim(b)
	if len(b) < 1 || len(b) > 6 {
		return false
	}
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// isDamagedPhone recognises what spreadsheet programs make of a number that they take for a quantity: 5.55123E+09, 5125555555.0.
func isDamagedPhone(b []byte) bool {
	i := 0
	digits := func() int {
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		return i - from
	}
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		i++
	}
	whole := digits()
	if whole == 0 {
		return false
	}
	fraction := 0
	if i < len(b) && (b[i] == '.' || b[i] == ',') {
		i++
		fraction = digits()
	}
	if i == len(b) {
		return whole >= 6 && fraction == 1 && b[i-1] == '0'
	}
	if b[i]|0x20 != 'e' {
		return false
	}
	i++
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		i++
	}
	return digits() > 0 && i == len(b)
}
