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
	case col.kind == kindDate && k == shapeNumber, col.kind == kindPhone && (k == shapeNumber || k == shapeDigits): // days as spreadsheets count them; extensions
		return fitsSo
	case col.kind == kindDate && k == shapeDigits:
		return fitsWell
	case col.kind == kindDate:
		return well(k == shapeDate)
	case col.kind == kindPhone:
		return well(k == shapePhone)
	case i == c.key && (k == shapeMail || k == shapePhone || k == shapeWord):
		return fitsSo
	case i == c.key:
		return well(k == shapeLogin || k == shapeNumber || k == shapeDigits)
	case i == c.first || i == c.last:
		return well(k == shapeName || k == shapeWord)
	case i == c.manager:
		return well(k != shapeDate && k != shapePhone && k != shapeDigits)
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

// A move gives the cells of a column to another's attribute.
type move struct{ from, to int }

// mostMoved is among how many columns an arrangement is looked for.
const mostMoved = 7

// rearrange finds which columns to move so that all hold what suits them: among those that do not hold it well, the arrangement that suits
// best and moves least; some may stay where they do not suit. It returns nothing where all suit, and where two arrangements are as good.
func (c *Checker) rearrange(most []shape) []move {
	var at []int
	wrong := false
	for i, k := range most {
		if c.isNamed(i) && c.fits(i, k) != fitsWell {
			at = append(at, i)
			wrong = wrong || c.fits(i, k) == fitsNot
		}
	}
	if !wrong || len(at) > mostMoved {
		return nil
	}
	var best []int
	bestWorth, bestMoved, tied := -1, 0, false
	var try func(to []int, n, worth, moved int)
	try = func(to []int, n, worth, moved int) {
		if n == len(at) {
			switch {
			case worth > bestWorth || worth == bestWorth && moved < bestMoved:
				best, bestWorth, bestMoved, tied = append(best[:0], to...), worth, moved, false
			case worth == bestWorth && moved == bestMoved:
				tied = true
			}
			return
		}
		for m := n; m < len(at); m++ {
			to[n], to[m] = to[m], to[n]
			if f := c.fits(to[n], most[at[n]]); to[n] == at[n] {
				try(to, n+1, worth+int(f), moved)
			} else if f != fitsNot {
				try(to, n+1, worth+int(f), moved+1)
			}
			to[n], to[m] = to[m], to[n]
		}
	}
	try(append([]int(nil), at...), 0, 0, 0)
	if tied || bestMoved == 0 {
		return nil
	}
	goes := make(map[int]int) // column by column
	for n, to := range best {
		goes[at[n]] = to
	}
	var moves []move
	for _, i := range at {
		if goes[i] != i && c.isWrongAround(i, goes, most) {
			moves = append(moves, move{i, goes[i]})
		}
	}
	return moves
}

// isWrongAround says whether any of the columns that change places with one another holds what does not suit it.
func (c *Checker) isWrongAround(i int, goes map[int]int, most []shape) bool {
	for at := i; ; {
		if c.fits(at, most[at]) == fitsNot {
			return true
		}
		if at = goes[at]; at == i {
			return false
		}
	}
}

// saySwapped says which columns hold what belongs in others. Those that hold each other's are one finding, and an error; so are several that
// hold what is not theirs, as where headings are shifted, and one whose type rules out what it holds. Of account names, people's names and
// managers alone it is only likely. Single words and numbers are said to be in the wrong column only if another holds what belongs there.
func (c *Checker) saySwapped(s *study, once *saidOnce, say func(code string, col int, message, hint string)) {
	most := make([]shape, len(c.columns))
	var wrong, plainly []int
	for i := range most {
		most[i] = s.columns[i].shapeMost()
		if most[i].isNaming() && !s.columns[i].differs {
			most[i] = shapeOther // one word in every row names nobody
		}
		if c.fits(i, most[i]) == fitsNot {
			wrong = append(wrong, i)
			if most[i] < shapeWord {
				plainly = append(plainly, i)
			}
		}
	}
	if c.wants(CodeColumnSwapped) {
		if moves := c.rearrange(most); len(moves) > 0 {
			var at []int
			hint := "swap the two columns in the mapping with"
			if len(moves) > 2 {
				hint = "give each its own in the mapping with"
			}
			for _, m := range moves {
				at = append(at, m.from)
				hint += fmt.Sprintf(" --map %q", c.mapping(m.from, m.to))
			}
			c.mislay(at, most, once)
			how := "they look swapped"
			if len(moves) > 2 {
				how = "they stand in each other's columns"
			}
			say(CodeColumnSwapped, at[0], c.holdings(at, most)+": "+how, hint+"; where they are right as they are, --trust-headings")
			return
		}
		if len(plainly) > 2 {
			c.mislay(plainly, most, once)
			if c.key >= 0 && c.fits(c.key, most[c.key]) != fitsWell {
				once.keyTurn = true
			}
			say(CodeColumnSwapped, plainly[0], c.holdings(plainly, most)+": the columns look shifted",
				"let every heading stand above its own cells, or give the columns their attributes anew by their letters, as with --map \"[B]=firstName\"")
			return
		}
	}
	for _, i := range wrong {
		got, code := most[i], CodeColumnSwapped
		if c.expects(i) == shapeOther {
			code = CodeColumnOdd
		}
		if got >= shapeWord || !c.wants(code) {
			continue // then each of its cells is said
		}
		once.misplaced[i], once.under[i] = got, i
		once.spoils = once.spoils || code == CodeColumnSwapped
		say(code, i, fmt.Sprintf("%s holds %s", c.named(i), shapeWords[got]), c.remap(i, got))
	}
}

// mislay notes that columns are said under the first of them.
func (c *Checker) mislay(at []int, most []shape, once *saidOnce) {
	once.spoils = true
	for _, i := range at {
		once.under[i] = at[0]
		once.keyTurn = once.keyTurn || i == c.key
		if c.fits(i, most[i]) == fitsNot {
			once.misplaced[i] = most[i]
		}
	}
}

// holdings say what columns hold.
func (c *Checker) holdings(at []int, most []shape) string {
	text := ""
	for n, i := range at {
		switch {
		case n > 0 && n == len(at)-1:
			text += " and "
		case n > 0:
			text += ", "
		}
		text += c.named(i) + " holds " + shapeWords[most[i]]
	}
	return text
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
	return fmt.Sprintf("map the column that holds the right values to %s with --map \"HEADING=%s\"", name, name)
}
