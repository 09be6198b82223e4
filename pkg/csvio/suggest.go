package csvio

import (
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Suggestion is what a heading seems to mean.
type Suggestion struct {
	Heading   string
	Attribute string // technical name; empty where nothing comes near
	Certain   bool   // the heading is the technical name or the label itself
}

// Suggest guesses which attribute each heading means, each attribute once: what is certain first, then what comes near, in the
// order of the headings. Guesses are for a person to confirm; reading never makes them.
func Suggest(headings []string, s *schema.Schema) []Suggestion {
	all := make([]Suggestion, len(headings))
	var taken []string
	for i, h := range headings {
		all[i].Heading = h
		for _, a := range s.Attributes {
			if (fold(h) == fold(a.TechnicalName) || fold(h) == fold(a.Label)) && !slices.Contains(taken, a.TechnicalName) {
				all[i].Attribute, all[i].Certain = a.TechnicalName, true
				taken = append(taken, a.TechnicalName)
				break
			}
		}
	}
	for i, h := range headings {
		if all[i].Certain {
			continue
		}
		if name := nearest(h, s); name != "" && !slices.Contains(taken, name) {
			all[i].Attribute = name
			taken = append(taken, name)
		}
	}
	return all
}
