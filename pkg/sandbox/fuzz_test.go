package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// fuzzBox is a sandbox with one source, one custom attribute of every awkward kind, and one record.
func fuzzBox(tb testing.TB, switches map[string]string) (*Sandbox, *source) {
	tb.Helper()
	box, err := New(Options{Clock: NewManualClock(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)), Switches: switches, Seed: &Seed{Sources: []SeedSource{{
		Name: "Retail", SourceID: "2c91808568c529c60168cca6f90c1313",
		Attributes: []SeedAttribute{{TechnicalName: "vendor"}, {TechnicalName: "a/b~c"}, {TechnicalName: "badge", Required: true}},
		Records: []Record{{ID: "ac110005-7156-4150-8171-5b292e3e0084", AccountName: "ann", FirstName: "A", LastName: "B", Email: "a@example.com", Phone: "1", Manager: "the.boss",
			StartDate: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), EndDate: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Data: map[string]string{"badge": "7"}}},
	}}}})
	if err != nil {
		tb.Fatal(err)
	}
	return box, box.tenant.sources[0]
}

// What is read of any file is whole and unambiguous, and reads the same when it is written as an export and read again.
func FuzzUpload(f *testing.F) {
	const head = "accountName,firstName,lastName,phone,email,manager,startDate,endDate,vendor,a/b~c,badge\n"
	const good = "bob,A,B,1,b@example.com,the.boss,2026-01-05T00:00:00Z,2026-12-31T00:00:00-05:00,Acme,,7\n"
	f.Add([]byte(head + good))
	f.Add([]byte("\ufeff" + strings.ReplaceAll(head+good, "\n", "\r\n")))
	f.Add([]byte(head + strings.ReplaceAll(good, "Acme", "\"Ac\"\"me,\nLtd\"")))
	f.Add([]byte(head + good + good))
	f.Add([]byte(head + strings.ReplaceAll(good, ",", ", ")))
	f.Add([]byte("badge," + head + good))
	f.Add([]byte("\""))
	f.Fuzz(func(t *testing.T, raw []byte) {
		box, src := fuzzBox(t, nil)
		rows, fileProblems, rowProblems := box.tenant.readUpload(raw, src)
		if len(fileProblems) > 0 && (rows != nil || rowProblems != nil) {
			t.Fatalf("an unreadable file has rows: %v", rows)
		}
		seen := map[string]bool{}
		file := &csvFile{columns: box.tenant.columns(src), zone: time.UTC}
		for i := range rows {
			row := &rows[i]
			name := box.tenant.foldName(row.accountName)
			if name == "" || seen[name] || row.firstName == "" || row.startDate.IsZero() || row.custom("badge") == "" || row.line < 2 {
				t.Fatalf("row %+v", row)
			}
			seen[name] = true
			file.records = append(file.records, &record{person: row.person, source: src})
		}
		again, fileProblems, rowProblems := box.tenant.readUpload(file.render(), src)
		if len(fileProblems)+len(rowProblems) > 0 || len(again) != len(rows) {
			t.Fatalf("read again: %v %v, %d of %d rows, from %q", fileProblems, rowProblems, len(again), len(rows), file.render())
		}
		for i := range again {
			if !samePerson(&again[i].person, &rows[i].person) {
				t.Fatalf("%+v was read again as %+v", rows[i], again[i])
			}
		}
	})
}

// A filter is refused or decides; it decides the same every time, its negation decides the other way, and parentheses change nothing.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		`sourceId eq "x"`, `alias eq "a\"b\\"`, `alias sw "a" and not (email eq "b" or id in ("c", "d"))`, `not not alias eq "x"`, `alias co 5`, `(((`, `alias eq "`, `alias eq "\x"`,
	} {
		f.Add(text, "a")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		allowed := supported{"sourceId": {"eq"}, "alias": {"eq", "sw", "co"}, "email": {"eq", "sw"}, "id": {"eq", "in"}}
		field := func(string) string { return value }
		let, err := parseFilter(text, allowed)
		if err != nil || let == nil {
			return
		}
		verdict := let(field)
		for wrapped, want := range map[string]bool{text: verdict, "(" + text + ")": verdict, "not (" + text + ")": !verdict} {
			again, err := parseFilter(wrapped, allowed)
			if err != nil {
				if len(wrapped) > maxFilterBytes || strings.Count(wrapped, "(")+strings.Count(wrapped, "not") > maxFilterDepth {
					continue
				}
				t.Fatalf("%q is taken and %q is not: %v", text, wrapped, err)
			}
			if again(field) != want {
				t.Fatalf("%q decides %v and %q does not decide %v", text, verdict, wrapped, want)
			}
		}
	})
}

// Whatever a patch asks for, the record stays a whole one with its fixed fields, and a refused patch changes nothing.
func FuzzPatch(f *testing.F) {
	for _, patch := range []string{
		`[{"op":"replace","path":"/endDate","value":"2019-08-23T18:40:35.772Z"}]`, `[{"op":"add","path":"/data/a~1b~0c","value":"x"}]`, `[{"op":"remove","path":"/data"}]`,
		`[{"op":"add","path":"/data","value":null}]`, `[{"op":"move","from":"/data/badge","path":"/data/vendor"}]`, `[{"op":"copy","from":"/data","path":"/data/vendor"}]`,
		`[{"op":"test","path":"/data/none","value":null}]`, `[{"op":"replace","path":"","value":null}]`, `[{"op":"add","path":"/data/-","value":"x"}]`,
		`[{"op":"copy","from":"/phone/0","path":"/phone"}]`, `[{"op":"add","path":"/phone/-1","value":"x"}]`, `[{"op":"remove","path":"/accountName"}]`,
	} {
		for _, atomic := range []bool{true, false} {
			f.Add([]byte(patch), atomic)
		}
	}
	f.Fuzz(func(t *testing.T, patch []byte, atomic bool) {
		switches := map[string]string{"empty-data": "absent", "patch-test-dates": "instant"}
		if !atomic {
			switches["patch-atomic"] = "no"
		}
		box, src := fuzzBox(t, switches)
		before := src.records[0]
		was := *before
		c := &call{tenant: box.tenant, params: map[string]string{"id": before.id}, body: patch, caller: &caller{admin: true}, now: box.clock.Now().Add(time.Hour)}
		a, bad := patchRecord(c)
		if !samePerson(&was.person, &before.person) {
			t.Fatal("a record that others may be reading was changed in place")
		}
		after := src.records[0]
		if bad != nil && bad.status != http.StatusBadRequest {
			t.Fatalf("refused with %d: %v", bad.status, bad)
		}
		if bad != nil && atomic && after != before {
			t.Fatalf("a refused patch changed %+v to %+v", before, after)
		}
		if after.id != was.id || after.source != src || !after.created.Equal(was.created) || after.accountName == "" || after.phone == "" || after.endDate.IsZero() || after.custom("badge") == "" {
			t.Fatalf("the record is %+v", after)
		}
		if box.tenant.records[was.id] != after || src.byName[box.tenant.foldName(after.accountName)] != after || len(src.byName) != 1 {
			t.Fatal("the indexes do not agree with the list")
		}
		if bad == nil {
			raw, _, err := encode(a.body)
			if err != nil {
				t.Fatal(err)
			}
			var body struct{ Data map[string]*string }
			if err := json.Unmarshal(raw, &body); err != nil || slices.Contains(slicesOf(body.Data), nil) {
				t.Fatalf("data must be texts: %s, %v", raw, err)
			}
		}
	})
}

func slicesOf(m map[string]*string) (values []*string) {
	for _, v := range m {
		values = append(values, v)
	}
	return values
}
