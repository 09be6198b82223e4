package diff

import (
	"bytes"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// settle decides what a row of a batch is: a change, or the same as its record after all.
func (c *comparison) settle(b *batch, i int, s *settled) {
	rows, it, change := &b.block, b.items[i], &s.change
	findings := b.findings[i]
	if it.state.stands(noted) {
		findings = append(findings, c.checked(rows, i)...)
	}
	if warnings := c.o.Warnings[rows.Rows[i].Row]; len(warnings) > 0 {
		findings = slices.Concat(findings, warnings)
	}
	change.Findings = append(findings, c.keyFindings(rows, i, it, findings)...)
	var record *given // nil where the current side has none with that key, or several
	if it.recorded() {
		record = &b.given[i]
	}
	suspicion, suspect := c.suspects[it.row]
	switch {
	case it.state.stands(fails | unreadable | repeated | ambiguous), suspect && record == nil:
		if suspect {
			change.Findings = append(change.Findings, c.suspectFinding(rows, i, suspicion))
		}
		c.block(change, rows, i, record)
	case record == nil:
		c.create(change, rows, i)
	default:
		s.same = c.update(change, b, i, record, suspicion)
	}
}

// block makes the change of a row that is not to be sent.
func (c *comparison) block(change *Change, rows *schema.Block, i int, record *given) {
	values := make([]string, len(c.names))
	values[c.key] = string(rows.Cell(i, c.desiredKey))
	for n := range c.managed {
		values[c.managed[n].name] = string(rows.Cell(i, c.managed[n].desired))
	}
	*change = Change{
		Kind:     Blocked,
		Key:      string(sentOf(rows.Cell(i, c.desiredKey))),
		Desired:  &schema.Record{Ref: rows.Rows[i], Names: c.names, Values: values},
		Findings: change.Findings,
	}
	if record != nil {
		change.Current = record.record(c.currentNames)
		change.Key = string(givenOf(record.cell(c.currentKey), c.recordKeys))
	}
}

// create makes the change of a row whose key the current side does not have.
func (c *comparison) create(change *Change, rows *schema.Block, i int) {
	change.Kind = Create
	change.Key = string(sentOf(rows.Cell(i, c.desiredKey)))
	values := make([]string, len(c.given))
	ref := rows.Rows[i]
	before := len(change.Findings)
	if c.o.Check != nil {
		c.o.Check.CheckCreate(rows, i, func(f schema.Finding) { change.Findings = append(change.Findings, f) })
	}
	for n := range c.given {
		p := &c.given[n]
		if p.column == c.desiredKey {
			values[n] = change.Key
			continue
		}
		var cell []byte
		if p.column >= 0 {
			cell = rows.Cell(i, p.column)
		}
		sent, err := p.comparer.Send(cell)
		if sent == "" && err == nil && blank(cell) {
			sent = p.fallback
		}
		switch {
		case err != nil:
			change.Findings = append(change.Findings, c.unsendable(ref, p.attribute.TechnicalName, p.column, cell, err))
		case sent == "" && p.attribute.Required && c.o.Check == nil:
			change.Findings = append(change.Findings, c.requiredFinding(ref, p, cell))
		}
		values[n] = sent
	}
	if slices.ContainsFunc(change.Findings[before:], isError) {
		c.block(change, rows, i, nil)
		return
	}
	change.Desired = &schema.Record{Ref: ref, Names: c.givenNames, Values: values}
}

// update is what the change of a row that has a record is made of.
type update struct {
	desired, current schema.Record
	fields           [2]schema.FieldChange
}

// fewUpdates are allocated together, as they come by the thousand. Whoever keeps one of them keeps all.
const fewUpdates = 8

func (b *batch) update() *update {
	if len(b.updates) == 0 {
		b.updates = make([]update, fewUpdates)
	}
	u := &b.updates[0]
	b.updates = b.updates[1:]
	return u
}

// update makes the change of a row that has a record, and tells whether it is none. The record's key is what the row's is, or
// folds to the same, or was answered or is suspected to be the same person's.
func (c *comparison) update(change *Change, b *batch, i int, record *given, s suspicion) (same bool) {
	rows := &b.block
	ref := rows.Rows[i]
	sentKey, wasKey := sentOf(rows.Cell(i, c.desiredKey)), givenOf(record.cell(c.currentKey), c.recordKeys)
	rename := !bytes.Equal(sentKey, wasKey) && !c.answers.same(string(wasKey), string(sentKey))
	first := c.differs(rows, i, record)
	if !rename && first == len(c.managed) {
		return true
	}
	both := b.update()
	both.desired.Ref = ref
	spare := c.o.FieldsOnly && !rename && record.whole == nil
	var values []string
	var was string
	if spare {
		both.current.Ref = record.block.Rows[record.row]
		change.Current, was = &both.current, string(wasKey)
	} else {
		texts := make([]string, len(c.names)+len(c.currentNames))
		values = texts[:len(c.names):len(c.names)]
		change.Current = record.into(&both.current, c.currentNames, texts[len(c.names):])
		was = change.Current.Values[c.currentKey]
		if !c.recordKeys {
			was = was[strings.Index(was, string(wasKey)):][:len(wasKey)]
		}
		both.desired.Names, both.desired.Values = c.names, values
		values[c.key] = was
	}
	sent := was
	if rename || !bytes.Equal(sentKey, wasKey) {
		sent = string(sentKey)
	}
	change.Kind, change.Key = Update, was
	change.Fields = both.fields[:0]
	before, keyField := len(change.Findings), 0
	for n := range c.managed {
		m := &c.managed[n]
		cell := rows.Cell(i, m.desired)
		if !spare {
			values[m.name] = change.Current.Values[m.current]
		}
		if n < first || n > first && m.comparer.Equal(cell, record.cell(m.current)) {
			continue
		}
		var old string
		if spare {
			old = string(record.cell(m.current))
		} else {
			old = change.Current.Values[m.current]
		}
		value, err := m.comparer.Send(cell)
		if err != nil {
			change.Findings = append(change.Findings, c.unsendable(ref, m.attribute.TechnicalName, m.desired, cell, err))
			continue
		}
		if !spare {
			values[m.name] = value
		}
		change.Fields = append(change.Fields, schema.FieldChange{Attribute: m.attribute.TechnicalName, Old: old, New: value})
		if m.name < c.key {
			keyField = len(change.Fields)
		}
	}
	if len(change.Findings) > before {
		c.block(change, rows, i, record)
		return false
	}
	change.Desired = &both.desired
	if rename {
		change.Kind, values[c.key] = Rename, sent
		change.Fields = slices.Insert(change.Fields, keyField, schema.FieldChange{Attribute: c.o.key(), Old: was, New: sent})
		if s.keys == nil {
			change.Findings = append(change.Findings, c.foldFinding(ref, sent, was))
		} else {
			change.Findings = append(change.Findings, c.suspectFinding(rows, i, s))
		}
	}
	return false
}

// differs returns the first managed attribute in which a row and its record differ, or how many there are.
func (c *comparison) differs(rows *schema.Block, i int, record *given) int {
	for n := range c.managed {
		m := &c.managed[n]
		if !m.comparer.Equal(rows.Cell(i, m.desired), record.cell(m.current)) {
			return n
		}
	}
	return len(c.managed)
}
