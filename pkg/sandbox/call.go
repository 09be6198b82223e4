package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// call is one request on its way through an operation.
type call struct {
	*tenant
	params map[string]string
	query  url.Values
	header http.Header
	body   []byte
	caller *caller
	now    time.Time // in UTC, whole milliseconds
	// lag and shift come from faults: how old a read is, and by how many places a page has slipped.
	lag   time.Duration
	shift int
	// jobFaults are what faults do to the bulk upload that this call starts.
	jobFaults []firedFault
}

// answer is a success. Body is nil, rawJSON, a csvFile or something that encodes as JSON; it must not refer to what a later call may
// change, for it is written out after the tenant's lock is gone.
type answer struct {
	status int
	header http.Header
	body   any
}

type rawJSON string

func success(body any) *answer { return &answer{status: http.StatusOK, body: body} }

func noContent() *answer { return &answer{status: http.StatusNoContent} }

// encode gives the bytes of a body and their content type.
func encode(body any) (raw []byte, contentType string, err error) {
	switch b := body.(type) {
	case nil:
		return nil, "", nil
	case rawJSON:
		return []byte(b), typeJSON, nil
	case *csvFile:
		return b.render(), b.contentType, nil
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, "", err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), typeJSON, nil
}

// decodeJSON reads exactly one JSON value.
func decodeJSON(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// boolParam reads a boolean query parameter; upper-case spellings are seen in use and taken.
func (c *call) boolParam(name string, fallback bool) (bool, *refusal) {
	text := c.query.Get(name)
	if text == "" {
		return fallback, nil
	}
	b, err := strconv.ParseBool(text)
	if err != nil || len(text) == 1 {
		return false, badContent(name + " must be true or false")
	}
	return b, nil
}

// missing is the answer to an id that is not there.
func (t *tenant) missing() *refusal {
	if t.set.is("unknown-id", "400") {
		return badContent(textNotFound)
	}
	return notFound()
}

func (c *call) source(param string) (*source, *refusal) {
	if src := c.findSource(c.params[param]); src != nil {
		return src, nil
	}
	return nil, c.missing()
}

// stamp writes an instant as the service does: in UTC and without trailing zeros, so that the number of digits varies.
func (t *tenant) stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	switch {
	case t.set.is("timestamps", "no-seconds"):
		return at.UTC().Format("2006-01-02T15:04Z07:00")
	case t.set.is("timestamps", "no-zone"):
		return at.UTC().Format("2006-01-02T15:04:05.999999999")
	}
	return at.UTC().Format(time.RFC3339Nano)
}
