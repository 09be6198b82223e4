package sandbox

import (
	"net/http"
	"strings"
)

// The bodies of refusals. Texts and codes are the description's own, byte for byte, wherever it gives one.

type errorMessage struct {
	Locale       string `json:"locale"`
	LocaleOrigin string `json:"localeOrigin"`
	Text         string `json:"text"`
}

// errorBody is the ErrorResponseDto. Real bodies of 403, 404 and 500 carry two messages and an empty list of causes; the published
// bodies of 400 have one message and no causes.
type errorBody struct {
	DetailCode string          `json:"detailCode"`
	TrackingID string          `json:"trackingId"`
	Messages   []errorMessage  `json:"messages"`
	Causes     *[]errorMessage `json:"causes,omitempty"`
}

// refusal is an answer that is not a success. Its tracking id is put in when it is sent.
type refusal struct {
	status int
	code   string
	texts  []string
	header http.Header
	// raw replaces the error body; it may hold trackingSlot.
	raw string
}

const trackingSlot = "{trackingId}"

const (
	codeSyntax    = "400.0 Bad request syntax"
	codeContent   = "400.1 Bad Request Content"
	codeLimit     = "400.1.4 Limit violation"
	codeConflict  = "400.1.409 Reference conflict"
	codeForbidden = "403 Forbidden"
	codeNotFound  = "404 Not found"
	codeInternal  = "500.0 Internal Fault"

	textSyntax    = "The request could not be understood by the server due to malformed syntax."
	textForbidden = "The server understood the request but refuses to authorize it."
	textNotFound  = "The server did not find a current representation for the target resource."
	textInternal  = "An internal fault occurred."
)

func badSyntax(text string) *refusal {
	if text == "" {
		text = textSyntax
	}
	return &refusal{status: http.StatusBadRequest, code: codeSyntax, texts: []string{text}}
}

func badContent(texts ...string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: codeContent, texts: texts}
}

func limitViolation(text string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: codeLimit, texts: []string{text}}
}

func conflict(text string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: codeConflict, texts: []string{text}}
}

func accountNameTaken(name string) *refusal {
	return conflict(`Unable to create Non-Employee because the accountName "` + name + `" is already being used.`)
}

func forbidden() *refusal {
	return &refusal{status: http.StatusForbidden, code: codeForbidden, texts: []string{textForbidden}}
}

func notFound() *refusal {
	return &refusal{status: http.StatusNotFound, code: codeNotFound, texts: []string{textNotFound}}
}

func internalFault() *refusal {
	return &refusal{status: http.StatusInternalServerError, code: codeInternal, texts: []string{textInternal}}
}

// gatewayFault is a 502, 503 or 504: it comes from a gateway in front of the service and has no documented body.
func gatewayFault(status int) *refusal {
	return &refusal{status: status, raw: `{"message":"` + http.StatusText(status) + `"}`}
}

func unauthorized(text string) *refusal {
	return &refusal{status: http.StatusUnauthorized, raw: `{"error":"` + text + `"}`}
}

func rateLimited() *refusal {
	return &refusal{status: http.StatusTooManyRequests, raw: `{"message":" Rate Limit Exceeded "}`, header: http.Header{}}
}

// notSupported is the shared 405 answer: a method that the path does not have, and a content type that the operation does not take.
func notSupported(allow string) *refusal {
	r := &refusal{
		status: http.StatusMethodNotAllowed,
		raw:    `{"errorName":"NotSupportedException","errorMessage":"Cannot consume content type","trackingId":"` + trackingSlot + `"}`,
		header: http.Header{},
	}
	if allow != "" {
		r.header.Set("Allow", allow)
	}
	return r
}

// body is what the refusal sends. The messages of a 400 are those of the operation; the others speak in two locales.
func (r *refusal) body(trackingID string) any {
	if r.raw != "" {
		return rawJSON(strings.ReplaceAll(r.raw, trackingSlot, trackingID))
	}
	b := errorBody{DetailCode: r.code, TrackingID: trackingID}
	if r.status == http.StatusBadRequest || r.status == http.StatusRequestEntityTooLarge {
		for _, text := range r.texts {
			b.Messages = append(b.Messages, errorMessage{"en", "REQUEST", text})
		}
		return b
	}
	for _, text := range r.texts {
		b.Messages = append(b.Messages, errorMessage{"en-US", "DEFAULT", text}, errorMessage{"und", "REQUEST", text})
	}
	b.Causes = &[]errorMessage{}
	return b
}
