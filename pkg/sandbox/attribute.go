package sandbox

import "time"

// attribute is a schema attribute of one source.
type attribute struct {
	id, technicalName, label, kind string
	helpText, placeholder          *string
	required, system               bool
	created, modified              time.Time
}

func (src *source) attribute(technicalName string) *attribute {
	for _, a := range src.attributes {
		if a.technicalName == technicalName {
			return a
		}
	}
	return nil
}

func (src *source) customAttributes() []*attribute { return src.attributes[len(systemColumns()):] }

// systemAttributes makes the eight attributes that the service adds to every new source. Their names, labels and types are chosen:
// the documentation shows only the header line of the template.
func (t *tenant) systemAttributes(now time.Time) []*attribute {
	var all []*attribute
	label := map[string]string{
		"accountName": "Account Name", "firstName": "First Name", "lastName": "Last Name", "phone": "Phone",
		"email": "Email", "manager": "Manager", "startDate": "Start Date", "endDate": "End Date",
	}
	help := map[string]string{"accountName": "The unique identifier for the account", "manager": "The account name of the manager"}
	hint := map[string]string{"accountName": "Enter a unique user name for this account."}
	for _, name := range systemColumns() {
		a := &attribute{id: t.ids.uuid(), technicalName: name, label: label[name], kind: "TEXT", required: true, system: true, created: now, modified: now}
		if text, ok := help[name]; ok {
			a.helpText = &text
		}
		if text, ok := hint[name]; ok {
			a.placeholder = &text
		}
		switch name {
		case "manager":
			a.kind = "IDENTITY"
		case "startDate", "endDate":
			a.kind = "DATE"
		case "phone", "email":
			a.kind = name // TEXT or a type of its own, see attributeBody
		}
		all = append(all, a)
	}
	return all
}
