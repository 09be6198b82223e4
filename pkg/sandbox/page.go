package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// page is what a list call asks for.
type page struct {
	limit, offset int
	count         bool
	sorters       []sorter
}

type sorter struct {
	field      string
	descending bool
}

// readPage reads limit, offset, count and sorters. A sorter that is not among fields is refused.
func (c *call) readPage(fields ...string) (p page, bad *refusal) {
	if p.limit, bad = c.intParam("limit", maxPage); bad != nil {
		return p, bad
	}
	if p.limit > maxPage {
		if !c.set.is("limit-over-max", "clamp") {
			return p, badContent("limit must be less than or equal to 250")
		}
		p.limit = maxPage
	}
	if p.offset, bad = c.intParam("offset", 0); bad != nil {
		return p, bad
	}
	if p.count, bad = c.boolParam("count", false); bad != nil {
		return p, bad
	}
	text := c.query.Get("sorters")
	if text == "" {
		return p, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		field, descending := strings.CutPrefix(strings.TrimSpace(part), "-")
		if !slices.Contains(fields, field) {
			return p, badContent("sorters: \"" + field + "\" is not supported")
		}
		if len(p.sorters) < len(fields) { // a repeated field changes nothing
			p.sorters = append(p.sorters, sorter{field, descending})
		}
	}
	return p, nil
}

// intParam reads a whole number from 0 that fits the declared int32.
func (c *call) intParam(name string, fallback int) (int, *refusal) {
	text := c.query.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, badContent(name + " must be a whole number from 0")
	}
	return int(n), nil
}

// key names an order, so that a sorted list can be kept and found again.
func (p page) key() string {
	var b strings.Builder
	for _, s := range p.sorters {
		if s.descending {
			b.WriteByte('-')
		}
		b.WriteString(s.field)
		b.WriteByte(',')
	}
	return b.String()
}

// sortBy orders items by the page's sorters; text gives the sortable text of a field, and items that are equal keep their order.
func sortBy[T any](items []T, p page, text func(item T, field string) string) {
	if len(p.sorters) == 0 {
		return
	}
	type keyed struct {
		item T
		keys []string
	}
	all := make([]keyed, len(items))
	keys := make([]string, len(items)*len(p.sorters))
	for i, item := range items {
		mine := keys[i*len(p.sorters) : (i+1)*len(p.sorters)]
		for k, s := range p.sorters {
			mine[k] = strings.ToLower(text(item, s.field))
		}
		all[i] = keyed{item, mine}
	}
	slices.SortStableFunc(all, func(a, b keyed) int {
		for k, s := range p.sorters {
			n := strings.Compare(a.keys[k], b.keys[k])
			if s.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	for i := range all {
		items[i] = all[i].item
	}
}

// cut takes the asked part of all. A shifted page begins that many places later or earlier, as if somebody had removed or added a
// record on an earlier page meanwhile.
func cut[T any](c *call, all []T, p page) []T {
	from := p.offset
	if from > 0 {
		from = max(0, from+c.shift)
	}
	from = min(from, len(all))
	return all[from:min(from+p.limit, len(all))]
}

// unsortedOrder turns a list without sorters by one place a call, where a switch asks for an order that cannot be relied on.
func unsortedOrder[T any](c *call, all []T, p page) []T {
	if len(p.sorters) > 0 || len(all) < 2 || c.set.is("unsorted", "stable") {
		return all
	}
	c.calls++
	turn := int(c.calls % uint64(len(all)))
	return append(slices.Clone(all[turn:]), all[:turn]...)
}

// list answers one page of a list; total is the number of all items that the filters let through.
func list[T any](items []T, p page, total int) *answer {
	if items == nil {
		items = []T{}
	}
	a := success(items)
	if p.count {
		a.header = http.Header{"X-Total-Count": {strconv.Itoa(total)}}
	}
	return a
}
