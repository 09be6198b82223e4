package plan

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
)

func TestSummaryHead(t *testing.T) {
	o := options(t)
	o.OnMissing, o.Head = EndMissing, 2
	changes := []diff.Change{
		creation("a"), missing("b"), missing("c", "endDate", "2020-01-01T00:00:00Z"), missing("d", "endDate", "2020-01-01T00:00:00Z"),
		missing("e", "endDate", "2020-01-01T00:00:00Z"), missing("f", "endDate", "2021-01-01T00:00:00Z"), missing("g", "endDate", "2022-01-01T00:00:00Z"),
		updateOf("h", to("manager", "jane.doe", "p.meyer")), missing("i"),
	}
	var file bytes.Buffer
	s, err := Build(func(emit func(diff.Change) error) (diff.Summary, error) {
		for _, c := range changes {
			if err := emit(c); err != nil {
				return diff.Summary{}, err
			}
		}
		return diff.Summary{Desired: 990, Current: 1000}, nil
	}, &file, o)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, op := range s.Head.Operations {
		names = append(names, op.AccountName)
		if op.Route == "" {
			t.Errorf("%s has no route", op.AccountName)
		}
	}
	// Two that send, two that are untouched, and f, whose reason is another one than c's.
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "f"}, names); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	whole, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.Trailer.Counts, s.Head.Trailer.Counts); diff != "" {
		t.Errorf("counts (-file +head):\n%s", diff)
	}
	if diff := cmp.Diff(whole.Operations[:4], s.Head.Operations[:4]); diff != "" {
		t.Errorf("operations (-file +head):\n%s", diff)
	}
}
