package replica

import (
	"syscall"
	"unsafe"
)

var diskFree = syscall.NewLazyDLL("kernel32.dll").NewProc("GetDiskFreeSpaceExW")

// freeBytes is the room on the disk of a directory for the user of the
// process.
func freeBytes(dir string) (free int64, known bool) {
	name, err := syscall.UTF16PtrFromString(dir)
	if err != nil || diskFree.Find() != nil {
		return 0, false
	}
	var bytes uint64
	done, _, _ := diskFree.Call(uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&bytes)), 0, 0)
	return int64(bytes), done != 0
}
