package diff

import "reflect"

// chunk is how many elements a list grows by. Growing by whole chunks never copies and never holds an old array beside a
// new one, which is what keeps the peak of memory at the size of the index.
const chunk = 1 << 14

// list is an array that only grows.
type list[T any] struct {
	chunks [][]T
	n      int
}

func (l *list[T]) add(v T) {
	if l.n%chunk == 0 {
		l.chunks = append(l.chunks, make([]T, 0, chunk))
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, v)
	l.n++
}

// at returns a pointer to an element, which stays good for as long as the list does.
func (l *list[T]) at(i int) *T { return &l.chunks[uint(i)/chunk][uint(i)%chunk] }

func (l *list[T]) len() int { return l.n }

// bytes is the memory that it takes.
func (l *list[T]) bytes() int { return len(l.chunks) * chunk * int(reflect.TypeFor[T]().Size()) }
