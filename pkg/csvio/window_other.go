//go:build !amd64

package csvio

// look makes the windows of the first 64 bytes of b for each.
func look(windows []window, b []byte, delim byte) { lookPlainly(windows, b, delim) }
