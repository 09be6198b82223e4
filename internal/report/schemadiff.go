package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// SchemaDiff prints what differs between two schemas of a source, and tells whether anything does. What matters for a record
// is compared: which attributes there are, their order, types and required flags; and labels, which lists may be headed with. Of a
// schema from a template alone only the names are known, so no more is compared.
func SchemaDiff(w io.Writer, was, is *schema.Schema) (differs bool, err error) {
	bare := was.Source.SourceID == "" || is.Source.SourceID == ""
	err = text(w, func(b *bufio.Writer) {
		say := func(format string, args ...any) {
			differs = true
			fmt.Fprintf(b, format+"\n", args...)
		}
		for _, a := range is.Attributes {
			o, ok := was.Attribute(a.TechnicalName)
			if !ok && bare {
				say("+ %s", plain(a.TechnicalName))
			} else if !ok {
				say("+ %s   %s, %s", plain(a.TechnicalName), a.Type, requiredWord(a.Required))
			}
			if !ok || bare {
				continue
			}
			if o.Type != a.Type {
				say("~ %s   type %s → %s", plain(a.TechnicalName), o.Type, a.Type)
			}
			if o.Required != a.Required {
				say("~ %s   %s → %s", plain(a.TechnicalName), requiredWord(o.Required), requiredWord(a.Required))
			}
			if o.Label != a.Label {
				say("~ %s   label %q → %q", plain(a.TechnicalName), o.Label, a.Label)
			}
		}
		for _, o := range was.Attributes {
			if _, ok := is.Attribute(o.TechnicalName); !ok {
				say("- %s", plain(o.TechnicalName))
			}
		}
		if !differs && !slices.Equal(was.Names(), is.Names()) {
			say("~ the order of the attributes")
		}
		if !differs {
			fmt.Fprintln(b, "no differences")
		}
		if bare {
			fmt.Fprintln(b, "compared by names alone: a template has no types and no labels")
		}
	})
	return differs, err
}

func requiredWord(required bool) string {
	if required {
		return "required"
	}
	return "optional"
}
