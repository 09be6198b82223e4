package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Options say for whom a plan is made and what it may do.
type Options struct {
	Now     time.Time     // what counts as now for limits and ends; required
	Made    time.Time     // the time of planning where it is another than Now, as when a plan is made as of a given day
	Tool    string        // name and version of the program
	Source  schema.Source // required, unless Against is set
	Access  schema.Access
	Schema  *schema.Schema // required
	Reading schema.Reading // as it was given to diff
	Managed []string       // technical names of the list's columns; required
	Input   Input          // of the list, as far as it is known before it is read
	Settled func() (input Input, partial string)
	// Settled, where it is set, is called once, after the last change. It says what is known of the list after it was read to
	// its end, and why it is not the whole list; empty means that it is.

	Partial     string        // why the list is known beforehand not to be the whole one
	Read        ReadState     // Records 0 takes the number that diff counted
	Against     string        // file that stands for the tenant
	Undoes      string        // id of the plan that this one reverses
	UndoesRun   string        // the run that applied it
	OnMissing   OnMissing     // keep where empty
	EndDate     time.Time     // required with OnMissing end
	DeleteAfter time.Duration // with OnMissing delete: an account must have ended this long ago
	Scope       Scope         // records outside it are left alone
	Route       string        // auto (where empty), bulk or patch
	Key         string        // accountName where empty
	SkipInvalid bool          // rows with errors are left out and do not stop the rest
	Limits      Limits
	Pending     map[string]string // account name in lower case → why it cannot be created now, e.g. a request that waits for approval
	ZoneShiftOK bool              // a common shift of the dates is meant
	Whole       []schema.Finding  // what is said of the list as a whole; a row that is blocked for it has its message first
	Head        int               // so many operations that send, that are blocked, and that are untouched are kept in Summary.Head
	Live        bool              // for Undo: what is there after the plan is the source as it is now, and not what was read back; somebody may have been there since
	Idle        map[int64]bool    // for Undo: numbers of the operations that changed nothing, as they were never sent or always refused
}

// Build writes to sink a header, an operation for every change, and a trailer with counts, limits and routes. It sends
// nothing and reads no clock. changes is called once; what it emits is written as it comes, so that memory does not grow
// with the number of changes.
//
// A plan that breaks a limit or guard is written all the same, marked unsafe, and Build returns a [*LimitError]; where rows
// with errors are all that stands in its way, an [*InvalidError]. After any other error what was written is no plan.
func Build(changes func(emit func(diff.Change) error) (diff.Summary, error), sink io.Writer, o Options) (Summary, error) {
	b, err := newBuilder(sink, o)
	if err != nil {
		return Summary{}, err
	}
	defer b.w.Stop()
	seen, err := changes(b.change)
	if err != nil {
		return Summary{}, err
	}
	return b.finish(seen)
}

type builder struct {
	o        Options
	w        *Writer
	header   Header
	rights   rights
	counts   Counts
	classes  map[Class]int64
	fields   map[string]int64
	shifts   shifts
	head     *head
	names    []string // of the last current record, see before
	places   []int    // where the managed attributes stand among them; -1 where they do not
	whole    Trailer  // what is said of the list as a whole
	target   string   // wire form of the end date that missing accounts get
	dates    map[string]bool
	required map[string]bool // attributes that the source requires
}

