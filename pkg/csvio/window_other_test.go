//go:build !amd64

package csvio

var quickLooks map[string]func(*sight, []byte, int, byte, *carry, int) int
