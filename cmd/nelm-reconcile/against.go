package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// currentFile opens a file as the current side: an exported CSV, or a snapshot as pull and apply save them. Without a cached or given
// schema the file's own header is the schema.
func (a *app) currentFile(ctx context.Context, c *comparison, f *compareFlags) error {
	if f.against == "-" {
		return usagef("--against cannot be standard input: name a file")
	}
	saved, err := snapshotIn(f.against)
	if err != nil {
		return err
	}
	if saved != nil {
		if err := a.fitSchema(c, f, saved.Names); err != nil {
			return err
		}
		return c.stand(saved, f.against)
	}
	// The other side is a machine's export: its dates are complete, and nothing of the person's mapping applies to it.
	o := csvio.Options{NoDigest: true, CountRepairs: true}
	if f.schemaFile != "" { // which also tells the sheet of a workbook
		if err = a.fitSchema(c, f, nil); err == nil {
			c.against, err = csvio.Open(ctx, f.against, c.schema, o)
		}
	} else {
		c.against, err = csvio.OpenByHeader(ctx, f.against, func(header []string) (*schema.Schema, error) {
			err := a.fitSchema(c, f, header)
			return c.schema, err
		}, o)
	}
	if err != nil {
		return err
	}
	c.current = c.against
	return nil
}

// fitSchema settles the schema for a file with that header: the one that was given, the cached one, or else the header itself.
func (a *app) fitSchema(c *comparison, f *compareFlags, header []string) (err error) {
	c.schema, _, err = a.offlineSchema(f.schemaFile)
	switch {
	case f.schemaFile != "" && err != nil:
		return err
	case err != nil || f.schemaFile == "" && !covers(c.schema, header):
		a.say("no cached schema fits: the header of %s stands for it", f.against)
		if c.schema, err = headerSchema(f.against, header); err != nil {
			return err
		}
		c.bare = true
	}
	c.where = c.schema.Source
	return nil
}

// snapshotIn reads the snapshot that a file is; a file that begins as no JSON does is none.
func snapshotIn(path string) (*apply.Snapshot, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &codedError{code: exitUsage, err: fmt.Errorf("--against: %w", err)}
	}
	defer f.Close()
	r := bufio.NewReader(f)
	if first, err := r.Peek(1); err != nil || first[0] != '{' {
		return nil, nil // what cannot be read is said by who reads it as a list
	}
	s, err := apply.ReadSnapshot(r)
	if err != nil {
		return nil, &codedError{code: exitUsage, err: fmt.Errorf("--against %s: %w", path, err), hint: "compare with an exported CSV, or with a .snapshot.jsonl that pull or apply saved, as it was saved"}
	}
	return s, nil
}

// stand makes a snapshot the current side. As of an export, only the values count: ids are found anew when a plan is applied.
func (c *comparison) stand(s *apply.Snapshot, path string) error {
	if c.where.SourceID != "" && c.where.SourceID != s.Source.SourceID {
		return &codedError{code: exitUsage, err: fmt.Errorf("--against %s is a snapshot of %q, not of %q", path, s.Source.Name, c.where.Name), hint: "name its source with --source, or the right snapshot"}
	}
	names := c.schema.Names()
	records := make([]schema.Record, len(s.Records))
	for i, r := range s.Records {
		records[i] = schema.Record{Names: names, Values: inOrder(r, names)}
	}
	var err error
	c.current, err = schema.NewMemory(names, records)
	return err
}

// covers reports whether a file with that header can be an export of a source with that schema.
func covers(s *schema.Schema, header []string) bool {
	for _, name := range header {
		if _, ok := s.Attribute(strings.TrimSpace(name)); !ok {
			return false
		}
	}
	return true
}

// headerSchema makes a schema of a file's header: known system names typed, the rest text. Nothing is required: what a file
// holds is all that is known of it.
func headerSchema(path string, header []string) (*schema.Schema, error) {
	s := &schema.Schema{}
	for _, name := range header {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		if _, twice := s.Attribute(name); twice {
			return nil, &codedError{code: exitUsage, err: fmt.Errorf("--against %s: two columns are headed %q", path, name)}
		}
		at := schema.Attribute{TechnicalName: name, Label: name, Type: schema.Text}
		for _, system := range schema.System() {
			if system.TechnicalName == name {
				at = system
				at.Required = false
			}
		}
		s.Attributes = append(s.Attributes, at)
	}
	return s, nil
}