func newBuilder(sink io.Writer, o Options) (*builder, error) {
	if o.OnMissing == "" {
		o.OnMissing = KeepMissing
	}
	switch {
	case o.Now.IsZero():
		return nil, errors.New("plan: the time of planning is missing")
	case o.Schema == nil:
		return nil, errors.New("plan: the schema is missing")
	case len(o.Managed) == 0:
		return nil, errors.New("plan: the list has no column that the source knows")
	case o.OnMissing == EndMissing && o.EndDate.IsZero():
		return nil, errors.New("plan: --on-missing end needs an end date")
	case o.Route != "" && o.Route != "auto" && o.Route != "bulk" && o.Route != "patch":
		return nil, fmt.Errorf("plan: %q is no route: give auto, bulk or patch", o.Route)
	}
	b := &builder{o: o, rights: rightsOf(o.Access, o.Against), classes: map[Class]int64{}, fields: map[string]int64{}, shifts: shifts{}, head: newHead(o.Head), dates: map[string]bool{}, required: map[string]bool{}}
	if o.Route == "patch" && !b.rights.patch {
		return nil, &RightsError{Message: "--route patch: the service refuses an application's patches", Hint: "use a personal access token, which is bound to a person, or leave the route to the program"}
	}
	for _, f := range o.Whole {
		b.whole.Whole = append(b.whole.Whole, Whole{Finding: f})
	}
	zone := ""
	if o.Reading.Zone != nil {
		zone = o.Reading.Zone.String()
	}
	managed := inTemplateOrder(o.Schema, o.Managed, o.OnMissing == EndMissing)
	for _, a := range o.Schema.Attributes {
		b.dates[a.TechnicalName] = a.Type == schema.Date
		b.required[a.TechnicalName] = a.Required
	}
	if o.OnMissing == EndMissing {
		end := o.EndDate
		if o.Reading.Zone != nil {
			end = end.In(o.Reading.Zone)
		}
		b.target = end.Format(time.RFC3339)
	}
	b.header = Header{
		ID: planID(o), Created: o.made().UTC(), Tool: o.Tool, Source: o.Source,
		Schema:  Schema{Fingerprint: o.Schema.Fingerprint(), Names: o.Schema.Names(), Attributes: o.Schema.Attributes},
		Input:   o.Input,
		Managed: managed,
		Options: Settings{
			OnMissing: o.OnMissing, Zone: zone, Blank: blankName(o.Reading.Blank), PhoneDigits: o.Reading.PhoneDigits,
			Scope: o.Scope.String(), Route: o.Route, Key: o.Key, SkipInvalid: o.SkipInvalid,
		},
		Read: o.Read, Access: o.Access, Against: o.Against, Undoes: o.Undoes, UndoesRun: o.UndoesRun,
	}
	if o.OnMissing == EndMissing {
		b.header.Options.EndDate = o.EndDate
	}
	if !o.made().Equal(o.Now) {
		b.header.Options.AsOf = o.Now.UTC()
	}
	if o.DeleteAfter > 0 {
		b.header.Options.DeleteAfter = o.DeleteAfter.String()
	}
	var err error
	b.w, err = NewWriter(sink, &b.header)
	return b, err
}

// inTemplateOrder sorts the managed attributes as the source has them; endDate is managed where the plan ends accounts.
func inTemplateOrder(s *schema.Schema, managed []string, ends bool) []string {
	var out []string
	for _, n := range s.Names() {
		if slices.Contains(managed, n) || ends && n == schema.EndDate {
			out = append(out, n)
		}
	}
	return out
}

func blankName(b schema.Blank) string {
	if b == schema.BlankClear {
		return "clear"
	}
	return "keep"
}

// made is the time of planning.
func (o Options) made() time.Time {
	if o.Made.IsZero() {
		return o.Now
	}
	return o.Made
}

// planID is made from what makes one plan another: the moment and the place.
func planID(o Options) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q %q %q %q", o.made().UnixNano(), o.Source.Tenant.ID, o.Source.SourceID, o.Input.File, o.Undoes))
	return hex.EncodeToString(sum[:8])
}

