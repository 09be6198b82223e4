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

	"github.com/gofrs/flock"
)

// A Holder says who holds a lock.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Purpose string    `json:"purpose"` // e.g. `apply contractors.plan.jsonl`
}

// A LockedError says that another process holds the lock.
type LockedError struct {
	What   string // e.g. the source's name
	Holder Holder // zero where the other process had not yet said who it is
}

func (e *LockedError) Error() string {
	by := "another process"
	if e.Holder.PID != 0 {
		by = fmt.Sprintf("process %d on %s, since %s (%s)", e.Holder.PID, e.Holder.Host, e.Holder.Since.Local().Format("15:04:05"), e.Holder.Purpose)
	}
	return fmt.Sprintf("source %s is being written to by %s: wait until it has ended", e.What, by)
}

// A Lock is held until Release or until the process ends, however it ends: the operating system keeps it, so that a kill
// leaves nothing behind that somebody has to clear away.
type Lock struct {
	lock *flock.Flock
	note string
}

// LockSource takes the lock of one source of one tenant at once, or fails with a *[LockedError]. name is for that message,
// purpose for the one that others get meanwhile. It holds for all processes of this person on this machine; two machines
// are kept apart only by the tenant itself, which says when an upload is running, and by the plan's freshness.
func (s Store) LockSource(tenant, source, name, purpose string) (*Lock, error) {
	dir, err := s.userFolder("locks")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(tenant + "\x00" + source))
	base := filepath.Join(dir, hex.EncodeToString(sum[:12]))
	l := &Lock{lock: flock.New(base+".lock", flock.SetPermissions(fileMode)), note: base + ".holder.json"}
	ok, err := l.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock source %s: %w", name, err)
	}
	if !ok {
		holder, err := readHolder(l.note)
		return nil, errors.Join(&LockedError{What: name, Holder: holder}, err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	h := Holder{PID: os.Getpid(), Host: host, Since: s.now().UTC(), Purpose: purpose}
	// The note stands beside the lock, not in it: Windows lets nobody read a locked file.
	err = WriteFile(l.note, nil, func(w io.Writer) error { return json.NewEncoder(w).Encode(h) })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock source %s: %w", name, err), l.lock.Unlock())
	}
	return l, nil
}

func readHolder(path string) (Holder, error) {
	var h Holder
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &h)
	}
	if err != nil {
		return Holder{}, fmt.Errorf("see who holds the lock: %w", err)
	}
	return h, nil
}

// Release gives the lock back. The files stay: removing a lock file that another process has just opened would let two in.
func (l *Lock) Release() error {
	if err := removeIfThere(l.note); err != nil {
		return errors.Join(err, l.lock.Unlock())
	}
	if err := l.lock.Unlock(); err != nil {
		return fmt.Errorf("release lock: %w", err)
	}
	return nil
}
