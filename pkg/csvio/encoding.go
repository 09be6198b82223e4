package csvio

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The names of the encodings that are found out by themselves. Every other that a browser knows can be given by name.
const (
	utf8Name    = "UTF-8"
	utf16LEName = "UTF-16 LE"
	utf16BEName = "UTF-16 BE"
	cp1252Name  = "Windows-1252"
	latin1Name  = "ISO 8859-1"
)

// encodingName gives the name that this program uses for an encoding that a person names: the usual ones in any spelling,
// and every label of the WHATWG encoding standard. "" stays "", to be guessed.
func encodingName(s string) (string, error) {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(s)) {
	case "":
		return "", nil
	case "utf8", "ascii", "usascii", "utf8sig":
		return utf8Name, nil
	case "utf16", "utf16le", "unicode", "ucs2":
		return utf16LEName, nil
	case "utf16be":
		return utf16BEName, nil
	case "windows1252", "cp1252", "1252", "ansi", "win1252":
		return cp1252Name, nil
	case "iso88591", "latin1", "l1", "88591":
		return latin1Name, nil
	}
	e, err := htmlindex.Get(strings.TrimSpace(s))
	if err != nil {
		return "", fmt.Errorf("encoding %q is not known: want utf-8, utf-16, windows-1252, iso-8859-1 or another name that browsers use", s)
	}
	name, err := htmlindex.Name(e)
	if err != nil {
		return "", fmt.Errorf("encoding %q: %w", s, err)
	}
	return name, nil
}

// codec gives the encoding of a name out of encodingName; nil for UTF-8, which needs none. A byte order mark is always
// understood, and written if mark says so.
func codec(name string, mark bool) (encoding.Encoding, error) {
	policy := unicode.IgnoreBOM
	if mark {
		policy = unicode.UseBOM
	}
	switch name {
	case utf8Name, "":
		return nil, nil
	case utf16LEName:
		return unicode.UTF16(unicode.LittleEndian, policy), nil
	case utf16BEName:
		return unicode.UTF16(unicode.BigEndian, policy), nil
	case cp1252Name:
		return charmap.Windows1252, nil
	case latin1Name:
		return charmap.ISO8859_1, nil
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("encoding %q: %w", name, err)
	}
	return e, nil
}

// A guess is what samples of a text show of its encoding.
type guess struct {
	first     bool   // nothing was looked at, and what comes is the beginning of the text
	mark      string // the encoding that a byte order mark names
	even, odd int    // NUL bytes at even and odd places
	census    census
}

// look looks for a byte order mark and for NUL bytes in what begins at an even place.
func (g *guess) look(b []byte) {
	if g.first {
		g.first = false
		switch {
		case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
			g.mark = utf8Name
		case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
			g.mark = utf16LEName
		case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
			g.mark = utf16BEName
		}
	}
	for i := bytes.IndexByte(b, 0); i >= 0 && i < len(b); i++ {
		if b[i] != 0 {
			continue
		}
		if i%2 == 0 {
			g.even++
		} else {
			g.odd++
		}
	}
}

// encoding says in which encoding the text is, and how certain that is.
func (g *guess) encoding() (name, sure string) {
	if g.mark != "" {
		return g.mark, "certain: it has a byte order mark"
	}
	c := &g.census
	// Text of any script has delimiters and ends of lines, which are half NUL in UTF-16, always on the same side.
	if n := g.even + g.odd; n >= 2 && n*20 >= c.bytes {
		if g.odd*20 >= n*19 {
			return utf16LEName, "nearly certain: every other byte is NUL"
		}
		if g.even*20 >= n*19 {
			return utf16BEName, "nearly certain: every other byte is NUL"
		}
	}
	switch {
	case c.invalid == 0 && c.multi == 0:
		return utf8Name, "certain: all of it is ASCII"
	case c.invalid == 0:
		return utf8Name, "certain: all of it decodes"
	case c.multi >= c.invalid: // what is written in single bytes hardly ever decodes by chance
		return utf8Name, fmt.Sprintf("likely: %d of %d characters outside ASCII decode", c.multi, c.multi+c.invalid)
	}
	page, sure := c.words.codepage()
	switch {
	case page != nil && page.name != cp1252Name:
		return page.name, sure
	case c.odd*2 > c.invalid:
		return utf8Name, fmt.Sprintf("in doubt: %d bytes do not decode, and make no words in Windows-1252 either", c.invalid)
	case sure != "":
		return cp1252Name, sure
	case c.controls > 0:
		return cp1252Name, "likely: it is not UTF-8, and has characters such as € or curly quotes there"
	}
	return cp1252Name, "likely: it is not UTF-8; ISO 8859-1 would read the same"
}

