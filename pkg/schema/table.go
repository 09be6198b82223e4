package schema

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A Table is a list of rows that can be read from the start any number of times.
//
// Columns are the attributes that the rows carry; an attribute without a column is not managed by the list. Blocks hands
// out the rows in their order; a failed read is an error, never a short list. nil means that the end was reached cleanly.
// Row reads one row again and fails if the input has changed since.
type Table interface {
	Columns() []Column
	Blocks(ctx context.Context, f func(*Block) error) error
	Row(ctx context.Context, r Ref) (Record, error)
}

// A Column is one column of a [Table].
type Column struct {
	Name   string    // technical name of the attribute
	Header string    // as it stands in the person's file; empty for a constant or a tenant's records
	Index  int       // position in the person's file from 0; -1 for a constant or a derived column
	Dates  DateOrder // how dates made of numbers alone are written in it
}

// Letter is the column's name in a spreadsheet program: A, B … Z, AA. It is empty where the column is not of the file.
func (c Column) Letter() string {
	if c.Index < 0 {
		return ""
	}
	var b []byte
	for i := c.Index; ; i = i/26 - 1 {
		b = append([]byte{byte('A' + i%26)}, b...)
		if i < 26 {
			return string(b)
		}
	}
}

// A Ref says where a row stands in its input.
type Ref struct {
	Row    int64 `json:"row"`              // number as a spreadsheet program shows it: from 1, header and preamble counted; for a tenant's records their place in the list, from 1
	Line   int64 `json:"line,omitempty"`   // physical line of its first byte, from 1; 0 where there are no lines
	Offset int64 `json:"offset,omitempty"` // byte offset of its first byte in the input as it is read again
}

// A Span is a run of bytes in a block's Data.
type Span struct{ Off, Len uint32 }

// A Block is a run of consecutive rows. Its bytes die when the callback that received it returns.
type Block struct {
	Data     []byte
	Cells    []Span    // row-major: row i, column c stands at i*Width+c
	Width    int       // number of columns
	Rows     []Ref     // one per row
	Written  []Span    // nil, or one per row: its bytes as its file has them, see [Spelt]; empty where they tell nothing
	Plain    []Plain   // nil, or one per row: what reading it showed, so that its cells need not be looked at for that
	Findings []Finding // what reading these rows showed, in row order; a row with an error here is delivered as far as it could be read
	Repairs  []Repair  // what reading these rows changed, in row order
}

// Plain is what is certain of the cells of a row.
type Plain uint8

const (
	PlainText  Plain = 1 << iota // they have no characters but the printable ones of ASCII, save question marks, and those of [LetterSize], and no spaces at their ends
	PlainMails                   // of attributes that are mail addresses they are blank, or plain to [PlainMail]
)

// is tells what is certain of a row.
func (b *Block) is(row int, plain Plain) bool { return b.Plain != nil && b.Plain[row]&plain != 0 }

// Preparer is a [Table] whose blocks can be worked on side by side before they are handed out in order.
//
// prepare is called of every block, by several goroutines at once, and gives what f then gets with it. It is handed what it gave
// for an earlier block that has died since, to be used again, or nil. Rows and lines count from the block's first row until the
// block is handed out; offsets are those of the input.
type Preparer interface {
	Prepared(ctx context.Context, prepare func(b *Block, was any) any, f func(b *Block, made any) error) error
}

// Prepared hands out the blocks of any table prepared: side by side where the table is a [Preparer], else one after the other.
func Prepared(ctx context.Context, t Table, prepare func(b *Block, was any) any, f func(b *Block, made any) error) error {
	if p, ok := t.(Preparer); ok {
		return p.Prepared(ctx, prepare, f)
	}
	var made any
	return t.Blocks(ctx, func(b *Block) error {
		made = prepare(b, made)
		return f(b, made)
	})
}

// A Rereader is a [Table] that can read many of its rows again with fewer steps than one Row for each.
//
// Reread hands out the rows at refs, all of them and in that order, which is that of the table, in blocks whose bytes die with the
// callback. No ref is there twice. The blocks need not have findings. It fails if the input has changed since. It is called by
// several goroutines at once.
type Rereader interface {
	Reread(ctx context.Context, refs []Ref, f func(*Block) error) error
}

// ErrChanged says that a table has other rows than it had.
var ErrChanged = errors.New("it has changed since it was read the first time: run again when nobody writes to it")

// refsAtATime is how many rows a Rereader is asked for together.
const refsAtATime = 1 << 9

