package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// RemoveTree removes a file or a directory with all in it, like os.RemoveAll.
// That one needs a call which not every file system under Windows has; where it
// fails, what is left is removed one by one.
func RemoveTree(top string) error {
	if os.RemoveAll(top) == nil {
		return nil
	}
	var found []string
	walked := filepath.WalkDir(top, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			found = append(found, path)
		}
		return err
	})
	if walked != nil && !errors.Is(walked, fs.ErrNotExist) {
		return walked
	}
	for _, path := range slices.Backward(found) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
