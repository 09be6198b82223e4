package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-playground/validator/v10"
)

// The identity of a schema file. Within a major version, fields are only added.
const (
	cacheVersion = "1.0"
	cacheKind    = "schema"
)

// cacheFile is the shape of a schema file.
type cacheFile struct {
	FormatVersion string `json:"format_version"`
	Kind          string `json:"kind"`
	Fingerprint   string `json:"fingerprint"`
	Schema
}

// A FileError says why a schema file was refused.
type FileError struct {
	Message string
	Hint    string
	Err     error // what lies beneath it; may be nil
}

func (e *FileError) Error() string { return e.Message }

// Unwrap returns what lies beneath the error.
func (e *FileError) Unwrap() error { return e.Err }

const fetchAgain = "fetch it again with  nelm-reconcile schema"

// Encode writes the schema as a file to be read by [Decode]: JSON with a format version, a kind and its fingerprint.
func (s *Schema) Encode(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(cacheFile{FormatVersion: cacheVersion, Kind: cacheKind, Fingerprint: s.Fingerprint(), Schema: *s}); err != nil {
		return fmt.Errorf("write the schema: %w", err)
	}
	return nil
}

// Decode reads a schema file. It refuses, with a *FileError, what is not one, what a newer major version wrote, what was cut off
// or edited so that the fingerprint no longer fits, and what no source can have.
func Decode(r io.Reader) (*Schema, error) {
	var f cacheFile
	dec := json.NewDecoder(r)
	if err := dec.Decode(&f); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, &FileError{Message: "it is empty or ends too early", Hint: fetchAgain, Err: err}
		}
		return nil, &FileError{Message: "it is not JSON of the expected shape (" + err.Error() + ")", Hint: fetchAgain + "; a template CSV is read by its header instead", Err: err}
	}
	if f.Kind != cacheKind {
		return nil, &FileError{Message: fmt.Sprintf("its kind is %q, not %q", f.Kind, cacheKind), Hint: "give the file that the schema command wrote, or a template CSV"}
	}
	if major, _, _ := strings.Cut(f.FormatVersion, "."); major != "1" {
		return nil, &FileError{Message: fmt.Sprintf("its format version is %q, and this version of the program reads 1.x", f.FormatVersion), Hint: fetchAgain + ", or use the version of the program that wrote it"}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &FileError{Message: "something follows the schema in it", Hint: fetchAgain}
	}
	s := f.Schema
	if err := validator.New(validator.WithRequiredStructEnabled()).Struct(&s); err != nil {
		return nil, &FileError{Message: structFault(err), Hint: fetchAgain, Err: err}
	}
	if _, err := FromTemplate(s.Names()); err != nil {
		return nil, &FileError{Message: err.Error(), Hint: fetchAgain, Err: err}
	}
	if got := s.Fingerprint(); got != f.Fingerprint {
		return nil, &FileError{Message: fmt.Sprintf("its attributes were edited: they have the fingerprint %s and the file says %s", got, f.Fingerprint), Hint: fetchAgain}
	}
	return &s, nil
}

// structFault is the first complaint of the validator in words.
func structFault(err error) string {
	var faults validator.ValidationErrors
	if !errors.As(err, &faults) || len(faults) == 0 {
		return err.Error()
	}
	where := strings.TrimPrefix(faults[0].Namespace(), "Schema.")
	if faults[0].Tag() == "required" {
		return where + " is missing"
	}
	return fmt.Sprintf("%s does not fit the rule %s", where, faults[0].Tag())
}
