package sandbox_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

const (
	uploadPath = aSource + "/non-employee-bulk-upload"
	statusPath = uploadPath + "/status"
	exportPath = aSource + "/non-employees/download"
)

// names are the account names of the records, in the order of their creation.
func (b *bench) names() (names []string) {
	b.t.Helper()
	all, err := b.Records(retail)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range all {
		names = append(names, r.AccountName)
	}
	return names
}

func (b *bench) status() string {
	b.t.Helper()
	return b.admin("GET", statusPath, nil).want(b.t, 200).body
}

// lands uploads a file and lets its job end.
func (b *bench) lands(csv string) string {
	b.t.Helper()
	b.upload(retail, csv).want(b.t, 202)
	b.clock.Advance(time.Minute)
	return b.status()
}

func TestImportNonEmployeeRecordsInBulk(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	type job struct{ ID, SourceID, Created, Modified, Status string }
	got := into[job](t, b.upload(retail, header+",vendor\n"+row("ANN")+",Acme\n"+row("bob")+",\n").want(t, 202))
	want := job{got.ID, retail, "2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z", "PENDING"}
	if diff := cmp.Diff(want, got); diff != "" || len(got.ID) != 32 {
		t.Errorf("job (-want +got):\n%s", diff)
	}
	b.clock.Advance(time.Minute)
	all, err := b.Records(retail)
	if err != nil || len(all) != 2 {
		t.Fatalf("records %v, %v", all, err)
	}
	// The row for ANN updates ann: the name is the record's, and so is the id.
	if ann := all[0]; ann.AccountName != "ann" || ann.ID != "ac110005-7156-4150-8171-5b292e3e0000" || ann.Data["vendor"] != "Acme" || ann.Phone != "555-555-5555" {
		t.Errorf("updated %+v", ann)
	}
	if bob := all[1]; bob.AccountName != "bob" || len(bob.Data) != 0 || !bob.EndDate.Equal(time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)) {
		t.Errorf("created %+v", bob)
	}
	b.upload("none", header).want(t, 404)
}

func TestGetNonEmployeeBulkUploadStatus(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0), Jobs: sandbox.JobTiming{Queued: time.Second, Running: 2 * time.Second, PerRow: -1}})
	if got := b.status(); got != "{}" {
		t.Errorf("without a job the status is left out, and the answer is %s", got)
	}
	b.upload(retail, header+"\n"+row("a")+"\n"+row("b")+"\n").want(t, 202)
	for _, c := range []struct {
		after time.Duration
		want  string
		names []string
	}{
		{0, `{"status":"PENDING"}`, nil},
		{time.Second, `{"status":"IN_PROGRESS"}`, nil},
		{time.Second, `{"status":"IN_PROGRESS"}`, []string{"a"}}, // rows land one after another
		{time.Second, `{"status":"COMPLETED"}`, []string{"a", "b"}},
	} {
		b.clock.Advance(c.after)
		if got := b.status(); got != c.want {
			t.Errorf("status %s, want %s", got, c.want)
		}
		if diff := cmp.Diff(c.names, b.names()); diff != "" {
			t.Errorf("at %s (-want +got):\n%s", c.want, diff)
		}
	}
	b.admin("GET", sources+"/none/non-employee-bulk-upload/status", nil).want(t, 404)
}

