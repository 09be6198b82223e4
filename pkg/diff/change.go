// Package diff compares two lists of records by meaning. It knows neither files nor the clock nor limits.
//
// [Compare] is made for a million rows. It reads the current side once and keeps, of each record, two hashes and where it
// stands: one hash of the key folded, one of the key as it is spelt and the values in canonical form. Then it reads the desired
// list, looks each row's folded key up, and passes over it where the contents agree, which is most rows of most lists. What
// is left, and it alone, is read again on both sides, in runs that are sorted by where the rows stand, and compared cell by
// cell. A hash of 128 bits is trusted to say that two rows are the same; that they differ is never taken from a hash.
package diff

import "github.com/nelm-reconcile/nelm-reconcile/pkg/schema"

// A Kind says what a [Change] is about.
type Kind string

const (
	Create  Kind = "create"  // in the desired list only
	Update  Kind = "update"  // in both, and at least one attribute means something else
	Missing Kind = "missing" // in the current list only; what that means is the planner's to say
	Blocked Kind = "blocked" // a finding keeps it from being touched; without a desired row: a current record that no row can be about
	Rename  Kind = "rename"  // a suspected rename: one person under two account names, nothing is done to either
)

// A Change is one difference between the two lists.
type Change struct {
	Kind     Kind                 `json:"kind"`
	Key      string               `json:"key"`                // the account name in the spelling of the current side where there is one, else of the desired side; empty where it could not be read
	Desired  *schema.Record       `json:"desired,omitempty"`  // nil for Missing; its values are wire forms, as they are sent
	Current  *schema.Record       `json:"current,omitempty"`  // nil for Create
	Fields   []schema.FieldChange `json:"fields,omitempty"`   // of an Update, in template order
	Findings []schema.Finding     `json:"findings,omitempty"` // why it is blocked or suspected, and warnings about the row
}

// A Summary counts what a comparison saw. Every desired row is the same, created, updated, renamed or blocked; every current
// record is the same, updated, renamed, missing, held, or the record of a blocked row.
type Summary struct {
	Desired int64            `json:"desired"` // rows of the desired list
	Current int64            `json:"current"` // records of the current list
	Same    int64            `json:"same"`
	Created int64            `json:"created"`
	Updated int64            `json:"updated"`
	Missing int64            `json:"missing"`
	Blocked int64            `json:"blocked"`
	Held    int64            `json:"held,omitempty"` // of the blocked, those that have no desired row
	Renamed int64            `json:"renamed"`
	Fields  map[string]int64 `json:"fields,omitempty"` // updates per attribute
	NoKey   int64            `json:"noKey,omitempty"`  // desired rows whose key could not be read
	Strays  []Stray          `json:"-"`                // answers about renames that are about nobody
}
