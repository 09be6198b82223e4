package plan

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// What is said of the list as a whole stands in the trailer, with the rows that are blocked for it. Those are operations like any
// other, but none of the few that are kept to be shown.
func TestWhatIsSaidOfTheListAsAWhole(t *testing.T) {
	swapped := schema.Finding{Code: schema.CodeColumnSwapped, Severity: schema.Error, Message: "phone and email look swapped", Hint: "swap them"}
	o := options(t)
	o.Whole, o.Head = []schema.Finding{swapped}, 5
	var changes []diff.Change
	for i := range 40 {
		f := swapped
		f.Origin.Row = int64(i)
		changes = append(changes, diff.Change{Kind: diff.Blocked, Key: fmt.Sprint("p", i), Desired: wanted(int64(i), fmt.Sprint("p", i)), Findings: []schema.Finding{f}})
	}
	other := diff.Change{Kind: diff.Blocked, Key: "q", Desired: wanted(99, "q"), Findings: []schema.Finding{{Code: "E-KEY-DUPLICATE", Severity: schema.Error, Message: "twice"}}}
	changes = append(changes, other)
	emit := func(emit func(diff.Change) error) (diff.Summary, error) {
		for _, c := range changes {
			if err := emit(c); err != nil {
				return diff.Summary{}, err
			}
		}
		return diff.Summary{Desired: 41, Blocked: 41}, nil
	}
	s, err := Build(emit, io.Discard, o)
	var invalid *InvalidError
	if !errors.As(err, &invalid) || invalid.Rows != 41 {
		t.Fatalf("Build: %v, want 41 rows with errors", err)
	}
	if invalid.Remedy != "swap them" {
		t.Errorf("the remedy is %q, want that of the columns", invalid.Remedy)
	}
	if d := cmp.Diff([]Whole{{Finding: swapped, Rows: 40}}, s.Trailer.Whole); d != "" {
		t.Errorf("of the list as a whole (-want +got):\n%s", d)
	}
	o.Whole[0].Origin.File = "renamed.csv"
	again, _ := Build(emit, io.Discard, o)
	if again.Trailer.Fingerprint != s.Trailer.Fingerprint {
		t.Errorf("the same list under another name has the fingerprint %s, want %s", again.Trailer.Fingerprint, s.Trailer.Fingerprint)
	}
	o.Whole[0].Message = "phone and email look fine"
	if other, _ := Build(emit, io.Discard, o); other.Trailer.Fingerprint == s.Trailer.Fingerprint {
		t.Error("what is said of the list as a whole is not in the fingerprint")
	}
	if s.Trailer.Counts.Blocked != 41 {
		t.Errorf("%d are blocked, want 41", s.Trailer.Counts.Blocked)
	}
	if len(s.Head.Operations) != 1 || s.Head.Operations[0].AccountName != "q" {
		t.Errorf("kept to be shown: %+v, want q alone", s.Head.Operations)
	}
}

// Swapped columns are one fault of the list: rows that they block cannot be left out as rows with errors, whatever the limit on those.
func TestSwappedColumnsAreNotLeftOut(t *testing.T) {
	swapped := schema.Finding{Code: schema.CodeColumnSwapped, Severity: schema.Error, Message: "phone and email look swapped", Hint: "swap them"}
	o := options(t)
	o.Whole, o.SkipInvalid, o.Limits.MaxInvalid = []schema.Finding{swapped}, true, LimitOf(0)
	change := func(f schema.Finding) diff.Change {
		return diff.Change{Kind: diff.Blocked, Key: "a", Desired: wanted(2, "a"), Findings: []schema.Finding{f}}
	}
	p, err := buildOf(t, o, diff.Summary{Desired: 1, Blocked: 1}, change(swapped))
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Error() != "phone and email look swapped; 1 row is blocked for it" || limit.Hint() != "swap them" {
		t.Errorf("Build: %v, want the columns alone and their remedy", err)
	}
	if p.Trailer.Safe {
		t.Error("the plan says that it is safe")
	}
	o.Limits = Limits{}
	swapped.Code = schema.CodeColumnOdd
	o.Whole[0] = swapped
	if _, err := buildOf(t, o, diff.Summary{Desired: 1, Blocked: 1}, change(swapped)); err != nil {
		t.Errorf("what only may be swapped: %v, want a plan", err)
	}
}
