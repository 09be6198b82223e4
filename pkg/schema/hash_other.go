//go:build !amd64

package schema

const hasVAES = false

func (b *Block) foldedAtOnce(int, []uint64) bool { return false }

func (b *Block) personsAtOnce(int, int, int, []uint64) bool { return false }

func shortOf([]byte) uint64 { panic("there is no such instruction here") }
