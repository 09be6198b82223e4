package diff

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestNoSpaceIsAPlainStart(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if text := []byte(string(r)); len(schema.Trim(text)) == 0 && isPlainStart(text[0]) {
			t.Errorf("%U is trimmed away, and %#x is taken for a plain start", r, text[0])
		}
	}
	if isPlainStart('#') || !isPlainStart('A') || !isPlainStart(0xc3) || !isPlainStart(0xe4) {
		t.Error("a mark is a plain start, or a letter is not")
	}
}

func TestIsTidyKnowsItsLetters(t *testing.T) {
	for r := rune(0x80); r < 0x10000; r++ {
		cell := []byte(string(r))
		if !isTidy(cell) {
			continue
		}
		// Whatever stands around it, NFC must leave it alone.
		for _, around := range []string{"", "a", "e", "\u1100", "\u0430"} {
			text := around + string(r) + around
			if !norm.NFC.IsNormalString(text) || norm.NFC.PropertiesString(string(r)).CCC() != 0 {
				t.Errorf("%U is taken for one that NFC leaves as it is", r)
			}
		}
		if unicode.IsSpace(r) {
			t.Errorf("%U is a space", r)
		}
	}
	for _, letter := range "äöüßéèñçøåłżőČšĞıйЯё" {
		if !isTidy([]byte("M" + string(letter) + "r")) {
			t.Errorf("%c is not known, though it is common", letter)
		}
	}
}

func TestCapitalsAndFoldedKeysAreKnownByteByByte(t *testing.T) {
	for at := range 11 {
		for c := range 256 {
			key := []byte("abc.de@f-09")
			key[at] = byte(c)
			if c < 0x80 {
				if got, want := hasCapital(key), bytes.ContainsAny(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"); got != want {
					t.Errorf("%q: has a capital: %t, want %t", key, got, want)
				}
			}
			if folded := schema.AppendFolded(nil, key); isFolded(key) && !bytes.Equal(folded, key) {
				t.Errorf("%q is taken for folded, and folds to %q", key, folded)
			}
			if plain := c > ' ' && c < 0x7f && (c < 'A' || c > 'Z'); plain && !isFolded(key) {
				t.Errorf("%q is not known to be folded", key)
			}
		}
	}
}

// shortly is what is hashed of a row of one cell.
func shortly(c *comparison, cell []byte, m *managed, desired bool) []byte {
	if len(cell) > 0 {
		if bytes := c.appendCell(nil, cell, m, desired); isTidyText(bytes) {
			return bytes
		}
	}
	return c.appendLong(nil, cell, m, desired)
}

// FuzzShortWays holds what is recognised in place to what the long way says.
func FuzzShortWays(f *testing.F) {
	for _, cell := range []string{
		"Ann", " Ann", "Ann\u00a0", "\ufeffAnn", "Zo\u00eb", "Zoe\u0308", "#CLEAR", "a@x.org", "A@X.org", "\u0430\u0301", "abcdefgZ", "abcdefg[", "abcdefg@",
		"2026-03-31T23:59:59Z", "2026-02-30T23:59:59Z", "2026-03-31T23:59:59.000Z", "2026-02-30T24:59:59.000Z", "2026-03-31T24:00:00Z", "2026-03-31T23:59:60Z",
		"2026-03-31", "2026-03-31T10:00:00+02:00", "2026-03-31T10:00:00.5Z", "03/04/2026", "03/04/2026 10:00", "2026-03-31T10:00", "\xff", "\xc3", "", " ", "+15550100", "+0015", "+00155", "001 555", "+1 555 x7", "+",
	} {
		f.Add([]byte(cell), []byte("2026-03-31T23:59:59Z"))
		f.Add([]byte(cell), []byte(cell))
		f.Add([]byte("\u00a0"+cell), []byte("\u00a0"+cell))
		f.Add([]byte(" "+cell+"\u3000"), []byte(cell))
	}
	text := schema.NewComparer(schema.Attribute{TechnicalName: "t", Type: schema.Text}, schema.Column{}, schema.Column{}, schema.Reading{})
	mail := schema.NewComparer(schema.Attribute{TechnicalName: "m", Type: schema.Email}, schema.Column{}, schema.Column{}, schema.Reading{})
	digits := schema.NewComparer(schema.Attribute{TechnicalName: "p", Type: schema.Phone}, schema.Column{}, schema.Column{}, schema.Reading{PhoneDigits: true})
	f.Fuzz(func(t *testing.T, cell, other []byte) {
		for _, desired := range []bool{false, true} {
			for name, m := range map[string]*managed{"text": {comparer: text, form: formText}, "mail": {comparer: mail, form: formMail}, "digits": {comparer: digits, form: formDigits}} {
				got, want := shortly(&comparison{}, cell, m, desired), m.comparer.AppendCanonical(nil, cell, desired)
				if !bytes.Equal(got, want) {
					t.Errorf("%s %q: hashed as %q, want %q", name, cell, got, want)
				}
			}
		}
		fuzzText(t, cell, other)
		for _, zone := range []*time.Location{nil, time.UTC, time.FixedZone("", 2*3600)} {
			for _, order := range []schema.DateOrder{schema.Unsettled, schema.DayFirst} {
				fuzzDates(t, cell, other, zone, order)
			}
		}
	})
}

