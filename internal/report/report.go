// Package report turns what the tool found into text and JSON for people and programs. Everything is a function of an
// io.Writer; the package does not know where the writer goes.
//
// In JSON a document is an object with format_version and kind; a stream is JSON lines, each with a type. Programs that read
// them ignore fields they do not know: an added field raises the minor version, anything else the major one.
package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// FormatVersion is the version of every JSON that this package writes.
const FormatVersion = "1.0"

// number writes a count with separators, as people read it: 20,000.
func number[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	neg := strings.TrimPrefix(s, "-") != s
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if neg {
		return "-" + s
	}
	return s
}

// count is a number and its noun: 1 row, 2 rows.
func count[T int | int64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// plain makes text from somebody's list safe for a terminal: control characters, which could move the cursor or change what
// stands elsewhere on the screen, are shown and not carried out, and so are the marks that turn the direction of text.
func plain(s string) string {
	if strings.IndexFunc(s, unsafeRune) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unsafeRune(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unsafeRune(r rune) bool {
	return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// document writes one JSON document, indented.
func document(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// text buffers lines for a writer, so that a report costs few writes and one check for an error.
func text(w io.Writer, f func(*bufio.Writer)) error {
	b := bufio.NewWriter(w)
	f(b)
	return b.Flush()
}

// textOf is text for what may fail.
func textOf(w io.Writer, f func(*bufio.Writer) error) error {
	b := bufio.NewWriter(w)
	return errors.Join(f(b), b.Flush())
}
