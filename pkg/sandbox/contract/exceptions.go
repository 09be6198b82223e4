package contract

import (
	"net/http"
	"slices"
	"strings"
)

// Exception is a deliberate difference from the description.
type Exception struct {
	Name      string
	Operation string // operationId, "" for any
	Status    int    // 0 for any
	Says      string // what the problem must say, "" for anything
	Switch    string // "name=value" of the sandbox's switch that brings it about; "" when none does
	Always    bool   // needs no naming, and allows the undeclared status only: the body must have the shape that others declare
	Why       string
}

// Exceptions lists all deliberate differences.
func Exceptions() []Exception {
	return []Exception{
		{Name: "undeclared-404", Status: http.StatusNotFound, Says: undeclared, Always: true,
			Why: "404 is declared for nine operations, and ids may be unknown in all; the body is the same"},
		{Name: "undeclared-405", Status: http.StatusMethodNotAllowed, Says: undeclared, Always: true,
			Why: "405 is a shared response of the API that no operation declares"},
		{Name: "gateway-502", Status: http.StatusBadGateway, Says: undeclared, Always: true, Why: "a fault of a gateway in front of the service"},
		{Name: "gateway-503", Status: http.StatusServiceUnavailable, Says: undeclared, Always: true, Why: "a fault of a gateway in front of the service"},
		{Name: "gateway-504", Status: http.StatusGatewayTimeout, Says: undeclared, Always: true, Why: "a fault of a gateway in front of the service"},
		{Name: "too-large-413", Status: http.StatusRequestEntityTooLarge, Says: undeclared, Always: true, Why: "a switch asks for it"},

		{Name: "null-status", Operation: "getNonEmployeeBulkUploadStatus", Status: http.StatusOK, Says: `"/status"`, Switch: "status-none=null",
			Why: "the text of the description says null, and its schema forbids it"},
		{Name: "live-attribute-types", Status: http.StatusOK, Says: "doesn't match schema", Switch: "attribute-types=live",
			Why: "the live service is said to answer PHONE, EMAIL and null, as the beta description allows"},
		{Name: "odd-timestamps-seconds", Says: "date-time", Switch: "timestamps=no-seconds",
			Why: "official clients have met date-times without seconds, which RFC 3339 does not know"},
		{Name: "odd-timestamps-zone", Says: "date-time", Switch: "timestamps=no-zone",
			Why: "official clients have met date-times without a zone, which RFC 3339 does not know"},
		{Name: "epoch-dates", Status: http.StatusOK, Says: "Date", Switch: "epoch-dates=accept",
			Why: "an integration of 2021 sent seconds since 1970"},
		{Name: "limit-clamped", Status: http.StatusOK, Says: `"limit"`, Switch: "limit-over-max=clamp",
			Why: "a limit over 250 may be cut rather than refused"},
		{Name: "patch-as-json", Operation: "patchNonEmployeeRecord", Status: http.StatusOK, Says: "Content-Type", Switch: "patch-content-type=lenient",
			Why: "a patch may be taken as application/json"},
		{Name: "patch-null", Operation: "patchNonEmployeeRecord", Status: http.StatusOK, Says: "value",
			Why: "null is no declared value of a patch operation, but clears a custom attribute"},
		{Name: "comment-left-out", Operation: "approveNonEmployeeRequest", Status: http.StatusOK, Says: "body",
			Why: "the body of approve is declared as required, and all that is in it is optional"},
	}
}

// ForSwitches names the exceptions that the switches of a sandbox bring about, for Check.
func ForSwitches(switches map[string]string) (names []string) {
	for _, e := range Exceptions() {
		if name, value, _ := strings.Cut(e.Switch, "="); e.Switch != "" && switches[name] == value {
			names = append(names, e.Name)
		}
	}
	return names
}

// exception names the exception that allows a violation.
func (v *Validator) exception(found Violation) string {
	for _, e := range Exceptions() {
		if (e.Operation == "" || e.Operation == found.Operation) && (e.Status == 0 || e.Status == found.Status) &&
			strings.Contains(found.Problem, e.Says) && (e.Always && found.Problem == undeclared || slices.Contains(v.allowed, e.Name)) {
			return e.Name
		}
	}
	return ""
}
