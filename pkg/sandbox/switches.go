package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Switch is one behaviour that the documentation of the service leaves open. The sandbox has to do something; what it does by
// default is chosen, not known, and the other answers can be had by setting the switch.
type Switch struct {
	Name    string   // as in "unknown-id=400"
	Item    string   // the open point it belongs to, "U1" to "U30", or "C2" and the like for a point about CSV
	Default string   // one of Values
	Values  []string // what it may be set to; "N" stands for any whole number from 1
	Asks    string   // the question, in a few words
	Why     string   // the reason for the default
}

// Switches lists every switch in the order of the open points.
func Switches() []Switch {
	return []Switch{
		{"upload-max-rows", "U1", "none", []string{"none", "N"}, "How many rows may one upload have?", "no limit is documented, and the 20,000 records of a source bound it already"},
		{"upload-max-bytes", "U1", "16777216", []string{"N"}, "How many bytes may one upload have?", "not documented; a full source with 18 long columns fits three times over, and memory stays bounded"},
		{"upload-too-large", "U1", "400", []string{"400", "413"}, "What does an upload over a limit get?", "400 is declared for the operation, 413 is not"},
		{"custom-columns", "U2", "name-after", []string{"name-after", "label-after", "name-before"}, "How are custom columns headed, and where do they stand?", "the technical name is the key of data in JSON, and the documented header starts with the eight system columns"},
		{"header-match", "U3", "name", []string{"name", "strict", "position"}, "Are columns matched by name or by position?", "a header line that is ignored would be a trap; strict also refuses reordered columns"},
		{"unknown-columns", "C3", "refuse", []string{"refuse", "ignore"}, "What becomes of a column that the source does not have?", "a misspelt heading should not lose a column in silence"},
		{"upload-dates", "U4", "rfc3339", []string{"rfc3339", "lenient"}, "Which date forms does an upload accept?", "the examples are RFC 3339; lenient also takes yyyy-mm-dd and date-times without a zone, as UTC"},
		{"export-dates", "U4", "utc", []string{"utc", "offset"}, "In which zone does an export write dates?", "records in JSON are in UTC; offset writes -10:00, as the CSV example does"},
		{"csv-spacing", "C4", "plain", []string{"plain", "spec"}, "Does an export put a space after its commas?", "the published example does, before all columns but endDate; plain files survive more readers"},
		{"blank-cell", "U5", "clear", []string{"clear", "keep"}, "What does a blank cell do to a record that exists?", "an upload carries whole rows: a blank custom value is cleared, a blank mandatory one is an error"},
		{"absent-rows", "U6", "keep", []string{"keep", "delete"}, "What becomes of records that an upload does not name?", "the description says import or update, and never delete"},
		{"row-errors", "U7", "sync", []string{"sync", "async"}, "Are faulty rows refused at once or do they fail the job?", "the description has a 400 that lists the specific errors, one on each line"},
		{"row-error-layout", "U7", "lines", []string{"lines", "messages"}, "How are several row errors laid out?", "one text with a line per error is the literal reading; messages has one message per error"},
		{"failed-job", "U8", "partial", []string{"partial", "atomic"}, "Does a job that fails leave its good rows behind?", "one event per created record is documented, which speaks for row by row"},
		{"upload-duplicates", "C11", "refuse", []string{"refuse", "last"}, "What if a file names one account twice?", "two rows for one record are a mistake in the file"},
		{"status-none", "U9", "absent", []string{"absent", "null"}, "What is the status of a source that never had an upload?", "the text says null, but the schema forbids null and the official SDKs follow the schema"},
		{"status-after-upload", "U9", "pending", []string{"pending", "absent", "stale"}, "What does the status say right after a 202?", "the 202 itself says PENDING; absent leaves the status out for a while, stale shows the previous job's"},
		{"second-upload", "U10", "error", []string{"error", "400"}, "What does an upload get while another one runs?", "an internal note says that the second job to start will fail"},
		{"manager-accepts", "U11", "alias", []string{"alias", "alias-or-id", "any"}, "What may stand in manager?", "it is documented as the account id of a valid identity, which is the alias"},
		{"manager-case", "U11", "insensitive", []string{"insensitive", "sensitive"}, "Does case matter in manager?", "most string comparison of the service is documented as case-insensitive"},
		{"account-name-scope", "U12", "source", []string{"source", "tenant"}, "Where must an account name be unique?", "accounts belong to a source"},
		{"account-name-case", "U12", "insensitive", []string{"insensitive", "sensitive"}, "Does case matter in account names?", "as in managers"},
		{"account-name-change", "U12", "allowed", []string{"allowed", "refused"}, "May PUT and PATCH change an account name?", "administrators may edit all available fields, and no field is named as fixed"},
		{"bulk-delete-unknown", "U13", "ignore", []string{"ignore", "refuse", "partial"}, "What if bulk delete is given an id that is not there?", "204 has no body to report it in; refuse deletes nothing, partial deletes up to it, and both answer 400"},
		{"bulk-delete-max", "U13", "none", []string{"none", "N"}, "How many ids may one bulk delete have?", "no limit is documented"},
		{"record-identities", "U14", "none", []string{"none", "kept", "removed"}, "Does a record make an identity, and does it outlive the record?", "an identity appears only if an identity profile uses the source; kept leaves it behind, inactive"},
		{"patch-data-absent", "U15", "tolerant", []string{"tolerant", "strict"}, "Does add /data/x work on a record without data?", "the path is the one advised by people who use it"},
		{"empty-data", "U15", "object", []string{"object", "absent"}, "What is data in a record without custom values?", "an object is always valid; absent leaves it out"},
		{"patch-null", "U15", "clear", []string{"clear", "refuse"}, "What do null and the empty text do to a custom value?", "clearing is the only sense they can have; a description without null in its values speaks for refuse"},
		{"patch-test-dates", "U15", "text", []string{"text", "instant"}, "Does test compare dates as text or as instants?", "RFC 6902 compares strings"},
		{"patch-atomic", "U15", "yes", []string{"yes", "no"}, "Does a patch that fails half-way change anything?", "RFC 6902 says all or nothing"},
		{"patch-content-type", "U15", "strict", []string{"strict", "lenient"}, "Is a patch taken as application/json too?", "only application/json-patch+json is described"},
		{"unknown-id", "U16", "404", []string{"404", "400"}, "What does an id that is not there get?", "404 is declared for nine operations, and a service that says it there says it everywhere"},
		{"owner-patch", "U17", "403", []string{"403", "400"}, "What does an owner get who changes more than the end date?", "it is a matter of rights"},
		{"source-uuid-in-path", "U18", "404", []string{"404", "works"}, "Does the NELM id of a source work where its sourceId is meant?", "every example has the sourceId"},
		{"request-id", "U19", "request", []string{"request", "source"}, "Whose id is the id of a request?", "the description calls it the source's, but GET and DELETE could not be used then"},
		{"value-checks", "U20", "none", []string{"none", "dates", "strict"}, "Which values are refused?", "no rule is documented; dates refuses an end before its start, strict also odd mail addresses and phones and over 255 characters"},
		{"attribute-types", "U21", "description", []string{"description", "live"}, "Which types do the system attributes have?", "the v2024 description knows TEXT, DATE and IDENTITY; live adds PHONE, EMAIL and null texts, as the beta description was corrected to"},
		{"system-attribute-patch", "U21", "allowed", []string{"allowed", "refused"}, "May a system attribute be patched?", "label, helpText, placeholder and required are named as patchable without a word of system"},
		{"rate-escalation", "U22", "off", []string{"off", "on"}, "Do repeated violations lengthen the wait?", "the text that says so was never published; on waits 60, 300, 600 and 1200 s"},
		{"rate-window", "U22", "sliding", []string{"sliding", "fixed"}, "Is the 10 s window sliding or fixed?", "sliding is the stricter one for a client to keep"},
		{"rate-token", "U22", "own", []string{"own", "shared"}, "Do token calls take a place in the API's window?", "the limit is per version and the token endpoint has none; shared counts them against every version"},
		{"user-levels", "U23", "contextual", []string{"contextual", "admin-only", "source-admin"}, "What may someone do who is no administrator?", "the texts give owners, managers and approvers their part; source-admin lets owners do all to their own sources"},
		{"token-error", "U24", "oauth2", []string{"oauth2", "dto"}, "What does a refused token request look like?", "error and error_description are the standard's own form"},
		{"upload-approval", "U25", "bypass", []string{"bypass", "request"}, "Do uploads and created records skip the approvals?", "they are separate operations with a right of their own, and nothing mentions approval"},
		{"capacity-error", "U26", "400.1.4", []string{"400.1.4", "400.1"}, "Which code does the 20,001st record get?", "400.1.4 Limit violation is the documented code of the other limits"},
		{"limit-over-max", "U27", "400", []string{"400", "clamp"}, "What does a limit over 250 get?", "the parameter has a maximum of 250"},
		{"audit-attributes", "U28", "some", []string{"some", "none"}, "Do audit events carry attributes?", "account name and source id make an event useful"},
		{"content-disposition", "U29", "attachment", []string{"attachment", "none"}, "Do downloads name a file?", "a sample of the service's staff names non_employees_for_source_<name>.csv"},
		{"csv-charset", "U29", "none", []string{"none", "utf-8"}, "Does the content type of a download name a charset?", "the description says text/csv and no more"},
		{"no-op", "U30", "bumps", []string{"bumps", "keeps"}, "Does a change that changes nothing move modified?", "nothing says that it is recognised"},
		{"record-ids", "ids", "dashed", []string{"dashed", "hex"}, "Which form do the ids of records have?", "both are seen in examples, but bulk delete declares format uuid"},
		{"unknown-data", "data", "refuse", []string{"refuse", "ignore"}, "What becomes of a key in data that the source does not have?", "the same as an unknown column"},
		{"epoch-dates", "dates", "refuse", []string{"refuse", "accept"}, "Are dates accepted as seconds since 1970?", "an integration of 2021 sent them; the description has date-time strings"},
		{"timestamps", "dates", "varied", []string{"varied", "no-seconds", "no-zone"}, "How are date-times written in JSON?", "real answers drop trailing zeros; the other two are forms that official clients are known to have met"},
		{"unsorted", "order", "stable", []string{"stable", "unstable"}, "In which order does a list come without sorters?", "order of creation is kind; unstable turns it by one place a call, as an unordered query may"},
		{"no-approvers", "approval", "approve", []string{"approve", "pending"}, "What becomes of a request when the source has no approvers?", "there is nobody to wait for"},
	}
}

