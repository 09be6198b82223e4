package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The filter language of the list operations: comparisons "field op value" joined by and, or, not and parentheses, where not binds
// tighter than and, and and tighter than or. Texts stand in double quotes, in which \" and \\ are a quote and a backslash.

// filter decides whether an item, given as the texts of its fields, is let through. A nil filter lets everything through.
type filter func(field func(name string) string) bool

const (
	maxFilterBytes = 16 << 10
	maxFilterDepth = 64
)

// supported says which operators an operation takes for which field.
type supported map[string][]string

// parseFilter reads a filter. A field or operator that the operation does not support is an error, as in the service.
func parseFilter(text string, allowed supported) (filter, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if len(text) > maxFilterBytes {
		return nil, fmt.Errorf("it is longer than %d bytes", maxFilterBytes)
	}
	tokens, err := filterTokens(text)
	if err != nil {
		return nil, err
	}
	p := &filterParser{tokens: tokens, allowed: allowed}
	f, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.peek().kind != 0 {
		return nil, fmt.Errorf("%q is not expected there", p.peek().text)
	}
	return f, nil
}

// token kinds: 0 is the end, 'w' a word, 's' a quoted text, and parentheses and commas stand for themselves.
type filterToken struct {
	kind byte
	text string
}

func filterTokens(text string) (tokens []filterToken, err error) {
	for i := 0; i < len(text); {
		switch b := text[i]; {
		case b == ' ' || b == '\t':
			i++
		case b == '(' || b == ')' || b == ',':
			tokens = append(tokens, filterToken{b, string(b)})
			i++
		case b == '"':
			var s strings.Builder
			i++
			for {
				if i >= len(text) {
					return nil, errors.New("a quoted text has no end")
				}
				if text[i] == '"' {
					i++
					break
				}
				if text[i] == '\\' {
					i++
					if i >= len(text) || text[i] != '"' && text[i] != '\\' {
						return nil, errors.New(`a backslash in a quoted text must be followed by " or \`)
					}
				}
				s.WriteByte(text[i])
				i++
			}
			tokens = append(tokens, filterToken{'s', s.String()})
		default:
			start := i
			for i < len(text) && !strings.ContainsRune(" \t(),\"", rune(text[i])) {
				i++
			}
			tokens = append(tokens, filterToken{'w', text[start:i]})
		}
	}
	return tokens, nil
}

type filterParser struct {
	tokens  []filterToken
	allowed supported
}

func (p *filterParser) peek() filterToken {
	if len(p.tokens) == 0 {
		return filterToken{}
	}
	return p.tokens[0]
}

func (p *filterParser) next() filterToken {
	t := p.peek()
	if len(p.tokens) > 0 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *filterParser) word(text string) bool {
	if t := p.peek(); t.kind == 'w' && t.text == text {
		p.next()
		return true
	}
	return false
}

func (p *filterParser) or(depth int) (filter, error) {
	left, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	alternatives := []filter{left}
	for p.word("or") {
		right, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		alternatives = append(alternatives, right)
	}
	return func(field func(string) string) bool {
		return slices.ContainsFunc(alternatives, func(f filter) bool { return f(field) })
	}, nil
}

func (p *filterParser) and(depth int) (filter, error) {
	left, err := p.not(depth)
	if err != nil {
		return nil, err
	}
	all := []filter{left}
	for p.word("and") {
		right, err := p.not(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, right)
	}
	return func(field func(string) string) bool {
		return !slices.ContainsFunc(all, func(f filter) bool { return !f(field) })
	}, nil
}

func (p *filterParser) not(depth int) (filter, error) {
	if depth > maxFilterDepth {
		return nil, fmt.Errorf("it is nested deeper than %d", maxFilterDepth)
	}
	if p.word("not") {
		inner, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		return func(field func(string) string) bool { return !inner(field) }, nil
	}
	if p.peek().kind != '(' {
		return p.comparison()
	}
	p.next()
	inner, err := p.or(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.next().kind != ')' {
		return nil, errors.New("a parenthesis is not closed")
	}
	return inner, nil
}

func (p *filterParser) comparison() (filter, error) {
	name, op := p.next(), p.next()
	if name.kind != 'w' || op.kind != 'w' {
		return nil, errors.New(`it must be of the form: field op "value"`)
	}
	ops, known := p.allowed[name.text]
	if !known {
		return nil, fmt.Errorf("the field %q is not supported", name.text)
	}
	if !slices.Contains(ops, op.text) {
		return nil, fmt.Errorf("the operator %q is not supported for %s", op.text, name.text)
	}
	var values []string
	var err error
	if op.text == "in" {
		values, err = p.values()
	} else {
		values, err = p.one()
	}
	if err != nil {
		return nil, err
	}
	return compare(name.text, op.text, values), nil
}

func (p *filterParser) one() ([]string, error) {
	t := p.next()
	if t.kind == 's' {
		return []string{t.text}, nil
	}
	if _, err := strconv.ParseFloat(t.text, 64); t.kind == 'w' && (err == nil || t.text == "true" || t.text == "false") {
		return []string{t.text}, nil
	}
	return nil, errors.New("a value must be a text in double quotes, a number, true or false")
}

func (p *filterParser) values() (values []string, err error) {
	if p.next().kind != '(' {
		return nil, errors.New("in must be followed by a list in parentheses")
	}
	for {
		one, err := p.one()
		if err != nil {
			return nil, err
		}
		values = append(values, one...)
		switch p.next().kind {
		case ',':
		case ')':
			return values, nil
		default:
			return nil, errors.New("a list must be closed by a parenthesis")
		}
	}
}

// compare is case-insensitive, as most string comparison of the service is documented to be.
func compare(name, op string, values []string) filter {
	for i := range values {
		values[i] = strings.ToLower(values[i])
	}
	return func(field func(string) string) bool {
		text := strings.ToLower(field(name))
		switch op {
		case "sw":
			return strings.HasPrefix(text, values[0])
		case "co":
			return strings.Contains(text, values[0])
		default: // eq, in
			return slices.Contains(values, text)
		}
	}
}

// readFilter reads the filters parameter.
func (c *call) readFilter(allowed supported) (filter, *refusal) {
	f, err := parseFilter(c.query.Get("filters"), allowed)
	if err != nil {
		return nil, badContent("filters: " + err.Error())
	}
	return f, nil
}
