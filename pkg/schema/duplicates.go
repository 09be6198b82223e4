package schema

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// mostRelated bounds how many other rows a finding names; its message has the whole number.
const mostRelated = 100

// A sharing is a set of rows that share a value, sorted by the account name under which they do.
type sharing struct {
	keys  []int64 // which folded account name, in order of appearance
	rows  [][]int64
	at    map[int64]int // where in keys a name is, once they are more than fewKeys
	total int64
	cells [][]byte // the first few spellings of the value, where they are told
}

func (s *sharing) add(key int64, row int64, cell []byte) {
	s.total++
	at := s.place(key)
	if at < 0 {
		at = len(s.keys)
		s.keys, s.rows = append(s.keys, key), append(s.rows, nil)
		if len(s.keys) == fewKeys+1 {
			s.at = make(map[int64]int)
			for i, k := range s.keys {
				s.at[k] = i
			}
		} else if s.at != nil {
			s.at[key] = at
		}
	}
	s.rows[at] = append(s.rows[at], row)
	if cell != nil && len(s.cells) < 4 && !slices.ContainsFunc(s.cells, func(c []byte) bool { return bytes.Equal(c, cell) }) {
		s.cells = append(s.cells, bytes.Clone(cell))
	}
}

// fewKeys are found without a map, which nearly all values would have for two names.
const fewKeys = 8

// place is where a name is among keys, or -1.
func (s *sharing) place(key int64) int {
	if s.at == nil {
		return slices.Index(s.keys, key)
	}
	if at, ok := s.at[key]; ok {
		return at
	}
	return -1
}

// others are rows besides the given one, at most mostRelated of them, in order. With elsewhere only those under other account
// names count. The number is of all.
func (s *sharing) others(key int64, row int64, elsewhere bool) ([]int64, int64) {
	count := s.total - 1
	own := s.place(key)
	if own < 0 {
		return nil, 0
	}
	if elsewhere {
		count = s.total - int64(len(s.rows[own]))
	}
	if count == 0 {
		return nil, 0
	}
	var related []int64
	for i := range s.keys {
		if elsewhere && i == own {
			continue
		}
		for _, r := range s.rows[i] {
			if len(related) == mostRelated {
				slices.Sort(related)
				return related, count
			}
			if r != row {
				related = append(related, r)
			}
		}
	}
	slices.Sort(related)
	return related, count
}

// Doubles are what was found shared once the suspected rows were read again.
type doubles struct {
	c        *Checker
	watches  []*watch
	suspects bitset                // ordinals of the rows
	of       []bitset              // the same by watch
	shared   []map[string]*sharing // by watch: the value and who shares it
	person   map[string]*sharing   // mail and name together
	keys     map[string]int64
	buf      []byte
}

func newDoubles(c *Checker, watches []*watch) *doubles {
	d := &doubles{c: c, watches: watches, person: make(map[string]*sharing), keys: make(map[string]int64)}
	for range watches {
		d.shared = append(d.shared, make(map[string]*sharing))
	}
	d.of = repeatedOf(watches)
	for _, s := range d.of {
		d.suspects.union(s)
	}
	return d
}

// repeatedOf gives, by watch, the ordinals of the rows whose hash another row has too. The hashes are let go.
func repeatedOf(watches []*watch) []bitset {
	for _, w := range watches {
		w.hashes.parted = make([][parts + 1]uint16, len(w.hashes.chunks))
	}
	eachAtOnce(watches, func(w *watch) int { return len(w.hashes.chunks) }, func() func(int, int) {
		room := new([hashChunk]uint64)
		return func(at, chunk int) { room = watches[at].hashes.part(chunk, room) }
	})
	of := make([]bitset, len(watches))
	var lock sync.Mutex
	eachAtOnce(watches, func(*watch) int { return parts }, func() func(int, int) {
		var room search
		return func(at, part int) {
			watches[at].hashes.repeated(part, &room, func(ordinal int64) {
				lock.Lock()
				of[at].add(ordinal)
				lock.Unlock()
			})
		}
	})
	for _, w := range watches {
		w.hashes = hashes{}
	}
	return of
}

