package state

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// stamp is the time in the name of a run folder: UTC, no colons (Windows), sorts by time as text.
const stamp = "2006-01-02T150405Z"

const journalName = "journal.jsonl"

// A Run is the folder of one run: journal, snapshot, result and what else is written about it. Its methods may be called
// by several goroutines.
type Run struct {
	ID      string    // name of the folder, e.g. 2026-03-02T141500Z-7f3a
	Dir     string    // the folder
	Started time.Time // as its name says

	mu      sync.Mutex
	journal *Journal
}

// NewRun makes the folder of a new run, named for the present time and four random hex digits. The name sorts behind those
// of earlier runs, also of the same second, so that the latest run is the one that began last.
func (s Store) NewRun() (*Run, error) {
	if err := s.makeRuns(); err != nil {
		return nil, err
	}
	at := s.now().UTC().Truncate(time.Second)
	for range 100 {
		id, err := s.nextID(at)
		if err != nil {
			return nil, err
		}
		dir := filepath.Join(s.Runs, id)
		err = os.Mkdir(dir, dirMode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("make run folder: %w", err)
		}
		return &Run{ID: id, Dir: dir, Started: at}, syncDir(s.Runs)
	}
	return nil, fmt.Errorf("make run folder: no free name at %s in %s", at.Format(stamp), s.Runs)
}

// nextID is a name for a run that begins now. Its digits are random, and behind those of the runs that began in the same
// second.
func (s Store) nextID(at time.Time) (string, error) {
	runs, err := s.ListRuns()
	if err != nil {
		return "", err
	}
	var b [2]byte
	rand.Read(b[:]) // never fails: see the package
	n := int(binary.BigEndian.Uint16(b[:])) / 2
	if len(runs) > 0 && runs[0].Started.Equal(at) {
		last, err := strconv.ParseUint(runs[0].ID[len(runs[0].ID)-4:], 16, 16)
		if err != nil {
			return "", fmt.Errorf("read the name of run %s: %w", runs[0].ID, err)
		}
		n = int(last) + 1 + int(b[0])
	}
	if n > 0xffff {
		return "", fmt.Errorf("make run folder: no free name at %s in %s", at.Format(stamp), s.Runs)
	}
	return fmt.Sprintf("%s-%04x", at.Format(stamp), n), nil
}

// makeRuns makes the folder of runs, with a note to git that nothing in it is to be committed: it is full of people.
func (s Store) makeRuns() error {
	if s.Runs == "" {
		return errors.New("no folder of runs was given")
	}
	if err := os.MkdirAll(s.Runs, dirMode); err != nil {
		return fmt.Errorf("make the folder of runs: %w", err)
	}
	ignore := filepath.Join(s.Runs, ".gitignore")
	if _, err := os.Lstat(ignore); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return WriteFile(ignore, nil, func(w io.Writer) error {
		_, err := io.WriteString(w, "*\n")
		return err
	})
}

// Name is the run's id.
func (r *Run) Name() string { return r.ID }

// Path is the path of a file of the run.
func (r *Run) Path(name string) string { return filepath.Join(r.Dir, name) }

// Append adds a record to the run's journal; see [Journal.Append].
func (r *Run) Append(record any) error {
	r.mu.Lock()
	if r.journal == nil {
		j, err := OpenJournal(r.Path(journalName))
		if err == nil {
			err = syncDir(r.Dir)
		}
		if err != nil {
			r.mu.Unlock()
			return err
		}
		r.journal = j
	}
	j := r.journal
	r.mu.Unlock()
	return j.Append(record)
}

// Records reads the run's journal; see [ReadJournal].
func (r *Run) Records() (records []json.RawMessage, torn bool, err error) {
	return ReadJournal(r.Path(journalName))
}

// Write writes a whole file of the run or nothing; see [WriteFile].
func (r *Run) Write(name string, write func(io.Writer) error) error {
	return WriteFile(r.Path(name), nil, write)
}

