package schema_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func people() phoneBook {
	return phoneBook{
		{ID: "1", Alias: "jane.doe", Email: "jane@example.com", Name: "Jane Doe"},
		{ID: "2", Alias: "jim.smith", Email: "jim@example.com", Name: "Jim Smith"},
		{ID: "3", Alias: "jim.smith2", Email: "jim2@example.com", Name: "Jim Smith"},
		{ID: "4", Alias: "old.boss", Email: "boss@example.com", Name: "Bo Boss", Inactive: true},
		{ID: "5", Alias: "new.boss", Email: "boss2@example.com", Name: "Bo Boss"},
		{ID: "6", Alias: "ana.ruiz1", Email: "ar@example.com", Name: "Ana Ruiz"},
	}
}

type managerCase struct {
	why     string
	manager string
	near    string
	want    []string
	alias   string // what is sent
}

func managerCases() []managerCase {
	return []managerCase{
		{why: "an alias", manager: "jane.doe", near: "E-MGR-UNKNOWN", alias: "jane.doe"},
		{why: "in other case", manager: "Jane.Doe", alias: "jane.doe"},
		{why: "a mail address", manager: "jane@example.com", alias: "jane.doe"},
		{why: "a display name", manager: " Jane Doe ", near: "E-MGR-AMBIGUOUS", alias: "jane.doe"},
		{why: "nobody", manager: "jon.doe", want: []string{"1 E-MGR-UNKNOWN manager"}, alias: "jon.doe"},
		{why: "two of that name", manager: "Jim Smith", want: []string{"1 E-MGR-AMBIGUOUS manager"}, alias: "Jim Smith"},
		{why: "somebody who has left", manager: "old.boss", want: []string{"1 W-MGR-INACTIVE manager"}, alias: "old.boss"},
		{why: "of two the one who is there", manager: "Bo Boss", near: "W-MGR-INACTIVE", alias: "new.boss"},
		{why: "oneself under another name", manager: "ar@example.com", want: []string{"1 E-MGR-SELF manager"}, alias: "ana.ruiz1"},
		{why: "nobody is asked for", manager: "#CLEAR", want: []string{"1 E-REQUIRED manager"}},
	}
}

func TestManagers(t *testing.T) {
	s := testSchema(t)
	for _, c := range managerCases() {
		t.Run(c.why, func(t *testing.T) {
			tab := listOf(t, s.Names(), with(1, "manager", c.manager))
			managers, err := schema.FindManagers(context.Background(), s, people(), tab)
			if err != nil {
				t.Fatal(err)
			}
			o := validateOptions(t)
			o.Reading.Managers = managers
			if diff := cmp.Diff(c.want, validated(t, s, tab, o)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			compare := schema.NewComparer(attribute("manager"), schema.Column{}, schema.Column{}, o.Reading)
			sent, err := compare.Send([]byte(c.manager))
			if err != nil || sent != c.alias {
				t.Errorf("sends %q, %v; want %q", sent, err, c.alias)
			}
			if sent != "" && (!compare.Equal([]byte(c.manager), []byte(sent)) || compare.Equal([]byte(c.manager), []byte("somebody.else"))) {
				t.Errorf("%q does not equal what is sent for it, or equals anybody", c.manager)
			}
			if a, b := compare.AppendCanonical(nil, []byte(c.manager), true), compare.AppendCanonical(nil, []byte(sent), false); string(a) != string(b) {
				t.Errorf("canonical forms %q and %q", a, b)
			}
		})
	}
}

type brokenDirectory struct{}

func (brokenDirectory) Lookup(context.Context, []string) (map[string][]schema.Person, error) {
	return nil, errDirectory
}

var errDirectory = errors.New("no answer")

func TestFindManagersFails(t *testing.T) {
	s := testSchema(t)
	if _, err := schema.FindManagers(context.Background(), s, brokenDirectory{}, table(t, s.Names(), cleanRow(1))); !errors.Is(err, errDirectory) {
		t.Errorf("got %v", err)
	}
	if _, err := schema.FindManagers(context.Background(), s, brokenDirectory{}, table(t, s.Names())); err != nil {
		t.Errorf("a list without managers asked for some: %v", err)
	}
}
