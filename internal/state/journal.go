package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// A Journal is an append-only file of JSON lines. A record that Append returned for is on the disk: it survives the death
// of the program and of the machine. Its methods may be called by several goroutines.
type Journal struct {
	mu     sync.Mutex
	file   *os.File
	broken error // after a failed write nobody can say what the last line holds
}

// OpenJournal opens a journal for appending and makes it if it is not there. A last line without its line break is what a
// kill in the middle of a write leaves; it was never acknowledged and is cut off.
func OpenJournal(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	end, err := wholeLines(f)
	if err == nil {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), f.Close())
	}
	return &Journal{file: f}, nil
}

// wholeLines is the length of what is there up to and with the last line break.
func wholeLines(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	buf := make([]byte, 4096)
	for end := info.Size(); end > 0; {
		from := max(0, end-int64(len(buf)))
		part := buf[:end-from]
		if _, err := f.ReadAt(part, from); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return from + int64(i) + 1, nil
		}
		end = from
	}
	return 0, nil
}

// Append writes one record as a line and syncs it to the disk before it returns. After an error the journal takes no
// further record: the last line may be torn, and a record behind a torn line would be lost.
func (j *Journal) Append(record any) error {
	line, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	line = append(line, '\n')
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	if _, err := j.file.Write(line); err != nil {
		j.broken = fmt.Errorf("write journal: %w", err)
		return j.broken
	}
	if err := j.file.Sync(); err != nil {
		j.broken = fmt.Errorf("sync journal: %w", err)
		return j.broken
	}
	return nil
}

// Close closes the file; everything appended is on the disk already.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.broken = errors.New("write journal: it is closed")
	}
	return j.file.Close()
}

// ReadJournal returns the records of a journal in order. torn says that the file ends in a line without a line break: the
// program was killed while writing it, and what the line was to announce had not begun. A line in the middle that is not
// JSON is an error: somebody edited the file, and what happened cannot be known from it.
func ReadJournal(path string) (records []json.RawMessage, torn bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read journal: %w", err)
	}
	for n := 1; len(data) > 0; n++ {
		line, rest, whole := bytes.Cut(data, []byte{'\n'})
		if !whole {
			return records, true, nil
		}
		if !json.Valid(line) {
			return nil, false, fmt.Errorf("read journal: %s line %d is not JSON: the file was changed by hand, so what happened cannot be known from it", path, n)
		}
		records = append(records, json.RawMessage(line))
		data = rest
	}
	return records, false, nil
}
