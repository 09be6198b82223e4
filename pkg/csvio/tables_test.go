package csvio

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMappingsAreCompletedInASpreadsheet(t *testing.T) {
	g, err := GuessMapping(t.Context(), write(t, "accountName,Vorname,=Note,Note,Note,,\"Name, given\"\na,Ann,x,y,z,q,r\n"), testSchema(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteMapping(&out, g.Lines()); err != nil {
		t.Fatal(err)
	}
	want := "heading,attribute,guess,why\n" +
		"accountName,accountName,,its name or label\n" +
		"Vorname,,firstName,\"a word that people use for it, or nearly its name\"\n" +
		"'=Note,,,\n" +
		"Note,,,\n" +
		"[E],,,\n" +
		"[F],,,\n" +
		"\"Name, given\",,,\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Fatalf("the table (-want +got):\n%s", d)
	}
	answered := strings.NewReplacer("Vorname,,", "Vorname; firstName ;", "'=Note,,", "'=Note;-;", "[E],,", "[E];vendor;", "\"Name, given\",,", "Name, given;\"lastName, firstName\";", ",", ";", "\n", "\r\n").Replace(out.String())
	got, err := ReadMapping("mapping.csv", strings.NewReader("\ufeff"+answered))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"accountName": "accountName", "Vorname": "firstName", "=Note": "", "[E]": "vendor", "Name, given": "lastName, firstName"}, got); d != "" {
		t.Errorf("the mapping (-want +got):\n%s", d)
	}
	by, err := ReadMapping("mapping.csv", strings.NewReader("attribute,heading\nfirstName,Vorname\n"))
	if d := cmp.Diff(map[string]string{"Vorname": "firstName"}, by); d != "" || err != nil {
		t.Errorf("a table by hand: error %v (-want +got):\n%s", err, d)
	}
	for _, tt := range []struct{ why, in, want string }{
		{why: "a heading twice", in: "heading,attribute\nContract End,endDate\nx,\ncontract_end,startDate\n", want: `mapping.csv:4: the heading "contract_end" stands in line 2 already`},
		{why: "an attribute of nothing", in: "heading,attribute\n,endDate\n", want: "mapping.csv:2: endDate has no heading"},
		{why: "a column lacks", in: "heading,guess\na,b\n", want: `has no column "attribute"`},
		{why: "a short row, which gocsv would not say where", in: "heading,attribute\nx\n", want: "mapping.csv:2: has 1 cells"},
		{why: "an open quote", in: "heading,attribute\na,\"b\n", want: "mapping.csv:2: has a quote"},
		{why: "nothing", in: "", want: "is empty"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			_, err := ReadMapping("mapping.csv", strings.NewReader(tt.in))
			var bad *InputError
			if !errors.As(err, &bad) || !strings.Contains(bad.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
