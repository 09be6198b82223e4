package sandbox

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

type requestLite struct {
	ID        string       `json:"id"`
	Requester *identityRef `json:"requester,omitempty"`
}

func (r *request) liteRequest() requestLite {
	body := requestLite{ID: r.id}
	if r.requester != nil {
		body.Requester = &identityRef{Type: "IDENTITY", ID: r.requester.ID, Name: r.requester.Name}
	}
	return body
}

type approvalBody struct {
	approvalBase
	NonEmployeeRequest requestLite `json:"nonEmployeeRequest"`
}

func (t *tenant) approvalBody(i *approvalItem) approvalBody {
	return approvalBody{t.approvalBase(i), i.request.liteRequest()}
}

type sourceWithAttributes struct {
	sourceLite
	SchemaAttributes []any `json:"schemaAttributes"`
}

// requestDetail is the NonEmployeeRequestWithoutApprovalItem: here, and only here, startDate and endDate are days.
type requestDetail struct {
	requestLite
	AccountName       string               `json:"accountName"`
	FirstName         string               `json:"firstName,omitempty"`
	LastName          string               `json:"lastName,omitempty"`
	Email             string               `json:"email,omitempty"`
	Phone             string               `json:"phone,omitempty"`
	Manager           string               `json:"manager,omitempty"`
	NonEmployeeSource sourceWithAttributes `json:"nonEmployeeSource"`
	Data              *map[string]string   `json:"data,omitempty"`
	ApprovalStatus    string               `json:"approvalStatus"`
	Comment           string               `json:"comment,omitempty"`
	CompletionDate    string               `json:"completionDate,omitempty"`
	StartDate         string               `json:"startDate,omitempty"`
	EndDate           string               `json:"endDate,omitempty"`
	Modified          string               `json:"modified"`
	Created           string               `json:"created"`
}

type approvalDetail struct {
	approvalBase
	NonEmployeeRequest requestDetail `json:"nonEmployeeRequest"`
}

func (t *tenant) approvalDetail(i *approvalItem) approvalDetail {
	r := i.request
	return approvalDetail{t.approvalBase(i), requestDetail{
		requestLite: r.liteRequest(), AccountName: r.accountName, FirstName: r.firstName, LastName: r.lastName, Email: r.email, Phone: r.phone,
		Manager: r.manager, NonEmployeeSource: sourceWithAttributes{r.source.lite(), t.attributeBodies(r.source)}, Data: t.dataBody(&r.person),
		ApprovalStatus: r.status, Comment: r.comment, CompletionDate: t.stamp(r.completed),
		StartDate: day(r.startDate), EndDate: day(r.endDate), Modified: t.stamp(r.modified), Created: t.stamp(r.created),
	}}
}

func (t *tenant) approvals(mine func(*approvalItem) bool) (items []*approvalItem) {
	for _, r := range t.requests {
		for _, i := range r.items {
			if mine(i) {
				items = append(items, i)
			}
		}
	}
	return items
}

// listApprovals shows an administrator the items of anybody, or of everybody when nobody is named, and all others their own.
func listApprovals(c *call) (*answer, *refusal) {
	p, bad := c.readPage("created", "modified")
	if bad != nil {
		return nil, bad
	}
	let, bad := c.readFilter(supported{"approvalStatus": {"eq"}})
	if bad != nil {
		return nil, bad
	}
	who, bad := c.requestedFor(c.query.Get("requested-for"))
	if bad != nil {
		return nil, bad
	}
	all := c.approvals(func(i *approvalItem) bool {
		return (who == "" || i.approver == who) && c.maySeeItem(i) && (let == nil || let(func(string) string { return i.status }))
	})
	sortBy(all, p, func(i *approvalItem, field string) string {
		if field == "modified" {
			return sortableTime(i.modified)
		}
		return sortableTime(i.created)
	})
	all = unsortedOrder(c, all, p)
	var bodies []approvalBody
	for _, i := range cut(c, all, p) {
		bodies = append(bodies, c.approvalBody(i))
	}
	return list(bodies, p, len(all)), nil
}

func (c *call) maySeeItem(i *approvalItem) bool {
	return c.caller.admin || !c.set.is("user-levels", "admin-only") && c.caller.is(i.approver)
}

