package apply

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// The page that describes the files of a run names every field that is in them.
func TestTheJournalsPageIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../docs/journal.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range []any{runRecord{}, intentRecord{}, outcomeRecord{}, jobRecord{}, endRecord{}, snapshotHeader{}, snapshotRecord{}, snapshotEnd{}} {
		for i := range reflect.TypeOf(record).NumField() {
			name, _, _ := strings.Cut(reflect.TypeOf(record).Field(i).Tag.Get("json"), ",")
			if !strings.Contains(string(page), "`"+name+"`") && !strings.Contains(string(page), `"`+name+`":`) {
				t.Errorf("docs/journal.md does not name the field %s of %T", name, record)
			}
		}
	}
	for _, word := range []string{kindRun, kindIntent, kindOutcome, kindJob, kindEnd, accepted, refused, denied, unclear, verbUpload, verbCreate, verbPatch, verbDelete,
		string(Verified), string(NotApplied), string(Differs), string(Skipped), string(Unknown), PlanFile, SnapshotFile, ReadbackFile, ResultFile} {
		if !strings.Contains(string(page), "`"+word+"`") {
			t.Errorf("docs/journal.md does not name %s", word)
		}
	}
}

func TestReadHistoryRefuses(t *testing.T) {
	for _, test := range []struct{ why, journal, says string }{
		{"it does not begin with a run", `{"type":"intent","write":1}`, "begin with a run"},
		{"a newer format", `{"type":"run","format_version":"2.0"}`, "2.0"},
		{"an answer to nothing", `{"type":"run","format_version":"1.0"}|{"type":"outcome","write":1}`, "never announced"},
		{"a job of nothing", `{"type":"run","format_version":"1.0"}|{"type":"job","write":3}`, "never announced"},
		{"a write is missing", `{"type":"run","format_version":"1.0"}|{"type":"intent","write":2}`, "want 1"},
		{"a field of another type", `{"type":"run","format_version":"1.0"}|{"type":"intent","write":"1"}`, "record 2"},
	} {
		var records []json.RawMessage
		for line := range strings.SplitSeq(test.journal, "|") {
			records = append(records, json.RawMessage(line))
		}
		if _, err := readHistory(records); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want an error that says %q", test.why, err, test.says)
		}
	}
	h, err := readHistory([]json.RawMessage{[]byte(`{"type":"run","format_version":"1.0","plan":"p"}`), []byte(`{"type":"of tomorrow","x":1}`), []byte(`{"type":"intent","write":1,"verb":"patch","ops":[4]}`)})
	if err != nil || len(h.writes) != 1 || h.run.Plan != "p" {
		t.Errorf("a record of a kind that is not known yet: %+v, %v, want it left out", h, err)
	}
}
