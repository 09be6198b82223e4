package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// nth fails the given calls of one kind, and no others.
func nth(kind string, err error, which ...int) func(string, int) error {
	return func(call string, n int) error {
		if call == kind && slices.Contains(which, n) {
			return err
		}
		return nil
	}
}

func is(names ...string) func(string) bool {
	return func(account string) bool { return slices.Contains(names, account) }
}

// once is true for each account the first time only.
func once(names ...string) func(string) bool {
	seen := make(map[string]bool)
	return func(account string) bool {
		first := slices.Contains(names, account) && !seen[account]
		seen[account] = true
		return first
	}
}

func TestRunAmongFaults(t *testing.T) {
	all := []string{"ana verified", "ben verified", "cleo verified", "dan verified", "emil verified", "fay verified"}
	but := func(changes ...string) []string {
		want := slices.Clone(all)
		for _, c := range changes {
			name, _, _ := strings.Cut(c, " ")
			want[slices.IndexFunc(want, func(s string) bool { return strings.HasPrefix(s, name+" ") })] = c
		}
		return want
	}
	for _, test := range []struct {
		why    string
		faults faults
		want   []string
		calls  map[string]int // how often some were made
		says   string         // in the message of the first that is not verified
	}{
		{why: "nothing is wrong", want: all, calls: map[string]int{"upload": 1, "create": 0, "patch": 2, "delete": 1, "list": 2}},
		{why: "changes show late", faults: faults{lag: 12 * time.Second}, want: all, calls: map[string]int{"upload": 1, "create": 0, "patch": 2, "delete": 1}},
		{why: "the status is the one of an older job for a while", faults: faults{stale: 6 * time.Second}, want: all, calls: map[string]int{"upload": 1, "create": 0}},
		{why: "an uploaded row is lost", faults: faults{drop: once("emil")}, want: all, calls: map[string]int{"upload": 1, "create": 1}},
		{why: "an uploaded row is lost, and alone it is refused", faults: faults{drop: is("emil"), before: nth("create", fmt.Errorf("%w: no such manager", errRefused), 1)},
			want: but("emil not applied"), says: "no such manager"},
		{why: "a patch is answered with success and lost", faults: faults{drop: once("ana")}, want: all, calls: map[string]int{"patch": 3}},
		{why: "a patch is lost every time", faults: faults{drop: is("ana")}, want: but("ana not applied"), says: "although it took the request"},
		{why: "an uploaded row lands with another value", faults: faults{alter: is("fay")}, want: but("fay differs"), says: "other values"},
		{why: "an upload is refused for one row", faults: faults{reject: is("emil")}, want: but("emil not applied"), says: "lastName is required"},
		{why: "a patch is refused", faults: faults{reject: is("ben")}, want: but("ben not applied"), says: "no such manager", calls: map[string]int{"patch": 2}},
		{why: "the job ends in an error", faults: faults{fail: func(n int) bool { return n == 1 }}, want: all},
		{why: "the job hangs", faults: faults{hang: func(int) bool { return true }}, want: but("emil unknown", "fay unknown"), says: "may still change it", calls: map[string]int{"upload": 1, "create": 0}},
		{why: "the upload has no answer and did not arrive", faults: faults{before: nth("upload", errUnclear, 1)}, want: all, calls: map[string]int{"upload": 2}},
		{why: "the upload has no answer and did arrive", faults: faults{after: nth("upload", errUnclear, 1)}, want: all, calls: map[string]int{"upload": 1, "create": 0}},
		{why: "a patch has no answer and did not arrive", faults: faults{before: nth("patch", errUnclear, 1)}, want: all, calls: map[string]int{"patch": 3}},
		{why: "a patch has no answer and did arrive", faults: faults{after: nth("patch", errUnclear, 1)}, want: all, calls: map[string]int{"patch": 2}},
		{why: "the delete has no answer and did not arrive", faults: faults{before: nth("delete", errUnclear, 1)}, want: all, calls: map[string]int{"delete": 2}},
		{why: "the delete has no answer and did arrive", faults: faults{after: nth("delete", errUnclear, 1)}, want: all, calls: map[string]int{"delete": 1}},
		{why: "the delete spares one", faults: faults{spare: once("dan")}, want: all, calls: map[string]int{"delete": 2}},
		{why: "the delete spares one every time", faults: faults{spare: is("dan")}, want: but("dan not applied"), says: "did not delete it"},
		{why: "the delete is refused because of one id", faults: faults{strict: func(ids []string) string {
			if slices.Contains(ids, "id-00004") {
				return "id-00004"
			}
			return ""
		}}, want: but("dan not applied"), says: "id-00004"},
		{why: "the status cannot be read for a while", faults: faults{before: nth("status", errUnavailable, 2, 3)}, want: all},
		{why: "the list fails once while reading back", faults: faults{before: nth("list", errUnavailable, 2)}, want: all},
	} {
		t.Run(test.why, func(t *testing.T) {
			ten := newTenant()
			for _, name := range []string{"ana", "ben", "cleo", "dan", "other"} {
				ten.add(name)
			}
			p := newDraft(ten).change("ana", plan.Patch, "lastName", "New").change("ben", plan.Patch, "lastName", "New", "phone", "9").
				remove("cleo").remove("dan").create("emil").create("fay").plan(t)
			ten.faults = test.faults
			f := newFolder()
			res, err := Run(t.Context(), p, ten, options(ten, f))
			if diff := cmp.Diff(test.want, states(res)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			var partial *PartialError
			if whole := slices.Equal(test.want, all); whole && err != nil || !whole && !errors.As(err, &partial) {
				t.Errorf("got error %v", err)
			}
			for call, want := range test.calls {
				if ten.calls[call] != want {
					t.Errorf("%d calls of %s, want %d", ten.calls[call], call, want)
				}
			}
			for _, o := range res.Outcomes {
				if o.State != Verified {
					if !strings.Contains(o.Message, test.says) {
						t.Errorf("%s: message %q does not say %q", o.AccountName, o.Message, test.says)
					}
					break
				}
			}
			if sum := res.Verified + res.NotApplied + res.Differs + res.Skipped + res.Unknown; sum != res.Planned || res.Planned != len(res.Outcomes) {
				t.Errorf("the counts do not add up: %s", &res)
			}
			truthful(t, p, ten, res)
		})
	}
}

// truthful checks the one promise that everything rests on: what is called verified is so.
func truthful(t testing.TB, p *plan.Plan, ten *tenant, res Result) {
	t.Helper()
	ops := make(map[int64]*plan.Operation)
	for i := range p.Operations {
		ops[p.Operations[i].N] = &p.Operations[i]
	}
	for _, o := range res.Outcomes {
		if o.State != Verified {
			continue
		}
		op := ops[o.N]
		rec, ok := ten.byName(op.AccountName)
		if ok != (op.Action != plan.Delete) {
			t.Errorf("the %s of %s is called verified, and its record is there: %t", op.Action, op.AccountName, ok)
			continue
		}
		for _, f := range op.Fields {
			if v, _ := rec.Get(f.Attribute); v != f.New {
				t.Errorf("%s is called verified, and %s is %q, want %q", op.AccountName, f.Attribute, v, f.New)
			}
		}
	}
}

func TestAnOwnersTokenMovesEndDates(t *testing.T) {
	ten := newTenant()
	ten.access.Admin = false
	ten.add("ana")
	p := newDraft(ten).change("ana", plan.Patch, "endDate", "2026-04-01T00:00:00Z").plan(t)
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !res.Whole() {
		t.Errorf("got %s, %v", &res, err)
	}
}

func TestDeletesComeFirstWhereThereIsNoRoom(t *testing.T) {
	ten := newTenant()
	for i := range schema.MaxRecords {
		ten.add(fmt.Sprint("x", i))
	}
	p := newDraft(ten).create("emil").remove("x7").plan(t)
	res, err := Run(t.Context(), p, ten, options(ten, newFolder()))
	if err != nil || !res.Whole() {
		t.Fatalf("got %s, %v", &res, err)
	}
	if diff := cmp.Diff([]string{"delete x7", "create emil"}, ten.log); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestDeletesInGroups(t *testing.T) {
	ten := newTenant()
	for i := range 250 {
		ten.add(fmt.Sprint("x", i))
	}
	d := newDraft(ten)
	for i := range 250 {
		d.remove(fmt.Sprint("x", i))
	}
	res, err := Run(t.Context(), d.plan(t), ten, options(ten, newFolder()))
	if err != nil || res.Verified != 250 || ten.calls["delete"] != 3 {
		t.Errorf("got %s, %v, %d deletes, want 3 of at most 100", &res, err, ten.calls["delete"])
	}
}

func TestADeletedRecordThatSomebodyChangedDuringTheRunStays(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	ten.add("cleo")
	p := newDraft(ten).create("emil").remove("cleo").plan(t)
	ten.faults.seen = func(ten *tenant, call string) {
		if call == "upload" {
			ten.set("cleo", "endDate", "2030-01-01T00:00:00Z")
			ten.clock.Sleep(context.Background(), 2*time.Minute)
		}
	}
	res, _ := Run(t.Context(), p, ten, options(ten, newFolder()))
	if diff := cmp.Diff([]string{"emil verified", "cleo skipped"}, states(res)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// In a plan that was made against a file no operation has an id; they are found by account name.
func TestAPlanWithoutIDs(t *testing.T) {
	ten := newTenant()
	for _, name := range []string{"ana", "ben", "cleo"} {
		ten.add(name)
	}
	d := newDraft(ten).change("ana", plan.Patch, "lastName", "New").remove("cleo")
	for i := range d.p.Operations {
		d.p.Operations[i].ID = ""
	}
	f := newFolder()
	res, err := Run(t.Context(), d.plan(t), ten, options(ten, f))
	if err != nil || !res.Whole() {
		t.Fatalf("got %s, %v", &res, err)
	}
	if diff := cmp.Diff([]string{"patch ana", "delete cleo"}, ten.log); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if res.Outcomes[0].ID != "id-00001" || res.Outcomes[1].ID != "id-00003" {
		t.Errorf("the outcomes name the records %q and %q", res.Outcomes[0].ID, res.Outcomes[1].ID)
	}
}

func TestDeletesComeFirstWhereThePlanSaysSo(t *testing.T) {
	ten := newTenant()
	ten.add("ana")
	d := newDraft(ten).create("emil").remove("ana")
	d.p.Trailer.DeletesFirst = true
	if _, err := Run(t.Context(), d.plan(t), ten, options(ten, newFolder())); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"delete ana", "create emil"}, ten.log); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}
