//go:build !amd64

package csvio

import "github.com/nelm-reconcile/nelm-reconcile/pkg/schema"

func (s *sight) look(b []byte, n int, delim byte, c *carry, pos int) (looked int) {
	return s.lookPlainly(b, n, delim, c, pos)
}

func spansBetween(spans []schema.Span, marks []uint32) { spansPlainly(spans, marks) }
