package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

type identityRef struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

func identityRefs(ids []string) []identityRef {
	refs := make([]identityRef, 0, len(ids))
	for _, id := range ids {
		refs = append(refs, identityRef{Type: "IDENTITY", ID: id})
	}
	return refs
}

type sourceLite struct {
	ID          string `json:"id"`
	SourceID    string `json:"sourceId"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

func (src *source) lite() sourceLite {
	return sourceLite{src.id, src.sourceID, src.name, src.description}
}

type sourceBody struct {
	sourceLite
	Approvers       []identityRef `json:"approvers"`
	AccountManagers []identityRef `json:"accountManagers"`
	Modified        string        `json:"modified"`
	Created         string        `json:"created"`
}

func (t *tenant) sourceBody(src *source) sourceBody {
	return sourceBody{src.lite(), identityRefs(src.approvers), identityRefs(src.accountManagers), t.stamp(src.modified), t.stamp(src.created)}
}

type sourceWithExternalID struct {
	sourceBody
	CloudExternalID string `json:"cloudExternalId"`
}

// sourceWithCount has a count that is null unless it was asked for: the one field of the description that may be null.
type sourceWithCount struct {
	sourceBody
	NonEmployeeCount *int32 `json:"nonEmployeeCount"`
}

func createSource(c *call) (*answer, *refusal) {
	if !c.mayDoAll(nil) {
		return nil, forbidden()
	}
	type ref struct {
		ID *string `json:"id"`
	}
	var body struct {
		Name                *string `json:"name"`
		Description         *string `json:"description"`
		Owner               *ref    `json:"owner"`
		ManagementWorkgroup *string `json:"managementWorkgroup"` // must be a text, and is shown nowhere
		Approvers           []ref   `json:"approvers"`
		AccountManagers     []ref   `json:"accountManagers"`
	}
	if decodeJSON(c.body, &body) != nil {
		return nil, badSyntax("")
	}
	var problems []string
	require := func(name string, text *string) string {
		if text == nil || strings.TrimSpace(*text) == "" {
			problems = append(problems, name+" is required")
			return ""
		}
		return *text
	}
	identity := func(field string, r ref) string {
		id := require(field+".id", r.ID)
		if id != "" && c.byID[id] == nil {
			problems = append(problems, field+" "+id+" is not a valid identity")
		}
		return id
	}
	src := c.newSource(require("name", body.Name), require("description", body.Description), c.now)
	if body.Owner == nil {
		problems = append(problems, "owner is required")
	} else {
		src.owner = identity("owner", *body.Owner)
	}
	for _, r := range body.Approvers {
		src.approvers = append(src.approvers, identity("approvers", r))
	}
	for _, r := range body.AccountManagers {
		src.accountManagers = append(src.accountManagers, identity("accountManagers", r))
	}
	if len(problems) > 0 {
		return nil, joinProblems(problems)
	}
	if bad := c.checkSource(src); bad != nil {
		return nil, bad
	}
	if len(c.sources) >= maxSources {
		return nil, limitViolation("a tenant has at most " + strconv.Itoa(maxSources) + " non-employee sources")
	}
	c.sources = append(c.sources, src)
	c.auditSource("NON_EMPLOYEE_SOURCE_CREATED", c.caller.name(), src)
	return success(sourceWithExternalID{c.sourceBody(src), src.cloudExternalID}), nil
}

// checkSource holds a source that is to be stored against the limits and the names in use.
func (t *tenant) checkSource(src *source) *refusal {
	switch {
	case len(src.approvers) > maxApprovers:
		return limitViolation("approvers must have at most " + strconv.Itoa(maxApprovers) + " elements")
	case len(src.accountManagers) > maxAccountManagers:
		return limitViolation("accountManagers must have at most " + strconv.Itoa(maxAccountManagers) + " elements")
	}
	for _, other := range t.sources {
		if other.id != src.id && strings.EqualFold(other.name, src.name) {
			return conflict(`The name "` + src.name + `" is already being used by another source.`)
		}
	}
	return nil
}

func listSources(c *call) (*answer, *refusal) {
	p, bad := c.readPage("name", "created", "sourceId")
	if bad != nil {
		return nil, bad
	}
	withCount, bad := c.boolParam("non-employee-count", false)
	if bad != nil {
		return nil, bad
	}
	if c.query.Has("filters") {
		return nil, badContent("filters is not supported")
	}
	who, bad := c.requestedFor(c.query.Get("requested-for"))
	if bad != nil {
		return nil, bad
	}
	var all []*source
	for _, src := range c.sources {
		if c.maySee(src) && (who == "" || src.owner == who || slices.Contains(src.accountManagers, who)) {
			all = append(all, src)
		}
	}
	sortBy(all, p, func(src *source, field string) string {
		switch field {
		case "name":
			return src.name
		case "created":
			return sortableTime(src.created)
		}
		return src.sourceID
	})
	all = unsortedOrder(c, all, p)
	var bodies []sourceWithCount
	for _, src := range cut(c, all, p) {
		body := sourceWithCount{sourceBody: c.sourceBody(src)}
		if withCount {
			n := int32(len(c.recordsAsOf(src, c.lag)))
			body.NonEmployeeCount = &n
		}
		bodies = append(bodies, body)
	}
	return list(bodies, p, len(all)), nil
}

func getSource(c *call) (*answer, *refusal) {
	src, bad := c.source("sourceId")
	if bad != nil {
		return nil, bad
	}
	if !c.maySee(src) {
		return nil, forbidden()
	}
	return success(c.sourceBody(src)), nil
}

// patchSource changes name, description, approvers and accountManagers. The published example replaces the approvers by a list of
// identity ids, while creating takes objects: both are read.
func patchSource(c *call) (*answer, *refusal) {
	src, bad := c.source("sourceId")
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
	if bad := onlyFields(ops, "name", "description", "approvers", "accountManagers"); bad != nil {
		return nil, bad
	}
	doc, _, err := encode(c.sourceBody(src))
	if err != nil {
		return nil, internalFault()
	}
	patched, refused := c.patchDocument(doc, ops)
	if patched == nil {
		return nil, refused
	}
	var now struct {
		Name            json.RawMessage   `json:"name"`
		Description     *string           `json:"description"`
		Approvers       []json.RawMessage `json:"approvers"`
		AccountManagers []json.RawMessage `json:"accountManagers"`
	}
	if decodeJSON(patched, &now) != nil {
		return nil, badContent("the patch does not fit a source")
	}
	changed := *src
	var name string
	if json.Unmarshal(now.Name, &name) != nil || strings.TrimSpace(name) == "" {
		return nil, joinProblems([]string{"name is required"})
	}
	changed.name, changed.description = name, ""
	if now.Description != nil {
		changed.description = *now.Description
	}
	if changed.approvers, bad = c.readIdentities("approvers", now.Approvers); bad != nil {
		return nil, bad
	}
	if changed.accountManagers, bad = c.readIdentities("accountManagers", now.AccountManagers); bad != nil {
		return nil, bad
	}
	if bad := c.checkSource(&changed); bad != nil {
		return nil, bad
	}
	src.name, src.description, src.approvers, src.accountManagers = changed.name, changed.description, changed.approvers, changed.accountManagers
	src.modified = c.now
	c.auditSource("NON_EMPLOYEE_SOURCE_UPDATED", c.caller.name(), src)
	if refused != nil {
		return nil, refused
	}
	return success(c.sourceBody(src)), nil
}

func (t *tenant) readIdentities(field string, raw []json.RawMessage) (ids []string, bad *refusal) {
	for _, r := range raw {
		var ref struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(r, &ref.ID) != nil && json.Unmarshal(r, &ref) != nil {
			return nil, badContent(field + " must be a list of identities")
		}
		if t.byID[ref.ID] == nil {
			return nil, joinProblems([]string{field + " " + ref.ID + " is not a valid identity"})
		}
		if !slices.Contains(ids, ref.ID) {
			ids = append(ids, ref.ID)
		}
	}
	return ids, nil
}

// onlyFields refuses a patch that would write anything else.
func onlyFields(ops []patchOp, fields ...string) *refusal {
	for _, field := range touched(ops) {
		if !slices.Contains(fields, field) {
			return badContent(field + " cannot be changed")
		}
	}
	return nil
}

// deleteSource takes the source's records, requests and approvals with it.
func deleteSource(c *call) (*answer, *refusal) {
	src, bad := c.source("sourceId")
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	for _, r := range src.records {
		delete(c.records, r.id)
		c.recordDeleted(r)
	}
	c.requests = slices.DeleteFunc(c.requests, func(r *request) bool { return r.source == src })
	c.sources = slices.DeleteFunc(c.sources, func(other *source) bool { return other == src })
	c.auditSource("NON_EMPLOYEE_SOURCE_DELETED", c.caller.name(), src)
	return noContent(), nil
}
