package schema

import (
	"fmt"
	"strconv"
)

// A Difference is one in which two schemas of a source differ.
type Difference struct {
	Attribute string `json:"attribute"`
	What      string `json:"what"` // added, removed, type, required, system, label, helpText, placeholder or place
	Old       string `json:"old,omitempty"`
	New       string `json:"new,omitempty"`
	Matters   bool   `json:"matters"` // to what is sent: a plan of the one schema is not one of the other
}

// String is the difference in one line.
func (d Difference) String() string {
	switch d.What {
	case "added", "removed":
		return fmt.Sprintf("%s: %s", d.Attribute, d.What)
	}
	return fmt.Sprintf("%s: %s %s → %s", d.Attribute, d.What, orNone(d.Old), orNone(d.New))
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// Differences says in what newer differs from older: attributes that are gone in the order of older, then those that are
// new, changed or elsewhere in the order of newer. The place of an attribute differs only if it stands otherwise among those that both
// have. Two schemas have the same [Schema.Fingerprint] if and only if none of the differences matters.
func Differences(older, newer *Schema) []Difference {
	var found []Difference
	place := make(map[string]int) // among those that both have, from 1
	for _, a := range older.Attributes {
		if _, ok := newer.Attribute(a.TechnicalName); ok {
			place[a.TechnicalName] = len(place) + 1
		} else {
			found = append(found, Difference{Attribute: a.TechnicalName, What: "removed", Matters: true})
		}
	}
	common := 0
	for _, a := range newer.Attributes {
		was, ok := older.Attribute(a.TechnicalName)
		if !ok {
			found = append(found, Difference{Attribute: a.TechnicalName, What: "added", Matters: true})
			continue
		}
		common++
		for _, d := range []Difference{
			{What: "type", Old: string(was.Type), New: string(a.Type), Matters: true},
			{What: "required", Old: strconv.FormatBool(was.Required), New: strconv.FormatBool(a.Required), Matters: true},
			{What: "system", Old: strconv.FormatBool(was.System), New: strconv.FormatBool(a.System), Matters: true},
			{What: "place", Old: strconv.Itoa(place[a.TechnicalName]), New: strconv.Itoa(common), Matters: true},
			{What: "label", Old: was.Label, New: a.Label},
			{What: "helpText", Old: was.HelpText, New: a.HelpText},
			{What: "placeholder", Old: was.Placeholder, New: a.Placeholder},
		} {
			if d.Old != d.New {
				d.Attribute = a.TechnicalName
				found = append(found, d)
			}
		}
	}
	return found
}
