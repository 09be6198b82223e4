package nelm

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func secondsOf(n int) time.Duration { return time.Duration(n) * time.Second }

func TestListIsWholeForEverySize(t *testing.T) {
	for _, row := range []struct {
		records, requests int
		why               string
	}{
		{0, 1, "an empty source"},
		{1, 1, "one record"},
		{249, 1, "one less than a page"},
		{250, 1, "a full page"},
		{251, 2, "one more than a page"},
		{499, 2, "two pages that share one record"},
		{500, 3, "one more than these"},
		{20_000, 81, "a full source"},
	} {
		s := newStage(t)
		s.crowd(row.records)
		src := s.source()
		if _, err := src.Schema(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := len(s.paths())
		var done, total int
		got, err := src.List(t.Context(), func(d, n int) { done, total = d, n })
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		if len(got) != row.records || done != row.records || total != row.records {
			t.Errorf("%s: %d records, progress %d of %d, want %d", row.why, len(got), done, total, row.records)
		}
		for i, r := range got {
			if r.ID != fmt.Sprintf("r-%05d", i) || r.Ref.Row != int64(i+1) {
				t.Fatalf("%s: record %d is %s in row %d", row.why, i, r.ID, r.Ref.Row)
			}
		}
		if n := len(s.paths()) - before; n != row.requests {
			t.Errorf("%s: %d requests, want %d", row.why, n, row.requests)
		}
	}
}

func TestListReadsARecord(t *testing.T) {
	s := newStage(t)
	s.crowd(1)
	got, err := s.source().List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.Record{{
		Ref:    schema.Ref{Row: 1},
		Names:  []string{"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate", "vendor", "cost/centre~1"},
		Values: []string{"a.00000", "A", "B", "1", "", "jane.doe", "2026-01-01T00:00:00Z", "2026-12-31T23:59:59.5Z", "ACME", ""},
		ID:     "r-00000", Created: "2026-01-01T00:00:00Z", Modified: "2026-01-02T00:00:00Z",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if want := `GET /v2024/non-employee-records?count=true&filters=sourceId%20eq%20%22` + testSourceID + `%22&limit=250&offset=0&sorters=id`; !slices.Contains(s.paths(), want) {
		t.Errorf("the list was asked for as %q, want %q", s.paths(), want)
	}
}

func TestListNoticesASourceThatMoves(t *testing.T) {
	for _, row := range []struct {
		why     string
		change  func(all []map[string]any, request int) []map[string]any
		records int
		moved   bool
	}{
		{"a record deleted after the first page: the next one shifts by one and hides another",
			func(all []map[string]any, n int) []map[string]any {
				if n == 1 {
					return slices.Delete(slices.Clone(all), 0, 1)
				}
				return all
			}, 599, false},
		{"one deleted and one created: the count is the same and one would still be missed",
			func(all []map[string]any, n int) []map[string]any {
				if n == 1 {
					last := map[string]any{"id": "r-99999", "accountName": "new"}
					return append(slices.Delete(slices.Clone(all), 0, 1), last)
				}
				return all
			}, 600, false},
		{"one created in front: the next page shows the last record twice",
			func(all []map[string]any, n int) []map[string]any {
				if n == 1 {
					return slices.Insert(slices.Clone(all), 0, map[string]any{"id": "q", "accountName": "new"})
				}
				return all
			}, 601, false},
		{"a source that never stands still",
			func(all []map[string]any, n int) []map[string]any { return slices.Delete(slices.Clone(all), 0, 1) }, 0, true},
	} {
		s := newStage(t)
		all := s.crowd(600)
		var n int
		config := s.config()
		config.Parallel = 1 // so that the pages come one after another
		s.on("GET /v2024/non-employee-records", func(w http.ResponseWriter, r *http.Request) {
			servePage(w, r, all)
			n++
			all = row.change(all, n)
		})
		c, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		src, err := c.Source(t.Context(), testSourceID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := src.List(t.Context(), nil)
		if row.moved {
			if !errors.Is(err, ErrUnavailable) || got != nil {
				t.Errorf("%s: got %d records and %v, want none and ErrUnavailable", row.why, len(got), err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		if len(got) != row.records {
			t.Errorf("%s: %d records, want %d", row.why, len(got), row.records)
		}
		for i, b := range all {
			if got[i].ID != b["id"] {
				t.Errorf("%s: record %d is %s, want %s", row.why, i, got[i].ID, b["id"])
				break
			}
		}
	}
}

func TestListOfAManagerIsNotTakenForAll(t *testing.T) {
	s := newStage(t)
	s.claims["authorities"] = []string{}
	s.crowd(12)
	s.on("GET /v2024/non-employee-sources", answers(http.StatusOK, `[{"id":"u","sourceId":"`+testSourceID+`","name":"N","nonEmployeeCount":1262}]`))
	if _, err := s.source().List(t.Context(), nil); !errors.Is(err, ErrDenied) {
		t.Errorf("got %v, want ErrDenied: 1,250 records that the token does not see would be deleted", err)
	}
}

func TestListRefusesOddAnswers(t *testing.T) {
	page := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Total-Count", "1")
			answers(http.StatusOK, body)(w, r)
		}
	}
	for _, row := range []struct {
		handler http.HandlerFunc
		why     string
	}{
		{answers(http.StatusOK, `[]`), "no X-Total-Count: nothing says that the list is whole"},
		{page(`null`), "null in place of a list"},
		{page(`{"items":[]}`), "an object in place of a list"},
		{page(`[{"accountName":"a"}]`), "a record without an id"},
		{page(`[{"id":"1"}]`), "a record without an account name"},
		{page(`[{"id":"1","accountName":"a","data":{"vendor":7}}]`), "a number in data"},
		{page(`[{"id":"1","accountName":"a","sourceId":"another"}]`), "the filter was ignored"},
		{page(`[{"id":"1","accountName":"a"`), "half an answer"},
	} {
		s := newStage(t)
		s.on("GET /v2024/non-employee-records", row.handler)
		if got, err := s.source().List(t.Context(), nil); !errors.Is(err, ErrShape) {
			t.Errorf("%s: got %d records and %v, want ErrShape", row.why, len(got), err)
		}
	}
}

func TestListSurvivesATokenThatEndsBetweenPages(t *testing.T) {
	s := newStage(t)
	all := s.crowd(1000)
	var n atomic.Int32
	s.on("GET /v2024/non-employee-records", func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 2 && r.Header.Get("Authorization") == "Bearer "+s.token(1) {
			answers(http.StatusUnauthorized, `{"error":"JWT validation failed: JWT is expired"}`)(w, r)
			return
		}
		servePage(w, r, all)
	})
	got, err := s.source().List(t.Context(), nil)
	if err != nil || len(got) != 1000 {
		t.Fatalf("got %d records and %v, want 1000", len(got), err)
	}
	if s.tokens != 2 {
		t.Errorf("%d tokens fetched, want 2: the pages that failed together share the second", s.tokens)
	}
}
