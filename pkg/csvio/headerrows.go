package csvio

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// headerMost is how many rows a header may be spread over where nobody said how many.
const headerMost = 4

// header makes one row of headings of the rows that a header is spread over. A heading is what stands in its column from above
// to below, joined by spaces and each text once. A text over several columns, which stands in the first of them alone, counts
// for those on its right that have a text under it, up to the next text. Where that gives no known name and the lowest text
// alone is one that no other column has, as in "Person" over "First Name", it is the heading.
func (m *mapper) header(rows []headRow) headRow {
	h := rows[0]
	if len(rows) == 1 {
		return h
	}
	h.rec.end = rows[len(rows)-1].rec.end
	h.rec.breaks = 0
	width := 0
	for _, r := range rows {
		h.rec.breaks += r.rec.breaks
		width = max(width, len(r.cells))
	}
	texts := make([][]string, len(rows))
	for i, r := range rows {
		texts[i] = make([]string, width)
		for j, c := range r.cells {
			texts[i][j] = strings.TrimSpace(c)
		}
	}
	spread(texts)
	lowest := make([]string, width)
	count := make(map[string]int)
	h.cells = make([]string, width)
	for j := range width {
		var parts []string
		for i := range texts {
			if t := texts[i][j]; t != "" && (len(parts) == 0 || parts[len(parts)-1] != t) {
				parts = append(parts, t)
			}
		}
		h.cells[j] = strings.Join(parts, " ")
		if len(parts) > 0 {
			lowest[j] = parts[len(parts)-1]
			count[fold(lowest[j])]++
		}
	}
	h.lowest = lowest
	for j, heading := range h.cells {
		if _, known := m.attribute(heading); known || count[fold(lowest[j])] != 1 {
			continue
		}
		if _, known := m.attribute(lowest[j]); known {
			h.cells[j] = lowest[j]
		}
	}
	return h
}

// spread copies texts that stand over several columns to the columns that they stand for.
func spread(texts [][]string) {
	below := func(i, j int) string {
		for _, row := range texts[i+1:] {
			if row[j] != "" {
				return row[j]
			}
		}
		return ""
	}
	for i, row := range texts[:len(texts)-1] {
		group := -1
		for j := range row {
			if i > 0 && group >= 0 && texts[i-1][j] != texts[i-1][group] {
				group = -1
			}
			switch {
			case row[j] != "":
				group = -1
				if under := below(i, j); under != "" && under != row[j] {
					group = j
				}
			case group >= 0 && below(i, j) != "":
				row[j] = row[group]
			default:
				group = -1
			}
		}
	}
}

// names gives the attributes that the cells of a header name, by column.
func (m *mapper) names(h headRow) map[int]string {
	names := make(map[int]string)
	for i, c := range h.cells {
		if name, known := m.attribute(c); known {
			names[i] = name
		}
	}
	return names
}

// headerSpan says over which rows the header is spread that has rows[at], the row with the most known names. Another row belongs
// to it if every known name stays what it is and stands once, and joining the two makes more columns known, or cells are merged from the one
// into the other, or the lower one says every name once more in other words, or completes the upper as only headings do. above says whether rows before at may belong to it.
func (m *mapper) headerSpan(rows []headRow, at int, above bool) (first, n int) {
	first, n = at, 1
	for n < headerMost {
		now := m.names(m.header(rows[first : first+n]))
		switch {
		case first+n < len(rows) && m.goesOn(rows[first:], n, now):
			n++
		case above && first > 0 && m.beginsAbove(rows[first-1:], n, now):
			first--
			n++
		default:
			return first, n
		}
	}
	return first, n
}

// goesOn reports whether a header of n rows goes on in the row behind it.
func (m *mapper) goesOn(rows []headRow, n int, now map[int]string) bool {
	last, next := rows[n-1], rows[n]
	if next.blank || next.rec.faults != 0 {
		return false
	}
	then := m.names(m.header(rows[:n+1]))
	if loses(now, then) || doubles(then) && !doubles(now) {
		return false
	}
	if len(then) > len(now) || mergedInto(last, next) || m.renames(last, next) {
		return true
	}
	return n == 1 && len(rows) > 2 && m.completes(last, next, rows[2], now)
}

