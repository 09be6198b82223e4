package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	stateActive   = "ACTIVE"
	stateShort    = "INACTIVE_SHORT_TERM"
	stateLongTerm = "INACTIVE_LONG_TERM"
)

// addIdentity fills in what an identity lacks and adds it. The caller has checked that neither id nor alias is taken.
func (t *tenant) addIdentity(given Identity) *Identity {
	who := given
	if who.Alias == "" {
		who.Alias = who.ID
	}
	if who.ID == "" {
		who.ID = madeUpID("identity", who.Alias)
	}
	if who.Name == "" {
		who.Name = strings.TrimSpace(who.FirstName + " " + who.LastName)
	}
	if who.Name == "" {
		who.Name = nameOfAlias(who.Alias)
	}
	first, last, _ := strings.Cut(who.Name, " ")
	if who.FirstName == "" {
		who.FirstName = first
	}
	if who.LastName == "" {
		who.LastName = last
	}
	if who.Email == "" {
		who.Email = strings.ReplaceAll(strings.ToLower(who.Alias), " ", ".") + "@" + t.org + ".example"
	}
	if who.IdentityState == "" {
		who.IdentityState = stateActive
	}
	t.identities = append(t.identities, &who)
	t.byID[who.ID] = &who
	t.byAlias[strings.ToLower(who.Alias)] = &who
	return &who
}

// madeUpID is a 32-hex id that depends on nothing but what it is for, so that it does not change when a seed is reordered.
func madeUpID(kind, name string) string {
	sum := sha256.Sum256([]byte("sandbox " + kind + " " + name))
	return hex.EncodeToString(sum[:16])
}

// nameOfAlias makes "Jane Doe" of "jane.doe".
func nameOfAlias(alias string) string {
	words := strings.FieldsFunc(alias, func(r rune) bool { return r == '.' || r == '_' || r == ' ' })
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		words[i] = string(unicode.ToUpper(first)) + word[size:]
	}
	return strings.Join(words, " ")
}

// findIdentity finds an identity by id or alias.
func (t *tenant) findIdentity(ref string) *Identity {
	if who := t.byID[ref]; who != nil {
		return who
	}
	return t.byAlias[strings.ToLower(ref)]
}

func (t *tenant) managerExists(manager string) bool {
	if t.set.is("manager-accepts", "any") {
		return true
	}
	if who := t.byAlias[strings.ToLower(manager)]; who != nil {
		return who.Alias == manager || t.set.is("manager-case", "insensitive")
	}
	return t.set.is("manager-accepts", "alias-or-id") && t.byID[manager] != nil
}

// recordCreated makes the identity of a new record, where the switch "record-identities" says that there is an identity profile.
func (t *tenant) recordCreated(r *record) {
	if t.set.is("record-identities", "none") || t.byAlias[strings.ToLower(r.accountName)] != nil {
		return
	}
	t.addIdentity(Identity{ID: madeUpID("record", r.id), Alias: r.accountName, FirstName: r.firstName, LastName: r.lastName, Email: r.email})
}

func (t *tenant) recordDeleted(r *record) {
	who := t.byID[madeUpID("record", r.id)]
	if who == nil {
		return
	}
	if t.set.is("record-identities", "kept") {
		inactive := *who
		inactive.IdentityState = stateLongTerm
		t.identities[slices.Index(t.identities, who)] = &inactive
		t.byID[who.ID] = &inactive
		t.byAlias[strings.ToLower(who.Alias)] = &inactive
		return
	}
	t.identities = slices.DeleteFunc(t.identities, func(other *Identity) bool { return other == who })
	delete(t.byID, who.ID)
	delete(t.byAlias, strings.ToLower(who.Alias))
}
