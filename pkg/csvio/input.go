package csvio

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// An input is a list as bytes of UTF-8 that can be read from any place, any number of times. What cannot be read so, or is
// written in another encoding, is copied once to a temporary file that only its owner may read.
type input struct {
	name     string // as the person gave it
	file     *os.File
	start    int64 // after a byte order mark
	size     int64
	changed  time.Time // modification time when it was opened; zero for a copy
	copied   bool
	recoded  bool   // the copy is UTF-8 and what was given is not
	marked   bool   // what was given begins with a byte order mark
	sheet    string // the sheet of a workbook that the copy is of; empty for text
	from1904 bool   // that workbook counts days from 1904
	bytes    int64  // of what the person gave
	digest   string // SHA-256 of what the person gave, hex; empty if not asked for, or not known yet
	running  *digest
}

// A digest is the SHA-256 of a file whose bytes come in their order, some perhaps more than once.
type digest struct {
	hash hash.Hash
	at   int64 // bytes that are in it
}

// feed takes the bytes at offset, as far as they follow those that are in it.
func (d *digest) feed(offset int64, b []byte) {
	if skip := d.at - offset; skip >= 0 && skip < int64(len(b)) {
		d.hash.Write(b[skip:])
		d.at += int64(len(b)) - skip
	}
}

// finish settles the digest: what it has not been fed is read.
func (s *input) finish(ctx context.Context) error {
	d := s.running
	if s.digest != "" || d == nil {
		return nil
	}
	if _, err := io.CopyBuffer(d.hash, &cancelable{ctx: ctx, r: io.NewSectionReader(s.file, d.at, s.size-d.at)}, make([]byte, 256<<10)); err != nil {
		return fmt.Errorf("read %s: %w", s.name, err)
	}
	s.digest = hex.EncodeToString(d.hash.Sum(nil))
	return nil
}

// openInput opens the file at path, or in where path is "-".
func openInput(ctx context.Context, path string, in io.Reader, digest bool) (*input, error) {
	if path == "-" {
		if in == nil {
			return nil, &InputError{File: path, Message: "there is no standard input to read", Hint: "give the name of a file, or feed the list into the command"}
		}
		return spool(ctx, path, in)
	}
	f, err := openFile(ctx, path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("look at %s: %w", path, err), f.Close())
	}
	if info.IsDir() {
		return nil, errors.Join(isFolder(path), f.Close())
	}
	if !info.Mode().IsRegular() { // a pipe or a device can be read once only
		s, err := spool(ctx, path, f)
		return s, errors.Join(err, f.Close())
	}
	var magic [2]byte
	n, err := f.ReadAt(magic[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	if n == 2 && isGzip(magic[:]) {
		s, err := spool(ctx, path, f)
		return s, errors.Join(err, f.Close())
	}
	s := &input{name: path, file: f, size: info.Size(), bytes: info.Size(), changed: info.ModTime()}
	if digest {
		if s.digest, err = sum(ctx, newSection(f, s.size)); err != nil {
			return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
		}
	}
	return s, nil
}

// openFile opens a file. A pipe that nobody writes to is waited for no longer than ctx goes on.
func openFile(ctx context.Context, path string) (*os.File, error) {
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		if o.err != nil {
			return nil, openFailed(path, o.err)
		}
		return o.f, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("open %s: nobody has written to it: %w", path, ctx.Err())
	}
}

// Present returns the error with which [Open] would refuse a list that is not there, may not be read, is a folder or has no byte. It
// reads nothing; what can be read once only, such as a pipe, it leaves alone.
func Present(path string) error {
	if path == "-" {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return openFailed(path, err)
	case info.IsDir():
		return isFolder(path)
	case !info.Mode().IsRegular():
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return openFailed(path, err)
	}
	if info.Size() == 0 {
		return errors.Join(isEmpty(path), f.Close())
	}
	return f.Close()
}

func isFolder(path string) error {
	return &InputError{File: path, Message: "is a folder, not a list", Hint: "name the file in it, such as " + path + "/contractors.csv"}
}

func isEmpty(path string) error {
	return &InputError{File: path, Message: "is empty", Hint: "export the list again: a header and a row for every person are needed"}
}

func openFailed(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &InputError{File: path, Message: "there is no such file", Hint: "check the name and the folder that the command runs in", Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &InputError{File: path, Message: "may not be read by this user", Hint: "check who owns it and its permissions", Err: err}
	}
	return &InputError{File: path, Message: err.Error(), Err: err}
}

func isGzip(b []byte) bool { return len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b }

