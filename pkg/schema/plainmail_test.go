package schema

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// isPlainMailBytewise is isPlainMail as one reads it: byte by byte.
func isPlainMailBytewise(b string) bool {
	local, domain, ok := strings.Cut(b, "@")
	if !ok || len(b) < 6 || len(b) > 64 || local == "" || strings.HasPrefix(b, ".") || strings.HasSuffix(local, ".") || strings.Contains(b, "..") {
		return false
	}
	alnum := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' }
	for i := range len(local) {
		if !alnum(local[i]) && strings.IndexByte("._+-", local[i]) < 0 {
			return false
		}
	}
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") && label != labels[len(labels)-1] {
			return false
		}
		for i := range len(label) {
			if !alnum(label[i]) && label[i] != '-' {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(last) >= 2 && strings.Trim(strings.ToLower(last), "abcdefghijklmnopqrstuvwxyz") == ""
}

func TestPlainMailIsWhatItSays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.OneOf(
			rapid.StringOfN(rapid.SampledFrom([]rune("abzAZ09.@-_+ é\x00\x7f~{[`^/:")), 0, 20, -1),
			rapid.StringMatching(`[a-z.]{1,6}(-|_|\+|\.)?[a-z0-9]{1,50}@[a-z-]{1,5}\.[a-z.-]{0,4}[a-zA-Z]{0,3}[0-9]?`),
		).Draw(r, "mail")
		if got, want := isPlainMail([]byte(s)), isPlainMailBytewise(s); got != want {
			r.Errorf("isPlainMail(%q) = %t, want %t", s, got, want)
		}
		text := append([]byte("x@y.zz"+s), strings.Repeat("@", rapid.IntRange(0, 80).Draw(r, "behind"))...)
		plain, small := PlainMail(text, Span{Off: 6, Len: uint32(len(s))})
		if want := isPlainMailBytewise(s); plain != want || want && small != (strings.ToLower(s) == s && !strings.Contains(s, "_")) {
			r.Errorf("PlainMail(%q) = %t, %t, want %t", s, plain, small, want)
		}
		cells := []Span{{Off: 6, Len: uint32(len(s))}, {}, {Len: 6}, {Off: uint32(len(text)), Len: 0}, {Off: 6, Len: uint32(len(s))}}
		text = text[:6+len(s)]
		var shapes [3]MailShape
		MailShapes(text, cells, 2, shapes[:])
		want := MailShape(0)
		switch {
		case plain && small:
			want = MailPlain | MailSmall
		case plain:
			want = MailPlain
		}
		if shapes != [3]MailShape{want, MailPlain | MailSmall, want} {
			r.Errorf("among others %q has the shape %v, want %d", s, shapes, want)
		}
	})
}
