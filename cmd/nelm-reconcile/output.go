package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
)

// An output is a file that a person named to be written. What is there already is replaced only if this program made it.
type output struct {
	path   string
	what   string   // what is written, in words: a plan, a page
	ours   string   // the first bytes of such a file
	inputs []string // files that this command reads
}

// check refuses an output that could not or must not be written. It is asked before anything long begins.
func (o output) check(a *app) error {
	if o.path == "-" {
		return nil
	}
	info, err := os.Stat(o.path)
	if errors.Is(err, fs.ErrNotExist) {
		if dir := filepath.Dir(o.path); !isFolder(dir) {
			return &codedError{code: exitUsage, err: fmt.Errorf("cannot write %s: there is no folder %s", o.path, dir), hint: "make the folder, or give another name"}
		}
		return nil
	}
	if err != nil {
		return &codedError{code: exitUsage, err: err}
	}
	if info.IsDir() {
		return usagef("cannot write %s: it is a folder; give the name of a file", o.path)
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	for _, input := range append([]string{a.conf.path}, o.inputs...) {
		if input != "" && same(o.path, input) {
			return &codedError{code: exitUsage, err: fmt.Errorf("refusing to write %s: this command reads it", o.path), hint: "give another name"}
		}
	}
	made, err := startsWith(o.path, o.ours)
	if err != nil {
		return &codedError{code: exitUsage, err: err}
	}
	if !made && info.Size() > 0 && o.ours == "\x00" {
		return &codedError{code: exitUsage, err: fmt.Errorf("refusing to write over %s: it is there already, and nobody can tell it from a file of yours", o.path), hint: "give another name, or remove the file"}
	}
	if !made && info.Size() > 0 {
		return &codedError{code: exitUsage, err: fmt.Errorf("refusing to write over %s: it is there already and is not %s", o.path, o.what), hint: "give another name, or remove the file"}
	}
	return nil
}

// write writes the output as stream does and returns what write returned. What went to standard output, a pipe or a device
// cannot be read again, so the bytes are returned for them.
func (o output) write(a *app, write func(io.Writer) error) (sent []byte, err error) {
	kept := &bytes.Buffer{}
	err = o.stream(a, func(w io.Writer) error {
		if !o.readable() {
			w = io.MultiWriter(w, kept)
		}
		return write(w)
	})
	return kept.Bytes(), err
}

// stream writes the output whole or not at all, and keeps nothing of it.
func (o output) stream(a *app, write func(io.Writer) error) error {
	if err := o.check(a); err != nil {
		return err
	}
	if o.path == "-" {
		return write(a.stdout)
	}
	var inside error
	err := state.WriteFile(o.path, o.inputs, func(w io.Writer) error {
		inside = write(w)
		return inside
	})
	if inside != nil {
		return inside // what could not be made is the news, not the file that it was for
	}
	return err
}

// readable reports whether what is written can be read again.
func (o output) readable() bool {
	if o.path == "-" {
		return false
	}
	info, err := os.Stat(o.path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular()
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return path != "-" && err == nil && info.Mode().IsRegular()
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// same reports whether two names are one file.
func same(a, b string) bool {
	fa, errA := os.Stat(a)
	fb, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(fa, fb)
}

func startsWith(path, prefix string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, len(prefix))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return string(head[:n]) == prefix, nil
}

// planOutput is the file of a plan.
func planOutput(path string, inputs ...string) output {
	return output{path: path, what: "a plan", ours: `{"type":"header"`, inputs: inputs}
}

// pageOnTerminal refuses to pour an HTML page over a terminal, where nobody can read it. Into a pipe it is written, and where
// standard output was named.
func (a *app) pageOnTerminal(format, to, command string) error {
	if format != "html" || to != "" || !a.stdoutTerminal {
		return nil
	}
	return &codedError{code: exitUsage, err: errors.New("an HTML page is for a browser, and standard output is a terminal"),
		hint: fmt.Sprintf("nelm-reconcile %s --format html -o review.html", command)}
}
