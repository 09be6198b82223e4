package csvio

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// validText reports whether b is UTF-8, stepping over ASCII eight bytes at a time wherever it stands: [utf8.Valid] does so
// only up to the first other character.
func validText(b []byte) bool {
	const high = 0x8080808080808080
	for {
		for len(b) >= 8 && binary.LittleEndian.Uint64(b)&high == 0 {
			b = b[8:]
		}
		if len(b) == 0 {
			return true
		}
		for i := 0; i < 8 && len(b) > 0; {
			if b[0] < utf8.RuneSelf {
				b = b[1:]
				i++
				continue
			}
			r, n := utf8.DecodeRune(b)
			if r == utf8.RuneError && n == 1 {
				return false
			}
			b = b[n:]
			i += n
		}
	}
}

// hasC1 reports whether b has one of the control characters U+0080 to U+009F, which is what bytes become that an
// encoding of single bytes has no character for.
func hasC1(b []byte) bool {
	for {
		i := bytes.IndexByte(b, 0xC2)
		if i < 0 || i+1 >= len(b) {
			return false
		}
		if b[i+1] < 0xA0 {
			return true
		}
		b = b[i+1:]
	}
}
