package plan

import (
	"fmt"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Scope is the part of a source that a list speaks for: the records with one value of one attribute. The zero Scope is the
// whole source.
type Scope struct {
	Attribute string // technical name
	Value     string // compared without case and surrounding spaces
}

// ParseScope reads ATTRIBUTE=VALUE, such as vendor=ACME, for a source with the given attributes.
func ParseScope(s string, names []string) (Scope, error) {
	if s == "" {
		return Scope{}, nil
	}
	attribute, value, ok := strings.Cut(s, "=")
	attribute, value = strings.TrimSpace(attribute), strings.TrimSpace(value)
	if !ok || attribute == "" || value == "" {
		return Scope{}, fmt.Errorf("%q is no scope: give ATTRIBUTE=VALUE, such as vendor=ACME", s)
	}
	for _, n := range names {
		if n == attribute {
			return Scope{Attribute: attribute, Value: value}, nil
		}
	}
	return Scope{}, fmt.Errorf("the scope's attribute %q is none of the source's: %s", attribute, strings.Join(names, ", "))
}

// String is the scope as ParseScope reads it.
func (s Scope) String() string {
	if s.Attribute == "" {
		return ""
	}
	return s.Attribute + "=" + s.Value
}

// Covers reports whether a value of the scope's attribute lies in the scope.
func (s Scope) Covers(value string) bool {
	return s.Attribute == "" || strings.EqualFold(strings.TrimSpace(value), s.Value)
}

// outside says how a record lies outside the scope; empty where it lies in it.
func (s Scope) outside(r *schema.Record) string {
	if s.Attribute == "" {
		return ""
	}
	value, _ := r.Get(s.Attribute)
	if s.Covers(value) {
		return ""
	}
	return fmt.Sprintf("outside the scope %s (%s is %q)", s, s.Attribute, value)
}
