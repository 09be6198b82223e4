package schema_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// faultyRows are n rows of which some have findings of many kinds.
func faultyRows(rng *rand.Rand, n int) []map[string]string {
	rows := make([]map[string]string, n)
	for i := range rows {
		rows[i] = with(i, "email", fmt.Sprintf("a%d@example.com", i), "phone", fmt.Sprintf("+34%09d", i))
		switch rng.IntN(12) {
		case 0:
			rows[i]["accountName"] = fmt.Sprintf("Ana.Ruiz%d", rng.IntN(n))
		case 1:
			rows[i]["email"] = fmt.Sprintf("a%d@example.com", rng.IntN(n))
		case 2:
			rows[i]["endDate"] = "soon"
		case 3:
			rows[i]["phone"] = ""
		case 4:
			rows[i]["vendor"] = "=1+1"
		}
	}
	return rows
}

// What is reported must not depend on how much is kept between the passes.
func TestReadingAgainSaysTheSame(t *testing.T) {
	s := testSchema(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 63, 200, 3000} {
		tab := listOf(t, s.Names(), faultyRows(rng, n)...)
		o := validateOptions(t)
		o.Rules = []schema.Rule{{Attribute: "vendor", Check: "unique", Severity: schema.Warning}}
		checker, err := schema.NewChecker(s, tab.Columns(), o)
		if err != nil {
			t.Fatal(err)
		}
		var first []schema.Finding
		var counts schema.Validation
		for i, keep := range []int{8 << 20, 10_000, 500, 0} {
			var got []schema.Finding
			v, err := schema.ValidateKeeping(context.Background(), tab, checker, keep, func(f schema.Finding) error {
				got = append(got, f)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first, counts = got, v
				continue
			}
			if diff := cmp.Diff(first, got); diff != "" {
				t.Fatalf("%d rows, %d bytes kept (-all kept +got)\n%s", n, keep, diff)
			}
			if diff := cmp.Diff(counts, v); diff != "" {
				t.Fatalf("%d rows, %d bytes kept (-all kept +got)\n%s", n, keep, diff)
			}
		}
		if !slices.IsSortedFunc(first, func(a, b schema.Finding) int { return int(a.Origin.Row - b.Origin.Row) }) {
			t.Error("the findings are not in the order of the rows")
		}
	}
}

// A reader is a table whose reading shows things of its own.
type reader struct {
	*list
	findings func(b *schema.Block) []schema.Finding
	reads    int
	fail     func(read int) error
}

func (r *reader) Blocks(ctx context.Context, f func(*schema.Block) error) error {
	r.reads++
	err := r.Memory.Blocks(ctx, func(b *schema.Block) error {
		if r.findings != nil {
			b.Findings = r.findings(b)
		}
		return f(b)
	})
	if err == nil && r.fail != nil {
		err = r.fail(r.reads)
	}
	return err
}

func TestFindingsOfReading(t *testing.T) {
	s := testSchema(t)
	rows := []map[string]string{cleanRow(1), with(2, "phone", "", "email", ""), cleanRow(3), with(4, "firstName", "\xff", "email", "x")}
	tab := &reader{list: listOf(t, s.Names(), rows...)}
	tab.findings = func(*schema.Block) []schema.Finding {
		return []schema.Finding{
			{Code: "E-ROW-WIDTH", Severity: schema.Error, Origin: schema.Origin{Row: 2}},
			{Code: "E-ENCODING", Severity: schema.Error, Origin: schema.Origin{Row: 4, Column: "B"}},
			{Code: "N-ROW-BLANK", Severity: schema.Note, Origin: schema.Origin{Row: 7}},
			{Code: "N-PREAMBLE", Severity: schema.Note, Origin: schema.Origin{Row: 0}},
		}
	}
	want := []string{"0 N-PREAMBLE ", "2 E-ROW-WIDTH ", "4 E-EMAIL-BAD email", "4 E-ENCODING ", "7 N-ROW-BLANK "}
	for _, keep := range []int{1 << 20, 0} {
		checker, err := schema.NewChecker(s, tab.Columns(), validateOptions(t))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		v, err := schema.ValidateKeeping(context.Background(), tab, checker, keep, func(f schema.Finding) error {
			got = append(got, told(f))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("half a row lacks nothing, and nothing is said twice; %d bytes kept (-want +got)\n%s", keep, diff)
		}
		if v.BadRows != 2 {
			t.Errorf("%+v", v)
		}
	}
}

func TestCleanListIsReadOnce(t *testing.T) {
	s := testSchema(t)
	tab := &reader{list: listOf(t, s.Names(), clean(1, 500)...)}
	if got := validated(t, s, tab, validateOptions(t)); got != nil || tab.reads != 1 {
		t.Errorf("read %d times, found %q", tab.reads, got)
	}
}

func TestReadingFails(t *testing.T) {
	s := testSchema(t)
	broken := errors.New("the disk is gone")
	for read := 1; read <= 3; read++ {
		tab := &reader{list: listOf(t, s.Names(), cleanRow(1), cleanRow(1)), fail: func(n int) error {
			if n == read {
				return broken
			}
			return nil
		}}
		checker, err := schema.NewChecker(s, tab.Columns(), validateOptions(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := schema.ValidateKeeping(context.Background(), tab, checker, 0, func(schema.Finding) error { return nil }); !errors.Is(err, broken) {
			t.Errorf("reading %d failed, and the error was %v", read, err)
		}
	}
	full := errors.New("no more findings, please")
	tab := listOf(t, s.Names(), with(1, "email", "x"), with(2, "email", "y"))
	checker, err := schema.NewChecker(s, tab.Columns(), validateOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := schema.Validate(context.Background(), tab, checker, func(schema.Finding) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

func TestListThatGrewMeanwhile(t *testing.T) {
	s := testSchema(t)
	tab := &reader{list: listOf(t, s.Names(), cleanRow(1), cleanRow(1))}
	tab.fail = func(int) error {
		tab.Memory = table(t, s.Names(), cleanRow(1), cleanRow(1), cleanRow(2))
		return nil
	}
	checker, err := schema.NewChecker(s, tab.Columns(), validateOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = schema.Validate(context.Background(), tab, checker, func(schema.Finding) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("got %v", err)
	}
}

func TestManyShareOneMail(t *testing.T) {
	s := testSchema(t)
	var rows []map[string]string
	for n := range 3000 {
		rows = append(rows, with(n, "email", "info@example.com", "phone", fmt.Sprintf("+34%09d", n), "firstName", fmt.Sprintf("F%d", n)))
	}
	tab := listOf(t, s.Names(), rows...)
	checker, err := schema.NewChecker(s, tab.Columns(), validateOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	_, err = schema.Validate(context.Background(), tab, checker, func(f schema.Finding) error {
		if f.Origin.Row > 0 {
			n++
			if len(f.Related) != 100 || !strings.Contains(f.Message, "2999 other rows") {
				t.Fatalf("names %d rows and says %q", len(f.Related), f.Message)
			}
		}
		return nil
	})
	if err != nil || n != len(rows) {
		t.Errorf("%d findings, %v", n, err)
	}
}

// TestPersonInAChain: where some rows share the mail address and others the phone number, no row is said to share both.
func TestPersonInAChain(t *testing.T) {
	s := testSchema(t)
	who := []string{"firstName", "Ana", "lastName", "Ruiz"}
	row := func(n int, mail, phone string) map[string]string {
		return with(n, append([]string{"email", mail, "phone", phone}, who...)...)
	}
	tab := listOf(t, s.Names(), row(1, "a@x.org", "+34600000001"), row(2, "b@x.org", "+34600000001"), row(3, "b@x.org", "+34600000003"))
	checker, err := schema.NewChecker(s, tab.Columns(), validateOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if _, err := schema.Validate(context.Background(), tab, checker, func(f schema.Finding) error {
		if f.Code == schema.CodePersonDuplicate {
			got = append(got, f.Message[strings.Index(f.Message, "in "):])
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{"in another row with the same phone number", "in 2 other rows with the same mail address or phone number", "in another row with the same mail address"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCheckCreate(t *testing.T) {
	s := testSchema(t)
	names := []string{"accountName", "firstName", "endDate"}
	tab := listOf(t, names, with(1, "firstName", ""))
	o := validateOptions(t)
	o.Defaults = map[string]string{"phone": "+49301234567"}
	checker, err := schema.NewChecker(s, tab.Columns(), o)
	if err != nil {
		t.Fatal(err)
	}
	var check, create []string
	err = tab.Blocks(context.Background(), func(b *schema.Block) error {
		checker.Check(b, func(_ int, f schema.Finding) { check = append(check, told(f)) })
		checker.CheckCreate(b, 0, func(f schema.Finding) { create = append(create, told(f)) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), check); diff != "" {
		t.Errorf("an existing record keeps what a blank cell does not mention (-want +got)\n%s", diff)
	}
	want := []string{"1 E-REQUIRED firstName", "1 E-REQUIRED lastName", "1 E-REQUIRED email", "1 E-REQUIRED manager", "1 E-REQUIRED startDate"}
	if diff := cmp.Diff(want, create); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestNewCheckerRefuses(t *testing.T) {
	s := testSchema(t)
	for _, c := range []struct {
		cols []string
		want string
	}{
		{[]string{"accountName", "agency"}, "another source's list"},
		{[]string{"accountName", "phone", "phone"}, "two columns hold phone"},
		{[]string{"firstName"}, "no column holds accountName"},
	} {
		_, err := schema.NewChecker(s, listOf(t, c.cols).Columns(), schema.CheckOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("columns %q: got the error %v, want one that says %q", c.cols, err, c.want)
		}
	}
}
