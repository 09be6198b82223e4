package plan

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// sample is a small plan with one operation of most kinds.
func sample() *Plan {
	names := (&schema.Schema{Attributes: schema.System()}).Names()
	return &Plan{
		Header: Header{
			ID: "p1", Created: time.Date(2026, 3, 2, 14, 2, 11, 0, time.UTC), Tool: "nelm-reconcile test",
			Source:  schema.Source{Tenant: schema.Tenant{ID: "t1", Org: "acme"}, ID: "a0303682", SourceID: "2c918085", Name: "Contractors EMEA"},
			Schema:  Schema{Fingerprint: "f", Names: names, Attributes: schema.System()},
			Managed: []string{"accountName", "endDate"},
			Options: Settings{OnMissing: EndMissing, Blank: "keep"},
		},
		Operations: []Operation{
			{Action: Create, AccountName: "a.new", Row: 4, Fields: []schema.FieldChange{{Attribute: "accountName", New: "a.new"}}},
			{Action: Update, AccountName: "maria.lopez", ID: "r1", Row: 41, Current: []string{"maria.lopez", "2026-03-31T00:00:00Z"}, Fields: []schema.FieldChange{{Attribute: "endDate", Old: "2026-03-31T00:00:00Z", New: "2026-09-30T23:59:59+02:00"}}},
			{Action: Blocked, Row: 9, Reason: "the account name is blank"},
		},
		Trailer: Trailer{
			Input:  Input{File: "list.csv", Rows: 3},
			Counts: Counts{Create: 1, Update: 1, Blocked: 1}, Safe: true,
			Routes: []RouteCount{{Class: ClassCreate, Route: Upload, Operations: 1, Reason: "r"}, {Class: ClassUpdate, Route: Patch, Operations: 1, Reason: "r"}},
		},
	}
}

func TestReadWhatWasWritten(t *testing.T) {
	p := sample()
	var file bytes.Buffer
	if err := p.Write(&file); err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	want := sample()
	want.Header.Type, want.Header.FormatVersion, want.Header.Kind = "header", "1.0", "plan"
	want.Header.Input = want.Trailer.Input
	for i, r := range []Route{Upload, Patch, None} {
		want.Operations[i].Type, want.Operations[i].N, want.Operations[i].Route = "operation", int64(i+1), r
	}
	want.Trailer.Type, want.Trailer.Checksum, want.Trailer.Fingerprint = "trailer", p.Trailer.Checksum, p.Trailer.Fingerprint
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plan read back (-want +got):\n%s", diff)
	}
	if fp := got.Trailer.Fingerprint; len(fp) != 19 || strings.Count(fp, "-") != 3 {
		t.Errorf("fingerprint %q is not four groups of four", fp)
	}
	var again bytes.Buffer
	if err := got.Write(&again); err != nil {
		t.Fatal(err)
	}
	if got.Trailer.Fingerprint != p.Trailer.Fingerprint {
		t.Errorf("writing it again changed the fingerprint from %s to %s", p.Trailer.Fingerprint, got.Trailer.Fingerprint)
	}
}

func TestReadRefuses(t *testing.T) {
	var file bytes.Buffer
	if err := sample().Write(&file); err != nil {
		t.Fatal(err)
	}
	whole := file.String()
	lines := strings.SplitAfter(whole, "\n")
	for _, test := range []struct{ why, file, want string }{
		{"nothing is no plan", "", "it is empty"},
		{"a list given by mistake", "Login,Name\na,b\n", "no plan file"},
		{"other JSON", `{"type":"header","kind":"snapshot","format_version":"1.0"}` + "\n", "no plan file"},
		{"a newer file may mean what this program does not know", strings.Replace(whole, `"format_version":"1.0"`, `"format_version":"1.1"`, 1), `its format is "1.1"`},
		{"a value was edited", strings.Replace(whole, "2026-09-30", "2027-09-30", 1), "changed after it was written"},
		{"a time was edited, which the fingerprint does not cover but the checksum does", strings.Replace(whole, "2026-03-02T14", "2026-03-02T15", 1), "changed after it was written"},
		{"a row was taken out", lines[0] + lines[1] + lines[3] + lines[4], "operation 3 where 2 belongs"},
		{"an unsafe plan was made safe by hand, or the reverse", strings.Replace(whole, `"safe":true`, `"safe":false`, 1), "changed after it was written"},
		{"the end is missing", lines[0] + lines[1], "no trailer"},
		{"cut inside a line", whole[:len(whole)-20], "middle of a line"},
		{"two plans in one file", whole + whole, "after the trailer"},
		{"a field that no version writes", strings.Replace(whole, `"action":"create"`, `"action":"create","force":true`, 1), "unknown field"},
		{"an action that does not exist", strings.Replace(whole, `"action":"create"`, `"action":"purge"`, 1), "Operation.Action"},
		{"an attribute that the source does not have", strings.Replace(whole, `"attribute":"endDate"`, `"attribute":"salary"`, 1), "no attribute"},
	} {
		_, err := Read(strings.NewReader(test.file))
		var fe *FileError
		if !errors.As(err, &fe) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want a FileError with %q", test.why, err, test.want)
		} else if fe.Hint == "" {
			t.Errorf("%s: %v has no hint", test.why, err)
		}
	}
}

