package nelm

import (
	"errors"
	"strings"

	"github.com/go-playground/validator/v10"
)

// failedFields tells which fields of an answer or of a body are not as they must be; never their values.
func failedFields(err error) string {
	var fields validator.ValidationErrors
	if !errors.As(err, &fields) {
		return err.Error()
	}
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		switch f.Tag() {
		case "required":
			b.WriteString("no " + f.Field())
		default:
			b.WriteString(f.Field() + " breaks the rule " + f.Tag())
		}
	}
	return b.String()
}
