package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// alphabet is Crockford's base 32 in lower case: no letter that can be taken for a digit or for another letter when it is
// read aloud.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// spoken writes the first 80 bits of sum in four groups of four.
func spoken(sum []byte) string {
	b := make([]byte, 0, 19)
	var acc uint32
	var bits uint
	for _, c := range sum[:10] {
		acc = acc<<8 | uint32(c)
		for bits += 8; bits >= 5; {
			bits -= 5
			b = append(b, alphabet[acc>>bits&31])
			if n := len(b) + 1; n%5 == 0 && n < 20 {
				b = append(b, '-')
			}
		}
	}
	return string(b)
}

// SameFingerprint reports whether two fingerprints are one, as they come over the telephone: in any case, in groups or not, and with
// letters that Crockford's alphabet leaves out read as the digits for which they are taken.
func SameFingerprint(a, b string) bool { return heard(a) == heard(b) }

func heard(fingerprint string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); r {
		case '-', ' ':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, fingerprint)
}

// identity is what of a header counts for the fingerprint: the place, the schema, what is managed, and how values are
// compared. Times, names of files and the plan's own id do not: the same plan made twice has the same fingerprint.
type identity struct {
	FormatVersion string   `json:"format_version"`
	TenantID      string   `json:"tenantId"`
	ID            string   `json:"id"`
	SourceID      string   `json:"sourceId"`
	Schema        string   `json:"schema"`
	Managed       []string `json:"managed"`
	Zone          string   `json:"zone"`
	Blank         string   `json:"blank"`
	PhoneDigits   bool     `json:"phoneDigits"`
	Scope         string   `json:"scope"`
	Key           string   `json:"key"`
	ByFile        bool     `json:"byFile"`
}

// A digest gathers what the fingerprint and the checksum of a plan file are over.
type digest struct {
	meaning hash.Hash // for the fingerprint
	bytes   hash.Hash // for the checksum
}

func newDigest() *digest { return &digest{meaning: sha256.New(), bytes: sha256.New()} }

// header adds the first line; line includes its newline.
func (d *digest) header(h *Header, line []byte) error {
	b, err := json.Marshal(identity{
		FormatVersion: h.FormatVersion,
		TenantID:      h.Source.Tenant.ID, ID: h.Source.ID, SourceID: h.Source.SourceID,
		Schema: h.Schema.Fingerprint, Managed: h.Managed,
		Zone: h.Options.Zone, Blank: h.Options.Blank, PhoneDigits: h.Options.PhoneDigits, Scope: h.Options.Scope, Key: h.Options.Key,
		ByFile: h.Against != "",
	})
	if err != nil {
		return fmt.Errorf("fingerprint the header: %w", err)
	}
	d.meaning.Write(b)
	d.meaning.Write([]byte{'\n'})
	d.bytes.Write(line)
	return nil
}

// operation adds one line, with its newline.
func (d *digest) operation(line []byte) {
	d.meaning.Write(line)
	d.bytes.Write(line)
}

// beforeChecksum stands between what the checksum is over and the checksum, which is the last that a plan file has.
const beforeChecksum = `,"checksum":"`

// checksum is over all that was added and a line that is the trailer, with any checksum or none; ok is false for another line.
func (d *digest) checksum(line []byte) (sum string, ok bool) {
	at := bytes.LastIndex(line, []byte(beforeChecksum))
	if at < 0 {
		return "", false
	}
	d.bytes.Write(line[:at])
	return hex.EncodeToString(d.bytes.Sum(nil)), true
}

// isEarly tells the trailer of a file as it once was written: its checksum stood before the fingerprint, and was over the lines before. Runs that
// were begun with such a plan can still be gone on with and taken back.
func (d *digest) isEarly(line []byte, fingerprint string) bool {
	return bytes.HasSuffix(line, []byte(beforeChecksum+hex.EncodeToString(d.bytes.Sum(nil))+`","fingerprint":"`+fingerprint+"\"}\n"))
}

// trailer returns the fingerprint that t has to carry. Of the trailer itself the verdict counts: counts,
// limits, refusals, routes, and what is said of the list as a whole; neither the input's name and hash, nor the number of
// records, nor the estimate, which the checksum covers.
func (d *digest) trailer(t Trailer) (fingerprint string, err error) {
	t.Checksum, t.Fingerprint, t.Input, t.Records, t.Requests = "", "", Input{}, 0, Requests{}
	t.Whole = slices.Clone(t.Whole)
	for i := range t.Whole {
		t.Whole[i].Finding.Origin.File = ""
	}
	b, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("fingerprint the trailer: %w", err)
	}
	// The last two once stood the other way round, and the fingerprint of a plan stays what it was.
	d.meaning.Write(bytes.TrimSuffix(b, []byte(`,"fingerprint":"","checksum":""}`)))
	d.meaning.Write([]byte(`,"checksum":"","fingerprint":""}`))
	return spoken(d.meaning.Sum(nil)), nil
}

// RecordFingerprint identifies the values that a record has for the given attributes, in that order, as 32 hex digits of
// SHA-256. A value that is an RFC 3339 instant counts as that instant, whatever its zone and fraction digits; any other
// counts byte for byte; an attribute that the record lacks counts as empty. Modification times do not count.
func RecordFingerprint(rec schema.Record, names []string) string {
	values := make([]string, len(names))
	for i, name := range names {
		values[i], _ = rec.Get(name)
	}
	return valuesFingerprint(values)
}

// valuesFingerprint is the fingerprint of a record that has these values for the managed attributes.
func valuesFingerprint(values []string) string {
	b := make([]byte, 0, 512)
	for _, v := range values {
		b = appendMeaning(b, v)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// appendMeaning appends value with its length in front, so that no two lists of values are the same bytes.
func appendMeaning(b []byte, value string) []byte {
	if t, ok := instant(value); ok {
		// No text is that long, so that none is ever taken for an instant.
		b = binary.BigEndian.AppendUint32(b, 1<<31)
		b = binary.BigEndian.AppendUint64(b, uint64(t.Unix()))
		return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}

// instant reads a value as RFC 3339; most values are none, which their shape shows without parsing.
func instant(value string) (time.Time, bool) {
	if len(value) < len("2006-01-02T15:04:05Z") || len(value) > len("2006-01-02T15:04:05.999999999-07:00") || value[4] != '-' || value[7] != '-' || value[10] != 'T' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, value)
	return t, err == nil
}