func TestUploadsThatAreRefused(t *testing.T) {
	good := row("bob")
	cells := func(at int, cell string) string {
		all := strings.Split(good, ",")
		all[at] = cell
		return strings.Join(all, ",")
	}
	for _, c := range []struct{ why, csv, text string }{
		{"an empty file", "", "the file is empty"},
		{"a missing column", strings.Replace(header, ",email", "", 1), "column email is missing"},
		{"an unknown column", header + ",shoe", "column shoe is unknown"},
		{"a column twice", header + ",email", "column email is there twice"},
		{"all of it at once", "accountName,shoe", "column shoe is unknown\ncolumn firstName is missing\ncolumn lastName is missing\ncolumn phone is missing\ncolumn email is missing\ncolumn manager is missing\ncolumn startDate is missing\ncolumn endDate is missing"},
		{"names are compared by case", strings.Replace(header, "email", "Email", 1), "column Email is unknown\ncolumn email is missing"},
		{"not UTF-8", header + "\n" + cells(1, "J\xfcrgen"), "the file is not UTF-8"},
		{"a quote in the middle", header + "\n" + cells(1, `a"b`), `line 2: bare " in non-quoted-field`},
		{"a quote without an end", header + "\n" + cells(1, `"ab`), `line 2: extraneous or missing " in quoted-field`},
		{"a row too short", header + "\nbob,First", "line 2: 8 columns expected, 2 found"},
		{"a row too long", header + "\n" + good + ",x", "line 2: 8 columns expected, 9 found"},
		{"a blank account name", header + "\n" + cells(0, " "), "line 2: accountName is required"},
		{"a blank mandatory cell", header + "\n" + cells(3, ""), "line 2: phone is required"},
		{"a day is no date-time", header + "\n" + cells(6, "2026-01-05"), "line 2: startDate 2026-01-05 is not a date-time"},
		{"an unknown manager", header + "\n" + cells(5, "Jim Smith"), "line 2: manager Jim Smith is not a valid identity"},
		{"one account twice", header + "\n" + good + "\n" + strings.ToUpper(good[:3]) + good[3:], "line 3: accountName is there twice, first on line 2"},
		{"lines are counted in the file, not in rows", header + "\n" + cells(1, "\"a\nb\"") + "\n" + strings.Replace(cells(3, ""), "bob", "cid", 1), "line 4: phone is required"},
	} {
		t.Run(c.why, func(t *testing.T) {
			b := newBench(t, sandbox.Options{Seed: oneSource(0)})
			b.upload(retail, c.csv).refused(t, codeContent, c.text)
			if got := b.status(); got != "{}" {
				t.Errorf("a refused upload made a job: %s", got)
			}
			b.clock.Advance(time.Hour)
			if got := b.names(); len(got) != 0 {
				t.Errorf("a refused upload made records: %v", got)
			}
		})
	}
}

func TestUploadsThatAreTaken(t *testing.T) {
	for _, c := range []struct{ why, csv string }{
		{"line feeds", header + "\n" + row("a") + "\n"},
		{"carriage returns too", header + "\r\n" + row("a") + "\r\n"},
		{"a byte order mark", "\ufeff" + header + "\n" + row("a") + "\n"},
		{"no line end at the end", header + "\n" + row("a")},
		{"spaces around cells, as in the published example", header + "\n" + strings.ReplaceAll(row("a"), ",", ", ") + "\n"},
		{"quoted cells", `"` + strings.ReplaceAll(header, ",", `","`) + "\"\n\"" + strings.ReplaceAll(row("a"), ",", `","`) + "\"\n"},
		{"another order of columns", "endDate," + strings.TrimSuffix(header, ",endDate") + "\n2026-12-31T23:59:59Z," + strings.TrimSuffix(row("a"), ",2026-12-31T23:59:59Z")},
		{"an instant with an offset", header + "\n" + strings.Replace(row("a"), "2026-12-31T23:59:59Z", "2026-12-31T13:59:59-10:00", 1)},
		{"empty lines between rows", header + "\n\n" + row("a") + "\n\n"},
	} {
		t.Run(c.why, func(t *testing.T) {
			b := newBench(t, sandbox.Options{Seed: oneSource(0)})
			if got := b.lands(c.csv); got != `{"status":"COMPLETED"}` {
				t.Fatalf("status %s", got)
			}
			if got := b.admin("GET", exportPath, nil).want(t, 200); got.body != header+"\n"+row("a")+"\n" {
				t.Errorf("exported as %q", got.body)
			}
		})
	}
}

