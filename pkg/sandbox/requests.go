package sandbox

import (
	"slices"
	"strings"
	"time"
)

// request is a non-employee that waits for approval, or that was approved or rejected.
type request struct {
	person
	id                string
	source            *source
	requester         *Identity // nil for an application
	items             []*approvalItem
	status, comment   string
	completed         time.Time
	created, modified time.Time
}

// approvalItem is one approver's part in a request.
type approvalItem struct {
	id                string
	request           *request
	approver          string // identity id
	status, comment   string
	order             int // from 1
	created, modified time.Time
}

const (
	statusPending   = "PENDING"
	statusNotReady  = "NOT_READY"
	statusApproved  = "APPROVED"
	statusRejected  = "REJECTED"
	statusCancelled = "CANCELLED"
)

// startRequest makes a request with one item per approver of the source: the first is pending, the others wait for their turn.
func (t *tenant) startRequest(src *source, p person, requester *Identity) *request {
	now := t.clock.Now().UTC().Truncate(time.Millisecond)
	r := &request{person: p, id: t.ids.uuid(), source: src, requester: requester, status: statusPending, created: now, modified: now}
	for i, approver := range src.approvers {
		item := &approvalItem{id: t.ids.uuid(), request: r, approver: approver, status: statusNotReady, order: i + 1, created: now, modified: now}
		if i == 0 {
			item.status = statusPending
		}
		r.items = append(r.items, item)
	}
	t.requests = append(t.requests, r)
	return r
}

// complete ends a request. An approved one becomes a record.
func (t *tenant) complete(r *request, status string, now time.Time) {
	r.status, r.completed, r.modified = status, now, now
	if status != statusApproved {
		return
	}
	made := &record{person: r.person, id: t.newRecordID(), source: r.source, created: now, modified: now}
	t.insert(made)
	t.auditRecord("NON_EMPLOYEE_CREATE_PASSED", "system", made)
}

// approvable tells whether a request could become a record now: the name may be taken or the source full since it was made.
func (t *tenant) approvable(r *request) *refusal {
	switch {
	case t.taken(r.source, r.accountName, nil):
		return accountNameTaken(r.accountName)
	case len(r.source.records) >= maxRecords:
		return t.capacityError()
	}
	return nil
}

func (t *tenant) findRequest(id string) *request {
	for _, r := range t.requests {
		if r.id == id {
			return r
		}
	}
	return nil
}

type approvalBase struct {
	ID             string      `json:"id"`
	Approver       identityRef `json:"approver"`
	AccountName    string      `json:"accountName"`
	ApprovalStatus string      `json:"approvalStatus"`
	ApprovalOrder  float32     `json:"approvalOrder"`
	Comment        string      `json:"comment,omitempty"`
	Modified       string      `json:"modified"`
	Created        string      `json:"created"`
}

func (t *tenant) approvalBase(i *approvalItem) approvalBase {
	return approvalBase{i.id, identityRef{Type: "IDENTITY", ID: i.approver}, i.request.accountName, i.status, float32(i.order), i.comment,
		t.stamp(i.modified), t.stamp(i.created)}
}

// requestBody is the NonEmployeeRequest. The description calls its top id the source's, which would leave a request without an id to
// be fetched by; see the switch "request-id".
type requestBody struct {
	sourceLite
	AccountName       string             `json:"accountName"`
	FirstName         string             `json:"firstName,omitempty"`
	LastName          string             `json:"lastName,omitempty"`
	Email             string             `json:"email,omitempty"`
	Phone             string             `json:"phone,omitempty"`
	Manager           string             `json:"manager,omitempty"`
	NonEmployeeSource sourceLite         `json:"nonEmployeeSource"`
	Data              *map[string]string `json:"data,omitempty"`
	ApprovalItems     []approvalBase     `json:"approvalItems"`
	ApprovalStatus    string             `json:"approvalStatus"`
	Comment           string             `json:"comment,omitempty"`
	CompletionDate    string             `json:"completionDate,omitempty"`
	StartDate         string             `json:"startDate,omitempty"`
	EndDate           string             `json:"endDate,omitempty"`
	Modified          string             `json:"modified"`
	Created           string             `json:"created"`
}

func (t *tenant) requestBody(r *request) requestBody {
	body := requestBody{
		sourceLite: r.source.lite(), AccountName: r.accountName, FirstName: r.firstName, LastName: r.lastName, Email: r.email, Phone: r.phone,
		Manager: r.manager, NonEmployeeSource: r.source.lite(), Data: t.dataBody(&r.person), ApprovalItems: []approvalBase{},
		ApprovalStatus: r.status, Comment: r.comment, CompletionDate: t.stamp(r.completed),
		StartDate: t.stamp(r.startDate), EndDate: t.stamp(r.endDate), Modified: t.stamp(r.modified), Created: t.stamp(r.created),
	}
	if t.set.is("request-id", "request") {
		body.ID = r.id
	}
	for _, item := range r.items {
		body.ApprovalItems = append(body.ApprovalItems, t.approvalBase(item))
	}
	return body
}

