package schema

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
)

// What the short way takes for a mail address, the library does too.
func FuzzPlainMail(f *testing.F) {
	for _, s := range []string{"a@b.cc", "ana.ruiz+x_y-z@mail-1.example.com", ".a@b.cc", "a.@b.cc", "a..b@c.dd", "a@-b.cc", "a@b-.cc", "a@b.c1", "a@b.c-d", "a@@b.cc", "@b.cc", "a@b", "a@b..cc", "-a@b.cc", "a-@b.cc", "_@b.cc", "a@1.cc", strings.Repeat("a", 64) + "@b.cc", strings.Repeat("a", 65) + "@b.cc"} {
		f.Add(s)
	}
	v := validator.New()
	f.Fuzz(func(t *testing.T, s string) {
		if isPlainMail([]byte(s)) && v.Var(s, "email") != nil {
			t.Errorf("%q was taken for a mail address", s)
		}
	})
}

// What the short way takes for a phone number, the library does too; and what the library takes is shaped like one.
func FuzzPlainPhone(f *testing.F) {
	for _, s := range []string{"+491234567", "+49123456789012", "+0123456789", "+1 (555) 010-01", "+1 111-1111", "+12345678e5", "+ -()12345678 ", "+0 01111111", "+4912345", "+1234567890123456", "491234567", "+", "+12345678", "-491701", "-4917012345678"} {
		f.Add(s)
	}
	v := validator.New()
	f.Fuzz(func(t *testing.T, s string) {
		library := v.Var(s, "e164") == nil
		if isPlainPhone([]byte(s)) && !library {
			t.Errorf("%q was taken for a phone number", s)
		}
		if b := []byte(s); isReadablePhone(b) && (!isPhoneShaped(b) || DamagedPhone(b) || isRepeated(appendDigits(nil, b))) {
			t.Errorf("%q was taken for a number about which nothing is to be said", s)
		}
		if b := []byte(s); len(b) >= 9 && b[0] == '+' && isReadablePhone(b) != (len(b) <= 24 && isSpacedPhone(b)) {
			t.Errorf("%q: the short way takes it for readable: %t", s, isReadablePhone(b))
		}
		if library && !isPhoneShaped([]byte(s)) {
			t.Errorf("%q is a number of E.164 and not shaped like one", s)
		}
	})
}

// commonIsStrict says where the common way reads a cell otherwise than the strict one; nothing, if it does not.
func commonIsStrict(cell []byte) string {
	day, sec, ok := commonInstant(cell)
	strict, is := readStrict(cell)
	common := is && strict.form == zoned && strict.nanos == 0 && strict.day >= ordinaryFrom && strict.day <= ordinaryTo && isRealOffset(strict.east) &&
		(len(cell) == 20 || len(cell) == 24 && string(cell[19:]) == ".000Z" || len(cell) == 25 && cell[19] != '.')
	if ok != common || ok && (day != strict.day || int64(day)*daySeconds+int64(sec) != strict.unix()) {
		return fmt.Sprintf("%q: the common way reads day %d and second %d, %t; the strict one %+v, %t", cell, day, sec, ok, strict, is)
	}
	return ""
}

// nearStamps gives timestamps of each kind with every byte, and every two neighbours, changed, and the beginnings of them with other ends.
func nearStamps(f func(cell []byte)) {
	for _, s := range []string{"2026-03-31T23:59:59Z", "2026-02-28T00:00:00.000Z", "1970-01-01T09:30:00+05:30", "2099-12-31T20:00:00-23:59", "2026-05-01T00:00:00+14:00", "2026-05-01T00:00:00+13:59", "2026-05-01T00:00:00-12:00", "2026-05-01T00:00:00-11:59", "2024-02-29T10:11:12-00:00", "1969-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "2026-02-29"} {
		f([]byte(s))
		cell := []byte(s)
		for at := range cell {
			for c := range 256 {
				cell[at] = byte(c)
				f(cell)
				for _, next := range "019:+-.Z/;@" {
					if at+1 < len(cell) {
						cell[at+1] = byte(next)
						f(cell)
						cell[at+1] = s[at+1]
					}
				}
				cell[at] = s[at]
			}
		}
		for n := range len(s) + 1 {
			for _, end := range []string{"", "Z", "0", ".000Z", "+00:00"} {
				f([]byte(s[:n] + end))
			}
		}
	}
}

