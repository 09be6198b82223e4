package csvio

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Whatever a list looks like, the quick way comes to what the careful one does.
func TestQuickWayOverOddLists(t *testing.T) {
	for why, in := range map[string]string{
		"the header once more, its first heading blank":         ",accountName,firstName,lastName,vendor\n1,ann,Ann,Lee,x\n,accountName,firstName,lastName,vendor\n2,bea,Bea,Lee,x\n",
		"the header once more, its first heading with a quote":  "\"the \"\"login\"\"\",accountName,firstName\n1,ann,Ann\n\"the \"\"login\"\"\",accountName,firstName\n2,bea,Bea\n",
		"a cell that is mended into one that would be again":    "accountName,firstName,endDate\nann,Ann,\"=\"\"'46112\"\"\"\nbea,Bea,2026-01-01\n",
		"a mail address that is mended into one that would be":  "accountName,firstName,email\nann,Ann,\"=\"\"mailto:a@x.org\"\"\"\nbea,Bea,b@x.org\n",
		"a row too long between others":                         "accountName,firstName\nann,Ann\nbea,Bea,Lee\ncat,Cat\n",
		"an odd row that is taken by itself, behind others":     "accountName,firstName\nann,Ann\nbea,Bea\naccountName x,e\u0301\ncat,Cat\n",
		"a list without trimming, with marks behind its spaces": "accountName,firstName\nann,\" #CLEAR\"\nbea,\t#CLEAR\n",
	} {
		t.Run(why, func(t *testing.T) {
			path := write(t, in)
			for _, off := range [][]string{nil, {RuleTrim}, {RuleDate}} {
				var ways [2]got
				for i, careful := range []bool{false, true} {
					l, err := Open(t.Context(), path, testSchema(), Options{Off: off, careful: careful})
					if err != nil {
						t.Fatal(err)
					}
					ways[i] = readAll(t, l)
					if err := l.Close(); err != nil {
						t.Error(err)
					}
				}
				if d := cmp.Diff(ways[1], ways[0]); d != "" {
					t.Errorf("without %v (-careful +quick):\n%s", off, d)
				}
			}
		})
	}
}

// Rows of plain cells are told to be, so that the rules need not look at their characters.
func TestPlainRowsAreTold(t *testing.T) {
	for _, tt := range []struct {
		row  string
		want bool
	}{
		{"ann,Ann,x", true},
		{"ann,Zoë,Łódź", true},
		{"ann,\"Lee, Ann\",  x ", true},
		{"ann,,", true},
		{"ann,Ann?,x", false},
		{"ann,Ann\x7f,x", false},
		{"ann,\"Ann\tLee\",x", false},
		{"ann,\"Ann\nLee\",x", false},
		{"ann,Ann\u00a0Lee,x", false},
		{"ann,MÃ¼ller,x", false},
		{"ann,ÅŠ Ã…Š,x", false},
	} {
		path := write(t, "accountName,firstName,vendor\nbea,Bea,y\n"+tt.row+"\n"+"cat,Cat,z\n")
		for _, off := range [][]string{nil, {RuleTrim}} {
			l, err := Open(t.Context(), path, testSchema(), Options{Off: off})
			if err != nil {
				t.Fatal(err)
			}
			var told []bool
			if err := l.Blocks(t.Context(), func(b *schema.Block) error {
				for _, p := range b.Plain {
					told = append(told, p&schema.PlainText != 0)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			trim := off == nil
			if want := []bool{trim, trim && tt.want, trim}; !slices.Equal(told, want) {
				t.Errorf("%q between plain rows, without %v: told %v, want %v", tt.row, off, told, want)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// What settles the order of dates is the same however many read, and wherever chunks are cut.
func TestOrderOfDatesDoesNotDependOnWorkers(t *testing.T) {
	row := func(b *strings.Builder, date string) { fmt.Fprintf(b, "p%d,Ann,%s\n", b.Len(), date) }
	for _, at := range []int{isoBytes - guessBytes, isoBytes - 100, isoBytes, isoBytes + 100} {
		var b strings.Builder
		b.WriteString("accountName,firstName,endDate\n")
		for b.Len() < at {
			row(&b, "2026-12-31")
		}
		row(&b, "31/12/2026")
		for b.Len() < 3*isoBytes {
			row(&b, "2026-12-31")
		}
		row(&b, "03/04/2026")
		var orders []schema.DateOrder
		for _, o := range []Options{{workers: 1}, {workers: 2}, {workers: 3, chunk: 1000}} {
			orders = append(orders, open(t, b.String(), o).Columns()[2].Dates)
		}
		if orders[0] != orders[1] || orders[0] != orders[2] {
			t.Errorf("with the evidence at %d: %v", at, orders)
		}
	}
}

func TestPeekGoesOnToTheFirstRows(t *testing.T) {
	in := "accountName,firstName\n" + strings.Repeat("\n", 2*peekSize) + "ann," + strings.Repeat("x", 2*peekSize) + "\nbea,Bea\n"
	rows := 0
	if err := open(t, in, Options{}).Peek(t.Context(), func(b *schema.Block) error {
		rows += b.Len()
		return nil
	}); err != nil || rows != 2 {
		t.Errorf("%d rows, %v; want 2", rows, err)
	}
}