func (c *call) approvalOfPath() (*approvalItem, *refusal) {
	items := c.approvals(func(i *approvalItem) bool { return i.id == c.params["id"] })
	if len(items) == 0 {
		return nil, c.missing()
	}
	return items[0], nil
}

// getApproval answers with the request in full, or in brief when include-detail is false.
func getApproval(c *call) (*answer, *refusal) {
	detail, bad := c.boolParam("include-detail", true)
	if bad != nil {
		return nil, bad
	}
	i, bad := c.approvalOfPath()
	if bad != nil {
		return nil, bad
	}
	if !c.maySeeItem(i) {
		return nil, forbidden()
	}
	if detail {
		return success(c.approvalDetail(i)), nil
	}
	return success(c.approvalBody(i)), nil
}

// decision reads the item and the comment of approve and reject. Only the approver may decide, and only when it is their turn.
func (c *call) decision(commentRequired bool) (i *approvalItem, comment string, bad *refusal) {
	if i, bad = c.approvalOfPath(); bad != nil {
		return nil, "", bad
	}
	if !c.caller.is(i.approver) || !c.maySeeItem(i) {
		return nil, "", forbidden()
	}
	var body struct {
		Comment *string `json:"comment"`
	}
	if len(bytes.TrimSpace(c.body)) > 0 && decodeJSON(c.body, &body) != nil {
		return nil, "", badSyntax("")
	}
	if body.Comment != nil {
		comment = *body.Comment
	}
	switch {
	case commentRequired && comment == "":
		return nil, "", joinProblems([]string{"comment is required"})
	case utf8.RuneCountInString(comment) > maxComment:
		return nil, "", joinProblems([]string{"comment must have at most " + strconv.Itoa(maxComment) + " characters"})
	case i.status != statusPending:
		return nil, "", badContent("The approval item is " + i.status + " and cannot be decided.")
	}
	return i, comment, nil
}

// approveRequest hands the request on to the next approver; after the last one the record is made.
func approveRequest(c *call) (*answer, *refusal) {
	i, comment, bad := c.decision(false)
	if bad != nil {
		return nil, bad
	}
	r := i.request
	last := i.order == len(r.items)
	if last {
		if bad := c.approvable(r); bad != nil {
			return nil, bad
		}
	}
	i.status, i.comment, i.modified, r.modified = statusApproved, comment, c.now, c.now
	c.auditDecision(i)
	if last {
		c.complete(r, statusApproved, c.now)
		c.auditRequest(r)
	} else {
		next := r.items[i.order]
		next.status, next.modified = statusPending, c.now
	}
	return success(c.approvalBody(i)), nil
}

// rejectRequest ends the request: one denial is enough, and nobody after this approver is asked.
func rejectRequest(c *call) (*answer, *refusal) {
	i, comment, bad := c.decision(true)
	if bad != nil {
		return nil, bad
	}
	r := i.request
	i.status, i.comment, i.modified = statusRejected, comment, c.now
	for _, later := range r.items[i.order:] {
		later.status, later.modified = statusCancelled, c.now
	}
	c.auditDecision(i)
	c.complete(r, statusRejected, c.now)
	c.auditRequest(r)
	return success(c.approvalBody(i)), nil
}

func (c *call) auditDecision(i *approvalItem) {
	c.audit("NON_EMPLOYEE_APPROVAL_ACTION_COMPLETED", c.caller.name(), i.request.accountName,
		map[string]string{"accountName": i.request.accountName, "sourceId": i.request.source.sourceID, "approvalStatus": i.status})
}

func approvalSummary(c *call) (*answer, *refusal) {
	who, bad := c.requestedFor(c.params["requested-for"])
	if bad != nil {
		return nil, bad
	}
	var sum struct {
		Approved int32 `json:"approved"`
		Pending  int32 `json:"pending"`
		Rejected int32 `json:"rejected"`
	}
	items := c.approvals(func(i *approvalItem) bool { return i.approver == who })
	for status, n := range map[string]*int32{statusApproved: &sum.Approved, statusPending: &sum.Pending, statusRejected: &sum.Rejected} {
		matching := slices.DeleteFunc(slices.Clone(items), func(i *approvalItem) bool { return i.status != status })
		*n = int32(len(matching))
	}
	return success(sum), nil
}
