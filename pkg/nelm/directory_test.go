package nelm_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox/contract"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

var _ schema.Directory = (*nelm.Directory)(nil)

// people is a tenant's crowd with everything that makes names hard.
func people(n int) *sandbox.Seed {
	s := &sandbox.Seed{Identities: []sandbox.Identity{
		{ID: "2c9180835d2e5168015d32f890ca1581", Alias: "jane.doe", Name: "Jane Doe", FirstName: "Jane", LastName: "Doe", Email: "jane.doe@example.com"},
		{Alias: "ma.smith", Name: "Mary Ann Smith", FirstName: "Mary Ann", LastName: "Smith", Email: "ma.smith@example.com"},
		{Alias: "l.vdberg", Name: "Lena van den Berg", FirstName: "Lena", LastName: "van den Berg", Email: "l@example.com", IdentityState: "INACTIVE_LONG_TERM"},
		{Alias: "jim.smith", Name: "Jim Smith", FirstName: "Jim", LastName: "Smith", Email: "jim.one@example.com"},
		{Alias: "jim.smith2", Name: "Jim Smith", FirstName: "Jim", LastName: "Smith", Email: "jim.two@example.com", IdentityState: "INACTIVE_SHORT_TERM"},
		{Alias: "odd\"name\\", Name: "Odd Name", FirstName: "Odd", LastName: "Name", Email: "odd@example.com"},
		{Alias: "Jürgen", Name: "Jürgen Groß", FirstName: "Jürgen", LastName: "Groß", Email: "j@example.com"},
	}}
	for i := range n {
		s.Identities = append(s.Identities, sandbox.Identity{Alias: fmt.Sprintf("m.%04d", i), Name: fmt.Sprintf("M No%d", i), FirstName: "M", LastName: fmt.Sprintf("No%d", i), Email: fmt.Sprintf("m.%d@example.com", i)})
	}
	s.Sources = []sandbox.SeedSource{{Name: practice, Owner: "jane.doe"}}
	return s
}

func TestLookupFindsPeopleByWhateverTheyAreCalled(t *testing.T) {
	box, url, clock := practise(t, sandbox.Options{Seed: people(0)})
	directory := as(t, box.Credentials().Admin, url, clock, "").Directory()
	for _, row := range []struct {
		value string
		want  []string
		why   string
	}{
		{"jane.doe", []string{"jane.doe"}, "an alias"},
		{"JANE.Doe", []string{"jane.doe"}, "an alias in other letters"},
		{"jane.doe@example.com", []string{"jane.doe"}, "a mail address"},
		{"2c9180835d2e5168015d32f890ca1581", []string{"jane.doe"}, "an identity's id"},
		{"Jane Doe", []string{"jane.doe"}, "a display name"},
		{"mary ann  smith", []string{"ma.smith"}, "a first name of two words, written carelessly"},
		{"Lena van den Berg", []string{"l.vdberg"}, "a last name of three words"},
		{"Jim Smith", []string{"jim.smith", "jim.smith2"}, "a name that two people have"},
		{"odd\"name\\", []string{"odd\"name\\"}, "an alias that has to be escaped in a filter"},
		{"Jürgen", []string{"Jürgen"}, "an alias beyond ASCII"},
		{"nobody", nil, "nobody"},
		{"nobody@example.com", nil, "nobody's address"},
		{"", nil, "an empty cell"},
		{`" or alias sw "`, nil, "a value that would be a filter of its own"},
		{string(make([]byte, 5_000)), nil, "a value longer than a URL"},
	} {
		got, err := directory.Lookup(t.Context(), []string{row.value})
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		var aliases []string
		for _, p := range got[row.value] {
			aliases = append(aliases, p.Alias)
		}
		slices.Sort(aliases)
		if diff := cmp.Diff(row.want, aliases); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", row.why, row.value, diff)
		}
	}
	got, err := directory.Lookup(t.Context(), []string{"l.vdberg", "jim.smith2", "jane.doe"})
	if err != nil {
		t.Fatal(err)
	}
	inactive := make(map[string]bool)
	for v, p := range got {
		inactive[v] = p[0].Inactive
	}
	if diff := cmp.Diff(map[string]bool{"l.vdberg": true, "jim.smith2": false, "jane.doe": false}, inactive); diff != "" {
		t.Errorf("who has left (-want +got):\n%s", diff)
	}
}

func TestLookupAsksForManyAtOnceAndOnce(t *testing.T) {
	const managers = 400
	box, err := sandbox.New(sandbox.Options{Seed: people(managers)})
	if err != nil {
		t.Fatal(err)
	}
	checked := contract.Check(t, box)
	longest := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		longest = max(longest, len(r.URL.String()))
		checked.ServeHTTP(w, r)
	}))
	defer server.Close()
	who := box.Credentials().Admin
	c, err := nelm.New(nelm.Config{BaseURL: server.URL, ClientID: who.ClientID, ClientSecret: who.Secret, Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	directory := c.Directory()
	values := []string{"nobody.0", "nobody.1", "M.0001"}
	for i := range managers {
		values = append(values, fmt.Sprintf("m.%04d", i))
	}
	for range 3 {
		found, err := directory.Lookup(t.Context(), values)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != managers+1 {
			t.Errorf("%d of %d found", len(found), managers+1)
		}
	}
	const want = 5 // 400 aliases of six letters; names that nobody has are asked for no further
	if n := c.Requests()["look up people"]; n > want {
		t.Errorf("%d requests for %d managers, asked for three times; want at most %d", n, managers, want)
	}
	if longest >= 4096 {
		t.Errorf("an address of %d bytes: gateways refuse 4 kB", longest)
	}
}

func TestLookupNeedsAPerson(t *testing.T) {
	box, url, clock := practise(t, sandbox.Options{Seed: people(0)})
	if _, err := as(t, box.Credentials().Application, url, clock, "").Directory().Lookup(t.Context(), []string{"jane.doe"}); !errors.Is(err, nelm.ErrDenied) {
		t.Errorf("got %v, want ErrDenied", err)
	}
	if n := maps.Clone(box.Counts().Requests)["listPublicIdentities"]; n > 0 {
		t.Errorf("asked %d times all the same", n)
	}
}
