package csvio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Found holds the findings about a list in the order in which they were found, and hands them out any number of times. However
// many they are it takes a few megabytes: beyond that they stand in a temporary file, which only this user may read and which
// Close deletes. The zero value is empty.
type Found struct {
	n     int64
	buf   []byte // what is not in the file yet
	file  *os.File
	size  int64 // of the file
	keep  int   // bytes of buf that are kept before they go into the file; 0 for the usual
	words [foundWords]wordbook
}

// foundKeep is how much is held in memory.
const foundKeep = 4 << 20

// The texts of a finding, most of which are said again and again.
const (
	foundCode = iota
	foundSeverity
	foundFile
	foundSheet
	foundColumn
	foundHeader
	foundAttribute
	foundValue
	foundMessage
	foundHint
	foundWords
)

// A wordbook numbers the texts that came first, until they are wordbookBytes; the number stands for the text from then on.
type wordbook struct {
	number map[string]uint64 // from 1
	text   []string
	bytes  int
}

const wordbookBytes = 64 << 10

func (w *wordbook) append(dst []byte, text string) []byte {
	n, known := w.number[text]
	if !known && w.bytes+len(text) <= wordbookBytes {
		if w.number == nil {
			w.number = make(map[string]uint64)
		}
		w.bytes += len(text) + 1
		w.text = append(w.text, text)
		n = uint64(len(w.text))
		w.number[text] = n
	}
	dst = binary.AppendUvarint(dst, n)
	if n == 0 {
		dst = append(binary.AppendUvarint(dst, uint64(len(text))), text...)
	}
	return dst
}

func (w *wordbook) read(r *bufio.Reader) (string, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return "", err
	}
	if n > 0 {
		return w.text[n-1], nil
	}
	if n, err = binary.ReadUvarint(r); err != nil {
		return "", err
	}
	text := make([]byte, n)
	_, err = io.ReadFull(r, text)
	return string(text), err
}

// texts are the parts of a finding that are texts.
func texts(f *schema.Finding) [foundWords]string {
	return [...]string{
		foundCode: f.Code, foundSeverity: string(f.Severity), foundFile: f.Origin.File, foundSheet: f.Origin.Sheet, foundColumn: f.Origin.Column,
		foundHeader: f.Origin.Header, foundAttribute: f.Attribute, foundValue: f.Value, foundMessage: f.Message, foundHint: f.Hint,
	}
}

// Add takes one more.
func (s *Found) Add(f schema.Finding) error {
	s.n++
	for i, text := range texts(&f) {
		s.buf = s.words[i].append(s.buf, text)
	}
	s.buf = binary.AppendVarint(s.buf, f.Origin.Row)
	s.buf = binary.AppendVarint(s.buf, f.Origin.Line)
	s.buf = binary.AppendUvarint(s.buf, uint64(len(f.Related)))
	for _, row := range f.Related {
		s.buf = binary.AppendVarint(s.buf, row)
	}
	most := s.keep
	if most == 0 {
		most = foundKeep
	}
	if len(s.buf) < most {
		return nil
	}
	if s.file == nil {
		var err error
		if s.file, err = temporary(); err != nil {
			return err
		}
	}
	if _, err := s.file.WriteAt(s.buf, s.size); err != nil {
		return fmt.Errorf("keep the findings: %w", err)
	}
	s.size += int64(len(s.buf))
	s.buf = s.buf[:0]
	return nil
}

// Len is how many there are.
func (s *Found) Len() int64 { return s.n }

// All hands out the findings in their order. An error ends it: what was handed out is then not the whole.
func (s *Found) All() iter.Seq2[schema.Finding, error] {
	return func(yield func(schema.Finding, error) bool) {
		var all io.Reader = bytes.NewReader(s.buf)
		if s.file != nil {
			all = io.MultiReader(newSection(s.file, s.size), all)
		}
		r := bufio.NewReaderSize(all, 64<<10)
		for range s.n {
			f, err := s.read(r)
			if err != nil {
				err = fmt.Errorf("read the findings again: %w", err)
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

func (s *Found) read(r *bufio.Reader) (f schema.Finding, err error) {
	var t [foundWords]string
	for i := range t {
		if t[i], err = s.words[i].read(r); err != nil {
			return f, err
		}
	}
	f = schema.Finding{
		Code: t[foundCode], Severity: schema.Severity(t[foundSeverity]), Attribute: t[foundAttribute], Value: t[foundValue], Message: t[foundMessage], Hint: t[foundHint],
		Origin: schema.Origin{File: t[foundFile], Sheet: t[foundSheet], Column: t[foundColumn], Header: t[foundHeader]},
	}
	if f.Origin.Row, err = binary.ReadVarint(r); err != nil {
		return f, err
	}
	if f.Origin.Line, err = binary.ReadVarint(r); err != nil {
		return f, err
	}
	related, err := binary.ReadUvarint(r)
	if err != nil || related == 0 {
		return f, err
	}
	f.Related = make([]int64, related)
	for i := range f.Related {
		if f.Related[i], err = binary.ReadVarint(r); err != nil {
			return f, err
		}
	}
	return f, nil
}

// Close deletes what was kept.
func (s *Found) Close() error {
	if s.file == nil {
		return nil
	}
	return discard(s.file)
}
