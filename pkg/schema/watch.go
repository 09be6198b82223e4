package schema

import "bytes"

// A watch looks out for rows that share a value: it keeps a hash of each row's while the list is read, and says at the end which
// rows may share theirs. Those are then read again and compared, so that no answer rests on a hash.
type watch struct {
	code   string
	column int // where it is reported
	hashes hashes

	// hash gives for each row of a block the hash of its value, 0 if it has none; rows with the same value have the same. buf is room to
	// work in.
	hash func(b *Block, of []uint64, buf *[]byte)
	// value appends what is compared once rows are suspected; nothing, if the row has none.
	value func(dst []byte, b *Block, row int) []byte
	rule  *rule // for one of the person's own
}

// watches are those that the table has columns for.
func (c *Checker) watches() []*watch {
	var all []*watch
	add := func(w *watch) {
		if c.wants(w.code) {
			all = append(all, w)
		}
	}
	add(c.watchColumn(CodeKeyDuplicate, c.key, nil))
	if c.mail >= 0 && c.mail != c.key {
		add(c.watchMail())
	}
	if c.first >= 0 && c.last >= 0 && c.phone >= 0 {
		add(c.watchPerson())
	}
	for i := range c.rules {
		if r := &c.rules[i]; r.unique {
			add(c.watchColumn(r.code, r.column, r))
		}
	}
	return all
}

// watchColumn watches one column as account names are compared.
func (c *Checker) watchColumn(code string, column int, r *rule) *watch {
	return &watch{
		code: code, column: column, rule: r,
		hash: func(b *Block, of []uint64, buf *[]byte) {
			hashColumn(b, column, of, buf)
			if r == nil {
				return
			}
			for row := range of {
				if isClear(b.trimmed(row, column)) {
					of[row] = 0
				}
			}
		},
		value: func(dst []byte, b *Block, row int) []byte {
			if cell := trim(b.Cell(row, column)); r == nil || !isClear(cell) {
				dst = AppendFolded(dst, cell)
			}
			return dst
		},
	}
}

// hashColumn hashes the cells of a column folded; 0 of those that are blank.
func hashColumn(b *Block, column int, of []uint64, buf *[]byte) {
	done := b.foldedAtOnce(column, of)
	for row := range of {
		if done && of[row] != hashApart {
			continue
		}
		of[row] = 0
		if cell := b.trimmed(row, column); len(cell) > 0 {
			of[row] = foldedOf(cell, buf)
		}
	}
}

// watchMail watches the mail addresses. What is none is left out: that is said of the cell itself.
func (c *Checker) watchMail() *watch {
	column := c.mail
	return &watch{
		code: CodeEmailDuplicate, column: column,
		hash: func(b *Block, of []uint64, buf *[]byte) { hashColumn(b, column, of, buf) },
		value: func(dst []byte, b *Block, row int) []byte {
			if cell := b.Cell(row, column); bytes.IndexByte(cell, '@') >= 0 {
				dst = AppendFolded(dst, cell)
			}
			return dst
		},
	}
}

// fewestDigits are those without which a phone number does not tell people apart.
const fewestDigits = 6

// watchPerson watches both names and the digits of the phone number together.
func (c *Checker) watchPerson() *watch {
	return &watch{
		code: CodePersonDuplicate, column: c.key,
		hash: func(b *Block, of []uint64, buf *[]byte) {
			done := b.personsAtOnce(c.phone, c.first, c.last, of)
			for row := range of {
				if done && of[row] != hashApart {
					continue
				}
				of[row] = 0
				phone := b.Cell(row, c.phone)
				first, last := beginning(b.trimmed(row, c.first), buf), beginning(b.trimmed(row, c.last), buf)
				if isPlainPhone(phone) {
					phone = phone[1:]
				} else {
					*buf = appendDigits((*buf)[:0], phone)
					phone = *buf
				}
				if len(phone) >= fewestDigits {
					of[row] = personOf(phone, first, last)
				}
			}
		},
		value: func(dst []byte, b *Block, row int) []byte {
			from := len(dst)
			dst = c.appendPerson(dst, b, row)
			named := len(dst)
			if named > from+2 {
				if dst = appendDigits(dst, b.Cell(row, c.phone)); len(dst) >= named+fewestDigits {
					return dst
				}
			}
			return dst[:from]
		},
	}
}

// appendPerson appends the folded names of a row.
func (c *Checker) appendPerson(dst []byte, b *Block, row int) []byte {
	dst = AppendFolded(dst, b.Cell(row, c.first))
	dst = append(dst, 0)
	dst = AppendFolded(dst, b.Cell(row, c.last))
	return append(dst, 0)
}
