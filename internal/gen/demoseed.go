package gen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// inactiveManager has left: people under him are moved to others.
const inactiveManager = "peter.brandt"

type identity struct{ alias, name string }

// demoIdentities are the managers of the demo, the first of them the owner of its source.
func demoIdentities() []identity {
	return []identity{
		{"jane.doe", "Jane Doe"}, {"marco.bellini", "Marco Bellini"}, {"sofia.lindqvist", "Sofia Lindqvist"}, {"thomas.adler", "Thomas Adler"},
		{"amelie.laurent", "Amélie Laurent"}, {"piotr.zielinski", "Piotr Zieliński"}, {"nadia.haddad", "Nadia Haddad"},
		{"george.whitfield", "George Whitfield"}, {"ines.carvalho", "Inês Carvalho"}, {"lars.dahl", "Lars Dahl"},
		{"katerina.vlahos", "Katerina Vlahos"}, {"owen.gallagher", "Owen Gallagher"}, {"mei.tan", "Mei Tan"}, {inactiveManager, "Peter Brandt"},
	}
}

// activeManager chooses one of those who are still there.
func activeManager(d uint64) string {
	all := demoIdentities()
	return all[d%uint64(len(all)-1)].alias
}

type seedIdentity struct {
	ID            string `json:"id"`
	Alias         string `json:"alias"`
	Name          string `json:"name"`
	FirstName     string `json:"firstName"`
	LastName      string `json:"lastName"`
	Email         string `json:"email"`
	IdentityState string `json:"identityState"`
}

type seedAttribute struct {
	TechnicalName string  `json:"technicalName"`
	Label         string  `json:"label"`
	Type          string  `json:"type"`
	Required      bool    `json:"required"`
	HelpText      *string `json:"helpText"`
	Placeholder   *string `json:"placeholder"`
}

type seedPerson struct {
	ID          string            `json:"id,omitempty"`
	AccountName string            `json:"accountName"`
	FirstName   string            `json:"firstName"`
	LastName    string            `json:"lastName"`
	Email       string            `json:"email"`
	Phone       string            `json:"phone"`
	Manager     string            `json:"manager"`
	StartDate   string            `json:"startDate"`
	EndDate     string            `json:"endDate"`
	Created     string            `json:"created,omitempty"`
	Modified    string            `json:"modified,omitempty"`
	Data        map[string]string `json:"data"`
	Requester   string            `json:"requester,omitempty"`
}

// Seed returns the tenant in the format of the sandbox's seed files, one identity, attribute or record a line.
func (d *Demo) Seed() ([]byte, error) {
	var w seedWriter
	w.printf("{\n\"format_version\": \"1.0\",\n\"kind\": \"sandbox-seed\",\n\"org\": \"acme\",\n\"tenantId\": %q,\n\"pod\": \"sandbox\",\n", uuid("tenant"))
	w.printf("\"identities\": [\n")
	identities := demoIdentities()
	for i, person := range identities {
		first, last, _ := strings.Cut(person.name, " ")
		state := "ACTIVE"
		if person.alias == inactiveManager {
			state = "INACTIVE_LONG_TERM"
		}
		w.element(i == len(identities)-1, seedIdentity{
			ID: hex32("identity " + person.alias), Alias: person.alias, Name: person.name, FirstName: first, LastName: last,
			Email: person.alias + "@example.com", IdentityState: state,
		})
	}
	w.printf("],\n\"sources\": [\n")

	help := "Company that employs the contractor"
	d.writeSource(&w, DemoSource, "Contractors in Europe, the Middle East and Africa", []string{"marco.bellini", "sofia.lindqvist"}, []seedAttribute{
		{TechnicalName: "vendor", Label: "Vendor", Type: "TEXT", Required: true, HelpText: &help},
		{TechnicalName: "costCenter", Label: "Cost center", Type: "TEXT"},
		{TechnicalName: "siteCode", Label: "Site", Type: "TEXT"},
		{TechnicalName: "badge", Label: "Badge number", Type: "TEXT"},
	}, d.records, d.pending[0])
	w.printf(",\n")
	d.writeSource(&w, "Contractors APAC", "Contractors in Asia and the Pacific", []string{"mei.tan"}, []seedAttribute{
		{TechnicalName: "vendor", Label: "Vendor", Type: "TEXT", Required: true, HelpText: &help},
		{TechnicalName: "siteCode", Label: "Site", Type: "TEXT"},
	}, d.apac, d.pending[1])
	w.printf("\n]\n}\n")
	if w.err != nil {
		return nil, fmt.Errorf("make the demo's seed: %w", w.err)
	}
	return w.out.Bytes(), nil
}

