package csvio

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Text that is not UTF-8 is in the code page of the system that it was written on. Which one that is only its words can tell: what is a
// letter of Poland in one is a sign in another, and few languages have the same letters beside each other.

// A codepage is one that spreadsheet programs write.
type codepage struct {
	name      string // out of encodingName
	single    *charmap.Charmap
	alphabets []string            // the letters outside ASCII of one language each, small ones
	script    *unicode.RangeTable // or what all letters are of
	double    encoding.Encoding   // or of one byte and two
	scripts   []*unicode.RangeTable
	lead      [2]byte // what most of its characters begin with
}

var (
	western = []string{"äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúü", "àçèéíïòóúü", "áâãàçéêíóôõú", "àèéìíòóùú", "éèëïöü", "åæøéóôâäö", "åäöéüà", "áðéíóúýþæö", "äöõüšž", "ëç", "áéíóöúýäôšž"}
	central = []string{"ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ", "äöüß", "ëç"}
)

// codepages are in the order in which they are taken where several would do.
var codepages = []codepage{
	{name: cp1252Name, single: charmap.Windows1252, alphabets: western},
	{name: "windows-1250", single: charmap.Windows1250, alphabets: central},
	{name: "windows-1254", single: charmap.Windows1254, alphabets: []string{"çğıöşüâîû", "äöüß", "àâæçéèêëîïôœùûüÿ"}},
	{name: "windows-1257", single: charmap.Windows1257, alphabets: []string{"ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž", "ąćęłńóśźż"}},
	{name: "iso-8859-2", single: charmap.ISO8859_2, alphabets: central},
	{name: "macintosh", single: charmap.Macintosh, alphabets: western},
	{name: "windows-1255", single: charmap.Windows1255, script: unicode.Hebrew},
	{name: "windows-1251", single: charmap.Windows1251, script: unicode.Cyrillic},
	{name: "koi8-r", single: charmap.KOI8R, script: unicode.Cyrillic},
	{name: "windows-1253", single: charmap.Windows1253, script: unicode.Greek},
	{name: "windows-1256", single: charmap.Windows1256, script: unicode.Arabic},
	{name: "euc-kr", double: korean.EUCKR, scripts: []*unicode.RangeTable{unicode.Hangul}, lead: [2]byte{0xb0, 0xc8}},
	{name: "gbk", double: simplifiedchinese.GBK, scripts: []*unicode.RangeTable{unicode.Han}, lead: [2]byte{0xb0, 0xf7}},
	{name: "big5", double: traditionalchinese.Big5, scripts: []*unicode.RangeTable{unicode.Han}, lead: [2]byte{0xa4, 0xfe}},
	{name: "shift_jis", double: japanese.ShiftJIS, scripts: []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana}, lead: [2]byte{0x82, 0x9f}},
}

// A legibility says how a word reads in a code page.
type legibility uint8

const (
	legible    legibility = iota
	unusual               // it has letters that no language has beside each other
	impossible            // it has signs beside letters, capitals behind small letters, or bytes that stand for nothing
)

// evidence is how much a word says against a code page.
var evidence = [...]int{legible: 0, unusual: 1, impossible: 3}

// What it takes to turn away from Windows-1252, which most lists that are not UTF-8 are in: so much evidence against it, four times what
// there is against the other, and nine words in ten that are legible in the other.
const (
	leastEvidence = 3
	timesEvidence = 4
)

// foreignWords are those of a text that have bytes outside ASCII: runs of bytes from 0x40 on, among which are all bytes of two-byte characters.
// They are each there once.
type foreignWords map[string]struct{}

const (
	mostWords   = 4096
	longestWord = 64
)

// take takes the words of a sample that are whole in it.
func (w foreignWords) take(b []byte) {
	from, high := 0, false
	for i, c := range b {
		if c >= 0x40 {
			high = high || c >= utf8.RuneSelf
			continue
		}
		if high && from > 0 && i-from > 1 && i-from <= longestWord && len(w) < mostWords {
			w[string(b[from:i])] = struct{}{}
		}
		from, high = i+1, false
	}
}

// codepage finds the code page in which the words read best, and says how certain that is; nil where there are none.
func (w foreignWords) codepage() (page *codepage, sure string) {
	if len(w) == 0 {
		return nil, ""
	}
	all := make([]string, 0, len(w))
	for word := range w {
		all = append(all, word)
	}
	slices.Sort(all)
	how := make([][]legibility, len(codepages))
	good := make([]int, len(codepages))
	for i := range codepages {
		how[i] = make([]legibility, len(all))
		for j, word := range all {
			how[i][j] = codepages[i].read(word)
			if how[i][j] == legible {
				good[i]++
			}
		}
	}
	best := 0
	for i := 1; i < len(codepages); i++ {
		against, still := 0, 0
		for j := range all {
			against += max(0, evidence[how[0][j]]-evidence[how[i][j]])
			still += max(0, evidence[how[i][j]]-evidence[how[0][j]])
		}
		if against >= leastEvidence && against >= timesEvidence*still && good[i]*10 >= len(all)*9 && good[i] > good[best] {
			best = i
		}
	}
	page = &codepages[best]
	if best > 0 {
		return page, "likely: it is not UTF-8, and " + page.unlike(all)
	}
	if odd := len(all) - good[0]; odd > 0 && odd*4 >= len(all) {
		return page, fmt.Sprintf("in doubt: it is not UTF-8, and %d of %d words with letters outside ASCII are odd in it; look at the names, and if they are wrong name the encoding, such as --encoding windows-1250", odd, len(all))
	}
	return page, ""
}

