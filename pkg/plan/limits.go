package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Limit is a bound given as a number, as a percentage or as none. The zero Limit is unset: the default applies.
type Limit struct {
	kind  limitKind
	value int64 // a number, or hundredths of a percent
}

type limitKind uint8

const (
	unset limitKind = iota
	number
	percent
	none
)

// NoLimit bounds nothing.
func NoLimit() Limit { return Limit{kind: none} }

// LimitOf is the limit of exactly n.
func LimitOf(n int64) Limit { return Limit{kind: number, value: n} }

// ParseLimit reads N, P% (with up to two decimals) or none. Nothing at all is the unset limit.
func ParseLimit(s string) (Limit, error) {
	switch digits, isPercent := strings.CutSuffix(s, "%"); {
	case s == "":
		return Limit{}, nil
	case s == "none":
		return NoLimit(), nil
	case isPercent:
		whole, decimals, hasPoint := strings.Cut(digits, ".")
		if whole == "" || hasPoint && (decimals == "" || len(decimals) > 2) {
			break
		}
		n, err := strconv.ParseUint(whole+(decimals + "00")[:2], 10, 32)
		if err != nil || n > 10_000 {
			break
		}
		return Limit{kind: percent, value: int64(n)}, nil
	default:
		if n, err := strconv.ParseUint(s, 10, 62); err == nil {
			return LimitOf(int64(n)), nil
		}
	}
	return Limit{}, fmt.Errorf("%q is no limit: give a number, a percentage up to 100%%, or none", s)
}

// String is the limit as ParseLimit reads it; empty for the unset one.
func (l Limit) String() string {
	switch l.kind {
	case number:
		return strconv.FormatInt(l.value, 10)
	case percent:
		s := strings.TrimRight(fmt.Sprintf("%d.%02d", l.value/100, l.value%100), "0")
		return strings.TrimSuffix(s, ".") + "%"
	case none:
		return "none"
	}
	return ""
}

// MarshalText implements [encoding.TextMarshaler].
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *Limit) UnmarshalText(b []byte) (err error) {
	*l, err = ParseLimit(string(b))
	return err
}

// Bound is the number that the limit stands for: a percentage of the given number, rounded down and never below 1; -1 for
// none.
func (l Limit) Bound(of int64) int64 {
	switch l.kind {
	case number:
		return l.value
	case percent:
		return max(1, of/10_000*l.value+of%10_000*l.value/10_000)
	}
	return -1
}

func (l Limit) or(d Limit) Limit {
	if l.kind == unset {
		return d
	}
	return l
}

// Limits bound what one plan may do. Each zero value is the default.
type Limits struct {
	MaxRemovals   Limit // 5% of the records in scope
	MaxUpdates    Limit // 30%
	MaxCreates    Limit // none
	MinInput      Limit // 70%: the least rows that a list must have before anybody counts as missing
	MaxInvalid    Limit // 30% of the rows of the list: the most with errors that may be left out
	AllowRemovals int   // over MaxRemovals, exactly this number is allowed all the same; 0 and less allow none
	AllowEmpty    bool  // a list without a row is meant
	Capacity      int64 // most records in the source; 20,000 where 0
}

func (l Limits) withDefaults() Limits {
	l.MaxRemovals = l.MaxRemovals.or(Limit{kind: percent, value: 500})
	l.MaxUpdates = l.MaxUpdates.or(Limit{kind: percent, value: 3_000})
	l.MaxCreates = l.MaxCreates.or(NoLimit())
	l.MinInput = l.MinInput.or(Limit{kind: percent, value: 7_000})
	l.MaxInvalid = l.MaxInvalid.or(Limit{kind: percent, value: 3_000})
	if l.Capacity == 0 {
		l.Capacity = schema.MaxRecords
	}
	return l
}

// A LimitError says that a plan must not be applied: exit 5. The plan was written all the same. The fields are those of the
// first refusal that has a number; Refusals are all of them.
type LimitError struct {
	Verb     string // what would be done: deletes, ends, removals, updates, creates
	Got      int64
	Of       int64
	Limit    string
	Flag     string // that would allow it; empty where nothing does
	Refusals []Refusal
}

// Error is one line per refusal.
func (e *LimitError) Error() string {
	lines := make([]string, len(e.Refusals))
	for i, r := range e.Refusals {
		lines[i] = r.Message
	}
	return strings.Join(lines, "\n  ")
}

// Hint says what would allow the plan, or what else to do, in one line.
func (e *LimitError) Hint() string { return Hint(e.Refusals) }

// Hint joins the flags that would allow a refused plan; where a refusal has none, its own advice comes first.
func Hint(refusals []Refusal) string {
	var advice, flags []string
	for _, r := range refusals {
		switch {
		case r.Flag == "":
			advice = append(advice, r.Hint)
		case r.Value == "":
			flags = append(flags, r.Flag)
		default:
			flags = append(flags, r.Flag+" "+r.Value)
		}
	}
	allow := "if it is really meant:  " + strings.Join(flags, " ")
	switch {
	case len(advice) == 0:
		return allow
	case len(flags) > 0:
		advice = append(advice, "for the rest, "+allow)
	}
	return strings.Join(advice, "; ")
}

