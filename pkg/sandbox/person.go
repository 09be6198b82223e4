package sandbox

import (
	"encoding/json"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// value is one custom attribute's value. Records keep a short slice of them rather than a map: a million records may be in memory.
type value struct{ name, text string }

// person is what records and requests have in common. A person is never changed once it can be seen by others; a change makes a new one.
type person struct {
	accountName, firstName, lastName, email, phone, manager string
	startDate, endDate                                      time.Time
	data                                                    []value // no empty texts
}

func (p *person) dataMap() map[string]string {
	m := make(map[string]string, len(p.data))
	for _, v := range p.data {
		m[v.name] = v.text
	}
	return m
}

func (p *person) custom(name string) string {
	for _, v := range p.data {
		if v.name == name {
			return v.text
		}
	}
	return ""
}

// addCustom gives p a custom value that it does not have yet; an empty text is none.
func (p *person) addCustom(name, text string) {
	if text != "" {
		p.data = append(p.data, value{name, text})
	}
}

func samePerson(a, b *person) bool {
	return a.accountName == b.accountName && a.firstName == b.firstName && a.lastName == b.lastName && a.email == b.email &&
		a.phone == b.phone && a.manager == b.manager && a.startDate.Equal(b.startDate) && a.endDate.Equal(b.endDate) && sameData(a.data, b.data)
}

func sameData(a, b []value) bool {
	if len(a) != len(b) {
		return false
	}
	for _, v := range a {
		if !slices.Contains(b, v) {
			return false
		}
	}
	return true
}

// systemColumns are the eight attributes that every source has, in the order of the template: phone before email.
func systemColumns() []string {
	return []string{"accountName", "firstName", "lastName", "phone", "email", "manager", "startDate", "endDate"}
}

// bodyFields are the nine mandatory fields of a NonEmployeeRequestBody, in the order in which the published example names what is missing.
func bodyFields() []string {
	return []string{"firstName", "lastName", "accountName", "email", "phone", "manager", "sourceId", "startDate", "endDate"}
}

// column gives the text of a system column other than a date.
func (p *person) column(name string) *string {
	switch name {
	case "accountName":
		return &p.accountName
	case "firstName":
		return &p.firstName
	case "lastName":
		return &p.lastName
	case "email":
		return &p.email
	case "phone":
		return &p.phone
	case "manager":
		return &p.manager
	}
	return nil
}

func (p *person) date(name string) *time.Time {
	switch name {
	case "startDate":
		return &p.startDate
	case "endDate":
		return &p.endDate
	}
	return nil
}

// parseDate takes RFC 3339 and, when lenient, a day or a date-time without a zone, both in UTC. Instants outside the years 1 to 9999
// cannot be written back and are refused.
func parseDate(text string, lenient bool) (time.Time, bool) {
	layouts := []string{time.RFC3339Nano}
	if lenient {
		layouts = append(layouts, "2006-01-02", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00")
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			t = t.UTC()
			return t, t.Year() >= 1 && t.Year() <= 9999
		}
	}
	return time.Time{}, false
}

// readPerson reads the body of a record or request. Problems come as the service phrases them: "firstName is required".
func (t *tenant) readPerson(raw []byte) (p person, sourceID string, problems []string, bad *refusal) {
	var fields map[string]json.RawMessage
	if err := decodeJSON(raw, &fields); err != nil || fields == nil {
		return p, "", nil, badSyntax("")
	}
	for _, name := range bodyFields() {
		text, problem := t.textField(fields, name)
		if problem != "" {
			problems = append(problems, problem)
			continue
		}
		switch {
		case name == "sourceId":
			sourceID = text
		case p.date(name) != nil:
			date, ok := parseDate(text, false)
			if !ok {
				problems = append(problems, name+" must be a date-time")
				continue
			}
			*p.date(name) = date
		default:
			*p.column(name) = text
		}
	}
	data, problem := readData(fields["data"])
	if problem != "" {
		problems = append(problems, problem)
	}
	p.data = data
	return p, sourceID, problems, nil
}

func (t *tenant) textField(fields map[string]json.RawMessage, name string) (text, problem string) {
	raw, there := fields[name]
	if !there || isNull(raw) {
		return "", name + " is required"
	}
	if (name == "startDate" || name == "endDate") && t.set.is("epoch-dates", "accept") {
		var seconds int64
		if json.Unmarshal(raw, &seconds) == nil {
			return time.Unix(seconds, 0).UTC().Format(time.RFC3339), ""
		}
	}
	if json.Unmarshal(raw, &text) != nil {
		return "", name + " must be a string"
	}
	if strings.TrimSpace(text) == "" {
		return "", name + " is required"
	}
	return text, ""
}

func readData(raw json.RawMessage) (data []value, problem string) {
	if len(raw) == 0 || isNull(raw) {
		return nil, ""
	}
	var texts map[string]*string
	if json.Unmarshal(raw, &texts) != nil {
		return nil, "data must be an object of strings"
	}
	names := make([]string, 0, len(texts))
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if text := texts[name]; text != nil && *text != "" {
			data = append(data, value{name, *text})
		}
	}
	return data, ""
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// checkPerson holds a person against the source: unknown and missing custom values, the manager, and the rules that a switch adds.
// What was so before, for a record that exists, is not held against it. Unknown custom values may be dropped from p.
func (t *tenant) checkPerson(p, before *person, src *source) (problems []string) {
	p.data = slices.DeleteFunc(p.data, func(v value) bool {
		if src.attribute(v.name) != nil && !src.attribute(v.name).system {
			return false
		}
		if t.set.is("unknown-data", "refuse") {
			problems = append(problems, v.name+" is not an attribute of the source")
		}
		return true
	})
	for _, a := range src.attributes {
		if !a.system && a.required && p.custom(a.technicalName) == "" && (before == nil || before.custom(a.technicalName) != "") {
			problems = append(problems, a.technicalName+" is required")
		}
	}
	if p.manager != "" && (before == nil || before.manager != p.manager) && !t.managerExists(p.manager) {
		problems = append(problems, "manager "+p.manager+" is not a valid identity")
	}
	return append(problems, t.checkValues(p)...)
}

func (t *tenant) checkValues(p *person) (problems []string) {
	if t.set.is("value-checks", "none") {
		return nil
	}
	if !p.startDate.IsZero() && !p.endDate.IsZero() && p.endDate.Before(p.startDate) {
		problems = append(problems, "endDate must not be before startDate")
	}
	if !t.set.is("value-checks", "strict") {
		return problems
	}
	if address, err := mail.ParseAddress(p.email); p.email != "" && (err != nil || address.Address != p.email) {
		problems = append(problems, "email is not a valid address")
	}
	if strings.Trim(p.phone, "0123456789 +-().x") != "" {
		problems = append(problems, "phone is not a valid number")
	}
	for _, name := range systemColumns() {
		if text := p.column(name); text != nil && utf8.RuneCountInString(*text) > 255 {
			problems = append(problems, name+" is longer than 255 characters")
		}
	}
	for _, v := range p.data {
		if utf8.RuneCountInString(v.text) > 255 {
			problems = append(problems, v.name+" is longer than 255 characters")
		}
	}
	return problems
}

// joinProblems is the published form: every problem followed by "; ", without the last space.
func joinProblems(problems []string) *refusal {
	return badContent(strings.Join(problems, "; ") + ";")
}
