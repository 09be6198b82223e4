package schema

import "encoding/binary"

// isPlainPhone recognises a number of E.164 as nearly everybody has one: a plus sign and 8 to 15 digits of which the first is
// not 0. What it accepts, the library accepts too.
func isPlainPhone(b []byte) bool {
	if len(b) < 9 || len(b) > 16 || b[0] != '+' || b[1] == '0' {
		return false
	}
	first, last := digitsOf(b)
	return areDigits(first) && areDigits(last)
}

// digitsOf are the first eight bytes behind a sign and the last eight: digits as 0 to 9, all else as more.
func digitsOf(b []byte) (first, last uint64) {
	return binary.LittleEndian.Uint64(b[1:]) ^ '0'*everyByte, binary.LittleEndian.Uint64(b[len(b)-8:]) ^ '0'*everyByte
}

// isReadablePhone recognises the numbers about which no rule has anything to say: a plus sign and 8 to 15 digits, not all the same
// and the first not 0, perhaps with spaces, hyphens and brackets among them.
func isReadablePhone(b []byte) bool {
	if len(b) < 9 || len(b) > 24 || b[0] != '+' {
		return false
	}
	if len(b) <= 16 {
		first, last := digitsOf(b)
		if areDigits(first) && areDigits(last) {
			all := first & 15 * everyByte // if they are all as the first
			return all != 0 && (first != all || last != all)
		}
	}
	return isSpacedPhone(b)
}

// What a byte is in a phone number.
const (
	phoneDigit = 1 << iota
	phoneSign  // may stand between digits
	phoneX     // may begin an extension
	phoneOther
)

var phoneKinds = func() (kinds [256]uint8) {
	for c := range kinds {
		switch {
		case c >= '0' && c <= '9':
			kinds[c] = phoneDigit
		case c == ' ' || c == '-' || c == '(' || c == ')':
			kinds[c] = phoneSign
		case c|0x20 == 'x':
			kinds[c] = phoneX
		default:
			kinds[c] = phoneOther
		}
	}
	return kinds
}()

// isSpacedPhone is isReadablePhone for a number of any shape. It goes through it without branches: where signs stand cannot be guessed.
func isSpacedPhone(b []byte) bool {
	at := 1
	for at < len(b) && phoneKinds[b[at]] == phoneSign {
		at++
	}
	if at == len(b) || b[at] == '0' {
		return false
	}
	first, all, differ, digits := b[at], uint8(0), uint8(0), 0
	for _, c := range b[at:] {
		kind := phoneKinds[c]
		all |= kind
		digits += int(kind & phoneDigit)
		differ |= (c ^ first) & -(kind & phoneDigit)
	}
	return all&^(phoneDigit|phoneSign) == 0 && digits >= 8 && digits <= 15 && differ != 0 && b[len(b)-1] != ' '
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

// DamagedPhone recognises what spreadsheet programs make of a number that they take for a quantity: 5.55123E+09, 5125555555.0, and
// -491701 of 49-491750, which they have subtracted.
func DamagedPhone(b []byte) bool {
	i := 0
	digits := func() int {
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		return i - from
	}
	negative := len(b) > 0 && b[0] == '-'
	if negative || len(b) > 0 && b[0] == '+' {
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
		return negative && whole >= 3 || whole >= 6 && fraction == 1 && b[i-1] == '0'
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
