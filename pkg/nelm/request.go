package nelm

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// A Request asks for a new record and waits for approval. Until it is decided, its account name is not free.
type Request struct {
	ID          string
	AccountName string
	Status      string // PENDING, or another that the service adds; decided ones are not listed
	Created     string // as the service gave it
}

type requestBody struct {
	ID          string `json:"id" validate:"required"`
	AccountName string `json:"accountName" validate:"required"`
	SourceID    string `json:"sourceId"`
	Status      string `json:"approvalStatus"`
	Created     string `json:"created"`
	Source      struct {
		SourceID string `json:"sourceId"`
	} `json:"nonEmployeeSource"`
}

// PendingRequests lists the undecided requests for new records of this source, by account name. The service lists requests
// per person: asked are the person of the token and, where the token may, the source's account managers.
func (s *Source) PendingRequests(ctx context.Context) ([]Request, error) {
	const op = "list requests"
	access, _, err := s.client.Access(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	var people []string
	if access.User {
		people = append(people, "me")
	}
	s.mu.Lock()
	for _, m := range s.managers {
		if access.User && !access.Admin {
			break // may only ask for oneself
		}
		if m.ID != "" && m.ID != access.Identity && (m.Type == "" || m.Type == "IDENTITY") && !slices.Contains(people, m.ID) {
			people = append(people, m.ID)
		}
	}
	s.mu.Unlock()

	found := make([][]requestBody, len(people))
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(s.client.config.Parallel)
	for i, person := range people {
		g.Go(func() (err error) {
			found[i], err = s.requests(within, op, person)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var list []Request
	seen := make(map[string]bool)
	for _, b := range slices.Concat(found...) {
		switch strings.ToUpper(b.Status) {
		case "APPROVED", "REJECTED", "CANCELLED":
			continue
		}
		of := b.Source.SourceID
		if of == "" {
			of = b.SourceID
		}
		if seen[b.ID] || of != "" && of != s.id() {
			continue
		}
		seen[b.ID] = true
		list = append(list, Request{ID: b.ID, AccountName: b.AccountName, Status: b.Status, Created: b.Created})
	}
	slices.SortFunc(list, func(a, b Request) int { return strings.Compare(a.AccountName, b.AccountName) })
	return list, nil
}

// requests reads all pages of one person's requests for this source.
func (s *Source) requests(ctx context.Context, op, person string) ([]requestBody, error) {
	var all []requestBody
	for {
		a, err := s.client.do(ctx, call{op: op, method: http.MethodGet, path: s.client.path(requestsService), repeatable: true, query: url.Values{
			"requested-for": {person},
			"limit":         {strconv.Itoa(pageSize)},
			"offset":        {strconv.Itoa(len(all))},
			"sorters":       {"created"},
			"filters":       {"sourceId eq " + quoted(s.id())},
		}})
		if err != nil {
			return nil, err
		}
		page, err := decodeList[requestBody](s.client, op, a.body)
		if err != nil {
			return nil, err
		}
		if all = append(all, page...); len(page) < pageSize {
			return all, nil
		}
	}
}