// beginsAbove reports whether a header that is in n rows behind rows[0] begins there. A single text in the first column is a
// title.
func (m *mapper) beginsAbove(rows []headRow, n int, now map[int]string) bool {
	above := rows[0]
	if above.blank || above.rec.faults != 0 || len(above.cells) == 0 || joinTexts(above.cells[1:]) == "" {
		return false
	}
	then := m.names(m.header(rows[:n+1]))
	return !loses(now, then) && (doubles(now) || !doubles(then)) && (len(then) > len(now) || mergedInto(above, rows[1]))
}

// loses reports whether a known name is another, or none, afterwards.
func loses(before, after map[int]string) bool {
	for i, name := range before {
		if now, known := after[i]; !known || now != name {
			return true
		}
	}
	return false
}

// doubles reports whether two columns have one name.
func doubles(names map[int]string) bool {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// mergedInto reports whether a cell of a sheet is merged from one row into the next.
func mergedInto(upper, lower headRow) bool {
	for i, merged := range lower.merged {
		if merged && i < len(upper.cells) && lower.cells[i] == upper.cells[i] {
			return true
		}
	}
	return false
}

// renames reports whether lower names every known column of upper by another of its names, as label and technical name.
func (m *mapper) renames(upper, lower headRow) bool {
	names, again := m.names(upper), m.names(lower)
	return len(names) > 1 && !loses(names, again) && !slices.Equal(upper.cells, lower.cells)
}

// completes reports whether lower can only be the second row of a header: it has words alone, none of them in a column that is
// known, and every one under a heading or beside one that stands over both; at least one heading stands over two; and the
// next row has something in a known column.
func (m *mapper) completes(upper, lower, next headRow, known map[int]string) bool {
	text := func(r headRow, i int) string {
		if i < len(r.cells) {
			return strings.TrimSpace(r.cells[i])
		}
		return ""
	}
	group, wide := false, false
	for i := range max(len(upper.cells), len(lower.cells)) {
		over, under := text(upper, i), text(lower, i)
		if under == "" {
			group = false
			continue
		}
		_, named := known[i]
		_, lettered := m.given["["+letter(i)+"]"]
		if named || lettered || !looksLikeWords(under) || over == "" && !group {
			return false
		}
		wide = wide || over == ""
		group = true
	}
	for i := range known {
		if wide && text(next, i) != "" {
			return true
		}
	}
	return false
}

func looksLikeWords(s string) bool {
	return utf8.RuneCountInString(s) <= 40 && !strings.Contains(s, "@") && !strings.ContainsFunc(s, unicode.IsDigit) && strings.ContainsFunc(s, unicode.IsLetter)
}

// spanAmong gives the index of the first of n rows in turn that name the most attributes together, and how many; -1 if none do.
// Of neighbours that name equally many, it is the last: what stands above may be a title. A row with a person is none of them.
func (m *mapper) spanAmong(rows []headRow, n int) (at, known int) {
	at = -1
	for i := 0; i+n <= len(rows); i++ {
		if slices.ContainsFunc(rows[i:i+n], func(r headRow) bool { return r.blank || personAmong(r.cells) != "" }) {
			continue
		}
		if k := len(m.names(m.header(rows[i : i+n]))); k > known || k > 0 && k == known && i == at+1 {
			at, known = i, k
		}
	}
	return at, known
}

// headerWords says where the header is: on row 3, on rows 1 and 2, nowhere.
func headerWords(row int64, rows int) string {
	switch rows {
	case 0:
		return "no header row"
	case 1:
		return fmt.Sprintf("header on row %d", row)
	case 2:
		return fmt.Sprintf("header on rows %d and %d", row, row+1)
	}
	return fmt.Sprintf("header on rows %d to %d", row, row+int64(rows)-1)
}
