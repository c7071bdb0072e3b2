// Package durable makes files and directories that are there as a whole or not
// at all, also after a power cut: written under another name, synced, renamed,
// and the directory synced.
package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// Unfinished ends the name of what is being made.
const Unfinished = ".new"

// Save makes a file, readable by the owner only, of what fill writes. When fill
// or the disk fails nothing has changed: an older file is still there. It
// returns Busy when the file exists and may not be replaced, the disk's own
// error even when fill returns another, and else what fill returns.
func Save(path string, replace bool, fill func(io.Writer) error) error {
	return SaveAll([]string{path}, replace, func(to []io.Writer) error { return fill(to[0]) })
}

// SaveAll is Save of files that belong together: none takes its name before all are
// written and on the disk. fill gets a writer for each.
func SaveAll(paths []string, replace bool, fill func([]io.Writer) error) error {
	for _, path := range paths {
		if err := checkFree(path, replace); err != nil {
			return err
		}
	}
	made := make([]*watched, 0, len(paths))
	defer func() {
		for _, w := range made {
			_ = w.file.Close()           // it is, when all went well
			_ = os.Remove(w.file.Name()) // renamed likewise
		}
	}()
	to := make([]io.Writer, 0, len(paths))
	for _, path := range paths {
		w, err := begin(path + Unfinished)
		if err != nil {
			return fault.Wrap("write "+filepath.Base(path), err)
		}
		made, to = append(made, w), append(to, w)
	}
	failpoint.Reach("durable.file.temp")
	err := fill(to)
	for i, w := range made {
		if err := w.sync(err); err != nil {
			return fault.Wrap("write "+filepath.Base(paths[i]), err)
		}
	}
	if err := failpoint.Fail("durable.file.synced"); err != nil {
		return fault.Wrap("write "+filepath.Base(paths[0]), err)
	}
	for _, path := range paths {
		if err := checkFree(path, replace); err != nil {
			return err
		}
	}
	for i, path := range paths {
		if err := Move(made[i].file.Name(), path); err != nil {
			return err
		}
	}
	return nil
}

// begin makes a file that is not there under its last name yet.
func begin(making string) (*watched, error) {
	if err := os.Remove(making); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(making, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &watched{file: f}, nil
}

// checkFree returns an error unless the path can take a file.
func checkFree(path string, replace bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fault.Wrap("write "+filepath.Base(path), err)
	case info.IsDir():
		return fault.New(fault.Invalid, "%s is a directory", path).WithHint("name a file in it")
	case !replace:
		return fault.New(fault.Busy, "%s exists", path).WithHint("choose another name, or --force to replace it")
	}
	return nil
}

// watched remembers the disk's own failure.
type watched struct {
	file *os.File
	err  error
}

// Write implements io.Writer.
func (w *watched) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

// sync ends the writing of a file, which came to err.
func (w *watched) sync(err error) error {
	if w.err != nil {
		err = w.err
	}
	if err == nil {
		err = w.file.Sync()
	}
	if closed := w.file.Close(); err == nil {
		err = closed
	}
	return err
}

// Move renames a finished file or directory durably. An empty directory of the
// new name is replaced.
func Move(from, to string) error {
	if info, err := os.Lstat(from); err == nil && info.IsDir() {
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap("make "+filepath.Base(to), err)
		}
	}
	if err := os.Rename(from, to); err != nil {
		return fault.Wrap("make "+filepath.Base(to), err)
	}
	failpoint.Reach("durable.renamed")
	err := SyncDir(filepath.Dir(filepath.Clean(to)))
	failpoint.Reach("durable.lasting")
	return err
}

// SyncDir makes what was created or renamed in a directory durable. Windows has
// no such call: there the file system's own log keeps their order.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fault.Wrap("sync the directory", err)
	}
	return fault.Wrap("sync the directory", errors.Join(d.Sync(), d.Close()))
}

// SyncTree does the same for all directories at and below a path.
func SyncTree(top string) error {
	return filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return SyncDir(path)
	})
}
