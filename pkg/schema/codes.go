package schema

// The codes of findings. A code never changes its meaning; its first letter is its severity.
const (
	CodeRequired      = "E-REQUIRED"
	CodeKeyBlank      = "E-KEY-BLANK"
	CodeKeyDuplicate  = "E-KEY-DUPLICATE"
	CodeDateBad       = "E-DATE-BAD"
	CodeDateAmbiguous = "E-DATE-AMBIGUOUS"
	CodeDateZone      = "E-DATE-ZONE"
	CodeEndBefore     = "E-END-BEFORE-START"
	CodeAlreadyEnded  = "W-ALREADY-ENDED"
	CodeEmailBad      = "E-EMAIL-BAD"
	CodePhoneBad      = "E-PHONE-BAD"
	CodePhoneDamaged  = "E-PHONE-DAMAGED"
	CodeTextControl   = "E-TEXT-CONTROL"
	CodeTextNewline   = "W-TEXT-NEWLINE"

	CodeSchemaTwice   = "E-SCHEMA-DUPLICATE"
	CodeSchemaMissing = "E-SCHEMA-TEMPLATE-LACKS"
	CodeSchemaUnknown = "W-SCHEMA-UNKNOWN-COLUMN"
	CodeSchemaCustom  = "W-SCHEMA-CUSTOM-LIMIT"
	CodeSchemaSystem  = "W-SCHEMA-SYSTEM-MISSING"
	CodeSchemaType    = "N-SCHEMA-TYPE"
)

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
