package apply_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// TestEconomy counts every request of a run against the least that could carry the plan out and prove it: one list to know
// that the plan is fresh and to save what is there, the writes of the route, and a read of what was touched, by pages of
// 250 or one by one, whichever is less. Describing the source and its schema, the token and the looks at a job come on top.
// The figures that it logs are those of docs/performance.md.
func TestEconomy(t *testing.T) {
	size := 2_000
	if os.Getenv("NELM_TEST_SEEDS") != "" {
		size = 20_000 // make soak: as many as a source holds
	}
	pages := func(records int) int { return max(1, (records+249)/250) }
	for _, test := range []struct {
		why                  string
		there                int
		changed, gone, fresh int
		route                string
		least                int
	}{
		{"creates into an empty source", 0, 0, 0, size, "auto", pages(0) + 1 + pages(size)},
		{"updates of everybody by upload", size, size, 0, 0, "bulk", pages(size) + 1 + pages(size)},
		{"updates of many by patch", size, size / 4, 0, 0, "patch", pages(size) + size/4 + pages(size)},
		{"updates of three by patch", size, 3, 0, 0, "auto", pages(size) + 3 + 3},
		{"deletes of a tenth", size, 0, size / 10, 0, "auto", pages(size) + size/10/100 + min(size/10, pages(size-size/10))},
		{"some of everything", size * 9 / 10, size / 50, size / 100, size / 20, "auto", pages(size*9/10) + 1 + size/50 + max(1, size/100/100) + pages(size*9/10+size/20-size/100)},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := newStage(t, test.there, sandbox.Options{}, nil)
			people := s.people()
			want := wish(people, random(1), test.changed, test.gone, test.fresh)
			p := s.plan(want, test.route)
			before := s.box.Counts()
			res, err := apply.Run(t.Context(), p, s.source, s.options())
			if err != nil {
				t.Fatalf("%v\n%s", err, notVerified(res))
			}
			after := s.box.Counts()
			used, polls := 0, 0
			var each []string
			for _, op := range slices.Sorted(maps.Keys(after.Requests)) {
				n := after.Requests[op] - before.Requests[op]
				used += n
				if op == "getNonEmployeeBulkUploadStatus" {
					polls = n
				}
				if n > 0 {
					each = append(each, fmt.Sprintf("%s %d", op, n))
				}
			}
			const fixed = 4 // the source, its template and attributes, a token
			t.Logf("%d operations: %d requests, of them %d looks at a job, against %d + %d at the least: %v", res.Planned, used, polls, test.least, fixed, each)
			if allowed := (test.least+fixed)*105/100 + polls; used > allowed {
				t.Errorf("%d requests, want at most %d", used, allowed)
			}
			if after.RateLimited > before.RateLimited {
				t.Errorf("%d requests were too fast", after.RateLimited-before.RateLimited)
			}
		})
	}
}