// Reread reads n rows again as a Rereader gives them; at gives their places, in the order of the table. It returns how many were handed out.
// Rows that were not asked for are an error, as they would be taken for those that were.
func Reread(ctx context.Context, t Rereader, n int, at func(int) Ref, f func(*Block) error) (int, error) {
	done := 0
	refs := make([]Ref, 0, min(n, refsAtATime))
	for from := 0; from < n; from += len(refs) {
		refs = refs[:0]
		for i := from; i < min(n, from+cap(refs)); i++ {
			refs = append(refs, at(i))
		}
		err := t.Reread(ctx, refs, func(b *Block) error {
			if left := refs[done-from:]; b.Len() > len(left) || !slices.Equal(left[:b.Len()], b.Rows) {
				return ErrChanged
			}
			done += b.Len()
			return f(b)
		})
		if err != nil {
			return done, err
		}
		if done < from+len(refs) {
			return done, ErrChanged
		}
	}
	return done, nil
}

// Peeker is a [Table] that can show its first rows at less cost than Blocks: until f returns an error, and not more than some thousands.
// Their numbers count from the first of each block.
type Peeker interface {
	Peek(ctx context.Context, f func(*Block) error) error
}

// Spelt is a [Table] of rows as somebody wrote them. Two rows of tables with the same Spelling, which is not empty, mean the
// same if the same bytes are [Block.Written] of them: every attribute, whatever kind it is of, and the key as it is spelt. Rows of
// other bytes may mean the same all the same.
type Spelt interface {
	Spelling() string
}

// Len is the number of rows.
func (b *Block) Len() int { return len(b.Rows) }

// Cell returns the bytes of one cell; they must not be changed or kept.
func (b *Block) Cell(row, col int) []byte {
	s := b.Cells[row*b.Width+col]
	return b.Data[s.Off : s.Off+s.Len : s.Off+s.Len]
}

// trimmed is a cell without the space around it.
func (b *Block) trimmed(row, col int) []byte {
	cell := b.Cell(row, col)
	if b.is(row, PlainText) {
		return cell
	}
	return trim(cell)
}

// A Repair is one change that reading made to a cell.
type Repair struct {
	Origin Origin `json:"origin"`
	From   string `json:"from"`
	To     string `json:"to"`
	Rule   string `json:"rule"` // stable name of the rule, e.g. "trim"
}

// A Record is one row that somebody will look at. It owns its strings.
type Record struct {
	Ref      Ref      `json:"ref,omitzero"`
	Names    []string `json:"names"`  // technical names; shared between the records of one table
	Values   []string `json:"values"` // one per name
	ID       string   `json:"id,omitempty"`
	Created  string   `json:"created,omitempty"`  // as the tenant gave it
	Modified string   `json:"modified,omitempty"` // as the tenant gave it
}

// Get returns the value of an attribute and whether the record carries it.
func (r *Record) Get(name string) (string, bool) {
	for i, n := range r.Names {
		if n == name {
			return r.Values[i], true
		}
	}
	return "", false
}

// A FieldChange is one attribute of a record that is to become, or became, something else. Old is the value as the tenant
// gave it, New the value as it is sent: dates in RFC 3339 with an offset, everything else as text, empty to clear.
type FieldChange struct {
	Attribute string `json:"attribute" validate:"required"`
	Old       string `json:"old"`
	New       string `json:"new"`
}

// Memory is a [Table] of records held in memory, such as the at most 20,000 of a tenant's source.
type Memory struct {
	columns []Column
	records []Record
}

// NewMemory returns a table of records, every one of which has its values in the order of names. Ref.Row of each is set to
// its place, from 1, unless it is set already.
func NewMemory(names []string, records []Record) (*Memory, error) {
	m := &Memory{records: make([]Record, len(records))}
	for _, n := range names {
		m.columns = append(m.columns, Column{Name: n, Index: -1})
	}
	for i, r := range records {
		if len(r.Values) != len(names) {
			return nil, fmt.Errorf("record %d has %d values, want %d", i+1, len(r.Values), len(names))
		}
		r.Names = names
		if r.Ref.Row == 0 {
			r.Ref.Row = int64(i + 1)
		}
		r.Ref.Offset = int64(i)
		m.records[i] = r
	}
	return m, nil
}

// Columns implements [Table].
func (m *Memory) Columns() []Column { return m.columns }

// Records returns the records themselves.
func (m *Memory) Records() []Record { return m.records }

// Blocks implements [Table].
func (m *Memory) Blocks(ctx context.Context, f func(*Block) error) error {
	const rows = 1024
	for from := 0; from < len(m.records); from += rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := &Block{Width: len(m.columns)}
		for _, r := range m.records[from:min(from+rows, len(m.records))] {
			b.Rows = append(b.Rows, r.Ref)
			for _, v := range r.Values {
				b.Cells = append(b.Cells, Span{Off: uint32(len(b.Data)), Len: uint32(len(v))})
				b.Data = append(b.Data, v...)
			}
		}
		if err := f(b); err != nil {
			return err
		}
	}
	return nil
}

// Row implements [Table].
func (m *Memory) Row(_ context.Context, r Ref) (Record, error) {
	if r.Offset < 0 || r.Offset >= int64(len(m.records)) || m.records[r.Offset].Ref != r {
		return Record{}, fmt.Errorf("row %d is not of this table", r.Row)
	}
	return m.records[r.Offset], nil
}
