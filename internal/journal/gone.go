package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tongbu/internal/fault"
)

// Present checks that the file under the store's path is the one it writes. When
// somebody has deleted or replaced it, what is written is lost when the process
// ends. It returns Damaged.
func (s *Store) Present() error {
	now, err := os.Stat(s.path)
	if err == nil && os.SameFile(now, s.file) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil // as long as nobody knows otherwise
	}
	return fault.New(fault.Damaged, "the file %s was taken away while it was in use", s.path)
}

// Rescue writes what the store holds to a new file after its own was taken
// away: at the same path, or beside it when there is another file. It returns
// the path. The store must be closed then: what is written to it later is in
// the lost file only.
func (s *Store) Rescue() (path string, err error) {
	s.writer.Lock() // nothing is acknowledged any more that the copy lacks
	defer s.writer.Unlock()
	temp := s.path + ".rescue"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", fault.Wrap("rescue the journal", err)
	}
	_, err = s.WriteTo(f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fault.Wrap("rescue the journal", errors.Join(err, os.Remove(temp)))
	}
	path = s.path
	if _, err := os.Lstat(path); err == nil {
		path = fmt.Sprintf("%s.rescued-%d", s.path, s.now().Unix())
	}
	if err := os.Rename(temp, path); err != nil {
		return "", fault.Wrap("rescue the journal", err)
	}
	_ = s.poison(fault.New(fault.Damaged, "its file was taken away")) // and so no note of a clean close is left
	return path, syncDir(path)
}
