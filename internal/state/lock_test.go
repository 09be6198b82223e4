package state

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The test program is started again as another process, which takes the lock, says so, and waits to be killed.
const lockFolder = "NELM_TEST_LOCK_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(lockFolder); dir != "" {
		os.Exit(holdLock(dir))
	}
	os.Exit(m.Run())
}

func holdLock(dir string) int {
	if _, err := (Store{User: dir}).LockSource("tenant", "source", "EMEA", "apply other.plan.jsonl"); err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		return 1
	}
	os.Stdout.WriteString("locked\n")
	bufio.NewReader(os.Stdin).ReadString('\n') // until the test ends, whatever it says
	return 0
}

func TestLockHoldsUntilItsProcessDies(t *testing.T) {
	s := store(t)
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), lockFolder+"="+s.User)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "locked\n" {
		t.Fatalf("the other process said %q, %v", line, err)
	}

	_, err = s.LockSource("tenant", "source", "EMEA", "apply mine.plan.jsonl")
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("got %v, want a *LockedError", err)
	}
	if locked.Holder.PID != other.Process.Pid || !strings.Contains(locked.Error(), "apply other.plan.jsonl") {
		t.Errorf("the refusal %q does not say who holds it (process %d)", locked, other.Process.Pid)
	}
	for _, free := range [][2]string{{"tenant", "another source"}, {"another tenant", "source"}} {
		l, err := s.LockSource(free[0], free[1], "x", "y")
		if err != nil {
			t.Errorf("%v is not what is locked: %v", free, err)
			continue
		}
		if err := l.Release(); err != nil {
			t.Error(err)
		}
	}

	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var killed *exec.ExitError
	if err := other.Wait(); !errors.As(err, &killed) {
		t.Fatalf("the other process ended with %v, want a kill", err)
	}
	l, err := s.LockSource("tenant", "source", "EMEA", "apply mine.plan.jsonl")
	if err != nil {
		t.Fatalf("after a kill: %v", err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestLockWithinOneProcess(t *testing.T) {
	s := store(t)
	first, err := s.LockSource("tenant", "source", "EMEA", "apply")
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := s.LockSource("tenant", "source", "EMEA", "apply"); !errors.As(err, &locked) {
		t.Fatalf("got %v, want a *LockedError", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := s.LockSource("tenant", "source", "EMEA", "apply")
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
}
