package csvio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// The repairs of cells besides RuleTrim, in the order in which they are tried. Those marked so are made on request only,
// because a tenant may hold the value unrepaired, and then every record would be updated.
const (
	RuleExcelText   = "excel-text"   // ="0049" and '0049, ways to keep Excel from changing a text, become 0049
	RuleDate        = "date"         // a day in any spelling becomes 2026-12-31; what has a time of day stays
	RuleMailLink    = "mail-link"    // mailto:a@b.c and Ann Lee <a@b.c> become a@b.c
	RuleMailAt      = "mail-at"      // a[at]b[dot]c becomes a@b.c
	RuleMailDomain  = "mail-domain"  // the domain in small letters
	RulePhoneClean  = "phone-clean"  // on request: spaces, brackets, dots and hyphens out, 00 in front becomes +
	RulePhoneE164   = "phone-e164"   // on request: the international form, by the rules of the phone's country
	RuleSpaces      = "spaces"       // no-break and other odd spaces inside a text become plain ones
	RuleSmartQuotes = "smart-quotes" // on request: curly quotes become straight ones
	RuleNFC         = "nfc"          // letters and their accents become single characters (Unicode form NFC)
)

// A care is what the cells of a column can need by their attribute's type.
type care uint8

const (
	careNone care = iota
	careDate
	careMail
	carePhone
	careText
)

func careOf(a schema.Attribute) care {
	switch {
	case a.Type == schema.Date:
		return careDate
	case a.Type == schema.Email || a.TechnicalName == schema.EmailName:
		return careMail
	case a.Type == schema.Phone || a.TechnicalName == schema.PhoneName:
		return carePhone
	}
	return careText
}

// rulesOf gives the repairs that the cells of a column can need.
func rulesOf(c care) []string {
	switch c {
	case careDate:
		return []string{RuleSerial, RuleDate}
	case careMail:
		return []string{RuleMailLink, RuleMailAt, RuleMailDomain}
	case carePhone:
		return []string{RulePhoneClean, RulePhoneE164}
	case careText:
		return []string{RuleSpaces, RuleSmartQuotes, RuleNFC}
	}
	return nil
}

// makes reports whether a repair is made.
func (l *layout) makes(rule string) bool {
	if slices.Contains(RulesOnRequest(), rule) {
		return l.on[rule]
	}
	return !l.off[rule]
}

// settleRepairs works out which repairs are made.
func (l *layout) settleRepairs(s *schema.Schema, o Options) (err error) {
	if l.off, err = rulesAmong(o.Off, Rules(), "off"); err != nil {
		return err
	}
	if l.on, err = rulesAmong(o.On, RulesOnRequest(), "on"); err != nil {
		return err
	}
	l.region = strings.ToUpper(o.PhoneRegion)
	if l.region != "" && !phonenumbers.GetSupportedRegions()[l.region] {
		return &InputError{File: "phones", Message: fmt.Sprintf("%q is no country", o.PhoneRegion), Hint: "write two letters, such as DE, US or GB"}
	}
	l.trim = !l.off[RuleTrim]
	for _, c := range l.columns {
		a, _ := s.Attribute(c.Name)
		l.types = append(l.types, a.Type)
		l.dates = append(l.dates, schema.IsDate(a))
		care := careOf(a)
		if care == careMail {
			l.mails++
		}
		if !slices.ContainsFunc(rulesOf(care), func(rule string) bool { return l.makes(rule) }) {
			care = careNone
		}
		l.cares = append(l.cares, care)
	}
	return nil
}

// mayNeed reports whether a trimmed cell may need more repair. It is asked of many cells, so it looks at as little as it can.
func (l *layout) mayNeed(t int, cell []byte) bool {
	if len(cell) == 0 {
		return false
	}
	if cell[0] == '=' || cell[0] == '\'' {
		return true
	}
	switch l.cares[t] {
	case careDate:
		return !isISODay(cell)
	case careMail:
		return !isPlainMail(cell)
	case carePhone:
		return true
	case careText:
		return l.mayNeedText(cell)
	}
	return false
}

// mayNeedText reports whether a text has an odd space, a curly quote where these are straightened, or is not in form NFC.
func (l *layout) mayNeedText(cell []byte) bool {
	odd := false
	for i := 0; i < len(cell); i++ {
		for len(cell)-i > 8 && binary.LittleEndian.Uint64(cell[i:])&highs == 0 {
			i += 8
		}
		c := cell[i]
		if !l.quick.oddInText[c] && (c != 0xCE || i+1 == len(cell) || cell[i+1] != 0x87) {
			continue
		}
		if size := schema.ComposedSize(cell[i:]); size > 0 {
			i += size - 1
			continue
		}
		// Odd spaces and curly quotes begin so; all other characters are the normal form's business.
		if c == 0xE2 || c == 0xE3 || c == 0xC2 || c >= 0xF8 {
			return true
		}
		odd = true
	}
	return odd && !norm.NFC.IsNormal(cell)
}

