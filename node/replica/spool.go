package replica

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// spoolFile is where a backup or a carried file stands while it is made or
// checked: on the disk of the directory, so that neither a slow stick nor a
// slow reader keeps a transaction open.
const spoolFile = "spool" + durable.Unfinished

// Spool is the one file of a directory for copies under way.
type Spool struct {
	path string
	busy sync.Mutex // held while a backup or a carried file is made
}

// openSpool removes what a process that was killed has left.
func openSpool(dir string) (*Spool, error) {
	s := &Spool{path: filepath.Join(dir, spoolFile)}
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap("remove an unfinished copy", err)
	}
	return s, nil
}

// Create opens the file, empty; close it with end. It returns Busy while
// another copy is under way.
func (s *Spool) Create() (f *os.File, end func(), err error) {
	if !s.busy.TryLock() {
		return nil, nil, fault.New(fault.Busy, "a backup or a carried file is under way").WithHint("wait until it is done")
	}
	f, err = os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		s.busy.Unlock()
		return nil, nil, fault.Wrap("make room for a copy", err)
	}
	return f, func() {
		_ = f.Close()         // nothing in it is needed any more
		_ = os.Remove(s.path) // the next one empties it
		s.busy.Unlock()
	}, nil
}
