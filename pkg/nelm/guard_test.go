package nelm_test

import (
	"errors"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A guarded patch writes over nothing that moved since the record was read, and works where nothing did.
func TestGuardedPatch(t *testing.T) {
	box, url, clock := practise(t, sandbox.Options{Seed: seed(3)})
	who := box.Credentials().Admin
	c, err := nelm.New(nelm.Config{BaseURL: url, ClientID: who.ClientID, ClientSecret: who.Secret, Clock: clock, Guard: true})
	if err != nil {
		t.Fatal(err)
	}
	src := open(t, c)
	records, err := src.List(t.Context(), func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	change := func(attribute, value string) []schema.FieldChange {
		return []schema.FieldChange{{Attribute: attribute, New: value}}
	}
	for _, attribute := range []string{"lastName", "endDate", "vendor"} {
		value := "2031-01-31T22:59:59Z"
		if attribute != "endDate" {
			value = "Guarded"
		}
		after, err := src.Patch(t.Context(), records[0], change(attribute, value))
		if err != nil {
			t.Fatalf("%s of a record that did not move: %v", attribute, err)
		}
		if got, _ := after.Get(attribute); got != value && attribute != "endDate" {
			t.Errorf("%s is %q, want %q", attribute, got, value)
		}
		records[0] = after
	}
	stale := records[1]
	if _, err := src.Patch(t.Context(), records[1], change("lastName", "Newer")); err != nil {
		t.Fatal(err)
	}
	_, err = src.Patch(t.Context(), stale, change("lastName", "Older"))
	if !errors.Is(err, nelm.ErrRefused) {
		t.Fatalf("a patch of what moved since: %v, want it refused", err)
	}
	now, err := src.Get(t.Context(), stale.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := now.Get("lastName"); got != "Newer" {
		t.Errorf("lastName is %q: the guarded patch wrote over what was newer", got)
	}
}
