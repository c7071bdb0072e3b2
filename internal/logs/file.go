package logs

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"tongbu/internal/fault"
)

// FileName is the log's name in a directory, where it is kept there: a backup leaves it
// and the older ones out.
const FileName = "tongbu.log"

// A file of the log may have so many bytes, and so many older ones are kept beside it.
const (
	MaxSize = 10 << 20
	Kept    = 5
)

// File is a log file that is kept from growing: a full one becomes NAME.1, NAME.1
// becomes NAME.2, and the last one goes. It is safe for concurrent use.
type File struct {
	path string
	max  int64

	mu   sync.Mutex // guards what follows
	file *os.File   // nil: it could not be opened again
	size int64
}

// OpenFile opens a log file to write on at its end; it is its owner's alone.
func OpenFile(path string) (*File, error) { return openFile(path, MaxSize) }

func openFile(path string, limit int64) (*File, error) {
	f := &File{path: path, max: limit}
	return f, fault.Wrap("open the log file", f.openLocked())
}

func (f *File) openLocked() error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.file, f.size = file, info.Size()
	return nil
}

// Write implements io.Writer. A line stays whole in one file. When older files cannot
// be moved, it goes on in the one there is.
func (f *File) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil && f.size > 0 && f.size+int64(len(line)) > f.max {
		f.rotateLocked()
	}
	if f.file == nil { // a disk that was full may have room again
		if err := f.openLocked(); err != nil {
			return 0, err
		}
	}
	n, err := f.file.Write(line)
	f.size += int64(n)
	return n, err
}

// rotateLocked closes the file before it is moved, as Windows wants it.
func (f *File) rotateLocked() {
	_ = f.file.Close() // what was written is written
	f.file = nil
	for n := Kept; n > 1; n-- {
		_ = os.Rename(f.numbered(n-1), f.numbered(n)) // there may be none yet
	}
	_ = os.Rename(f.path, f.numbered(1))
}

func (f *File) numbered(n int) string { return fmt.Sprintf("%s.%d", f.path, n) }

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return fault.Wrap("close the log file", err)
}
