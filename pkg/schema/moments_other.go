//go:build !amd64

package schema

func (b *Block) momentsAtOnce(int, []Moment, int) bool { return false }

const hasVBMI = false
