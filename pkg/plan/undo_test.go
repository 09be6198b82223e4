package plan

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestUndo(t *testing.T) {
	o := options(t)
	o.OnMissing = DeleteMissing
	p, err := build(t, o,
		creation("new"), creation("lost"),
		updateOf("moved", to("manager", "jane.doe", "p.meyer"), to("phone", "5551234567", "5550000000")),
		updateOf("same", to("manager", "jane.doe", "p.meyer")),
		updateOf("emptied", to("vendor", "", "ACME")),
		updateOf("vanished", to("manager", "jane.doe", "p.meyer")),
		missing("gone"), missing("stayed"))
	if err != nil {
		t.Fatal(err)
	}
	before := []schema.Record{*person("moved"), *person("same"), *person("emptied", "vendor", ""), *person("vanished"), *person("gone", "vendor", ""), *person("stayed")}
	after := []schema.Record{*person("new"), *person("moved", "manager", "p.meyer"), *person("same"), *person("emptied"), *person("stayed")}
	var file bytes.Buffer
	o = options(t)
	o.Read.Records = 7 // somebody has created two more since: that is no reason not to undo
	s, err := Undo(p, before, after, &file, o)
	if err != nil {
		t.Fatal(err)
	}
	u, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if u.Header.Undoes != p.Header.ID || s.Trailer.Fingerprint != u.Trailer.Fingerprint {
		t.Errorf("the undo is of %q, want %q", u.Header.Undoes, p.Header.ID)
	}
	var again []schema.FieldChange
	for i, n := range fields[:8] {
		again = append(again, to(n, "", person("gone").Values[i]))
	}
	want := []struct {
		name, why, reason string
		action            Action
		fields            []schema.FieldChange
	}{
		{"new", "what was created goes", "approvals", Delete, nil},
		{"lost", "what never came about is left alone", "was not created", Untouched, nil},
		{"moved", "only what moved goes back", "puts back", Update, []schema.FieldChange{to("manager", "p.meyer", "jane.doe")}},
		{"same", "a row that did not land needs nothing", "first values already", Untouched, nil},
		{"emptied", "what was empty is cleared", "puts back", Update, []schema.FieldChange{to("vendor", "ACME", "")}},
		{"vanished", "a record that is gone cannot get its values back", "was deleted since", Blocked, nil},
		{"gone", "what was deleted comes back with every value", "new id", Create, again},
		{"stayed", "a delete that did not happen needs nothing", "was not deleted", Untouched, nil},
	}
	for i, w := range want {
		op := u.Operations[i]
		if op.AccountName != w.name || op.Action != w.action || !strings.Contains(op.Reason, w.reason) {
			t.Errorf("%s: %s %s because %q, want %s %s because …%s…", w.why, op.Action, op.AccountName, op.Reason, w.action, w.name, w.reason)
		}
		if diff := cmp.Diff(w.fields, op.Fields); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", w.why, diff)
		}
	}
	if drift := CheckFresh(u, after); len(drift) != 0 {
		t.Errorf("the undo is stale against what it was made from: %v", drift)
	}
	if drift := CheckFresh(u, append(after[1:], *person("new", "manager", "x"))); len(drift) != 1 {
		t.Errorf("somebody changed the record that is to be deleted, and the undo found %v", drift)
	}
}

// What the run did not do is somebody else's, even where the record is now as the plan wanted it.
func TestUndoLeavesAloneWhatTheRunNeverDid(t *testing.T) {
	o := options(t)
	o.OnMissing = DeleteMissing
	p, err := build(t, o, creation("new"), updateOf("moved", to("manager", "jane.doe", "p.meyer")), missing("gone"), creation("ours"))
	if err != nil {
		t.Fatal(err)
	}
	before := []schema.Record{*person("moved"), *person("gone")}
	after := []schema.Record{*person("new"), *person("moved", "manager", "p.meyer"), *person("ours")}
	o = options(t)
	o.Limits.MaxRemovals = NoLimit()
	o.Idle = map[int64]bool{}
	for _, op := range p.Operations {
		o.Idle[op.N] = op.AccountName != "ours"
	}
	var file bytes.Buffer
	if _, err := Undo(p, before, after, &file, o); err != nil {
		t.Fatal(err)
	}
	u, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range u.Operations {
		want := Untouched
		if op.AccountName == "ours" {
			want = Delete
		}
		if op.Action != want {
			t.Errorf("%s %s because %q, want %s", op.Action, op.AccountName, op.Reason, want)
		}
	}
}

// Where the source is read as it is now, what somebody has written since the run stays, and its line says what is there, what the run sent and what was there before.
func TestUndoLeavesWhatSomebodyWroteSince(t *testing.T) {
	o := options(t)
	p, err := build(t, o, creation("new"), creation("edited"), updateOf("moved", to("manager", "jane.doe", "p.meyer")),
		updateOf("same", to("manager", "jane.doe", "p.meyer")), updateOf("theirs", to("manager", "jane.doe", "p.meyer"), to("vendor", "ACME", "Umbrella")))
	if err != nil {
		t.Fatal(err)
	}
	before := []schema.Record{*person("moved"), *person("same"), *person("theirs")}
	after := []schema.Record{*person("new"), *person("edited", "vendor", "Initech"), *person("moved", "manager", "p.meyer"), *person("same"),
		*person("theirs", "manager", "somebody.else", "vendor", "Umbrella")}
	for _, live := range []bool{false, true} {
		o = options(t)
		o.Limits.MaxRemovals, o.Live = NoLimit(), live
		var file bytes.Buffer
		if _, err := Undo(p, before, after, &file, o); err != nil {
			t.Fatal(err)
		}
		u, err := Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, op := range u.Operations {
			got = append(got, op.AccountName+" "+string(op.Action))
			if op.Action == Blocked && !strings.Contains(op.Reason, "somebody else has written it") {
				t.Errorf("%s is blocked because %q", op.AccountName, op.Reason)
			}
		}
		want := []string{"new delete", "edited delete", "moved update", "same untouched", "theirs update"}
		if live {
			want[1], want[4] = "edited blocked", "theirs blocked"
		}
		// Where nobody can tell who has written it, the line says at least what is lost.
		if reason := u.Operations[4].Reason; !strings.Contains(reason, `manager is "somebody.else", and the run sent "p.meyer" for "jane.doe"`) {
			t.Errorf("the reason %q does not say all three values", reason)
		}
		if reason := u.Operations[1].Reason; !strings.Contains(reason, `vendor is "Initech", and the run sent`) {
			t.Errorf("the reason %q does not say what was written since", reason)
		}
		if reason := u.Operations[2].Reason; strings.Contains(reason, "somebody") {
			t.Errorf("the reason %q is of another", reason)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("live %t (-want +got):\n%s", live, d)
		}
	}
}

func TestUndoHasLimits(t *testing.T) {
	p, err := build(t, options(t), many(60, creation)...)
	if err != nil {
		t.Fatal(err)
	}
	var after []schema.Record
	for _, op := range p.Operations {
		after = append(after, *person(op.AccountName))
	}
	o := options(t)
	o.Limits = Limits{}
	var le *LimitError
	if _, err := Undo(p, nil, after, &bytes.Buffer{}, o); !errors.As(err, &le) || le.Hint() != "if it is really meant:  --allow-removals 60" {
		t.Errorf("undoing 60 creates of 60 records gives %v, want a LimitError", err)
	}
}
