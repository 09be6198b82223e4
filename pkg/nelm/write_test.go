package nelm

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

var testNames = []string{"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate", "vendor", "cost/centre~1"}

func testRecord(vendor, cost string) schema.Record {
	return schema.Record{
		ID: "r-1", Names: testNames,
		Values: []string{"a.turing", "Alan", "Turing", "+44 20", "a@example.com", "jane.doe", "2026-01-05T00:00:00Z", "2026-12-31T23:59:59Z", vendor, cost},
	}
}

func TestPatchBody(t *testing.T) {
	for _, row := range []struct {
		record  schema.Record
		bare    bool
		changes []schema.FieldChange
		want    string
		why     string
	}{
		{testRecord("", ""), false, []schema.FieldChange{{Attribute: "endDate", New: "2027-01-31T23:59:59+01:00"}},
			`[{"op":"replace","path":"/endDate","value":"2027-01-31T23:59:59+01:00"}]`, "a system attribute is always there"},
		{testRecord("ACME", ""), false, []schema.FieldChange{{Attribute: "vendor", New: "Initech"}},
			`[{"op":"replace","path":"/data/vendor","value":"Initech"}]`, "a custom attribute that is there is replaced"},
		{testRecord("", "x"), false, []schema.FieldChange{{Attribute: "vendor", New: "Initech"}},
			`[{"op":"add","path":"/data/vendor","value":"Initech"}]`, "replace of an absent member is an error in RFC 6902, add is not"},
		{testRecord("", "x"), false, []schema.FieldChange{{Attribute: "cost/centre~1", New: "y"}},
			`[{"op":"replace","path":"/data/cost~1centre~01","value":"y"}]`, "slash and tilde are escaped as RFC 6901 says"},
		{testRecord("ACME", ""), false, []schema.FieldChange{{Attribute: "vendor", New: ""}},
			`[{"op":"remove","path":"/data/vendor"}]`, "an empty value clears"},
		{testRecord("", ""), false, []schema.FieldChange{{Attribute: "vendor", New: ""}}, `null`, "nothing to clear"},
		{testRecord("", ""), true, []schema.FieldChange{{Attribute: "vendor", New: "A"}, {Attribute: "cost/centre~1", New: "B"}, {Attribute: "phone", New: "1"}},
			`[{"op":"replace","path":"/phone","value":"1"},{"op":"add","path":"/data","value":{"cost/centre~1":"B","vendor":"A"}}]`,
			"without a data object a member cannot be added: the object comes along"},
	} {
		operations, err := patchBody(row.record, row.changes, row.bare)
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		got, err := json.Marshal(operations)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.why, diff)
		}
	}
	for _, row := range []struct{ attribute, why string }{
		{"accountName", "the natural key never changes in place"},
		{"team", "an attribute that the record does not have"},
	} {
		if got, err := patchBody(testRecord("", ""), []schema.FieldChange{{Attribute: row.attribute, New: "x"}}, false); err == nil {
			t.Errorf("%s: got %v, want an error", row.why, got)
		}
	}
}

const patchPath = "PATCH /v2024/non-employee-records/r-1"

func TestPatchReadsItsAnswer(t *testing.T) {
	change := []schema.FieldChange{{Attribute: "endDate", Old: "2026-12-31T23:59:59Z", New: "2027-01-31T23:59:59+01:00"}}
	body := func(id, end string) string {
		return `{"id":"` + id + `","accountName":"a.turing","sourceId":"` + testSourceID + `","endDate":"` + end + `"}`
	}
	for _, row := range []struct {
		body string
		want error
		why  string
	}{
		{body("r-1", "2027-01-31T22:59:59.000Z"), nil, "the same instant in another spelling"},
		{body("r-1", "2027-01-31T22:59:58Z"), nil, "a value that is neither: reading back compares by meaning and says so"},
		{body("r-1", "2026-12-31T23:59:59.0Z"), ErrNotApplied, "success was claimed and nothing has changed"},
		{body("r-2", "2027-01-31T22:59:59Z"), ErrShape, "another record came back"},
		{`{}`, ErrShape, "no record came back"},
		{``, ErrShape, "nothing came back"},
	} {
		s := newStage(t)
		s.on(patchPath, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Content-Type"); got != "application/json-patch+json" {
				t.Errorf("sent as %s", got)
			}
			answers(http.StatusOK, row.body)(w, r)
		})
		if _, err := s.source().Patch(t.Context(), testRecord("", ""), change); !errors.Is(err, row.want) || (row.want == nil) != (err == nil) {
			t.Errorf("%s: got %v, want %v", row.why, err, row.want)
		}
	}
}

