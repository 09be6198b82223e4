package csvio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// An xmlScanner takes the parts of a workbook apart, whose XML is plain: elements, attributes, text. It takes what encoding/xml
// takes of such XML and refuses what that refuses; a fuzz test holds it to that. What it gives out is valid until the next call.
type xmlScanner struct {
	r     io.Reader
	buf   []byte
	pos   int
	ended bool // r has no more

	name  []byte // of an element, without its prefix
	attrs []xmlAttr
	text  []byte
	empty bool // the element that was just begun ends at once

	plain []byte // texts with entities undone
}

type xmlAttr struct{ name, value []byte }

type xmlToken uint8

const (
	xmlStart xmlToken = iota
	xmlEnd
	xmlText
)

// xmlMost is how long a tag or a text may be. A cell has 32,767 characters at most.
const xmlMost = 16 << 20

func newXMLScanner(r io.Reader) *xmlScanner { return &xmlScanner{r: r, buf: make([]byte, 0, 64<<10)} }

// next gives the next token; io.EOF at the end.
func (x *xmlScanner) next() (xmlToken, error) {
	if x.empty {
		x.empty = false
		return xmlEnd, nil
	}
	for {
		if err := x.need(1); err != nil {
			return 0, err
		}
		if x.buf[x.pos] != '<' {
			return xmlText, x.takeText()
		}
		if err := x.need(2); err != nil {
			return 0, unexpected(err)
		}
		switch x.buf[x.pos+1] {
		case '/':
			inside, err := x.upTo(2, ">")
			if err != nil {
				return 0, err
			}
			x.name, err = localName(bytes.TrimRight(inside, " \t\r\n"))
			return xmlEnd, err
		case '?':
			inside, err := x.upTo(2, "?>")
			if err != nil {
				return 0, err
			}
			if err := checkDeclared(inside); err != nil {
				return 0, err
			}
		case '!':
			taken, err := x.takeMarked()
			if err != nil || taken {
				return xmlText, err
			}
		default:
			return xmlStart, x.takeStart()
		}
	}
}

// need makes n bytes from pos on available. It returns io.EOF if there are none at all.
func (x *xmlScanner) need(n int) error {
	for len(x.buf)-x.pos < n {
		if x.ended {
			if x.pos == len(x.buf) {
				return io.EOF
			}
			return io.ErrUnexpectedEOF
		}
		if err := x.fill(); err != nil {
			return err
		}
	}
	return nil
}

func (x *xmlScanner) fill() error {
	if x.pos > 0 {
		x.buf = x.buf[:copy(x.buf, x.buf[x.pos:])]
		x.pos = 0
	}
	if len(x.buf) == cap(x.buf) {
		if len(x.buf) > xmlMost {
			return fmt.Errorf("a text or tag of more than %d MB", xmlMost>>20)
		}
		x.buf = append(x.buf, 0)[:len(x.buf)]
	}
	n, err := x.r.Read(x.buf[len(x.buf):cap(x.buf)])
	x.buf = x.buf[:len(x.buf)+n]
	if errors.Is(err, io.EOF) {
		x.ended = true
		return nil
	}
	return err
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// upTo gives what stands between the first skip bytes from pos on and the next mark, and moves behind the mark.
func (x *xmlScanner) upTo(skip int, mark string) ([]byte, error) {
	for from := skip; ; {
		if err := x.need(skip); err != nil {
			return nil, unexpected(err)
		}
		rest := x.buf[x.pos:]
		if from < len(rest) {
			if i := bytes.Index(rest[from:], []byte(mark)); i >= 0 {
				x.pos += from + i + len(mark)
				return rest[skip : from+i], nil
			}
			from = max(skip, len(rest)-len(mark)+1)
		}
		if x.ended {
			return nil, io.ErrUnexpectedEOF
		}
		if err := x.fill(); err != nil {
			return nil, err
		}
	}
}

// takeText takes the text before the next tag.
func (x *xmlScanner) takeText() error {
	for from := 0; ; {
		rest := x.buf[x.pos:]
		if i := bytes.IndexByte(rest[from:], '<'); i >= 0 {
			rest = rest[:from+i]
		} else if !x.ended {
			from = len(rest)
			if err := x.fill(); err != nil {
				return err
			}
			continue
		}
		x.pos += len(rest)
		if bytes.Contains(rest, []byte("]]>")) {
			return errors.New("]]> stands in a text")
		}
		text, err := x.undo(rest)
		x.text = text
		return err
	}
}

// takeMarked takes what begins with <!: a comment, or a text in CDATA, for which taken is true.
func (x *xmlScanner) takeMarked() (taken bool, err error) {
	for _, kind := range []struct{ begin, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}} {
		if err := x.need(len(kind.begin)); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return false, err
		}
		if !bytes.HasPrefix(x.buf[x.pos:], []byte(kind.begin)) {
			continue
		}
		inside, err := x.upTo(len(kind.begin), kind.end)
		if err != nil || kind.end == "-->" {
			if bytes.Contains(inside, []byte("--")) {
				return false, errors.New("-- stands in a comment")
			}
			return false, err
		}
		x.text, err = lines(inside), allowed(inside)
		return true, err
	}
	return false, errors.New("a document type, which no workbook has")
}

