package diff

import (
	"bytes"
	crand "crypto/rand"
	"fmt"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// ways are a hasher as this processor makes hashes, and as others do.
func ways(t *testing.T) map[string]func([]byte) hash {
	h := newHasher()
	all := map[string]func([]byte) hash{"plainly": func(b []byte) hash { return hash{a: maphash.Bytes(h.a, b), b: maphash.Bytes(h.b, b)} }}
	if hasVAES {
		all["with AES"] = h.sum
		all["with AES, by cells"] = func(b []byte) hash {
			shape := rowShape{edges: &anyEdges}
			var cells []schema.Span
			head := len(b) / 4
			for from := head; from < len(b); {
				n := min(len(b)-from, 1+from%90)
				shape.add(len(cells), formText)
				cells = append(cells, schema.Span{Off: uint32(from), Len: uint32(n)})
				from += n
			}
			s, _ := h.cells(&shape, b[:head], b, cells, nil)
			return s
		}
	} else {
		t.Log("this processor has no VAES")
	}
	return all
}

// The same bytes have the same hash wherever they stand, and any that differ have another, however little they differ.
func TestHashes(t *testing.T) {
	for way, sum := range ways(t) {
		t.Run(way, func(t *testing.T) {
			seen := make(map[hash]string)
			note := func(b []byte) {
				s := sum(b)
				if was, ok := seen[s]; ok && was != string(b) {
					t.Fatalf("%q and %q have one hash", was, b)
				}
				seen[s] = string(b)
				for _, shift := range []int{1, 7, 33} {
					moved := append(make([]byte, shift, shift+len(b)+1), b...)[shift:]
					if got := sum(moved); got != s {
						t.Fatalf("%q has another hash elsewhere", b)
					}
				}
			}
			for n := range 300 {
				text := bytes.Repeat([]byte{0}, n)
				note(text)
				for i := range n {
					text[i] = 1
					note(text)
					text[i] = 0
				}
			}
			for n := range 300 {
				note(bytes.Repeat([]byte{'a'}, n))
				text := make([]byte, n)
				crand.Read(text)
				note(text)
			}
		})
	}
}

// A bit of what is hashed turns over about half of the bits of the hash, wherever it stands.
func TestHashesSpread(t *testing.T) {
	for way, sum := range ways(t) {
		t.Run(way, func(t *testing.T) {
			for _, n := range []int{1, 8, 13, 16, 40, 63, 64, 65, 128, 172, 200} {
				var turned [128]int
				const texts = 64
				tries := 0
				for range texts {
					text := make([]byte, n)
					crand.Read(text)
					was := sum(text)
					for bit := range 8 * n {
						text[bit/8] ^= 1 << (bit % 8)
						is := sum(text)
						text[bit/8] ^= 1 << (bit % 8)
						tries++
						for i := range 64 {
							turned[i] += int((was.a ^ is.a) >> i & 1)
							turned[64+i] += int((was.b ^ is.b) >> i & 1)
						}
						if d := bits.OnesCount64(was.a^is.a) + bits.OnesCount64(was.b^is.b); d < 24 || d > 104 {
							t.Fatalf("%d bits of 128 turned over with bit %d of %d bytes", d, bit, n)
						}
					}
				}
				for i, d := range turned {
					if tries >= 4096 && (d*100 < tries*45 || d*100 > tries*55) {
						t.Errorf("of %d bytes, bit %d of the hash turned over %d times in %d", n, i, d, tries)
					}
				}
			}
		})
	}
}

// Rows that differ in where one cell ends and the next begins have other hashes.
func TestCellsAreToldApart(t *testing.T) {
	if !hasVAES {
		t.Skip("this processor has no VAES, and cells are put together before they are hashed")
	}
	h := newHasher()
	seen := make(map[hash]string)
	for _, fill := range []byte{'a', 0, 63, 64, 65, 255} {
		for n := range 200 {
			data := bytes.Repeat([]byte{fill}, n)
			for k := 1; k <= 3; k++ {
				shape := rowShape{edges: &anyEdges}
				for i := range k {
					shape.add(i, formText)
				}
				for a := 0; a <= n; a++ {
					for b := a; b <= min(n, a+70); b += 1 + (b-a)/3*20 {
						cells := []schema.Span{{Off: 0, Len: uint32(a)}, {Off: uint32(a), Len: uint32(b - a)}, {Off: uint32(b), Len: uint32(n - b)}}[:k]
						if k < 3 && b != n || k < 2 && a != n {
							continue
						}
						s, show := h.cells(&shape, nil, data, cells, nil)
						if show == unknown {
							t.Fatal("a text was not hashed")
						}
						is := fmt.Sprint(k, fill, a, b, n)
						if n == 0 {
							is = fmt.Sprint(k)
						}
						if was, ok := seen[s]; ok && was != is {
							t.Fatalf("%s and %s have one hash", was, is)
						}
						seen[s] = is
					}
				}
			}
		}
	}
}

// A cell that is hashed where it stands has the hash of what is hashed of it in every other way, whatever the row has besides.
func TestCellsAreHashedAlike(t *testing.T) {
	if !hasVAES {
		t.Skip("this processor has no VAES, and cells are put together before they are hashed")
	}
	reading := schema.Reading{Zone: time.UTC, PhoneDigits: true}
	var attributes []schema.Attribute
	for i, typ := range []schema.Type{schema.Text, schema.Email, schema.Date, schema.Phone, schema.Text, schema.Date, schema.Phone, schema.Text, schema.Date} {
		attributes = append(attributes, schema.Attribute{TechnicalName: fmt.Sprint("a", i), Type: typ})
	}
	c := &comparison{o: Options{Reading: reading}, hasher: newHasher(), columns: &columns{
		desiredColumns: make([]schema.Column, len(attributes)), currentColumns: make([]schema.Column, len(attributes)),
	}}
	from := side{desired: true}
	for i, a := range attributes {
		m := &managed{attribute: a, desired: i, current: i, comparer: schema.NewComparer(a, schema.Column{}, schema.Column{}, reading)}
		if m.form = formOf(&m.comparer, a, reading); m.form == formDay && i != 5 {
			m.form = formInstant
		}
		from.add(i, m)
	}
	if len(from.rest) != 1 || from.shape.instants != 2 || from.shape.digits != 2 || from.shape.mails != 1 || from.shape.texts != 3 {
		t.Fatalf("columns of another shape than expected: %+v", from.shape)
	}
	random := rand.New(rand.NewPCG(5, 6))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	of := map[schema.Type]func() string{
		schema.Text: func() string {
			return pick("", "", "a", "Ana", "Müller", "Øre", "naïve", "Ruiz y Pérez", "12", "x y", strings.Repeat("long ", 12)+"end", strings.Repeat("a", random.IntN(200)), "#CLEAR", " a", "a ", "\u00a0a", "e\u0301", "Γιώργος", "'", "a\x00", "\x00")
		},
		schema.Email: func() string {
			return pick("ana@example.com", "ana@example.com", "a.b@c.example", "", "Ana@example.com", "ana@Example.com", strings.Repeat("a", random.IntN(80))+"@b.cc", "é@b.cc", "#CLEAR", " a@b.cc")
		},
		schema.Phone: func() string {
			return pick("+49301234567", "+49 30 1234-567", "(030) 1234567", "0049 30 1234567", "00", "001", "", "+1 555 01 x 12", "X1", "none", " 12 ", "#CLEAR", "+"+strings.Repeat("1 ", random.IntN(40)), "٣١٢ 5")
		},
		schema.Date: func() string {
			return pick("2026-03-31T23:59:59Z", "2026-03-31T23:59:59.000Z", "2026-04-01T05:29:59+05:30", "1970-01-01T00:00:00+14:00", "2099-12-31T23:59:59-12:00", "2026-03-31", "", "2026-03-31T23:59:59.5Z", "31.03.2026", "#CLEAR", "soon", "2026-03-31 23:59:59", "2100-01-01T00:00:00Z")
		},
	}
	const rows = 4000
	b := &schema.Block{Width: len(attributes), Rows: make([]schema.Ref, rows)}
	for range rows {
		odd := random.IntN(len(attributes) + 1) // one cell of most rows may be anything: else hardly a row could be hashed where it stands
		for i, a := range attributes {
			cell := map[schema.Type]string{schema.Text: "Ana", schema.Email: "a@b.cc", schema.Phone: "+1 234", schema.Date: "2026-03-31T23:59:59Z"}[a.Type]
			if i == odd || odd == len(attributes) {
				cell = of[a.Type]()
			}
			b.Cells = append(b.Cells, schema.Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
			b.Data = append(b.Data, cell...)
		}
	}
	quick := 0
	for _, from.formed = range []bool{false, true} {
		var inPlace, put scratch
		from.begin(b, &inPlace)
		for row := range rows {
			var got, want seen
			inPlace.key, put.key = []byte(fmt.Sprint(row)), []byte(fmt.Sprint(row))
			c.hashCells(&from, b, row, &inPlace, &got)
			c.hashCells(&from, b, row, &put, &want)
			if got.content != want.content || got.unsure != want.unsure {
				var cells []string
				for i := range attributes {
					cells = append(cells, string(b.Cell(row, i)))
				}
				t.Fatalf("formed: %t, in place: %t: %q has two hashes", from.formed, got.quick, cells)
			}
			if got.quick {
				quick++
			}
		}
	}
	if quick < rows || quick > 2*rows*9/10 {
		t.Errorf("%d of %d rows were hashed where they stand", quick, 2*rows)
	}
}
