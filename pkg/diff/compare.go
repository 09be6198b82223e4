package diff

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Options say what is compared and how. Schema is required.
type Options struct {
	Schema   *schema.Schema
	Reading  schema.Reading
	Key      string            // technical name of the attribute that rows are found by; accountName if empty
	Ignore   []string          // technical names that are not compared, and of which new records alone get what the list has
	Defaults map[string]string // technical name → what a new record gets where the list has a blank cell or no column
	Renames  []Answer          // what is known of renames that would be suspected otherwise
	Check    *schema.Checker   // the rules that every desired row is held to; nil: none
	File     string            // name of the desired list, for findings
	Sheet    string            // its sheet, for findings

	// Warnings are what is known of rows of the list besides, by their number; none is an error. They go with the changes of these rows.
	Warnings map[int64][]schema.Finding

	// FieldsOnly says that of an Update nothing is asked for but its fields: its records may then come with neither names nor
	// values, which are half the work of a mass of updates.
	FieldsOnly bool

	// Stays, if not nil, hears of memory that was taken for an index and is there to stay for most of the comparison, in bytes: there is
	// nothing in it for a collector to find. A negative number is of what is let go again.
	Stays func(bytes int)

	// Present are keys that stand somewhere in the list without being rows of it, such as in lines below the table. Whoever has
	// one of them is blocked and not missing.
	Present []string
}

func (o Options) key() string {
	if o.Key == "" {
		return schema.AccountName
	}
	return o.Key
}

// Compare finds what differs between a desired list and the current side, and hands it to emit: first what is about rows of
// the desired list, in their order, then what is about current records alone, by key. An error of emit stops it.
//
//   - A row is found by its key: the cell without the space around it, in NFC, exactly. Where the key differs from that of a
//     current record in case, Unicode form or the space around it only, that is a [Rename], never a create beside a removal.
//   - Attributes that the desired list has no column for, and those of Options.Ignore, are not compared. A blank cell changes
//     nothing under [schema.BlankKeep].
//   - A row with a finding that is an error is [Blocked]; so is every row of those that share a folded key, and a create
//     without a required attribute.
//   - The key of a row counts as present as soon as it can be read: no record is missing whose key stands in any row.
//   - Current records that share a folded key are [Blocked], and so is the desired row with that key.
//
// Desired values of a Create, and those that differ of an Update or Rename, are wire forms; other values of an Update are
// the record's own, those of a Blocked row are as they stand in the list. Values are in template order: of a Create all that the
// record is given, else the compared ones and the key. Current records are as their table gives them.
//
// Both tables are read once as a whole, the desired list once more if it has duplicate keys or if much of it differs; rows
// that differ are read again. An error means that nothing can be said: what was emitted before is not the whole.
func Compare(ctx context.Context, desired, current schema.Table, o Options, emit func(Change) error) (Summary, error) {
	if o.Schema == nil {
		return Summary{}, errors.New("compare: no schema")
	}
	cols, err := pair(desired, current, o)
	if err != nil {
		return Summary{}, err
	}
	answers, err := newAnswers(o.Renames)
	if err != nil {
		return Summary{}, err
	}
	c := &comparison{
		columns: cols, o: o, desired: desired, current: current, emit: emit, hasher: newHasher(), answers: answers,
		workers: runtime.GOMAXPROCS(0), fresh: make(map[hash]struct{}), repeated: make(map[hash]*repeat),
		suspects: make(map[uint32]suspicion), readings: make(map[uint32][]schema.Finding), suspected: make(map[int]schema.Finding),
		summary: Summary{Fields: make(map[string]int64)},
	}
	for _, step := range []func(context.Context) error{c.chooseSides, c.readCurrent, c.readDesired, c.gatherRepeated, c.forget, c.suspect, c.emitDesired, c.emitCurrent} {
		if err := step(ctx); err != nil {
			return c.summary, err
		}
		if err := ctx.Err(); err != nil {
			return c.summary, err
		}
	}
	c.summary.Strays = c.answers.strays(o.Present)
	return c.summary, nil
}

// comparison is the state of one Compare.
type comparison struct {
	*columns
	o         Options
	desired   schema.Table
	current   schema.Table
	emit      func(Change) error
	hasher    hasher
	answers   *answers
	workers   int
	index     index
	items     list[item]                  // desired rows that are not the same, in their order
	itemRefs  schema.Refs                 // of items
	kept      kept                        // rows of the first items
	stock     stock                       // records of items, where these are a great many
	fresh     map[hash]struct{}           // folded keys of desired rows that no current record has
	repeated  map[hash]*repeat            // folded keys that stand in more than one desired row
	repeats   map[uint32]*repeat          // by place in the desired list
	readings  map[uint32][]schema.Finding // what reading a row showed, by place in the desired list
	loose     []schema.Finding            // errors about rows that were not delivered
	suspects  map[uint32]suspicion        // by place in the desired list
	suspected map[int]schema.Finding      // current records that may be any of several desired rows'
	seenAlone []seenAlone                 // in the order of their places, if they were read already
	summary   Summary

	readingWhole sync.Mutex // the current side

	stays int // bytes that Stays has heard of

	desiredSide, currentSide side
	written                  bool // a row whose bytes are those of its record is the same
}

// grown tells of what the index and the rows that differ have come to take.
func (c *comparison) grown() {
	if c.o.Stays == nil {
		return
	}
	takes := c.index.entries.bytes() + c.index.tags.bytes() + c.index.refs.Bytes() + c.items.bytes() + c.itemRefs.Bytes()
	if takes > c.stays {
		c.o.Stays(takes - c.stays)
		c.stays = takes
	}
}