// takeStart takes the beginning of an element.
func (x *xmlScanner) takeStart() error {
	end := 0
	for from, quote := 1, byte(0); end == 0; {
		rest := x.buf[x.pos:]
		for ; from < len(rest) && end == 0; from++ {
			switch c := rest[from]; {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '>':
				end = from
			}
		}
		if end == 0 {
			if x.ended {
				return io.ErrUnexpectedEOF
			}
			if err := x.fill(); err != nil {
				return err
			}
		}
	}
	tag := x.buf[x.pos+1 : x.pos+end]
	x.pos += end + 1
	x.attrs = x.attrs[:0]
	if n := len(tag); n > 0 && tag[n-1] == '/' {
		x.empty = true
		tag = tag[:n-1]
	}
	name, rest := cutName(tag)
	var err error
	if x.name, err = localName(name); err != nil {
		return err
	}
	for {
		if rest = bytes.TrimLeft(rest, " \t\r\n"); len(rest) == 0 {
			return nil
		}
		name, after := cutName(rest)
		after = bytes.TrimLeft(after, " \t\r\n")
		if len(after) == 0 || after[0] != '=' {
			return errors.New("an attribute has no value")
		}
		after = bytes.TrimLeft(after[1:], " \t\r\n")
		if len(after) == 0 || after[0] != '"' && after[0] != '\'' {
			return errors.New("an attribute's value is not in quotes")
		}
		i := bytes.IndexByte(after[1:], after[0])
		if i < 0 {
			return io.ErrUnexpectedEOF
		}
		value := after[1 : 1+i]
		rest = after[i+2:]
		if bytes.IndexByte(value, '<') >= 0 {
			return errors.New("< stands in an attribute")
		}
		if bytes.IndexByte(value, '&') >= 0 {
			undone, err := x.undo(value)
			if err != nil {
				return err
			}
			value = bytes.Clone(undone)
		} else if err := allowed(value); err != nil {
			return err
		}
		if name, err = localName(name); err != nil {
			return err
		}
		x.attrs = append(x.attrs, xmlAttr{name, value})
	}
}

// cutName parts a name from what follows it.
func cutName(b []byte) (name, rest []byte) {
	for i, c := range b {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == ':' || c == '-' || c == '.' || c >= utf8.RuneSelf {
			continue
		}
		return b[:i], b[i:]
	}
	return b, nil
}

// localName is a name without its prefix.
func localName(name []byte) ([]byte, error) {
	if inside, rest := cutName(name); len(inside) == 0 || len(rest) > 0 || !utf8.Valid(inside) {
		return nil, fmt.Errorf("%q is no name of an element or attribute", name)
	}
	if i := bytes.IndexByte(name, ':'); i > 0 && i < len(name)-1 {
		name = name[i+1:]
	}
	return name, nil
}

// undo gives a text with its entities undone, and its ends of lines as XML has them.
func (x *xmlScanner) undo(text []byte) ([]byte, error) {
	if err := allowed(text); err != nil {
		return nil, err
	}
	text = lines(text)
	if bytes.IndexByte(text, '&') < 0 {
		return text, nil
	}
	x.plain = x.plain[:0]
	for {
		before, after, found := bytes.Cut(text, []byte("&"))
		x.plain = append(x.plain, before...)
		if !found {
			return x.plain, nil
		}
		entity, rest, closed := bytes.Cut(after, []byte(";"))
		r, ok := entityRune(entity)
		if !closed || !ok {
			return nil, errors.New("an & begins nothing that XML knows")
		}
		x.plain = utf8.AppendRune(x.plain, r)
		text = rest
	}
}

func entityRune(entity []byte) (rune, bool) {
	switch string(entity) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "apos":
		return '\'', true
	case "quot":
		return '"', true
	}
	digits, base := bytes.TrimPrefix(entity, []byte("#")), 10
	if len(digits) == len(entity) {
		return 0, false
	}
	if hex, ok := bytes.CutPrefix(digits, []byte("x")); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, false
	}
	r := rune(n)
	if r >= 0xD800 && r <= 0xDFFF {
		r = utf8.RuneError // half of a character, as encoding/xml reads it
	}
	return r, allowedRune(r)
}

// allowed refuses what no XML has: bytes that are not UTF-8, and control characters.
func allowed(text []byte) error {
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < utf8.RuneSelf || c == '\n' || c == '\t' || c == '\r' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return errors.New("it has bytes that are not UTF-8")
		}
		if !allowedRune(r) {
			return fmt.Errorf("it has the character %U", r)
		}
		i += n
	}
	return nil
}

func allowedRune(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// lines makes every end of a line LF, in place.
func lines(text []byte) []byte {
	if bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	out := text[:0]
	for i, c := range text {
		if c == '\r' {
			if i+1 < len(text) && text[i+1] == '\n' {
				continue
			}
			c = '\n'
		}
		out = append(out, c)
	}
	return out
}

// checkDeclared refuses a declaration of an encoding that is not UTF-8.
func checkDeclared(instruction []byte) error {
	if !bytes.HasPrefix(instruction, []byte("xml")) {
		return nil
	}
	_, value, found := bytes.Cut(instruction, []byte("encoding="))
	if !found || len(value) < 2 {
		return nil
	}
	value, _, _ = bytes.Cut(value[1:], value[:1])
	if !bytes.EqualFold(value, []byte("utf-8")) {
		return fmt.Errorf("it is written in %s, and workbooks are written in UTF-8", value)
	}
	return nil
}
