package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

func TestUploadMakesRecordsThatListPatchExportAndDeleteSee(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	job := into[struct{ ID, SourceID, Status string }](t, b.upload(retail, header+"\n"+row("jon")+"\n"+row("ann")+"\n").want(t, http.StatusAccepted))
	if job.Status != "PENDING" || job.SourceID != retail || len(job.ID) != 32 {
		t.Errorf("job %+v", job)
	}
	status := "/v2024/non-employee-sources/" + retail + "/non-employee-bulk-upload/status"
	for _, want := range []string{`{"status":"PENDING"}`, `{"status":"IN_PROGRESS"}`, `{"status":"COMPLETED"}`} {
		if got := b.admin("GET", status, nil).want(t, 200).body; got != want {
			t.Errorf("status %s, want %s", got, want)
		}
		b.clock.Advance(501 * time.Millisecond)
	}
	list := "/v2024/non-employee-records?sorters=accountName&count=true&filters=" + url.QueryEscape(`sourceId eq "`+retail+`"`)
	got := b.admin("GET", list, nil).want(t, 200)
	records := into[[]map[string]any](t, got)
	if len(records) != 2 || records[0]["accountName"] != "ann" || got.header.Get("X-Total-Count") != "2" {
		t.Fatalf("list: %s, total %s", got.body, got.header.Get("X-Total-Count"))
	}
	id := fmt.Sprint(records[0]["id"])
	patched := b.admin("PATCH", "/v2024/non-employee-records/"+id, `[{"op":"replace","path":"/endDate","value":"2027-03-31T23:59:59Z"}]`).want(t, 200)
	if !strings.Contains(patched.body, `"endDate":"2027-03-31T23:59:59Z"`) {
		t.Errorf("patched: %s", patched.body)
	}
	export := b.admin("GET", "/v2024/non-employee-sources/"+retail+"/non-employees/download", nil).want(t, 200)
	want := header + "\n" + row("jon") + "\n" + strings.Replace(row("ann"), "2026-12-31", "2027-03-31", 1) + "\n"
	if export.body != want || export.header.Get("Content-Type") != "text/csv" {
		t.Errorf("export:\n%s\nwant:\n%s", export.body, want)
	}
	b.admin("POST", "/v2024/non-employee-records/bulk-delete", map[string]any{"ids": []string{id}}).want(t, 204)
	if left, err := b.Records(retail); err != nil || len(left) != 1 || left[0].AccountName != "jon" {
		t.Errorf("left %+v, %v", left, err)
	}
}