// change turns one difference into one operation.
func (b *builder) change(c diff.Change) error {
	op := Operation{AccountName: c.Key, Findings: c.Findings}
	if c.Desired != nil {
		op.Row, op.Line = c.Desired.Ref.Row, c.Desired.Ref.Line
		// Where people are known by another attribute, the key is that and no account name.
		if name, ok := c.Desired.Get(schema.AccountName); ok && name != "" && c.Current == nil && b.o.Key != "" && b.o.Key != schema.AccountName {
			op.AccountName = name
		}
	}
	if c.Current != nil {
		b.before(&op, c.Current)
		if name, ok := c.Current.Get(schema.AccountName); ok && c.Kind != diff.Rename {
			op.AccountName = name
		}
		if op.ID == "" && b.o.Against == "" && c.Kind != diff.Rename && c.Kind != diff.Blocked {
			return fmt.Errorf("plan: the record of %q was read without an id", op.AccountName)
		}
	}
	switch c.Kind {
	case diff.Create:
		b.create(&op, c)
	case diff.Update:
		if len(c.Fields) == 0 {
			return fmt.Errorf("plan: the update of %q names no attribute", op.AccountName)
		}
		op.Action, op.Fields = Update, c.Fields
		b.update(&op, c.Current)
	case diff.Missing:
		b.missing(&op, c.Current)
	case diff.Blocked:
		block(&op, reasonOf(c.Findings, "the row has an error"))
		// A record of the tenant that no row can be about is no fault of the list.
		if (c.Desired != nil || c.Current == nil) && slices.ContainsFunc(c.Findings, func(f schema.Finding) bool { return f.Severity == schema.Error }) {
			b.counts.Invalid++
		}
	case diff.Rename:
		block(&op, "suspected rename: "+reasonOf(c.Findings, "the account name differs only in case, spaces or Unicode form"))
	default:
		return fmt.Errorf("plan: %q is no kind of change", c.Kind)
	}
	return b.put(&op)
}

// A RightsError says that the token may not do what the options ask for.
type RightsError struct{ Message, Hint string }

func (e *RightsError) Error() string { return "plan: " + e.Message }

// put counts and writes one operation.
func (b *builder) put(op *Operation) error {
	b.count(op)
	if err := b.w.Operation(op); err != nil {
		return err
	}
	if w := b.whole.WholeOf(op); w != nil {
		w.Rows++
		return nil // it is not shown one by one
	}
	b.head.add(op)
	return nil
}

// before puts the record as it was read into the operation.
func (b *builder) before(op *Operation, current *schema.Record) {
	op.ID = current.ID
	// The records of one table share their names: where each managed attribute stands is worked out once.
	if len(b.names) != len(current.Names) || len(b.names) > 0 && &b.names[0] != &current.Names[0] {
		b.names, b.places = current.Names, b.places[:0]
		for _, n := range b.header.Managed {
			b.places = append(b.places, slices.Index(current.Names, n))
		}
	}
	op.Current = make([]string, len(b.places))
	for i, at := range b.places {
		if at >= 0 {
			op.Current[i] = current.Values[at]
		}
	}
	op.Fingerprint = valuesFingerprint(op.Current)
}

func (b *builder) count(op *Operation) {
	b.counts.add(op.Action)
	if class := op.Class(); class != "" {
		b.classes[class]++
	}
	if op.removes(b.o.Now, b.o.Reading.Zone) {
		b.counts.Removals++
	}
	if op.Action != Update {
		return
	}
	for _, f := range op.Fields {
		b.fields[f.Attribute]++
		if !b.dates[f.Attribute] {
			continue
		}
		was, wasDate := b.when(f.Old)
		will, isDate := b.when(f.New)
		if wasDate && isDate {
			b.shifts.add(will.Sub(was))
		}
	}
}

func block(op *Operation, reason string) {
	op.Action, op.Fields, op.Reason = Blocked, nil, reason
}

func leave(op *Operation, reason string) {
	op.Action, op.Fields, op.Reason = Untouched, nil, reason
}

// reasonOf is the first error's message, or the first finding's.
func reasonOf(findings []schema.Finding, otherwise string) string {
	for _, f := range findings {
		if f.Severity == schema.Error {
			return f.Message
		}
	}
	if len(findings) > 0 {
		return findings[0].Message
	}
	return otherwise
}

func (b *builder) create(op *Operation, c diff.Change) {
	op.Action = Create
	for _, n := range b.header.Schema.Names {
		if v, ok := c.Desired.Get(n); ok && v != "" {
			op.Fields = append(op.Fields, schema.FieldChange{Attribute: n, New: v})
		}
	}
	if why, waits := b.o.Pending[strings.ToLower(op.AccountName)]; waits {
		block(op, why)
		return
	}
	if b.rights.endOnly {
		block(op, "this token is not an administrator's: it may only move end dates, not create")
		return
	}
	if reason := b.o.Scope.outside(c.Desired); reason != "" {
		block(op, "the row is "+reason)
	}
}

