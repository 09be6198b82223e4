package csvio

import "bytes"

// A grammar is what separates the cells of one file. Rows end with LF, CR LF or a CR alone, whatever the file mixes.
type grammar struct {
	delim     []byte // one character, one to four bytes
	padded    bool   // a space follows every delimiter and belongs to no cell
	grid      bool   // it is a sheet: cells have marks, lines mean nothing, and rows end with their last text
	maxRecord int    // bytes that a row may have before it is cut; an unclosed quote is given up there too
}

// maxRecord bounds the memory that one row can ask for. No list of people has a row of this size; a file with an unclosed
// quote or without line ends has.
const maxRecord = 4 << 20

type fieldFlag uint8

const (
	quoted   fieldFlag = 1 << iota // stood in quotes, which are not part of it
	doubled                        // has doubled quotes that stand for one
	spaced                         // spaces stood between its quotes and the delimiters
	unpadded                       // the space that belongs to a padded delimiter is already left out
)

// A field is one cell of a row: the bytes off:end of a buffer, without the quotes around it.
type field struct {
	off, end int
	flags    fieldFlag
}

type fault uint8

const (
	bareQuote     fault = 1 << iota // a quote where none may be
	unclosedQuote                   // a quoted cell that does not end
	tooLong                         // the row was cut at maxRecord
)

// A record is one row of a file, cells apart.
type record struct {
	start, end int // from its first byte to the first byte of the next row
	breaks     int // physical lines that begin in it: 1 for a plain row, 0 for a last row without an end of line
	faults     fault
	column     int // of the first fault, from 0
}

// next reads the row at pos of buf and appends its cells to fields. final says that the input ends with buf. It returns
// false where the row may go on past the end of buf; nothing is then known about it.
//
// This is the definition of what a row is; every faster way must come to the same. A quote opens a cell only at its start,
// spaces before it allowed. It ends where another follows that a delimiter or the end of the row comes after, spaces
// allowed. A quote anywhere else is a fault and part of the text: inside a quoted cell it is kept when the cell is closed
// properly later on the same line, before a delimiter and an opening quote. Where that, or the end of the input, shows that
// the opening quote was the mistake, the cell is read once more as if it had none, so that one stray quote costs one
// row and not the rest of the file.
func (g *grammar) next(buf []byte, pos int, final bool, fields []field) (record, []field, bool) {
	rec := record{start: pos, column: -1}
	limit := len(buf)
	cut := false
	if limit-pos > g.maxRecord {
		limit, cut = pos+g.maxRecord, true
	}
	closed := final || cut // nothing after limit belongs to this row
	for column := 0; ; column++ {
		begin := pos
		p := pos
		for p < limit && (buf[p] == ' ' || buf[p] == '\t') && !g.isDelim(buf[p:limit]) {
			p++
		}
		if p == limit && !closed {
			return rec, fields, false
		}
		if p < limit && buf[p] == '"' {
			f, after, fl, ok := g.quotedField(buf[:limit], p, closed)
			if !ok {
				return rec, fields, false
			}
			if fl != 0 {
				rec.fault(fl, column)
			}
			if f.flags&quoted != 0 {
				if p > begin && (!g.padded || column == 0 || p > begin+1) {
					f.flags |= spaced
				}
				rec.breaks += countBreaks(buf[f.off:f.end])
				fields = append(fields, f)
				pos = after
				if done, ok := g.separator(buf, &pos, limit, closed, cut, &rec); !ok {
					return rec, fields, false
				} else if done {
					return rec, fields, true
				}
				continue
			}
		}
		end := g.unquotedEnd(buf[:limit], begin)
		if end == limit && !closed {
			return rec, fields, false
		}
		if p < end && bytes.IndexByte(buf[p:end], '"') >= 0 {
			rec.fault(bareQuote, column)
		}
		fields = append(fields, field{off: begin, end: end})
		pos = end
		if done, ok := g.separator(buf, &pos, limit, closed, cut, &rec); !ok {
			return rec, fields, false
		} else if done {
			return rec, fields, true
		}
	}
}

func (r *record) fault(f fault, column int) {
	if r.faults == 0 {
		r.column = column
	}
	r.faults |= f
}

// isDelim reports whether b starts with the delimiter.
func (g *grammar) isDelim(b []byte) bool {
	return len(b) > 0 && b[0] == g.delim[0] && (len(g.delim) == 1 || bytes.HasPrefix(b, g.delim))
}

// unquotedEnd gives the end of a cell without quotes.
func (g *grammar) unquotedEnd(buf []byte, pos int) int {
	for ; pos < len(buf); pos++ {
		if c := buf[pos]; c == '\n' || c == '\r' || g.isDelim(buf[pos:]) {
			return pos
		}
	}
	return pos
}

