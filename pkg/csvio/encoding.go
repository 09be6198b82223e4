package csvio

import (
	"fmt"
	"strings"
)

// encodingName gives the name that this program uses for an encoding that a person names.
func encodingName(s string) (string, error) {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(s)) {
	case "":
		return "", nil
	case "utf8", "ascii", "usascii":
		return "UTF-8", nil
	}
	return "", fmt.Errorf("encoding %q is not known: want utf-8", s)
}
