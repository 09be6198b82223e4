// Package pages makes memory for much that is there to stay and has no pointers in it.
package pages

import "unsafe"

// large is the size of a large page where small ones have 4 kB.
const large = 2 << 20

// Words makes n words, as make does, and asks the system to bring in large pages of them, where it has any: to bring in one of 4 kB after the
// other takes longer than to write what they are for.
func Words(n int) []uint64 {
	words := make([]uint64, n)
	advise(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*n))
	return words
}
