package csvio

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestGuessesOfAMapping(t *testing.T) {
	path := write(t, "Contractors\n\nLogin,\"Name, Vorname\",Contact,Start Date,Vertragsende,Vendor,Vendor,,\"We\"\"ird: #\"\n"+
		"a,\"Lee, Ann\",ann@example.com,2026-01-01,,X,,,\nb,\"Ono, Ken\",ken@example.com,2026-01-01,,X,,,\n")
	g, err := GuessMapping(t.Context(), path, testSchema(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range g.Columns {
		line := c.Column + " " + c.Heading + " = " + c.Attribute
		if c.Sure {
			line += " !"
		}
		got = append(got, line)
	}
	want := []string{
		"A Login = accountName", "B Name, Vorname = lastName, firstName", "C Contact = email", "D Start Date = startDate !", "E Vertragsende = endDate",
		"F Vendor = vendor !", "G Vendor = ", "H  = ", `I We"ird: # = `,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("guesses (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"phone", "manager"}, g.Missing); d != "" {
		t.Errorf("missing (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Lee, Ann", "Ono, Ken"}, g.Columns[1].Examples); d != "" {
		t.Errorf("examples (-want +got):\n%s", d)
	}
	var out bytes.Buffer
	if err := g.Encode(&out); err != nil {
		t.Fatal(err)
	}
	type settings struct {
		HeaderRow int               `yaml:"header-row"`
		Map       map[string]string `yaml:"map"`
		Set       map[string]string `yaml:"set"`
	}
	var sure settings
	if err := yaml.Unmarshal(out.Bytes(), &sure); err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	if d := cmp.Diff(settings{HeaderRow: 3, Map: g.Map(false)}, sure); d != "" {
		t.Errorf("sure settings (-want +got):\n%s", d)
	}
	var all settings
	bold := regexp.MustCompile(`(?m)^  # "`).ReplaceAllString(out.String(), `  "`)
	if err := yaml.Unmarshal([]byte(bold), &all); err != nil {
		t.Fatalf("%v in\n%s", err, bold)
	}
	want2 := g.Map(true)
	want2[`We"ird: #`] = ""
	if d := cmp.Diff(want2, all.Map); d != "" {
		t.Errorf("all settings (-want +got):\n%s", d)
	}
	if strings.Contains(out.String(), "example.com") || strings.Contains(out.String(), "Lee") {
		t.Errorf("what cells hold is in the file:\n%s", out.String())
	}
	l, err := Open(t.Context(), path, testSchema(), Options{Map: g.Map(true)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	if d := cmp.Diff([]string{"a", "Lee", "Ann", "ann@example.com", "2026-01-01", "", "X"}, readAll(t, l).Rows[0]); d != "" {
		t.Errorf("first row by all guesses (-want +got):\n%s", d)
	}
}

func TestWriteClean(t *testing.T) {
	l := open(t, "lastName;accountName;endDate;x\nLee ;a;31.12.2026;1\nOno;b;x;1\nRuiz;c\nKim;d;2026-01-01;=1\n", Options{})
	var out bytes.Buffer
	n, err := WriteClean(t.Context(), &out, testSchema(), l, func(row int64) bool { return row == 3 })
	if err != nil || n != 2 {
		t.Errorf("%d rows, %v; want 2", n, err)
	}
	if d := cmp.Diff("accountName,lastName,endDate\na,Lee,2026-12-31\nd,Kim,2026-01-01\n", out.String()); d != "" {
		t.Errorf("clean list (-want +got):\n%s", d)
	}
}

// A source's own attributes go by several words, some of which are known.
func TestGuessesOfOwnAttributes(t *testing.T) {
	own := func(attributes ...schema.Attribute) *schema.Schema {
		return &schema.Schema{Attributes: append(schema.System(), attributes...)}
	}
	vendor := schema.Attribute{TechnicalName: "vendor", Label: "Vendor", Required: true}
	center := schema.Attribute{TechnicalName: "costCenter", Label: "Cost center"}
	for _, tt := range []struct {
		why, heading string
		s            *schema.Schema
		want         string
	}{
		{"another word", "Company", own(vendor), "vendor"},
		{"in German", "Firma", own(vendor), "vendor"},
		{"the other way about", "Vendor", own(schema.Attribute{TechnicalName: "company"}), "company"},
		{"by the label", "Supplier", own(schema.Attribute{TechnicalName: "attr7", Label: "Company name"}), "attr7"},
		{"a source without one", "Firma", own(center), ""},
		{"cost centre, spelt otherwise", "Cost centre", own(center), "costCenter"},
		{"cost centre in German", "Kostenstelle", own(vendor, center), "costCenter"},
		{"an abbreviation", "Tel.", own(), "phone"},
		{"marked as required", "Vorname *", own(), "firstName"},
	} {
		if got := nearest(tt.heading, tt.s); got != tt.want {
			t.Errorf("%s: %q is %q, want %q", tt.why, tt.heading, got, tt.want)
		}
	}
}

func TestGuessesSayWhatIsRequired(t *testing.T) {
	s := &schema.Schema{Attributes: append(schema.System(), schema.Attribute{TechnicalName: "vendor", Required: true}, schema.Attribute{TechnicalName: "badge"})}
	for _, tt := range []struct {
		why, header, want string
	}{
		{"some", "accountName,firstName,lastName,phone,email,manager,startDate", "# No column seems to be: endDate, vendor, badge.\n# Required of a new record: endDate, vendor.\n# For"},
		{"none", "accountName,firstName,lastName,phone,email,manager,startDate,endDate,vendor", "# No column seems to be: badge.\n# For"},
	} {
		g, err := GuessMapping(t.Context(), write(t, tt.header+"\n"), s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := g.Encode(&out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: no %q in\n%s", tt.why, tt.want, out.String())
		}
	}
}

// A second column of a heading is left out on purpose only where the first is certain: else that is a guess like any other.
func TestTheSecondColumnOfAHeading(t *testing.T) {
	g, err := GuessMapping(t.Context(), write(t, "Login,Certification,Certification,Vendor,Vendor,Responsable\na,x,y,z,z,jane.doe\n"), testSchema(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := g.Encode(&out); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`  # "[C]": ""  # column C has the heading`, `  "[E]": ""  # column E has the heading`, `  # "Responsable": "manager"`} {
		if !strings.Contains(out.String(), "\n"+line) {
			t.Errorf("no line begins with %s in\n%s", line, out.String())
		}
	}
}
