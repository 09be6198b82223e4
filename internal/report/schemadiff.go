package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// SchemaDiff prints what differs between two schemas of a source, and tells whether anything does. What matters for a record
// is compared: which attributes there are, their order, types and required flags; and labels, which lists may be headed with.
func SchemaDiff(w io.Writer, was, is *schema.Schema) (differs bool, err error) {
	err = text(w, func(b *bufio.Writer) {
		say := func(format string, args ...any) {
			differs = true
			fmt.Fprintf(b, format+"\n", args...)
		}
		for _, a := range is.Attributes {
			o, ok := was.Attribute(a.TechnicalName)
			if !ok {
				say("+ %s   %s, %s", plain(a.TechnicalName), a.Type, requiredWord(a.Required))
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
		if !differs && was.Fingerprint() != is.Fingerprint() {
			say("~ the order of the attributes")
		}
		if !differs {
			fmt.Fprintln(b, "no differences")
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
