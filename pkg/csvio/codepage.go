package csvio

import (
	"fmt"
	"maps"
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
	says      string  // of these, in words
	lead      [2]byte // what most of its characters begin with
}

var (
	western = []string{"äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúü", "àçèéíïòóúü", "áâãàçéêíóôõú", "àèéìíòóùú", "éèëïöü", "åæøéóôâäö", "åäöéüà", "áðéíóúýþæö", "äöõüšž", "ëç", "áéíóöúýäôšž"}
	central = []string{"ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ", "äöüß", "ëç"}
)

// codepages are in the order in which they are taken where several would do.
var codepages = []codepage{
	{name: cp1252Name, single: charmap.Windows1252, alphabets: western},
	{name: "iso-8859-15", single: charmap.ISO8859_15, alphabets: western},
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
	{name: "euc-kr", double: korean.EUCKR, scripts: []*unicode.RangeTable{unicode.Hangul}, says: "Hangul", lead: [2]byte{0xb0, 0xc8}},
	{name: "gb18030", double: simplifiedchinese.GB18030, scripts: []*unicode.RangeTable{unicode.Han}, says: "Han characters", lead: [2]byte{0xb0, 0xf7}},
	{name: "big5", double: traditionalchinese.Big5, scripts: []*unicode.RangeTable{unicode.Han}, says: "Han characters", lead: [2]byte{0xa4, 0xfe}},
	{name: "shift_jis", double: japanese.ShiftJIS, scripts: []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana}, says: "Kana and Han characters", lead: [2]byte{0x82, 0x9f}},
}

// A legibility says how a word reads in a code page.
type legibility uint8

const (
	legible    legibility = iota
	unusual               // it has letters that no language has beside each other
	impossible            // it has signs beside letters, capitals behind small letters, or bytes that stand for nothing
)

// evidence is how much a word says against a code page, and perLanguage what every language says that is needed to make its words legible:
// a list of one country is rather of that country than of three others.
var evidence = [...]int{legible: 0, unusual: 1, impossible: 3}

const perLanguage = 2