// add adds what samples further down show.
func (g *guess) add(o *guess) {
	g.even += o.even
	g.odd += o.odd
	c := &g.census
	c.bytes += o.census.bytes
	c.multi += o.census.multi
	c.invalid += o.census.invalid
	c.controls += o.census.controls
	c.odd += o.census.odd
	for word := range o.census.words {
		if c.words == nil {
			c.words = make(foreignWords)
		}
		c.words[word] = struct{}{}
	}
}

// A census counts what decides between UTF-8 and an encoding of single bytes.
type census struct {
	bytes    int
	multi    int // characters outside ASCII that are proper UTF-8
	invalid  int // bytes that are not
	controls int // of these, those that are letters or signs in Windows-1252 and controls in ISO 8859-1
	odd      int // of these, those that would be a letter that stands alone in Windows-1252, or nothing at all
	words    foreignWords
}

// take counts a sample. Its first and last character may be cut.
func (c *census) take(b []byte) {
	c.bytes += len(b)
	if utf8.Valid(b) {
		c.multi += countHigh(b)
		return
	}
	if c.words == nil {
		c.words = make(foreignWords)
	}
	c.words.take(b)
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			for i++; len(b)-i >= 8 && binary.LittleEndian.Uint64(b[i:])&highs == 0; {
				i += 8
			}
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			if !utf8.FullRune(b[i:]) {
				return // all that is left is the beginning of one
			}
			if atEdge := i < utf8.UTFMax && !utf8.RuneStart(b[i]) && c.bytes > len(b); !atEdge {
				c.invalid++
				if b[i] < 0xA0 {
					c.controls++
				}
				if isOddSingle(b, i) {
					c.odd++
				}
			}
			i++
			continue
		}
		c.multi++
		i += n
	}
}

// countHigh counts the characters outside ASCII of valid UTF-8, by the bytes that begin one.
func countHigh(b []byte) int {
	n := 0
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		n += bits.OnesCount64(w & (w << 1) & highs)
	}
	for _, c := range b {
		n += int(c >> 7 & (c >> 6))
	}
	return n
}

// isOddSingle reports whether byte i of a text, read as Windows-1252, is no character, or a letter without another beside it. Signs
// such as © may stand alone.
func isOddSingle(b []byte, i int) bool {
	switch b[i] {
	case 0x81, 0x8D, 0x8F, 0x90, 0x9D:
		return true
	}
	at := func(j int) byte {
		if j < 0 || j >= len(b) {
			return 0
		}
		return b[j]
	}
	letter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	beside := func(step int) bool {
		return letter(at(i+step)) || at(i+step) >= 0xC0 && letter(at(i+2*step))
	}
	return b[i] >= 0xC0 && !beside(-1) && !beside(1)
}

// sampling: of a big file 64 places are looked at, of a small one everything.
const (
	wholeSample = 4 << 20
	samplePlace = 32 << 10
	samples     = 64
)

