package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

const fullSeed = `{
  "format_version": "1.0", "kind": "sandbox-seed", "org": "globex", "tenantId": "11111111-2222-4333-8444-555555555555", "pod": "pod7",
  "identities": [
    {"id":"2c9180866166b5b0016167c32ef31a66","alias":"jane.doe","name":"Jane Doe","firstName":"Jane","lastName":"Doe","email":"jane.doe@globex.example","identityState":"ACTIVE"},
    {"alias":"ray.viewer"},
    {"alias":"olga.owner"},
    {"alias":"mia.manager"},
    {"id":"2c9180866166b5b0016167c32ef31a77","identityState":"INACTIVE_SHORT_TERM"}
  ],
  "sources": [{
    "id":"a0303682-5e4a-44f7-bdc2-6ce6112549c1", "sourceId":"2c91808568c529c60168cca6f90c1313", "name":"Contractors EMEA", "description":"All of them.",
    "owner":"jane.doe", "accountManagers":["olga.owner"], "approvers":["ray.viewer","jane.doe"],
    "attributes":[{"technicalName":"vendor","label":"Vendor","type":"TEXT","required":true,"helpText":"Who sends them.","placeholder":null}],
    "records":[{"id":"ac110005-7156-4150-8171-5b292e3e0084","accountName":"a.turing","firstName":"Alan","lastName":"Turing","email":"a.turing@globex.example","phone":"+44 20 7946 0000",
      "manager":"jane.doe","startDate":"2026-01-05T00:00:00+01:00","endDate":"2026-12-31T23:59:59Z","created":"2025-01-01T00:00:00.26Z","modified":"2025-06-01T00:00:00Z","data":{"vendor":"Bletchley"}},
      {"accountName":"bare"}],
    "requests":[{"accountName":"g.hopper","firstName":"Grace","requester":"ray.viewer"}, {"accountName":"k.johnson"}]
  }]
}`

func TestSeedsDescribeATenant(t *testing.T) {
	seed, err := sandbox.ReadSeed(strings.NewReader(fullSeed))
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, sandbox.Options{Seed: seed})
	got := b.admin("GET", records+"?sorters=-accountName", nil).want(t, 200).body
	rows := into[[]map[string]any](t, reply{body: got})
	want := map[string]any{
		"id": "ac110005-7156-4150-8171-5b292e3e0084", "accountName": "a.turing", "firstName": "Alan", "lastName": "Turing", "email": "a.turing@globex.example",
		"phone": "+44 20 7946 0000", "manager": "jane.doe", "sourceId": retail, "data": map[string]any{"vendor": "Bletchley"},
		"startDate": "2026-01-04T23:00:00Z", "endDate": "2026-12-31T23:59:59Z", "created": "2025-01-01T00:00:00.26Z", "modified": "2025-06-01T00:00:00Z",
	}
	if diff := cmp.Diff(want, rows[1]); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	// What a record lacks is left out, as it is in live data.
	if diff := cmp.Diff(map[string]any{"accountName": "bare", "sourceId": retail, "data": map[string]any{}, "created": "2026-01-05T08:00:00Z", "modified": "2026-01-05T08:00:00Z"}, without(rows[0], "id")); diff != "" {
		t.Errorf("bare record (-want +got):\n%s", diff)
	}
	if csv := b.admin("GET", exportPath, nil).body; !strings.HasSuffix(csv, "\nbare,,,,,,,,\n") {
		t.Errorf("export %s", csv)
	}
	c := b.Credentials()
	if c.Owner.Alias != "olga.owner" || c.Approver.Alias != "ray.viewer" || c.Admin.Alias != "sandbox.admin" || c.Application.IdentityID != "" {
		t.Errorf("the seed's people hold the roles: %+v", c)
	}
	waiting := into[[]struct {
		NonEmployeeRequest struct{ Requester struct{ Name string } }
	}](t, b.as(c.Approver, "GET", approvals, nil).want(t, 200))
	if len(waiting) != 2 || waiting[0].NonEmployeeRequest.Requester.Name != "Ray Viewer" || waiting[1].NonEmployeeRequest.Requester.Name != "Olga Owner" {
		t.Errorf("requests %+v", waiting)
	}
	info := into[map[string]string](t, b.admin("GET", "/oauth/info", nil))
	if info["tenantId"] != seed.TenantID || info["tenantName"] != "globex" || info["pod"] != "pod7" {
		t.Errorf("info %v", info)
	}
	// All identities are listed, so that no manager is made up.
	b.admin("POST", records, with(person(retail, "x"), "manager", "nobody.listed")).want(t, 400)
}

