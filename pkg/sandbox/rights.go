package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// caller is whoever a token speaks for.
type caller struct {
	clientID string
	identity *Identity // nil for an application
	admin    bool
	scopes   []string
	tokenID  string
}

// name is what audit events show as the actor.
func (w *caller) name() string {
	if w.identity == nil {
		return "application"
	}
	return w.identity.Name
}

func (w *caller) is(identityID string) bool { return w.identity != nil && w.identity.ID == identityID }

// authorize holds a caller against the operation's security: the kind of its token and its scopes.
func (w *caller) authorize(op *operation) *refusal {
	if op.userOnly && w.identity == nil {
		return forbidden()
	}
	have := func(scope string) bool { return slices.Contains(w.scopes, scope) }
	if have("sp:scopes:all") || have(op.scope) || op.scope == scopeRead && have(scopeManage) || have("sp:scopes:default") && op.scope == "sp:scopes:default" {
		return nil
	}
	return forbidden()
}

// manages tells whether the caller is what the description calls an owner of the source: its owner or one of its account managers.
func (c *call) manages(src *source) bool {
	return c.caller.is(src.owner) || slices.ContainsFunc(src.accountManagers, c.caller.is)
}

// mayDoAll tells whether the caller has the idn:nesr rights for a source; src is nil for what belongs to no source yet.
func (c *call) mayDoAll(src *source) bool {
	return c.caller.admin || c.set.is("user-levels", "source-admin") && c.caller.identity != nil && (src == nil || c.manages(src))
}

// maySee tells whether the caller may read a source and its records.
func (c *call) maySee(src *source) bool {
	return c.caller.admin || !c.set.is("user-levels", "admin-only") && c.manages(src)
}

// requestedFor reads whom a list is asked for: an identity's id, or "me". Anybody may ask for themselves, and only an administrator
// for others. The answer is "" when nobody was named.
func (c *call) requestedFor(text string) (identityID string, bad *refusal) {
	switch {
	case text == "":
		return "", nil
	case text == "me" && c.caller.identity == nil:
		return "", badContent("requested-for cannot be me without a user")
	case text == "me":
		return c.caller.identity.ID, nil
	case !c.caller.admin && !c.caller.is(text):
		return "", forbidden()
	}
	return text, nil
}

// sourcesOf are the sources that an identity owns or manages.
func (t *tenant) sourcesOf(identityID string) (mine []*source) {
	for _, src := range t.sources {
		if src.owner == identityID || slices.Contains(src.accountManagers, identityID) {
			mine = append(mine, src)
		}
	}
	return mine
}

// bearer takes the token out of a request.
func bearer(h http.Header) (token string, ok bool) {
	const prefix = "bearer "
	text := h.Get("Authorization")
	if len(text) <= len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return "", false
	}
	return text[len(prefix):], true
}