func TestUploadForms(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	send := func(name, fileName, kind, csv string) reply {
		t.Helper()
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, name) + fileName}}
		if kind != "" {
			h.Set("Content-Type", kind)
		}
		part, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(csv)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.send(b.Credentials().Admin, "POST", uploadPath, w.FormDataContentType(), form.Bytes())
	}
	for i, c := range []struct{ fileName, kind string }{
		{`; filename="x.csv"`, "text/csv"}, {`; filename="x.csv"`, "application/octet-stream"}, {"", ""},
	} {
		send("data", c.fileName, c.kind, header+"\n"+row(fmt.Sprint("a", i))).want(t, 202)
		b.clock.Advance(time.Minute)
	}
	if got := b.names(); len(got) != 3 {
		t.Errorf("records %v", got)
	}
	send("file", `; filename="x.csv"`, "text/csv", header).refused(t, codeContent, "data is required;")
	admin := b.Credentials().Admin
	b.send(admin, "POST", uploadPath, "multipart/form-data; boundary=x", []byte("--x--\r\n")).refused(t, codeContent, "data is required;")
	b.send(admin, "POST", uploadPath, "multipart/form-data; boundary=x", []byte("--x\r\nContent-Disp")).refused(t, codeSyntax, "the form cannot be read")
	b.send(admin, "POST", uploadPath, "multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=data\r\n\r\nabc")).refused(t, codeSyntax, "the form cannot be read")
	b.send(admin, "POST", uploadPath, "multipart/form-data", []byte("x")).refused(t, codeSyntax, "the form has no boundary")
	b.send(admin, "POST", uploadPath, "text/csv", []byte(header)).want(t, 405)
}

// A thousand faulty rows are listed, and the rest is counted.
func TestUploadListsAThousandErrors(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	_, texts := b.upload(retail, header+strings.Repeat("\nx", 1500)).want(t, 400).dto(t)
	lines := strings.Split(texts[0], "\n")
	if len(lines) != 1001 || lines[999] != "line 1001: 8 columns expected, 1 found" || lines[1000] != "and 500 more" {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

// What was checked when the file came may be impossible when its row lands: the job then ends in ERROR.
func TestRowsThatBecomeImpossible(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(19_999)})
	b.upload(retail, header+"\n"+row("late")+"\n").want(t, 202)
	b.admin("POST", records, person(retail, "quick")).want(t, 200)
	b.clock.Advance(time.Minute)
	if got := b.status(); got != `{"status":"ERROR"}` {
		t.Errorf("status %s", got)
	}
}

func TestExportNonEmployeeRecords(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	b.admin("PATCH", firstRecord, `[{"op":"replace","path":"/lastName","value":"O'Hara, \"Scarlett\"\nof Tara"},{"op":"add","path":"/data/vendor","value":" padded "}]`).want(t, 200)
	want := header + ",vendor\nann,First,\"O'Hara, \"\"Scarlett\"\"\nof Tara\",5555555555,ann@example.com,sandbox.manager,2026-01-05T00:00:00Z,2026-12-31T23:59:59Z,\" padded \"\n"
	for _, accept := range []string{"application/json", "text/csv, application/json", "application/json, text/plain, */*"} {
		got := b.accepting(exportPath, accept).want(t, 200)
		if got.body != want {
			t.Errorf("export %q, want %q", got.body, want)
		}
		if kind, name := got.header.Get("Content-Type"), got.header.Get("Content-Disposition"); kind != "text/csv" || name != "attachment; filename=non_employees_for_source_Retail.csv" {
			t.Errorf("content type %q, disposition %q", kind, name)
		}
	}
	b.admin("GET", sources+"/none/non-employees/download", nil).want(t, 404)
}

func TestExportNonEmployeeSourceSchemaTemplate(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	got := b.accepting(aSource+"/schema-attributes-template/download", "application/json").want(t, 200)
	if got.body != header+",vendor\n" || got.header.Get("Content-Type") != "text/csv" {
		t.Errorf("template %q as %q", got.body, got.header.Get("Content-Type"))
	}
	b.admin("GET", sources+"/none/schema-attributes-template/download", nil).want(t, 404)
}

// A source may have any name; a header may not.
func TestDownloadsOfOddlyNamedSources(t *testing.T) {
	seed := oneSource(0)
	seed.Sources[0].Name = "Büro \"Nord\"\r\nX-Evil: 1"
	b := newBench(t, sandbox.Options{Seed: seed})
	got := b.admin("GET", exportPath, nil).want(t, 200)
	if got.header.Get("X-Evil") != "" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment; filename*=utf-8''") {
		t.Errorf("headers %v", got.header)
	}
}
