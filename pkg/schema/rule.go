package schema

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"
)

// A Rule is one of a person's own, about one attribute. It has a check or a pattern or both.
//
// Check is in the words of github.com/go-playground/validator, joined by commas: for one value anything that it has for strings
// (len=6, min=2, max=40, numeric, alphanum, oneof=ACME 'Big Corp', startswith=X-, lowercase, uuid …), and across the row
//
//	required                      a new record must have it
//	required_if=vendor ACME       … if another attribute has a value; required_unless likewise
//	required_with=badge           … if another attribute has any value; required_without likewise
//	eqfield=lastName  nefield     the same as another attribute, or not the same
//	gtfield=startDate  gtefield   after another date, or a greater number; ltfield and ltefield likewise
//	unique                        no two rows may have the same, as account names are compared
//
// Pattern is a regular expression in Go's syntax that the whole value must match. A blank cell breaks no rule but those that
// ask for it to be filled. A rule about an attribute that the list has no column for is not applied.
type Rule struct {
	Attribute string   `json:"attribute" yaml:"attribute" validate:"required"`
	Check     string   `json:"check,omitempty" yaml:"check" validate:"required_without=Pattern"`
	Pattern   string   `json:"pattern,omitempty" yaml:"pattern"`
	Severity  Severity `json:"severity,omitempty" yaml:"severity" validate:"omitempty,oneof=error warning note"` // empty means error
	Message   string   `json:"message,omitempty" yaml:"message"`                                                 // instead of ours
	Hint      string   `json:"hint,omitempty" yaml:"hint"`
}

// A rule is one as it is applied.
type rule struct {
	Rule
	code    string
	column  int
	pattern *regexp.Regexp
	tags    string // what the library checks of the value alone
	across  []across
	unique  bool
}

// An across is a word that looks at another attribute of the row.
type across struct {
	word   string
	param  string
	column int      // of the other attribute; -1 where the list has none
	values []string // of required_if and required_unless
}

// A RuleError says what is wrong with a rule. Number counts the rules from 1.
type RuleError struct {
	Number    int
	Attribute string
	Message   string
}

func (e *RuleError) Error() string {
	return fmt.Sprintf("rule %d (%s): %s", e.Number, e.Attribute, e.Message)
}

// compileRules returns the rules that can be applied to the columns at which the attributes are.
func compileRules(rules []Rule, c *Checker, at map[string]int) ([]rule, error) {
	var compiled []rule
	for n, r := range rules {
		ready, err := compileRule(r, c, at)
		if err != nil {
			return nil, &RuleError{Number: n + 1, Attribute: r.Attribute, Message: err.Error()}
		}
		if ready.column >= 0 {
			compiled = append(compiled, ready)
		}
	}
	return compiled, nil
}

func compileRule(r Rule, c *Checker, at map[string]int) (rule, error) {
	if err := c.validate.Struct(r); err != nil {
		var faults validator.ValidationErrors
		if errors.As(err, &faults) && faults[0].Field() == "Severity" {
			return rule{}, fmt.Errorf("severity %q: write error, warning or note", r.Severity)
		}
		if r.Attribute == "" {
			return rule{}, errors.New("it names no attribute")
		}
		return rule{}, errors.New("it has neither a check nor a pattern")
	}
	column := func(name string) (int, error) {
		if _, ok := c.schema.Attribute(name); !ok {
			return 0, fmt.Errorf("the source has no attribute %q: it has %s", name, strings.Join(c.schema.Names(), ", "))
		}
		if i, ok := at[name]; ok {
			return i, nil
		}
		return -1, nil
	}
	ready := rule{Rule: r, code: map[Severity]string{"": CodeRuleError, Error: CodeRuleError, Warning: CodeRuleWarning, Note: CodeRuleNote}[r.Severity]}
	var err error
	if ready.column, err = column(r.Attribute); err != nil {
		return rule{}, err
	}
	if r.Pattern != "" {
		if _, err = regexp.Compile(r.Pattern); err == nil { // by itself, so that the message quotes what was written
			ready.pattern, err = regexp.Compile("^(?:" + r.Pattern + ")$")
		}
		if err != nil {
			return rule{}, fmt.Errorf("pattern %q: %w", r.Pattern, err)
		}
	}
	var alone []string
	for _, tag := range strings.Split(r.Check, ",") {
		if tag = strings.TrimSpace(tag); tag == "" {
			continue
		}
		word, param, _ := strings.Cut(tag, "=")
		switch word {
		case "unique":
			ready.unique = true
			continue
		case "required", "required_if", "required_unless", "required_with", "required_without", "eqfield", "nefield", "gtfield", "gtefield", "ltfield", "ltefield":
		default:
			if param == "" && slices.Contains(needValue[:], word) {
				return rule{}, fmt.Errorf("check %q: write %s=VALUE", tag, word)
			}
			alone = append(alone, tag)
			continue
		}
		a := across{word: word, param: param, column: -1}
		if word != "required" {
			fields := splitQuoted(param)
			conditional := word == "required_if" || word == "required_unless"
			if len(fields) == 0 || conditional && len(fields) < 2 || !conditional && len(fields) > 1 {
				return rule{}, fmt.Errorf("check %q: write %s=ATTRIBUTE%s", tag, word, map[bool]string{true: " VALUE [VALUE…]"}[conditional])
			}
			if a.column, err = column(fields[0]); err != nil {
				return rule{}, fmt.Errorf("check %q: %w", tag, err)
			}
			a.param, a.values = fields[0], fields[1:]
		}
		ready.across = append(ready.across, a)
	}
	ready.tags = strings.Join(alone, ",")
	if err := probe(c.validate, ready.tags); err != nil {
		return rule{}, fmt.Errorf("check %q: %w", ready.tags, err)
	}
	return ready, nil
}

