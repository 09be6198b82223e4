package diff

import (
	"cmp"
	"context"
	"math/bits"
	"slices"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// suspicion says why a row that would be a create may be a person whose record seems to be missing.
type suspicion struct {
	by   string   // what they share, in words
	keys []string // of the records; one that is alone is the row's record
}

// mostSharing is how many rows, or records, may share a mail or a name with a phone for it to say who somebody is. A mail that
// more people have is a team's.
const mostSharing = 3

// trait is something that two records of one person have in common.
type trait struct {
	by      string
	desired []int // columns whose cells make it up
	current []int
	fold    func(dst, cell []byte) []byte // of the last of them; the others are folded names
}

// traits returns those that both sides have the columns for.
func (c *comparison) traits() []trait {
	var found []trait
	for _, t := range []struct {
		by    string
		names []string
		fold  func(dst, cell []byte) []byte
	}{
		{"the mail", []string{schema.EmailName}, schema.AppendFolded},
		{"name and phone", []string{schema.FirstName, schema.LastName, schema.PhoneName}, appendDigits},
	} {
		trait := trait{by: t.by, fold: t.fold}
		for _, name := range t.names {
			d := slices.IndexFunc(c.desiredColumns, func(c schema.Column) bool { return c.Name == name })
			e := slices.IndexFunc(c.currentColumns, func(c schema.Column) bool { return c.Name == name })
			if d >= 0 && e >= 0 {
				trait.desired, trait.current = append(trait.desired, d), append(trait.current, e)
			}
		}
		if len(trait.desired) == len(t.names) {
			found = append(found, trait)
		}
	}
	return found
}

// appendDigits appends the digits of a phone number without the zeros or the plus that it begins with, if it has enough of them to be one.
func appendDigits(dst, cell []byte) []byte {
	const fewest = 5
	from := len(dst)
	for _, b := range cell {
		if '0' <= b && b <= '9' && (b != '0' || len(dst) > from) {
			dst = append(dst, b)
		}
	}
	if len(dst)-from < fewest {
		return dst[:from]
	}
	return dst
}

// of returns what is compared of a row; nothing if any cell of it is blank.
func (t *trait) of(dst []byte, columns []int, cell func(column int) []byte) []byte {
	for n, column := range columns {
		from := len(dst)
		if n == len(columns)-1 {
			dst = t.fold(dst, cell(column))
		} else {
			dst = schema.AppendFolded(dst, cell(column))
		}
		if len(dst) == from {
			return dst[:0]
		}
		dst = append(dst, 0)
	}
	return dst
}

// sharing are the rows that have no record, and the records that no row is about, with one trait in common.
type sharing struct {
	items  []int    // places among the items
	sent   []string // their keys
	places []int
}

// suspect looks among the rows that no record has the key of, and the records whose key no row has, for pairs that are one
// person under two names: the same mail, or the same name and phone. A pair that is alone in this becomes a [Rename]; where it
// could be one of several, all of them are blocked.
func (c *comparison) suspect(ctx context.Context) error {
	traits := c.traits()
	creates, missing := c.creates(), c.missing()
	if len(traits) == 0 || len(creates) == 0 || len(missing) == 0 || c.keySpoilt() {
		return nil // and where keys stand in another column, everybody would be
	}
	hashes := make([]hash, len(missing)*len(traits)) // zero where the record has not all of a trait
	keep := len(missing) <= 2*aloneRows
	if keep {
		c.seenAlone = make([]seenAlone, len(missing))
	}
	err := c.recall(ctx, c.workers, missing, func(from int, run []given) error {
		var bytes []byte
		var copied schema.Block
		for i := range run {
			if keep {
				c.seenAlone[from+i] = seenAlone{missing[from+i], *run[i].in(&copied)}
			}
			for n := range traits {
				bytes = traits[n].of(bytes[:0], traits[n].current, run[i].cell)
				if len(bytes) > 0 {
					hashes[(from+i)*len(traits)+n] = c.hasher.sum(bytes)
				}
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	shared := make([]map[hash]*sharing, len(traits))
	for n := range shared {
		shared[n] = make(map[hash]*sharing)
	}
	// Of nearly all rows it is enough to know that no record can have their traits.
	seen := newSketch(hashes)
	var rows []hash
	next := 0
	err = c.again(ctx, len(creates), func(i int) int { return creates[i] }, false, func(b *schema.Block) error {
		rows = resize(rows, b.Len()*len(traits))
		parallel(c.workers, b.Len(), func(_, from, to int) {
			var bytes []byte
			for i := from; i < to; i++ {
				for n := range traits {
					bytes = traits[n].of(bytes[:0], traits[n].desired, func(column int) []byte { return b.Cell(i, column) })
					if len(bytes) > 0 {
						rows[i*len(traits)+n] = c.hasher.sum(bytes)
					}
				}
			}
		})
		for i := range b.Rows {
			for n, key := range rows[i*len(traits) : (i+1)*len(traits)] {
				if key == (hash{}) || !seen.mayHave(key) {
					continue
				}
				s := shared[n][key]
				if s == nil {
					s = &sharing{}
					shared[n][key] = s
				}
				s.items = append(s.items, creates[next])
				s.sent = append(s.sent, string(sentOf(b.Cell(i, c.desiredKey))))
			}
			next++
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i, key := range hashes {
		if s := shared[i%len(traits)][key]; s != nil && key != (hash{}) {
			s.places = append(s.places, missing[i/len(traits)])
		}
	}
	return c.judge(ctx, c.links(traits, shared))
}

// sketch says of hashes that they are not among some, or may be: one bit in sixteen is set.
type sketch struct {
	bits  []uint64
	shift int
}

func newSketch(of []hash) sketch {
	log := max(bits.Len(uint(16*len(of))), 6)
	s := sketch{bits: make([]uint64, 1<<(log-6)), shift: 64 - log}
	for _, h := range of {
		at := h.a >> s.shift
		s.bits[at>>6] |= 1 << (at & 63)
	}
	return s
}

func (s *sketch) mayHave(h hash) bool {
	at := h.a >> s.shift
	return s.bits[at>>6]>>(at&63)&1 != 0
}

// creates returns the items that no record has the key of.
func (c *comparison) creates() []int {
	var found []int
	for i := range c.items.len() {
		if c.items.at(i).place == 0 {
			found = append(found, i)
		}
	}
	return found
}

// missing returns the places of the records whose key no row has.
func (c *comparison) missing() []int {
	return slices.DeleteFunc(c.index.claimed.others(int(c.summary.Current)), func(place int) bool { return c.index.held[place] })
}

// link is one reason to take a row and a record for the same person's.
type link struct {
	item, place int
	by          string
}

// links returns the links by item and place, one for each pair, but for those that were said to be two people.
func (c *comparison) links(traits []trait, shared []map[hash]*sharing) []link {
	named := make(map[int]string)
	for key, place := range c.answers.place {
		named[place] = key
	}
	var links []link
	for n := range shared {
		for _, s := range shared[n] {
			if len(s.items) > mostSharing || len(s.places) > mostSharing {
				continue
			}
			for i, item := range s.items {
				for _, place := range s.places {
					if from, ok := named[place]; !ok || !c.answers.twoPeople(from, s.sent[i]) {
						links = append(links, link{item: item, place: place, by: traits[n].by})
					}
				}
			}
		}
	}
	slices.SortFunc(links, func(a, b link) int {
		return cmp.Or(cmp.Compare(a.item, b.item), cmp.Compare(a.place, b.place), cmp.Compare(a.by, b.by))
	})
	return slices.CompactFunc(links, func(a, b link) bool { return a.item == b.item && a.place == b.place })
}

// judge makes a pair of a row and a record that are linked to nobody else, and blocks the rest.
func (c *comparison) judge(ctx context.Context, links []link) error {
	var places []int
	rows := make(map[int]int) // linked to a place
	for _, l := range links {
		places = append(places, l.place)
		rows[l.place]++
	}
	slices.Sort(places)
	places = slices.Compact(places)
	keys := make(map[int]string)
	spelt := make([]string, len(places))
	err := c.recall(ctx, c.workers, places, func(from int, run []given) error {
		for i := range run {
			spelt[from+i] = string(givenOf(run[i].cell(c.currentKey), c.recordKeys))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, place := range places {
		keys[place] = spelt[i]
	}
	for len(links) > 0 {
		n := 1
		for n < len(links) && links[n].item == links[0].item {
			n++
		}
		of := links[:n]
		links = links[n:]
		it := c.items.at(of[0].item)
		s := suspicion{by: of[0].by}
		for _, l := range of {
			s.keys = append(s.keys, keys[l.place])
		}
		c.suspects[it.row] = s
		if place := of[0].place; n == 1 && rows[place] == 1 {
			it.place = uint32(place) + 1
			c.index.claimed.set(place)
			continue
		}
		for _, l := range of {
			c.suspected[l.place] = c.unclearFinding(keys[l.place], l.by)
		}
	}
	return nil
}
