package schema

import "math"

// A Moment is what a cell says that is spelt as nearly all dates are: 2026-12-31, or an instant of the years 1970 to 2099 as
// 2026-12-31T23:59:59Z, with .000 before the Z, or with an offset that some place has, such as +05:30, in place of it.
type Moment struct {
	Day    int32 // the day as it stands there, in days since 1970; noDay of every other cell
	Second int32 // since the beginning of that day in UTC, which may be of another day; noSecond where no time of day stands there
}

const (
	noDay    = math.MinInt32
	noSecond = math.MinInt32
)

// Moments reads the cells of a column, each into every step-th place of to. No cell is wrong: of what is spelt in another way nothing
// is known.
func (b *Block) Moments(column int, to []Moment, step int) {
	if n := b.Len(); n > 0 && !b.momentsAtOnce(column, to[:(n-1)*step+1], step) {
		b.momentsInTurn(column, to, step)
	}
}

func (b *Block) momentsInTurn(column int, to []Moment, step int) {
	for row := range b.Rows {
		m := Moment{noDay, noSecond}
		switch cell := b.Cell(row, column); len(cell) {
		case len("2006-01-02"):
			if day, ok := ordinaryDay(cell); ok {
				m.Day = day
			}
		default:
			if day, sec, ok := commonInstant(cell); ok {
				m = Moment{day, sec}
			}
		}
		to[row*step] = m
	}
}

// momentShape is how a date of some length is spelt: the least that each byte can be, and how much more it can be than that. A sign is
// looked at once more.
type momentShape struct{ least, more [32]byte }

func momentShapeOf(least, most string) (s momentShape) {
	copy(s.least[:], least)
	for i := range most {
		s.more[i] = most[i] - least[i]
	}
	return s
}

// moments is what reading many at once needs to know.
var moments = struct {
	of     [32]uint8 // by length
	shapes [5]momentShape
}{
	of: [32]uint8{10: 1, 20: 2, 24: 3, 25: 4},
	shapes: [5]momentShape{
		{least: [32]byte{31: 1}}, // of no cell: none has anything there
		momentShapeOf("0000-00-00", "9999-19-39"),
		momentShapeOf("0000-00-00T00:00:00Z", "9999-19-39T29:59:59Z"),
		momentShapeOf("0000-00-00T00:00:00.000Z", "9999-19-39T29:59:59.000Z"),
		momentShapeOf("0000-00-00T00:00:00+00:00", "9999-19-39T29:59:59-29:59"),
	},
}
