package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// recordBody is the NonEmployeeRecord of the description. What a record lacks is left out, never null.
type recordBody struct {
	ID          string             `json:"id"`
	AccountName string             `json:"accountName"`
	FirstName   string             `json:"firstName,omitempty"`
	LastName    string             `json:"lastName,omitempty"`
	Email       string             `json:"email,omitempty"`
	Phone       string             `json:"phone,omitempty"`
	Manager     string             `json:"manager,omitempty"`
	SourceID    string             `json:"sourceId"`
	Data        *map[string]string `json:"data,omitempty"`
	StartDate   string             `json:"startDate,omitempty"`
	EndDate     string             `json:"endDate,omitempty"`
	Modified    string             `json:"modified,omitempty"`
	Created     string             `json:"created,omitempty"`
}

func (t *tenant) recordBody(r *record) recordBody {
	return recordBody{
		ID: r.id, AccountName: r.accountName, FirstName: r.firstName, LastName: r.lastName, Email: r.email, Phone: r.phone,
		Manager: r.manager, SourceID: r.source.sourceID, Data: t.dataBody(&r.person),
		StartDate: t.stamp(r.startDate), EndDate: t.stamp(r.endDate), Modified: t.stamp(r.modified), Created: t.stamp(r.created),
	}
}

func (t *tenant) dataBody(p *person) *map[string]string {
	if len(p.data) == 0 && t.set.is("empty-data", "absent") {
		return nil
	}
	m := p.dataMap()
	return &m
}

// capacityError is what the record over the limit of a source gets.
func (t *tenant) capacityError() *refusal {
	text := "Unable to create Non-Employee because the source already has " + strconv.Itoa(maxRecords) + " records."
	if t.set.is("capacity-error", "400.1") {
		return badContent(text)
	}
	return limitViolation(text)
}

