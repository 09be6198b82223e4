package state

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/natefinch/atomic"
)

// An OverwriteError is the refusal to write over one of the command's own inputs.
type OverwriteError struct {
	Path  string // what was to be written
	Input string // the input that it is
}

func (e *OverwriteError) Error() string {
	return fmt.Sprintf("refusing to write %s: it is the input %s; give another name", e.Path, e.Input)
}

// WriteFile writes a whole file or nothing: into a temporary file in the same folder, synced, then renamed over path. A
// reader never sees half of it, and what was there before stays until the new content is safe. The file is 0600. A
// symbolic link is followed, so the link stays a link.
//
// A pipe or a device (/dev/null, /dev/stdout, a named pipe) is written directly: it has no content to protect and must not
// be replaced by a file.
//
// A path that is one of inputs, under whatever name, is refused with an *[OverwriteError].
func WriteFile(path string, inputs []string, write func(io.Writer) error) error {
	target, direct, err := destination(path, inputs)
	if err != nil {
		return err
	}
	if direct {
		return writeDirectly(target, write)
	}
	return replaceFile(target, write, atomic.ReplaceFile)
}

// WriteFileOrNext is WriteFile for a file that somebody may be looking at: where another program holds path open and lets
// nobody replace it, as a spreadsheet program does on Windows, the content goes to the next free name. It returns the name
// that was written.
func WriteFileOrNext(path string, inputs []string, write func(io.Writer) error) (string, error) {
	return writeOrNext(path, inputs, write, atomic.ReplaceFile)
}

func writeOrNext(path string, inputs []string, write func(io.Writer) error, replace func(from, to string) error) (string, error) {
	target, direct, err := destination(path, inputs)
	if err != nil {
		return "", err
	}
	if direct {
		return path, writeDirectly(target, write)
	}
	err = replaceFile(target, write, replace)
	if !errors.Is(err, errHeld) {
		return path, err
	}
	next, fresh := FreshName(path, nil)
	if fresh != nil {
		return "", errors.Join(err, fresh)
	}
	return next, replaceFile(next, write, replace)
}

// destination is where a file is really written, and whether directly.
func destination(path string, inputs []string) (target string, direct bool, err error) {
	there, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, false, nil
	case err != nil:
		return "", false, fmt.Errorf("write %s: %w", path, err)
	case there.IsDir():
		return "", false, fmt.Errorf("write %s: it is a folder; give the name of a file", path)
	}
	if err := notAnInput(path, there, inputs); err != nil {
		return "", false, err
	}
	if !there.Mode().IsRegular() {
		return path, true, nil
	}
	if target, err = filepath.EvalSymlinks(path); err != nil {
		return "", false, fmt.Errorf("write: %w", err)
	}
	return target, false, nil
}

func notAnInput(path string, there fs.FileInfo, inputs []string) error {
	for _, input := range inputs {
		info, err := os.Stat(input)
		if errors.Is(err, fs.ErrNotExist) {
			continue // e.g. "-" for standard input
		}
		if err != nil {
			return fmt.Errorf("see whether %s is the input %s: %w", path, input, err)
		}
		if os.SameFile(there, info) && info.Mode().IsRegular() {
			return &OverwriteError{Path: path, Input: input}
		}
	}
	return nil
}

func writeDirectly(path string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := buffered(f, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// errHeld: the finished file could not be put in its place.
var errHeld = errors.New("put the finished file in its place (is it open in another program?)")

func replaceFile(path string, write func(io.Writer) error, replace func(from, to string) error) (err error) {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, "."+name+".tmp-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeIfThere(f.Name()))
		}
	}()
	if err := errors.Join(buffered(&eager{f: f}, write), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := replace(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w: %w", path, errHeld, err)
	}
	return syncDir(dir)
}

// eager writes a file whose bytes are on their way to the disk while more of them come, so that there is little to wait for at its end.
type eager struct {
	f             *os.File
	written, sent int64
}

// eagerPart is how much is sent on its way at a time.
const eagerPart = 1 << 20

func (e *eager) Write(p []byte) (int, error) {
	n, err := e.f.Write(p)
	if e.written += int64(n); e.written-e.sent >= eagerPart {
		startWriteback(e.f, e.sent, e.written-e.sent)
		e.sent = e.written
	}
	return n, err
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 64<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the temporary file: %w", err)
	}
	return nil
}

// syncDir makes a new or renamed entry of dir survive a loss of power. Windows has no such call: its rename is asked to
// write through.
func syncDir(dir string) (err error) {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync folder %s: %w", dir, err)
	}
	return nil
}

// FreshName returns path if nothing is there or if what is there is ours to replace, and else the first of path-2, path-3 …
// (before the extension) of which that is so. A nil ours means that nothing that exists may be replaced.
func FreshName(path string, ours func(path string) (bool, error)) (string, error) {
	ext := filepath.Ext(path)
	stem := strings.TrimSuffix(path, ext)
	for n := 1; n < 10_000; n++ {
		name := path
		if n > 1 {
			name = stem + "-" + strconv.Itoa(n) + ext
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", fmt.Errorf("find a free name for %s: %w", path, err)
		}
		if ours == nil {
			continue
		}
		mine, err := ours(name)
		if err != nil {
			return "", fmt.Errorf("see whether %s may be replaced: %w", name, err)
		}
		if mine {
			return name, nil
		}
	}
	return "", fmt.Errorf("no free name for %s: %s-9999%s is taken too", path, stem, ext)
}
