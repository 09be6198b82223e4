package apply

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestDiffersSaysWhat(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Upload, "phone", "9").create("emil").plan(t)
	ten.faults.alter = is("ana", "emil")
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	var partial *PartialError
	if !errors.As(err, &partial) {
		t.Fatalf("got %v", err)
	}
	want := [][]schema.FieldChange{
		{{Attribute: "lastName", Old: "Altered", New: "Last"}}, // not even planned, but sent along and changed
		{{Attribute: "lastName", Old: "Altered", New: "Last"}},
	}
	var got [][]schema.FieldChange
	for _, o := range res.Outcomes {
		got = append(got, o.Fields)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestVanishedRecordsAreSaid(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("bystander")
	p := newDraft(ten).create("emil").plan(t)
	ten.faults.seen = func(ten *tenant, call string) {
		if call == "upload" { // as if an upload removed whom it does not name
			ten.mu.Lock()
			delete(ten.records, "id-00002")
			ten.mu.Unlock()
		}
	}
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"bystander"}, res.Vanished); diff != "" {
		t.Errorf("vanished (-want +got):\n%s", diff)
	}
}

// Two looks that fail are no looks: what could not be seen often enough is not said to be unchanged.
func TestTooFewLooksLeaveItUnknown(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("ben")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New").plan(t)
	ten.faults.drop = is("ana")
	ten.faults.before = func(call string, n int) error {
		if call == "list" && n >= 3 || call == "get" {
			return errUnavailable
		}
		return nil
	}
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	var partial *PartialError
	if !errors.As(err, &partial) || !res.Resumable || !cmp.Equal(states(res), []string{"ana unknown", "ben verified"}) {
		t.Errorf("got %v, %v, resumable %t", states(res), err, res.Resumable)
	}
}

// After an upload the whole list is read, however few rows it had: nobody promises that an upload leaves others alone.
func TestAnUploadIsFollowedByAWholeList(t *testing.T) {
	ten := newTenant()
	for i := range 1000 {
		ten.add(fmt.Sprintf("x%04d", i))
	}
	p := newDraft(ten).change("x0001", plan.Upload, "lastName", "New").plan(t)
	ten.faults.seen = func(ten *tenant, call string) {
		if call == "upload" {
			ten.mu.Lock()
			delete(ten.records, "id-00777")
			ten.mu.Unlock()
		}
	}
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !cmp.Equal(res.Vanished, []string{"x0776"}) {
		t.Errorf("vanished %v, %v", res.Vanished, err)
	}
}

func TestSingleReadsThatFailGiveWayToAList(t *testing.T) {
	ten := newTenant()
	for i := range 1000 {
		ten.add(fmt.Sprintf("x%04d", i))
	}
	p := newDraft(ten).change("x0001", plan.Patch, "lastName", "New").remove("x0002").plan(t)
	ten.faults.before = func(call string, n int) error {
		if call == "get" {
			return errRefused // as a service may answer for a record that is gone
		}
		return nil
	}
	if res, err := Run(t.Context(), p, ten, options(ten, newFolder())); err != nil || !res.Whole() {
		t.Errorf("got %s, %v", &res, err)
	}
}

// The end stands in the journal only if the result can be read.
func TestAResultThatCannotBeWritten(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").plan(t)
	f := newFolder()
	full := errors.New("no space left on device")
	f.onWrite = func(name string) error {
		if name == ResultFile {
			return full
		}
		return nil
	}
	if res, err := Run(t.Context(), p, ten, options(ten, f)); !errors.Is(err, full) || !res.Whole() {
		t.Errorf("got %s, %v, want the result, and that it could not be written", &res, err)
	}
	f.onWrite = nil
	if res, err := Resume(t.Context(), f, ten, options(ten, f)); err != nil || !res.Whole() || ten.calls["patch"] != 1 {
		t.Errorf("resumed: %s, %v", &res, err)
	}
}

// An account name that the service spells in another way is not missing, and is not created twice.
func TestAnAccountNameThatTheServiceSpellsAnotherWay(t *testing.T) {
	ten := newTenant()
	p := newDraft(ten).create("Emil").plan(t)
	ten.faults.recase = true
	res, _ := Run(t.Context(), p, ten, options(ten, newFolder()))
	want := []schema.FieldChange{{Attribute: "accountName", Old: "emil", New: "Emil"}}
	if diff := cmp.Diff(want, res.Outcomes[0].Fields); diff != "" || res.Differs != 1 || ten.calls["create"] != 0 {
		t.Errorf("got %s, %d creates, fields (-want +got):\n%s", &res, ten.calls["create"], diff)
	}
}

// Only what has not been seen as planned is read again.
func TestReadingBackGoesOnWithWhatIsOpen(t *testing.T) {
	ten := newTenant()
	for i := range 1000 {
		ten.add(fmt.Sprintf("x%04d", i))
	}
	p := newDraft(ten).change("x0001", plan.Patch, "lastName", "New").change("x0002", plan.Patch, "lastName", "New").plan(t)
	ten.faults.drop = once("x0001")
	if res, err := Run(t.Context(), p, ten, options(ten, newFolder())); err != nil || !res.Whole() {
		t.Fatalf("got %s, %v", &res, err)
	}
	if ten.calls["get"] != 2+1+1+1 { // both; twice more the one that does not show; and that one after it was sent again
		t.Errorf("%d single reads, want 5", ten.calls["get"])
	}
}