func TestPatchNeedsAPerson(t *testing.T) {
	s := newStage(t)
	s.claims = map[string]any{"tenant_id": "t-1"}
	src := s.source()
	before := len(s.paths())
	_, err := src.Patch(t.Context(), testRecord("", ""), []schema.FieldChange{{Attribute: "phone", New: "1"}})
	if !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "personal access token") {
		t.Errorf("got %v, want ErrDenied and what to do", err)
	}
	if sent := s.paths()[before:]; len(sent) > 0 {
		t.Errorf("sent %q: the service would answer 403 or worse", sent)
	}
}

func TestPatchRemembersRecordsWithoutData(t *testing.T) {
	s := newStage(t)
	s.on("GET /v2024/non-employee-records/r-1", answers(http.StatusOK, `{"id":"r-1","accountName":"a.turing","data":null}`))
	var sent string
	s.on(patchPath, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		sent = string(b)
		answers(http.StatusOK, `{"id":"r-1","accountName":"a.turing","data":{"vendor":"A"}}`)(w, r)
	})
	src := s.source()
	rec, err := src.Get(t.Context(), "r-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`[{"op":"add","path":"/data","value":{"vendor":"A"}}]`, `[{"op":"replace","path":"/data/vendor","value":"B"}]`} {
		value := "A"
		if v, _ := rec.Get("vendor"); v != "" {
			value = "B"
		}
		next, err := src.Patch(t.Context(), rec, []schema.FieldChange{{Attribute: "vendor", New: value}})
		if sent != want {
			t.Errorf("sent %s, want %s (%v)", sent, want, err)
		}
		rec = next
	}
}

func TestCreateSendsWhatTheServiceWants(t *testing.T) {
	s := newStage(t)
	var sent map[string]any
	s.on("POST /v2024/non-employee-records", func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		answers(http.StatusOK, `{"id":"r-9","accountName":"a.turing","sourceId":"`+testSourceID+`","data":{"vendor":"ACME"}}`)(w, r)
	})
	src := s.source()
	rec, err := src.Create(t.Context(), testRecord("ACME", ""))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"accountName": "a.turing", "firstName": "Alan", "lastName": "Turing", "phone": "+44 20", "email": "a@example.com", "manager": "jane.doe",
		"sourceId": testSourceID, "startDate": "2026-01-05T00:00:00Z", "endDate": "2026-12-31T23:59:59Z", "data": map[string]any{"vendor": "ACME"},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if v, _ := rec.Get("vendor"); rec.ID != "r-9" || v != "ACME" {
		t.Errorf("got record %q with vendor %q", rec.ID, v)
	}

	half := testRecord("", "")
	half.Values = append([]string(nil), half.Values...)
	half.Values[4], half.Values[7] = "", "31.12.2026"
	before := len(s.paths())
	_, err = src.Create(t.Context(), half)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "no Email, EndDate breaks the rule datetime") {
		t.Errorf("got %v, want both faults named", err)
	}
	if sent := s.paths()[before:]; len(sent) > 0 {
		t.Errorf("sent %q, want nothing", sent)
	}
}

