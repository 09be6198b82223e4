package schema

import "fmt"

// saidOnce is what is said once for the list instead of once for each cell.
type saidOnce struct {
	misplaced []shape // by column: what stands in it that belongs elsewhere, or shapeOther
	under     []int   // by column: that under which it is said, where it is misplaced
	spoils    bool    // every row is bad for it
	keyTurn   bool    // account names and another column's cells are swapped
	termsTurn bool    // start and end are swapped
	zoneless  int64   // cells that need a zone where none is named
	zoneSaid  bool
}

// covers says whether a finding about a cell is part of what is said once.
func (s *saidOnce) covers(in *inspector, code string, col int) bool {
	switch code {
	case CodeEndBefore, CodeAlreadyEnded, CodeEndMidnight, CodeStartFar, CodeTermLong:
		return s.termsTurn
	case CodeDateZone:
		said := s.zoneSaid
		s.zoneSaid = true
		return said
	case CodeEmailBad, CodePhoneBad, CodeDateBad, CodeDateAmbiguous, CodePhoneDamaged:
		return s.isMisplaced(col, in.cell(col))
	}
	return false
}

// isMisplaced says whether a cell is one of those for which its column is misplaced.
func (s *saidOnce) isMisplaced(col int, cell []byte) bool {
	got := s.misplaced[col]
	if got == shapeOther {
		return false
	}
	is := shapeOf(cell)
	return is == got || is.isNaming() && got.isNaming()
}

// A fit is how well a shape suits a column.
type fit uint8

const (
	fitsNot fit = iota
	fitsSo      // it may stand there
	fitsWell
)

// fits says how well cells of a shape suit a column. What is not known to be wrong fits.
func (c *Checker) fits(i int, k shape) fit {
	switch col := &c.columns[i]; {
	case k == shapeOther:
		return fitsWell
	case col.kind == kindMail:
		return well(k == shapeMail)
	case (col.kind == kindDate || col.kind == kindPhone) && k == shapeNumber: // days as spreadsheets count them, and extensions
		return fitsSo
	case col.kind == kindDate:
		return well(k == shapeDate)
	case col.kind == kindPhone:
		return well(k == shapePhone)
	case i == c.key && (k == shapeMail || k == shapePhone || k == shapeWord):
		return fitsSo
	case i == c.key:
		return well(k == shapeLogin || k == shapeNumber)
	case i == c.first || i == c.last:
		return well(k == shapeName || k == shapeWord)
	case i == c.manager:
		return well(k != shapeDate && k != shapePhone)
	}
	return fitsWell
}

func well(is bool) fit {
	if is {
		return fitsWell
	}
	return fitsNot
}

// isNamed says whether a column is one in which people are named or reached, so that two of them can be told apart when they are swapped.
func (c *Checker) isNamed(i int) bool {
	return i == c.key || i == c.first || i == c.last || i == c.manager || c.expects(i) != shapeOther
}

// expects is the one shape that the type of a column demands, or shapeOther.
func (c *Checker) expects(i int) shape {
	switch c.columns[i].kind {
	case kindMail:
		return shapeMail
	case kindPhone:
		return shapePhone
	case kindDate:
		return shapeDate
	}
	return shapeOther
}

// swappedWith is the column that holds what belongs in the column at i, while that holds what belongs there; -1 if there is none.
func (c *Checker) swappedWith(i int, most []shape) int {
	if !c.isNamed(i) || c.fits(i, most[i]) != fitsNot {
		return -1
	}
	for j, other := range most {
		if j != i && other != shapeOther && other != most[i] && c.isNamed(j) && c.fits(j, other) != fitsWell && c.fits(i, other) != fitsNot && c.fits(j, most[i]) != fitsNot {
			return j
		}
	}
	return -1
}

// saySwapped says which columns hold what belongs in another. Two that hold each other's are one finding, and an error; so is one whose type
// rules out what it holds. Of account names, people's names and managers alone it is only likely. Single words and numbers are said to be in the
// wrong column only if another holds what belongs there.
func (c *Checker) saySwapped(s *study, once *saidOnce, say func(code string, col int, message, hint string)) {
	most := make([]shape, len(c.columns))
	for i := range most {
		most[i] = s.columns[i].shapeMost()
	}
	said := make([]bool, len(c.columns))
	for i, got := range most {
		if said[i] {
			continue
		}
		if j := c.swappedWith(i, most); j >= 0 && !said[j] && c.wants(CodeColumnSwapped) {
			first, second := min(i, j), max(i, j)
			for _, col := range []int{i, j} {
				said[col], once.under[col] = true, first
				once.keyTurn = once.keyTurn || col == c.key
				if c.fits(col, most[col]) == fitsNot {
					once.misplaced[col] = most[col]
				}
			}
			once.spoils = true
			say(CodeColumnSwapped, first, fmt.Sprintf("%s holds %s and %s holds %s: they look swapped", c.named(first), shapeWords[most[first]], c.named(second), shapeWords[most[second]]),
				fmt.Sprintf("swap the two columns in the mapping with --map %q --map %q", c.mapping(first, second), c.mapping(second, first)))
			continue
		}
		if c.fits(i, got) != fitsNot || got >= shapeWord {
			continue
		}
		code := CodeColumnSwapped
		if c.expects(i) == shapeOther {
			code = CodeColumnOdd
		}
		if !c.wants(code) {
			continue // then each of its cells is said
		}
		once.misplaced[i], once.under[i] = got, i
		once.spoils = once.spoils || code == CodeColumnSwapped
		say(code, i, fmt.Sprintf("%s holds %s", c.named(i), shapeWords[got]), c.remap(i, got))
	}
}

// remap says what to do about a column that holds a shape which belongs elsewhere.
func (c *Checker) remap(i int, got shape) string {
	name := c.columns[i].attribute.TechnicalName
	for _, to := range []struct {
		shape  shape
		column int
		name   string
	}{{shapeMail, c.mail, EmailName}, {shapePhone, c.phone, PhoneName}} {
		if got == to.shape && to.column < 0 {
			return fmt.Sprintf("give the column to %s with --map %q, and with another --map the right one to %s", to.name, c.header(i)+"="+to.name, name)
		}
	}
	return fmt.Sprintf("map the column that holds the right values to %s with --map \"HEADER=%s\"", name, name)
}
