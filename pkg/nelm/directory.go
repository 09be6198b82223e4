package nelm

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Directory looks up people of a tenant by what a list calls them. It remembers every answer, also that nobody was found.
// It implements [schema.Directory].
type Directory struct {
	client *Client

	mu    sync.Mutex
	known map[string][]schema.Person // by value in lower case
}

// Directory returns a directory of the tenant's people that knows nobody yet.
func (c *Client) Directory() *Directory {
	return &Directory{client: c, known: make(map[string][]schema.Person)}
}

const (
	// longestFilter is how long a filter may be in a URL, so that the whole stays below 4 kB.
	longestFilter = 3_500
	// longestValue is longer than anything that people go by; a longer value is nobody.
	longestValue = 250
)

// personBody is one public identity. Which attributes are shown depends on the tenant; only the id is certain.
type personBody struct {
	ID     string `json:"id" validate:"required"`
	Name   string `json:"name"`
	Alias  string `json:"alias"`
	Email  string `json:"email"`
	Status string `json:"status"`
	State  string `json:"identityState"`
}

func (b personBody) person() schema.Person {
	return schema.Person{
		ID: b.ID, Alias: b.Alias, Email: b.Email, Name: b.Name,
		Inactive: b.State == "INACTIVE_LONG_TERM" || b.State == "" && strings.EqualFold(b.Status, "inactive"),
	}
}

// Lookup returns for each value everybody who answers to it: as alias, else as id or mail address, else as display name, in
// any case. A value that nobody answers to is left out. The service lists people to persons' tokens only; with any other the
// error matches [ErrDenied].
//
// Values are asked for many at a time, so that a hundred managers are two or three requests. A display name is found where
// it is a first and a last name.
func (d *Directory) Lookup(ctx context.Context, values []string) (map[string][]schema.Person, error) {
	const op = "look up people"
	if err := d.client.person(ctx, op); err != nil {
		return nil, err
	}
	open := make(map[string]bool) // in lower case: nobody asks twice for the same
	d.mu.Lock()
	for _, v := range values {
		if _, ok := d.known[strings.ToLower(v)]; !ok && v != "" && len(v) <= longestValue {
			open[strings.ToLower(v)] = true
		}
	}
	d.mu.Unlock()

	for _, step := range []struct {
		filters func(value string) []string
		answers func(p schema.Person, value string) bool
	}{
		{func(v string) []string { return []string{"alias eq " + quoted(v)} },
			func(p schema.Person, v string) bool { return strings.EqualFold(p.Alias, v) }},
		{func(v string) (filters []string) {
			if strings.Contains(v, "@") {
				filters = append(filters, "email eq "+quoted(v))
			}
			if looksLikeID(v) {
				filters = append(filters, "id eq "+quoted(v))
			}
			return filters
		}, func(p schema.Person, v string) bool {
			return strings.EqualFold(p.Email, v) || strings.EqualFold(p.ID, v)
		}},
		{nameFilters, func(p schema.Person, v string) bool {
			return strings.EqualFold(strings.Join(strings.Fields(p.Name), " "), strings.Join(strings.Fields(v), " "))
		}},
	} {
		var filters []string
		for _, v := range slices.Sorted(maps.Keys(open)) {
			filters = append(filters, step.filters(v)...)
		}
		people, err := d.ask(ctx, op, filters)
		if err != nil {
			return nil, err
		}
		d.mu.Lock()
		for v := range open {
			for _, p := range people {
				if step.answers(p, v) {
					d.known[v] = append(d.known[v], p)
				}
			}
			if len(d.known[v]) > 0 {
				delete(open, v)
			}
		}
		d.mu.Unlock()
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	for v := range open {
		d.known[v] = nil
	}
	found := make(map[string][]schema.Person)
	for _, v := range values {
		if people := d.known[strings.ToLower(v)]; len(people) > 0 {
			found[v] = slices.Clone(people)
		}
	}
	return found, nil
}

// ask returns everybody whom one of the filters fits, each once, in the order of their ids.
func (d *Directory) ask(ctx context.Context, op string, filters []string) ([]schema.Person, error) {
	batches := joinFilters(filters)
	found := make([][]schema.Person, len(batches))
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(d.client.config.Parallel)
	for i, filter := range batches {
		g.Go(func() (err error) {
			found[i], err = d.people(within, op, filter)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	all := slices.Concat(found...)
	slices.SortStableFunc(all, func(a, b schema.Person) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(all, func(a, b schema.Person) bool { return a.ID == b.ID }), nil
}

// people reads all pages of one filter.
func (d *Directory) people(ctx context.Context, op, filter string) ([]schema.Person, error) {
	var all []schema.Person
	for offset := 0; ; offset += pageSize {
		a, err := d.client.do(ctx, call{op: op, method: http.MethodGet, path: d.client.path(identitiesService), repeatable: true, query: url.Values{
			"limit":   {strconv.Itoa(pageSize)},
			"offset":  {strconv.Itoa(offset)},
			"sorters": {"name"},
			"filters": {filter},
		}})
		if err != nil {
			return nil, err
		}
		page, err := decodeList[personBody](d.client, op, a.body)
		if err != nil {
			return nil, err
		}
		for _, b := range page {
			all = append(all, b.person())
		}
		if len(page) < pageSize {
			return all, nil
		}
	}
}

// joinFilters joins filters with "or" into as few as the length of a URL allows. A filter that is too long alone fits nobody
// whom a person would write down, and is left out.
func joinFilters(filters []string) []string {
	const or = " or "
	var joined []string
	var b strings.Builder
	length := 0
	flush := func() {
		if b.Len() > 0 {
			joined = append(joined, b.String())
		}
		b.Reset()
		length = 0
	}
	for _, f := range filters {
		n := len(url.QueryEscape(f)) + 3*len(or) // at most, with every space as %20
		n += 2 * strings.Count(f, " ")
		if n > longestFilter {
			continue
		}
		if length+n > longestFilter {
			flush()
		}
		if b.Len() > 0 {
			b.WriteString(or)
		}
		b.WriteString(f)
		length += n
	}
	flush()
	return joined
}

// looksLikeID says whether a value has the form of an identity's id, 32 hex digits with or without dashes.
func looksLikeID(v string) bool {
	digits := 0
	for _, r := range v {
		switch {
		case '0' <= r && r <= '9', 'a' <= r && r <= 'f', 'A' <= r && r <= 'F':
			digits++
		case r != '-':
			return false
		}
	}
	return digits == 32
}

// nameFilters ask for the people with a display name. The service has no filter for it, so the name is cut into a first and a
// last name at every space, for either may have several words.
func nameFilters(name string) (filters []string) {
	words := strings.Fields(name)
	for i := 1; i < len(words) && len(words) <= 6; i++ {
		filters = append(filters, "(firstname eq "+quoted(strings.Join(words[:i], " "))+" and lastname eq "+quoted(strings.Join(words[i:], " "))+")")
	}
	return filters
}
