//go:build !amd64

package schema

// QuickMail says that [PlainMail] takes hardly longer than a look at each byte.
func QuickMail() bool { return false }

// kindsOf would look at a short cell at a place of data.
func kindsOf([]byte, Span, *mailKinds) bool { return false }

func mailsAtOnce([]byte, []Span, int, []MailShape) bool { return false }
