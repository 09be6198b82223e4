//go:build unix

package diff_test

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is what the process has used of all cores. On a machine that others use too it is steadier than the clock.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
