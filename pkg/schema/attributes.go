package schema

import "fmt"

// FromAttributes makes a schema from the two descriptions that a tenant gives of one source, each checked against the other:
// the schema attributes, which know types and required flags, and the header of the template CSV, which knows the names and
// the order that an upload must have. Where they disagree the template decides which columns there are and the attributes
// what they hold; every disagreement is a finding about the source as a whole. The error is that of a template which
// cannot be one, see [FromTemplate]; without a template the attributes' own order is taken, system ones first.
func FromAttributes(attrs []Attribute, template []string) (*Schema, []Finding, error) {
	var findings []Finding
	say := func(code, attribute, message, hint string) {
		findings = append(findings, Finding{Code: code, Severity: severityOf(code), Attribute: attribute, Message: message, Hint: hint})
	}
	known := make(map[string]Attribute, len(attrs))
	var order []string
	custom := 0
	for _, a := range attrs {
		if _, twice := known[a.TechnicalName]; twice {
			say(CodeSchemaTwice, a.TechnicalName, fmt.Sprintf("two schema attributes have the technical name %q: which of them a column fills is not known", a.TechnicalName), "remove or rename one of them in the source")
			continue
		}
		known[a.TechnicalName] = a
		order = append(order, a.TechnicalName)
		if !a.System {
			custom++
		}
		switch a.Type {
		case Text, Date, Identity, Phone, Email:
		default:
			say(CodeSchemaType, a.TechnicalName, fmt.Sprintf("%s has the type %q, which this version does not know: its cells are treated as text", a.TechnicalName, a.Type), "nothing needs to be done, unless a newer version knows the type")
		}
	}
	if custom > MaxCustom {
		say(CodeSchemaCustom, "", fmt.Sprintf("the source has %d custom attributes, and the service's documented limit is %d", custom, MaxCustom), "check the source: attributes beyond the limit may not be filled by an upload")
	}
	system := make(map[string]bool, 8)
	for _, a := range System() {
		system[a.TechnicalName] = true
		if _, ok := known[a.TechnicalName]; !ok {
			say(CodeSchemaSystem, a.TechnicalName, fmt.Sprintf("the source's schema attributes do not list the system attribute %s: its documented type and required flag are assumed", a.TechnicalName), "fetch the schema again; if it stays so, report it, for every source is documented to have it")
			known[a.TechnicalName] = a
		}
	}
	if template == nil {
		for _, a := range System() {
			template = append(template, a.TechnicalName)
		}
		for _, name := range order {
			if !system[name] {
				template = append(template, name)
			}
		}
	}
	s, err := FromTemplate(template)
	if err != nil {
		return nil, findings, err
	}
	inTemplate := make(map[string]bool, len(s.Attributes))
	for i, a := range s.Attributes {
		inTemplate[a.TechnicalName] = true
		described, ok := known[a.TechnicalName]
		if !ok {
			say(CodeSchemaUnknown, a.TechnicalName, fmt.Sprintf("the template has a column %q that is not among the source's schema attributes", a.TechnicalName), "its cells are treated as optional text")
			continue
		}
		s.Attributes[i] = described
	}
	for _, name := range order {
		if a := known[name]; !inTemplate[name] {
			if a.Required {
				say(CodeSchemaMissing, name, fmt.Sprintf("the source requires %q, but its template CSV has no such column, so no upload can fill it", name), "fetch the template again, or make the attribute optional in the source")
			} else {
				say(CodeSchemaUnknown, name, fmt.Sprintf("the source has an attribute %q that its template CSV has no column for", name), "it cannot be filled by an upload and is left alone")
			}
		}
	}
	return s, findings, nil
}