func TestCommonInstant(t *testing.T) {
	nearStamps(func(cell []byte) {
		if msg := commonIsStrict(cell); msg != "" {
			t.Fatal(msg)
		}
	})
}

// Many dates are read at once as each by itself, whatever stands around them.
func TestMoments(t *testing.T) {
	b := &Block{Width: 2}
	add := func(cell []byte) {
		from := uint32(len(b.Data))
		b.Data = append(b.Data, cell...)
		b.Rows = append(b.Rows, Ref{})
		b.Cells = append(b.Cells, Span{Off: from, Len: uint32(len(cell))}, Span{Off: from, Len: uint32(len(cell) / 2)})
	}
	nearStamps(add)
	for n := range 300 {
		add(bytes.Repeat([]byte("2"), n))
		add(append([]byte("2026-03-31T23:59:59+00:00"), make([]byte, n)...))
		add(bytes.Repeat([]byte{255}, n))
	}
	add([]byte("2026-03-31T23:59:59Z")) // the last bytes there are
	if !hasVBMI {
		t.Log("this processor has no AVX-512 with VBMI")
	}
	for column := range 2 {
		for _, step := range []int{1, 3} {
			got, want := make([]Moment, step*b.Len()), make([]Moment, step*b.Len())
			b.Moments(column, got, step)
			b.momentsInTurn(column, want, step)
			for row := range b.Rows {
				if got[row*step] != want[row*step] {
					t.Fatalf("%q is read as %+v by itself and %+v with others", b.Cell(row, column), want[row*step], got[row*step])
				}
			}
			if !slices.Equal(got, want) {
				t.Error("more was written than the moments")
			}
		}
	}
	(&Block{Width: 1}).Moments(0, nil, 1)
	(&Block{Width: 1, Rows: make([]Ref, 1), Cells: make([]Span, 1)}).Moments(0, make([]Moment, 1), 1)
}

// What the time package reads as RFC 3339 is read as the same instant; and the short way reads as the long one does.
func FuzzStamp(f *testing.F) {
	for _, s := range []string{"2026-03-31T23:59:59Z", "2026-03-31T23:59:59.123456789+02:00", "2026-02-29T00:00:00Z", "2026-03-31", "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-03-31T23:59:60Z", "2026-03-31T24:00:00Z", "2026-03-31T23:59:59.Z", "2026-03-31T23:59:59+24:00", "2026-3-31T1:02:03Z", "20260331", "31.03.2026 5:06 pm", "2026-03-31T23:59:59,5Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, fault := readStamp([]byte(s), Unsettled)
		if day, ok := ordinaryDay([]byte(s)); ok && (fault != dateFine || day != got.day || got.form == floating) {
			t.Errorf("%q: the shortest way reads %s, another %+v, %d", s, dayOf(day), got, fault)
		}
		if msg := commonIsStrict([]byte(s)); msg != "" {
			t.Error(msg)
		}
		if long, longFault := readSpelling(trim([]byte(s)), Unsettled); fault != longFault || fault == dateFine && got != long {
			t.Errorf("%q: the short way reads %+v, %d and the long way %+v, %d", s, got, fault, long, longFault)
		}
		if fault == dateFine && (got.sec < 0 || got.sec >= daySeconds || got.nanos < 0 || got.nanos >= 1e9) {
			t.Errorf("%q reads as %+v", s, got)
		}
		want, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || want.Year() == 0 || len(s) > len("2006-01-02T15:04:05.123456789+00:00") {
			return
		}
		if _, east := want.Zone(); east >= daySeconds || east <= -daySeconds || strings.HasSuffix(s, ":60") {
			return // offsets that RFC 3339 does not have, and that the time package takes
		}
		if fault != dateFine || got.form != zoned || got.unix() != want.Unix() || int(got.nanos) != want.Nanosecond() {
			t.Errorf("%q is %s and reads as %+v, %d", s, want, got, fault)
		}
	})
}