// needValue are the library's words that say nothing, or nothing that can be meant, without a value.
var needValue = [...]string{
	"oneof", "oneofci", "len", "min", "max", "eq", "ne", "gt", "gte", "lt", "lte", "eq_ignore_case", "ne_ignore_case",
	"startswith", "startsnotwith", "endswith", "endsnotwith", "contains", "containsany", "containsrune", "excludes", "excludesall", "excludesrune", "datetime",
}

// probe finds out whether the library understands tags: it panics on what it does not, with a message for programmers. A few
// values are tried, because a bad parameter shows only when it is used.
func probe(v *validator.Validate, tags string) (err error) {
	if tags == "" {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			text := fmt.Sprint(r)
			if name, found := strings.CutPrefix(text, "Undefined validation function '"); found {
				name, _, _ = strings.Cut(name, "'")
				text = fmt.Sprintf("there is no check called %q", name)
			} else if _, given, found := strings.Cut(text, ": parsing "); found && strings.HasPrefix(text, "strconv.") {
				given, _, _ = strings.Cut(given, ": ")
				text = fmt.Sprintf("%s is not a number", given)
			}
			err = fmt.Errorf("%s; the checks are those that validator has for strings", text)
		}
	}()
	for _, sample := range []string{"a", "0", "a b", "2026-01-01", "a@example.com", "é", "+491234567890", "https://example.com/"} {
		var invalid *validator.InvalidValidationError
		if e := v.Var(sample, tags); errors.As(e, &invalid) {
			return e
		}
	}
	return nil
}

// splitQuoted splits at spaces, except between single quotes, as the library does for oneof.
func splitQuoted(s string) []string {
	var fields []string
	var field strings.Builder
	quoted, open := false, false
	for _, r := range s {
		switch {
		case r == '\'':
			quoted, open = !quoted, true
		case r == ' ' && !quoted:
			if open {
				fields = append(fields, field.String())
				field.Reset()
			}
			open = false
		default:
			field.WriteRune(r)
			open = true
		}
	}
	if open {
		fields = append(fields, field.String())
	}
	return fields
}

// check applies the rule to a row, whatever becomes of the row.
func (r *rule) check(in *inspector) {
	cell := in.cell(r.column)
	if len(cell) == 0 || isClear(cell) {
		if isClear(cell) || in.c.options.Reading.Blank == BlankClear {
			r.require(in)
		}
		return
	}
	if r.pattern != nil && !r.pattern.Match(appendText(nil, cell)) {
		r.broken(in, fmt.Sprintf("%s does not match the pattern %s", quote(cell), r.Pattern), "write it as the pattern asks")
	}
	if r.tags != "" {
		var faults validator.ValidationErrors
		if errors.As(in.c.validate.Var(string(appendText(nil, cell)), r.tags), &faults) {
			for _, f := range faults {
				r.broken(in, quote(cell)+" "+tagWords(f.Tag(), f.Param()), "correct the cell, or the rule in the configuration")
			}
		}
	}
	for _, a := range r.across {
		r.compare(in, a, cell)
	}
}

