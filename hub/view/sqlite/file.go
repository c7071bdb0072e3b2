package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"tongbu/hub/view/sqlite/sealed"
	"tongbu/internal/fault"
)

// writeSettings of the connection that writes: with WAL and NORMAL a commit
// costs no fsync; see the package comment for why that is enough. Its cache is
// larger, as a row has a page in each index; and so is the log that is written
// back at a time (32 MiB), for many transactions write the same pages of the
// indexes. What a cache takes is twice its size: the allocator of this port of
// SQLite rounds a page with its header up to a power of two.
func writeSettings() []string {
	return []string{"PRAGMA busy_timeout = 5000", "PRAGMA cache_size = -65536", "PRAGMA temp_store = 2", "PRAGMA trusted_schema = 0",
		"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA journal_size_limit = 67108864", "PRAGMA wal_autocheckpoint = 4096"}
}

// file is the open SQLite file: one connection that writes, some that read.
type file struct {
	vfs     *sealed.VFS
	writer  *writer
	reading *readers
}

// openFile opens the file, or makes an empty one that only its owner reads.
func openFile(path string, c *sealed.Cipher) (f *file, err error) {
	if path, err = touch(path, c); err != nil {
		return nil, err
	}
	f = &file{}
	if f.vfs, err = sealed.Register(c); err != nil {
		return nil, err
	}
	writing, err := openSession(path, f.vfs.Name(), writeSettings()...)
	if err != nil {
		f.close()
		return nil, err
	}
	f.writer = &writer{writing}
	f.reading = newReaders(path, f.vfs.Name())
	return f, nil
}

// touch sees to it that there is a file: a new one has its first page.
func touch(path string, c *sealed.Cipher) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fault.Wrap("find the file", err)
	}
	handle, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", fault.Wrap("make the file", err)
	}
	info, err := handle.Stat()
	if err == nil && info.Size() == 0 {
		var first []byte
		if first, err = c.Empty(); err == nil {
			_, err = handle.Write(first)
		}
	}
	return path, fault.Wrap("make the file", errors.Join(err, handle.Close()))
}

// close closes what is open. An error is of no consequence: what the file
// lost the journal has.
func (f *file) close() {
	if f.reading != nil {
		f.reading.close()
	}
	if f.writer != nil {
		f.writer.close()
	}
	f.vfs.Close()
}

// removeFile removes the file with the two SQLite keeps beside it.
func removeFile(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap("remove the file", err)
		}
	}
	return nil
}