// Open opens a file of the run; a missing one is [fs.ErrNotExist].
func (r *Run) Open(name string) (io.ReadCloser, error) { return os.Open(r.Path(name)) }

// Close closes the journal.
func (r *Run) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.journal == nil {
		return nil
	}
	err := r.journal.Close()
	r.journal = nil
	return err
}

// ListRuns returns the runs, the newest first. Folders that are not named like a run are left out.
func (s Store) ListRuns() ([]*Run, error) {
	entries, err := os.ReadDir(s.Runs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var runs []*Run
	for _, e := range entries {
		if at, ok := runTime(e.Name()); ok && e.IsDir() {
			runs = append(runs, &Run{ID: e.Name(), Dir: filepath.Join(s.Runs, e.Name()), Started: at})
		}
	}
	slices.SortFunc(runs, func(a, b *Run) int { return strings.Compare(b.ID, a.ID) })
	return runs, nil
}

func runTime(name string) (time.Time, bool) {
	at, tail, ok := strings.Cut(name, "Z-")
	if !ok || len(tail) != 4 || strings.Trim(tail, "0123456789abcdef") != "" {
		return time.Time{}, false
	}
	t, err := time.Parse(stamp, at+"Z")
	return t, err == nil
}

// A RunError says that a name does not lead to exactly one run.
type RunError struct {
	Name    string
	Matches []string // ids of the runs that it could mean; empty where there is none
}

func (e *RunError) Error() string {
	if len(e.Matches) == 0 {
		return fmt.Sprintf("no run is called %q", e.Name)
	}
	return fmt.Sprintf("%q can mean the runs %s: give more of the name", e.Name, strings.Join(e.Matches, ", "))
}

// FindRun finds a run by its id, its four last characters, a beginning of its id, "latest", or the path of its folder. A
// name that leads to none or to several is a *[RunError].
func (s Store) FindRun(name string) (*Run, error) {
	if strings.ContainsAny(name, `/\`) {
		return runAt(name)
	}
	runs, err := s.ListRuns()
	if err != nil {
		return nil, err
	}
	if name == "latest" && len(runs) > 0 {
		return runs[0], nil
	}
	var found []*Run
	for _, r := range runs {
		if name != "" && (strings.HasPrefix(r.ID, name) || strings.HasSuffix(r.ID, "-"+name)) {
			found = append(found, r)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	e := &RunError{Name: name}
	for _, r := range found {
		e.Matches = append(e.Matches, r.ID)
	}
	return nil, e
}

func runAt(path string) (*Run, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find run: %w", err)
	}
	at, ok := runTime(filepath.Base(abs))
	info, err := os.Stat(abs)
	if !ok || errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, &RunError{Name: path}
	}
	if err != nil {
		return nil, fmt.Errorf("find run: %w", err)
	}
	return &Run{ID: filepath.Base(abs), Dir: filepath.Clean(path), Started: at}, nil
}

// PruneRuns removes the folders of the runs that started before the given time, except those for which keep gives a reason
// to stay (such as a run that can still be resumed). It returns what it removed and what it kept, the newest first.
func (s Store) PruneRuns(before time.Time, keep func(*Run) (reason string, err error)) (removed []*Run, kept map[string]string, err error) {
	runs, err := s.ListRuns()
	if err != nil {
		return nil, nil, err
	}
	kept = make(map[string]string)
	for _, r := range runs {
		if !r.Started.Before(before) {
			continue
		}
		reason, err := keep(r)
		if err != nil {
			return removed, kept, fmt.Errorf("look at run %s: %w", r.ID, err)
		}
		if reason != "" {
			kept[r.ID] = reason
			continue
		}
		if err := os.RemoveAll(r.Dir); err != nil {
			return removed, kept, fmt.Errorf("remove run %s: %w", r.ID, err)
		}
		removed = append(removed, r)
	}
	return removed, kept, nil
}
