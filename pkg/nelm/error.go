package nelm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// What an error of this package can be asked for with errors.Is.
var (
	// ErrDenied: the credential is refused, or may not do this (401 and 403, and what the token shows beforehand).
	ErrDenied = errors.New("not allowed")
	// ErrNotFound: there is no such record, source or path (404).
	ErrNotFound = errors.New("not found")
	// ErrConflict: the account name is taken already (400.1.409, or 409).
	ErrConflict = errors.New("conflict")
	// ErrLimit: a limit of the service would be exceeded (400.1.4), such as 20,000 records in a source.
	ErrLimit = errors.New("limit of the service")
	// ErrRateLimited: the service still refuses after every wait that it asked for, or asks for a longer one than allowed (429).
	ErrRateLimited = errors.New("too many requests")
	// ErrRefused: the service has refused it (any 4xx), or it was not sent because it could not be right. It has had no effect.
	ErrRefused = errors.New("refused")
	// ErrUnavailable: no answer, a fault of the service, or a list that never stood still. Later it may work.
	ErrUnavailable = errors.New("service unavailable")
	// ErrUnknownOutcome: a write may or may not have taken effect, be it that it must not be repeated blindly or that it was
	// repeated in vain. Look before sending it again. Such an error matches others as well, mostly ErrUnavailable.
	ErrUnknownOutcome = errors.New("outcome unknown")
	// ErrNotApplied: the service answered a patch with success and a record that does not have the new value.
	ErrNotApplied = errors.New("answered as done but not applied")
	// ErrShape: an answer that does not have the shape which the API describes.
	ErrShape = errors.New("unexpected answer")
)

// An Error is a call that the service refused or did not answer.
type Error struct {
	Op         string        // what was being done, such as "patch record"
	Status     int           // of the answer; 0 where there was none
	DetailCode string        // such as "400.1 Bad Request Content"; empty where the answer has none
	TrackingID string        // for the vendor's support; empty where the answer has none
	Messages   []string      // the service's own words, unmasked: they may name people, so they are no text for a log
	RetryAfter time.Duration // that the service asked for, on a 429
	Tries      int           // how often it was sent

	kinds []error // the sentinels that it matches
	cause error   // of a missing answer
}

// Error names the operation, the detail code, what the service said with quoted values and addresses masked, and the
// tracking id.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + ": ")
	switch {
	case e.DetailCode != "":
		b.WriteString(e.DetailCode)
	case e.Status != 0:
		fmt.Fprintf(&b, "%d %s", e.Status, http.StatusText(e.Status))
	case e.cause != nil:
		b.WriteString("no answer: " + mask(e.cause.Error()))
	default:
		b.WriteString("not sent")
	}
	if len(e.Messages) > 0 {
		b.WriteString(": " + mask(strings.Join(e.Messages, "; ")))
	}
	if e.is(ErrUnknownOutcome) {
		b.WriteString("; it may or may not have taken effect: look before sending it again")
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "; the service asks to wait %s", e.RetryAfter)
	}
	if e.Tries > 1 {
		fmt.Fprintf(&b, " (after %d tries)", e.Tries)
	}
	if e.TrackingID != "" {
		b.WriteString(" (tracking id " + e.TrackingID + ")")
	}
	return b.String()
}

// Unwrap returns the sentinels that the error matches and, for a missing answer, its cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return e.kinds
	}
	return append(e.kinds[:len(e.kinds):len(e.kinds)], e.cause)
}

func (e *Error) is(kind error) bool {
	for _, k := range e.kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// Whatever stands in double quotes, and mail addresses.
var (
	quotedText  = regexp.MustCompile(`"[^"]*"`)
	mailAddress = regexp.MustCompile(`[^\s"<>:;,=()]+@[^\s"<>:;,=()]+`)
)

// mask hides what may be a person's in a text of the service.
func mask(s string) string {
	return mailAddress.ReplaceAllString(quotedText.ReplaceAllString(s, `"…"`), "…@…")
}

// The two published shapes of an error's body, and the plain ones of 401 and 429.
type errorBody struct {
	DetailCode   string         `json:"detailCode"`
	TrackingID   string         `json:"trackingId"`
	Messages     []errorMessage `json:"messages"`
	Causes       []errorMessage `json:"causes"`
	Error        any            `json:"error"`
	Description  string         `json:"error_description"`
	Message      any            `json:"message"`
	ErrorName    string         `json:"errorName"`
	ErrorMessage string         `json:"errorMessage"`
}

type errorMessage struct {
	Text string `json:"text"`
}

// refusal reads the answer to a call that was refused. An unreadable body leaves the status alone to speak.
func refusal(op string, a *answer, tries int) *Error {
	e := &Error{Op: op, Status: a.status, Tries: tries}
	var b errorBody
	if json.Unmarshal(a.body, &b) == nil {
		e.DetailCode, e.TrackingID = strings.TrimSpace(b.DetailCode), b.TrackingID
		seen := make(map[string]bool)
		add := func(text string) {
			// Several problems come as several messages, as lines of one, or joined with semicolons; which of the three a
			// bulk upload uses is not documented. A real 403 says the same thing once per locale.
			for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' || r == ';' }) {
				if line = strings.TrimSpace(line); line != "" && !seen[line] {
					seen[line] = true
					e.Messages = append(e.Messages, line)
				}
			}
		}
		for _, m := range append(b.Messages, b.Causes...) {
			add(m.Text)
		}
		for _, v := range []any{b.Error, b.Message} {
			if text, ok := v.(string); ok {
				add(text)
			}
		}
		add(b.Description)
		add(b.ErrorMessage)
	}
	if e.kinds = kinds(a.status, e.DetailCode); a.status >= 400 && a.status < 500 {
		e.kinds = append(e.kinds, ErrRefused)
	}
	return e
}

// notSent is the error for a call that could not be right, and so was not made.
func notSent(op, format string, args ...any) error {
	return &Error{Op: op, Messages: []string{fmt.Sprintf(format, args...)}, kinds: []error{ErrRefused}}
}

// kinds says which sentinels an answer matches. Of a detail code only the leading number is looked at: its words differ
// between the description and the service.
func kinds(status int, detailCode string) []error {
	code, _, _ := strings.Cut(detailCode, " ")
	switch {
	case code == "400.1.409" || status == http.StatusConflict:
		return []error{ErrConflict}
	case code == "400.1.4":
		return []error{ErrLimit}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return []error{ErrDenied}
	case status == http.StatusNotFound:
		return []error{ErrNotFound}
	case status == http.StatusTooManyRequests:
		return []error{ErrRateLimited}
	case status >= 500:
		return []error{ErrUnavailable}
	case status >= 300 && status < 400:
		return []error{ErrShape}
	}
	return nil
}

// shape is the error for an answer that is not as the API describes it.
func shape(op, format string, args ...any) error {
	return fmt.Errorf("%s: %w: %s", op, ErrShape, fmt.Sprintf(format, args...))
}