// fuzzText looks at two cells of a column that holds no dates, each hashed with a look at its characters or without.
func fuzzText(t *testing.T, cell, other []byte) {
	c := &comparison{}
	for _, r := range []schema.Reading{{}, {Blank: schema.BlankClear, PhoneDigits: true}} {
		for _, typ := range []schema.Type{schema.Text, schema.Email, schema.Phone, schema.Identity} {
			a := schema.Attribute{TechnicalName: "x", Type: typ}
			m := &managed{attribute: a, comparer: schema.NewComparer(a, schema.Column{}, schema.Column{}, r)}
			m.form = formOf(&m.comparer, a, r)
			for _, desired := range [][]byte{shortly(c, cell, m, true), unlooked(c, cell, m, true)} {
				for _, current := range [][]byte{shortly(c, other, m, false), unlooked(c, other, m, false)} {
					if bytes.Equal(desired, current) && !m.comparer.Equal(cell, other) {
						t.Errorf("%s: %q and %q are hashed alike as %q, and are not the same", typ, cell, other, desired)
					}
				}
			}
		}
	}
}

// unlooked is what is hashed of a cell of a side whose text is taken to be formed.
func unlooked(c *comparison, cell []byte, m *managed, desired bool) []byte {
	if len(cell) == 0 {
		return nil
	}
	return c.appendCell(nil, cell, m, desired)
}

// fuzzDates looks at two cells of a column of dates.
func fuzzDates(t *testing.T, cell, other []byte, zone *time.Location, order schema.DateOrder) {
	o := Options{Reading: schema.Reading{Zone: zone, Blank: schema.BlankClear}}
	ordered, plain := schema.Column{Dates: order}, schema.Column{}
	c := &comparison{columns: &columns{desiredColumns: []schema.Column{ordered}, currentColumns: []schema.Column{plain}}, o: o}
	end := schema.Attribute{TechnicalName: schema.EndDate, Type: schema.Date}
	m := &managed{attribute: end, comparer: schema.NewComparer(end, ordered, plain, o.Reading), form: formInstant}
	if a, b := shortly(c, cell, m, true), shortly(c, other, m, false); bytes.Equal(a, b) && !m.comparer.Equal(cell, other) {
		t.Errorf("%v, order %d: the dates %q and %q are hashed alike as %q, and are not the same", zone, order, cell, other, a)
	}
	days := &managed{attribute: end, comparer: m.comparer, form: formDay}
	if a, b := shortly(c, cell, days, true), shortly(c, other, days, false); bytes.Equal(a, b) && !m.comparer.NeedsEqual(cell) && !m.comparer.Equal(cell, other) {
		t.Errorf("%v, order %d: the days %q and %q are hashed alike as %q, and are not the same", zone, order, cell, other, a)
	}
	when, err := schema.ParseDate(cell, order, zone)
	if err != nil || !when.HasTime || when.Instant.Year() < 2 || when.Instant.Year() > 9998 {
		return
	}
	// An instant is hashed alike however it is written.
	again := []byte(when.Instant.In(time.FixedZone("", -5*3600)).Format(time.RFC3339Nano))
	if a, b := shortly(c, cell, m, true), shortly(c, again, m, false); !bytes.Equal(a, b) {
		t.Errorf("%v, order %d: %q and %q are one instant, hashed as %q and %q", zone, order, cell, again, a, b)
	}
}

func TestSecondsAreToldApart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	seen := make(map[string]int64)
	for i := range int64(1_000_000) {
		sec := i - 500_000
		if i%2 == 0 {
			sec = random.Int64N(1<<40) - 1<<39
		}
		b := appendSecond(nil, sec)
		if was, ok := seen[string(b)]; ok && was != sec {
			t.Fatalf("%d and %d are the same", was, sec)
		}
		if seen[string(b)] = sec; slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 }) {
			t.Fatalf("%d is no tidy text", sec)
		}
	}
}