// unlike says by a few letters what makes a code page another than Windows-1252.
func (p *codepage) unlike(all []string) string {
	if p.single == nil {
		return fmt.Sprintf("its words are whole in it: %s", p.scriptName())
	}
	var these, those []string
	var seen [256]bool
	for _, word := range all {
		for i := range len(word) {
			c := word[i]
			if c < utf8.RuneSelf || seen[c] {
				continue
			}
			seen[c] = true
			this, that := p.single.DecodeByte(c), charmap.Windows1252.DecodeByte(c)
			if this != that && unicode.IsLetter(this) && len(these) < 3 {
				if !unicode.IsPrint(that) || that == utf8.RuneError {
					that = '?'
				}
				these, those = append(these, string(this)), append(those, string(that))
			}
		}
	}
	return fmt.Sprintf("what reads %s here would be %s in Windows-1252", strings.Join(these, " "), strings.Join(those, " "))
}

func (p *codepage) scriptName() string {
	switch p.name {
	case "euc-kr":
		return "Hangul"
	case "shift_jis":
		return "Kana and Han characters"
	}
	return "Han characters"
}

// read says how a word reads.
func (p *codepage) read(word string) legibility {
	if p.double != nil {
		return p.readDouble(word)
	}
	worst := legible
	var part []rune
	for i := 0; i <= len(word); i++ {
		r := rune(' ')
		if i < len(word) {
			r = p.single.DecodeByte(word[i])
		}
		if unicode.IsLetter(r) && !isOrdinal(r) || unicode.IsMark(r) && len(part) > 0 {
			part = append(part, r)
			continue
		}
		if i < len(word) && word[i] >= utf8.RuneSelf && !isApostrophe(r) {
			behind := i+1 < len(word) && unicode.IsLetter(p.single.DecodeByte(word[i+1]))
			switch {
			case r == utf8.RuneError || unicode.IsControl(r):
				return impossible
			case isOrdinal(r) || isMark(r): // at the end of a word: Mª, Acme®
				if behind {
					return impossible
				}
			case isPunctuation(r):
				if behind && len(part) > 0 {
					return impossible
				}
			case behind || len(part) > 0:
				return impossible
			}
		}
		worst = max(worst, p.readPart(part))
		part = part[:0]
	}
	return worst
}

// readPart says how letters beside each other read.
func (p *codepage) readPart(part []rune) legibility {
	small, capitals, high := 0, 0, 0
	for i, r := range part {
		foreign := r >= utf8.RuneSelf
		if foreign {
			high++
		}
		strict := foreign || p.script != nil // ASCII has its McDonalds
		switch {
		case unicode.IsUpper(r):
			if strict && (small > 0 || i > 0 && i+1 < len(part) && unicode.IsLower(part[i+1])) { // as in JŸrgen
				return impossible
			}
			capitals++
		case unicode.IsLower(r):
			if strict && capitals > 1 && r != 'ß' {
				return impossible
			}
			small++
		}
	}
	switch {
	case high == 0:
		return legible
	case p.script != nil:
		for _, r := range part {
			if !unicode.Is(p.script, r) && !unicode.IsMark(r) {
				return impossible
			}
		}
		if small > 0 && capitals == 0 {
			return unusual // names begin with a capital where there are any
		}
		return legible
	case part[len(part)-1] == 'õ':
		return unusual // Portugal and Estonia have it within words, and Hungary's ő, which stands there in another code page, at their ends
	}
	for _, alphabet := range p.alphabets {
		if !slices.ContainsFunc(part, func(r rune) bool { return r >= utf8.RuneSelf && !strings.ContainsRune(alphabet, smallOf(r)) }) {
			return legible
		}
	}
	return unusual
}

// smallOf is the small letter of a letter; that of İ is ı here, so that it stays outside ASCII.
func smallOf(r rune) rune {
	if r == 'İ' {
		return 'ı'
	}
	return unicode.ToLower(r)
}

// readDouble says how a word of two-byte characters reads.
func (p *codepage) readDouble(word string) legibility {
	text, err := p.double.NewDecoder().String(word)
	if err != nil {
		return impossible
	}
	found := 0
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
		case !unicode.In(r, p.scripts...):
			return impossible
		default:
			found++
		}
	}
	if found == 0 {
		return impossible
	}
	for i := 0; i < len(word); i++ {
		if c := word[i]; c >= utf8.RuneSelf {
			if c < p.lead[0] || c > p.lead[1] {
				return unusual
			}
			i++
		}
	}
	return legible
}

func isApostrophe(r rune) bool { return r == '’' || r == '‘' || r == '´' }

func isOrdinal(r rune) bool { return r == 'ª' || r == 'º' }

// isMark are the signs that stand behind a word.
func isMark(r rune) bool { return r == '®' || r == '™' || r == '©' || r == '°' }

// isPunctuation are the signs that stand beside a word, and not within one.
func isPunctuation(r rune) bool {
	return unicode.In(r, unicode.Pd, unicode.Pi, unicode.Pf, unicode.Ps, unicode.Zs) || strings.ContainsRune("…•·‚„", r)
}