// maybeOddText reports whether c begins a character that may be an odd space, a curly quote, or part of a text that is not in form
// NFC. The letters of Latin with their accents, Greek but for U+0387, Cyrillic, Armenian and the Chinese ones never are;
// everything else is looked at closely.
func maybeOddText(c byte) bool {
	return c == 0xC2 || c == 0xCC || c == 0xCD || c >= 0xD6 && c < 0xE4 || c > 0xE9
}

// isPlainMail reports whether a cell of at least eight bytes has nothing in it that a repair of mails could concern: small
// letters, digits, "+-./" and a few more, and a single character of "@_" and their like.
func isPlainMail(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	ats := 0
	for seen := 0; ; {
		x := binary.LittleEndian.Uint64(b)
		at := x >> 1 &^ x & (highs >> 2)          // 0x40 to 0x5f: capitals, brackets, @ and _
		ats += bits.OnesCount64(at >> (8 * seen)) // the bytes that were seen before are the lowest
		low := x & lows
		small := ^x &^ (x << 1) & highs // under 0x40
		odd := ^(low + (0x80-0x2b)*ones) | (low + (0x80-0x3a)*ones) | ^((low ^ ','*ones) + lows)
		if small&odd|(low+(0x80-'{')*ones|x)&highs != 0 {
			return false
		}
		if len(b) == 8 {
			return ats <= 1
		}
		next := min(8, len(b)-8)
		seen = 8 - next
		b = b[next:]
	}
}

// isISODay reports whether a cell begins like 2026-12-31 and ends there or goes on with a T.
func isISODay(b []byte) bool {
	if len(b) != 10 && (len(b) < 10 || b[10] != 'T') {
		return false
	}
	// The first eight bytes at once: less "0000-00-", digits are 0 to 9 and hyphens 0, and adding lifts no byte to 0x80.
	const pattern, room = 0x2d30302d30303030, 0x7f76767f76767676
	x := binary.LittleEndian.Uint64(b) ^ pattern
	return (x|(x+room))&highs == 0 && b[8]-'0' <= 9 && b[9]-'0' <= 9
}

// mend makes the repairs that a trimmed cell needs, beyond its spaces, and records each.
func (l *layout) mend(c *chunk, ref schema.Ref, column, t int, cell []byte) []byte {
	try := func(rule string, f func([]byte) ([]byte, bool)) {
		if !l.makes(rule) {
			return
		}
		if to, ok := f(cell); ok && !bytes.Equal(cell, to) {
			l.repair(c, ref, column, cell, to, rule)
			cell = to
		}
	}
	try(RuleExcelText, excelText)
	switch l.cares[t] {
	case careDate:
		try(RuleSerial, l.serialDay)
		try(RuleDate, func(b []byte) ([]byte, bool) { return isoDay(b, l.columns[t].Dates) })
	case careMail:
		try(RuleMailLink, mailLink)
		try(RuleMailAt, mailAt)
		try(RuleMailDomain, mailDomain)
	case carePhone:
		if schema.DamagedPhone(cell) {
			break // it would look whole
		}
		try(RulePhoneClean, phoneClean)
		try(RulePhoneE164, func(b []byte) ([]byte, bool) { return phoneE164(b, l.region) })
	case careText:
		try(RuleSpaces, plainSpaces)
		try(RuleSmartQuotes, straightQuotes)
		if !norm.NFC.IsNormal(cell) {
			try(RuleNFC, func(b []byte) ([]byte, bool) { return norm.NFC.Bytes(b), utf8.Valid(b) })
		}
	}
	return cell
}

// excelText takes off what people put around a text that looks like a number.
func excelText(b []byte) ([]byte, bool) {
	if rest, ok := bytes.CutPrefix(b, []byte(`="`)); ok {
		if rest, ok = bytes.CutSuffix(rest, []byte(`"`)); ok && !bytes.ContainsAny(bytes.TrimPrefix(trimmed(rest), []byte{'+'}), `"&+`) {
			rest = trimmed(rest)
			if inner, both := excelText(rest); both {
				rest = inner
			}
			return rest, true
		}
	}
	if len(b) > 1 && b[0] == '\'' && (b[1] >= '0' && b[1] <= '9' || b[1] == '+') && bytes.IndexByte(b[1:], '\'') < 0 {
		return b[1:], true
	}
	return nil, false
}

// The serials that are taken for days: 1927 to 2099.
const firstSerial, lastSerial = 10_000, 73_050

