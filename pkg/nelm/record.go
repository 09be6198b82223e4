package nelm

import (
	"context"
	"net/http"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// recordBody is a record as the service gives it. Everything but the id and the account name may be null or absent; data
// holds the custom attributes by technical name, every one a text.
type recordBody struct {
	ID          string             `json:"id" validate:"required"`
	AccountName string             `json:"accountName" validate:"required"`
	FirstName   string             `json:"firstName"`
	LastName    string             `json:"lastName"`
	Email       string             `json:"email"`
	Phone       string             `json:"phone"`
	Manager     string             `json:"manager"`
	SourceID    string             `json:"sourceId"`
	Data        map[string]*string `json:"data"`
	StartDate   string             `json:"startDate"`
	EndDate     string             `json:"endDate"`
	Created     string             `json:"created"`
	Modified    string             `json:"modified"`
}

// system returns the field of a system attribute, nil for a custom one.
func (b *recordBody) system(name string) *string {
	switch name {
	case schema.AccountName:
		return &b.AccountName
	case schema.FirstName:
		return &b.FirstName
	case schema.LastName:
		return &b.LastName
	case schema.PhoneName:
		return &b.Phone
	case schema.EmailName:
		return &b.Email
	case schema.Manager:
		return &b.Manager
	case schema.StartDate:
		return &b.StartDate
	case schema.EndDate:
		return &b.EndDate
	}
	return nil
}

// record reads one record of this source into the order of names.
func (s *Source) record(op string, b *recordBody, names []string) (schema.Record, error) {
	r := schema.Record{Names: names, Values: make([]string, len(names)), ID: b.ID, Created: b.Created, Modified: b.Modified}
	custom := 0
	for i, name := range names {
		if field := b.system(name); field != nil {
			r.Values[i] = *field
		} else if v, ok := b.Data[name]; ok {
			custom++
			if v != nil {
				r.Values[i] = *v
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.SourceID != "" && b.SourceID != s.described.SourceID {
		return schema.Record{}, shape(op, "record %s is of source %s, want %s", b.ID, b.SourceID, s.described.SourceID)
	}
	if len(b.Data) == 0 {
		s.bare[b.ID] = true
	} else {
		delete(s.bare, b.ID)
	}
	if custom < len(b.Data) {
		for key := range b.Data {
			if !slices.Contains(names, key) && !s.unknown[key] {
				s.unknown[key] = true
				s.client.log.Warn("records carry a custom attribute that the schema does not have; it is left as it is", "attribute", key)
			}
		}
	}
	return r, nil
}

// Get reads one record. A record that does not exist is an error that matches [ErrNotFound].
func (s *Source) Get(ctx context.Context, id string) (schema.Record, error) {
	const op = "get record"
	names, err := s.names(ctx)
	if err != nil {
		return schema.Record{}, err
	}
	a, err := s.client.do(ctx, call{op: op, method: http.MethodGet, path: s.client.path(recordsService, id), repeatable: true})
	if err != nil {
		return schema.Record{}, err
	}
	return s.same(op, a, id, names)
}

// same reads the answer about one record and makes sure that it is about that one.
func (s *Source) same(op string, a *answer, id string, names []string) (schema.Record, error) {
	b, err := decode[recordBody](s.client, op, a.body)
	if err != nil {
		return schema.Record{}, err
	}
	if b.ID != id {
		return schema.Record{}, shape(op, "asked for record %s, got %s", id, b.ID)
	}
	return s.record(op, &b, names)
}
