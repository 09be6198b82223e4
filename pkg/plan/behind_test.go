package plan

import (
	"errors"
	"testing"
)

// TestBehindWritesInOrder gives as many operations as make no batch, one, and some.
func TestBehindWritesInOrder(t *testing.T) {
	for _, n := range []int{0, 1, atOnce - 1, atOnce, atOnce + 1, 10*atOnce + 7} {
		var got []int64
		b := behind{write: func(op *Operation) error {
			got = append(got, op.N)
			return nil
		}}
		for i := range n {
			op := Operation{N: int64(i)}
			if err := b.add(&op); err != nil {
				t.Fatal(err)
			}
			op.N = -1 // it is the caller's again
		}
		if err := b.finish(); err != nil {
			t.Fatal(err)
		}
		if len(got) != n {
			t.Fatalf("%d of %d were written", len(got), n)
		}
		for i, n := range got {
			if n != int64(i) {
				t.Fatalf("operation %d was written as number %d", n, i)
			}
		}
	}
}

// TestBehindSaysWhatFailed: an error comes with one of the next operations, or at the end, and nothing is written after it.
func TestBehindSaysWhatFailed(t *testing.T) {
	full := errors.New("the disk is full")
	for _, at := range []int{0, 1, atOnce, 3*atOnce + 5, 10*atOnce - 1} {
		written := 0
		b := behind{write: func(*Operation) error {
			if written == at {
				return full
			}
			written++
			return nil
		}}
		var err error
		for i := 0; i < 10*atOnce && err == nil; i++ {
			err = b.add(&Operation{})
		}
		if err == nil {
			err = b.finish()
		}
		if !errors.Is(err, full) {
			t.Errorf("failed at %d: got %v", at, err)
		}
		if err := b.stop(); !errors.Is(err, full) || written != at {
			t.Errorf("failed at %d: %d were written, and at the end it is %v", at, written, err)
		}
	}
}