func (d *Demo) writeSource(w *seedWriter, name, description string, managers []string, attributes []seedAttribute, records []contractor, pending contractor) {
	w.printf("{\n\"id\": %q,\n\"sourceId\": %q,\n\"name\": %q,\n\"description\": %q,\n", uuid("source "+name), hex32("source "+name), name, description)
	w.printf("\"owner\": \"jane.doe\",\n\"accountManagers\": %s,\n\"approvers\": [\"thomas.adler\"],\n\"attributes\": [\n", quoteAll(managers))
	for i, a := range attributes {
		w.element(i == len(attributes)-1, a)
	}
	w.printf("],\n\"records\": [\n")
	for i := range records {
		w.element(i == len(records)-1, d.record(&records[i], attributes))
	}
	w.printf("],\n\"requests\": [\n")
	request := d.record(&pending, attributes)
	request.ID, request.Created, request.Modified, request.Requester = "", "", "", managers[0]
	w.element(true, request)
	w.printf("]\n}")
}

func quoteAll(words []string) string { return `["` + strings.Join(words, `", "`) + `"]` }

// record writes a person as the tenant has them: instants instead of days, custom attributes by technical name.
func (d *Demo) record(c *contractor, attributes []seedAttribute) seedPerson {
	created := c.start.Add(-time.Duration(60+c.hash%900) * time.Hour)
	if limit := DemoAsOf().AddDate(0, 0, -20); created.After(limit) {
		created = limit
	}
	modified := created.Add(time.Duration(c.hash>>20%400)*time.Hour + time.Duration(c.hash>>30%100)*10*time.Millisecond)
	p := seedPerson{
		ID: uuid("record " + c.login), AccountName: c.login, FirstName: c.first, LastName: c.last, Email: c.mail, Phone: c.phone, Manager: c.manager,
		StartDate: d.instant(c.start, 0, 0, 0, mix(c.hash^4)), EndDate: d.instant(c.end, 23, 59, 59, mix(c.hash^5)),
		Created: created.Format(time.RFC3339Nano), Modified: modified.Format(time.RFC3339Nano),
		Data: map[string]string{},
	}
	values := map[string]string{"vendor": c.vendor, "costCenter": c.costCenter, "siteCode": c.siteCode, "badge": c.badgeNo}
	for _, a := range attributes {
		p.Data[a.TechnicalName] = values[a.TechnicalName]
	}
	return p
}

// instant writes an instant of the day in the demo's zone, in one of the spellings that services give back. Nine in ten are the given
// time of day; the others were entered by hand at another one, which a list that knows days only does not mean to change.
func (d *Demo) instant(t time.Time, hour, minute, second int, draw uint64) string {
	if draw>>8%10 == 0 {
		hour, minute, second = 8+int(draw>>16%10), 0, 0
	}
	at := time.Date(t.Year(), t.Month(), t.Day(), hour, minute, second, 0, d.zone)
	switch {
	case draw%10 < 6:
		return at.Format(time.RFC3339)
	case draw%10 < 9:
		return at.UTC().Format(time.RFC3339)
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}

// seedWriter writes JSON with one element a line, and keeps the first error.
type seedWriter struct {
	out bytes.Buffer
	err error
}

func (w *seedWriter) printf(format string, args ...any) { fmt.Fprintf(&w.out, format, args...) }

func (w *seedWriter) element(last bool, value any) {
	enc := json.NewEncoder(&w.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil && w.err == nil {
		w.err = err
	}
	if !last {
		w.out.Truncate(w.out.Len() - 1)
		w.printf(",\n")
	}
}

// hex32 makes an id of 32 hexadecimal digits for whatever the words name.
func hex32(words string) string {
	high := uint64(demoSeed)
	for _, b := range []byte(words) {
		high = mix(high ^ uint64(b))
	}
	return fmt.Sprintf("%016x%016x", high, mix(high))
}

// uuid makes an id in the shape of a random UUID (RFC 9562, version 4).
func uuid(words string) string {
	h := hex32("uuid " + words)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}
