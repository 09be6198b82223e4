//go:build !amd64

package schema

func (q *quickColumn) lookedAt(b *Block, found []int32) []int32 { return q.lookedAtInTurn(b, found) }

func oddPhones(b *Block, column int, found []int32) []int32 { return oddPhonesInTurn(b, column, found) }
