package schema_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestRulesThatCannotBeCompiled(t *testing.T) {
	s := testSchema(t)
	for _, c := range []struct {
		why  string
		rule schema.Rule
		want string
	}{
		{"no attribute", schema.Rule{Check: "len=3"}, "names no attribute"},
		{"another source's attribute", schema.Rule{Attribute: "agency", Check: "len=3"}, `no attribute "agency": it has accountName`},
		{"nothing to check", schema.Rule{Attribute: "vendor"}, "neither a check nor a pattern"},
		{"a word that nobody knows", schema.Rule{Attribute: "vendor", Check: "lenn=3"}, `no check called "lenn"`},
		{"a length in letters", schema.Rule{Attribute: "vendor", Check: "numeric,len=three"}, `"three" is not a number`},
		{"one of nothing", schema.Rule{Attribute: "vendor", Check: "oneof="}, "write oneof=VALUE"},
		{"a length of nothing", schema.Rule{Attribute: "vendor", Check: "len"}, "write len=VALUE"},
		{"a broken pattern", schema.Rule{Attribute: "vendor", Pattern: "V("}, "missing closing ): `V(`"},
		{"a pattern of another language", schema.Rule{Attribute: "vendor", Pattern: "(?<=V)x"}, "invalid"},
		{"a severity that is none", schema.Rule{Attribute: "vendor", Check: "len=3", Severity: "fatal"}, "write error, warning or note"},
		{"no other attribute", schema.Rule{Attribute: "vendor", Check: "gtfield="}, "write gtfield=ATTRIBUTE"},
		{"an other attribute that is not there", schema.Rule{Attribute: "vendor", Check: "gtfield=agency"}, `no attribute "agency"`},
		{"no value", schema.Rule{Attribute: "vendor", Check: "required_if=manager"}, "write required_if=ATTRIBUTE VALUE"},
	} {
		_, err := schema.NewChecker(s, table(t, s.Names()).Columns(), schema.CheckOptions{Rules: []schema.Rule{{Attribute: "email", Check: "max=60"}, c.rule}})
		var bad *schema.RuleError
		if !errors.As(err, &bad) || bad.Number != 2 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got the error %v, want one of rule 2 that says %q", c.why, err, c.want)
		}
	}
}

func TestRuleWithoutItsColumn(t *testing.T) {
	s := testSchema(t)
	names := s.Names()[:8]
	o := validateOptions(t)
	o.Rules = []schema.Rule{{Attribute: "vendor", Check: "required"}, {Attribute: "lastName", Check: "required_if=vendor ACME,eqfield=vendor"}}
	if got := validated(t, s, listOf(t, names, cleanRow(1)), o); got != nil {
		t.Errorf("rules about a column that is not in the list said %q", got)
	}
}

func TestRuleInOwnWords(t *testing.T) {
	s := testSchema(t)
	tab := listOf(t, s.Names(), cleanRow(1))
	o := validateOptions(t)
	o.Rules = []schema.Rule{{Attribute: "vendor", Check: "startswith=X", Message: "vendors begin with X", Hint: "ask purchasing"}}
	checker, err := schema.NewChecker(s, tab.Columns(), o)
	if err != nil {
		t.Fatal(err)
	}
	var got schema.Finding
	err = tab.Blocks(t.Context(), func(b *schema.Block) error {
		checker.Check(b, func(_ int, f schema.Finding) { got = f })
		return nil
	})
	if err != nil || got.Message != "vendors begin with X" || got.Hint != "ask purchasing" {
		t.Errorf("%+v, %v", got, err)
	}
}
