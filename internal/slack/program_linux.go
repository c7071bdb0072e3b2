//go:build !cgo

package slack

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// RestProgram lets go of the pages of the program's own file that it does not use: the
// system maps sixteen around each that is needed, and a start needs most. They were read
// only, are in the system's cache, and come back one by one when they are needed; until
// then they do not count as memory of the program. Only for a program without cgo: a
// loader writes to pages before it makes them read only, and they would be lost.
func RestProgram() {
	for _, pages := range mapped() {
		_ = syscall.Madvise(pages, syscall.MADV_DONTNEED) // nobody has written to them
	}
}

// mapped are the pages of the program's own file that nobody can write to, which stay
// where they are; none where the system does not tell, which costs memory and nothing else.
var mapped = sync.OnceValue(func() (all [][]byte) {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(maps)) {
		if pages := readOnly(line, self); pages != nil {
			all = append(all, pages)
		}
	}
	return all
})

// readOnly is what a line of the maps says is mapped, if that is of the file and nobody
// can write to it.
func readOnly(line, file string) []byte {
	fields := strings.Fields(line)
	if len(fields) < 6 || len(fields[1]) != 4 || fields[1][1] != '-' {
		return nil
	}
	if strings.Join(fields[5:], " ") != file { // a path may have spaces; of a file that was replaced both say so
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
