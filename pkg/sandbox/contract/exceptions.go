package contract

import (
	"net/http"
	"slices"
)

// Exception is a deliberate difference from the description.
type Exception struct {
	Name      string
	Operation string // operationId, "" for any
	Status    int    // 0 for any
	Always    bool   // needs no naming, and allows the undeclared status only: the body must have the shape that others declare
	Why       string
}

// Exceptions lists all deliberate differences.
func Exceptions() []Exception {
	return []Exception{
		{"undeclared-404", "", http.StatusNotFound, true, "404 is declared for nine operations, and ids may be unknown in all; the body is the same"},
		{"undeclared-405", "", http.StatusMethodNotAllowed, true, "405 is a shared response of the API that no operation declares"},
		{"gateway-502", "", http.StatusBadGateway, true, "a fault of a gateway in front of the service"},
		{"gateway-503", "", http.StatusServiceUnavailable, true, "a fault of a gateway in front of the service"},
		{"gateway-504", "", http.StatusGatewayTimeout, true, "a fault of a gateway in front of the service"},
		{"too-large-413", "", http.StatusRequestEntityTooLarge, true, "the switch upload-too-large asks for it"},

		{"null-status", "getNonEmployeeBulkUploadStatus", http.StatusOK, false, "the switch status-none answers null, as the text says and the schema forbids"},
		{"live-attribute-types", "", http.StatusOK, false, "the switch attribute-types answers PHONE, EMAIL and null, as the beta description allows"},
		{"odd-timestamps", "", http.StatusOK, false, "the switch timestamps writes forms that official clients have met and RFC 3339 does not know"},
		{"epoch-dates", "createNonEmployeeRecord", http.StatusOK, false, "the switch epoch-dates takes numbers, as an integration of 2021 sent them"},
		{"limit-clamped", "", http.StatusOK, false, "the switch limit-over-max takes a limit over 250"},
		{"patch-as-json", "patchNonEmployeeRecord", http.StatusOK, false, "the switch patch-content-type takes application/json"},
		{"patch-null", "patchNonEmployeeRecord", http.StatusOK, false, "null is no declared value, but clears a custom attribute"},
		{"comment-left-out", "approveNonEmployeeRequest", http.StatusOK, false, "the body of approve is declared as required, and all that is in it is optional"},
	}
}

// exception names the exception that allows a violation.
func (v *Validator) exception(found Violation) string {
	for _, e := range Exceptions() {
		if e.Always && found.Problem != undeclared {
			continue
		}
		if (e.Operation == "" || e.Operation == found.Operation) && (e.Status == 0 || e.Status == found.Status) && (e.Always || slices.Contains(v.allowed, e.Name)) {
			return e.Name
		}
	}
	return ""
}