// About what the short ways take for plain text, the long way has nothing to say.
func FuzzPlainText(f *testing.F) {
	for _, s := range []string{"Ana", "Łódź", "MÃ¼ller", "ÅŠ", "Ãœber", "12 Main St.", "José", "a\u200b", "é", "z\x7f", "aaaaaaaa\x1f", "ŵ Ÿ", "ÂÅ", "Ana "} {
		f.Add([]byte(s))
	}
	schema, err := FromTemplate((&Schema{Attributes: System()}).Names())
	if err != nil {
		f.Fatal(err)
	}
	names := schema.Names()
	cols := make([]Column, len(names))
	for i, n := range names {
		cols[i] = Column{Name: n, Index: i}
	}
	checker, err := NewChecker(schema, cols, CheckOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		if got, want := isPrintable(cell), bytes.IndexFunc(cell, func(r rune) bool { return r < ' ' || r > '~' }) < 0; got != want {
			t.Errorf("isPrintable(%q) is %v", cell, got)
		}
		lowered, ascii := appendLower(nil, cell)
		if want := isASCII(cell); ascii != want || ascii && !bytes.Equal(lowered, bytes.ToLower(cell)) {
			t.Errorf("appendLower(%q) is %q, %v", cell, lowered, ascii)
		}
		if len(cell) == 0 || len(cell) > checker.maxLength || mayBePlaceholder(cell) || !(isPrintable(cell) && isOrdinary(cell)) && !isPlainLetters(cell) {
			return
		}
		if !utf8.Valid(cell) || len(trim(cell)) != len(cell) || isClear(cell) || isErrorCell(cell) {
			t.Errorf("%q was taken for plain text", cell)
		}
		b := &Block{Data: cell, Width: len(names), Rows: make([]Ref, 1), Cells: make([]Span, len(names))}
		b.Cells[1].Len = uint32(len(cell))
		in := inspector{c: checker, b: b, say: func(_ int, f Finding) { t.Errorf("of %q is to be said: %s", cell, f.Message) }}
		in.text(1, cell)
	})
}

// The cheap look before isPlaceholder must let every placeholder through.
func FuzzPlaceholder(f *testing.F) {
	for _, s := range []string{"n/a", "N.A.", "n.a", "k.a.", "s/o", "tbd", "TBA", "tbc", "tbd.", "t.b.d.", "todo", "to do", "xx", "xxx", "xxxx", "xxxxx", "x", "-", "--", "---", "?", "??", "???", ".", "..", "...", "/", "_",
		"null", "nil", "(none)", "(blank)", "(leer)", "<none>", "Test", "test test", "testuser", "test user", "dummy", "placeholder", "unknown", "unbekannt", "inconnu", "desconocido", "undefined", "lorem ipsum", "asdf", "foo", "foobar", "changeme", "pending"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		if len(cell) > 0 && isPlaceholder(cell) && !mayBePlaceholder(cell) {
			t.Errorf("%q is a placeholder and was passed over", cell)
		}
	})
}

