package diff

import (
	"encoding/binary"
	"math/bits"
)

// The short ways below recognise what most cells are: already in the form that hashing wants, so that their bytes are taken
// as they stand. Whatever they do not recognise goes the long way through [schema.Comparer] or [schema.ParseDate]. A test
// holds them to what the long way says.

// ones has a 1 in each byte, highs the highest bit.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// isTidy tells, of a cell that is not empty, that trimming and NFC would leave it as it is and that it is no mark: it begins and ends
// with a character that is visible, and is tidy text.
func isTidy(cell []byte) bool {
	return cell[0] > ' ' && cell[len(cell)-1] > ' ' && cell[0] != '#' && isTidyText(cell)
}

// isPlainStart tells that a cell that begins with a byte has no space there and is no mark, also not behind a space.
func isPlainStart(first byte) bool {
	switch first {
	case '#', 0xc2, 0xe1, 0xe2, 0xe3, 0xef: // all other spaces begin with the last five, in UTF-8
		return false
	}
	return first > ' '
}

// plainStarts are the bytes for which isPlainStart holds.
var plainStarts = func() (starts [256]bool) {
	for c := range starts {
		starts[c] = isPlainStart(byte(c))
	}
	return starts
}()

// isTidyText tells that all characters are ASCII or letters of U+00C0 to U+02FF or U+0400 to U+047F, all of which are in NFC
// whatever stands before and behind them, and none of which is a space.
func isTidyText(text []byte) bool {
	for len(text) >= 8 {
		w := binary.LittleEndian.Uint64(text)
		if w&highs == 0 {
			text = text[8:]
			continue
		}
		at := bits.TrailingZeros64(w&highs) / 8
		if at == 7 || !isTidyLetter(text[at], text[at+1]) {
			return len(text) > at+1 && isTidyLetter(text[at], text[at+1]) && isTidyText(text[at+2:])
		}
		text = text[at+2:]
	}
	for i := 0; i < len(text); i++ {
		if text[i] < 0x80 {
			continue
		}
		if i++; i == len(text) || !isTidyLetter(text[i-1], text[i]) {
			return false
		}
	}
	return true
}

// isTidyLetter tells that two bytes are the UTF-8 of one of these letters.
func isTidyLetter(lead, next byte) bool {
	return (lead-0xc3 <= 0xcb-0xc3 || lead-0xd0 <= 1) && next&0xc0 == 0x80
}

// isFolded tells that folding would leave a tidy key as it is: it is ASCII without capitals and without space around it.
func isFolded(key []byte) bool {
	if key[0] <= ' ' || key[len(key)-1] <= ' ' {
		return false
	}
	for len(key) >= 8 {
		w := binary.LittleEndian.Uint64(key)
		if (w|((w+(0x80-'A')*ones)^(w+(0x80-'Z'-1)*ones)))&highs != 0 {
			return false
		}
		key = key[8:]
	}
	for _, c := range key {
		if c >= 0x80 || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// areDigits tells that all bytes are 0 to 9.
func areDigits(text []byte) bool {
	for _, c := range text {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// hasCapital tells whether there is an A to Z in ASCII text.
func hasCapital(cell []byte) bool {
	for len(cell) >= 8 {
		w := binary.LittleEndian.Uint64(cell)
		if ((w+(0x80-'A')*ones)^(w+(0x80-'Z'-1)*ones))&highs != 0 {
			return true
		}
		cell = cell[8:]
	}
	for _, c := range cell {
		if 'A' <= c && c <= 'Z' {
			return true
		}
	}
	return false
}
