package nelm

import (
	"net/url"
	"strings"
)

// The services that are called. Each is a first path segment of its own in the newer form of the API.
const (
	recordsService    = "non-employee-records"
	requestsService   = "non-employee-requests"
	sourcesService    = "non-employee-sources"
	identitiesService = "public-identities"
)

// perService is the version that chooses the form /{service}/v1/… over /{version}/{service}/….
const perService = "v1"

// path builds the path of a call from its service and further segments, which are escaped. It is the only place that knows
// where the version stands: before the service in the yearly form, behind it in the newer one.
func (c *Client) path(service string, segments ...string) string {
	var b strings.Builder
	if c.version == perService {
		b.WriteString("/" + service + "/" + c.version)
	} else {
		b.WriteString("/" + c.version + "/" + service)
	}
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}

// quoted writes a string literal of the filter grammar.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