func TestSeedsComeOutTheSame(t *testing.T) {
	list := func(random uint64) string {
		b := newBench(t, sandbox.Options{Seed: oneSource(3), Random: random})
		return b.admin("GET", records, nil).body + string(b.Env("http://x"))
	}
	if list(0) != list(1) || list(1) == list(2) {
		t.Error("the same Random must give the same ids and credentials, and another one others")
	}
}

func TestSeedsThatContradictThemselves(t *testing.T) {
	long := func(n int) string { return strings.TrimSuffix(strings.Repeat(`"sandbox.owner",`, n), ",") }
	for seed, want := range map[string]string{
		`{"sources":[{}]}`:                        "it has no name",
		`{"sources":[{"name":"a"},{"name":"a"}]}`: "the name is there twice",
		`{"sources":[{"name":"a","sourceId":"x"},{"name":"b","sourceId":"x"}]}`:                                               "its sourceId is there twice",
		`{"sources":[{"name":"a","approvers":[` + long(4) + `]}]}`:                                                            "4 approvers, and a source has at most 3",
		`{"sources":[{"name":"a","accountManagers":[` + long(11) + `]}]}`:                                                     "11 account managers, and a source has at most 10",
		`{"sources":[{"name":"a","attributes":[` + strings.Repeat(`{"technicalName":"x"},`, 10) + `{"technicalName":"x"}]}]}`: "11 custom attributes",
		`{"sources":[{"name":"a","attributes":[{"technicalName":"email"}]}]}`:                                                 "empty or there twice",
		`{"sources":[{"name":"a","attributes":[{"technicalName":"x","type":"DATE"}]}]}`:                                       `type "DATE" is not TEXT`,
		`{"sources":[{"name":"a","records":[{}]}]}`:                                                                           "record 1: it has no accountName",
		`{"sources":[{"name":"a","records":[{"accountName":"x"},{"accountName":"X"}]}]}`:                                      "record 2: its accountName is there twice",
		`{"sources":[{"name":"a","records":[{"accountName":"x","id":"1"},{"accountName":"y","id":"1"}]}]}`:                    "record 2: its id is there twice",
		`{"sources":[{"name":"a","records":[{"accountName":"x","data":{"shoe":"44"}}]}]}`:                                     `data has "shoe"`,
		`{"sources":[{"name":"a","requests":[{}]}]}`:                                                                          "request 1: it has no accountName",
		`{"sources":[` + strings.Repeat(`{"name":"a"},`, 50) + `{"name":"a"}]}`:                                               "51 sources, and a tenant holds 50",
		`{"identities":[{}]}`:                                   "identity 1 has neither id nor alias",
		`{"identities":[{"id":"1"},{"id":"1"}]}`:                "identity 2: the id is there twice",
		`{"identities":[{"alias":"a"},{"alias":"A"}]}`:          "identity 2: the alias is there twice",
		`{"identities":[{"alias":"a","identityState":"GONE"}]}`: `identityState "GONE"`,
		`{"kind":"plan"}`:                                       `kind is "plan"`,
		`{"format_version":"2.0"}`:                              `format_version is "2.0"`,
		`{"shoe":1}`:                                            `unknown field "shoe"`,
		`{} {}`:                                                 "more after the end",
		`{`:                                                     "unexpected EOF",
	} {
		read, err := sandbox.ReadSeed(strings.NewReader(seed))
		if err == nil {
			_, err = sandbox.New(sandbox.Options{Seed: read})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, want %q", seed, err, want)
		}
	}
	full := oneSource(20_000)
	full.Sources[0].Records = append(full.Sources[0].Records, sandbox.Record{AccountName: "x"})
	if _, err := sandbox.New(sandbox.Options{Seed: full}); err == nil || !strings.Contains(err.Error(), "20001 records") {
		t.Errorf("a source that overflows: %v", err)
	}
}

