package report

import (
	"bufio"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Sources lists sources with their two ids and how full each is.
func Sources(w io.Writer, sources []schema.Source) error {
	if len(sources) == 0 {
		_, err := fmt.Fprintln(w, "no non-employee sources")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tRECORDS\tID\tSOURCE ID")
	for _, s := range sources {
		records := "?"
		if s.Count >= 0 {
			records = number(s.Count)
		}
		fmt.Fprintf(t, "%s\t%s/%s\t%s\t%s\n", plain(s.Name), records, number(schema.MaxRecords), s.ID, s.SourceID)
	}
	return t.Flush()
}

// SourcesJSON writes the same as one document.
func SourcesJSON(w io.Writer, sources []schema.Source) error {
	if sources == nil {
		sources = []schema.Source{}
	}
	return document(w, struct {
		FormatVersion string          `json:"format_version"`
		Kind          string          `json:"kind"`
		Sources       []schema.Source `json:"sources"`
	}{FormatVersion, "sources", sources})
}

// Schema prints the attributes of a source in template order.
func Schema(w io.Writer, s *schema.Schema) error {
	err := text(w, func(b *bufio.Writer) {
		if s.Source.SourceID != "" {
			fmt.Fprintf(b, "%s · %q · id %s · sourceId %s\n\n", s.Source.Tenant.Org, plain(s.Source.Name), s.Source.ID, s.Source.SourceID)
		}
	})
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "ATTRIBUTE\tLABEL\tTYPE\tREQUIRED\tKIND")
	for _, a := range s.Attributes {
		required, kind := "optional", "custom"
		if a.Required {
			required = "required"
		}
		if a.System {
			kind = "system"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", plain(a.TechnicalName), plain(a.Label), plain(string(a.Type)), required, kind)
	}
	return t.Flush()
}