func TestCreateErrors(t *testing.T) {
	for _, row := range []struct {
		status int
		body   string
		want   error
		not    error
		why    string
	}{
		{400, `{"detailCode":"400.1.409 Reference conflict","trackingId":"t","messages":[{"locale":"en","text":"Unable to create Non-Employee because the accountName \"existed\" is already being used."}]}`,
			ErrConflict, ErrUnknownOutcome, "a taken account name comes with status 400"},
		{400, `{"detailCode":"400.1 Bad Request Content"}`, ErrRefused, ErrUnknownOutcome, "any other refusal has no effect either"},
		{400, `{"detailCode":"400.1.4 Limit violation"}`, ErrLimit, ErrUnknownOutcome, "the source is full"},
		{403, `{"detailCode":"403 Forbidden"}`, ErrDenied, ErrUnknownOutcome, "no right to it"},
		{500, `{"detailCode":"500.0 Internal Fault"}`, ErrUnknownOutcome, ErrDenied, "a fault after which the record may be there"},
		{503, ``, ErrUnavailable, ErrDenied, "the same from a gateway, which is worth a later try as well"},
		{200, `{"id":`, ErrUnknownOutcome, ErrDenied, "success, and an answer that says nothing"},
		{302, ``, ErrShape, ErrUnknownOutcome, "a redirect is never followed with a token"},
	} {
		s := newStage(t)
		s.on("POST /v2024/non-employee-records", answers(row.status, row.body))
		src := s.source()
		_, err := src.Create(t.Context(), testRecord("", ""))
		if !errors.Is(err, row.want) || errors.Is(err, row.not) {
			t.Errorf("%s: got %v, want %v", row.why, err, row.want)
		}
		if n := src.client.Requests()["create record"]; n != 1 {
			t.Errorf("%s: sent %d times, want once", row.why, n)
		}
	}
}

func TestUploadIsOneFileNamedData(t *testing.T) {
	s := newStage(t)
	const csv = "accountName,firstName\na.turing,\"Al\nan\"\n"
	s.on("POST /v2024/non-employee-sources/"+testSourceID+"/non-employee-bulk-upload", func(w http.ResponseWriter, r *http.Request) {
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		form := multipart.NewReader(r.Body, params["boundary"])
		part, err := form.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{part.FormName(), part.FileName(), part.Header.Get("Content-Type"), string(content)}
		if diff := cmp.Diff([]string{"data", "non_employees_for_source_Contractors_EMEA.csv", "text/csv", csv}, got); diff != "" {
			t.Errorf("part (-want +got):\n%s", diff)
		}
		if _, err := form.NextPart(); err != io.EOF {
			t.Errorf("there is a second part: %v", err)
		}
		answers(http.StatusAccepted, `{"id":"job-1","sourceId":"`+testSourceID+`","status":"PENDING"}`)(w, r)
	})
	job, err := s.source().Upload(t.Context(), "", []byte(csv))
	if err != nil || job != "job-1" {
		t.Errorf("got job %q and %v", job, err)
	}
	if _, err := s.source().Upload(t.Context(), "", []byte(" \n")); err == nil {
		t.Error("an empty file was sent: the form would have no part")
	}
}

func TestUploadComplaintsComeOneByOne(t *testing.T) {
	for _, row := range []struct{ body, why string }{
		{`{"detailCode":"400.1 Bad Request Content","messages":[{"text":"row 2: bad date"},{"text":"row 3: no manager"}]}`, "several messages"},
		{`{"detailCode":"400.1 Bad Request Content","messages":[{"text":"row 2: bad date\nrow 3: no manager\n"}]}`, "lines of one message"},
		{`{"detailCode":"400.1 Bad Request Content","messages":[{"text":"row 2: bad date; row 3: no manager;"}]}`, "joined with semicolons"},
		{`{"detailCode":"400.1 Bad Request Content","messages":[{"text":"row 2: bad date"},{"text":"row 2: bad date"}],"causes":[{"text":"row 3: no manager"}]}`, "once per locale, and a cause"},
	} {
		s := newStage(t)
		s.on("POST /v2024/non-employee-sources/"+testSourceID+"/non-employee-bulk-upload", answers(400, row.body))
		_, err := s.source().Upload(t.Context(), "chunk.csv", []byte("accountName\na\n"))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v, want *Error", row.why, err)
			continue
		}
		if diff := cmp.Diff([]string{"row 2: bad date", "row 3: no manager"}, e.Messages); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.why, diff)
		}
	}
}

func TestUploadStatus(t *testing.T) {
	for _, row := range []struct{ body, want, why string }{
		{`{"status":"IN_PROGRESS"}`, "IN_PROGRESS", "a documented one"},
		{`{"status":"PAUSED"}`, "PAUSED", "enumerations grow"},
		{`{"status":null}`, "", "no job, or one just handed in"},
		{`{}`, "", "the same in another spelling"},
	} {
		s := newStage(t)
		s.on("GET /v2024/non-employee-sources/"+testSourceID+"/non-employee-bulk-upload/status", answers(200, row.body))
		if got, err := s.source().UploadStatus(t.Context()); err != nil || got != row.want {
			t.Errorf("%s: got %q and %v, want %q", row.why, got, err, row.want)
		}
	}
}