func TestSeedsInCSV(t *testing.T) {
	seed, err := sandbox.ReadSeedCSV(strings.NewReader("\ufeff"+header+",vendor\r\nann, First,\"Last, Jr\",1,a@example.com,the.boss,2026-01-05,2026-12-31T23:59:59Z,Acme\r\n"), "Retail")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, sandbox.Options{Seed: seed})
	path := sources + "/" + b.Sources()[0].SourceID
	want := header + ",vendor\nann,First,\"Last, Jr\",1,a@example.com,the.boss,2026-01-05T00:00:00Z,2026-12-31T23:59:59Z,Acme\n"
	if got := b.admin("GET", path+"/non-employees/download", nil).want(t, 200).body; got != want {
		t.Errorf("export %q, want %q", got, want)
	}
	b.admin("POST", records, without(with(person(b.Sources()[0].SourceID, "x"), "manager", "the.boss"), "data")).want(t, 200) // the seed's managers are made up
	for csv, want := range map[string]string{
		"":                                "header",
		"accountName,accountName\n":       `column "accountName" is there twice`,
		"accountName,endDate\na,31.12.\n": `line 2: endDate: "31.12." is no date`,
		"accountName\na,b\n":              "line 2",
	} {
		if _, err := sandbox.ReadSeedCSV(strings.NewReader(csv), "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", csv, err, want)
		}
	}
}

