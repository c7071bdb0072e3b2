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
// cache. It is for a program that has little to do, and for one that has read the whole
// file; within a transaction there is Tx.Rest. It returns Unavailable when the store is
// closed.
func (s *Store) Rest() error {
	if err := s.db.View(restTx); err != nil { // while a transaction lasts the file is mapped where it is
		return fault.As(fault.Unavailable, "let go of the journal's pages", err)
	}
	return nil
}

// Rest is that of the store within a transaction that reads or writes much: what it has
// from the file stays good.
func (tx *Tx) Rest() { _ = restTx(tx.tx) } // pages that stay cost memory and nothing else

func restTx(tx *bbolt.Tx) error {
	from := tx.DB().Info().Data
	if from == 0 || tx.Size() == 0 {
		return nil
	}
	mapped := unsafe.Slice(*(**byte)(unsafe.Pointer(&from)), tx.Size())
	return syscall.Madvise(mapped, syscall.MADV_DONTNEED) // the map is of a file and shared, so nothing is lost
}
