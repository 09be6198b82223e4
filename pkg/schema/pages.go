package schema

import "unsafe"

// largePage is the size of a large page of memory where small ones have 4 kB.
const largePage = 2 << 20

// wordsToStay makes n words that are there to stay, and asks the system to bring in large pages of them, where it has any: to bring in one of
// 4 kB after the other takes longer than to write what they are for.
func wordsToStay(n int) []uint64 {
	words := make([]uint64, n)
	advise(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*n))
	return words
}
