package sandbox_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox/contract"
)

// tally is what all tests together have shown about the contract.
var tally = struct {
	sync.Mutex
	succeeded  map[string]int
	exceptions map[string]int
	exchanges  int
}{succeeded: map[string]int{}, exceptions: map[string]int{}}

// checked puts the contract's validator in front of a sandbox and adds what it saw to the tally.
func checked(t *testing.T, h http.Handler, exceptions []string) http.Handler {
	t.Helper()
	d, err := contract.Find()
	if errors.Is(err, fs.ErrNotExist) {
		t.Logf("the official description is not beside the repository, so the contract is not checked: %v", err)
		return h
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := contract.NewValidator(d, exceptions...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		byOperation, exchanges := v.Succeeded()
		tally.Lock()
		defer tally.Unlock()
		tally.exchanges += exchanges
		for id, n := range byOperation {
			tally.succeeded[id] += n
		}
		used := map[string]bool{}
		for _, violation := range v.Violations() {
			tally.exceptions[violation.Exception]++
			used[violation.Exception] = true
			if violation.Exception == "" {
				t.Errorf("contract: %v", violation)
			}
		}
		for _, name := range exceptions {
			if !used[name] {
				t.Errorf("the exception %q is named and never needed", name)
			}
		}
	})
	return v.Wrap(h)
}

// TestMain ends a full run with the contract's own test: all 32 operations must have succeeded in a well-formed exchange, and every
// exception must have been needed.
func TestMain(m *testing.M) {
	code := m.Run()
	if problems := contractProblems(); code == 0 && len(problems) > 0 {
		for _, problem := range problems {
			fmt.Println("contract:", problem)
		}
		code = 1
	}
	os.Exit(code)
}

func contractProblems() (problems []string) {
	d, err := contract.Find()
	chosen := flag.Lookup("test.run").Value.String() + flag.Lookup("test.skip").Value.String() + flag.Lookup("test.list").Value.String() + flag.Lookup("test.fuzz").Value.String()
	if err != nil || chosen != "" || flag.Lookup("test.short").Value.String() == "true" {
		return nil // nothing was checked, or not by all tests
	}
	for _, id := range d.Operations() {
		if tally.succeeded[id] == 0 {
			problems = append(problems, "no test has "+id+" succeed")
		}
	}
	for _, e := range contract.Exceptions() {
		if tally.exceptions[e.Name] == 0 {
			problems = append(problems, "no test needs the exception "+e.Name)
		}
	}
	fmt.Printf("contract: %d exchanges held against the official description; %d of %d operations succeeded\n",
		tally.exchanges, len(tally.succeeded), len(d.Operations()))
	slices.Sort(problems)
	return problems
}