func TestDelete(t *testing.T) {
	for _, row := range []struct {
		ids    []string
		status int
		want   []string
		err    error
		why    string
	}{
		{nil, 0, nil, nil, "nothing to do"},
		{[]string{"r-1"}, 204, []string{"DELETE /v2024/non-employee-records/r-1"}, nil, "one has a call of its own, which can be repeated"},
		{[]string{"r-1"}, 404, []string{"DELETE /v2024/non-employee-records/r-1"}, nil, "what is gone already is gone"},
		{[]string{"r-1", "r-2"}, 204, []string{"POST /v2024/non-employee-records/bulk-delete"}, nil, "several go together"},
		{[]string{"r-1", "r-2"}, 500, []string{"POST /v2024/non-employee-records/bulk-delete"}, ErrUnknownOutcome, "some may be gone: sent once"},
	} {
		s := newStage(t)
		var body string
		handler := func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			body = string(b)
			w.WriteHeader(row.status)
		}
		s.on("DELETE /v2024/non-employee-records/r-1", handler)
		s.on("POST /v2024/non-employee-records/bulk-delete", handler)
		src := s.source()
		before := len(s.paths())
		err := src.Delete(t.Context(), row.ids)
		if !errors.Is(err, row.err) || (row.err == nil) != (err == nil) {
			t.Errorf("%s: got %v, want %v", row.why, err, row.err)
		}
		if diff := cmp.Diff(row.want, append([]string(nil), s.paths()[before:]...)); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", row.why, diff)
		}
		if len(row.ids) > 1 && body != `{"ids":["r-1","r-2"]}` {
			t.Errorf("%s: sent %s", row.why, body)
		}
	}
}

func TestPendingRequestsOfEveryManager(t *testing.T) {
	s := newStage(t)
	s.on("GET /v2024/non-employee-requests", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("requested-for") {
		case "me":
			answers(200, `[{"id":"q-1","accountName":"z.last","approvalStatus":"PENDING","created":"2026-02-27T09:00:00Z","nonEmployeeSource":{"sourceId":"`+testSourceID+`"}},
				{"id":"q-2","accountName":"b","approvalStatus":"APPROVED"},{"id":"q-3","accountName":"c","approvalStatus":"REJECTED"},
				{"id":"q-4","accountName":"d","approvalStatus":"PENDING","nonEmployeeSource":{"sourceId":"another"}}]`)(w, r)
		case "m-1":
			answers(200, `[{"id":"q-1","accountName":"z.last","approvalStatus":"PENDING"},{"id":"q-5","accountName":"a.first","approvalStatus":"NOT_READY"}]`)(w, r)
		default:
			t.Errorf("asked for %s", r.URL.RawQuery)
		}
	})
	got, err := s.source().PendingRequests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Request{{ID: "q-5", AccountName: "a.first", Status: "NOT_READY"}, {ID: "q-1", AccountName: "z.last", Status: "PENDING", Created: "2026-02-27T09:00:00Z"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestExportIsWholeOrAnError(t *testing.T) {
	path := "GET /v2024/non-employee-sources/" + testSourceID + "/non-employees/download"
	s := newStage(t)
	s.on(path, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept"); !strings.Contains(got, "text/csv") {
			t.Errorf("asked for %q", got)
		}
		w.Header().Set("Content-Type", "application/json") // as was seen: the content type says nothing
		io.WriteString(w, "accountName\na\n")
	})
	f, err := s.source().Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil || string(b) != "accountName\na\n" || f.Close() != nil {
		t.Errorf("got %q and %v", b, err)
	}
	for _, row := range []struct{ body, why string }{
		{`{"detailCode":"500.0 Internal Fault"}`, "an error of the service is no backup"},
		{"<html><body>Please sign in\n</body></html>", "nor is a page that some proxy gives"},
	} {
		s = newStage(t)
		s.on(path, answers(200, row.body))
		if _, err := s.source().Export(t.Context()); !errors.Is(err, ErrShape) {
			t.Errorf("%s: got %v, want ErrShape", row.why, err)
		}
	}
}
