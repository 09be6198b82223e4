package nelm

import (
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// join puts the attributes in the order of the template. The two describe one source and must name the same attributes:
// a row of an upload would otherwise lack a value, or carry one that the service does not know.
func (s *Source) join(attributes []schema.Attribute, template []string) (*schema.Schema, error) {
	const op = "read schema"
	known := make(map[string]schema.Attribute, len(attributes))
	for _, a := range attributes {
		if _, twice := known[a.TechnicalName]; twice {
			return nil, shape(op, "attribute %q is listed twice", a.TechnicalName)
		}
		known[a.TechnicalName] = a
	}
	form, err := schema.FromTemplate(template)
	if err != nil {
		return nil, shape(op, "%v", err)
	}
	for i, name := range form.Names() {
		a, ok := known[name]
		if !ok {
			return nil, shape(op, "the template has a column %q that is no attribute of the source", name)
		}
		form.Attributes[i] = a
		delete(known, name)
	}
	for _, a := range attributes {
		if _, left := known[a.TechnicalName]; left {
			return nil, shape(op, "attribute %q has no column in the template", a.TechnicalName)
		}
	}
	return form, nil
}
