// Command gen writes the lists and tenants of package gen to files.
//
//	go run ./internal/gen/cmd/gen -demo testdata
//	go run ./internal/gen/cmd/gen -pair DIR -rows 1000000
//
// The first makes the demo's files again, byte for byte. The second writes old.csv and new.csv of a pair, changes.jsonl with every
// difference between them and faults.jsonl with every planted fault, and says what the lists consist of.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	demo := flags.String("demo", "", "write the demo's files to this folder")
	pair := flags.String("pair", "", "write a pair of lists to this folder")
	var o gen.Options
	flags.Uint64Var(&o.Seed, "seed", 1, "seed of the pair")
	flags.IntVar(&o.Rows, "rows", 20_000, "rows of the old list")
	flags.IntVar(&o.Columns, "columns", 12, "columns of both lists")
	flags.BoolVar(&o.OneLine, "one-line", false, "no line breaks inside fields")
	shape := flags.String("shape", "standard", "one of "+strings.Join(words(shapes), ", "))
	oldSpelling := flags.String("old-spelling", "", "comma-separated ways to write the old list: "+strings.Join(words(spellings), ", "))
	newSpelling := flags.String("new-spelling", "", "the same for the new list")
	faults := flags.Int("faults", 0, "number of faults to plant in the new list, the kinds in turn")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if (*pair == "") == (*demo == "") || flags.NArg() > 0 {
		return errors.New("name what to write: either -demo DIR or -pair DIR; see -help")
	}
	if *demo != "" {
		return writeDemo(*demo, stdout)
	}
	var ok bool
	if o.Shape, ok = find(shapes, *shape); !ok {
		return fmt.Errorf("unknown shape %q: want one of %s", *shape, strings.Join(words(shapes), ", "))
	}
	var err error
	if o.OldSpelling, err = parseSpelling(*oldSpelling); err != nil {
		return err
	}
	if o.NewSpelling, err = parseSpelling(*newSpelling); err != nil {
		return err
	}
	o.Faults = gen.FaultKinds(*faults)
	return writePair(*pair, o, stdout)
}

// named is a value and the word for it on the command line.
type named[T any] struct {
	word  string
	value T
}

var shapes = []named[gen.Shape]{
	{"standard", gen.Standard}, {"same", gen.Same}, {"all-updated", gen.AllUpdated}, {"all-created", gen.AllCreated}, {"all-deleted", gen.AllDeleted},
}

var spellings = []named[gen.Spelling]{
	{"padded", gen.Padded}, {"dates", gen.OtherDates}, {"phones", gen.PunctuatedPhones}, {"quotes", gen.NeedlessQuotes}, {"crlf", gen.CRLF},
	{"all", gen.Respelt},
}

func find[T any](list []named[T], word string) (value T, ok bool) {
	for _, n := range list {
		if n.word == word {
			return n.value, true
		}
	}
	return value, false
}

func words[T any](list []named[T]) []string {
	var words []string
	for _, n := range list {
		words = append(words, n.word)
	}
	return words
}

func parseSpelling(list string) (gen.Spelling, error) {
	var s gen.Spelling
	if list == "" {
		return s, nil
	}
	for _, word := range strings.Split(list, ",") {
		way, ok := find(spellings, word)
		if !ok {
			return s, fmt.Errorf("unknown spelling %q: want %s", word, strings.Join(words(spellings), ", "))
		}
		s |= way
	}
	return s, nil
}

func writeDemo(dir string, stdout io.Writer) error {
	d, err := gen.NewDemo()
	if err != nil {
		return err
	}
	files, err := d.Files()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, file := range files {
		path := filepath.Join(dir, file.Name)
		if err := os.WriteFile(path, file.Content, 0o666); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(stdout, "%s: %d bytes\n", path, len(file.Content)); err != nil {
			return err
		}
	}
	return nil
}

func writePair(dir string, o gen.Options, stdout io.Writer) error {
	p, err := gen.NewPair(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, list := range []struct {
		name  string
		write func(io.Writer) (gen.Written, error)
	}{{"old.csv", p.WriteOld}, {"new.csv", p.WriteNew}} {
		var w gen.Written
		path := filepath.Join(dir, list.name)
		if err := writeFile(path, func(f io.Writer) error { w, err = list.write(f); return err }); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
		share := func(n int) float64 { return 100 * float64(n) / float64(max(w.Rows, 1)) }
		fmt.Fprintf(stdout, "%s: %d rows, %d bytes (%.1f a row), %.1f %% with a quoted field, %.1f %% with a line break in one, %.1f %% not ASCII\n",
			path, w.Rows, w.Bytes, float64(w.Bytes)/float64(max(w.Rows, 1)), share(w.Quoted), share(w.MultiLine), share(w.NonASCII))
	}
	changes := func(f io.Writer) error {
		out := json.NewEncoder(f)
		for c := range p.Changes() {
			if err := out.Encode(c); err != nil {
				return err
			}
		}
		return nil
	}
	faults := func(f io.Writer) error {
		out := json.NewEncoder(f)
		for _, fault := range p.Faults() {
			if err := out.Encode(fault); err != nil {
				return err
			}
		}
		return nil
	}
	if err := writeFile(filepath.Join(dir, "changes.jsonl"), changes); err != nil {
		return fmt.Errorf("write the changes: %w", err)
	}
	if err := writeFile(filepath.Join(dir, "faults.jsonl"), faults); err != nil {
		return fmt.Errorf("write the faults: %w", err)
	}
	n := p.Counts()
	_, err = fmt.Fprintf(stdout, "%d created, %d updated, %d deleted, %d the same, %d faulty\n", n.Created, n.Updated, n.Deleted, n.Same, n.Faulty)
	return err
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<18)
	if err := write(out); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := out.Flush(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}
