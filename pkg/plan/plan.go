// Package plan turns differences into operations that can be reviewed, saved and applied once.
//
// A [Plan] describes everything that apply will do; how it was made never changes what is done. The package sends nothing,
// opens no file and reads no clock: the time of planning is passed in.
package plan

import (
	"fmt"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// FormatVersion is the version of the plan file that this package writes. A file of any newer version is refused: what it
// means may rest on something that this version does not know.
const FormatVersion = "1.0"

// An Action is what happens to one account.
type Action string

const (
	Create    Action = "create"
	Update    Action = "update"
	End       Action = "end"       // missing from the list: its endDate moves to an earlier day
	Delete    Action = "delete"    // missing from the list: the record is removed for good
	Blocked   Action = "blocked"   // something has to be settled first; nothing is sent
	Untouched Action = "untouched" // nothing is to be done, for a reason worth saying
)

// Sent reports whether the action sends anything to the tenant.
func (a Action) Sent() bool { return a == Create || a == Update || a == End || a == Delete }

// A Route is the way in which an operation reaches the tenant.
type Route string

const (
	Upload     Route = "upload" // a row of a bulk upload
	Patch      Route = "patch"  // a JSON Patch of the record
	BulkDelete Route = "delete" // an id in a bulk delete
	None       Route = "none"   // nothing is sent
)

// A Plan is a whole plan file in memory.
type Plan struct {
	Header     Header
	Operations []Operation
	Trailer    Trailer
}

// A Header says for whom a plan was made, from what, and under which options. It is the first line of the file.
type Header struct {
	Type          string        `json:"type" validate:"eq=header"`
	FormatVersion string        `json:"format_version" validate:"required"`
	Kind          string        `json:"kind" validate:"eq=plan"`
	ID            string        `json:"id" validate:"required"`      // of this plan, new every time; a plan is applied once
	Created       time.Time     `json:"created" validate:"required"` // the time of planning
	Tool          string        `json:"tool,omitempty"`              // name and version of the program
	Source        schema.Source `json:"source"`
	Schema        Schema        `json:"schema"`
	Input         Input         `json:"input"`                                                  // on the first line as far as it was known before the list was read; Read completes it from the trailer
	Managed       []string      `json:"managed" validate:"required,min=1,unique,dive,required"` // attributes that the list has an opinion about, in template order
	Options       Settings      `json:"options"`
	Read          ReadState     `json:"read"`
	Access        schema.Access `json:"access"`
	Against       string        `json:"against,omitempty"`   // file that stood for the tenant; empty where the tenant itself was read
	Undoes        string        `json:"undoes,omitempty"`    // id of the plan that this one reverses
	UndoesRun     string        `json:"undoesRun,omitempty"` // the run that applied it
}

// A Schema says what the source asked of a record when the plan was made.
type Schema struct {
	Fingerprint string             `json:"fingerprint" validate:"required"` // of schema.Schema.Fingerprint
	Names       []string           `json:"names" validate:"required,min=1"` // technical names in template order
	Attributes  []schema.Attribute `json:"attributes" validate:"required,min=1,dive"`
}

// An Input says which list was planned.
type Input struct {
	File    string `json:"file,omitempty"`
	SHA256  string `json:"sha256,omitempty"` // of its bytes, in hex
	Bytes   int64  `json:"bytes,omitempty"`
	Rows    int64  `json:"rows"`              // rows of data
	Dialect string `json:"dialect,omitempty"` // how it was read, one line
	Layout  Layout `json:"layout,omitzero"`   // what was said of how it is to be read
}

// A Layout is what flags and settings said of how the list is to be read, so that apply finds its rows again. What is absent was
// found out by looking, and is found out again in the same bytes.
type Layout struct {
	Sheet       string            `json:"sheet,omitempty"`
	Delimiter   string            `json:"delimiter,omitempty"`
	Encoding    string            `json:"encoding,omitempty"`
	HeaderRow   int               `json:"headerRow,omitempty" validate:"min=0"`
	HeaderRows  int               `json:"headerRows,omitempty" validate:"min=0"`
	NoHeader    bool              `json:"noHeader,omitempty"`
	Map         map[string]string `json:"map,omitempty"`
	Set         map[string]string `json:"set,omitempty"`
	DateFormat  string            `json:"dateFormat,omitempty"`
	Repair      []string          `json:"repair,omitempty"`
	NoRepair    []string          `json:"noRepair,omitempty"`
	PhoneRegion string            `json:"phoneRegion,omitempty"`
}

// Settings are the options that decided what the plan does.
type Settings struct {
	OnMissing   OnMissing `json:"onMissing" validate:"oneof=keep end delete"`
	AsOf        time.Time `json:"asOf,omitzero"`                     // what counted as now, where it is another time than the header's created
	EndDate     time.Time `json:"endDate,omitzero"`                  // what a missing account's endDate becomes
	DeleteAfter string    `json:"deleteAfter,omitempty"`             // how long ago a missing account must have ended to be deleted
	Zone        string    `json:"zone,omitempty"`                    // IANA name of the zone in which dates without a time are read
	Blank       string    `json:"blank" validate:"oneof=keep clear"` // what a blank cell means
	PhoneDigits bool      `json:"phoneDigits,omitempty"`             // phones are compared by their digits alone
	Scope       string    `json:"scope,omitempty"`                   // e.g. vendor=ACME
	Route       string    `json:"route,omitempty"`                   // auto where empty
	Key         string    `json:"key,omitempty"`                     // accountName where empty
	SkipInvalid bool      `json:"skipInvalid,omitempty"`
}

// A ReadState says what of the tenant was read.
type ReadState struct {
	At      time.Time `json:"at,omitzero"`
	Records int64     `json:"records"`           // records of the source
	InScope int64     `json:"inScope,omitempty"` // those that the scope covers, where there is one
	Calls   int       `json:"calls,omitempty"`   // requests that it took
}

// asOf is what counted as now for limits and ends.
func (h *Header) asOf() time.Time {
	if h.Options.AsOf.IsZero() {
		return h.Created
	}
	return h.Options.AsOf
}

// An Operation is one line of a plan: what happens to one account, or why nothing does.
type Operation struct {
	Type        string               `json:"type" validate:"eq=operation"`
	N           int64                `json:"n" validate:"min=1"` // place in the plan, from 1
	Action      Action               `json:"action" validate:"oneof=create update end delete blocked untouched"`
	AccountName string               `json:"accountName,omitempty"` // empty only where a blocked row has none that can be read
	ID          string               `json:"id,omitempty"`          // of the record; empty for a create and in a plan made against a file
	Row         int64                `json:"row,omitempty"`         // of the list, as a spreadsheet program shows it; 0 where the list has none
	Line        int64                `json:"line,omitempty"`        // physical line of that row
	Fields      []schema.FieldChange `json:"fields,omitempty" validate:"dive"`
	Current     []string             `json:"current,omitempty"`     // values before, as the tenant gave them, one per managed attribute; none for a create
	Route       Route                `json:"-"`                     // how it reaches the tenant; the file has it in the trailer, by class, and Read fills it in
	Fingerprint string               `json:"fingerprint,omitempty"` // of the managed values before, see RecordFingerprint
	Reason      string               `json:"reason,omitempty"`
	Findings    []schema.Finding     `json:"findings,omitempty"`
}

// Clears reports whether a value is to become empty. An upload cannot do that.
func (op *Operation) Clears() bool {
	for _, f := range op.Fields {
		if f.New == "" && f.Old != "" {
			return true
		}
	}
	return false
}

// Counts are the numbers of a plan.
type Counts struct {
	Create    int64 `json:"create"`
	Update    int64 `json:"update"`
	End       int64 `json:"end"`
	Delete    int64 `json:"delete"`
	Blocked   int64 `json:"blocked"`
	Untouched int64 `json:"untouched"`
	Same      int64 `json:"same"`              // in both, with the same meaning; they have no operation
	Invalid   int64 `json:"invalid,omitempty"` // of the blocked: rows that have an error
	Removals  int64 `json:"removals"`          // deletes, ends, and updates that move an endDate from after the time of planning to it or before
}

// Sent is the number of operations that send something.
func (c Counts) Sent() int64 { return c.Create + c.Update + c.End + c.Delete }

// Operations is the number of operation lines.
func (c Counts) Operations() int64 { return c.Sent() + c.Blocked + c.Untouched }

// A LimitCheck is one limit as it was applied.
type LimitCheck struct {
	Name    string `json:"name"`           // removals, updates, creates, invalid, input, capacity
	Flag    string `json:"flag,omitempty"` // that sets it
	Got     int64  `json:"got"`            // what the plan has
	Of      int64  `json:"of"`             // what a percentage is of
	Limit   string `json:"limit"`          // as it was given: a number, a percentage or none
	Bound   int64  `json:"bound"`          // the number that follows; the most, or for input the least, that is allowed; -1 for none
	OK      bool   `json:"ok"`
	Allowed bool   `json:"allowed,omitempty"` // over the bound, and allowed by the exact number
}

// A Refusal is one reason why a plan must not be applied.
type Refusal struct {
	Code    string `json:"code"`            // limit, input, empty, capacity, partial, invalid, E-ZONE-SHIFT, E-COLUMN-SWAPPED
	Message string `json:"message"`         // what and why, one line
	Flag    string `json:"flag,omitempty"`  // that would allow it; none where nothing does
	Value   string `json:"value,omitempty"` // for that flag
	Hint    string `json:"hint,omitempty"`  // what to do where no flag helps
}

// A Whole is a finding about the list as a whole, such as swapped columns. What it blocks has its message for a reason.
type Whole struct {
	Finding schema.Finding `json:"finding"`
	Rows    int64          `json:"rows"` // that are blocked for it
}

// mislaid is the number of rows that are blocked because columns of the list are swapped.
func (t *Trailer) mislaid() (rows int64) {
	for _, w := range t.Whole {
		if w.Finding.Code == schema.CodeColumnSwapped {
			rows += w.Rows
		}
	}
	return rows
}

// wholeRefusals are of the swapped columns that block rows: they are one fault of the list, which no flag lets pass.
func (t *Trailer) wholeRefusals() (refusals []Refusal) {
	for _, w := range t.Whole {
		if w.Finding.Code == schema.CodeColumnSwapped && w.Rows > 0 {
			refusals = append(refusals, Refusal{
				Code:    w.Finding.Code,
				Message: fmt.Sprintf("%s; %s blocked for it", w.Finding.Message, counted(w.Rows, "row")+verb(w.Rows, " is", " are")),
				Hint:    w.Finding.Hint,
			})
		}
	}
	return refusals
}

// WholeOf is the finding about the list as a whole for which an operation is blocked; nil if there is none.
func (t *Trailer) WholeOf(op *Operation) *Whole {
	if op.Action != Blocked {
		return nil
	}
	for i := range t.Whole {
		if t.Whole[i].Finding.Message == op.Reason {
			return &t.Whole[i]
		}
	}
	return nil
}

// A RouteCount says how the operations of one class reach the tenant, and why so.
type RouteCount struct {
	Class      Class  `json:"class" validate:"oneof=create update clear end delete"`
	Route      Route  `json:"route" validate:"oneof=upload patch delete"`
	Operations int64  `json:"operations"`
	Reason     string `json:"reason"`
}

// A Class is a group of operations that share a route.
type Class string

const (
	ClassCreate Class = "create"
	ClassUpdate Class = "update"
	ClassClear  Class = "clear" // updates that clear a value
	ClassEnd    Class = "end"
	ClassDelete Class = "delete"
)

// Class is the group of the operation; empty where nothing is sent.
func (op *Operation) Class() Class {
	switch op.Action {
	case Create:
		return ClassCreate
	case Update:
		if op.Clears() {
			return ClassClear
		}
		return ClassUpdate
	case End:
		return ClassEnd
	case Delete:
		return ClassDelete
	}
	return ""
}

// Requests are the calls that applying a plan takes at least, and the time that the service's pace of 100 requests in 10
// seconds then imposes. The time of an upload job itself is the service's to say and not in it.
type Requests struct {
	Reads   int64 `json:"reads"`   // pages of 250 records, before and after
	Uploads int64 `json:"uploads"` // with the looks at their status
	Patches int64 `json:"patches"`
	Deletes int64 `json:"deletes"` // of up to 100 ids
	Other   int64 `json:"other"`   // token, source, schema, template
	Total   int64 `json:"total"`
	Seconds int64 `json:"seconds"`
}

// A Trailer is the last line of a plan file. A file without one was cut off.
type Trailer struct {
	Type         string           `json:"type" validate:"eq=trailer"`
	Input        Input            `json:"input"`
	Records      int64            `json:"records"` // that the source held
	Counts       Counts           `json:"counts"`
	Fields       map[string]int64 `json:"fields,omitempty"` // updates per attribute
	Limits       []LimitCheck     `json:"limits,omitempty"`
	Refusals     []Refusal        `json:"refusals,omitempty"`
	Whole        []Whole          `json:"whole,omitempty"` // what is said of the list as a whole
	Safe         bool             `json:"safe"`            // false exactly where there are refusals; only a safe plan is applied
	Routes       []RouteCount     `json:"routes,omitempty" validate:"dive"`
	DeletesFirst bool             `json:"deletesFirst,omitempty"` // there is no room for the creates until the deletes are done
	Requests     Requests         `json:"requests"`
	Fingerprint  string           `json:"fingerprint"` // 80 bits over tenant, source, schema, operations and verdict, without times: what a reviewer signs
	Checksum     string           `json:"checksum"`    // SHA-256 in hex of every byte of the file before the comma in front of this
}

// Summary is what Build found: the trailer that it wrote and the header that it began with.
type Summary struct {
	Header  Header
	Trailer Trailer
	Head    *Plan // the same with the first operations, where Options.Head asked for some; its counts are of the whole plan
}