// About a row that is taken for ordinary the careful way has nothing to say, and finds the same cells to be lacking.
func FuzzOrdinaryRow(f *testing.F) {
	f.Add("ann", "Ann", "ann@x.org", "+1 555 0100 22", "2026-01-01", "2026-12-31T23:59:59Z", true)
	f.Add("zo\u00eb", "TBD", "", "+15550100", "2026-03-31T10:00:00", "2026-01-01", false)
	f.Add("ann", "Ann", "ann@x.org", "-491701", "2026-01-01", "2026-12-31", true)
	f.Add("1 \u00c2\u0160", "\u0160\u00e9?", "", "", "", "", false)
	f.Add("1.5E+10", "", "a@b", "0000000", "1969-12-31", "", true)
	s, err := FromTemplate([]string{AccountName, FirstName, LastName, PhoneName, EmailName, Manager, StartDate, EndDate})
	if err != nil {
		f.Fatal(err)
	}
	columns := []Column{{Name: AccountName}, {Name: FirstName}, {Name: EmailName}, {Name: PhoneName}, {Name: StartDate}, {Name: EndDate}}
	checkers := make(map[bool]*Checker)
	for _, zoned := range []bool{false, true} {
		o := CheckOptions{AsOf: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Term: 400 * 24 * time.Hour, MaxLength: 40}
		if zoned {
			o.Reading.Zone = time.UTC
		}
		if checkers[zoned], err = NewChecker(s, columns, o); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, key, first, mail, phone, start, end string, zoned bool) {
		c := checkers[zoned]
		b := &Block{Width: len(columns), Rows: []Ref{{Row: 2}}}
		for _, cell := range []string{key, first, mail, phone, start, end} {
			b.Cells = append(b.Cells, Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
			b.Data = append(b.Data, cell...)
		}
		b.Plain = []Plain{plainOf(b)}
		if ok, _ := PlainMail(b.Data, b.Cells[2]); ok || mail == "" {
			b.Plain[0] |= PlainMails
		}
		sifted := c.sift(b).rows[0]
		if sifted.marks&held != 0 {
			return
		}
		careful := inspector{c: c, b: b, say: func(_ int, f Finding) { t.Errorf("%q is taken for ordinary: %s %s", b.Data, f.Code, f.Message) }}
		careful.cells(b.Cells)
		if lacking := sifted.marks&lacks != 0; lacking != careful.lacks {
			t.Errorf("%q: lacks %t, want %t", b.Data, lacking, careful.lacks)
		}
	})
}

// Nobody who is named as their own manager is passed over.
func FuzzOwnManager(f *testing.F) {
	f.Add("ann", "ANN", "ann@x.org")
	f.Add("Zo\u00eb", "zoe\u0308", "")
	f.Add("ann", "Ann@X.org", "ann@x.org")
	f.Add("\u00df", "\u1e9e", "")
	f.Add(" ann", "ann ", "?")
	s, err := FromTemplate([]string{AccountName, FirstName, LastName, PhoneName, EmailName, Manager, StartDate, EndDate})
	if err != nil {
		f.Fatal(err)
	}
	columns := []Column{{Name: AccountName}, {Name: Manager}, {Name: EmailName}}
	c, err := NewChecker(s, columns, CheckOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key, manager, mail string) {
		b := &Block{Width: len(columns), Rows: []Ref{{Row: 2}}}
		for _, cell := range []string{key, manager, mail} {
			b.Cells = append(b.Cells, Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
			b.Data = append(b.Data, cell...)
		}
		b.Plain = []Plain{plainOf(b)}
		marks := c.sift(b).rows[0].marks
		said := false
		careful := inspector{c: c, b: b, say: func(int, Finding) { said = true }}
		careful.manager(b.Cells[1], b.Cells[0])
		if said && marks&own == 0 {
			t.Errorf("%q is their own manager as %q and was passed over", key, manager)
		}
	})
}

// plainOf is what is promised of the text of a row.
func plainOf(b *Block) Plain {
	for i := range b.Cells {
		cell := b.Cell(0, i)
		for at := 0; at < len(cell); at++ {
			if size := LetterSize(cell, at); size > 0 {
				at += size - 1
			} else if cell[at] < ' ' || cell[at] > '~' || cell[at] == '?' {
				return 0
			}
		}
		if len(bytes.Trim(cell, " ")) != len(cell) {
			return 0
		}
	}
	return PlainText
}
