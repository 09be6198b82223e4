package state

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// An Application is the fact that a plan was applied.
type Application struct {
	Plan string    `json:"plan"` // the plan's id
	Run  string    `json:"run"`  // absolute path of the run's folder
	At   time.Time `json:"at"`
}

// An AppliedError is the refusal to apply a plan a second time.
type AppliedError struct{ Application Application }

func (e *AppliedError) Error() string {
	a := e.Application
	return fmt.Sprintf("this plan was applied already, on %s, by run %s: make a new plan, or look at that run with nelm-reconcile runs show %s",
		a.At.Local().Format("2006-01-02 15:04 MST"), filepath.Base(a.Run), a.Run)
}

// Claim records that a run applies a plan, or fails with an *[AppliedError] if another run did before;
// claiming it again for the same run, as on resuming it, is fine. The caller holds the lock of
// the plan's source, and claims before the first write is sent: a plan that was only looked at, refused or declined can
// still be applied.
//
// The register is per user and not in the run folders: these lie where a person happens to work, and the same plan applied
// from another folder must still be refused. On another machine the register is not seen; there the freshness of the plan
// refuses it, because its own changes are what moved.
func (s Store) Claim(plan string, r *Run) error {
	a, ok, err := s.Applied(plan)
	if err != nil {
		return err
	}
	run, err := filepath.Abs(r.Dir)
	if err != nil {
		return fmt.Errorf("claim plan: %w", err)
	}
	if ok && filepath.Base(a.Run) == r.ID {
		return nil
	}
	if ok {
		return &AppliedError{Application: a}
	}
	path, err := s.claimPath(plan)
	if err != nil {
		return err
	}
	return WriteFile(path, nil, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(Application{Plan: plan, Run: run, At: s.now().UTC().Truncate(time.Second)})
	})
}

// TakeBack records, before the first write, that a run takes back what was done for a plan, wherever that was done from.
func (s Store) TakeBack(plan string, r *Run) error {
	run, err := filepath.Abs(r.Dir)
	if err != nil {
		return fmt.Errorf("take a plan back: %w", err)
	}
	path, err := s.claimPath(takenBackFrom + plan)
	if err != nil {
		return err
	}
	return WriteFile(path, nil, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(Application{Plan: plan, Run: run, At: s.now().UTC().Truncate(time.Second)})
	})
}

// takenBackFrom goes before the id of a plan in the register of those that were taken back.
const takenBackFrom = "taken back: "

// TakenBack tells whether a run has begun to take back what was done for a plan, and which.
func (s Store) TakenBack(plan string) (Application, bool, error) {
	return s.Applied(takenBackFrom + plan)
}

// Applied tells whether a plan was applied, and by which run.
func (s Store) Applied(plan string) (Application, bool, error) {
	path, err := s.claimPath(plan)
	if err != nil {
		return Application{}, false, err
	}
	var a Application
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return a, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &a)
	}
	if err != nil {
		return Application{}, false, fmt.Errorf("see whether the plan was applied: %w", err)
	}
	return a, true, nil
}

// claimPath does not trust a plan's id to be a file name: it was read from a file.
func (s Store) claimPath(plan string) (string, error) {
	dir, err := s.userFolder("applied")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(plan))
	return filepath.Join(dir, hex.EncodeToString(sum[:16])+".json"), nil
}
