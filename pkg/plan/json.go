package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// appendOperation appends an operation as encoding/json writes it, without its escapes for HTML: there may be a million of
// them, and reflection would take most of the time. A fuzz test holds the two together.
func appendOperation(b []byte, op *Operation) ([]byte, error) {
	b = append(b, `{"type":`...)
	b = AppendString(b, op.Type)
	b = append(b, `,"n":`...)
	b = strconv.AppendInt(b, op.N, 10)
	b = append(b, `,"action":`...)
	b = AppendString(b, string(op.Action))
	b = appendText(b, `,"accountName":`, op.AccountName)
	b = appendText(b, `,"id":`, op.ID)
	b = appendNumber(b, `,"row":`, op.Row)
	b = appendNumber(b, `,"line":`, op.Line)
	if len(op.Fields) > 0 {
		b = AppendFields(append(b, `,"fields":`...), op.Fields)
	}
	for i, v := range op.Current {
		if i == 0 {
			b = append(b, `,"current":[`...)
		} else {
			b = append(b, ',')
		}
		b = AppendString(b, v)
	}
	if len(op.Current) > 0 {
		b = append(b, ']')
	}
	b = appendText(b, `,"fingerprint":`, op.Fingerprint)
	b = appendText(b, `,"reason":`, op.Reason)
	if len(op.Findings) > 0 {
		var findings bytes.Buffer
		enc := json.NewEncoder(&findings)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(op.Findings); err != nil {
			return nil, fmt.Errorf("write the findings of %q: %w", op.AccountName, err)
		}
		b = append(append(b, `,"findings":`...), bytes.TrimSuffix(findings.Bytes(), []byte{'\n'})...)
	}
	return append(b, "}\n"...), nil
}

// AppendFields appends changes of attributes as a JSON array, as a plan file has them.
func AppendFields(b []byte, fields []schema.FieldChange) []byte {
	b = append(b, '[')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"attribute":`...)
		b = AppendString(b, f.Attribute)
		b = append(b, `,"old":`...)
		b = AppendString(b, f.Old)
		b = append(b, `,"new":`...)
		b = AppendString(b, f.New)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendText(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return AppendString(append(b, name...), value)
}

func appendNumber(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
}

// AppendString appends a JSON string, as encoding/json writes it without its escapes for HTML. What is not UTF-8 becomes the replacement character, as there.
func AppendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		var as string
		switch {
		case c == '"' || c == '\\':
			as = "\\" + string(rune(c))
		case c == '\b':
			as = `\b`
		case c == '\f':
			as = `\f`
		case c == '\n':
			as = `\n`
		case c == '\r':
			as = `\r`
		case c == '\t':
			as = `\t`
		case c < ' ':
			as = `\u00` + string(hex[c>>4]) + string(hex[c&15])
		default:
			var r rune
			switch r, size = utf8.DecodeRuneInString(s[i:]); {
			case r == utf8.RuneError && size == 1:
				as = `\ufffd`
			case r == '\u2028':
				as = `\u2028`
			case r == '\u2029':
				as = `\u2029`
			}
		}
		if as != "" {
			b = append(append(b, s[from:i]...), as...)
			from = i + size
		}
		i += size
	}
	return append(append(b, s[from:]...), '"')
}