// eachAtOnce does something for every one of the pieces of each watch, side by side; worker makes what one goroutine does.
func eachAtOnce(watches []*watch, pieces func(*watch) int, worker func() func(watch, piece int)) {
	type work struct{ watch, piece int }
	var all []work
	for i, w := range watches {
		for p := range pieces(w) {
			all = append(all, work{i, p})
		}
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			do := worker()
			for n := next.Add(1); int(n) <= len(all); n = next.Add(1) {
				do(all[n-1].watch, all[n-1].piece)
			}
		})
	}
	wait.Wait()
}

// keyOf is the number of a row's folded account name. Rows without one each have their own.
func (d *doubles) keyOf(b *Block, row int) int64 {
	d.buf = AppendFolded(d.buf[:0], b.Cell(row, d.c.key))
	if len(d.buf) == 0 {
		return -b.Rows[row].Row
	}
	key, ok := d.keys[string(d.buf)]
	if !ok {
		key = int64(len(d.keys))
		d.keys[string(d.buf)] = key
	}
	return key
}

// read notes what a suspected row is suspected of. What no other row has is not held.
func (d *doubles) read(b *Block, row int, ordinal int64) {
	key := d.keyOf(b, row)
	note := func(in map[string]*sharing, cell []byte) {
		s := in[string(d.buf)]
		if s == nil {
			s = &sharing{}
			in[string(d.buf)] = s
		}
		s.add(key, b.Rows[row].Row, cell)
	}
	for i, w := range d.watches {
		if !d.of[i].has(ordinal) {
			continue
		}
		if d.buf = w.value(d.buf[:0], b, row); len(d.buf) == 0 {
			continue
		}
		var cell []byte
		if w.code == CodeKeyDuplicate {
			cell = b.Cell(row, w.column)
		}
		note(d.shared[i], cell)
		if w.code == CodeEmailDuplicate && d.appendName(b, row) {
			note(d.person, nil)
		}
	}
}

// appendName appends to the mail address in buf the names of the row, and says whether it has both.
func (d *doubles) appendName(b *Block, row int) bool {
	c := d.c
	if c.first < 0 || c.last < 0 || len(trim(b.Cell(row, c.first))) == 0 || len(trim(b.Cell(row, c.last))) == 0 {
		return false
	}
	d.buf = c.appendPerson(append(d.buf, 0), b, row)
	return true
}

// report says what a suspected row shares with others.
func (d *doubles) report(b *Block, row int, report func(Finding)) {
	key := d.keyOf(b, row)
	at := b.Rows[row].Row
	var persons []int64
	var personCount int64
	var how []string
	for i, w := range d.watches {
		if w.code == CodePersonDuplicate {
			continue
		}
		if d.buf = w.value(d.buf[:0], b, row); len(d.buf) == 0 {
			continue
		}
		s := d.shared[i][string(d.buf)]
		if s == nil {
			continue
		}
		switch {
		case w.code == CodeKeyDuplicate && w.rule == nil:
			if related, n := s.others(key, at, false); n > 0 {
				report(d.sameKey(b, row, s, related, n))
			}
		case w.code == CodeEmailDuplicate:
			var same *sharing
			if d.c.wants(CodePersonDuplicate) && d.appendName(b, row) {
				same = d.person[string(d.buf)]
			}
			if same != nil {
				if related, n := same.others(key, at, true); n > 0 {
					persons, personCount, how = related, n, append(how, "mail address")
					continue
				}
			}
			if related, n := s.others(key, at, true); n > 0 {
				report(d.sameMail(b, row, w, related, n))
			}
		default:
			if related, n := s.others(key, at, false); n > 0 {
				report(d.notUnique(b, row, w, related, n))
			}
		}
	}
	for i, w := range d.watches {
		if w.code != CodePersonDuplicate {
			continue
		}
		if d.buf = w.value(d.buf[:0], b, row); len(d.buf) == 0 {
			continue
		}
		if s := d.shared[i][string(d.buf)]; s != nil {
			if related, n := s.others(key, at, true); n > 0 {
				if len(how) > 0 && !slices.Equal(persons, related) {
					how[0] += " or phone number" // some rows share the one, some the other
				} else {
					how = append(how, "phone number")
				}
				for _, r := range related {
					if !slices.Contains(persons, r) {
						persons = append(persons, r)
					}
				}
				personCount = max(personCount, n, int64(len(persons)))
			}
		}
	}
	if len(how) > 0 {
		slices.Sort(persons)
		report(d.samePerson(b, row, how, persons, personCount))
	}
}

