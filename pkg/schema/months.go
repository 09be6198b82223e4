package schema

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// monthOf knows the names of the months in English, German, French, Spanish, Italian, Portuguese and Dutch, whole or
// shortened, in any case. No name means different months in two of them. 0 means that it is none.
func monthOf(word []byte) int {
	var folded [32]byte
	n := 0
	for rest := word; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		switch r = unicode.ToLower(r); r {
		case 'ä':
			r = 'a'
		case 'é', 'è', 'ê':
			r = 'e'
		case 'û':
			r = 'u'
		case 'ç':
			r = 'c'
		}
		if r >= utf8.RuneSelf || n == len(folded) {
			return 0
		}
		folded[n] = byte(r)
		n++
	}
	switch string(folded[:n]) {
	case "jan", "january", "januar", "janner", "janv", "janvier", "ene", "enero", "gen", "gennaio", "janeiro", "januari":
		return 1
	case "feb", "february", "februar", "fev", "fevr", "fevrier", "febrero", "febbraio", "fevereiro", "februari":
		return 2
	case "mar", "march", "marz", "mrz", "maerz", "mars", "marzo", "marco", "maart", "mrt":
		return 3
	case "apr", "april", "avr", "avril", "abr", "abril", "aprile":
		return 4
	case "may", "mai", "mayo", "mag", "maggio", "maio", "mei":
		return 5
	case "jun", "june", "juni", "juin", "junio", "giu", "giugno", "junho":
		return 6
	case "jul", "july", "juli", "juil", "juillet", "julio", "lug", "luglio", "julho":
		return 7
	case "aug", "august", "aou", "aout", "ago", "agosto", "augustus":
		return 8
	case "sep", "sept", "september", "septembre", "septiembre", "setiembre", "set", "settembre", "setembro":
		return 9
	case "oct", "october", "okt", "oktober", "octobre", "octubre", "ott", "ottobre", "out", "outubro":
		return 10
	case "nov", "november", "novembre", "noviembre", "novembro":
		return 11
	case "dec", "december", "dez", "dezember", "decembre", "dic", "diciembre", "dicembre", "dezembro":
		return 12
	}
	return 0
}

// isWeekday knows the English names of the days of the week, as machines write them in front of a date.
func isWeekday(word []byte) bool {
	for _, name := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		if len(word) >= 3 && len(word) <= len(name) && bytes.EqualFold(word, []byte(name[:len(word)])) {
			return true
		}
	}
	return false
}
