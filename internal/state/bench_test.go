package state

import (
	"path/filepath"
	"testing"
)

// What one journal record costs with its sync: at two records for each of ten writes a second it must stay far below 50 ms.
func BenchmarkAppend(b *testing.B) {
	j, err := OpenJournal(filepath.Join(b.TempDir(), "journal.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	for n := 0; b.Loop(); n++ {
		if err := j.Append(entry{N: n, S: "2c91808568c529c60168cca6f90c1313"}); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}
