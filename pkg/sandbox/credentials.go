package sandbox

import (
	"crypto/subtle"
	"fmt"
	"strings"
)

// Credential is one pair of client id and secret that the token endpoint takes.
type Credential struct {
	ClientID, Secret string
	// IdentityID and Alias are those of the user behind a personal access token, and empty for an application.
	IdentityID, Alias string
}

// Credentials are all that the sandbox knows. The first, third and fourth are personal access tokens; Application is bound to no user.
type Credentials struct {
	Admin       Credential
	Application Credential
	// Owner owns or manages the seed's first source that names somebody for it.
	Owner Credential
	// Approver is the first approver that the seed names.
	Approver Credential
}

func newCredentials(c *cast, random uint64) Credentials {
	credential := func(role string, who *Identity) Credential {
		name := fmt.Sprint(role, " ", random)
		cred := Credential{ClientID: madeUpID("client", name), Secret: madeUpID("secret", name) + madeUpID("more secret", name)}
		if who != nil {
			cred.IdentityID, cred.Alias = who.ID, who.Alias
		}
		return cred
	}
	return Credentials{credential("admin", c.admin), credential("application", nil), credential("owner", c.owner), credential("approver", c.approver)}
}

// find returns the caller that a client id and secret stand for, or nil.
func (c *Credentials) find(t *tenant, clientID, secret string) *caller {
	for _, cred := range []Credential{c.Admin, c.Application, c.Owner, c.Approver} {
		if cred.ClientID != clientID || subtle.ConstantTimeCompare([]byte(cred.Secret), []byte(secret)) != 1 {
			continue
		}
		return &caller{
			clientID: clientID, identity: t.byID[cred.IdentityID],
			admin: clientID == c.Admin.ClientID || clientID == c.Application.ClientID, scopes: []string{"sp:scopes:all"},
		}
	}
	return nil
}

// Credentials gives the client ids and secrets of the sandbox.
func (s *Sandbox) Credentials() Credentials { return s.credentials }

// Env gives the environment of a client as lines that a shell can source. baseURL is where the sandbox is served, without a version.
func (s *Sandbox) Env(baseURL string) []byte {
	c := s.credentials
	var b strings.Builder
	for _, v := range [][2]string{
		{"SAIL_BASE_URL", strings.TrimSuffix(baseURL, "/")},
		{"SAIL_CLIENT_ID", c.Admin.ClientID},
		{"SAIL_CLIENT_SECRET", c.Admin.Secret},
		{"NELM_OWNER_ID", s.cast.owner.ID},
		{"NELM_OTHER_ID", s.cast.other.ID},
		{"NELM_MANAGER", s.cast.manager.Alias},
		{"NELM_APPROVER_ID", s.cast.admin.ID},
		{"SANDBOX_CLIENT_ID", c.Application.ClientID},
		{"SANDBOX_CLIENT_SECRET", c.Application.Secret},
		{"SANDBOX_OWNER_CLIENT_ID", c.Owner.ClientID},
		{"SANDBOX_OWNER_CLIENT_SECRET", c.Owner.Secret},
		{"SANDBOX_APPROVER_CLIENT_ID", c.Approver.ClientID},
		{"SANDBOX_APPROVER_CLIENT_SECRET", c.Approver.Secret},
	} {
		fmt.Fprintf(&b, "export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
	}
	return []byte(b.String())
}
