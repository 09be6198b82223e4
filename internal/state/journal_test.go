package state

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type entry struct {
	N int    `json:"n"`
	S string `json:"s,omitempty"`
}

func read(t *testing.T, path string) ([]int, bool) {
	t.Helper()
	records, torn, err := ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	var ns []int
	for _, r := range records {
		var e entry
		if err := json.Unmarshal(r, &e); err != nil {
			t.Fatal(err)
		}
		ns = append(ns, e.N)
	}
	return ns, torn
}

func write(t *testing.T, path string, ns ...int) {
	t.Helper()
	j, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range ns {
		if err := j.Append(entry{N: n}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestJournalGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, path, 1, 2)
	write(t, path, 3)
	got, torn := read(t, path)
	if diff := cmp.Diff([]int{1, 2, 3}, got); diff != "" || torn {
		t.Errorf("torn %t, records (-want +got):\n%s", torn, diff)
	}
}

// A kill can end the file at any byte: what is read is then exactly the records that were whole, and the next record is
// readable too.
func TestJournalCutAtEveryByte(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	write(t, whole, 1, 22, 333)
	data := content(t, whole)
	for cut := range len(data) + 1 {
		path := filepath.Join(dir, fmt.Sprint(cut))
		if err := os.WriteFile(path, []byte(data[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(data[:cut], "\n")
		want := []int{1, 22, 333}[:lines]
		got, torn := read(t, path)
		if wantTorn := !strings.HasSuffix("\n"+data[:cut], "\n"); torn != wantTorn {
			t.Errorf("cut at byte %d: torn %t, want %t", cut, torn, wantTorn)
		}
		if diff := cmp.Diff(append([]int{}, want...), append([]int{}, got...)); diff != "" {
			t.Errorf("cut at byte %d (-want +got):\n%s", cut, diff)
		}
		write(t, path, 4)
		got, torn = read(t, path)
		if diff := cmp.Diff(append(append([]int{}, want...), 4), got); diff != "" || torn {
			t.Errorf("cut at byte %d, appended to: torn %t (-want +got):\n%s", cut, torn, diff)
		}
	}
}

func TestJournalTornInALongLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, path, 1)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"n":2,"s":"` + strings.Repeat("x", 10_000)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, 3)
	got, _ := read(t, path)
	if diff := cmp.Diff([]int{1, 3}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJournalByManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	j, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 25 {
				if err := j.Append(entry{N: i*25 + n}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	got, torn := read(t, path)
	seen := make(map[int]bool)
	for _, n := range got {
		seen[n] = true
	}
	if len(got) != 200 || len(seen) != 200 || torn {
		t.Errorf("%d records, %d different, torn %t; want 200, 200, false", len(got), len(seen), torn)
	}
}

func TestJournalRefusesWhatWasEdited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	if err := os.WriteFile(path, []byte("{\"n\":1}\nsomebody was here\n{\"n\":2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := ReadJournal(path)
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v, want an error that names line 2", err)
	}
}

func TestJournalTakesNothingAfterAFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	j, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.file.Close(); err != nil { // as a full disk would: the next write fails
		t.Fatal(err)
	}
	first := j.Append(entry{N: 1})
	if first == nil {
		t.Fatal("a write that failed was reported as done")
	}
	if second := j.Append(entry{N: 2}); second != first {
		t.Errorf("got %v after %v, want the same error again", second, first)
	}
}

func TestReadJournalThatIsNotThere(t *testing.T) {
	records, torn, err := ReadJournal(filepath.Join(t.TempDir(), "none"))
	if len(records) != 0 || torn || err != nil {
		t.Errorf("got %v, %t, %v, want nothing", records, torn, err)
	}
}