// require applies the rules that ask for a blank cell to be filled.
func (r *rule) require(in *inspector) {
	for _, a := range r.across {
		var other []byte
		if a.column >= 0 {
			if other = in.cell(a.column); isClear(other) {
				other = nil
			}
		}
		name := r.Attribute
		switch a.word {
		case "required":
			r.broken(in, name+" is required by a rule of your own, and it is blank", "fill the cell")
		case "required_if":
			if slices.Contains(a.values, string(appendText(nil, other))) {
				r.broken(in, fmt.Sprintf("%s is required where %s is %s, and it is blank", name, a.param, quote(other)), "fill the cell")
			}
		case "required_unless":
			if a.column >= 0 && !slices.Contains(a.values, string(appendText(nil, other))) {
				r.broken(in, fmt.Sprintf("%s is required unless %s is %s, and it is blank", name, a.param, strings.Join(a.values, " or ")), "fill the cell")
			}
		case "required_with":
			if len(other) > 0 {
				r.broken(in, fmt.Sprintf("%s is required where %s is filled, and it is blank", name, a.param), "fill the cell")
			}
		case "required_without":
			if a.column >= 0 && len(other) == 0 {
				r.broken(in, fmt.Sprintf("%s is required where %s is blank, and both are", name, a.param), "fill one of the two cells")
			}
		}
	}
}

// compare applies a word that compares the cell with another of the row.
func (r *rule) compare(in *inspector, a across, cell []byte) {
	if a.column < 0 || !strings.HasSuffix(a.word, "field") {
		return
	}
	other := in.cell(a.column)
	if len(other) == 0 || isClear(other) {
		return
	}
	if a.word == "eqfield" || a.word == "nefield" {
		if same := string(appendText(nil, cell)) == string(appendText(nil, other)); same != (a.word == "eqfield") {
			r.broken(in, fmt.Sprintf("%s is %s, and %s is %s", r.Attribute, quote(cell), a.param, quote(other)),
				map[bool]string{true: "the two must differ", false: "the two must be the same"}[same])
		}
		return
	}
	order, comparable, readable := in.order(r.column, a.column, cell, other)
	if !readable {
		return // which is said of the cell itself
	}
	if !comparable {
		r.broken(in, fmt.Sprintf("%s %s cannot be compared with %s %s", r.Attribute, quote(cell), a.param, quote(other)), "both must be dates, or both numbers")
		return
	}
	fits, words := false, ""
	switch a.word {
	case "gtfield":
		fits, words = order > 0, "after or above"
	case "gtefield":
		fits, words = order >= 0, "at or above"
	case "ltfield":
		fits, words = order < 0, "before or below"
	case "ltefield":
		fits, words = order <= 0, "at or below"
	}
	if !fits {
		r.broken(in, fmt.Sprintf("%s is %s, which must be %s %s, %s", r.Attribute, quote(cell), words, a.param, quote(other)), "correct one of the two cells")
	}
}

// order compares two cells as dates if both attributes are, and as numbers otherwise. It is below, at or above 0, as
// the first is before, at or after the second. Two cells are comparable if both are numbers; dates are readable or not.
func (in *inspector) order(i, j int, a, b []byte) (order int, comparable, readable bool) {
	x, y := &in.c.columns[i], &in.c.columns[j]
	if x.kind == kindDate && y.kind == kindDate {
		s, fault1 := readStamp(a, x.Dates)
		t, fault2 := readStamp(b, y.Dates)
		if fault1 != dateFine || fault2 != dateFine {
			return 0, true, false
		}
		day, at := in.settle(s)
		otherDay, otherAt := in.settle(t)
		if s.form == dayOnly || t.form == dayOnly {
			return cmp.Compare(day, otherDay), true, true
		}
		return cmp.Compare(at, otherAt), true, true
	}
	n, err1 := strconv.ParseFloat(string(a), 64)
	m, err2 := strconv.ParseFloat(string(b), 64)
	return cmp.Compare(n, m), err1 == nil && err2 == nil, true
}

// broken says that the rule is, in the person's own words if they gave any.
func (r *rule) broken(in *inspector, message, hint string) {
	if !in.tell(r.code, r.column) {
		return
	}
	if r.Message != "" {
		message = r.Message
	}
	if r.Hint != "" {
		hint = r.Hint
	}
	in.report(r.code, r.column, message, hint)
}

// tagWords says what a check of the library asks for.
func tagWords(tag, param string) string {
	switch tag {
	case "len":
		return "must have " + param + " characters"
	case "min", "gte":
		return "must have at least " + param + " characters"
	case "max", "lte":
		return "must have at most " + param + " characters"
	case "oneof", "oneofci":
		return "must be one of " + strings.Join(splitQuoted(param), ", ")
	case "eq":
		return "must be " + param
	case "ne":
		return "must not be " + param
	case "startswith":
		return "must begin with " + param
	case "endswith":
		return "must end with " + param
	case "contains":
		return "must contain " + param
	case "numeric", "number":
		return "must be a number"
	case "alpha":
		return "must be letters only"
	case "alphanum":
		return "must be letters and digits only"
	case "lowercase":
		return "must be in small letters"
	case "uppercase":
		return "must be in capital letters"
	}
	if param != "" {
		tag += "=" + param
	}
	return "does not pass the check " + tag
}