func TestSeedFilesAreToldApartByName(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"Retail shops.csv": header + "\n", "tenant.json": `{"sources":[{"name":"Other"}]}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"Retail shops.csv": "Retail shops", "tenant.json": "Other"} {
		if seed, err := sandbox.ReadSeedFile(filepath.Join(dir, name)); err != nil || seed.Sources[0].Name != want {
			t.Errorf("%s: %+v, %v", name, seed, err)
		}
	}
	if _, err := sandbox.ReadSeedFile(filepath.Join(dir, "none.json")); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestEnvIsWhatAShellCanSource(t *testing.T) {
	seed := &sandbox.Seed{Identities: []sandbox.Identity{{Alias: "o'neil"}}}
	b := newBench(t, sandbox.Options{Seed: seed})
	c := b.Credentials()
	env := map[string]string{}
	for line := range strings.Lines(string(b.Env("http://127.0.0.1:8080/"))) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "='")
		if !ok || !strings.HasPrefix(line, "export ") {
			t.Errorf("line %q", line)
		}
		env[name] = strings.TrimSuffix(value, "'")
	}
	identity := func(alias string) string {
		return fmt.Sprint(into[[]map[string]any](t, b.admin("GET", "/v2024/public-identities?filters=alias%20eq%20%22"+alias+"%22", nil))[0]["id"])
	}
	want := map[string]string{
		"SAIL_BASE_URL": "http://127.0.0.1:8080", "SAIL_CLIENT_ID": c.Admin.ClientID, "SAIL_CLIENT_SECRET": c.Admin.Secret,
		"NELM_OWNER_ID": identity("sandbox.owner"), "NELM_OTHER_ID": identity("sandbox.other"), "NELM_MANAGER": `o'\''neil`, "NELM_APPROVER_ID": c.Admin.IdentityID,
		"SANDBOX_CLIENT_ID": c.Application.ClientID, "SANDBOX_CLIENT_SECRET": c.Application.Secret,
		"SANDBOX_OWNER_CLIENT_ID": c.Owner.ClientID, "SANDBOX_OWNER_CLIENT_SECRET": c.Owner.Secret,
		"SANDBOX_APPROVER_CLIENT_ID": c.Approver.ClientID, "SANDBOX_APPROVER_CLIENT_SECRET": c.Approver.Secret,
	}
	if diff := cmp.Diff(want, env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestMutateChangesRecordsBehindTheAPI(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann", "bob", "cid")})
	b.clock.Advance(time.Second)
	err := b.Mutate(retail, func(all []sandbox.Record) []sandbox.Record {
		all[1].LastName, all[1].Data = "New", map[string]string{"vendor": "Acme"}
		return append(all[1:], sandbox.Record{AccountName: "dan"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.seen(); got != "bob=Acme cid dan" {
		t.Errorf("records %s", got)
	}
	all, err := b.Records(retail)
	if err != nil || !all[0].Modified.Equal(b.clock.Now()) || all[1].Modified.Equal(b.clock.Now()) {
		t.Errorf("only what was changed is modified: %+v, %v", all, err)
	}
	for why, change := range map[string]func([]sandbox.Record) []sandbox.Record{
		"a name twice":     func(all []sandbox.Record) []sandbox.Record { all[0].AccountName = "cid"; return all },
		"a new name twice": func(all []sandbox.Record) []sandbox.Record { return append(all, sandbox.Record{AccountName: "cid"}) },
		"too many":         func([]sandbox.Record) []sandbox.Record { return make([]sandbox.Record, 20_001) },
		"an unknown value": func(all []sandbox.Record) []sandbox.Record {
			return append(all, sandbox.Record{AccountName: "e", Data: map[string]string{"shoe": "44"}})
		},
		"no name whatsoever": func(all []sandbox.Record) []sandbox.Record { return append(all, sandbox.Record{}) },
	} {
		if err := b.Mutate(retail, change); err == nil {
			t.Errorf("%s was taken", why)
		}
	}
	if err := b.Mutate("none", nil); err == nil {
		t.Error("an unknown source was taken")
	}
	if _, err := b.Records("none"); err == nil {
		t.Error("an unknown source was taken")
	}
}

func TestAccessLogKeepsSecretsAndNamesToItself(t *testing.T) {
	var log strings.Builder
	b := newBench(t, sandbox.Options{Seed: withVendor("ann"), AccessLog: &log, Latency: 3 * time.Millisecond, Faults: faults(t, "list:1:503")})
	b.admin("GET", firstRecord, nil).want(t, 200)
	b.admin("GET", records+"?filters=x", nil).want(t, 503)
	b.as(b.Credentials().Application, "GET", "/v2024/public-identities?filters=email%20eq%20%22secret@example.com%22", nil).want(t, 403)
	b.admin("GET", "/v2024/secret", nil).want(t, 404)
	want := `2026-01-05T08:00:00.000Z admin POST /oauth/token 200 NB 3ms
2026-01-05T08:00:00.003Z admin GET /v2024/non-employee-records/{id} 200 NB 3ms
2026-01-05T08:00:00.006Z admin GET /v2024/non-employee-records 503 NB 3ms fault=503
2026-01-05T08:00:00.009Z application POST /oauth/token 200 NB 3ms
2026-01-05T08:00:00.012Z application GET /v2024/public-identities 403 NB 3ms
2026-01-05T08:00:00.015Z admin GET ? 404 NB 3ms
`
	got := log.String()
	for _, digits := range strings.FieldsFunc(got, func(r rune) bool { return r == ' ' || r == '\n' }) {
		if n, isSize := strings.CutSuffix(digits, "B"); isSize && json.Valid([]byte(n)) {
			got = strings.ReplaceAll(got, " "+digits+" ", " NB ")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