// spool copies r, unpacked if it is gzip, to a temporary file. The digest is of r as it came.
func spool(ctx context.Context, name string, r io.Reader) (_ *input, err error) {
	f, err := temporary()
	if err != nil {
		return nil, err
	}
	s := &input{name: name, file: f, copied: true}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	h := sha256.New()
	raw := &counter{r: &patient{ctx: ctx, r: r}, w: h}
	head := make([]byte, 2)
	n, err := io.ReadFull(raw, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	rest := io.MultiReader(bytes.NewReader(head[:n]), raw)
	if isGzip(head[:n]) {
		z, err := gzip.NewReader(rest)
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, &InputError{File: name, Message: "looks like gzip and cannot be unpacked: " + err.Error(), Hint: "fetch or pack the file again", Err: err}
		}
		if s.size, err = io.Copy(f, z); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, &InputError{File: name, Message: "the gzip data is damaged or cut off: " + err.Error(), Hint: "fetch or pack the file again", Err: err}
		}
	} else if s.size, err = io.Copy(f, rest); err != nil {
		return nil, fmt.Errorf("copy %s: %w", name, err)
	}
	s.bytes = raw.n
	s.digest = hex.EncodeToString(h.Sum(nil))
	return s, nil
}

// temporary makes a file that only this user may read and that has no name any more where the system allows that: nothing is left
// of it whatever ends the program.
func temporary() (*os.File, error) {
	f, err := os.CreateTemp("", "nelm-reconcile-*") // mode 0600
	if err == nil && !namedWhileOpen {
		err = os.Remove(f.Name())
	}
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	return f, nil
}

// namedWhileOpen says that the system keeps the name of a file for as long as it is open.
const namedWhileOpen = runtime.GOOS == "windows"

// discard gives back a temporary file.
func discard(f *os.File) error {
	err := f.Close()
	if namedWhileOpen {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// close gives back the file; a copy is deleted.
func (s *input) close() error {
	if s.copied {
		return discard(s.file)
	}
	return s.file.Close()
}

// understand makes the input UTF-8 text: of a sheet, or of another encoding. It refuses what is no list.
func (s *input) understand(ctx context.Context, d *dialect, o Options, score func([]headRow) int) ([]schema.Finding, error) {
	var begin [64]byte
	n, err := s.file.ReadAt(begin[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", s.name, err)
	}
	if isZip(begin[:n]) {
		d.delim, d.guessed = ',', false
		return s.fromWorkbook(ctx, o.Sheet, score)
	}
	if message, hint := signature(begin[:n]); message != "" {
		return nil, &InputError{File: s.name, Message: message, Hint: hint}
	}
	if o.Sheet != "" {
		return nil, &InputError{File: s.name, Message: fmt.Sprintf("is no workbook, so it has no sheet %q", o.Sheet), Hint: "leave out --sheet"}
	}
	encoding, err := encodingName(o.Encoding)
	if err != nil {
		return nil, &InputError{File: s.name, Message: err.Error()}
	}
	d.delim, d.guessed = o.Delimiter, o.Delimiter == 0
	d.encoding, d.sure, err = s.decode(ctx, encoding)
	return nil, err
}

// unchanged returns an error if the file is not the one that was opened: by its size or time of change.
func (s *input) unchanged() error {
	if s.copied {
		return nil
	}
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("look at %s: %w", s.name, err)
	}
	if info.Size() != s.size || !info.ModTime().Equal(s.changed) {
		return &InputError{File: s.name, Message: "was changed by somebody while it was being read", Hint: "run the command again when nobody is writing to the file"}
	}
	return nil
}

func newSection(f *os.File, size int64) *io.SectionReader { return io.NewSectionReader(f, 0, size) }

func sum(ctx context.Context, r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.CopyBuffer(h, &cancelable{ctx: ctx, r: r}, make([]byte, 256<<10)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// A cancelable reader ends with its context.
type cancelable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// A patient reader waits for what comes through a pipe, and no longer than its context goes on. A read that is given up fills memory
// of its own.
type patient struct {
	ctx context.Context
	r   io.Reader
	buf []byte
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	type read struct {
		n   int
		err error
	}
	if len(p.buf) < len(b) {
		p.buf = make([]byte, len(b))
	}
	buf, done := p.buf[:len(b)], make(chan read, 1)
	go func() {
		n, err := p.r.Read(buf)
		done <- read{n, err}
	}()
	select {
	case r := <-done:
		return copy(b, buf[:r.n]), r.err
	case <-p.ctx.Done():
		p.buf = nil
		return 0, p.ctx.Err()
	}
}

// A counter hands on what it reads to w as well, and counts it.
type counter struct {
	r io.Reader
	w io.Writer
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if _, werr := c.w.Write(p[:n]); werr != nil {
		return n, werr
	}
	return n, err
}