func (d *doubles) sameKey(b *Block, row int, s *sharing, related []int64, others int64) Finding {
	c := d.c
	name := c.columns[c.key].attribute.TechnicalName
	message := fmt.Sprintf("%s is the %s of %d rows", quote(b.Cell(row, c.key)), name, others+1)
	if len(s.cells) > 1 {
		message = fmt.Sprintf("%s and %s are the same %s but for %s", quoteWhole(s.cells[0]), quoteWhole(s.cells[1]), name, differ(s.cells[0], s.cells[1]))
		if others > 1 {
			message += fmt.Sprintf(", and %d rows have it", others+1)
		}
	}
	return withRows(c.finding(CodeKeyDuplicate, b, row, c.key, message, "keep one row for each person: delete the others, or give each their own "+name), related)
}

func (d *doubles) sameMail(b *Block, row int, w *watch, related []int64, others int64) Finding {
	message := fmt.Sprintf("%s is the mail address of %s under another account name", quote(b.Cell(row, w.column)), rowsOther(others))
	return withRows(d.c.finding(CodeEmailDuplicate, b, row, w.column, message, "give each their own address, unless they really share it"), related)
}

func (d *doubles) samePerson(b *Block, row int, how []string, related []int64, others int64) Finding {
	c := d.c
	with := how[0]
	if len(how) > 1 {
		with += " and " + how[1]
	}
	where := rowsOther(others)
	if len(how) > 1 && others > mostRelated {
		where = "at least " + where // the rows of one kind and of the other are not all known
	}
	message := fmt.Sprintf("%s %s stands under another account name in %s with the same %s", quote(b.Cell(row, c.first)), quote(b.Cell(row, c.last)), where, with)
	return withRows(c.finding(CodePersonDuplicate, b, row, c.key, message, "keep one account name if this is one person"), related)
}

func (d *doubles) notUnique(b *Block, row int, w *watch, related []int64, others int64) Finding {
	message := fmt.Sprintf("%s stands in %s too, and each %s may stand once", quote(b.Cell(row, w.column)), rowsOther(others), w.rule.Attribute)
	if w.rule.Message != "" {
		message = w.rule.Message
	}
	hint := "correct all but one"
	if w.rule.Hint != "" {
		hint = w.rule.Hint
	}
	return withRows(d.c.finding(w.code, b, row, w.column, message, hint), related)
}

func withRows(f Finding, rows []int64) Finding {
	f.Related = rows
	return f
}

// rowsOther is a number of other rows in words.
func rowsOther(n int64) string {
	if n == 1 {
		return "another row"
	}
	return fmt.Sprintf("%d other rows", n)
}

// quoteWhole is a cell with the space around it.
func quoteWhole(cell []byte) string {
	if len(trim(cell)) == len(cell) {
		return quote(cell)
	}
	return fmt.Sprintf("%q", cell)
}

// differ says in what two cells differ that are the same once folded.
func differ(a, b []byte) string {
	switch {
	case bytes.Equal(trim(a), trim(b)):
		return "spaces"
	case bytes.Equal(appendText(nil, a), appendText(nil, b)):
		return "the way that Unicode writes them"
	}
	return "upper and lower case"
}
