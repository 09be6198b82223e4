package nelm

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Source is one non-employee source of a client's tenant. [Client.Source] makes one.
type Source struct {
	client *Client

	mu        sync.Mutex
	described schema.Source
	managers  []identityBody
	header    []string        // of the template, once it was read
	fresh     bool            // described was read for the first Describe
	wrote     bool            // whether this handle has changed records
	bare      map[string]bool // ids of records that were read without any custom attribute
	unknown   map[string]bool // custom attributes of records that the schema does not have, once each
}

// Describe says which source this is and what the token may do. The first call after [Client.Source] returns what that has
// read, every later one reads it anew.
func (s *Source) Describe(ctx context.Context) (schema.Source, schema.Access, error) {
	s.mu.Lock()
	fresh := s.fresh
	s.fresh = false
	s.mu.Unlock()
	if !fresh {
		return s.describe(ctx)
	}
	access, _, err := s.client.Access(ctx)
	if err != nil {
		return schema.Source{}, schema.Access{}, fmt.Errorf("describe source: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.described, access, nil
}

// describe reads the source and the token's rights.
func (s *Source) describe(ctx context.Context) (schema.Source, schema.Access, error) {
	access, _, err := s.client.Access(ctx)
	if err != nil {
		return schema.Source{}, schema.Access{}, fmt.Errorf("describe source: %w", err)
	}
	bodies, tenant, err := s.client.sources(ctx)
	if err != nil {
		return schema.Source{}, schema.Access{}, err
	}
	b, err := pickSource(bodies, s.id())
	if err != nil {
		return schema.Source{}, schema.Access{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.described, s.managers = b.source(tenant), b.Managers
	return s.described, access, nil
}

// id is the id that the paths of the API take.
func (s *Source) id() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.described.SourceID
}

// Template returns the header of the source's template CSV: the technical names in the order of every upload. An owner may not
// have the template and can upload nothing either: to them the order is that of the documentation, own attributes last.
func (s *Source) Template(ctx context.Context) ([]string, error) {
	const op = "download template"
	body, err := s.download(ctx, op, "schema-attributes-template")
	if errors.Is(err, ErrDenied) && s.owned(ctx) {
		return s.usualOrder(ctx)
	}
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, shape(op, "the template is empty")
	}
	if err != nil {
		return nil, shape(op, "%v", err)
	}
	for i, name := range header {
		if header[i] = strings.TrimSpace(name); header[i] == "" {
			return nil, shape(op, "column %d has no name", i+1)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.header = header
	return slices.Clone(header), nil
}

// owned reports whether the token is a person's without administrator rights, to whom the service shows less.
func (s *Source) owned(ctx context.Context) bool {
	access, _, err := s.client.Access(ctx)
	return err == nil && access.User && !access.Admin
}

// usualOrder are the technical names as templates have them: the system's in their order, then the source's own.
func (s *Source) usualOrder(ctx context.Context) ([]string, error) {
	attributes, err := s.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	var header []string
	for _, a := range schema.System() {
		header = append(header, a.TechnicalName)
	}
	for _, a := range attributes {
		if !slices.Contains(header, a.TechnicalName) {
			header = append(header, a.TechnicalName)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.header = header
	return slices.Clone(header), nil
}

// Export returns the source's own CSV of all its records, whole. It has no record ids. The caller closes it.
func (s *Source) Export(ctx context.Context) (io.ReadCloser, error) {
	const op = "export records"
	body, err := s.download(ctx, op, "non-employees")
	if err != nil {
		return nil, err
	}
	if header, _, _ := bytes.Cut(body, []byte("\n")); len(body) > 0 && !bytes.Contains(header, []byte(schema.AccountName)) {
		return nil, shape(op, "the first line has no column %s", schema.AccountName)
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

// download fetches a CSV. The service sends it under several content types; a JSON object in its place is an error that
// came with a status of success.
func (s *Source) download(ctx context.Context, op, what string) ([]byte, error) {
	a, err := s.client.do(ctx, call{
		op: op, method: http.MethodGet, path: s.client.path(sourcesService, s.id(), what, "download"),
		accept: "text/csv, application/json;q=0.5", repeatable: true, transfer: true,
	})
	if err != nil {
		return nil, err
	}
	if strings.Contains(a.header.Get("Content-Type"), "json") && bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("{")) {
		return nil, shape(op, "a JSON object in place of a CSV file: %v", refusal(op, a, 1))
	}
	return a.body, nil
}

// attributeBody is one element of the list of schema attributes.
type attributeBody struct {
	Type          schema.Type `json:"type" validate:"required"`
	TechnicalName string      `json:"technicalName" validate:"required"`
	Label         string      `json:"label" validate:"required"`
	System        bool        `json:"system"`
	Required      bool        `json:"required"`
	HelpText      string      `json:"helpText"`
	Placeholder   string      `json:"placeholder"`
}

// Attributes returns the source's schema attributes in the order in which the service lists them.
func (s *Source) Attributes(ctx context.Context) ([]schema.Attribute, error) {
	const op = "list schema attributes"
	a, err := s.client.do(ctx, call{op: op, method: http.MethodGet, path: s.client.path(sourcesService, s.id(), "schema-attributes"), repeatable: true})
	if err != nil {
		return nil, err
	}
	bodies, err := decodeList[attributeBody](s.client, op, a.body)
	if err != nil {
		return nil, err
	}
	attributes := make([]schema.Attribute, len(bodies))
	for i, b := range bodies {
		attributes[i] = schema.Attribute{
			TechnicalName: b.TechnicalName, Label: b.Label, Type: b.Type, System: b.System, Required: b.Required,
			HelpText: b.HelpText, Placeholder: b.Placeholder,
		}
	}
	return attributes, nil
}

// Schema reads the source's attributes and its template and joins them, in template order. Where they contradict each other
// so that an upload could not be right, that is an error; lesser disagreements are logged, see [schema.FromAttributes].
func (s *Source) Schema(ctx context.Context) (*schema.Schema, error) {
	attributes, err := s.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	template, err := s.Template(ctx)
	if err != nil {
		return nil, err
	}
	form, findings, err := schema.FromAttributes(attributes, template)
	if err != nil {
		return nil, shape("read schema", "%v", err)
	}
	for _, f := range findings {
		switch f.Severity {
		case schema.Error:
			return nil, shape("read schema", "%s %s: %s", f.Code, f.Message, f.Hint)
		case schema.Warning:
			s.client.log.Warn(f.Message, "code", f.Code)
		default:
			s.client.log.Info(f.Message, "code", f.Code)
		}
	}
	form.Fetched = s.client.clock.Now().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	form.Source = s.described
	return form, nil
}

// names are the technical names in template order, from the template as it was last read.
func (s *Source) names(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	header := s.header
	s.mu.Unlock()
	if header == nil {
		var err error
		if header, err = s.Template(ctx); err != nil {
			return nil, err
		}
	}
	form, err := schema.FromTemplate(header)
	if err != nil {
		return nil, shape("read schema", "%v", err)
	}
	return form.Names(), nil
}
