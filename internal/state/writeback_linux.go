package state

import (
	"os"

	"golang.org/x/sys/unix"
)

// startWriteback lets the system begin to bring a part of a file to the disk. It waits for nothing and promises nothing: what fails here
// fails in Sync, which is asked for the whole.
func startWriteback(f *os.File, from, n int64) {
	_ = unix.SyncFileRange(int(f.Fd()), from, n, unix.SYNC_FILE_RANGE_WRITE)
}