// serialDay reads a day as spreadsheet programs count them.
func (l *layout) serialDay(b []byte) ([]byte, bool) {
	whole, fraction, _ := bytes.Cut(b, []byte{'.'})
	if len(whole) != 5 && !(l.from1904 && len(whole) == 4) || len(fraction) > 12 {
		return nil, false
	}
	for _, c := range append(bytes.Clone(whole), fraction...) {
		if c < '0' || c > '9' {
			return nil, false
		}
	}
	serial, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return nil, false
	}
	day := serial
	if l.from1904 {
		day += 1462 // days from 1900 to 1904 as Excel counts them
	}
	if day < firstSerial || day > lastSerial {
		return nil, false
	}
	text, ok := serialText(serial, l.from1904)
	return []byte(text), ok
}

// isoDay rewrites a day without a time.
func isoDay(b []byte, order schema.DateOrder) ([]byte, bool) {
	when, err := schema.ParseDate(b, order, time.UTC)
	if err != nil || when.HasTime {
		return nil, false // a bad date is a finding of the rules
	}
	return []byte(when.Day.String()), true
}

// mailLink takes an address out of what mail programs put around it.
func mailLink(b []byte) ([]byte, bool) {
	s := strings.TrimRight(string(b), " ;,")
	if i := strings.IndexByte(s, '<'); i >= 0 && strings.HasSuffix(s, ">") && strings.Count(s, "<") == 1 {
		s = s[i+1 : len(s)-1]
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	s = strings.TrimSpace(s)
	return []byte(s), isAddress(s)
}

// mailAt undoes what people write against robots.
func mailAt(b []byte) ([]byte, bool) {
	s := string(b)
	for _, pair := range [][2]string{{"at", "@"}, {"dot", "."}, {"@", "@"}} {
		for _, around := range []string{"[]", "()", "{}", "<>"} {
			word := around[:1] + pair[0] + around[1:]
			for {
				i := strings.Index(asciiLower(s), word)
				if i < 0 {
					break
				}
				s = strings.TrimRight(s[:i], " ") + pair[1] + strings.TrimLeft(s[i+len(word):], " ")
			}
		}
	}
	return []byte(s), isAddress(s)
}

// asciiLower writes capitals small and leaves all other bytes where they are.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// mailDomain writes the domain in small letters. What stands before the @ may depend on them, and stays.
func mailDomain(b []byte) ([]byte, bool) {
	i := bytes.LastIndexByte(b, '@')
	if i < 0 || !isAddress(string(b)) {
		return nil, false
	}
	return append(bytes.Clone(b[:i]), asciiLower(string(b[i:]))...), true
}

// isAddress reports whether s has the outline of an address; the rules look closer.
func isAddress(s string) bool {
	at := strings.IndexByte(s, '@')
	return at > 0 && at == strings.LastIndexByte(s, '@') && strings.IndexByte(s[at:], '.') > 1 && !strings.ContainsAny(s, " <>()[]{},;:\"") && !strings.HasSuffix(s, ".")
}

// phoneClean leaves digits and a + in front, if nothing but the usual signs stood between them.
func phoneClean(b []byte) ([]byte, bool) {
	out := make([]byte, 0, len(b))
	for _, r := range string(b) {
		switch {
		case r >= '0' && r <= '9':
			out = append(out, byte(r))
		case r == '+' && len(out) == 0:
			out = append(out, '+')
		case strings.ContainsRune(" ()-./\u00a0\u2010\u2011\u2012\u2013\u202f", r):
		default:
			return nil, false
		}
	}
	if rest, ok := bytes.CutPrefix(out, []byte("00")); ok {
		out = append([]byte("+"), rest...)
	}
	return out, len(out) > 1
}

// phoneE164 writes a phone as the network knows it, if it can be one in its country. region is the country of phones without a
// country's number in front.
func phoneE164(b []byte, region string) ([]byte, bool) {
	n, err := phonenumbers.Parse(string(b), region)
	if err != nil || !phonenumbers.IsValidNumber(n) || n.GetExtension() != "" {
		return nil, false // the rules say what is wrong with it
	}
	return []byte(phonenumbers.Format(n, phonenumbers.E164)), true
}

// plainSpaces replaces the spaces of typesetting inside a text.
func plainSpaces(b []byte) ([]byte, bool) {
	const odd = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
	s := string(b)
	if !strings.ContainsAny(s, odd) || !utf8.Valid(b) {
		return nil, false
	}
	return []byte(strings.Map(func(r rune) rune {
		if strings.ContainsRune(odd, r) {
			return ' '
		}
		return r
	}, s)), true
}

// straightQuotes replaces the quotes of typesetting.
func straightQuotes(b []byte) ([]byte, bool) {
	if !utf8.Valid(b) {
		return nil, false
	}
	return []byte(strings.NewReplacer("‘", "'", "’", "'", "‚", "'", "‛", "'", "“", `"`, "”", `"`, "„", `"`, "‟", `"`).Replace(string(b))), true
}
