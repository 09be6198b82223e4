package schema

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// text looks at a cell of a text or identity attribute that the short way did not recognise.
func (in *inspector) text(i int, cell []byte) {
	cell, ok := in.begin(i, cell)
	if !ok {
		return
	}
	in.characters(i, cell)
	if (i == in.c.first || i == in.c.last) && hasLostLetter(cell) && in.tell(CodeTextMojibake, i) {
		in.report(CodeTextMojibake, i, quote(cell)+" has a question mark where a letter seems to be lost", "type the name again, and save the list as UTF-8: the encoding that it was saved in does not have the letter")
	}
	if isPlaceholder(cell) && in.tell(CodePlaceholder, i) {
		in.report(CodePlaceholder, i, quote(cell)+" looks like a placeholder, not a value", "enter the value, or leave the cell blank")
	}
	if isFormula(cell) && in.tell(CodeTextFormula, i) {
		in.report(CodeTextFormula, i, quote(cell)+" begins like a formula, and a spreadsheet that opens a list with it will run it", "remove the sign in front, unless it belongs to the value")
	}
	if in.c.columns[i].namesSomeone && isQuantity(cell) && in.tell(CodeTextDamaged, i) {
		in.report(CodeTextDamaged, i, quote(cell)+": the spreadsheet has taken the name for a quantity and lost digits", "format the column as text in the spreadsheet and enter the value again")
	}
	if most := in.c.maxLength; most >= 0 && len(cell) > most && utf8.RuneCount(cell) > most && in.tell(CodeTextLong, i) {
		in.report(CodeTextLong, i, fmt.Sprintf("%s has %d characters, more than %d", quote(cell), utf8.RuneCount(cell), most), "shorten it: the service documents no limit, and what is too long for it may be refused or cut")
	}
}

// characters looks for characters that no value should hold.
func (in *inspector) characters(i int, cell []byte) {
	if isPrintable(cell) {
		return
	}
	control, breaks, hidden, garbled := false, false, false, false
	var before rune
	for at := 0; at < len(cell); {
		r, size := utf8.DecodeRune(cell[at:])
		at += size
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			breaks = true
		case unicode.IsControl(r):
			control = true
		case isInvisible(r):
			hidden = true
		case r == utf8.RuneError:
			garbled = true
		}
		garbled = garbled || isGarbled(before, r)
		before = r
	}
	if breaks && i == in.c.key {
		breaks, control = false, true
	}
	if control && in.tell(CodeTextControl, i) {
		in.report(CodeTextControl, i, quote(cell)+" holds a control character, which cannot be seen", "delete the cell and type its text anew")
	}
	if breaks && in.tell(CodeTextNewline, i) {
		in.report(CodeTextNewline, i, quote(cell)+" has a line break or a tab inside", "write it on one line, unless it is meant so")
	}
	if hidden && in.tell(CodeTextInvisible, i) {
		in.report(CodeTextInvisible, i, quote(cell)+" holds a character that cannot be seen, such as a zero-width space", "delete the cell and type its text anew")
	}
	if garbled && in.tell(CodeTextMojibake, i) {
		in.report(CodeTextMojibake, i, quote(cell)+" looks garbled: its letters were read in another encoding than they were written in", "correct it where it comes from, or say how the list is encoded with --encoding")
	}
}

// isInvisible knows the format characters that come in by copying and that no name needs. The joiners U+200C and U+200D
// are not among them: Persian and Indic names are written with them.
func isInvisible(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u200b', r == '\u200e', r == '\u200f', r == '\ufeff':
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u2064', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}

// isGarbled knows the pairs that UTF-8 leaves where it was read as Windows-1252 or Latin 1: the lead byte of a two-byte letter
// became Ã, Â, Ä or Å, and the byte after it one of the signs of the upper half, which no language puts there.
func isGarbled(before, r rune) bool {
	switch before {
	case 'Ã', 'Â':
		return r >= 0x80 && r <= 0xbf || isWindowsSign(r)
	case 'Ä', 'Å':
		return r >= 0xa1 && r <= 0xbf && r != 'ª' && r != 'º' || isWindowsSign(r)
	case 'â':
		return r == '€' || r >= 0x80 && r <= 0x9f
	}
	return false
}

// isWindowsSign says whether Windows-1252 has the rune among 0x80 to 0x9f, quotation marks and dashes left out: those do
// follow a capital at the end of a word.
func isWindowsSign(r rune) bool {
	switch r {
	case '€', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 'Ž', '˜', '™', 'š', '›', 'œ', 'ž', 'Ÿ':
		return true
	}
	return false
}

// isFormula says whether a spreadsheet program would run a cell. Signed numbers, and phone numbers with their plus sign, are
// not formulas.
func isFormula(cell []byte) bool {
	switch cell[0] {
	case '=':
		return len(cell) > 1
	case '@':
		return len(cell) > 1
	case '+', '-':
		for _, c := range cell[1:] {
			if c-'0' > 9 && c != ' ' && c != '.' && c != ',' && c != '-' && c != '(' && c != ')' && c != '/' {
				return true
			}
		}
	}
	return false
}

// isErrorCell knows what spreadsheet programs show where a formula has no value.
func isErrorCell(cell []byte) bool {
	if cell[0] != '#' || len(cell) < 4 || len(cell) > 16 {
		return false
	}
	switch string(cell) {
	case "#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!", "#BLOCKED!":
		return true
	}
	for _, c := range cell {
		if c != '#' {
			return false
		}
	}
	return true
}

// mayBeQuantity is a cheap look at what isQuantity then settles: a number in scientific notation starts with a digit.
func mayBeQuantity(cell []byte) bool {
	return cell[0]-'0' <= 9 && len(cell) >= 5 && (cell[1] == '.' || cell[1] == ',' || cell[1]|0x20 == 'e')
}

// isQuantity recognises a number in scientific notation as spreadsheet programs write it: 1.23457E+11.
func isQuantity(cell []byte) bool {
	last := len(cell) - 1
	return mayBeQuantity(cell) && cell[last]-'0' <= 9 && DamagedPhone(cell)
}

// hasLostLetter knows what saving in an encoding without a letter makes of a name: Ay?e. A question mark stands for it beside a letter.
func hasLostLetter(cell []byte) bool {
	letter := func(at int) bool {
		return at >= 0 && at < len(cell) && (cell[at]|0x20-'a' <= 'z'-'a' || cell[at] >= 0x80)
	}
	for i, c := range cell {
		if c == '?' && (letter(i-1) && letter(i+1) || i == 0 && letter(1)) {
			return true
		}
	}
	return false
}
