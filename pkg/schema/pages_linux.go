package schema

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// advise asks for those that are wholly in b. It is a wish: what is answered does not matter.
func advise(b []byte) {
	if from := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) % largePage); len(b) >= from+largePage {
		_ = unix.Madvise(b[from:from+(len(b)-from)/largePage*largePage], unix.MADV_HUGEPAGE)
	}
}
