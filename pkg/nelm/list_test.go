package nelm

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
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

// The number that the source is said to hold is a second witness: fewer records are never taken for all.
func TestListIsHeldAgainstTheSourcesCount(t *testing.T) {
	admin, manager := []string{"ORG_ADMIN"}, []string{}
	for _, row := range []struct {
		authorities []string
		stated      []int // by each reading of the source
		lists       []int // by each reading of the list
		want        error
		why         string
	}{
		{admin, []int{12}, []int{12}, nil, "both agree"},
		{admin, []int{12}, []int{13}, nil, "one was created meanwhile: the list is newer"},
		{admin, []int{13, 12}, []int{12}, nil, "one was deleted meanwhile: the source agrees when asked again"},
		{admin, []int{13, 13}, []int{12, 13}, nil, "the list lagged and agrees when read again"},
		{admin, []int{13, 13}, []int{12, 12}, ErrUnavailable, "they never agree"},
		{manager, []int{1262, 1262}, []int{12}, ErrDenied, "an account manager's token sees its own people only, and the others would be deleted"},
	} {
		s := newStage(t)
		s.claims["authorities"] = row.authorities
		described, listed := 0, 0
		s.on("GET /v2024/non-employee-sources", func(w http.ResponseWriter, r *http.Request) {
			answers(http.StatusOK, fmt.Sprintf(`[{"id":"u","sourceId":%q,"name":"N","nonEmployeeCount":%d}]`, testSourceID, row.stated[described]))(w, r)
			described++
		})
		src := s.source()
		if _, err := src.Schema(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.crowd(20)
		serve := s.handlers["GET /v2024/non-employee-records"]
		all := s.crowd(20)
		s.on("GET /v2024/non-employee-records", func(w http.ResponseWriter, r *http.Request) {
			if listed == len(row.lists) {
				serve(w, r)
				return
			}
			servePage(w, r, all[:row.lists[listed]])
			listed++
		})
		got, err := src.List(t.Context(), nil)
		if !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
			t.Errorf("%s: got %v, want %v", row.why, err, row.want)
		}
		if err == nil && len(got) != row.lists[len(row.lists)-1] {
			t.Errorf("%s: %d records, want %d", row.why, len(got), row.lists[len(row.lists)-1])
		}
		if described != len(row.stated) || listed != len(row.lists) {
			t.Errorf("%s: the source was read %d times and the list %d times, want %d and %d", row.why, described, listed, len(row.stated), len(row.lists))
		}
	}
}

func TestListThatEndsTooEarlyIsNoList(t *testing.T) {
	s := newStage(t)
	all := s.crowd(600)
	s.on("GET /v2024/non-employee-records", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Total-Count", "600") // and never gives the last three
		r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "count=true", "count=false")
		servePage(w, r, all[:597])
	})
	if got, err := s.source().List(t.Context(), nil); !errors.Is(err, ErrUnavailable) || got != nil {
		t.Errorf("got %d records and %v, want none and ErrUnavailable", len(got), err)
	}
}

func TestListAfterOwnWritesIgnoresACountThatLags(t *testing.T) {
	s := newStage(t)
	s.crowd(3)
	s.on("GET /v2024/non-employee-sources", answers(http.StatusOK, `[{"id":"u","sourceId":"`+testSourceID+`","name":"N","nonEmployeeCount":4}]`))
	s.on("DELETE /v2024/non-employee-records/r-9", answers(http.StatusNoContent, ""))
	src := s.source()
	if err := src.Delete(t.Context(), []string{"r-9"}); err != nil {
		t.Fatal(err)
	}
	if got, err := src.List(t.Context(), nil); err != nil || len(got) != 3 {
		t.Errorf("got %d records and %v, want 3", len(got), err)
	}
}

func TestListNamesUnknownCustomAttributesOnce(t *testing.T) {
	s := newStage(t)
	all := s.crowd(5)
	for i := range all {
		all[i]["data"] = map[string]any{"vendor": nil, "retired": "someone's data"}
	}
	var log strings.Builder
	config := s.config()
	config.Log = slog.New(slog.NewTextHandler(&log, nil))
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	src, err := c.Source(t.Context(), testSourceID)
	if err != nil {
		t.Fatal(err)
	}
	got, err := src.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := got[0].Get("vendor"); v != "" || !ok {
		t.Errorf("null came out as %q", v)
	}
	if n := strings.Count(log.String(), "attribute=retired"); n != 1 || strings.Contains(log.String(), "someone") {
		t.Errorf("told %d times, want once and without the value:\n%s", n, log.String())
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
