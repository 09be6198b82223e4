package schema

// A Source is one non-employee source of one tenant. It has two ids: ID is the non-employee service's own (a dashed UUID),
// SourceID is the tenant-wide one (32 hex digits), which the paths of the API take.
type Source struct {
	Tenant   Tenant `json:"tenant"`
	ID       string `json:"id"`
	SourceID string `json:"sourceId"`
	Name     string `json:"name"`
	Count    int    `json:"records"` // records in it when it was described; -1 where the service did not say
}

// A Tenant is where a source lives, as the access token says.
type Tenant struct {
	ID  string `json:"id"`
	Org string `json:"org"`
}

// Access is what a token may do, as far as the token itself tells.
type Access struct {
	User     bool   `json:"user"`     // bound to a person (a personal access token); an application's token cannot patch
	UserName string `json:"userName"` // of that person; empty for an application
	Identity string `json:"identity"` // id of that person's identity
	Admin    bool   `json:"admin"`    // the token lists the org admin authority; without it only end dates may be changed
}
