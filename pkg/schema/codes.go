package schema

import (
	"fmt"
	"slices"
	"strings"
)

// The codes of the findings that this package raises. A code never changes its meaning; its first letter is its severity.
const (
	CodeRequired        = "E-REQUIRED"
	CodeKeyBlank        = "E-KEY-BLANK"
	CodeKeyDuplicate    = "E-KEY-DUPLICATE"
	CodeEmailDuplicate  = "W-EMAIL-DUPLICATE"
	CodePersonDuplicate = "W-PERSON-DUPLICATE"

	CodeDateBad       = "E-DATE-BAD"
	CodeDateAmbiguous = "E-DATE-AMBIGUOUS"
	CodeDateZone      = "E-DATE-ZONE"
	CodeDateOdd       = "W-DATE-ODD"
	CodeEndBefore     = "E-END-BEFORE-START"
	CodeEndMidnight   = "W-END-MIDNIGHT"
	CodeAlreadyEnded  = "W-ALREADY-ENDED"
	CodeStartFar      = "W-START-FAR"
	CodeTermLong      = "W-TERM-LONG"

	CodeEmailBad      = "E-EMAIL-BAD"
	CodePhoneBad      = "E-PHONE-BAD"
	CodePhoneDamaged  = "E-PHONE-DAMAGED"
	CodeTextControl   = "E-TEXT-CONTROL"
	CodeTextDamaged   = "E-TEXT-DAMAGED"
	CodeEncoding      = "E-ENCODING"
	CodeTextNewline   = "W-TEXT-NEWLINE"
	CodeTextInvisible = "W-TEXT-INVISIBLE"
	CodeTextFormula   = "W-TEXT-FORMULA"
	CodeTextMojibake  = "W-TEXT-MOJIBAKE"
	CodeTextLong      = "W-TEXT-LONG"
	CodePlaceholder   = "W-PLACEHOLDER"

	CodeManagerSelf      = "E-MGR-SELF"
	CodeManagerUnknown   = "E-MGR-UNKNOWN"
	CodeManagerAmbiguous = "E-MGR-AMBIGUOUS"
	CodeManagerInactive  = "W-MGR-INACTIVE"

	CodeRuleError   = "E-RULE"
	CodeRuleWarning = "W-RULE"
	CodeRuleNote    = "N-RULE"

	CodeColumnSwapped = "E-COLUMN-SWAPPED"
	CodeColumnOdd     = "W-COLUMN-SWAPPED"
	CodeColumnEmpty   = "W-COLUMN-EMPTY"
	CodeColumnSame    = "W-COLUMN-SAME"
	CodeColumnMissing = "W-COLUMN-MISSING"
	CodeSourceFull    = "E-SOURCE-FULL"
	CodeSourceTight   = "W-SOURCE-FULL"

	CodeSchemaTwice   = "E-SCHEMA-DUPLICATE"
	CodeSchemaMissing = "E-SCHEMA-TEMPLATE-LACKS"
	CodeSchemaUnknown = "W-SCHEMA-UNKNOWN-COLUMN"
	CodeSchemaCustom  = "W-SCHEMA-CUSTOM-LIMIT"
	CodeSchemaSystem  = "W-SCHEMA-SYSTEM-MISSING"
	CodeSchemaType    = "N-SCHEMA-TYPE"
)

