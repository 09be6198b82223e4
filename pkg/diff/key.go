package diff

import (
	"golang.org/x/text/unicode/norm"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// appendSent appends the key of a desired cell as it is sent: without the space around it, in NFC.
func appendSent(dst, cell []byte) []byte { return norm.NFC.Append(dst, schema.Trim(cell)...) }

// appendGiven appends the key of a current cell as the current side has it. In a file the space around a cell is its
// spelling; in a tenant's record it is part of the name, and a name that has it is not the one that would be sent.
func appendGiven(dst, cell []byte, record bool) []byte {
	if !record {
		cell = schema.Trim(cell)
	}
	return append(dst, cell...)
}

// isRecordColumn tells whether a column is of a tenant's records rather than of a file.
func isRecordColumn(c schema.Column) bool { return c.Header == "" && c.Index < 0 }

// blank tells whether a cell holds nothing but space.
func blank(cell []byte) bool { return len(schema.Trim(cell)) == 0 }
