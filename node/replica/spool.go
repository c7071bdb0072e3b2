package replica

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// spoolFile is where a backup or a carried file stands while it is made or
// checked: on the disk of the directory, so that neither a slow stick nor a
// slow reader keeps a transaction open.
const spoolFile = "spool" + durable.Unfinished

// spool opens the file, empty; close it with end. It returns Busy while
// another one is under way.
func (s *Replica) spool() (f *os.File, end func(), err error) {
	if !s.spooling.TryLock() {
		return nil, nil, fault.New(fault.Busy, "a backup or a carried file is under way").WithHint("wait until it is done")
	}
	path := filepath.Join(s.cfg.Dir, spoolFile)
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		s.spooling.Unlock()
		return nil, nil, fault.Wrap("make room for a copy", err)
	}
	return f, func() {
		_ = f.Close()       // nothing in it is needed any more
		_ = os.Remove(path) // the next one empties it
		s.spooling.Unlock()
	}, nil
}

// sweep removes what a process that was killed has left.
func sweep(dir string) error {
	if err := os.Remove(filepath.Join(dir, spoolFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap("remove an unfinished copy", err)
	}
	return nil
}