// settings holds the value of every switch.
type settings map[string]string

func newSettings(chosen map[string]string) (settings, error) {
	all := Switches()
	set := make(settings, len(all))
	for _, sw := range all {
		set[sw.Name] = sw.Default
	}
	for name, value := range chosen {
		if err := set.change(all, name, value); err != nil {
			return nil, err
		}
	}
	return set, nil
}

func (s settings) change(all []Switch, name, value string) error {
	i := slices.IndexFunc(all, func(sw Switch) bool { return sw.Name == name })
	if i < 0 {
		return fmt.Errorf("there is no switch %q: the sandbox's help lists them all", name)
	}
	sw := all[i]
	if slices.Contains(sw.Values, value) && value != "N" {
		s[name] = value
		return nil
	}
	if slices.Contains(sw.Values, "N") {
		if n, err := strconv.Atoi(value); err == nil && n >= 1 {
			s[name] = value
			return nil
		}
	}
	return fmt.Errorf("switch %s cannot be %q: it takes %s", name, value, strings.Join(sw.Values, ", "))
}

func (s settings) is(name, value string) bool { return s[name] == value }

// number is the value of a switch that takes a number; ok is false for "none".
func (s settings) number(name string) (n int, ok bool) {
	n, err := strconv.Atoi(s[name])
	return n, err == nil
}