func createRecord(c *call) (*answer, *refusal) {
	p, sourceID, problems, bad := c.readPerson(c.body)
	if bad != nil {
		return nil, bad
	}
	var src *source
	if sourceID != "" {
		if src = c.findSource(sourceID); src == nil {
			problems = append(problems, "sourceId "+sourceID+" is not a valid source")
		}
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	if src != nil {
		problems = append(problems, c.checkPerson(&p, nil, src)...)
	}
	if len(problems) > 0 {
		return nil, joinProblems(problems)
	}
	if c.taken(src, p.accountName, nil) {
		return nil, accountNameTaken(p.accountName)
	}
	if len(src.records) >= maxRecords {
		return nil, c.capacityError()
	}
	r := &record{person: p, id: c.newRecordID(), source: src, created: c.now, modified: c.now}
	if c.set.is("upload-approval", "request") && len(src.approvers) > 0 {
		r.id = c.startRequest(src, p, c.caller.identity).id
		return success(c.recordBody(r)), nil
	}
	c.insert(r)
	c.auditRecord("NON_EMPLOYEE_CREATE_PASSED", c.caller.name(), r)
	return success(c.recordBody(r)), nil
}

func recordSorters() []string {
	return []string{"id", "accountName", "sourceId", "manager", "firstName", "lastName", "email", "phone", "startDate", "endDate", "created", "modified"}
}

// sortableTime orders as text the way instants order in time.
func sortableTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000000000") }

func recordField(r *record, field string) string {
	switch field {
	case "id":
		return r.id
	case "sourceId":
		return r.source.sourceID
	case "startDate", "endDate":
		return sortableTime(*r.date(field))
	case "created":
		return sortableTime(r.created)
	case "modified":
		return sortableTime(r.modified)
	}
	return *r.column(field)
}

func listRecords(c *call) (*answer, *refusal) {
	p, bad := c.readPage(recordSorters()...)
	if bad != nil {
		return nil, bad
	}
	let, bad := c.readFilter(supported{"sourceId": {"eq"}})
	if bad != nil {
		return nil, bad
	}
	var picked []*source
	for _, src := range c.sources {
		if c.maySee(src) && (let == nil || let(func(string) string { return src.sourceID })) {
			picked = append(picked, src)
		}
	}
	var all []*record
	if len(picked) == 1 {
		all = c.sortedRecords(picked[0], p)
	} else {
		for _, src := range picked {
			all = append(all, c.recordsAsOf(src, c.lag)...)
		}
		sortBy(all, p, recordField)
	}
	all = unsortedOrder(c, all, p)
	bodies := make([]recordBody, 0, min(p.limit, len(all)))
	for _, r := range cut(c, all, p) {
		bodies = append(bodies, c.recordBody(r))
	}
	return list(bodies, p, len(all)), nil
}

// sortedRecords keeps the order that was asked for last, so that eighty pages of a full source are sorted once.
func (c *call) sortedRecords(src *source, p page) []*record {
	if len(p.sorters) == 0 {
		return c.recordsAsOf(src, c.lag)
	}
	if c.lag > 0 {
		records := slices.Clone(c.recordsAsOf(src, c.lag))
		sortBy(records, p, recordField)
		return records
	}
	if key := p.key(); src.sorted.by != key || src.sorted.changes != src.changes {
		src.sorted = sortedRecords{key, src.changes, slices.Clone(src.records)}
		sortBy(src.sorted.records, p, recordField)
	}
	return src.sorted.records
}

// record finds the record of the path; as it was, if reads lag.
func (c *call) record(lag time.Duration) (*record, *refusal) {
	r := c.recordAsOf(c.params["id"], lag)
	if r == nil {
		return nil, c.missing()
	}
	if !c.maySee(r.source) {
		return nil, forbidden()
	}
	return r, nil
}

func getRecord(c *call) (*answer, *refusal) {
	r, bad := c.record(c.lag)
	if bad != nil {
		return nil, bad
	}
	return success(c.recordBody(r)), nil
}

func putRecord(c *call) (*answer, *refusal) {
	old, bad := c.record(0)
	if bad != nil {
		return nil, bad
	}
	p, sourceID, problems, bad := c.readPerson(c.body)
	if bad != nil {
		return nil, bad
	}
	if sourceID != "" && c.findSource(sourceID) != old.source {
		problems = append(problems, "sourceId cannot be changed")
	}
	return c.update(old, p, problems)
}

// update puts p in the place of a record's values, after all checks of PUT and PATCH.
func (c *call) update(old *record, p person, problems []string) (*answer, *refusal) {
	if !c.mayDoAll(old.source) {
		without := p
		without.endDate = old.endDate
		if !samePerson(&without, &old.person) && len(problems) == 0 {
			return nil, c.ownerRefusal()
		}
	}
	problems = append(problems, c.checkPerson(&p, &old.person, old.source)...)
	if p.accountName != old.accountName && c.set.is("account-name-change", "refused") {
		problems = append(problems, "accountName cannot be changed")
	}
	if len(problems) > 0 {
		return nil, joinProblems(problems)
	}
	if c.taken(old.source, p.accountName, old) {
		return nil, accountNameTaken(p.accountName)
	}
	return success(c.recordBody(c.store(old, p, c.now, c.caller.name()))), nil
}

// store replaces a record's values and returns the new record.
func (t *tenant) store(old *record, p person, now time.Time, actor string) *record {
	if samePerson(&old.person, &p) && t.set.is("no-op", "keeps") {
		return old
	}
	r := &record{person: p, id: old.id, source: old.source, created: old.created, modified: now}
	t.replace(old, r)
	t.auditRecord("NON_EMPLOYEE_UPDATE_PASSED", actor, r)
	return r
}

// ownerRefusal is what an owner gets who wants to change more than the end date.
func (c *call) ownerRefusal() *refusal {
	if c.set.is("owner-patch", "400") {
		return badContent("only endDate can be updated by the owner of the source")
	}
	return forbidden()
}

func deleteRecord(c *call) (*answer, *refusal) {
	r, bad := c.record(0)
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(r.source) {
		return nil, forbidden()
	}
	c.remove(r.source, map[*record]bool{r: true})
	c.auditRecord("NON_EMPLOYEE_DELETE_PASSED", c.caller.name(), r)
	return noContent(), nil
}

func bulkDelete(c *call) (*answer, *refusal) {
	var body struct {
		IDs *[]json.RawMessage `json:"ids"`
	}
	if err := decodeJSON(c.body, &body); err != nil {
		return nil, badSyntax("")
	}
	if body.IDs == nil {
		return nil, joinProblems([]string{"ids is required"})
	}
	if most, limited := c.set.number("bulk-delete-max"); limited && len(*body.IDs) > most {
		return nil, limitViolation("ids must have at most " + strconv.Itoa(most) + " elements")
	}
	gone := map[*source]map[*record]bool{}
	var unknown []string
	for _, raw := range *body.IDs {
		var id string
		if isNull(raw) || json.Unmarshal(raw, &id) != nil {
			return nil, joinProblems([]string{"ids must be a list of strings"})
		}
		r := c.records[id]
		if r == nil {
			unknown = append(unknown, id)
			if c.set.is("bulk-delete-unknown", "partial") {
				break
			}
			continue
		}
		if !c.mayDoAll(r.source) {
			return nil, forbidden()
		}
		if gone[r.source] == nil {
			gone[r.source] = map[*record]bool{}
		}
		gone[r.source][r] = true
	}
	if !c.caller.admin && len(gone) == 0 && !c.mayDoAll(nil) {
		return nil, forbidden()
	}
	refuse := len(unknown) > 0 && !c.set.is("bulk-delete-unknown", "ignore")
	if !refuse || c.set.is("bulk-delete-unknown", "partial") {
		for _, src := range c.sources {
			for _, r := range src.records {
				if gone[src][r] {
					c.auditRecord("NON_EMPLOYEE_DELETE_PASSED", c.caller.name(), r)
				}
			}
			c.remove(src, gone[src])
		}
	}
	if refuse {
		return nil, badContent("unknown ids: " + strings.Join(unknown, ", "))
	}
	return noContent(), nil
}