// What it takes to turn away from Windows-1252, which most lists that are not UTF-8 are in: so much evidence against it, four times what
// there is against the other, and nine words in ten that are legible in the other. With fewer words than three that is in doubt.
const (
	leastEvidence = 3
	timesEvidence = 4
	fewWords      = 3
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

// A judgement is how words read in a code page.
type judgement struct {
	how       []legibility
	good      int // words that are legible
	languages int // that these are of, and one more where some are not
}

// cost is all that speaks against a code page.
func (j *judgement) cost() int {
	sum := perLanguage * j.languages
	for _, h := range j.how {
		sum += evidence[h]
	}
	return sum
}

// against is what speaks against a code page and not against another.
func (j *judgement) against(o *judgement) int {
	sum := perLanguage * max(0, j.languages-o.languages)
	for i, h := range j.how {
		sum += max(0, evidence[h]-evidence[o.how[i]])
	}
	return sum
}

// judge reads words in a code page.
func (p *codepage) judge(all []string) *judgement {
	j := &judgement{how: make([]legibility, len(all))}
	languages := make([]uint32, 0, len(all)) // of each legible word
	odd := 0
	for i, word := range all {
		var of uint32
		j.how[i], of = p.read(word)
		switch j.how[i] {
		case legible:
			languages = append(languages, of)
			j.good++
		case unusual:
			odd++
		}
	}
	if p.script != nil && j.good > 0 && j.good*8 >= odd { // small letters alone are prose, where other words begin with capitals
		for i := range j.how {
			if j.how[i] == unusual {
				j.how[i] = legible
			}
		}
		j.good += odd
	}
	if j.good < len(all) {
		j.languages++
	}
	for left := languages; len(left) > 0; j.languages++ { // the language of most, then that of most of the rest
		var counts [32]int
		most := 0
		for _, of := range left {
			for l := range counts {
				if counts[l] += int(of >> l & 1); counts[l] > counts[most] {
					most = l
				}
			}
		}
		if counts[most] == 0 { // they are of any
			break
		}
		left = slices.DeleteFunc(left, func(of uint32) bool { return of == 0 || of>>most&1 == 1 })
	}
	return j
}

// codepage finds the code page in which the words read best, and says how certain that is; nil where there are none.
func (w foreignWords) codepage() (page *codepage, sure string) {
	if len(w) == 0 {
		return nil, ""
	}
	all := slices.Sorted(maps.Keys(w))
	usual := codepages[0].judge(all)
	best, bestCost := 0, usual.cost()
	rival, rivalCost := 0, usual.cost()
	for i := 1; i < len(codepages); i++ {
		j := codepages[i].judge(all)
		against, still := usual.against(j), j.against(usual)
		if j.good*10 < len(all)*9 || against < timesEvidence*still {
			continue
		}
		cost := j.cost()
		if cost < rivalCost && (codepages[i].single == nil || len(codepages[i].letters(all)) > 0) {
			rival, rivalCost = i, cost
		}
		if against >= leastEvidence && cost < bestCost {
			best, bestCost = i, cost
		}
	}
	page = &codepages[best]
	switch unlike := page.unlike(all); {
	case best > 0 && page.differs(all) < fewWords:
		return page, "in doubt: it is not UTF-8, and " + unlike + "; there are too few such words to be sure, so look at the names"
	case best > 0:
		return page, "likely: it is not UTF-8, and " + unlike
	case rival > 0:
		other := &codepages[rival]
		return page, fmt.Sprintf("in doubt: it is not UTF-8, and %s; look at the names, and if they are wrong say --encoding %s", other.unlike(all), other.name)
	}
	if odd := len(all) - usual.good; odd > 0 && odd*4 >= len(all) {
		return page, fmt.Sprintf("in doubt: it is not UTF-8, and %d of %d words with letters outside ASCII are odd in it; look at the names, and if they are wrong name the encoding with --encoding", odd, len(all))
	}
	return page, ""
}

// differs is how many words do not read the same in a code page and in Windows-1252.
func (p *codepage) differs(all []string) int {
	n := 0
	for _, word := range all {
		if p.single == nil || p.decode(word) != codepages[0].decode(word) {
			n++
		}
	}
	return n
}

// decode is a word in a code page of single bytes.
func (p *codepage) decode(word string) string {
	var b strings.Builder
	for i := range len(word) {
		b.WriteRune(p.single.DecodeByte(word[i]))
	}
	return b.String()
}

// unlike says by a few letters what makes a code page another than Windows-1252.
func (p *codepage) unlike(all []string) string {
	if p.single == nil {
		return fmt.Sprintf("its words are whole in %s: %s", p.name, p.says)
	}
	letters := p.letters(all)
	if len(letters) == 0 {
		return "its words are whole in " + p.name
	}
	var these, those []string
	for _, c := range letters[:min(len(letters), 3)] {
		that := charmap.Windows1252.DecodeByte(c)
		if !unicode.IsPrint(that) || that == utf8.RuneError {
			that = '?'
		}
		these, those = append(these, string(p.single.DecodeByte(c))), append(those, string(that))
	}
	return fmt.Sprintf("what %s reads as %s would be %s in Windows-1252", p.name, strings.Join(these, " "), strings.Join(those, " "))
}

// letters are the bytes of words that are letters in a code page, and something else in Windows-1252.
func (p *codepage) letters(all []string) (found []byte) {
	for _, word := range all {
		for i := range len(word) {
			c := word[i]
			this := p.single.DecodeByte(c)
			if c >= utf8.RuneSelf && unicode.IsLetter(this) && this != charmap.Windows1252.DecodeByte(c) && !slices.Contains(found, c) {
				found = append(found, c)
			}
		}
	}
	return found
}

// read says how a word reads, and if it is legible of which languages it may be, by their places among the alphabets; of any, if none is
// said.
func (p *codepage) read(word string) (legibility, uint32) {
	if p.double != nil {
		return p.readDouble(word), 1
	}
	worst, languages := legible, ^uint32(0)
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
				return impossible, 0
			case isOrdinal(r) || isMark(r): // at the end of a word: Mª, Acme®
				if behind {
					return impossible, 0
				}
			case isPunctuation(r):
				if behind && len(part) > 0 {
					return impossible, 0
				}
			case r == '¡' || r == '¿':
				if len(part) > 0 {
					return impossible, 0
				}
			case behind || len(part) > 0:
				return impossible, 0
			}
		}
		how, of := p.readPart(part)
		worst, languages = max(worst, how), languages&of
		part = part[:0]
	}
	switch {
	case languages == ^uint32(0):
		languages = 0 // it has no letters that say so
	case languages == 0:
		worst = max(worst, unusual)
	}
	return worst, languages
}

// readPart says how letters beside each other read.
func (p *codepage) readPart(part []rune) (legibility, uint32) {
	small, capitals, high := 0, 0, 0
	for i, r := range part {
		foreign := r >= utf8.RuneSelf
		if foreign {
			high++
		}
		strict := foreign || p.script != nil // ASCII has its McDonalds
		switch {
		case r == 'ß': // beside capitals too
		case unicode.IsUpper(r):
			if strict && (small > 0 || i > 0 && i+1 < len(part) && unicode.IsLower(part[i+1]) && part[i+1] != 'ß') { // as in JŸrgen
				return impossible, 0
			}
			capitals++
		case unicode.IsLower(r):
			if strict && capitals > 1 {
				return impossible, 0
			}
			small++
		}
	}
	switch {
	case high == 0:
		return legible, ^uint32(0)
	case p.script != nil:
		for _, r := range part {
			if !unicode.Is(p.script, r) && !unicode.IsMark(r) {
				return impossible, 0
			}
		}
		if small > 0 && capitals == 0 || p.single == charmap.KOI8R && small == 0 {
			return unusual, 0 // names begin with a capital where there are any; and what is all capitals there is all small elsewhere
		}
		return legible, 1
	case smallOf(part[0]) == 'ð', part[len(part)-1] == 'õ':
		return unusual, 0 // no word begins or ends so where these are letters; the letters of other code pages in their place do
	}
	var languages uint32
	for l, alphabet := range p.alphabets {
		if !slices.ContainsFunc(part, func(r rune) bool { return r >= utf8.RuneSelf && !strings.ContainsRune(alphabet, smallOf(r)) }) {
			languages |= 1 << l
		}
	}
	if languages == 0 {
		return unusual, 0
	}
	return legible, languages
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
		case unicode.IsLetter(r) && r < utf8.RuneSelf:
			return impossible // what is of one byte stands beside no such character
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