// TestEveryByteOfAFileCounts changes each byte in two ways, and puts one in front of each.
func TestEveryByteOfAFileCounts(t *testing.T) {
	var file bytes.Buffer
	if err := sample().Write(&file); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	for at := range whole {
		for _, edited := range [][]byte{changedAt(whole, at, 1), changedAt(whole, at, 0x20), slices.Insert(slices.Clone(whole), at, ' ')} {
			if _, err := Read(bytes.NewReader(edited)); err == nil {
				t.Fatalf("byte %d was edited, and nobody noticed: %.40q", at, edited[max(0, at-20):])
			}
		}
	}
}

// TestEarlyFileIsRead: a plan that was written when the checksum was over the lines before the trailer, and stood before the fingerprint.
func TestEarlyFileIsRead(t *testing.T) {
	p := sample()
	var file bytes.Buffer
	if err := p.Write(&file); err != nil {
		t.Fatal(err)
	}
	whole := file.String()
	last := strings.LastIndexByte(strings.TrimSuffix(whole, "\n"), '\n') + 1
	sum := sha256.Sum256([]byte(whole[:last]))
	now := fmt.Sprintf(`,"fingerprint":"%s","checksum":"%s"}`, p.Trailer.Fingerprint, p.Trailer.Checksum)
	then := fmt.Sprintf(`,"checksum":"%x","fingerprint":"%s"}`, sum, p.Trailer.Fingerprint)
	early := strings.Replace(whole, now, then, 1)
	if early == whole {
		t.Fatalf("the file does not end in %s", now)
	}
	got, err := Read(strings.NewReader(early))
	if err != nil || got.Trailer.Fingerprint != p.Trailer.Fingerprint {
		t.Fatalf("got %v", err)
	}
	for _, edited := range []string{strings.Replace(early, "2026-03-02T14", "2026-03-02T15", 1), strings.Replace(early, `"safe":true`, `"safe":false`, 1)} {
		if _, err := Read(strings.NewReader(edited)); err == nil {
			t.Error("an edited one is read too")
		}
	}
}

func changedAt(file []byte, at int, by byte) []byte {
	file = slices.Clone(file)
	file[at] ^= by
	return file
}

func TestRecordFingerprint(t *testing.T) {
	names := []string{"accountName", "phone", "endDate"}
	record := func(values ...string) schema.Record { return schema.Record{Names: names, Values: values} }
	base := record("a", "", "2026-03-31T00:00:00Z")
	for _, test := range []struct {
		why  string
		rec  schema.Record
		same bool
	}{
		{"the record itself", base, true},
		{"the same instant in another zone and with fraction digits", record("a", "", "2026-03-31T02:00:00.000+02:00"), true},
		{"an attribute that is absent is empty", schema.Record{Names: []string{"endDate", "accountName"}, Values: []string{"2026-03-31T00:00:00Z", "a"}}, true},
		{"somebody touched the record without changing a value", schema.Record{Names: names, Values: base.Values, Modified: "2026-01-01T00:00:00Z"}, true},
		{"one second later", record("a", "", "2026-03-31T00:00:01Z"), false},
		{"a value moved to its neighbour", record("", "a", "2026-03-31T00:00:00Z"), false},
		{"case counts", record("A", "", "2026-03-31T00:00:00Z"), false},
	} {
		if got := RecordFingerprint(test.rec, names) == RecordFingerprint(base, names); got != test.same {
			t.Errorf("%s: same fingerprint %t, want %t", test.why, got, test.same)
		}
	}
}
