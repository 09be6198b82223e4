package diff

import (
	"math"
	"sort"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// refs keeps where rows stand, in table order, in about 5 bytes a row rather than the 24 of a [schema.Ref]: neighbours
// are near each other, so a row is stored as its distance from the first of its group.
type refs struct {
	groups []refGroup
	steps  list[refStep]
}

// groupRows are the most rows of a group.
const groupRows = 1 << 8

// refGroup is a run of rows whose distances from the first fit a [refStep].
type refGroup struct {
	base  schema.Ref
	first int // place of the group's first row
}

// refStep is the distance of a row from the first of its group.
type refStep struct {
	offset    uint16
	row, line uint8
}

func (r *refs) add(ref schema.Ref) {
	if len(r.groups) > 0 {
		group := &r.groups[len(r.groups)-1]
		base := group.base
		row, line, offset := ref.Row-base.Row, ref.Line-base.Line, ref.Offset-base.Offset
		if r.steps.len()-group.first < groupRows && fits(row, math.MaxUint8) && fits(line, math.MaxUint8) && fits(offset, math.MaxUint16) {
			r.steps.add(refStep{offset: uint16(offset), row: uint8(row), line: uint8(line)})
			return
		}
	}
	r.groups = append(r.groups, refGroup{base: ref, first: r.steps.len()})
	r.steps.add(refStep{})
}

// group is the group of a place: not before the one that it would be in if all had as many rows as they may, and mostly that one.
func (r *refs) group(i int) int {
	guess := min(i/groupRows, len(r.groups)-1)
	if next := guess + 1; next == len(r.groups) || r.groups[next].first > i {
		return guess
	}
	return guess + sort.Search(len(r.groups)-guess, func(n int) bool { return r.groups[guess+n].first > i }) - 1
}

func fits(n, limit int64) bool { return 0 <= n && n <= limit }

func (r *refs) at(i int) schema.Ref {
	g := r.groups[r.group(i)]
	s := *r.steps.at(i)
	return schema.Ref{Row: g.base.Row + int64(s.row), Line: g.base.Line + int64(s.line), Offset: g.base.Offset + int64(s.offset)}
}