// separator steps over what follows a cell at *pos: a delimiter, or the end of the row (done). It returns false where
// more of the input is needed to tell.
func (g *grammar) separator(buf []byte, pos *int, limit int, closed, cut bool, rec *record) (done, ok bool) {
	p := *pos
	switch {
	case p >= limit:
		if !closed {
			return false, false
		}
		if cut {
			rec.fault(tooLong, -1)
		}
		rec.end = limit
		return true, true
	case buf[p] == '\n':
		p++
	case buf[p] == '\r':
		if p+1 == limit && !closed {
			return false, false // a line feed may follow
		}
		p++
		if p < len(buf) && buf[p] == '\n' {
			p++
		}
	default:
		*pos = p + len(g.delim)
		return false, true
	}
	rec.breaks++
	rec.end = p
	return true, true
}

// quotedField reads the cell whose opening quote is at pos. The field comes back without the quoted flag where that quote
// turned out to be a mistake. It returns false where more of the input is needed to tell.
func (g *grammar) quotedField(buf []byte, pos int, closed bool) (f field, after int, fl fault, ok bool) {
	f = field{off: pos + 1, flags: quoted}
	for p := pos + 1; ; {
		i := bytes.IndexByte(buf[p:], '"')
		if i < 0 {
			if !closed {
				return f, 0, 0, false
			}
			return field{}, pos, unclosedQuote, true
		}
		p += i
		if p+1 == len(buf) && !closed {
			return f, 0, 0, false
		}
		if p+1 < len(buf) && buf[p+1] == '"' {
			f.flags |= doubled
			p += 2
			continue
		}
		q, ends, known := g.afterQuote(buf, p+1, closed)
		if !known {
			return f, 0, 0, false
		}
		if ends {
			f.end = p
			if q > p+1 {
				f.flags |= spaced
			}
			return f, q, fl, true
		}
		// A quote in the middle of the cell.
		if countBreaks(buf[f.off:p]) > 0 {
			return field{}, pos, unclosedQuote, true
		}
		closes, known := g.closesOnLine(buf, p+1, closed)
		if !known {
			return f, 0, 0, false
		}
		fl = bareQuote
		if !closes {
			return field{}, pos, fl, true
		}
		p++
	}
}

// afterQuote looks at what follows a closing quote: spaces, then a delimiter, the end of the row or of the input. It
// gives the place of that, or false where something else follows.
func (g *grammar) afterQuote(buf []byte, p int, closed bool) (after int, ends, known bool) {
	for p < len(buf) && (buf[p] == ' ' || buf[p] == '\t') && !g.isDelim(buf[p:]) {
		p++
	}
	switch {
	case p == len(buf):
		return p, closed, closed
	case buf[p] == '\n' || buf[p] == '\r':
		return p, true, true
	case g.isDelim(buf[p:]):
		return p, true, true
	case !closed && len(buf)-p < len(g.delim):
		return p, false, false
	}
	return p, false, true
}

// closesOnLine reports whether a quoted cell that has a quote in its middle is closed later on the same line, before
// another cell is opened.
func (g *grammar) closesOnLine(buf []byte, p int, closed bool) (closes, known bool) {
	for ; p < len(buf); p++ {
		switch c := buf[p]; {
		case c == '\n' || c == '\r':
			return false, true
		case c == '"':
			if p+1 < len(buf) && buf[p+1] == '"' {
				p++
				continue
			}
			if _, ends, known := g.afterQuote(buf, p+1, closed); !known {
				return false, false
			} else if ends {
				return true, true
			}
		case g.isDelim(buf[p:]):
			q := p + len(g.delim)
			for q < len(buf) && buf[q] == ' ' {
				q++
			}
			if q < len(buf) && buf[q] == '"' {
				return false, true
			}
		}
	}
	return false, closed
}

// countBreaks counts the ends of lines in a cell: LF, CR LF, CR.
func countBreaks(b []byte) int {
	n := bytes.Count(b, []byte{'\n'})
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			return n
		}
		if i+1 == len(b) || b[i+1] != '\n' {
			n++
		}
		b = b[i+1:]
	}
}

// appendText appends the text of a cell to dst: doubled quotes are one.
func appendText(dst, buf []byte, f field) []byte {
	b := buf[f.off:f.end]
	if f.flags&doubled == 0 {
		return append(dst, b...)
	}
	for {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(dst, b[:i+1]...)
		b = b[i+1:]
		if len(b) > 0 && b[0] == '"' {
			b = b[1:]
		}
	}
}

// isBlank reports whether a row is an empty line.
func isBlank(fields []field) bool {
	return len(fields) == 1 && fields[0].off == fields[0].end && fields[0].flags&quoted == 0
}
