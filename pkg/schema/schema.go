// Package schema knows what a valid record of one non-employee source is: its attributes and limits, how the text of a
// cell is read, when two cells mean the same, and what is wrong with a row. It knows neither files nor HTTP.
package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// The limits of the service, from its published description.
const (
	MaxRecords = 20_000 // records in one source
	MaxSources = 50     // non-employee sources in one tenant
	MaxCustom  = 10     // custom schema attributes in one source
)

// A Type is the type of an attribute as the service names it. Values that are not among the constants are kept as they are
// and treated as text: the service adds to its enumerations without notice.
type Type string

// The types seen of the service: TEXT, DATE and IDENTITY are documented, PHONE and EMAIL were corrected into the
// description from the live service.
const (
	Text     Type = "TEXT"
	Date     Type = "DATE"
	Identity Type = "IDENTITY"
	Phone    Type = "PHONE"
	Email    Type = "EMAIL"
)

// The technical names of the eight system attributes.
const (
	AccountName = "accountName"
	FirstName   = "firstName"
	LastName    = "lastName"
	PhoneName   = "phone"
	EmailName   = "email"
	Manager     = "manager"
	StartDate   = "startDate"
	EndDate     = "endDate"
)

// An Attribute is one schema attribute of a source.
type Attribute struct {
	TechnicalName string `json:"technicalName" validate:"required"`
	Label         string `json:"label,omitempty"`
	Type          Type   `json:"type" validate:"required"`
	System        bool   `json:"system"`
	Required      bool   `json:"required"`
	HelpText      string `json:"helpText,omitempty"`
	Placeholder   string `json:"placeholder,omitempty"`
}

// A Schema is what a record of one source consists of. Attributes are in the order of the source's template CSV, which is
// the order of every file that is uploaded.
type Schema struct {
	Source     Source      `json:"source"`
	Attributes []Attribute `json:"attributes" validate:"required,dive"`
	Fetched    time.Time   `json:"fetched,omitzero"` // when it was read from the tenant; zero for a bare template
}

// System returns the eight attributes that every source has, in template order (phone before email, unlike the JSON of a
// record), with the types and labels of the service.
func System() []Attribute {
	return []Attribute{
		{TechnicalName: AccountName, Label: "Account Name", Type: Text, System: true, Required: true},
		{TechnicalName: FirstName, Label: "First Name", Type: Text, System: true, Required: true},
		{TechnicalName: LastName, Label: "Last Name", Type: Text, System: true, Required: true},
		{TechnicalName: PhoneName, Label: "Phone", Type: Phone, System: true, Required: true},
		{TechnicalName: EmailName, Label: "Email", Type: Email, System: true, Required: true},
		{TechnicalName: Manager, Label: "Manager", Type: Identity, System: true, Required: true},
		{TechnicalName: StartDate, Label: "Start Date", Type: Date, System: true, Required: true},
		{TechnicalName: EndDate, Label: "End Date", Type: Date, System: true, Required: true},
	}
}

// Attribute returns the attribute with the given technical name, compared exactly.
func (s *Schema) Attribute(name string) (Attribute, bool) {
	for _, a := range s.Attributes {
		if a.TechnicalName == name {
			return a, true
		}
	}
	return Attribute{}, false
}

// Names returns the technical names in template order.
func (s *Schema) Names() []string {
	names := make([]string, len(s.Attributes))
	for i, a := range s.Attributes {
		names[i] = a.TechnicalName
	}
	return names
}

// Fingerprint identifies what the schema asks of a record: names, types and required flags in template order, as 16 hex
// digits of SHA-256. Labels and help texts do not count: they change nothing that is sent.
func (s *Schema) Fingerprint() string {
	h := sha256.New()
	for _, a := range s.Attributes {
		fmt.Fprintf(h, "%q %q %t %t\n", a.TechnicalName, string(a.Type), a.System, a.Required)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// FromTemplate makes a schema from the header of a template CSV alone: the system attributes are known by name, every other
// column is an optional text attribute. A byte order mark in front and empty columns at the end, which spreadsheet programs
// leave, are taken away. It fails on a header that lacks a system attribute or names one twice.
func FromTemplate(header []string) (*Schema, error) {
	known := make(map[string]Attribute, 8)
	for _, a := range System() {
		known[a.TechnicalName] = a
	}
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = string(trim([]byte(name)))
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	s := &Schema{}
	seen := make(map[string]bool, len(names))
	for i, name := range names {
		if name == "" {
			return nil, fmt.Errorf("template: column %d has no name", i+1)
		}
		if seen[name] {
			return nil, fmt.Errorf("template: column %q appears twice", name)
		}
		seen[name] = true
		a, ok := known[name]
		if !ok {
			a = Attribute{TechnicalName: name, Label: name, Type: Text}
		}
		s.Attributes = append(s.Attributes, a)
	}
	for _, a := range System() {
		if !seen[a.TechnicalName] {
			return nil, fmt.Errorf("template: no column %q: a source's template always has the eight system attributes (%s)", a.TechnicalName, strings.Join((&Schema{Attributes: System()}).Names(), ", "))
		}
	}
	return s, nil
}

// custom is how many attributes are not system ones.
func (s *Schema) custom() int {
	n := 0
	for _, a := range s.Attributes {
		if !a.System {
			n++
		}
	}
	return n
}
