package state

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Remember notes what the file at path holds, so that [Store.Untouched] can tell later whether somebody has worked in it since. Only
// a hash is kept, per user.
func (s Store) Remember(path string) error {
	sum, err := fileSum(path)
	if err != nil {
		return err
	}
	note, err := s.writtenPath(path)
	if err != nil {
		return err
	}
	return WriteFile(note, nil, func(w io.Writer) error {
		_, err := io.WriteString(w, sum+"\n")
		return err
	})
}

// Untouched reports whether the file at path holds what was last remembered of it. A file of which nothing is known is not.
func (s Store) Untouched(path string) (bool, error) {
	note, err := s.writtenPath(path)
	if err != nil {
		return false, err
	}
	was, err := os.ReadFile(note)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("see what was written to %s: %w", path, err)
	}
	sum, err := fileSum(path)
	return err == nil && string(was) == sum+"\n", err
}

// writtenPath is where what a file was written as is noted.
func (s Store) writtenPath(path string) (string, error) {
	dir, err := s.userFolder("written")
	if err != nil {
		return "", err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the place of %s: %w", path, err)
	}
	name := sha256.Sum256([]byte(abs))
	return filepath.Join(dir, hex.EncodeToString(name[:16])), nil
}

func fileSum(path string) (_ string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("look at %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
