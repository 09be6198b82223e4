package report

import (
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Found is findings in the order in which they were found. It can be gone through any number of times; an error ends it.
type Found = iter.Seq2[schema.Finding, error]

// Listed are findings that are held in memory.
func Listed(findings []schema.Finding) Found {
	return func(yield func(schema.Finding, error) bool) {
		for _, f := range findings {
			if !yield(f, nil) {
				return
			}
		}
	}
}

// A findingGroup is the same fault, once or often, as far as it is shown.
type findingGroup struct {
	first    schema.Finding
	rows     rowNames
	parts    []findingPart // of the first few messages
	rest     rowNames      // of all others
	messages tally         // that are different, where somebody asks
}

// A findingPart is those of a group that say the same.
type findingPart struct {
	message, hint string
	rows          rowNames
}

// mostParts is how many messages of a group are shown.
const mostParts = 3

func (g *findingGroup) add(f *schema.Finding, tell bool) {
	g.rows.add(f.Origin)
	if tell {
		g.messages.add(f.Message)
	}
	for i := range g.parts {
		if g.parts[i].message == f.Message {
			g.parts[i].rows.add(f.Origin)
			return
		}
	}
	if len(g.parts) == mostParts {
		g.rest.add(f.Origin)
		return
	}
	g.parts = append(g.parts, findingPart{message: f.Message, hint: f.Hint})
	g.parts[len(g.parts)-1].rows.add(f.Origin)
}

// groupOptions say how findings are put together.
type groupOptions struct {
	most     int  // groups to make; 0 for all
	tell     bool // count the messages that are different
	together bool // rows that share something are no groups of their own
	atOnce   int  // groups to hold at a time; 0 for the usual
}

// groupsAtOnce is how many groups are held at a time.
const groupsAtOnce = 1 << 14

// groups hands out the groups of findings: errors first, then warnings, then notes, and each by where it appears first. It returns
// how many findings are in none, where there are more groups than are asked for. It goes through the findings again for every
// groupsAtOnce groups, and holds a bit for each finding besides.
func groups(found Found, o groupOptions, each func(*findingGroup)) (rest int64, err error) {
	var done bits
	made := 0
	for _, severity := range []schema.Severity{schema.Error, schema.Warning, schema.Note} {
		for more := true; more; {
			room := groupsAtOnce
			if o.atOnce > 0 {
				room = o.atOnce
			}
			if o.most > 0 {
				room = min(room, o.most-made)
			}
			at := map[string]*findingGroup{}
			var order []*findingGroup
			left, n := int64(0), -1
			for f, err := range found {
				if err != nil {
					return 0, err
				}
				n++
				if f.Severity != severity || done.has(n) {
					continue
				}
				key := f.Code + "\x00" + f.Attribute + "\x00" + f.Origin.Column
				if len(f.Related) > 0 && !o.together {
					key += "\x00" + f.Message // rows that belong together stand together
				}
				g := at[key]
				if g == nil && len(order) == room {
					left++
					continue
				}
				if g == nil {
					f.Related = nil // of which there may be many
					g = &findingGroup{first: f}
					at[key], order = g, append(order, g)
				}
				done.set(n)
				g.add(&f, o.tell)
			}
			for _, g := range order {
				each(g)
			}
			made += len(order)
			if more = left > 0; more && o.most > 0 && made == o.most {
				rest, more = rest+left, false
			}
		}
	}
	return rest, nil
}

// bits is a set of numbers.
type bits []uint64

func (b bits) has(n int) bool { return n>>6 < len(b) && b[n>>6]>>(n&63)&1 == 1 }

func (b *bits) set(n int) {
	for n>>6 >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[n>>6] |= 1 << (n & 63)
}

// A tally counts texts that are different, by 8 bytes each.
type tally struct {
	seed   maphash.Seed
	hashes []uint64
	sorted int
}

func (t *tally) add(text string) {
	if t.hashes == nil {
		t.seed = maphash.MakeSeed()
	}
	if t.hashes = append(t.hashes, maphash.String(t.seed, text)); len(t.hashes) >= 2*t.sorted+1024 {
		t.count()
	}
}

func (t *tally) count() int {
	slices.Sort(t.hashes)
	t.hashes = slices.Compact(t.hashes)
	t.sorted = len(t.hashes)
	return t.sorted
}

// rowNames are the rows of some findings: the first few, the last, and how many findings there are.
type rowNames struct {
	n     int
	first schema.Origin
	names []int64 // that differ from the one before
	last  int64
	more  bool // than names
}

const mostRowNames = 5

func (r *rowNames) add(o schema.Origin) {
	if r.n++; r.n == 1 {
		r.first = o
	} else if o.Row == r.last {
		return
	}
	r.last = o.Row
	if len(r.names) == mostRowNames {
		r.more = true
		return
	}
	r.names = append(r.names, o.Row)
}

// String names the rows, the first few of many.
func (r *rowNames) String() string {
	if r.first.Row == 0 {
		return "file"
	}
	if len(r.names) == 1 {
		s := fmt.Sprintf("row %d", r.first.Row)
		if line := r.first.Line; line != 0 && line != r.first.Row {
			s += fmt.Sprintf(", line %d", line)
		}
		return s
	}
	shown, end := r.names, ""
	if r.more {
		shown, end = shown[:mostRowNames-1], fmt.Sprintf(" … %d", r.last)
	}
	var names []string
	for _, n := range shown {
		names = append(names, fmt.Sprint(n))
	}
	return "rows " + strings.Join(names, ", ") + end
}
