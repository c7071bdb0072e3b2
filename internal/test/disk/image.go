package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Sum tells images apart.
type Sum [sha256.Size]byte

// Sum is the same for images with the same names and bytes.
func (m Image) Sum() Sum {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(m)) {
		head := binary.BigEndian.AppendUint64([]byte(name), uint64(len(m[name])))
		_, _ = h.Write(head)
		_, _ = h.Write(m[name])
	}
	return Sum(h.Sum(nil))
}

// MustWrite puts the files into a directory, in place of all files there.
func (m Image) MustWrite(tb testing.TB, dir string) {
	tb.Helper()
	if err := m.Write(dir); err != nil {
		tb.Fatal(err)
	}
}

// Write puts the files into a directory, in place of all files there; folders
// and links stay.
func (m Image) Write(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, wanted := m[e.Name()]; e.Type().IsRegular() && !wanted {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	for name, raw := range m {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// MustRead reads the regular files of a directory.
func MustRead(tb testing.TB, dir string) Image {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	m := Image{}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			tb.Fatal(err)
		}
		m[e.Name()] = raw
	}
	return m
}
