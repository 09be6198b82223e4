package nelm

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// SharedSlots are slots kept in a file, so that every process of one person that uses the same client id and API version
// keeps one pace, one after another or at once. The file holds times and nothing else.
//
// Times are those of the wall clock: where that is set forward while processes run, slots open early, and the service's own
// refusal is what remains. A process that dies with requests under way leaves their slots shut for as long as the requests
// could have lasted.
type SharedSlots struct {
	mu   sync.Mutex
	file *os.File
	lock *flock.Flock
}

// The file is a mark and then, as big-endian nanoseconds since 1970, the end of the hold and the time at which each slot
// opens.
const (
	slotsMark  = "nelmpac1"
	slotsBytes = len(slotsMark) + 8 + 8*SlotCount
)

// Times further ahead than these were not written by a client whose clock agrees with ours.
const (
	farthestSlot = time.Hour
	farthestHold = 24 * time.Hour
)

// lockWait is how long another process may hold the lock, which it needs for some microseconds.
const lockWait = 10 * time.Second

// OpenSlots opens the slots of a config's client id and API version in a folder, which is created where it is missing. The
// name of the file tells neither. Close them when the client is no longer used.
func OpenSlots(folder string, c Config) (*SharedSlots, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("open pace file: %w", err)
	}
	version := c.Version
	if version == "" {
		version = DefaultVersion
	}
	name := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", c.BaseURL, c.ClientID, version))
	path := filepath.Join(folder, "pace-"+hex.EncodeToString(name[:8]))
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open pace file: %w", err)
	}
	// The lock is a file of its own: on some systems a locked file cannot be read by its own holder.
	s := &SharedSlots{file: f, lock: flock.New(path+".lock", flock.SetPermissions(0o600))}
	if err := s.change(func(*slotTimes) int { return -1 }); err != nil {
		return nil, fmt.Errorf("open pace file: %w", errors.Join(err, s.Close()))
	}
	return s, nil
}

// Close closes the file. It does not remove it.
func (s *SharedSlots) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.file.Close(), s.lock.Close())
}

// Take implements [Slots].
func (s *SharedSlots) Take(now, until time.Time, n int) (slot int, next time.Time, err error) {
	err = s.change(func(t *slotTimes) int {
		t.limit(now)
		slot, next = t.take(now, until, n)
		return slot
	})
	return slot, next, err
}

// Open implements [Slots].
func (s *SharedSlots) Open(slot int, until, at time.Time) error {
	return s.change(func(t *slotTimes) int {
		t.open(slot, until, at)
		return slot
	})
}

// Hold implements [Slots].
func (s *SharedSlots) Hold(until time.Time) error {
	return s.change(func(t *slotTimes) int {
		t.hold(until)
		return -1
	})
}

// limit corrects times that lie too far ahead, as they do after the clock was set back.
func (t *slotTimes) limit(now time.Time) {
	if t.shut.After(now.Add(farthestHold)) {
		t.shut = now
	}
	for i, at := range t.opens {
		if at.After(now.Add(farthestSlot)) {
			t.opens[i] = now.Add(window)
		}
	}
}

// change reads the times under the lock, lets f change them, and writes back the hold and the slot that f returns, if any.
func (s *SharedSlots) change(f func(*slotTimes) int) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	if _, err := s.lock.TryLockContext(ctx, 2*time.Millisecond); err != nil {
		return fmt.Errorf("lock %s: %w", s.lock.Path(), err)
	}
	defer func() { err = errors.Join(err, s.lock.Unlock()) }()

	b := make([]byte, slotsBytes)
	n, err := s.file.ReadAt(b, 0)
	switch {
	case n == 0 && err == io.EOF:
		copy(b, slotsMark)
		if _, err := s.file.WriteAt(b, 0); err != nil {
			return err
		}
	case err != nil && err != io.EOF:
		return err
	case n < slotsBytes || string(b[:len(slotsMark)]) != slotsMark:
		return fmt.Errorf("%s is not a pace file of this version: remove it", s.file.Name())
	}
	times := b[len(slotsMark):]
	var t slotTimes
	t.shut = readTime(times)
	for i := range t.opens {
		t.opens[i] = readTime(times[8+8*i:])
	}
	before := t.shut
	slot := f(&t)
	if !t.shut.Equal(before) {
		if err := s.write(t.shut, 0); err != nil {
			return err
		}
	}
	if slot >= 0 {
		return s.write(t.opens[slot], 8+8*slot)
	}
	return nil
}

// write writes one time. What was changed is eight bytes: a process killed meanwhile leaves the old time or the new one.
func (s *SharedSlots) write(at time.Time, offset int) error {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(at.UnixNano()))
	_, err := s.file.WriteAt(b[:], int64(len(slotsMark)+offset))
	return err
}

func readTime(b []byte) time.Time {
	if n := int64(binary.BigEndian.Uint64(b)); n > 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}
