//go:build !amd64

package csvio

// look makes the windows of b, 64 bytes for each.
func look(b []byte, delim byte, c *carry, windows []window, marks []uint32, base uint32) int {
	return lookPlainly(b, delim, c, windows, marks, base)
}
