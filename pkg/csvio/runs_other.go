//go:build !amd64

package csvio

import "github.com/nelm-reconcile/nelm-reconcile/pkg/schema"

func oddDays(data []byte, cells []schema.Span, n, rows int, found *[runAtMost]uint8) []uint8 {
	return oddDaysInTurn(data, cells, n, rows, found)
}
