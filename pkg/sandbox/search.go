package sandbox

import (
	"slices"
	"strings"
)

type namedBody struct {
	Name string `json:"name"`
}

type eventBody struct {
	ID            string            `json:"id"`
	Created       string            `json:"created"`
	Action        string            `json:"action"`
	Type          string            `json:"type"`
	Name          string            `json:"name"`
	TechnicalName string            `json:"technicalName"`
	Operation     string            `json:"operation"`
	Status        string            `json:"status"`
	Actor         namedBody         `json:"actor"`
	Target        namedBody         `json:"target"`
	Attributes    map[string]string `json:"attributes"`
	Org           string            `json:"org"`
	Pod           string            `json:"pod"`
	TrackingID    string            `json:"trackingNumber"`
	InnerType     string            `json:"_type"`
}

// searchEvents is the search operation as far as the audit trail of non-employees needs it: the index "events", and either a query
// like type:NON_EMPLOYEE AND action:NON_EMPLOYEE_CREATE_PASSED or a DSL match on one field. Sorting is by created.
func searchEvents(c *call) (*answer, *refusal) {
	var body struct {
		Indices   []string `json:"indices"`
		QueryType string   `json:"queryType"`
		Query     struct {
			Query string `json:"query"`
		} `json:"query"`
		QueryDSL struct {
			Match map[string]string `json:"match"`
		} `json:"queryDsl"`
		Sort []string `json:"sort"`
	}
	if decodeJSON(c.body, &body) != nil {
		return nil, badSyntax("")
	}
	if !slices.Equal(body.Indices, []string{"events"}) {
		return nil, badContent(`indices must be ["events"]: the sandbox has no other`)
	}
	if !c.caller.admin {
		return nil, forbidden()
	}
	const maxSearchPage = 10_000
	limit, bad := c.intParam("limit", maxPage)
	if bad != nil {
		return nil, bad
	}
	if limit > maxSearchPage {
		return nil, badContent("limit must be less than or equal to 10000")
	}
	p := page{limit: limit}
	if p.offset, bad = c.intParam("offset", 0); bad != nil {
		return nil, bad
	}
	if p.count, bad = c.boolParam("count", false); bad != nil {
		return nil, bad
	}
	terms, bad := queryTerms(body.Query.Query)
	if bad != nil {
		return nil, bad
	}
	for field, text := range body.QueryDSL.Match {
		terms[field] = text
	}
	var all []event
	for _, e := range c.events {
		if e.matches(terms) {
			all = append(all, e)
		}
	}
	for _, by := range body.Sort {
		switch by {
		case "created", "+created": // the trail is in this order
		case "-created":
			slices.Reverse(all)
		default:
			return nil, badContent("sort must be created or -created")
		}
	}
	var bodies []eventBody
	for _, e := range cut(c, all, p) {
		bodies = append(bodies, c.eventBody(e))
	}
	return list(bodies, p, len(all)), nil
}

// queryTerms reads field:value terms joined by AND; "*" is everything.
func queryTerms(query string) (map[string]string, *refusal) {
	terms := map[string]string{}
	if query = strings.TrimSpace(query); query == "" || query == "*" {
		return terms, nil
	}
	for term := range strings.SplitSeq(query, " AND ") {
		field, text, found := strings.Cut(strings.TrimSpace(term), ":")
		if !found {
			return nil, badContent("query: the sandbox understands field:value terms joined by AND")
		}
		terms[field] = strings.Trim(text, `"`)
	}
	return terms, nil
}

func (e event) field(name string) string {
	switch name {
	case "type":
		return "NON_EMPLOYEE"
	case "action", "technicalName":
		return e.action
	case "actor.name":
		return e.actor
	case "target.name":
		return e.target
	case "id":
		return e.id
	}
	return e.attributes[strings.TrimPrefix(name, "attributes.")]
}

func (e event) matches(terms map[string]string) bool {
	for field, text := range terms {
		if !strings.EqualFold(e.field(field), text) {
			return false
		}
	}
	return true
}

func (c *call) eventBody(e event) eventBody {
	status, operation := "PASSED", "UPDATE"
	words := strings.Split(strings.TrimPrefix(e.action, "NON_EMPLOYEE_"), "_")
	switch last := words[len(words)-1]; last {
	case "FAILED", "STARTED":
		status = last
	}
	for _, verb := range []string{"CREATE", "DELETE", "IMPORT", "EXPORT"} {
		if strings.Contains(e.action, "_"+verb) {
			operation = verb
		}
	}
	attributes := e.attributes
	if attributes == nil {
		attributes = map[string]string{}
	}
	name := strings.ToLower(strings.Join(words, " "))
	return eventBody{
		ID: e.id, Created: c.stamp(e.created), Action: e.action, Type: "NON_EMPLOYEE", Name: strings.ToUpper(name[:1]) + name[1:],
		TechnicalName: e.action, Operation: operation, Status: status, Actor: namedBody{e.actor}, Target: namedBody{e.target},
		Attributes: attributes, Org: c.org, Pod: c.pod, TrackingID: e.id, InnerType: "event",
	}
}
