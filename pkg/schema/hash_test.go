package schema

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Rows are suspected as what is compared of them says: the same hash where that is the same, whichever of the ways each was hashed in, and
// hardly ever where it is not.
func TestWatchesHashWhatTheyCompare(t *testing.T) {
	c := &Checker{key: 0, first: 1, last: 2, phone: 3, mail: 4}
	random := rand.New(rand.NewPCG(3, 4))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	names := []string{"Ana", "ANA", "ana", " Ana", "Ana ", "Ána", "A\u0301na", "JOSÉ", "josé", "jose\u0301", "Jose", "Müller-Lüdenscheidt", "MÜLLER-LÜDENSCHEIDT", "Maximilian", "maximiliaN", "Maximili\u0301an", "Maximilí", "Maximilia", "Maximilé", "Γιώργος", "ΓΙΏΡΓΟΣ", "Олена", "олена", "\u212aarl", "Karl", "karl", "\u017fven", "Sven", "Øre", "ß", "", "Ana\u00a0", "Ana\u0345", "İpek", "Ipek", "ab\u0301", "x", "X", "\xc3", "a\xc3", strings.Repeat("a", 63), strings.Repeat("A", 63), strings.Repeat("a", 64), strings.Repeat("A", 64), strings.Repeat("é", 33), strings.Repeat("É", 33), strings.Repeat("a", 300)}
	b := &Block{Width: 5}
	const rows = 6000
	for i := range rows {
		phone := pick("+49301234567", "+49 30 1234-567", "0049301234567", "+49301234568", "+0301234567", "", "12345", "123456", "+123456789012345", "+1234567890123456", "+12345678", "49301234567", "+4930123456x7", "+49301234567x")
		for _, cell := range []string{fmt.Sprint(pick(names...), i%7), pick(names...), pick("Ruiz", "RUIZ", pick(names...)), phone, pick(pick(names...)+"@b.cc", pick(names...))} {
			b.Cells = append(b.Cells, Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
			b.Data = append(b.Data, cell...)
		}
		b.Rows = append(b.Rows, Ref{Row: int64(i)})
	}
	unique := &rule{unique: true}
	for name, w := range map[string]*watch{"key": c.watchColumn(CodeKeyDuplicate, 0, nil), "own": c.watchColumn(CodeKeyDuplicate, 1, unique), "mail": c.watchMail(), "person": c.watchPerson()} {
		t.Run(name, func(t *testing.T) {
			of := make([]uint64, rows)
			w.hash(b, of, new([]byte))
			// What is compared, of people as far as the hash goes.
			value := func(row int) string {
				v := w.value(nil, b, row)
				if name == "mail" {
					v = AppendFolded(nil, b.Cell(row, 4))
				}
				if name == "person" && len(v) > 0 {
					first, last := beginningPlainly(AppendFolded(nil, b.Cell(row, 1))), beginningPlainly(AppendFolded(nil, b.Cell(row, 2)))
					return fmt.Sprint(first, last, string(appendDigits(nil, b.Cell(row, 3))))
				}
				return string(v)
			}
			hashes, values := make(map[string]uint64), make(map[uint64]string)
			told := 0
			for row, h := range of {
				if h&1 == 0 && h != 0 {
					t.Fatalf("row %d has no hash", row)
				}
				v := value(row)
				if v == "" {
					if h != 0 && name != "person" { // blank names and a number are a person until they are compared
						t.Errorf("row %d has nothing to compare, and the hash %x", row, h)
					}
					continue
				}
				if h == 0 {
					t.Fatalf("%q has no hash", v)
				}
				if was, ok := hashes[v]; ok && was != h {
					t.Fatalf("%q has the hashes %x and %x", v, was, h)
				}
				if was, ok := values[h]; ok && was != v {
					t.Fatalf("%q and %q have one hash", v, was)
				}
				if _, ok := hashes[v]; !ok {
					told++
				}
				hashes[v], values[h] = h, v
			}
			if told < 20 {
				t.Errorf("only %d values", told)
			}
		})
	}
}