// guess reads the parts of the input that the encoding is guessed from: of a small file both halves at once.
func (s *input) guess() (*guess, error) {
	if s.size > wholeSample {
		g := &guess{first: true}
		return g, s.sample(g, 0, s.size-samplePlace+1, (s.size-samplePlace)/(samples-1)&^1)
	}
	g, behind := &guess{first: true}, &guess{}
	if s.size < 4*samplePlace {
		return g, s.sample(g, 0, s.size, samplePlace)
	}
	half, err := s.halfway()
	if err != nil {
		return nil, err
	}
	var group errgroup.Group
	group.Go(func() error { return s.sample(g, 0, half, samplePlace) })
	group.Go(func() error { return s.sample(behind, half, s.size, samplePlace) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	g.add(behind)
	return g, nil
}

// halfway is an even place in the middle of the input at which no character of UTF-8 is cut.
func (s *input) halfway() (int64, error) {
	half := s.size / 2 &^ 1
	var near [2 * utf8.UTFMax]byte
	n, err := s.file.ReadAt(near[:], half)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read %s: %w", s.name, err)
	}
	for i := 0; i < n; i += 2 {
		if utf8.RuneStart(near[i]) {
			return half + int64(i), nil
		}
	}
	return half, nil
}

// sample takes a piece of the input at every step between two places; where the step is a piece, all that lies between them.
func (s *input) sample(g *guess, from, to, step int64) error {
	buf := make([]byte, utf8.UTFMax+samplePlace)
	cut := 0 // bytes at the beginning of buf of a character whose rest is in the next piece
	for at := from; at < to; at += step {
		piece := int64(samplePlace)
		if step == piece {
			piece = min(piece, to-at)
		}
		n, err := s.file.ReadAt(buf[cut:cut+int(piece)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read %s: %w", s.name, err)
		}
		g.look(buf[cut : cut+n])
		read := buf[:cut+n]
		cut = 0
		if step == samplePlace && at+step < to {
			cut = cutRune(read)
		}
		g.census.take(read[:len(read)-cut])
		copy(buf, read[len(read)-cut:])
	}
	return nil
}

// cutRune is how many bytes at the end of b are the beginning of a character.
func cutRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// decode settles the encoding of the input, given or guessed, and makes it UTF-8 if it is not: by a copy.
func (s *input) decode(ctx context.Context, given string) (name, sure string, err error) {
	name = given
	if name == "" {
		g, err := s.guess()
		if err != nil {
			return "", "", err
		}
		name, sure = g.encoding()
		if g.mark == "" && name != utf16LEName && name != utf16BEName {
			if err := s.certainlyText(); err != nil {
				return "", "", err
			}
		}
	}
	e, err := codec(name, true)
	if err != nil {
		return "", "", err
	}
	var mark [4]byte
	n, err := s.file.ReadAt(mark[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", "", fmt.Errorf("read %s: %w", s.name, err)
	}
	if n == 4 && (mark == [4]byte{0xFF, 0xFE, 0, 0} || mark == [4]byte{0, 0, 0xFE, 0xFF}) {
		return "", "", &InputError{File: s.name, Message: "is UTF-32, which no spreadsheet program writes", Hint: "save it as UTF-8"}
	}
	if e == nil {
		if bytes.HasPrefix(mark[:n], []byte{0xEF, 0xBB, 0xBF}) {
			s.start, s.marked = 3, true
		}
		return name, sure, nil
	}
	s.marked = bytes.HasPrefix(mark[:n], []byte{0xFF, 0xFE}) || bytes.HasPrefix(mark[:n], []byte{0xFE, 0xFF})
	return name, sure, s.recode(ctx, e)
}

// certainlyText refuses what is certainly no text, by its first kilobytes: nearly a third of them are NUL, or one byte in twenty is a
// control character, of many kinds, and much does not decode. A list has one kind of them, as a delimiter or by mishap.
func (s *input) certainlyText() error {
	head := make([]byte, 4<<10)
	n, err := s.file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", s.name, err)
	}
	head = head[:n]
	var kinds [' ']int
	controls, different := 0, 0
	for _, c := range head {
		if c >= ' ' || c >= '\t' && c <= '\r' || c == 0x1b {
			continue
		}
		controls++
		if kinds[c]++; kinds[c] == 1 {
			different++
		}
	}
	nul := kinds[0]
	if n < 64 || nul*10 < n*3 && (different < 8 || controls*20 < n || utf8.Valid(head[:n-cutRune(head)])) {
		return nil
	}
	what := fmt.Sprintf("%d of its first %d bytes are control characters", controls, n)
	if nul*10 >= n*3 {
		what = fmt.Sprintf("%d of its first %d bytes are NUL", nul, n)
	}
	return &InputError{File: s.name, Message: "is no text: " + what, Hint: askForList + "; if it is text all the same, name how it is written, such as --encoding utf-16"}
}

// recode copies the input into UTF-8. What does not decode becomes U+FFFD, and is a finding where it stands.
func (s *input) recode(ctx context.Context, e encoding.Encoding) (err error) {
	out, err := temporary()
	if err != nil {
		return err
	}
	h := sha256.New()
	raw := io.Reader(io.NewSectionReader(s.file, 0, s.size))
	if s.digest == "" {
		raw = io.TeeReader(raw, h)
	}
	n, err := io.Copy(out, transform.NewReader(&cancelable{ctx: ctx, r: raw}, e.NewDecoder()))
	if err == nil {
		err = s.unchanged()
	}
	old := *s
	s.file, s.size, s.copied, s.start = out, n, true, 0
	if s.digest == "" {
		s.digest = hex.EncodeToString(h.Sum(nil))
	}
	s.recoded = true
	if err = errors.Join(err, old.close()); err != nil {
		return fmt.Errorf("decode %s: %w", s.name, err)
	}
	return nil
}

// An encoder writes text for a person in the encoding that their file had.
type encoder struct {
	e encoding.Encoding // nil for UTF-8
}

// fit replaces by "?" what the encoding cannot say: of our own words, and of a person's what stood for nothing in it, which is an error
// of the cell.
func (e encoder) fit(s string) string {
	if e.e == nil {
		return s
	}
	enc := e.e.NewEncoder()
	if _, err := enc.String(s); err == nil {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		enc.Reset()
		if _, err := enc.String(string(r)); err != nil {
			b.WriteByte('?')
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// writer gives a writer of UTF-8 that puts the encoding's bytes on w. It must be closed; w is not.
func (e encoder) writer(w io.Writer) io.WriteCloser {
	if e.e == nil {
		return passing{w}
	}
	return transform.NewWriter(w, e.e.NewEncoder())
}

// passing hands on what it is given.
type passing struct{ io.Writer }

func (passing) Close() error { return nil }
