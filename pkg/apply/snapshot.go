package apply

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Snapshot is the records of a source as one list showed them. As a file it is JSON lines: a header, a line per record,
// and an end with the number of records and the SHA-256 of all that came before. Without its end it was cut off.
type Snapshot struct {
	Source  schema.Source
	At      time.Time // when reading began
	Names   []string  // technical names in template order
	Records []schema.Record
}

const snapshotVersion = "1.0"

type snapshotHeader struct {
	Type          string        `json:"type"` // header
	FormatVersion string        `json:"format_version"`
	Kind          string        `json:"kind"` // snapshot
	Source        schema.Source `json:"source"`
	At            time.Time     `json:"at"`
	Names         []string      `json:"names"`
}

type snapshotRecord struct {
	Type     string   `json:"type"` // record
	ID       string   `json:"id"`
	Values   []string `json:"values"` // one per name of the header
	Created  string   `json:"created,omitempty"`
	Modified string   `json:"modified,omitempty"`
}

type snapshotEnd struct {
	Type    string `json:"type"` // end
	Records int    `json:"records"`
	SHA256  string `json:"sha256"` // in hex, of all lines before this one
}

// Write writes the snapshot as a file. A record may have its values in any order; one that lacks a name has it empty.
func (s *Snapshot) Write(w io.Writer) error {
	sum := sha256.New()
	e := json.NewEncoder(io.MultiWriter(w, sum))
	e.SetEscapeHTML(false)
	err := e.Encode(snapshotHeader{Type: "header", FormatVersion: snapshotVersion, Kind: "snapshot", Source: s.Source, At: s.At.UTC(), Names: s.Names})
	if err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	for i := range s.Records {
		r := &s.Records[i]
		line := snapshotRecord{Type: "record", ID: r.ID, Values: make([]string, len(s.Names)), Created: r.Created, Modified: r.Modified}
		for j, name := range s.Names {
			line.Values[j], _ = r.Get(name)
		}
		if err := e.Encode(line); err != nil {
			return fmt.Errorf("write the snapshot: %w", err)
		}
	}
	err = json.NewEncoder(w).Encode(snapshotEnd{Type: "end", Records: len(s.Records), SHA256: hex.EncodeToString(sum.Sum(nil))})
	if err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	return nil
}

// ReadSnapshot reads a snapshot file. One that was cut off, changed, or written by a newer version is an error.
func ReadSnapshot(r io.Reader) (*Snapshot, error) {
	s, err := readSnapshot(bufio.NewReaderSize(r, 64<<10))
	if err != nil {
		return nil, fmt.Errorf("read the snapshot: %w", err)
	}
	return s, nil
}

func readSnapshot(r *bufio.Reader) (*Snapshot, error) {
	sum := sha256.New()
	next := func() ([]byte, error) {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil, errors.New("it was cut off")
		}
		return line, err
	}
	line, err := next()
	if err != nil {
		return nil, err
	}
	var h snapshotHeader
	if err := json.Unmarshal(line, &h); err != nil || h.Kind != "snapshot" {
		return nil, errors.New("it does not begin with a snapshot's header")
	}
	if h.FormatVersion != snapshotVersion {
		return nil, fmt.Errorf("its format is %q, this program knows %q", h.FormatVersion, snapshotVersion)
	}
	s := &Snapshot{Source: h.Source, At: h.At, Names: h.Names}
	for {
		sum.Write(line)
		if line, err = next(); err != nil {
			return nil, err
		}
		if bytes.HasPrefix(line, []byte(`{"type":"end"`)) {
			break
		}
		var rec snapshotRecord
		if err := json.Unmarshal(line, &rec); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(s.Records)+2, err)
		}
		if rec.Type != "record" || len(rec.Values) != len(s.Names) {
			return nil, fmt.Errorf("line %d: a %q with %d values, want a record with %d", len(s.Records)+2, rec.Type, len(rec.Values), len(s.Names))
		}
		s.Records = append(s.Records, schema.Record{Names: s.Names, Values: rec.Values, ID: rec.ID, Created: rec.Created, Modified: rec.Modified})
	}
	var end snapshotEnd
	if err := json.Unmarshal(line, &end); err != nil {
		return nil, fmt.Errorf("its end: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); end.Records != len(s.Records) || end.SHA256 != got {
		return nil, errors.New("it was changed after it was written: its checksum does not fit")
	}
	return s, nil
}
