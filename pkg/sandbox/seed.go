package sandbox

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Seed is what a tenant holds at the start. Everything but the names of sources may be left out and is then made up, the same way
// every time.
type Seed struct {
	FormatVersion string       `json:"format_version"` // "1.0"; a file of another major version is refused
	Kind          string       `json:"kind"`           // "sandbox-seed"
	Org           string       `json:"org,omitempty"`
	TenantID      string       `json:"tenantId,omitempty"`
	Pod           string       `json:"pod,omitempty"`
	Identities    []Identity   `json:"identities,omitempty"` // when there are none, the managers of the records are made up
	Sources       []SeedSource `json:"sources,omitempty"`
}

// Identity is a person of the tenant, as public identities show it.
type Identity struct {
	ID            string `json:"id,omitempty"` // 32 hex
	Alias         string `json:"alias,omitempty"`
	Name          string `json:"name,omitempty"`
	FirstName     string `json:"firstName,omitempty"`
	LastName      string `json:"lastName,omitempty"`
	Email         string `json:"email,omitempty"`
	IdentityState string `json:"identityState,omitempty"` // ACTIVE (the default), INACTIVE_SHORT_TERM or INACTIVE_LONG_TERM
}

// SeedSource is one non-employee source. Owner, AccountManagers and Approvers are ids or aliases of identities.
type SeedSource struct {
	ID              string          `json:"id,omitempty"`       // the NELM id, a UUID
	SourceID        string          `json:"sourceId,omitempty"` // the id that paths and records use, 32 hex
	Name            string          `json:"name"`
	Description     string          `json:"description,omitempty"`
	Owner           string          `json:"owner,omitempty"`
	AccountManagers []string        `json:"accountManagers,omitempty"`
	Approvers       []string        `json:"approvers,omitempty"`
	Attributes      []SeedAttribute `json:"attributes,omitempty"` // the custom ones only
	Records         []Record        `json:"records,omitempty"`
	Requests        []SeedRequest   `json:"requests,omitempty"` // pending ones
}

// SeedAttribute is a custom schema attribute. Label defaults to the technical name, Type to TEXT, the only one there is.
type SeedAttribute struct {
	TechnicalName string  `json:"technicalName"`
	Label         string  `json:"label,omitempty"`
	Type          string  `json:"type,omitempty"`
	Required      bool    `json:"required,omitempty"`
	HelpText      *string `json:"helpText,omitempty"`
	Placeholder   *string `json:"placeholder,omitempty"`
}

// Record is a non-employee as seeds and tests see it. Unlike the API it may lack mandatory values, for live data does too.
type Record struct {
	ID          string            `json:"id,omitempty"`
	AccountName string            `json:"accountName,omitempty"`
	FirstName   string            `json:"firstName,omitempty"`
	LastName    string            `json:"lastName,omitempty"`
	Email       string            `json:"email,omitempty"`
	Phone       string            `json:"phone,omitempty"`
	Manager     string            `json:"manager,omitempty"`
	StartDate   time.Time         `json:"startDate,omitzero"`
	EndDate     time.Time         `json:"endDate,omitzero"`
	Created     time.Time         `json:"created,omitzero"`
	Modified    time.Time         `json:"modified,omitzero"`
	Data        map[string]string `json:"data,omitempty"`
}

// SeedRequest is a request that waits for its approvers; Requester is an id or alias.
type SeedRequest struct {
	Record
	Requester string `json:"requester,omitempty"`
}

const (
	seedKind    = "sandbox-seed"
	seedVersion = "1.0"
)

// ReadSeed reads a seed in JSON. An unknown field, another kind or another major version of the format is an error.
func ReadSeed(r io.Reader) (*Seed, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	seed := new(Seed)
	if err := d.Decode(seed); err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read seed: there is more after the end of the JSON document")
	}
	if seed.Kind != "" && seed.Kind != seedKind {
		return nil, fmt.Errorf("read seed: kind is %q, not %q", seed.Kind, seedKind)
	}
	if major, _, _ := strings.Cut(seed.FormatVersion, "."); seed.FormatVersion != "" && major != "1" {
		return nil, fmt.Errorf("read seed: format_version is %q, and this sandbox reads 1.x", seed.FormatVersion)
	}
	return seed, nil
}

// ReadSeedCSV reads one source from a CSV file in the form of an export: the eight system columns, by name and in any order, and a
// column per custom attribute, named by its technical name. Dates are RFC 3339 or yyyy-mm-dd.
func ReadSeedCSV(r io.Reader, sourceName string) (*Seed, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	rows := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))))
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read seed: header: %w", err)
	}
	source := SeedSource{Name: sourceName}
	for i, name := range header {
		header[i] = strings.TrimSpace(name)
		if slices.Contains(header[:i], header[i]) {
			return nil, fmt.Errorf("read seed: column %q is there twice", header[i])
		}
		if !slices.Contains(systemColumns(), header[i]) {
			source.Attributes = append(source.Attributes, SeedAttribute{TechnicalName: header[i]})
		}
	}
	for {
		cells, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read seed: %w", err)
		}
		record := Record{Data: map[string]string{}}
		line, _ := rows.FieldPos(0)
		for i, cell := range cells {
			if err := record.set(header[i], strings.TrimSpace(cell)); err != nil {
				return nil, fmt.Errorf("read seed: line %d: %s: %w", line, header[i], err)
			}
		}
		source.Records = append(source.Records, record)
	}
	return &Seed{FormatVersion: seedVersion, Kind: seedKind, Sources: []SeedSource{source}}, nil
}

func (r *Record) set(column, cell string) (err error) {
	switch column {
	case "accountName":
		r.AccountName = cell
	case "firstName":
		r.FirstName = cell
	case "lastName":
		r.LastName = cell
	case "phone":
		r.Phone = cell
	case "email":
		r.Email = cell
	case "manager":
		r.Manager = cell
	case "startDate":
		r.StartDate, err = parseSeedDate(cell)
	case "endDate":
		r.EndDate, err = parseSeedDate(cell)
	default:
		if cell != "" {
			r.Data[column] = cell
		}
	}
	return err
}

func parseSeedDate(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, ok := parseDate(text, true)
	if !ok {
		return time.Time{}, fmt.Errorf("%q is no date such as 2026-01-05T00:00:00Z or 2026-01-05", text)
	}
	return t, nil
}

// ReadSeedFile reads a seed from a file: CSV when its name ends in .csv, with the rest of the name as the source's, and JSON otherwise.
func ReadSeedFile(path string) (*Seed, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	defer f.Close()
	name := filepath.Base(path)
	if ext := filepath.Ext(name); strings.EqualFold(ext, ".csv") {
		return ReadSeedCSV(f, strings.TrimSuffix(name, ext))
	}
	return ReadSeed(f)
}
