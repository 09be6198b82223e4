package csvio

import (
	"fmt"
	"strings"
	"unicode"
)

// Outside gives the texts of the lines above and below the table, which were not read as records: each cell, and each word of it.
// Whoever asks who is missing from the list must take what stands there for present, whatever column it stands in.
func (l *List) Outside() []string {
	lines := make([][]string, 0, len(l.above)+len(l.foot.rows))
	for _, r := range l.above {
		lines = append(lines, r.cells)
	}
	for _, r := range l.foot.rows {
		lines = append(lines, r.cells)
	}
	var texts []string
	for _, cells := range lines {
		for _, c := range cells {
			if c = strings.TrimSpace(c); c == "" {
				continue
			}
			texts = append(texts, c)
			words := strings.FieldsFunc(c, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:()", r) })
			if len(words) > 1 || len(words) == 1 && words[0] != c {
				texts = append(texts, words...)
			}
		}
	}
	return texts
}

// unreadWords says how many lines with text stand above and below the table.
func (l *List) unreadWords() string {
	above := 0
	for _, r := range l.above {
		if joinTexts(r.cells) != "" && !isSepLine(r) {
			above++
		}
	}
	var words string
	for _, part := range []struct {
		n     int
		where string
	}{{above, "above"}, {len(l.foot.rows), "below"}} {
		switch {
		case part.n == 1:
			words += fmt.Sprintf(", 1 line %s not read", part.where)
		case part.n > 1:
			words += fmt.Sprintf(", %d lines %s not read", part.n, part.where)
		}
	}
	return words
}
