package nelm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// createBody is what the service wants of a new record. All of it but data is required.
type createBody struct {
	AccountName string            `json:"accountName" validate:"required"`
	FirstName   string            `json:"firstName" validate:"required"`
	LastName    string            `json:"lastName" validate:"required"`
	Email       string            `json:"email" validate:"required"`
	Phone       string            `json:"phone" validate:"required"`
	Manager     string            `json:"manager" validate:"required"`
	SourceID    string            `json:"sourceId" validate:"required"`
	Data        map[string]string `json:"data,omitempty"`
	StartDate   string            `json:"startDate" validate:"required,datetime=2006-01-02T15:04:05Z07:00"`
	EndDate     string            `json:"endDate" validate:"required,datetime=2006-01-02T15:04:05Z07:00"`
}

// writing notes that the records are no longer as they were when the source was described.
func (s *Source) writing() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrote = true
}

// Create creates one record at once, without the source's approvals, and returns it as the service gives it. Values are as
// they are sent: dates in RFC 3339. It is sent once; see [ErrUnknownOutcome]. An account name that is taken is an error
// that matches [ErrConflict].
func (s *Source) Create(ctx context.Context, rec schema.Record) (schema.Record, error) {
	const op = "create record"
	names, err := s.names(ctx)
	if err != nil {
		return schema.Record{}, err
	}
	from := recordBody{}
	data := make(map[string]string)
	for i, name := range rec.Names {
		if field := from.system(name); field != nil {
			*field = rec.Values[i]
		} else if rec.Values[i] != "" {
			data[name] = rec.Values[i]
		}
	}
	to := createBody{
		AccountName: from.AccountName, FirstName: from.FirstName, LastName: from.LastName, Email: from.Email, Phone: from.Phone,
		Manager: from.Manager, SourceID: s.id(), Data: data, StartDate: from.StartDate, EndDate: from.EndDate,
	}
	if err := s.client.check.Struct(to); err != nil {
		return schema.Record{}, notSent(op, "%s", failedFields(err))
	}
	body, err := json.Marshal(to)
	if err != nil {
		return schema.Record{}, fmt.Errorf("%s: %w", op, err)
	}
	s.writing()
	a, err := s.client.do(ctx, call{op: op, method: http.MethodPost, path: s.client.path(recordsService), body: body, kind: "application/json"})
	if err != nil {
		return schema.Record{}, err
	}
	b, err := decode[recordBody](s.client, op, a.body)
	if err != nil {
		return schema.Record{}, unsure(err)
	}
	if b.AccountName != to.AccountName {
		return schema.Record{}, unsure(shape(op, "the record that came back has another account name"))
	}
	created, err := s.record(op, &b, names)
	if err != nil {
		return schema.Record{}, unsure(err)
	}
	return created, nil
}

// unsure marks an answer of success that cannot be read: something has happened, and what must be looked at.
func unsure(err error) error { return fmt.Errorf("%w (%w)", err, ErrUnknownOutcome) }

// Upload sends a CSV in template order, which creates and updates the records that it names, and returns the id of the job
// that the service made of it. name is the file's, empty for the one that the service itself uses. The job runs on after
// Upload returns, see [Source.UploadStatus]. It is sent once; see [ErrUnknownOutcome]. A file that the service refuses is an
// *[Error] whose Messages are its complaints, one each.
func (s *Source) Upload(ctx context.Context, name string, csv []byte) (job string, err error) {
	const op = "upload records"
	if len(bytes.TrimSpace(csv)) == 0 {
		return "", notSent(op, "the file is empty")
	}
	if name == "" {
		s.mu.Lock()
		name = "non_employees_for_source_" + s.described.Name + ".csv"
		s.mu.Unlock()
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="data"; filename="` + plainFileName(name) + `"`},
		"Content-Type":        {"text/csv"},
	})
	if err == nil {
		_, err = io.Copy(part, bytes.NewReader(csv))
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return "", fmt.Errorf("%s: %w", op, err)
	}
	s.writing()
	a, err := s.client.do(ctx, call{
		op: op, method: http.MethodPost, path: s.client.path(sourcesService, s.id(), "non-employee-bulk-upload"),
		body: body.Bytes(), kind: form.FormDataContentType(), transfer: true,
	})
	if err != nil {
		return "", err
	}
	b, err := decode[struct {
		ID       string `json:"id" validate:"required"`
		SourceID string `json:"sourceId"`
	}](s.client, op, a.body)
	if err == nil && b.SourceID != "" && b.SourceID != s.id() {
		err = shape(op, "the job is of source %s, want %s", b.SourceID, s.id())
	}
	if err != nil {
		return "", unsure(err)
	}
	return b.ID, nil
}

// plainFileName keeps what every server reads the same way in a file name.
func plainFileName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, name)
}

// UploadStatus is the status of the newest upload job of the source: PENDING, IN_PROGRESS, COMPLETED, ERROR, whatever the
// service may add to these, or "" where it says none. It cannot be asked about a certain job, and right after an upload it
// may still be the status of the job before. An owner may not ask: to them it is "", and what a job changes shows in the records.
func (s *Source) UploadStatus(ctx context.Context) (string, error) {
	const op = "read upload status"
	a, err := s.client.do(ctx, call{
		op: op, method: http.MethodGet, path: s.client.path(sourcesService, s.id(), "non-employee-bulk-upload", "status"), repeatable: true,
	})
	if errors.Is(err, ErrDenied) && s.owned(ctx) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	b, err := decode[struct {
		Status string `json:"status"`
	}](s.client, op, a.body)
	return b.Status, err
}

// Delete deletes records for good, in one request: the caller makes the chunks, for which the service states no largest
// size. Success says nothing about single ids; only reading the list again does. Several are sent once, see
// [ErrUnknownOutcome]; a single one is safe to send again, and one that is gone already is a success.
func (s *Source) Delete(ctx context.Context, ids []string) error {
	const op = "delete records"
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		if id == "" {
			return notSent(op, "an id is empty")
		}
	}
	s.writing()
	if len(ids) == 1 {
		_, err := s.client.do(ctx, call{op: op, method: http.MethodDelete, path: s.client.path(recordsService, ids[0]), repeatable: true})
		if errors.Is(err, ErrNotFound) { // also after an answer that was lost: then it is gone by our own doing
			return nil
		}
		return err
	}
	body, err := json.Marshal(map[string][]string{"ids": ids})
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	_, err = s.client.do(ctx, call{op: op, method: http.MethodPost, path: s.client.path(recordsService, "bulk-delete"), body: body, kind: "application/json"})
	return err
}
