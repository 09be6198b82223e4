package sandbox

import (
	"slices"
	"strconv"
	"strings"
)

type attributeBody struct {
	ID            string  `json:"id"`
	System        bool    `json:"system"`
	Modified      string  `json:"modified"`
	Created       string  `json:"created"`
	Type          string  `json:"type"`
	Label         string  `json:"label"`
	TechnicalName string  `json:"technicalName"`
	HelpText      *string `json:"helpText,omitempty"`
	Placeholder   *string `json:"placeholder,omitempty"`
	Required      bool    `json:"required"`
}

// attributeBodyWithNulls is how the live service is said to write texts that are not there, and what the beta description allows.
type attributeBodyWithNulls struct {
	attributeBody
	HelpText    *string `json:"helpText"`
	Placeholder *string `json:"placeholder"`
}

func (t *tenant) attributeBody(a *attribute) any {
	live := t.set.is("attribute-types", "live")
	body := attributeBody{
		ID: a.id, System: a.system, Modified: t.stamp(a.modified), Created: t.stamp(a.created), Type: a.kind, Label: a.label,
		TechnicalName: a.technicalName, HelpText: a.helpText, Placeholder: a.placeholder, Required: a.required,
	}
	switch {
	case a.kind == "phone" || a.kind == "email":
		body.Type = "TEXT"
		if live {
			body.Type = strings.ToUpper(a.kind)
		}
	}
	if live {
		return attributeBodyWithNulls{body, a.helpText, a.placeholder}
	}
	return body
}

func (t *tenant) attributeBodies(src *source) []any {
	bodies := make([]any, 0, len(src.attributes))
	for _, a := range src.attributes {
		bodies = append(bodies, t.attributeBody(a))
	}
	return bodies
}

// listAttributes answers all attributes, the system ones first: at most 18, so that there are no pages.
func listAttributes(c *call) (*answer, *refusal) {
	src, bad := c.source("sourceId")
	if bad != nil {
		return nil, bad
	}
	if !c.maySee(src) {
		return nil, forbidden()
	}
	return success(c.attributeBodies(src)), nil
}

func createAttribute(c *call) (*answer, *refusal) {
	src, bad := c.source("sourceId")
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	var body struct {
		Type          *string `json:"type"`
		Label         *string `json:"label"`
		TechnicalName *string `json:"technicalName"`
		HelpText      *string `json:"helpText"`
		Placeholder   *string `json:"placeholder"`
		Required      *bool   `json:"required"`
	}
	if decodeJSON(c.body, &body) != nil {
		return nil, badSyntax("")
	}
	var problems []string
	for _, field := range []struct {
		name string
		text *string
	}{{"type", body.Type}, {"technicalName", body.TechnicalName}, {"label", body.Label}} {
		if field.text == nil || strings.TrimSpace(*field.text) == "" {
			problems = append(problems, field.name+" is required")
		}
	}
	if len(problems) > 0 {
		return nil, joinProblems(problems)
	}
	if *body.Type != "TEXT" {
		return nil, joinProblems([]string{"type must be TEXT"})
	}
	if src.attribute(*body.TechnicalName) != nil {
		return nil, conflict(`Unable to create schema attribute because the technicalName "` + *body.TechnicalName + `" is already being used.`)
	}
	if len(src.customAttributes()) >= maxCustomAttributes {
		return nil, limitViolation("a source has at most " + strconv.Itoa(maxCustomAttributes) + " custom schema attributes")
	}
	a := &attribute{id: c.ids.uuid(), technicalName: *body.TechnicalName, label: *body.Label, kind: "TEXT", helpText: body.HelpText,
		placeholder: body.Placeholder, required: body.Required != nil && *body.Required, created: c.now, modified: c.now}
	src.attributes = append(src.attributes, a)
	return success(c.attributeBody(a)), nil
}

func (c *call) attributeOfPath() (*source, *attribute, *refusal) {
	src, bad := c.source("sourceId")
	if bad != nil {
		return nil, nil, bad
	}
	for _, a := range src.attributes {
		if a.id == c.params["attributeId"] {
			return src, a, nil
		}
	}
	return nil, nil, c.missing()
}

func getAttribute(c *call) (*answer, *refusal) {
	src, a, bad := c.attributeOfPath()
	if bad != nil {
		return nil, bad
	}
	if !c.maySee(src) {
		return nil, forbidden()
	}
	return success(c.attributeBody(a)), nil
}

// patchAttribute changes label, helpText, placeholder and required.
func patchAttribute(c *call) (*answer, *refusal) {
	src, a, bad := c.attributeOfPath()
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	ops, bad := readPatch(c.body)
	if bad != nil {
		return nil, bad
	}
	if bad := onlyFields(ops, "label", "helpText", "placeholder", "required"); bad != nil {
		return nil, bad
	}
	if a.system && c.set.is("system-attribute-patch", "refused") {
		return nil, badContent("a system attribute cannot be changed")
	}
	doc, _, err := encode(c.attributeBody(a))
	if err != nil {
		return nil, internalFault()
	}
	patched, refused := c.patchDocument(doc, ops)
	if patched == nil {
		return nil, refused
	}
	var now struct {
		Label       *string `json:"label"`
		HelpText    *string `json:"helpText"`
		Placeholder *string `json:"placeholder"`
		Required    *bool   `json:"required"`
	}
	if decodeJSON(patched, &now) != nil {
		return nil, badContent("the patch does not fit a schema attribute")
	}
	if now.Label == nil || strings.TrimSpace(*now.Label) == "" {
		return nil, joinProblems([]string{"label is required"})
	}
	a.label, a.helpText, a.placeholder = *now.Label, now.HelpText, now.Placeholder
	a.required = now.Required != nil && *now.Required
	a.modified = c.now
	if refused != nil {
		return nil, refused
	}
	return success(c.attributeBody(a)), nil
}

func deleteAttribute(c *call) (*answer, *refusal) {
	src, a, bad := c.attributeOfPath()
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	if a.system {
		return nil, badContent("a system attribute cannot be deleted")
	}
	c.dropAttributes(src, func(other *attribute) bool { return other == a })
	return noContent(), nil
}

// deleteAttributes deletes the custom attributes; the system ones stay.
func deleteAttributes(c *call) (*answer, *refusal) {
	src, bad := c.source("sourceId")
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	c.dropAttributes(src, func(a *attribute) bool { return !a.system })
	return noContent(), nil
}

// dropAttributes deletes attributes and their values in all records. The records are not counted as modified: nobody changed them.
func (t *tenant) dropAttributes(src *source, drop func(*attribute) bool) {
	gone := map[string]bool{}
	for _, a := range src.attributes {
		if drop(a) {
			gone[a.technicalName] = true
		}
	}
	src.attributes = slices.DeleteFunc(src.attributes, drop)
	for _, old := range slices.Clone(src.records) {
		if !slices.ContainsFunc(old.data, func(v value) bool { return gone[v.name] }) {
			continue
		}
		r := *old
		r.data = slices.DeleteFunc(slices.Clone(old.data), func(v value) bool { return gone[v.name] })
		t.replace(old, &r)
	}
}
