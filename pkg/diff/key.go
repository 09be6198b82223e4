package diff

import (
	"golang.org/x/text/unicode/norm"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// sentOf is the key of a desired cell as it is sent: without the space around it, in NFC. It may share the cell's bytes.
func sentOf(cell []byte) []byte {
	if len(cell) == 0 || isTidy(cell) {
		return cell
	}
	return norm.NFC.Bytes(schema.Trim(cell))
}

// givenOf is the key of a current cell as the current side has it, and shares the cell's bytes. In a file the space around a
// cell is its spelling; in a tenant's record it is part of the name, and a name that has it is not the one that would be sent.
func givenOf(cell []byte, record bool) []byte {
	if record {
		return cell
	}
	return schema.Trim(cell)
}

// isRecordColumn tells whether a column is of a tenant's records rather than of a file.
func isRecordColumn(c schema.Column) bool { return c.Header == "" && c.Index < 0 }

// blank tells whether a cell holds nothing but space.
func blank(cell []byte) bool { return len(schema.Trim(cell)) == 0 }
