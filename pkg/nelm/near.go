package nelm

import (
	"slices"
	"strings"
)

// nearNames returns up to five names that somebody may have meant: those that contain the given one or are few changes
// away from it, nearest first, or all of them where there are no more than five.
func nearNames(all []sourceBody, name string) []string {
	const most = 5
	type near struct {
		name     string
		distance int
	}
	var found []near
	wanted := []rune(strings.ToLower(strings.TrimSpace(name)))
	for _, b := range all {
		have := strings.ToLower(b.Name)
		d := distance(wanted, []rune(have))
		switch {
		case len(wanted) > 2 && strings.Contains(have, string(wanted)):
			d = 0
		case d > max(len(wanted)/3, 1) && len(all) > most:
			continue
		}
		found = append(found, near{b.Name, d})
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.distance - b.distance })
	var names []string
	for _, n := range found[:min(len(found), most)] {
		names = append(names, n.name)
	}
	return names
}

// distance is how many insertions, deletions and replacements of one character turn a into b (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
