// Package durable writes small files that are whole after a power cut: the
// old bytes or the new ones, never a part of either.
package durable

import (
	"os"
	"path/filepath"
	"runtime"

	"tongbu/internal/fault"
)

const dirMode = 0o700

// WriteFile replaces a file, readable by the owner only. When it returns nil
// the new bytes are on the disk. The kinds are those of the system's errors.
func WriteFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // made with mode 0600
	if err != nil {
		return fault.Wrap("write a file", err)
	}
	defer os.Remove(temp.Name()) //nolint:errcheck // gone already when all went well
	if err := fill(temp, data); err != nil {
		return fault.Wrap("write a file", err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fault.Wrap("write a file", err)
	}
	return SyncDir(dir)
}

func fill(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// SyncDir makes the renames in a directory last. Windows has no such call:
// there the file system's own log keeps their order.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fault.Wrap("sync a directory", err)
	}
	defer d.Close() //nolint:errcheck // only read
	return fault.Wrap("sync a directory", d.Sync())
}

// MakeDir makes a directory and those above it, and closes it to others also
// when it was open to them.
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