// update lets an update stand or says why it cannot be made.
func (b *builder) update(op *Operation, current *schema.Record) {
	if reason := b.o.Scope.outside(current); reason != "" {
		block(op, "the record in the tenant is "+reason)
		return
	}
	var start, end string
	start, _ = current.Get(schema.StartDate)
	end, _ = current.Get(schema.EndDate)
	moved := false
	for _, f := range op.Fields {
		switch {
		case f.Attribute == schema.AccountName:
			block(op, fmt.Sprintf("the account name would change from %q to %q, which the service does not do: it would be another account", f.Old, f.New))
			return
		case f.New == "" && b.required[f.Attribute]:
			block(op, f.Attribute+" is required by the source and cannot be cleared")
			return
		case b.rights.endOnly && f.Attribute != schema.EndDate:
			block(op, "this token is not an administrator's: it may only move end dates, and "+f.Attribute+" would change too")
			return
		case f.Attribute == b.o.Scope.Attribute && !b.o.Scope.Covers(f.New):
			block(op, fmt.Sprintf("%s would leave the scope %s", op.AccountName, b.o.Scope))
			return
		case f.Attribute == schema.StartDate:
			start, moved = f.New, true
		case f.Attribute == schema.EndDate:
			end, moved = f.New, true
		}
	}
	if op.Clears() && !b.rights.patch {
		block(op, "clearing a value needs a patch, and an application's token cannot patch")
		return
	}
	from, ok := b.when(start)
	to, ok2 := b.when(end)
	if moved && ok && ok2 && to.Before(from) && b.o.Undoes == "" {
		block(op, fmt.Sprintf("the contract would end (%s) before it starts (%s)", b.day(to), b.day(from)))
	}
}

// when reads a date of the tenant or of the wire.
func (b *builder) when(value string) (time.Time, bool) { return when(value, b.o.Reading.Zone) }

// when reads a date of the tenant, of an export or of the wire; a day alone is its first instant in zone, or in UTC.
func when(value string, zone *time.Location) (time.Time, bool) {
	if t, ok := instant(value); ok {
		return t, true
	}
	if value == "" {
		return time.Time{}, false
	}
	w, err := schema.ParseDate([]byte(value), schema.Unsettled, zone)
	switch {
	case err != nil:
		return time.Time{}, false
	case zone == nil:
		return w.StartOf(time.UTC), true
	}
	return w.StartOf(zone), true
}

// Removals tells which operations of the plan count as removals, as the limit on them does: deletes, ends, and updates that move
// an endDate from after the time of planning to it or before.
func (h *Header) Removals() func(*Operation) bool {
	now, zone := h.asOf(), h.Options.location()
	return func(op *Operation) bool { return op.removes(now, zone) }
}

// removes reports whether the operation counts as a removal: a delete, an end, or an update that ends somebody.
func (op *Operation) removes(now time.Time, zone *time.Location) bool {
	return op.Action == Delete || op.Action == End || op.Action == Update && endsNow(op, now, zone)
}

// endsNow reports whether an update moves an endDate from after now to now or before.
func endsNow(op *Operation, now time.Time, zone *time.Location) bool {
	for _, f := range op.Fields {
		if f.Attribute != schema.EndDate {
			continue
		}
		was, wasDate := when(f.Old, zone)
		will, isDate := when(f.New, zone)
		return isDate && !will.After(now) && (!wasDate || was.After(now))
	}
	return false
}

// day writes the calendar day of an instant in the stated zone.
func (b *builder) day(t time.Time) string {
	if b.o.Reading.Zone != nil {
		t = t.In(b.o.Reading.Zone)
	}
	return t.Format(time.DateOnly)
}

// finishOf writes the trailer of a plan that was not made from a comparison.
func (b *builder) finishOf(records, rows int64) (Summary, error) {
	return b.finish(diff.Summary{Desired: rows, Current: records})
}

