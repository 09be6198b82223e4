package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// newTenant builds the state that a seed describes.
func newTenant(seed *Seed, o Options, set settings, clock Clock) (*tenant, *cast, error) {
	t := &tenant{
		clock: clock, ids: newIDSource(o.Random, 1), set: set, jobs: o.Jobs.withDefaults(),
		org: seed.Org, id: seed.TenantID, pod: seed.Pod,
		byID: map[string]*Identity{}, byAlias: map[string]*Identity{}, records: map[string]*record{},
	}
	if t.org == "" {
		t.org = "acme"
	}
	if t.pod == "" {
		t.pod = "sandbox"
	}
	if t.id == "" {
		id := madeUpID("tenant", t.org)
		t.id = id[:8] + "-" + id[8:12] + "-4" + id[13:16] + "-a" + id[17:20] + "-" + id[20:32]
	}
	for i, who := range seed.Identities {
		switch {
		case who.ID == "" && who.Alias == "":
			return nil, nil, fmt.Errorf("seed: identity %d has neither id nor alias", i+1)
		case who.ID != "" && t.byID[who.ID] != nil:
			return nil, nil, fmt.Errorf("seed: identity %d: the id is there twice", i+1)
		case who.Alias != "" && t.byAlias[strings.ToLower(who.Alias)] != nil:
			return nil, nil, fmt.Errorf("seed: identity %d: the alias is there twice", i+1)
		case !slices.Contains([]string{"", stateActive, stateShort, stateLongTerm}, who.IdentityState):
			return nil, nil, fmt.Errorf("seed: identity %d: identityState %q is none of ACTIVE, INACTIVE_SHORT_TERM, INACTIVE_LONG_TERM", i+1, who.IdentityState)
		}
		t.addIdentity(who)
	}
	actors := t.castRoles(seed)
	if len(seed.Sources) > maxSources {
		return nil, nil, fmt.Errorf("seed: %d sources, and a tenant holds %d", len(seed.Sources), maxSources)
	}
	for i := range seed.Sources {
		if err := t.buildSource(&seed.Sources[i], actors, len(seed.Identities) == 0); err != nil {
			return nil, nil, fmt.Errorf("seed: source %d (%s): %w", i+1, seed.Sources[i].Name, err)
		}
	}
	return t, actors, nil
}

// cast says which identity stands behind which credential and name of the environment file.
type cast struct{ admin, owner, approver, other, manager *Identity }

// castRoles gives every role an identity: those of the seed where it names them, and made-up ones where it does not.
func (t *tenant) castRoles(seed *Seed) *cast {
	standing := func(role string) *Identity {
		if who := t.byAlias["sandbox."+role]; who != nil {
			return who
		}
		return t.addIdentity(Identity{Alias: "sandbox." + role})
	}
	c := &cast{admin: standing("admin")}
	var owner, approver string
	for _, src := range seed.Sources {
		if owner == "" && len(src.AccountManagers) > 0 {
			owner = src.AccountManagers[0]
		}
		if approver == "" && len(src.Approvers) > 0 {
			approver = src.Approvers[0]
		}
	}
	for _, src := range seed.Sources {
		if owner == "" {
			owner = src.Owner
		}
	}
	c.owner, c.approver = t.identityFor(owner), t.identityFor(approver)
	if c.owner == nil {
		c.owner = standing("owner")
	}
	if c.approver == nil {
		c.approver = standing("approver")
	}
	free := func(who *Identity) bool {
		return who.IdentityState == stateActive && who != c.admin && who != c.owner && who != c.approver
	}
	for _, given := range seed.Identities {
		ref := given.ID
		if ref == "" {
			ref = given.Alias
		}
		who := t.findIdentity(ref)
		switch {
		case !free(who):
		case c.manager == nil:
			c.manager = who
		case c.other == nil:
			c.other = who
		}
	}
	if c.manager == nil {
		c.manager = standing("manager")
	}
	if c.other == nil {
		c.other = standing("other")
	}
	if len(seed.Identities) == 0 {
		t.addIdentity(Identity{Alias: "sandbox.former", IdentityState: stateLongTerm})
	}
	return c
}

// identityFor finds an identity by id or alias, and makes one up for an alias that the seed does not list; nil for the empty text.
func (t *tenant) identityFor(ref string) *Identity {
	if ref == "" {
		return nil
	}
	if who := t.findIdentity(ref); who != nil {
		return who
	}
	if len(ref) == 32 && strings.Trim(ref, "0123456789abcdef") == "" {
		return t.addIdentity(Identity{ID: ref, Alias: "identity." + ref[:8]})
	}
	return t.addIdentity(Identity{Alias: ref})
}

