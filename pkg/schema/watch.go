package schema

import (
	"bytes"
	"hash/maphash"
)

// A watch looks out for rows that share a value: it keeps a hash of each row's while the list is read, and says at the end which
// rows may share theirs. Those are then read again and compared, so that no answer rests on a hash.
type watch struct {
	code   string
	column int // where it is reported
	value  func(dst []byte, b *Block, row int) []byte
	rule   *rule // for one of the person's own
	seed   maphash.Seed
	hashes hashes
}

// watches are those that the table has columns for. The first is that of the key.
func (c *Checker) watches() []*watch {
	var all []*watch
	add := func(code string, column int, r *rule, value func(dst []byte, b *Block, row int) []byte) {
		if c.wants(code) {
			all = append(all, &watch{code: code, column: column, rule: r, value: value, seed: maphash.MakeSeed()})
		}
	}
	folded := func(column int) func([]byte, *Block, int) []byte {
		return func(dst []byte, b *Block, row int) []byte { return AppendFolded(dst, b.Cell(row, column)) }
	}
	add(CodeKeyDuplicate, c.key, nil, folded(c.key))
	if c.mail >= 0 && c.mail != c.key {
		add(CodeEmailDuplicate, c.mail, nil, func(dst []byte, b *Block, row int) []byte {
			cell := b.Cell(row, c.mail)
			if bytes.IndexByte(cell, '@') < 0 { // no address, which is said elsewhere
				return dst
			}
			return AppendFolded(dst, cell)
		})
	}
	if c.first >= 0 && c.last >= 0 && c.phone >= 0 {
		add(CodePersonDuplicate, c.key, nil, func(dst []byte, b *Block, row int) []byte {
			from := len(dst)
			dst = c.appendPerson(dst, b, row)
			named := len(dst)
			if named > from+2 {
				if dst = appendDigits(dst, b.Cell(row, c.phone)); len(dst) >= named+6 {
					return dst
				}
			}
			return dst[:from]
		})
	}
	for i := range c.rules {
		if r := &c.rules[i]; r.unique {
			add(r.code, r.column, r, func(dst []byte, b *Block, row int) []byte {
				if cell := trim(b.Cell(row, r.column)); !isClear(cell) {
					dst = AppendFolded(dst, cell)
				}
				return dst
			})
		}
	}
	return all
}

// appendPerson appends the folded names of a row.
func (c *Checker) appendPerson(dst []byte, b *Block, row int) []byte {
	dst = AppendFolded(dst, b.Cell(row, c.first))
	dst = append(dst, 0)
	dst = AppendFolded(dst, b.Cell(row, c.last))
	return append(dst, 0)
}
