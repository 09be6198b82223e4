package gen

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
)

func mustDemo(t *testing.T) *Demo {
	t.Helper()
	d, err := NewDemo()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCommittedDemoIsWhatTheGeneratorMakes(t *testing.T) {
	files, err := mustDemo(t).Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		path := filepath.Join("..", "..", "testdata", file.Name)
		committed, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(committed, file.Content) {
			t.Errorf("%s is not what the generator makes: run go run ./internal/gen/cmd/gen -demo testdata", path)
		}
	}
}

type demoConfig struct {
	Source     string            `yaml:"source"`
	TimeZone   string            `yaml:"time-zone"`
	DateFormat string            `yaml:"date-format"`
	Map        map[string]string `yaml:"map"`
	Limits     map[string]string `yaml:"limits"`
}

type demoTenant struct {
	FormatVersion string `json:"format_version"`
	Kind          string
	Org           string
	TenantID      string
	Pod           string
	Identities    []seedIdentity
	Sources       []struct {
		ID, SourceID, Name, Description, Owner string
		AccountManagers, Approvers             []string
		Attributes                             []seedAttribute
		Records, Requests                      []seedPerson
	}
}

// demoInputs reads the three files as a program that knows nothing of the generator would.
func demoInputs(t *testing.T) (demoConfig, demoTenant, [][]string) {
	t.Helper()
	d := mustDemo(t)
	var config demoConfig
	if err := yaml.UnmarshalWithOptions(d.Config(), &config, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	content, err := d.Seed()
	if err != nil {
		t.Fatal(err)
	}
	var tenant demoTenant
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&tenant); err != nil {
		t.Fatal(err)
	}
	list, ok := bytes.CutPrefix(d.List(), []byte("\uFEFF"))
	if !ok {
		t.Error("the list has no byte order mark")
	}
	rows, err := csv.NewReader(bytes.NewReader(list)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return config, tenant, rows
}

func TestConfigMapsTheListToTheSource(t *testing.T) {
	config, tenant, rows := demoInputs(t)
	source := tenant.Sources[0]
	if config.Source != source.Name || config.TimeZone != DemoZone || config.DateFormat != "DD/MM/YYYY" {
		t.Errorf("config: %+v", config)
	}
	headers := []string{}
	for header := range config.Map {
		headers = append(headers, header)
	}
	want := slices.Clone(rows[0])
	slices.Sort(want)
	slices.Sort(headers)
	if diff := cmp.Diff(want, headers); diff != "" {
		t.Errorf("mapped headers (-list +config):\n%s", diff)
	}
	known := Header(MinColumns)
	for _, a := range source.Attributes {
		known = append(known, a.TechnicalName)
	}
	for header, attribute := range config.Map {
		if attribute != "" && !slices.Contains(known, attribute) {
			t.Errorf("%s is mapped to %s, which the source does not have", header, attribute)
		}
	}
	limits := map[string]string{"max-removals": "5%", "max-updates": "30%", "max-creates": "none", "min-input": "70%"}
	if diff := cmp.Diff(limits, config.Limits); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

// trim takes off the spaces that people leave around a value, and composes its accents.
func trim(cell string) string { return norm.NFC.String(strings.TrimSpace(cell)) }

func parseDay(cell string) (time.Time, error) {
	for _, layout := range []string{"02/01/2006", "2006-01-02", "2 Jan 2006"} {
		if at, err := time.Parse(layout, cell); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("no day: %q", cell)
}

// Compares list and tenant with maps and by meaning, as plainly as one can, and counts.
func TestDemoHasTheDifferencesThatItSays(t *testing.T) {
	config, tenant, rows := demoInputs(t)
	zone, err := time.LoadLocation(config.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	faulty := map[string]bool{}
	for _, f := range mustDemo(t).Faults() {
		faulty[f.Login] = true
	}
	records := map[string]seedPerson{}
	for _, record := range tenant.Sources[0].Records {
		if _, ok := records[record.AccountName]; ok {
			t.Errorf("two records of %s", record.AccountName)
		}
		records[record.AccountName] = record
	}

	type counts struct {
		Same, Updates, Creates, Awaited, Leavers, Ended, Shortened int
		ByAttribute                                                map[string]int
	}
	got := counts{ByAttribute: map[string]int{}}
	listed := map[string]bool{}
	now := DemoAsOf()
	for _, row := range rows[1:] {
		desired := map[string]string{}
		for c, header := range rows[0] {
			if attribute := config.Map[header]; attribute != "" {
				desired[attribute] = trim(row[c])
			}
		}
		login := desired["accountName"]
		listed[login] = true
		if faulty[login] {
			continue
		}
		end, err := parseDay(desired["endDate"])
		if err != nil {
			t.Errorf("%s: %v", login, err)
		}
		start, err := parseDay(desired["startDate"])
		if err != nil || end.Before(start) {
			t.Errorf("%s: from %v to %v: %v", login, start, end, err)
		}
		record, ok := records[login]
		switch {
		case !ok && login == tenant.Sources[0].Requests[0].AccountName:
			got.Awaited++
			continue
		case !ok:
			got.Creates++
			continue
		}
		current := map[string]string{
			"firstName": record.FirstName, "lastName": record.LastName, "email": record.Email, "phone": record.Phone, "manager": record.Manager,
			"startDate": record.StartDate, "endDate": record.EndDate,
		}
		for name, value := range record.Data {
			current[name] = value
		}
		var changed []string
		for attribute, want := range desired {
			switch attribute {
			case "accountName":
				continue
			case "startDate", "endDate":
				at, err := time.Parse(time.RFC3339, current[attribute])
				if err != nil {
					t.Fatalf("%s, %s: %v", login, attribute, err)
				}
				day, err := parseDay(want)
				if err != nil {
					t.Fatalf("%s, %s: %v", login, attribute, err)
				}
				was := at.In(zone).Format("2006-01-02")
				if was == day.Format("2006-01-02") {
					continue
				}
				if attribute == "endDate" && was >= now.Format("2006-01-02") && day.Before(now) {
					got.Shortened++
				}
			default:
				if want == "" && attribute == "siteCode" || want == current[attribute] {
					continue
				}
			}
			changed = append(changed, attribute)
		}
		if changed == nil {
			got.Same++
			if end.Before(now) {
				got.Ended++
			}
			continue
		}
		got.Updates++
		slices.Sort(changed)
		got.ByAttribute[strings.Join(changed, ", ")]++
	}
	for login := range records {
		if !listed[login] {
			got.Leavers++
		}
	}
	// Two of the same people were left out because another row repeats their login. A third is repeated in capitals: another login here.
	repeated := 2
	want := counts{
		Same: demoSame - repeated, Updates: 80, Creates: demoCreates, Awaited: demoAwaited, Leavers: demoLeavers, Ended: demoEnded, Shortened: 2, ByAttribute: DemoUpdates(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if len(rows)-1 < 640 {
		t.Errorf("the list has %d rows, want at least 640", len(rows)-1)
	}
}

func TestDemoFaultsStandWhereTheReadmeSays(t *testing.T) {
	d := mustDemo(t)
	_, _, rows := demoInputs(t)
	lines := strings.Split(string(d.List()), "\n")
	faults := d.Faults()
	if len(faults) != 18 {
		t.Errorf("%d faults, want 18", len(faults))
	}
	for _, f := range faults {
		if !strings.HasPrefix(trim(lines[f.Line-1]), f.Login) {
			t.Errorf("line %d is %q, want a row of %s", f.Line, lines[f.Line-1], f.Login)
		}
		at := slices.Index(rows[0], f.Column)
		if !slices.ContainsFunc(rows, func(row []string) bool { return trim(row[0]) == f.Login && trim(row[at]) == f.Value }) {
			t.Errorf("no row of %s has %q under %s", f.Login, f.Value, f.Column)
		}
	}
}

// Apart from the planted faults nothing in list or tenant may be found fault with.
func TestDemoIsOtherwiseClean(t *testing.T) {
	_, tenant, rows := demoInputs(t)
	faults := map[string]string{}
	for _, f := range mustDemo(t).Faults() {
		faults[f.Login] = f.Column
		faults[strings.ToLower(f.Login)] = f.Column
	}
	seen := map[string]string{}
	unique := func(where, value, login string) {
		if faults[login] != "" {
			return
		}
		if other, ok := seen[where+value]; ok {
			t.Errorf("%s %q: %s and %s", where, value, other, login)
		}
		seen[where+value] = login
	}
	managers := map[string]string{}
	for _, person := range tenant.Identities {
		managers[person.Alias] = person.IdentityState
	}
	twins := map[string]bool{}
	for _, row := range rows[1:] {
		if login := trim(row[0]); faults[login] != "" && faults[login] == "Login" {
			twins[trim(row[4])] = true
		}
	}
	inactive := 0
	for _, row := range rows[1:] {
		login, mail := trim(row[0]), trim(row[4])
		unique("list: login", strings.ToLower(login), login)
		if !twins[mail] {
			unique("list: mail", mail, login)
			unique("list: phone", trim(row[3]), login)
		}
		state, ok := managers[trim(row[5])]
		if !ok && faults[login] != "Line manager" {
			t.Errorf("%s: manager %q is not in the tenant", login, row[5])
		}
		if state == "INACTIVE_LONG_TERM" {
			inactive++
		}
		for c, header := range rows[0] {
			if header != "Site" && header != "Notes" && trim(row[c]) == "" && faults[login] != header {
				t.Errorf("%s: %s is blank", login, header)
			}
		}
	}
	if inactive != demoInactiveOwn {
		t.Errorf("%d rows under a manager who has left, want %d", inactive, demoInactiveOwn)
	}

	ids := map[string]bool{}
	newID := func(id string, length int) {
		if len(id) != length || ids[id] {
			t.Errorf("id %q: want %d characters, and once", id, length)
		}
		ids[id] = true
	}
	newID(tenant.TenantID, 36)
	for _, person := range tenant.Identities {
		newID(person.ID, 32)
	}
	sizes := map[string]int{}
	for _, source := range tenant.Sources {
		newID(source.ID, 36)
		newID(source.SourceID, 32)
		sizes[source.Name] = len(source.Records)
		if len(source.Requests) != 1 {
			t.Errorf("%s has %d requests, want 1", source.Name, len(source.Requests))
		}
		for _, alias := range append(append([]string{source.Owner}, source.AccountManagers...), source.Approvers...) {
			if managers[alias] != "ACTIVE" {
				t.Errorf("%s: %q is no active identity", source.Name, alias)
			}
		}
		for _, record := range source.Records {
			newID(record.ID, 36)
			if len(record.Data) != len(source.Attributes) {
				t.Errorf("%s has %d custom values, want %d", record.AccountName, len(record.Data), len(source.Attributes))
			}
			start, err1 := time.Parse(time.RFC3339, record.StartDate)
			end, err2 := time.Parse(time.RFC3339, record.EndDate)
			created, err3 := time.Parse(time.RFC3339, record.Created)
			modified, err4 := time.Parse(time.RFC3339, record.Modified)
			if err1 != nil || err2 != nil || err3 != nil || err4 != nil || end.Before(start) || modified.Before(created) || modified.After(DemoAsOf()) {
				t.Errorf("%s: from %s to %s, created %s, modified %s", record.AccountName, record.StartDate, record.EndDate, record.Created, record.Modified)
			}
			if managers[record.Manager] == "" {
				t.Errorf("%s: manager %q is not in the tenant", record.AccountName, record.Manager)
			}
		}
		for _, request := range source.Requests {
			if slices.ContainsFunc(source.Records, func(r seedPerson) bool { return r.AccountName == request.AccountName }) {
				t.Errorf("%s is requested, and a record already", request.AccountName)
			}
		}
	}
	if diff := cmp.Diff(map[string]int{DemoSource: 618, "Contractors APAC": demoApac}, sizes); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestDemoIsSpeltAsPeopleDo(t *testing.T) {
	_, tenant, rows := demoInputs(t)
	var got struct{ slashes, iso, month, spaces, noBreak, decomposed, quoted, blankSite int }
	for _, row := range rows[1:] {
		for _, c := range []int{6, 7} {
			switch cell := trim(row[c]); {
			case strings.Count(cell, "/") == 2:
				got.slashes++
			case strings.Count(cell, "-") == 2:
				got.iso++
			case strings.Count(cell, " ") == 2:
				got.month++
			}
		}
		for _, cell := range row {
			switch {
			case strings.HasPrefix(cell, "\u00A0"):
				got.noBreak++
			case strings.TrimSpace(cell) != cell:
				got.spaces++
			case norm.NFC.String(cell) != cell:
				got.decomposed++
			}
			if strings.Contains(cell, ",") {
				got.quoted++
			}
		}
		if row[10] == "" {
			got.blankSite++
		}
	}
	for _, test := range []struct {
		why        string
		got, least int
	}{
		{"day first", got.slashes, 800}, {"year first", got.iso, 150}, {"month in letters", got.month, 80}, {"stray spaces", got.spaces, 150},
		{"non-breaking spaces", got.noBreak, 40}, {"decomposed accents", got.decomposed, 8}, {"commas in quotes", got.quoted, 150},
		{"blank cells that keep a value", got.blankSite, 15},
	} {
		if test.got < test.least {
			t.Errorf("%s: %d cells, want at least %d", test.why, test.got, test.least)
		}
	}
	offsets := map[string]bool{}
	for _, record := range tenant.Sources[0].Records {
		_, rest, _ := strings.Cut(record.EndDate, "T")
		offsets[strings.TrimLeft(rest, "0123456789:")] = true
	}
	for _, want := range []string{"Z", ".000Z", "+01:00", "+02:00"} {
		if !offsets[want] {
			t.Errorf("no end date of the tenant is written with %s", want)
		}
	}
}

func TestEndOfDayFollowsTheClockChange(t *testing.T) {
	d := mustDemo(t)
	// A draw of 260 is written in the zone and on the full time of day.
	for _, test := range []struct{ day, want string }{
		{"2026-03-28", "2026-03-28T23:59:59+01:00"},
		{"2026-03-29", "2026-03-29T23:59:59+02:00"},
		{"2026-10-24", "2026-10-24T23:59:59+02:00"},
		{"2026-10-25", "2026-10-25T23:59:59+01:00"},
	} {
		at, err := time.Parse("2006-01-02", test.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.instant(at, 23, 59, 59, 260); got != test.want {
			t.Errorf("end of %s: %s, want %s", test.day, got, test.want)
		}
	}
}
