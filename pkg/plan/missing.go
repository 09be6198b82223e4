package plan

import "fmt"

// OnMissing says what happens to accounts of the tenant that the list does not name.
type OnMissing string

const (
	KeepMissing   OnMissing = "keep" // the default
	EndMissing    OnMissing = "end"
	DeleteMissing OnMissing = "delete"
)

// ParseOnMissing reads keep, end or delete; nothing means keep.
func ParseOnMissing(s string) (OnMissing, error) {
	switch m := OnMissing(s); m {
	case "":
		return KeepMissing, nil
	case KeepMissing, EndMissing, DeleteMissing:
		return m, nil
	}
	return "", fmt.Errorf("%q is none of keep, end, delete", s)
}
