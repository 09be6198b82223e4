//go:build !linux

package schema

func advise([]byte) {}
