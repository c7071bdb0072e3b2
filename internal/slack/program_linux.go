package slack

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// RestProgram lets go of the pages of the program's own file that it does not use: the
// system maps sixteen around each that is needed, and a start needs most. They were read
// only, are in the system's cache, and come back one by one when they are needed; until
// then they do not count as memory of the program.
func RestProgram() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return // the pages stay, which costs memory and nothing else
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		if mapped := readOnly(line, self); mapped != nil {
			_ = syscall.Madvise(mapped, syscall.MADV_DONTNEED) // nobody has written to them
		}
	}
}

// readOnly is what a line of the maps says is mapped, if that is of the file and nobody
// can write to it.
func readOnly(line, file string) []byte {
	fields := strings.Fields(line)
	if len(fields) < 6 || fields[5] != file || len(fields[1]) != 4 || fields[1][1] != '-' {
		return nil
	}
	low, high, _ := strings.Cut(fields[0], "-")
	from, err := strconv.ParseUint(low, 16, 64)
	if err != nil {
		return nil
	}
	to, err := strconv.ParseUint(high, 16, 64)
	if err != nil || to <= from {
		return nil
	}
	at := uintptr(from)
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), to-from)
}
