package state

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFileIsUntouchedUntilSomebodyWorksInIt(t *testing.T) {
	s := Store{User: t.TempDir()}
	path := filepath.Join(t.TempDir(), "a.failed.csv")
	expect := func(why string, want bool) {
		t.Helper()
		if got, err := s.Untouched(path); err != nil || got != want {
			t.Errorf("%s: %t, %v; want %t", why, got, err, want)
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a,b\n")
	expect("before anything is known of it", false)
	if err := s.Remember(path); err != nil {
		t.Fatal(err)
	}
	expect("as it was remembered", true)
	write("a,c\n")
	expect("after a change", false)
	write("a,b\n")
	expect("changed back", true)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Untouched(path); err == nil {
		t.Error("a file that is gone cannot be looked at, and no error says so")
	}
}
