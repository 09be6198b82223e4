package schema

import "bytes"

// mail looks at a cell of a mail attribute that the short way did not recognise.
func (in *inspector) mail(i int, cell []byte) {
	cell, ok := in.begin(i, cell)
	if !ok || isPlainMail(cell) {
		return
	}
	if in.c.validate.Var(string(cell), "email") != nil {
		if in.tell(CodeEmailBad, i) {
			in.report(CodeEmailBad, i, quote(cell)+" is not a mail address", mailHint(cell))
		}
		return
	}
	in.characters(i, cell)
}

// mailHint says what to do about a cell that is no mail address.
func mailHint(cell []byte) string {
	switch {
	case bytes.ContainsAny(cell, ";, ") && bytes.Count(cell, []byte("@")) > 1:
		return "keep one address: the record has room for one"
	case bytes.ContainsAny(cell, "<>"):
		return "keep what stands between the angle brackets"
	case !bytes.ContainsRune(cell, '@'):
		return "write it as name@example.com"
	}
	return "write one address as name@example.com, without spaces"
}

// phone looks at a cell of a phone attribute that the short way did not recognise.
func (in *inspector) phone(i int, cell []byte) {
	cell, ok := in.begin(i, cell)
	if !ok {
		return
	}
	switch {
	case isPhoneShaped(cell) && !DamagedPhone(cell): // what people write; the library knows E.164 alone
	case in.c.validate.Var(string(cell), "e164") == nil:
	case DamagedPhone(cell):
		if in.tell(CodePhoneDamaged, i) {
			in.report(CodePhoneDamaged, i, quote(cell)+": the spreadsheet has taken the number for a quantity and may have lost digits", "format the column as text in the spreadsheet and enter the number again")
		}
		return
	default:
		if in.tell(CodePhoneBad, i) {
			in.report(CodePhoneBad, i, quote(cell)+" is not a phone number", "write its digits, best as +<country><number>; where only its signs are unusual, --repair phone-clean takes them away")
		}
		return
	}
	var buf [32]byte
	if isRepeated(appendDigits(buf[:0], cell)) && in.tell(CodePlaceholder, i) {
		in.report(CodePlaceholder, i, quote(cell)+" is one digit over and over, not anybody's number", "enter the number, or leave the cell blank")
	}
}
