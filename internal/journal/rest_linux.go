package journal

import (
	"syscall"
	"unsafe"

	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
)

// Rest lets go of the pages of the file that were read: bbolt maps the file, and what
// it has read (all of it, when it is opened) counts as memory of the program until
// something else needs the room. Whoever reads them again finds them in the system's
// cache. It is for a program that has little to do. It returns Unavailable when the
// store is closed.
func (s *Store) Rest() error {
	err := s.db.View(func(tx *bbolt.Tx) error { // while a transaction lasts the file is mapped where it is
		from := s.db.Info().Data
		if from == 0 || tx.Size() == 0 {
			return nil
		}
		mapped := unsafe.Slice(*(**byte)(unsafe.Pointer(&from)), tx.Size())
		return syscall.Madvise(mapped, syscall.MADV_DONTNEED) // the map is of a file and shared, so nothing is lost
	})
	if err != nil {
		return fault.As(fault.Unavailable, "let go of the journal's pages", err)
	}
	return nil
}
