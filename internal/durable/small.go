package durable

import (
	"io"
	"os"
	"path/filepath"

	"tongbu/internal/fault"
)

const dirMode = 0o700

// WriteFile replaces a small file, readable by the owner only. When it returns
// nil the new bytes are on the disk. The kinds are those of the system's errors.
func WriteFile(path string, data []byte) error {
	return Save(path, true, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// MakeDir makes a directory and those above it, readable by the owner only even
// when it existed with wider permissions.
func MakeDir(dir string) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return fault.Wrap("make a directory", err)
	}
	if err := os.Chmod(dir, dirMode); err != nil {
		return fault.Wrap("make a directory", err)
	}
	return SyncDir(filepath.Dir(dir))
}

// ReadFile reads a small file of ours. It returns NotFound when it is missing
// and Damaged when it is no regular file of at most max bytes.
func ReadFile(path string, max int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap("read a file", err)
	}
	if !info.Mode().IsRegular() || info.Size() > max {
		return nil, fault.New(fault.Damaged, "%s is not a file of ours", filepath.Base(path))
	}
	raw, err := os.ReadFile(path)
	return raw, fault.Wrap("read a file", err)
}
