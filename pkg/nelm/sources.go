package nelm

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// pageSize is the largest page that the service gives.
const pageSize = 250

// sourceBody is one element of the list of sources.
type sourceBody struct {
	ID       string         `json:"id" validate:"required"`
	SourceID string         `json:"sourceId" validate:"required"`
	Name     string         `json:"name" validate:"required"`
	Count    *int           `json:"nonEmployeeCount"`
	Managers []identityBody `json:"accountManagers"`
}

// identityBody is a reference to an identity or to a governance group.
type identityBody struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

func (b sourceBody) source(tenant schema.Tenant) schema.Source {
	s := schema.Source{Tenant: tenant, ID: b.ID, SourceID: b.SourceID, Name: b.Name, Count: -1}
	if b.Count != nil {
		s.Count = *b.Count
	}
	return s
}

// Sources lists the non-employee sources that the token may see, with the number of records in each, in the order of their
// names.
func (c *Client) Sources(ctx context.Context) ([]schema.Source, error) {
	bodies, tenant, err := c.sources(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]schema.Source, len(bodies))
	for i, b := range bodies {
		list[i] = b.source(tenant)
	}
	return list, nil
}

func (c *Client) sources(ctx context.Context) ([]sourceBody, schema.Tenant, error) {
	const op = "list sources"
	_, tenant, err := c.Access(ctx)
	if err != nil {
		return nil, schema.Tenant{}, fmt.Errorf("%s: %w", op, err)
	}
	var all []sourceBody
	seen := make(map[string]bool)
	// A tenant has at most 50 sources, so that there is one page; the loop is for the day when that limit is raised.
	for {
		a, err := c.do(ctx, call{op: op, method: http.MethodGet, path: c.path(sourcesService), repeatable: true, query: url.Values{
			"limit":              {strconv.Itoa(pageSize)},
			"offset":             {strconv.Itoa(len(all))},
			"sorters":            {"name"},
			"non-employee-count": {"true"},
		}})
		if err != nil {
			return nil, schema.Tenant{}, err
		}
		page, err := decodeList[sourceBody](c, op, a.body)
		if err != nil {
			return nil, schema.Tenant{}, err
		}
		for _, b := range page {
			if seen[b.SourceID] {
				return nil, schema.Tenant{}, shape(op, "source %s is listed twice", b.SourceID)
			}
			seen[b.SourceID] = true
			all = append(all, b)
		}
		if len(page) < pageSize {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b sourceBody) int { return strings.Compare(a.Name, b.Name) })
	return all, tenant, nil
}

// A SourceError says that no source, or more than one, goes by what somebody called it.
type SourceError struct {
	Name      string   // as it was given
	Ambiguous bool     // more than one source fits, those in Names
	Names     []string // the fitting ones, the nearest ones, or all where there are few
	Total     int      // sources that the token sees
}

func (e *SourceError) Error() string {
	var names []string
	for _, n := range e.Names {
		names = append(names, strconv.Quote(n))
	}
	list := strings.Join(names, ", ")
	switch {
	case e.Ambiguous:
		return fmt.Sprintf("source %q: more than one goes by that name (%s): give its id", e.Name, list)
	case e.Total == 0:
		return fmt.Sprintf("source %q: this credential sees no non-employee source at all", e.Name)
	case list == "":
		return fmt.Sprintf("source %q: no such source among the %d that this credential sees", e.Name, e.Total)
	}
	return fmt.Sprintf("source %q: no such source among the %d that this credential sees; there is %s", e.Name, e.Total, list)
}

// Unwrap makes the error match [ErrNotFound].
func (e *SourceError) Unwrap() error { return ErrNotFound }

// Source finds a source by either of its ids, or by its name: exactly, else without regard to case if that is one source
// only. The error is a *[SourceError] where it does not exist.
func (c *Client) Source(ctx context.Context, nameOrID string) (*Source, error) {
	bodies, tenant, err := c.sources(ctx)
	if err != nil {
		return nil, err
	}
	b, err := pickSource(bodies, nameOrID)
	if err != nil {
		return nil, err
	}
	return &Source{client: c, described: b.source(tenant), managers: b.Managers, fresh: true, bare: make(map[string]bool), unknown: make(map[string]bool)}, nil
}

func pickSource(all []sourceBody, nameOrID string) (sourceBody, error) {
	for _, same := range []func(sourceBody) bool{
		func(b sourceBody) bool { return b.SourceID == nameOrID || b.ID == nameOrID },
		func(b sourceBody) bool { return b.Name == nameOrID },
		func(b sourceBody) bool { return strings.EqualFold(b.Name, strings.TrimSpace(nameOrID)) },
	} {
		var fit []sourceBody
		var names []string
		for _, b := range all {
			if same(b) {
				fit = append(fit, b)
				names = append(names, b.Name)
			}
		}
		if len(fit) == 1 {
			return fit[0], nil
		}
		if len(fit) > 1 {
			return sourceBody{}, &SourceError{Name: nameOrID, Ambiguous: true, Names: names, Total: len(all)}
		}
	}
	return sourceBody{}, &SourceError{Name: nameOrID, Names: nearNames(all, nameOrID), Total: len(all)}
}