// finish writes the trailer.
func (b *builder) finish(seen diff.Summary) (Summary, error) {
	input, partial := b.o.Input, b.o.Partial
	if b.o.Settled != nil {
		var why string
		if input, why = b.o.Settled(); partial == "" {
			partial = why
		}
	}
	if input.Rows == 0 {
		input.Rows = seen.Desired
	}
	records, inScope := b.o.Read.Records, b.o.Read.InScope
	if records == 0 {
		records = seen.Current
	}
	if records != seen.Current {
		return Summary{}, fmt.Errorf("plan: %d records were read of the source and %d were compared: nothing can be planned on a part", records, seen.Current)
	}
	if b.o.Scope.Attribute == "" {
		inScope = records
	}
	b.counts.Same = seen.Same
	t := Trailer{Input: input, Records: records, Counts: b.counts, Fields: b.fields, Whole: b.whole.Whole}
	kind := "removals"
	switch b.counts.Removals {
	case b.counts.Delete:
		kind = "deletes"
	case b.counts.End:
		kind = "ends"
	}
	leftOut := int64(-1)
	if b.o.SkipInvalid {
		leftOut = b.counts.Invalid - t.mislaid() // those have a refusal of their own
	}
	t.Limits, t.Refusals = b.o.Limits.check(b.counts, kind, seen.Desired, leftOut, records, inScope, b.o.OnMissing)
	if partial == "" && seen.NoKey > 0 {
		partial = fmt.Sprintf("the key of %s cannot be read", counted(seen.NoKey, "row"))
	}
	if b.o.OnMissing != KeepMissing && partial != "" {
		t.Refusals = append(t.Refusals, Refusal{
			Code:    "partial",
			Message: fmt.Sprintf("refusing --on-missing %s: %s, so nobody can be told to be missing", b.o.OnMissing, partial),
			Hint:    "give the whole list, or plan with --on-missing keep",
		})
	}
	if r, shifted := b.shifts.refusal(b.header.Options.Zone); shifted && !b.o.ZoneShiftOK {
		t.Refusals = append(t.Refusals, r)
	}
	whole := t.wholeRefusals()
	if b.o.SkipInvalid {
		t.Refusals = append(t.Refusals, whole...)
	}
	limited := len(t.Refusals) > 0
	if !b.o.SkipInvalid {
		t.Refusals = append(t.Refusals, whole...)
	}
	if b.counts.Invalid > 0 && !b.o.SkipInvalid {
		t.Refusals = append(t.Refusals, Refusal{Code: "invalid", Message: (&InvalidError{Rows: b.counts.Invalid}).Error(), Flag: "--skip-invalid"})
	}
	t.Safe = len(t.Refusals) == 0
	t.Routes = routes(b.classes, b.rights, b.o.Route)
	capacity := b.o.Limits.withDefaults().Capacity
	t.DeletesFirst = b.counts.Create > 0 && b.counts.Delete > 0 && records+b.counts.Create > capacity
	t.Requests = requests(t.Routes, b.counts, records)
	if err := b.w.Close(&t); err != nil {
		return Summary{}, err
	}
	b.header.Input, b.header.Read.Records = t.Input, records
	s := Summary{Header: b.header, Trailer: t}
	var err error
	if s.Head, err = b.head.plan(b.header, t); err != nil {
		return Summary{}, err
	}
	switch {
	case limited:
		return s, limitError(t.Refusals, t.Limits, kind)
	case !t.Safe:
		e := &InvalidError{Rows: b.counts.Invalid}
		if len(whole) > 0 {
			e.Remedy = Hint(whole)
		}
		return s, e
	}
	return s, nil
}

func limitError(refusals []Refusal, checks []LimitCheck, removalKind string) *LimitError {
	e := &LimitError{Refusals: refusals}
	for _, c := range checks {
		if c.OK {
			continue
		}
		e.Verb, e.Got, e.Of, e.Limit, e.Flag = c.Name, c.Got, c.Of, c.Limit, c.Flag
		if c.Name == "removals" {
			e.Verb, e.Flag = removalKind, "--allow-removals"
		}
		break
	}
	return e
}
