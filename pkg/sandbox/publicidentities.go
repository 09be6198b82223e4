package sandbox

type publicIdentity struct {
	ID            string       `json:"id"`
	Name          string       `json:"name"`
	Alias         string       `json:"alias"`
	Email         string       `json:"email"`
	Status        string       `json:"status"`
	IdentityState string       `json:"identityState"`
	Manager       *identityRef `json:"manager"`
	Attributes    []any        `json:"attributes"`
}

// listPublicIdentities shows who can be a manager. It needs a user, of any level. "add-core-filters" is taken and changes nothing:
// every identity here is correlated and complete.
func listPublicIdentities(c *call) (*answer, *refusal) {
	p, bad := c.readPage("name")
	if bad != nil {
		return nil, bad
	}
	if _, bad := c.boolParam("add-core-filters", false); bad != nil {
		return nil, bad
	}
	let, bad := c.readFilter(supported{
		"id": {"eq", "in"}, "alias": {"eq", "sw"}, "email": {"eq", "sw"}, "firstname": {"eq", "sw"}, "lastname": {"eq", "sw"},
	})
	if bad != nil {
		return nil, bad
	}
	var all []*Identity
	for _, who := range c.identities {
		if let == nil || let(who.field) {
			all = append(all, who)
		}
	}
	sortBy(all, p, (*Identity).field)
	all = unsortedOrder(c, all, p)
	var bodies []publicIdentity
	for _, who := range cut(c, all, p) {
		status := "Active"
		if who.IdentityState != stateActive {
			status = "Inactive"
		}
		bodies = append(bodies, publicIdentity{ID: who.ID, Name: who.Name, Alias: who.Alias, Email: who.Email, Status: status,
			IdentityState: who.IdentityState, Attributes: []any{}})
	}
	return list(bodies, p, len(all)), nil
}

func (who *Identity) field(name string) string {
	switch name {
	case "id":
		return who.ID
	case "alias":
		return who.Alias
	case "email":
		return who.Email
	case "firstname":
		return who.FirstName
	case "lastname":
		return who.LastName
	}
	return who.Name
}
