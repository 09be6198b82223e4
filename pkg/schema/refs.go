package schema

import (
	"math"
	"sort"
)

// Refs keeps where rows stand, in table order, in about 5 bytes a row rather than the 24 of a [Ref]: neighbours
// are near each other, so a row is stored as its distance from the first of its group.
type Refs struct {
	groups []refGroup
	last   refGroup               // of them
	steps  []*[stepsChunk]refStep // whole chunks are added, so that growing copies nothing and wastes little
	n      int
}

const stepsChunk = 1 << 14

// groupRows are the most rows of a group.
const groupRows = 1 << 8

// refGroup is a run of rows whose distances from the first fit a [refStep].
type refGroup struct {
	base  Ref
	first int // place of the group's first row
}

// refStep is the distance of a row from the first of its group.
type refStep struct {
	offset    uint16
	row, line uint8
}

// Add adds the row that follows.
func (r *Refs) Add(ref Ref) {
	row, line, offset := uint64(ref.Row-r.last.base.Row), uint64(ref.Line-r.last.base.Line), uint64(ref.Offset-r.last.base.Offset)
	if row|line > math.MaxUint8 || offset > math.MaxUint16 || uint(r.n-r.last.first) >= groupRows || r.n == 0 {
		r.last = refGroup{base: ref, first: r.n}
		r.groups = append(r.groups, r.last)
		row, line, offset = 0, 0, 0
	}
	step := refStep{offset: uint16(offset), row: uint8(row), line: uint8(line)}
	if at := r.n % stepsChunk; at > 0 {
		r.steps[len(r.steps)-1][at] = step
	} else {
		fresh := new([stepsChunk]refStep)
		fresh[0] = step // before anything is read of it: a page that is read first is brought in twice
		r.steps = append(r.steps, fresh)
	}
	r.n++
}

// Bytes is nearly all of the memory that they take.
func (r *Refs) Bytes() int { return len(r.steps) * stepsChunk * 4 }

// group is the group of a place: not before the one that it would be in if all had as many rows as they may, and mostly that one.
func (r *Refs) group(i int) int {
	guess := min(i/groupRows, len(r.groups)-1)
	if next := guess + 1; next == len(r.groups) || r.groups[next].first > i {
		return guess
	}
	return guess + sort.Search(len(r.groups)-guess, func(n int) bool { return r.groups[guess+n].first > i }) - 1
}

// At gives back a row by its place, from 0.
func (r *Refs) At(i int) Ref {
	g := r.groups[r.group(i)]
	s := r.steps[i/stepsChunk][i%stepsChunk]
	return Ref{Row: g.base.Row + int64(s.row), Line: g.base.Line + int64(s.line), Offset: g.base.Offset + int64(s.offset)}
}
