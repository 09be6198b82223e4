package main

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
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
)

// lastFolder holds what diff --since-last remembers.
const lastFolder = ".nelm/last"

const lastVersion = "1.0"

// A memory is the differences of the last time that the same was asked. It holds hashes alone, and nobody's data.
type memory struct {
	path string
	was  map[string]bool
	now  []string
	news int // differences that were not there the last time
}

type memoryFile struct {
	FormatVersion string   `json:"format_version"`
	Kind          string   `json:"kind"` // differences
	Differences   []string `json:"differences"`
}

// recall reads what was remembered of the same question: the same list and other side, compared and chosen in the same way. A first
// time everything is new.
func (a *app) recall(f *diffFlags, c *comparison, list string) (*memory, error) {
	other := f.against
	if c.source != nil {
		other = c.where.Tenant.ID + "/" + c.where.SourceID
	}
	asked, err := json.Marshal([]any{list, other, c.options.Key, c.options.Ignore, f.only, f.where, f.expiring})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(asked)
	m := &memory{path: filepath.Join(lastFolder, hex.EncodeToString(sum[:8])+".json"), was: map[string]bool{}}
	data, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		a.say("nothing is remembered of an earlier time: every difference is new")
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	var file memoryFile
	if err := json.Unmarshal(data, &file); err != nil || file.Kind != "differences" || file.FormatVersion != lastVersion {
		a.say("warning: %s is not what this program remembers: every difference counts as new", m.path)
		return m, nil
	}
	for _, d := range file.Differences {
		m.was[d] = true
	}
	return m, nil
}

// fresh remembers a difference and reports whether it is new. Where it stands in the list does not matter.
func (m *memory) fresh(ch diff.Change) bool {
	h := sha256.New()
	e := json.NewEncoder(h)
	say := func(parts ...string) {
		// Strings always encode, and a hash takes everything.
		_ = e.Encode(parts)
	}
	say(string(ch.Kind), ch.Key)
	for _, f := range ch.Fields {
		say(f.Attribute, f.Old, f.New)
	}
	for _, f := range ch.Findings {
		say(f.Code, f.Attribute, f.Value)
	}
	if ch.Kind == diff.Create && ch.Desired != nil {
		say(ch.Desired.Values...)
	}
	key := hex.EncodeToString(h.Sum(nil)[:16])
	m.now = append(m.now, key)
	if m.was[key] {
		return false
	}
	m.news++
	return true
}

// save remembers the differences of this time, once they have been reported.
func (m *memory) save() error {
	if err := os.MkdirAll(lastFolder, 0o700); err != nil {
		return err
	}
	err := state.WriteFile(m.path, nil, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(memoryFile{FormatVersion: lastVersion, Kind: "differences", Differences: m.now})
	})
	if err != nil {
		return fmt.Errorf("remember the differences for --since-last: %w", err)
	}
	return nil
}

// quiet holds back what is written until there is something new to say.
type quiet struct {
	w    io.Writer
	held strings.Builder
	open bool
}

func (q *quiet) Write(b []byte) (int, error) {
	if !q.open {
		return q.held.Write(b)
	}
	return q.w.Write(b)
}

// release writes what was held and everything that comes.
func (q *quiet) release() error {
	if q.open {
		return nil
	}
	q.open = true
	_, err := io.WriteString(q.w, q.held.String())
	return err
}
