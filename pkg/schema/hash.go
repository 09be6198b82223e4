package schema

import (
	"encoding/binary"
	"math/bits"
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
func hashFolded(seed uint64, b []byte) (hash uint64, ascii bool) {
	h := mix(seed, uint64(len(b)))
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

// hashTrimmed hashes a trimmed cell as account names and people are matched. buf is room to work in.
func hashTrimmed(seed uint64, cell []byte, buf *[]byte) uint64 {
	h, ascii := hashFolded(seed, cell)
	if !ascii {
		*buf = appendFoldedRunes((*buf)[:0], cell)
		h = hashBytes(seed, *buf)
	}
	return h
}

// beginning is the first eight bytes of a trimmed cell as people are matched: with a phone number they tell people apart, and of most cells
// they are had without folding the rest. A letter of ASCII may be composed with what follows it, so the byte behind counts too.
func beginning(cell []byte, buf *[]byte) uint64 {
	var w uint64
	if len(cell) > 8 {
		if w = binary.LittleEndian.Uint64(cell); w&highBits == 0 && cell[8] < 0x80 {
			return lower(w)
		}
	} else if w = wordOf(cell); w&highBits == 0 {
		return lower(w)
	}
	*buf = appendFoldedRunes((*buf)[:0], cell)
	return wordOf((*buf)[:min(len(*buf), 8)])
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
func hashBytes(seed uint64, b []byte) uint64 {
	h, _ := hashFolded(seed, b)
	return h
}