// An InvalidError says that rows of the list have errors and nobody said that the rest may go ahead: exit 3. The plan was
// written all the same, and is not safe.
type InvalidError struct {
	Rows   int64
	Remedy string // where the list as a whole is at fault, so that leaving its rows out is none
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s of the list %s: nothing will be applied until that is mended or left out", counted(e.Rows, "row"), verb(e.Rows, "has an error", "have errors"))
}

// check applies the limits to what was planned. leftOut are the rows with errors that do not stop the rest; -1 where any such row does.
func (l Limits) check(c Counts, removalKind string, rows, leftOut, records, inScope int64, onMissing OnMissing) (checks []LimitCheck, refusals []Refusal) {
	l = l.withDefaults()
	if rows == 0 && !l.AllowEmpty {
		refusals = append(refusals, Refusal{Code: "empty", Message: "refusing to plan an empty list: it has no row of data", Flag: "--allow-empty"})
	}
	over := func(name, flag string, got int64, limit Limit) (LimitCheck, bool) {
		lc := LimitCheck{Name: name, Flag: flag, Got: got, Of: inScope, Limit: limit.String(), Bound: limit.Bound(inScope), OK: true}
		if lc.Bound >= 0 && got > lc.Bound {
			lc.OK = false
		}
		return lc, !lc.OK
	}
	removals, tooMany := over("removals", "--max-removals", c.Removals, l.MaxRemovals)
	switch {
	case tooMany && int64(l.AllowRemovals) == c.Removals:
		removals.OK, removals.Allowed = true, true
	case tooMany:
		message := refusal(removalKind, removals)
		if l.AllowRemovals > 0 {
			message += fmt.Sprintf("; --allow-removals %d allows exactly that many and no others", l.AllowRemovals)
		}
		refusals = append(refusals, Refusal{Code: "limit", Message: message, Flag: "--allow-removals", Value: strconv.FormatInt(c.Removals, 10)})
	}
	checks = append(checks, removals)
	for _, x := range []struct {
		name, flag string
		got        int64
		limit      Limit
	}{{"updates", "--max-updates", c.Update, l.MaxUpdates}, {"creates", "--max-creates", c.Create, l.MaxCreates}} {
		lc, tooMany := over(x.name, x.flag, x.got, x.limit)
		if tooMany {
			refusals = append(refusals, Refusal{Code: "limit", Message: refusal(x.name, lc), Flag: x.flag, Value: strconv.FormatInt(x.got, 10)})
		}
		checks = append(checks, lc)
	}
	if leftOut >= 0 {
		lc := LimitCheck{Name: "invalid", Flag: "--max-invalid", Got: leftOut, Of: rows, Limit: l.MaxInvalid.String(), Bound: l.MaxInvalid.Bound(rows), OK: true}
		if lc.Bound >= 0 && leftOut > lc.Bound {
			lc.OK = false
			refusals = append(refusals, Refusal{
				Code:    "limit",
				Message: fmt.Sprintf("refusing to leave out %s: %s of %s, limit %s (--max-invalid); nelm-reconcile validate lists them", counted(leftOut, "row")+" with errors", share(leftOut, rows), counted(rows, "row"), lc.Limit),
				Flag:    "--max-invalid", Value: strconv.FormatInt(leftOut, 10),
			})
		}
		checks = append(checks, lc)
	}
	if onMissing != KeepMissing {
		lc := LimitCheck{Name: "input", Flag: "--min-input", Got: rows, Of: inScope, Limit: l.MinInput.String(), Bound: l.MinInput.Bound(inScope), OK: true}
		if lc.Bound > 0 && rows < lc.Bound && inScope > 0 && !(rows == 0 && l.AllowEmpty) {
			lc.OK = false
			refusals = append(refusals, Refusal{
				Code:    "input",
				Message: fmt.Sprintf("the input has %s, %s of the remote (--min-input %s): is this the whole list?", counted(rows, "row"), share(rows, inScope), lc.Limit),
				Flag:    "--min-input", Value: strconv.FormatInt(rows, 10),
			})
		}
		checks = append(checks, lc)
	}
	room := LimitCheck{Name: "capacity", Got: records + c.Create - c.Delete, Of: records, Limit: strconv.FormatInt(l.Capacity, 10), Bound: l.Capacity}
	room.OK = room.Got <= room.Bound || c.Create == 0
	if !room.OK {
		refusals = append(refusals, Refusal{
			Code:    "capacity",
			Message: fmt.Sprintf("refusing to plan %s: the source would hold %s records, and it has room for %s", counted(c.Create, "create"), grouped(room.Got), grouped(room.Bound)),
			Hint:    "delete ended records first, or put some of the people into another source",
		})
	}
	return append(checks, room), refusals
}

// refusal says what is too much; what is a plural: deletes, updates.
func refusal(what string, c LimitCheck) string {
	return fmt.Sprintf("refusing to plan %s: %s of %s records, limit %s (%s)", counted(c.Got, strings.TrimSuffix(what, "s")), share(c.Got, c.Of), grouped(c.Of), c.Limit, c.Flag)
}

// share is n of total in percent with one decimal.
func share(n, total int64) string {
	if total == 0 {
		return "all"
	}
	return fmt.Sprintf("%.1f%%", float64(n)*100/float64(total))
}

// grouped writes a number with a comma before every three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func counted(n int64, noun string) string { return grouped(n) + " " + noun + verb(n, "", "s") }

func verb(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