// createRequest makes a request; administrators and the source's own people may. Without approvers there is nobody to wait for.
func createRequest(c *call) (*answer, *refusal) {
	p, sourceID, problems, bad := c.readPerson(c.body)
	if bad != nil {
		return nil, bad
	}
	src := c.findSource(sourceID)
	if src == nil && sourceID != "" {
		problems = append(problems, "sourceId "+sourceID+" is not a valid source")
	}
	if src != nil {
		if !c.maySee(src) {
			return nil, forbidden()
		}
		problems = append(problems, c.checkPerson(&p, nil, src)...)
	}
	if len(problems) > 0 {
		return nil, joinProblems(problems)
	}
	waiting := func(r *request) bool {
		return r.source == src && r.status == statusPending && c.foldName(r.accountName) == c.foldName(p.accountName)
	}
	if c.taken(src, p.accountName, nil) || slices.ContainsFunc(c.requests, waiting) {
		return nil, accountNameTaken(p.accountName)
	}
	if len(src.records) >= maxRecords {
		return nil, c.capacityError()
	}
	r := c.startRequest(src, p, c.caller.identity)
	c.audit("NON_EMPLOYEE_REQUEST_CREATED", c.caller.name(), p.accountName, map[string]string{"accountName": p.accountName, "sourceId": src.sourceID})
	if len(r.items) == 0 && c.set.is("no-approvers", "approve") {
		c.complete(r, statusApproved, c.now)
		c.auditRequest(r)
	}
	return success(c.requestBody(r)), nil
}

func (c *call) auditRequest(r *request) {
	c.audit("NON_EMPLOYEE_REQUEST_ACTION_COMPLETED", c.caller.name(), r.accountName,
		map[string]string{"accountName": r.accountName, "sourceId": r.source.sourceID, "approvalStatus": r.status})
}

func listRequests(c *call) (*answer, *refusal) {
	p, bad := c.readPage("created", "approvalStatus", "firstName", "lastName", "email", "phone", "accountName", "startDate", "endDate")
	if bad != nil {
		return nil, bad
	}
	let, bad := c.readFilter(supported{"sourceId": {"eq"}})
	if bad != nil {
		return nil, bad
	}
	if c.query.Get("requested-for") == "" {
		return nil, joinProblems([]string{"requested-for is required"})
	}
	who, bad := c.requestedFor(c.query.Get("requested-for"))
	if bad != nil {
		return nil, bad
	}
	mine := c.sourcesOf(who)
	var all []*request
	for _, r := range c.requests {
		if slices.Contains(mine, r.source) && (let == nil || let(func(string) string { return r.source.sourceID })) {
			all = append(all, r)
		}
	}
	sortBy(all, p, func(r *request, field string) string {
		switch field {
		case "created":
			return sortableTime(r.created)
		case "approvalStatus":
			return r.status
		case "startDate", "endDate":
			return sortableTime(*r.date(field))
		}
		return *r.column(field)
	})
	all = unsortedOrder(c, all, p)
	var bodies []requestBody
	for _, r := range cut(c, all, p) {
		bodies = append(bodies, c.requestBody(r))
	}
	return list(bodies, p, len(all)), nil
}

func (c *call) requestOfPath() (*request, *refusal) {
	if r := c.findRequest(c.params["id"]); r != nil {
		return r, nil
	}
	return nil, c.missing()
}

// getRequest is for administrators and for those who own the request: its requester and the source's own people.
func getRequest(c *call) (*answer, *refusal) {
	r, bad := c.requestOfPath()
	if bad != nil {
		return nil, bad
	}
	if !c.maySee(r.source) && (r.requester == nil || !c.caller.is(r.requester.ID)) {
		return nil, forbidden()
	}
	return success(c.requestBody(r)), nil
}

func deleteRequest(c *call) (*answer, *refusal) {
	r, bad := c.requestOfPath()
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(r.source) {
		return nil, forbidden()
	}
	c.requests = slices.DeleteFunc(c.requests, func(other *request) bool { return other == r })
	c.audit("NON_EMPLOYEE_REQUEST_DELETED", c.caller.name(), r.accountName, map[string]string{"accountName": r.accountName, "sourceId": r.source.sourceID})
	return noContent(), nil
}

func requestSummary(c *call) (*answer, *refusal) {
	who, bad := c.requestedFor(c.params["requested-for"])
	if bad != nil {
		return nil, bad
	}
	var sum struct {
		Approved         int32 `json:"approved"`
		Rejected         int32 `json:"rejected"`
		Pending          int32 `json:"pending"`
		NonEmployeeCount int32 `json:"nonEmployeeCount"`
	}
	mine := c.sourcesOf(who)
	for _, src := range mine {
		sum.NonEmployeeCount += int32(len(src.records))
	}
	for _, r := range c.requests {
		if !slices.Contains(mine, r.source) {
			continue
		}
		switch r.status {
		case statusApproved:
			sum.Approved++
		case statusRejected:
			sum.Rejected++
		case statusPending:
			sum.Pending++
		}
	}
	return success(sum), nil
}

// day is how the detail of an approval writes dates: the only place where the description has the format date.
func day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	text, _, _ := strings.Cut(at.UTC().Format(time.RFC3339), "T")
	return text
}
