package schema

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Two odd numbers without a pattern, for mixing.
const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xd6e8feb86659fd93
)

// mix multiplies two numbers into 128 bits and folds them together, so that every bit of either counts.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^mixA, b^mixB)
	return hi ^ lo
}

// hashFolded hashes a trimmed cell as if its ASCII capitals were small, eight bytes at a time and without making the folded text,
// and says whether the cell was all ASCII. For others the hash is of no use: they are folded first. Nothing rests on the hash but how
// often rows are suspected for nothing.
func hashFolded(b []byte) (hash uint64, ascii bool) {
	h := mix(0, uint64(len(b)))
	if len(b) < 8 {
		w := shortWord(b)
		return mix(h, lower(w)), w&highBits == 0
	}
	last := binary.LittleEndian.Uint64(b[len(b)-8:])
	high := last
	for ; len(b) > 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		high |= w
		h = mix(h, lower(w))
	}
	return mix(h, lower(last)), high&highBits == 0
}

// shortWord is fewer than eight bytes as a number.
func shortWord(b []byte) uint64 {
	switch n := len(b); {
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<32
	case n >= 2:
		return uint64(binary.LittleEndian.Uint16(b)) | uint64(binary.LittleEndian.Uint16(b[n-2:]))<<32
	case n == 1:
		return uint64(b[0])
	}
	return 0
}

// foldedOf hashes a trimmed cell as account names and people are matched. It is an odd number. buf is room to work in.
func foldedOf(cell []byte, buf *[]byte) uint64 {
	if hasVAES {
		if *buf = AppendFolded((*buf)[:0], cell); len(*buf) < 64 {
			return shortOf(*buf)
		}
		return hashBytes(*buf) | 1
	}
	h, ascii := hashFolded(cell)
	if !ascii {
		*buf = appendFoldedRunes((*buf)[:0], cell)
		h = hashBytes(*buf)
	}
	return h | 1
}

// personOf hashes the digits of a phone number with the beginnings of both names. It is an odd number.
func personOf(digits []byte, first, last uint64) uint64 {
	const most = 15 // as a number of E.164 has
	if !hasVAES || len(digits) > most {
		return mix(mix(hashBytes(digits), first), last) | 1
	}
	var person [32]byte
	copy(person[:], digits)
	binary.LittleEndian.PutUint64(person[16:], first)
	binary.LittleEndian.PutUint64(person[24:], last)
	return shortOf(person[:])
}

// hashApart, which is no hash, is in place of that of a row that has to be looked at by itself.
const hashApart = 2

// hashKeys are the keys of three rounds of AES in four lanes, and rowKeys some without a pattern.
type hashKeys [3 * 64]byte

var rowKeys = func() (keys hashKeys) {
	x := uint64(0)
	for i := 0; i < len(keys); i += 8 {
		x = mix(x, uint64(i))
		binary.LittleEndian.PutUint64(keys[i:], x)
	}
	return keys
}()

// beginning is up to eight letters of ASCII with which a trimmed cell begins as people are matched: with a phone number they mostly tell
// people apart, and of nearly all cells they are had without folding.
func beginning(cell []byte, buf *[]byte) uint64 {
	w, sure := beginningAsIs(cell)
	if !sure {
		*buf = appendFoldedRunes((*buf)[:0], cell)
		w, _ = beginningAsIs(*buf)
	}
	return w
}

// beginningAsIs is the same of a text that may be folded or not: what stands before the first other character, less the letter that a mark
// may be composed with. It is not sure where that character may become a letter of ASCII or a mark, or a mark may become none.
func beginningAsIs(b []byte) (w uint64, sure bool) {
	if len(b) > 8 {
		if w = binary.LittleEndian.Uint64(b); w&highBits == 0 && b[8] < utf8.RuneSelf {
			return lower(w), true
		}
	} else if w = wordOf(b); w&highBits == 0 {
		return lower(w), true
	}
	at := bits.TrailingZeros64(w&highBits) / 8
	switch c := b[at]; {
	case at+1 == len(b) || b[at+1]&0xC0 != 0x80: // no character
	case c == 0xCC, c == 0xCD && b[at+1] < 0xB0:
		at, sure = max(at-1, 0), c == 0xCC || b[at+1] != 0x85 // U+0345 becomes a letter
	case c == 0xC5:
		sure = b[at+1] != 0xBF // U+017F becomes an s
	case c == 0xE0:
		sure = b[at+1] == 0xA4 && at+2 < len(b) && b[at+2] >= 0x84 && b[at+2] < 0xBA // letters of Devanagari
	default:
		sure = c >= 0xC3 && c < 0xCC || ComposedSize(b[at:]) != 0
	}
	return lower(w & (1<<uint(8*at) - 1)), sure
}

// wordOf is up to eight bytes as a number that says all of them. What is read twice says the same.
func wordOf(b []byte) uint64 {
	switch n := len(b); {
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*uint(n-4))
	case n >= 2:
		return uint64(binary.LittleEndian.Uint16(b)) | uint64(binary.LittleEndian.Uint16(b[n-2:]))<<(8*uint(n-2))
	case n == 1:
		return uint64(b[0])
	}
	return 0
}

// hashBytes hashes what is folded already.
func hashBytes(b []byte) uint64 {
	h, _ := hashFolded(b)
	return h
}
