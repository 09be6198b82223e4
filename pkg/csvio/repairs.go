package csvio

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// RuleTrim is the repair that takes spaces of every kind off the ends of a cell: blanks, tabs, line breaks, no-break
// spaces and what else Unicode counts as white space, and the invisible marks U+200B, U+200E, U+200F and U+FEFF.
const RuleTrim = "trim"

// RuleQuoteSpace takes away spaces between a quote and a delimiter. It cannot be switched off: the spaces are outside of the
// cell.
const RuleQuoteSpace = "quote-space"

// Rules lists the names of the repairs that are made unless [Options].Off has them.
func Rules() []string {
	return []string{RuleTrim, RuleMerged, RuleExcelText, RuleSerial, RuleDate, RuleMailLink, RuleMailAt, RuleMailDomain, RuleSpaces, RuleNFC}
}

// RulesOnRequest lists the names of the repairs that are made only if [Options].On has them.
func RulesOnRequest() []string { return []string{RulePhoneClean, RulePhoneE164, RuleSmartQuotes} }

// rulesAmong makes a set of names, all of which must be among those known.
func rulesAmong(names, known []string, what string) (map[string]bool, error) {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		if !slices.Contains(known, n) {
			return nil, &InputError{File: "repairs", Message: fmt.Sprintf("there is no repair %q to switch %s", n, what), Hint: "the repairs are " + strings.Join(known, ", ")}
		}
		set[n] = true
	}
	return set, nil
}

// trimmed gives the part of b that is left without the spaces around it.
func trimmed(b []byte) []byte {
	for len(b) > 0 {
		if c := b[0]; c < utf8.RuneSelf {
			if c > ' ' || !isSpace(rune(c)) {
				break
			}
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if !isSpace(r) {
			break
		}
		b = b[n:]
	}
	for len(b) > 0 {
		if c := b[len(b)-1]; c < utf8.RuneSelf {
			if c > ' ' || !isSpace(rune(c)) {
				break
			}
			b = b[:len(b)-1]
			continue
		}
		r, n := utf8.DecodeLastRune(b)
		if !isSpace(r) {
			break
		}
		b = b[:len(b)-n]
	}
	return b
}

// spaces are the characters that RuleTrim takes off: what Unicode counts as white space, and four invisible marks.
const spaces = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" +
	"\u2028\u2029\u202f\u205f\u3000" + "\u200b\u200e\u200f\ufeff"

func isSpace(r rune) bool { return strings.ContainsRune(spaces, r) }

// trimmedLeft is b without the spaces before it.
func trimmedLeft(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if !isSpace(r) {
			break
		}
		b = b[n:]
	}
	return b
}
