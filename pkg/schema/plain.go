package schema

import "encoding/binary"

const (
	everyByte = 0x0101010101010101
	highBits  = 0x80 * everyByte
)

// unplain has the high bit set in some byte of w's that is not printable ASCII: below a space, 0x7f, or above.
// Subtracting 0x20 from a smaller byte borrows and so sets its high bit, or one above it; adding 1 to 0x7f does the same.
func unplain(w uint64) uint64 {
	return (w | (w - 0x20*everyByte) | (w + everyByte)) & highBits
}

// isPrintable says whether a cell is printable ASCII and nothing else.
func isPrintable(b []byte) bool {
	switch n := len(b); {
	case n >= 8:
		bad := unplain(binary.LittleEndian.Uint64(b[n-8:]))
		for ; len(b) > 8; b = b[8:] {
			bad |= unplain(binary.LittleEndian.Uint64(b))
		}
		return bad == 0
	case n >= 4:
		return unplain(shortWord(b)) == 0
	case n >= 2: // what shortWord leaves empty is filled with spaces
		return unplain(shortWord(b)|0x2020000020200000) == 0
	case n == 1:
		return b[0]-' ' < 0x7f-' '
	}
	return true
}

// isPlainText says that a cell is printable ASCII about which no rule of characters has anything to say: isPrintable and isOrdinary at
// once. It looks at eight bytes at a time, which may go beyond a short cell.
func isPlainText(data []byte, s Span) bool {
	first, last := data[s.Off]|0x20-'a', data[s.Off+s.Len-1]
	if first > 'z'-'a' && data[s.Off]-'0' > 9 || last == ' ' {
		return false
	}
	if s.Len < 8 {
		if int(s.Off)+8 > len(data) {
			return isPrintable(data[s.Off : s.Off+s.Len])
		}
		beyond := ^uint64(0) << (8 * s.Len)
		return unplain(binary.LittleEndian.Uint64(data[s.Off:])&^beyond|0x20*everyByte&beyond) == 0
	}
	cell := data[s.Off : s.Off+s.Len]
	bad := unplain(binary.LittleEndian.Uint64(cell[len(cell)-8:]))
	for ; len(cell) > 8; cell = cell[8:] {
		bad |= unplain(binary.LittleEndian.Uint64(cell))
	}
	return bad == 0
}

// isOrdinary says of a cell in printable ASCII that no rule about characters has anything to say about it: it begins with a letter
// or a digit and ends in no space.
func isOrdinary(b []byte) bool {
	first := b[0]
	return (first|0x20-'a' <= 'z'-'a' || first-'0' <= 9) && b[len(b)-1] != ' '
}

// isPlainLetters recognises text with letters of any script, about which no rule has anything to say either, see LetterSize.
func isPlainLetters(b []byte) bool {
	first := b[0]
	if first|0x20-'a' > 'z'-'a' && first < 0xc3 || b[len(b)-1] == ' ' {
		return false
	}
	for i := 0; i < len(b); i++ {
		if b[i]-' ' < 0x7f-' ' {
			continue
		}
		size := LetterSize(b, i)
		if size == 0 {
			return false
		}
		i += size - 1
	}
	return true
}

// LetterSize is how many bytes the character at a place of a text has, if it is one outside ASCII about which no rule of
// characters has anything to say. 0 means that this is not known. It leaves out the parts of Unicode in which spaces, format characters and signs
// lie, U+0080 to U+00BF, U+2000 to U+2FFF and from U+F000 on, and what may be garbled, see isGarbled: one of Â, Ã, Ä and Å in front
// of the letters that Windows-1252 has among its signs.
func LetterSize(text []byte, at int) int {
	c, rest := text[at], text[at:]
	if c < 0xc3 || c > 0xee || c == 0xe2 || len(rest) < 2 || rest[1]&0xc0 != 0x80 {
		return 0
	}
	if c < 0xe0 {
		if (c == 0xc5 || c == 0xc6 || c == 0xcb) && at >= 2 && text[at-2] == 0xc3 && text[at-1] >= 0x82 && text[at-1] <= 0x85 {
			return 0
		}
		return 2
	}
	if len(rest) < 3 || rest[2]&0xc0 != 0x80 {
		return 0
	}
	switch c {
	case 0xe0:
		if rest[1] < 0xa0 { // written in more bytes than it needs
			return 0
		}
	case 0xe1:
		if rest[1] == 0x9a && rest[2] == 0x80 { // the space of Ogham
			return 0
		}
	case 0xe3:
		if rest[1] == 0x80 { // the ideographic space and signs
			return 0
		}
	case 0xed:
		if rest[1] >= 0xa0 { // half of a pair of UTF-16
			return 0
		}
	}
	return 3
}

// appendLower appends b with its ASCII capitals made small, and says whether it was all ASCII; if not, what was appended is
// of no use.
func appendLower(dst, b []byte) ([]byte, bool) {
	var high uint64
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		high |= w
		dst = binary.LittleEndian.AppendUint64(dst, lower(w))
	}
	if len(b) > 0 {
		var tail [8]byte
		copy(tail[:], b)
		w := binary.LittleEndian.Uint64(tail[:])
		high |= w
		binary.LittleEndian.PutUint64(tail[:], lower(w))
		dst = append(dst, tail[:len(b)]...)
	}
	return dst, high&highBits == 0
}

// lower makes the ASCII capitals among eight bytes small: those for which adding 0x80-'A' carries into the high bit and adding
// 0x80-'Z'-1 does not have 0x20 set.
func lower(w uint64) uint64 {
	low := w &^ highBits
	capital := (low + (0x80-'A')*everyByte) &^ (low + (0x80-'Z'-1)*everyByte) &^ w & highBits
	return w | capital>>2
}

// sameFolded compares two trimmed cells as account names are matched, without making anything for those in ASCII.
func sameFolded(a, b []byte) bool {
	if isASCII(a) && isASCII(b) {
		if len(a) != len(b) {
			return false
		}
		for i := range a {
			x, y := a[i], b[i]
			if x != y && (x|0x20 != y|0x20 || x|0x20-'a' > 'z'-'a') {
				return false
			}
		}
		return true
	}
	return string(AppendFolded(nil, a)) == string(AppendFolded(nil, b))
}