func (t *tenant) buildSource(given *SeedSource, actors *cast, makeManagers bool) error {
	now := t.clock.Now().UTC().Truncate(time.Millisecond)
	switch {
	case given.Name == "":
		return fmt.Errorf("it has no name")
	case slices.ContainsFunc(t.sources, func(src *source) bool { return src.name == given.Name }):
		return fmt.Errorf("the name is there twice")
	case len(given.Approvers) > maxApprovers:
		return fmt.Errorf("%d approvers, and a source has at most %d", len(given.Approvers), maxApprovers)
	case len(given.AccountManagers) > maxAccountManagers:
		return fmt.Errorf("%d account managers, and a source has at most %d", len(given.AccountManagers), maxAccountManagers)
	case len(given.Attributes) > maxCustomAttributes:
		return fmt.Errorf("%d custom attributes, and a source has at most %d", len(given.Attributes), maxCustomAttributes)
	case len(given.Records) > maxRecords:
		return fmt.Errorf("%d records, and a source has at most %d", len(given.Records), maxRecords)
	}
	src := t.newSource(given.Name, given.Description, now)
	if given.ID != "" {
		src.id = given.ID
	}
	if given.SourceID != "" {
		src.sourceID = given.SourceID
	}
	if t.findSource(src.sourceID) != nil {
		return fmt.Errorf("its sourceId is there twice")
	}
	src.owner = actors.owner.ID
	if who := t.identityFor(given.Owner); who != nil {
		src.owner = who.ID
	}
	for _, ref := range given.AccountManagers {
		src.accountManagers = append(src.accountManagers, t.identityFor(ref).ID)
	}
	for _, ref := range given.Approvers {
		src.approvers = append(src.approvers, t.identityFor(ref).ID)
	}
	for _, a := range given.Attributes {
		if a.TechnicalName == "" || src.attribute(a.TechnicalName) != nil {
			return fmt.Errorf("custom attribute %q: the technical name is empty or there twice", a.TechnicalName)
		}
		if a.Type != "" && a.Type != "TEXT" {
			return fmt.Errorf("custom attribute %q: type %q is not TEXT, the only one there is", a.TechnicalName, a.Type)
		}
		label := a.Label
		if label == "" {
			label = a.TechnicalName
		}
		src.attributes = append(src.attributes, &attribute{id: t.ids.uuid(), technicalName: a.TechnicalName, label: label, kind: "TEXT",
			helpText: a.HelpText, placeholder: a.Placeholder, required: a.Required, created: now, modified: now})
	}
	t.sources = append(t.sources, src)
	for i := range given.Records {
		r, err := t.seedRecord(src, &given.Records[i], now)
		if err != nil {
			return fmt.Errorf("record %d: %w", i+1, err)
		}
		if makeManagers {
			t.identityFor(r.manager)
		}
		t.insert(r)
	}
	for i, req := range given.Requests {
		r, err := t.seedRecord(src, &req.Record, now)
		if err != nil {
			return fmt.Errorf("request %d: %w", i+1, err)
		}
		requester := t.identityFor(req.Requester)
		if requester == nil {
			requester = t.byID[slices.Concat(src.accountManagers, []string{src.owner})[0]]
		}
		t.startRequest(src, r.person, requester)
	}
	return nil
}

// seedRecord turns a seed's or a test's record into one of the source, with an id and times if it has none.
func (t *tenant) seedRecord(src *source, given *Record, now time.Time) (*record, error) {
	if given.AccountName == "" {
		return nil, fmt.Errorf("it has no accountName")
	}
	r := &record{id: given.ID, source: src, created: given.Created, modified: given.Modified, person: person{
		accountName: given.AccountName, firstName: given.FirstName, lastName: given.LastName, email: given.Email, phone: given.Phone,
		manager: given.Manager, startDate: given.StartDate.UTC(), endDate: given.EndDate.UTC(),
	}}
	if t.taken(src, r.accountName, nil) {
		return nil, fmt.Errorf("its accountName is there twice")
	}
	if r.id != "" && t.records[r.id] != nil {
		return nil, fmt.Errorf("its id is there twice")
	}
	for _, a := range src.customAttributes() {
		r.addCustom(a.technicalName, given.Data[a.technicalName])
	}
	for name := range given.Data {
		if a := src.attribute(name); a == nil || a.system {
			return nil, fmt.Errorf("data has %q, which is no custom attribute of the source", name)
		}
	}
	if r.id == "" {
		r.id = t.newRecordID()
	}
	if r.created.IsZero() {
		r.created = now
	}
	if r.modified.IsZero() {
		r.modified = r.created
	}
	return r, nil
}

func (t *tenant) newSource(name, description string, now time.Time) *source {
	t.made++
	return &source{
		id: t.ids.uuid(), sourceID: t.ids.hex32(), name: name, description: description,
		cloudExternalID: fmt.Sprint(98_999 + t.made), created: now, modified: now,
		attributes: t.systemAttributes(now), byName: map[string]*record{},
	}
}