// A Code is one kind of finding.
type Code struct {
	ID       string   `json:"code"`
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`    // a few words, without a full stop
	Raised   string   `json:"raisedBy"` // the package that says it
}

// Codes returns every code that a finding can have, whichever package raises it, in alphabetical order within
// errors, warnings and notes. Each has a page in docs/findings.
func Codes() []Code {
	codes := []Code{
		{ID: CodeRequired, Title: "a required value is missing", Raised: "schema"},
		{ID: CodeKeyBlank, Title: "a row has no account name", Raised: "schema"},
		{ID: CodeKeyDuplicate, Title: "two rows have the same account name", Raised: "schema"},
		{ID: CodeEmailDuplicate, Title: "two account names share a mail address", Raised: "schema"},
		{ID: CodePersonDuplicate, Title: "two account names look like one person", Raised: "schema"},
		{ID: CodeDateBad, Title: "a cell is not a date", Raised: "schema"},
		{ID: CodeDateAmbiguous, Title: "a date can be read in two ways", Raised: "schema"},
		{ID: CodeDateZone, Title: "days are given and no time zone", Raised: "schema"},
		{ID: CodeDateOdd, Title: "a date lies in another age", Raised: "schema"},
		{ID: CodeEndBefore, Title: "a contract ends before it starts", Raised: "schema"},
		{ID: CodeEndMidnight, Title: "a contract ends as its last day begins", Raised: "schema"},
		{ID: CodeAlreadyEnded, Title: "a contract has ended already", Raised: "schema"},
		{ID: CodeStartFar, Title: "a contract starts far ahead", Raised: "schema"},
		{ID: CodeTermLong, Title: "a contract runs longer than allowed", Raised: "schema"},
		{ID: CodeEmailBad, Title: "a cell is not a mail address", Raised: "schema"},
		{ID: CodePhoneBad, Title: "a cell is not a phone number", Raised: "schema"},
		{ID: CodePhoneDamaged, Title: "a spreadsheet has damaged a phone number", Raised: "schema"},
		{ID: CodeTextControl, Title: "a cell holds control characters", Raised: "schema"},
		{ID: CodeTextDamaged, Title: "a spreadsheet has damaged a value", Raised: "schema"},
		{ID: CodeEncoding, Title: "bytes that are not text", Raised: "schema"},
		{ID: CodeTextNewline, Title: "a cell has a line break or a tab inside", Raised: "schema"},
		{ID: CodeTextInvisible, Title: "a cell holds characters that cannot be seen", Raised: "schema"},
		{ID: CodeTextFormula, Title: "a cell would run as a formula", Raised: "schema"},
		{ID: CodeTextMojibake, Title: "letters were garbled on the way", Raised: "schema"},
		{ID: CodeTextLong, Title: "a value is very long", Raised: "schema"},
		{ID: CodePlaceholder, Title: "a cell holds a placeholder", Raised: "schema"},
		{ID: CodeManagerSelf, Title: "a person is their own manager", Raised: "schema"},
		{ID: CodeManagerUnknown, Title: "nobody is known by a manager's name", Raised: "schema"},
		{ID: CodeManagerAmbiguous, Title: "a manager's name fits several people", Raised: "schema"},
		{ID: CodeManagerInactive, Title: "a manager has left", Raised: "schema"},
		{ID: CodeRuleError, Title: "a rule of your own is broken", Raised: "schema"},
		{ID: CodeRuleWarning, Title: "a rule of your own warns", Raised: "schema"},
		{ID: CodeRuleNote, Title: "a rule of your own takes note", Raised: "schema"},
		{ID: CodeColumnSwapped, Title: "a column holds what belongs in another", Raised: "schema"},
		{ID: CodeColumnOdd, Title: "a column may hold what belongs in another", Raised: "schema"},
		{ID: CodeColumnEmpty, Title: "a column is empty in every row", Raised: "schema"},
		{ID: CodeColumnSame, Title: "a column holds the same in every row", Raised: "schema"},
		{ID: CodeColumnMissing, Title: "no column holds a required attribute", Raised: "schema"},
		{ID: CodeSourceFull, Title: "more rows than a source can hold", Raised: "schema"},
		{ID: CodeSourceTight, Title: "the source may be too small for the list", Raised: "schema"},
		{ID: CodeSchemaTwice, Title: "a source has two attributes of one name", Raised: "schema"},
		{ID: CodeSchemaMissing, Title: "a source's template lacks a required attribute", Raised: "schema"},
		{ID: CodeSchemaUnknown, Title: "a source's template and attributes disagree", Raised: "schema"},
		{ID: CodeSchemaCustom, Title: "a source has too many custom attributes", Raised: "schema"},
		{ID: CodeSchemaSystem, Title: "a source does not describe a system attribute", Raised: "schema"},
		{ID: CodeSchemaType, Title: "an attribute has a type that is not known", Raised: "schema"},
	}
	codes = append(codes, codesElsewhere()...)
	for i := range codes {
		codes[i].Severity = severityOf(codes[i].ID)
	}
	slices.SortFunc(codes, func(a, b Code) int {
		if a.ID[0] != b.ID[0] {
			return strings.IndexByte("EWN", a.ID[0]) - strings.IndexByte("EWN", b.ID[0])
		}
		return strings.Compare(a.ID, b.ID)
	})
	return codes
}

// severityOf is told by the first letter of a code.
func severityOf(code string) Severity {
	switch code[0] {
	case 'E':
		return Error
	case 'W':
		return Warning
	}
	return Note
}

// codeSet checks a list of codes that a person gave and returns it as a set; nil for none.
func codeSet(flag string, given []string) (map[string]bool, error) {
	if len(given) == 0 {
		return nil, nil
	}
	set := make(map[string]bool, len(given))
	for _, g := range given {
		id := strings.ToUpper(strings.TrimSpace(g))
		if !slices.ContainsFunc(Codes(), func(c Code) bool { return c.ID == id }) {
			return nil, &CodeError{Flag: flag, Code: g}
		}
		set[id] = true
	}
	return set, nil
}

// A CodeError says that a code was asked for that does not exist.
type CodeError struct{ Flag, Code string }

func (e *CodeError) Error() string {
	return fmt.Sprintf("%s %s: there is no such code; %s", e.Flag, e.Code, nearCodes(strings.ToUpper(strings.TrimSpace(e.Code))))
}

// nearCodes suggests the codes that share a word with what was asked for.
func nearCodes(id string) string {
	var near []string
	for _, c := range Codes() {
		for _, word := range strings.Split(id, "-") {
			if len(word) > 2 && strings.Contains(c.ID, word) && !slices.Contains(near, c.ID) {
				near = append(near, c.ID)
			}
		}
	}
	if len(near) == 0 {
		return "the explain command lists all of them"
	}
	return "perhaps " + strings.Join(near, ", ")
}
